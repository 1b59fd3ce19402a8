"""The shared recurrent network against plain numpy, and how agents explore."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny import PlainAgents, Tiny, random_episodes
from torch import Tensor

from marl_helpers import layers
from marl_helpers.training.agents import Agents, explore

RUNS, COUNT = 3, 4


@settings(max_examples=10)
@given(seed=st.integers(0, 2**32))
def test_unrolled_utilities_are_those_of_one_agent_after_the_other(seed):
    agents = Agents(Tiny, layers.generators(seed, RUNS), hidden=5).double()
    episodes = random_episodes(seed, RUNS, COUNT)
    q = agents.unroll(episodes.obs, episodes.actions)
    assert q.shape == (RUNS, COUNT, Tiny.limit + 1, Tiny.n_agents, Tiny.n_actions)
    for run, episode in np.ndindex(RUNS, COUNT):
        plain = PlainAgents(agents, run)
        for t in range(Tiny.limit + 1):
            expected = plain.utilities(episodes.obs[run, episode, t].numpy())
            assert q[run, episode, t].detach().numpy() == pytest.approx(expected, abs=1e-12)
            if t < Tiny.limit:
                plain.last = episodes.actions[run, episode, t].tolist()


def test_playing_step_by_step_is_unrolling():
    agents, episodes = Agents(Tiny, layers.generators(0, RUNS)).double(), random_episodes(0, RUNS, COUNT)
    q = agents.unroll(episodes.obs, episodes.actions)
    last, memory = agents.start(episodes.obs[:, :, 0])
    for t in range(Tiny.limit):
        now, memory = agents.step(episodes.obs[:, :, t], last, memory)
        torch.testing.assert_close(now, q[:, :, t])
        last = episodes.actions[:, :, t]


def test_agents_share_weights_but_know_their_numbers():
    agents = Agents(Tiny, layers.generators(0, 1)).double()
    obs, (last, memory) = torch.ones(1, 1, 2, 2).double(), agents.start(torch.ones(1, 1, 2, 2).double())
    q, _ = agents.step(obs, last, memory)
    assert not torch.equal(q[0, 0, 0], q[0, 0, 1])
    agents.encode.weight.data[:, -2:] = 0  # the numbers' rows
    q, _ = agents.step(obs, last, memory)
    assert torch.equal(q[0, 0, 0], q[0, 0, 1])


@given(seed=st.integers(0, 2**32), epsilon=st.sampled_from([0.0, 0.3, 1.0]))
def test_exploration_by_a_plain_loop(seed, epsilon):
    generator = np.random.default_rng(seed)
    shape = (2, 3, 2, 4)
    available = generator.random(shape) < 0.5
    available[..., 2] |= ~available.any(-1)
    draws, greedy = generator.random((*shape[:-1], 2)), (available * generator.random(shape)).argmax(-1)
    draws[0, 0, 0, 1] = np.float32(1 - 2**-24)  # the largest number that is drawn
    args = torch.tensor(greedy), torch.tensor(available), epsilon, torch.tensor(draws, dtype=torch.float32)
    actions = explore(*args)
    assert torch.equal(explore(*args[:2], torch.tensor(epsilon), args[3]), actions)
    for k in np.ndindex(shape[:-1]):
        whether, which = args[3][k].tolist()
        mine = np.flatnonzero(available[k])
        expected = mine[int(which * len(mine))] if whether < epsilon else greedy[k]
        assert actions[k] == expected


def test_agents_explore_apart_and_evenly_among_what_is_available():
    count = 40_000
    available = torch.tensor([[True, True, True], [True, False, True]]).expand(1, count, 2, 3)
    draws = layers.draw(layers.generators(0, 1), (count, 2, 2), Tensor.uniform_)
    greedy = torch.full((1, count, 2), 2)
    actions = explore(greedy, available, 1.0, draws)
    joint = torch.bincount((3 * actions[..., 0] + actions[..., 1]).flatten(), minlength=9) / count
    assert joint.tolist() == pytest.approx([1 / 6, 0, 1 / 6] * 3, abs=0.01)
    away = explore(greedy, available, 0.3, draws)[0] != 2  # with shared draws both or neither would explore
    both, first, second = (x.float().mean().item() for x in (away.all(-1), away[:, 0], away[:, 1]))
    assert both == pytest.approx(first * second, abs=0.005) and first == pytest.approx(0.2, abs=0.01)


def test_each_run_has_its_own_epsilon():
    available = torch.ones(2, 5, 2, 3, dtype=torch.bool)
    draws = torch.full((2, 5, 2, 2), 0.5)
    actions = explore(torch.zeros(2, 5, 2).long(), available, torch.tensor([0.4, 0.6]).view(-1, 1, 1), draws)
    assert (actions[0] == 0).all() and (actions[1] == 1).all()
