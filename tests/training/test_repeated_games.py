"""The repeated matrix games of Papoudakis et al. 2021: 25 rounds, an observation that never changes, three methods.

Their printed returns are not at hand, so ours are compared with what 25 rounds can earn. Climbing: 275 at best, 175 at
the other equilibrium, 125 where each agent plays what is best against random partners. Penalty: 250 at best, and 50
where nothing can go wrong. Ours, as means over 16 seeds, after 12,000 steps: docs/references.md.
"""

import numpy as np
import pytest
import torch

from marl_helpers import envs, games
from marl_helpers.basics.devices import one_thread
from marl_helpers.envs import Observation
from marl_helpers.envs.matrix import Matrix
from marl_helpers.training.loop import train

NAMES = ["climbing", "penalty 0", "penalty -25", "penalty -50", "penalty -100"]
TABLES = torch.tensor(np.stack([games.CLIMBING, *map(games.penalty, (0, -25, -50, -100))])).float()
SEEDS = 16


class Repeated(Matrix):
    """Run k plays table k, counted around, for 25 rounds; an agent sees the same lone 1 in all of them."""

    name = "repeated"

    def __post_init__(self):
        super().__post_init__()
        self.obs_dim = self.state_dim = 1

    def observe(self, world):
        seen = super().observe(world)
        return Observation(torch.ones_like(seen.obs[..., :1]), torch.ones_like(seen.state[..., :1]), seen.available)

    def play(self, world, actions, noise):
        table = torch.arange(len(actions)).unsqueeze(-1) % len(TABLES)
        return {}, TABLES[(table, *actions.unbind(-1))], world["time"] + 1 >= self.limit


envs.ENVS.pop(Repeated.name)  # for this file alone: other tests count the environments there are


@one_thread()
def learn(method):
    """The returns of greedy play, game -> one for each seed, after 12,000 steps and with exploration at its end."""
    options = dict(updates=60, parallel=8, batch=16, capacity=320, anneal=10_000, rate=2e-3, hidden=16)
    env = Repeated(table=games.CLIMBING, rounds=25)
    run = train(env, method, seeds=SEEDS * len(NAMES), test_every=60, test_episodes=1, device="cpu", **options)
    return dict(zip(NAMES, run.curve["returns"][-1].reshape(SEEDS, -1).T))


@pytest.mark.learning
@pytest.mark.parametrize("method", ["iql", "vdn"])
def test_sums_and_independent_learners_play_safe_as_soon_as_missing_each_other_costs(method):
    found = learn(method)
    for name in NAMES[2:]:
        assert np.mean(found[name] == 50) > 0.9, (name, found[name])
    assert np.median(found["penalty 0"]) == 250
    assert np.median(found["climbing"]) == 125


@pytest.mark.learning
def test_qmix_keeps_the_best_corner_in_some_runs_where_the_penalty_is_not_large():
    found = learn("qmix")
    assert np.median(found["penalty 0"]) == 250
    shares = [np.mean(found[name] > 200) for name in NAMES[2:]]
    assert 0 < np.mean(shares[:2]) < 0.6 and shares[2] <= shares[0]
    assert all(np.median(found[name]) == 50 for name in NAMES[3:])
    assert 100 < np.median(found["climbing"]) <= 175
