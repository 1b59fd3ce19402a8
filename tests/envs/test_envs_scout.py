"""The scout's game by a plain account of it: what it pays, who is there, and who is told what."""

from itertools import product

import pytest
import torch

from marl_helpers import envs, layers
from marl_helpers.envs.entities import table


def played(told, scout, first, second):
    """Observations before each step and after the last, and the rewards, of one game."""
    env, noise = envs.make("scout", told=told), torch.zeros(1, 1, 0)
    world = env.reset(noise)
    seen, rewards = [env.observe(world)], []
    for actions in ((scout, 0, 0), (0, 0, 0), (0, first, second)):
        world, outcome = env.step(world, torch.tensor([[actions]]), noise)
        seen.append(env.observe(world))
        rewards.append(outcome.reward.item())
    assert outcome.terminated.item() and not outcome.truncated.item()
    return env, seen, rewards


@pytest.mark.parametrize(("told", "scout", "first", "second"), [*product((False, True), (0, 1), (0, 1), (0, 1))])
def test_what_it_pays_and_who_is_told(told, scout, first, second):
    env, seen, rewards = played(told, scout, first, second)
    right = [[0, 1], [1, 8]][first][second]
    assert rewards == ([1, 0, 6] if scout == 0 else [0, 0, right])
    assert sum(rewards) <= env.optimum == 8
    states = [table(one.state, 4)[0, 0] for one in seen]
    side = [1.0, 0.0] if scout == 0 else [0.0, 1.0]
    assert states[0].tolist() == [[1, 1, 0, 0]] + [[1, 0, 0, 0]] * 2
    assert states[1].tolist() == [[1, 1, *side]] + [[1, 0, 0, 0]] * 2
    assert states[2].tolist() == [[0, 0, 0, 0]] + [[1, 0, *(side if told else [0, 0])]] * 2
    for step, one in enumerate(seen[:3]):
        rows = table(one.obs, 4)[0, 0]
        assert (rows[:, 1:] == 0).all(), "nobody sees another"
        assert rows[0, 0].tolist() == states[step][0].tolist()
        assert rows[1:, 0].tolist() == [[1, 0, 0, 0]] * 2, "no worker sees the side, whatever the state tells"
        choices = one.available[0, 0].sum(-1).tolist()
        assert choices == [[2, 1, 1], [1, 1, 1], [1, 2, 2]][step]


def test_it_keeps_the_rules_of_environments():
    for told in (False, True):
        envs.check(envs.make("scout", told=told), layers.generators(0, 2), 4)
    with pytest.raises(ValueError, match="told is 2"):
        envs.make("scout", told=2)
