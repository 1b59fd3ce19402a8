"""What mixers for teams of any size can hold of equal agents: convex functions of a count, or all increasing ones."""

from math import comb

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import nnls
from situations import SEEDS, wild
from tiny import one_thread_each

from marl_helpers import exact, fit, games, layers, mixers
from marl_helpers.exact import counts
from marl_helpers.fitting.runs import LEARNER

alone = one_thread_each
RUNS = 8
COUNTS = {"one suffices": [0, 1, 1], "a majority": [0, 0, 1, 1], "all are needed": [0, 0, 0, 1]}


def best_convex(rewards):
    """The least mean squared error over joint actions of a non-decreasing convex function of the count of 1s."""
    n = len(rewards) - 1
    weights = np.sqrt([comb(n, k) / 2**n for k in range(n + 1)])
    bends = [np.maximum(np.arange(n + 1) - k, 0) for k in range(n)]
    columns = np.array([np.ones(n + 1), -np.ones(n + 1), *bends]).T
    return nnls(weights[:, None] * columns, weights * np.array(rewards, float))[1] ** 2


def learned(name, rewards, steps=400):
    """The errors of RUNS mixers that learn the table of a count, all agents with equal rows and utilities: 0 and 1."""
    n = len(rewards) - 1
    spec = mixers.Spec(n, 2, 2 * n, width=8, entity_dim=2)
    mixer = mixers.make(name, spec, layers.generators(0, RUNS)).double()
    joint = torch.cartesian_prod(*[torch.arange(2)] * n).expand(RUNS, -1, -1)
    values = torch.tensor([0.0, 1.0]).double().expand(*joint.shape, 2)
    state = torch.ones(RUNS, joint.shape[1], 2 * n).double()
    target = torch.tensor(rewards).double()[joint.sum(-1)]
    optimiser = torch.optim.Adam(mixer.parameters(), lr=0.02)
    for _ in range(steps):
        optimiser.zero_grad()
        loss = mixer.loss(values, joint, target, state).mean(1)
        loss.sum().backward()
        optimiser.step()
    return loss.detach().numpy()


def test_the_best_convex_functions_are_those_by_hand():
    found = [best_convex(rewards) for rewards in COUNTS.values()]
    assert found == pytest.approx([1 / 16, 3 / 64, 0], abs=1e-12)
    assert [counts.best(rewards, "convex").mse for rewards in COUNTS.values()] == pytest.approx(found, abs=1e-12)


@given(seed=SEEDS, agents=st.integers(2, 6), name=st.sampled_from(["vdn", "qatten", "set_hyper", "transformer"]))
def test_of_equal_agents_a_mixer_makes_a_convex_rising_function_of_the_count(seed, agents, name):
    """The theorem of exact/counts.py, whatever the weights, the row and the utilities; of sums a linear one."""
    spec, generators = mixers.Spec(agents, 2, 3 * agents, width=4, entity_dim=3), layers.generators(seed, RUNS)
    mixer = wild(name, spec, generators)
    row = layers.draw(generators, (3,), torch.Tensor.normal_).double()
    row[:, 0] = 1
    low, gap = layers.draw(generators, (2,), torch.Tensor.normal_).double().unbind(-1)
    values = torch.stack([low, low + gap.abs()], -1).view(RUNS, 1, 1, 2).expand(-1, agents + 1, agents, -1)
    actions = torch.ones(agents + 1, agents).tril(-1).long().expand(RUNS, -1, -1)  # 0, 1, ... agents choose the second
    found = mixer(values, actions, row.repeat(1, agents).unsqueeze(1).expand(-1, agents + 1, -1)).detach()
    slopes = found.diff(dim=1)
    room = 1e-9 * (1 + found.abs().amax())
    assert slopes.min() >= -room and slopes.diff(dim=1).min() >= -room
    if name in ("vdn", "qatten"):
        assert slopes.diff(dim=1).abs().max() <= room


@pytest.mark.learning
@pytest.mark.parametrize("name", ["set_hyper", "transformer"])
@pytest.mark.parametrize("rewards", COUNTS.values(), ids=COUNTS)
def test_equal_agents_leave_a_hypernetwork_convex_in_their_count(name, rewards):
    errors, least = learned(name, rewards), best_convex(rewards)
    assert errors.min() >= least - 1e-12 and errors.min() == pytest.approx(
        least, abs=5e-3
    )  # the rest is not yet learned


@pytest.mark.learning
@pytest.mark.parametrize("rewards", COUNTS.values(), ids=COUNTS)
def test_a_deep_set_holds_every_increasing_function_of_a_count(rewards):
    assert learned("deep_set", rewards).min() < 1e-3


def test_without_a_state_qattens_class_is_vdns():
    found, best = fit(games.COORDINATION, "qatten", runs=4, recipe=LEARNER), exact.additive(games.COORDINATION)
    assert best.mse == pytest.approx(4.2716, abs=1e-4)
    assert found.mse == pytest.approx([best.mse] * 4, abs=1e-6)
    assert found.fitted[0] == pytest.approx(best.fit, abs=1e-3)


def test_without_a_state_a_set_hypernetwork_is_qmix():
    """Whose best fit is no worse than what two agents' convex class holds, and which finds the optimum here."""
    found = fit(games.COORDINATION, "set_hyper", runs=8)
    assert found.mse.min() >= exact.convex(games.COORDINATION).mse - 1e-9
    assert found.share == fit(games.COORDINATION, "qmix", runs=8).share == 1
