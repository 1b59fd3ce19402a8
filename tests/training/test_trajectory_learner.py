"""Learning with a mixer that remembers: each step's value and target from the episode so far, one prefix at a time."""

import numpy as np
import pytest
import torch
from tiny import COUNT, RUNS, Tiny, make, one_thread_each, random_episodes

from marl_helpers.mixers.base import mask
from marl_helpers.training.learner import td_lambda

alone = one_thread_each


@pytest.mark.parametrize("lam", [0.0, 0.7])
def test_loss_and_targets_are_those_of_every_prefix(lam):
    learner, episodes = make("trajectory", seed=7, td_lambda=lam), random_episodes(3, RUNS, COUNT)
    with torch.no_grad():
        q = learner.agents.unroll(episodes.obs, episodes.actions)
        theirs = learner.target[0].unroll(episodes.obs, episodes.actions)
    available = episodes.available
    greedy = mask(q, available).argmax(-1)
    after, value = torch.zeros(RUNS, COUNT, Tiny.limit).double(), torch.zeros(RUNS, COUNT, Tiny.limit).double()
    for t in range(Tiny.limit):
        upto, beyond = slice(t + 1), slice(t + 2)
        seen = mask(theirs, available)[:, :, beyond], greedy[:, :, beyond], episodes.state[:, :, beyond]
        after[..., t] = learner.target[1](*seen)[..., -1].detach()
        value[..., t] = learner.mixer(q[:, :, upto], episodes.actions[:, :, upto], episodes.state[:, :, upto])[
            ..., -1
        ].detach()
    expected = td_lambda(episodes, after, learner.settings.discount, lam)
    filled = episodes.filled
    found = learner.targets(episodes, q)
    torch.testing.assert_close(found[filled], expected[filled], rtol=1e-9, atol=1e-9)
    loss, metrics = learner.loss(episodes)
    for run in range(RUNS):
        errors = ((value - expected) ** 2)[run][filled[run]]
        assert loss[run].item() == pytest.approx(errors.mean().item(), rel=1e-9)
    assert metrics["value"].tolist() == pytest.approx(value[..., 0].mean(1).tolist(), rel=1e-9)
    assert np.isfinite(loss.detach().numpy()).all()
