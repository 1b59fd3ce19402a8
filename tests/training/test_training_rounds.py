"""What a round counts and what a test plays, on a game whose episodes differ in length, counted by hand."""

from dataclasses import replace

import pytest
import torch
from quick import LITTLE, SMALL
from torch import Tensor

from marl_helpers import envs, layers
from marl_helpers.envs import Env, Observation
from marl_helpers.training import loop as training
from marl_helpers.training import replay
from marl_helpers.training.loop import TEST_SEED, Training

SEEDS = 3
PLAN = replace(SMALL, test_episodes=6)


class Lengths(Env):
    """Ends after a step with a chance of a half; the reward is the action, 0 to 2, plus a number drawn for the game."""

    name = "lengths"
    n_agents, n_actions, obs_dim, state_dim, limit, noise = 1, 3, 1, 1, 5, 1

    def start(self, noise: Tensor):
        return {"own": noise[..., 0]}

    def observe(self, world) -> Observation:
        own = world["own"].unsqueeze(-1)
        return Observation(own.unsqueeze(-1), own, torch.ones(*own.shape[:2], 1, 3, dtype=torch.bool))

    def play(self, world, actions, noise):
        return {"own": world["own"]}, world["own"] + actions[..., 0], noise[..., 0] < 0.5


del envs.ENVS[Lengths.name]  # it is for these tests only


def start(**changes) -> Training:
    return Training(Lengths(), "vdn", SEEDS, 0, "cpu", replace(PLAN, **changes), LITTLE)


@pytest.fixture
def seen(monkeypatch):
    """The arguments and the episodes of every `collect` in a training."""
    found = []

    def watched(*arguments):
        episodes = replay.collect(*arguments)
        found.append((arguments, episodes))
        return episodes

    monkeypatch.setattr(training, "collect", watched)
    return found


def test_steps_count_what_each_seed_played_and_its_exploration_follows_them(seen):
    ours, counted = start(anneal=100), [0] * SEEDS
    for _ in range(5):
        ours.round()
        (*_, epsilon), episodes = seen[-1]
        assert epsilon.shape == (SEEDS, 1, 1)
        assert epsilon.flatten().tolist() == pytest.approx([1 - 0.95 * min(n / 100, 1) for n in counted])
        for k in range(SEEDS):
            for game in range(PLAN.parallel):
                ends = episodes.terminated[k, game].tolist()
                counted[k] += ends.index(True) + 1 if True in ends else Lengths.limit
        assert ours.steps.tolist() == counted
    assert len(set(counted)) == SEEDS and max(counted) < 5 * PLAN.parallel * Lengths.limit  # with padding, they differ
    assert ours.epsilon.tolist() == pytest.approx([1 - 0.95 * n / 100 for n in counted])


def test_targets_are_renewed_by_episodes_played():
    """Every 8 episodes are two rounds of 4; the first one is over when the replay is full enough to learn."""
    ours, copies = start(), []
    for _ in range(6):
        ours.round()
        pairs = zip(ours.learner.online.parameters(), ours.learner.target.parameters(), strict=True)
        copies.append(all(torch.equal(online, target) for online, target in pairs))
    assert LITTLE.target_every == 8 and PLAN.parallel == 4
    assert copies == [False, True, False, True, False, True]


def test_a_test_is_greedy_of_the_online_networks_and_the_same_games_every_time(seen):
    ours = start()
    for _ in range(3):
        ours.round()
    with torch.no_grad():  # so that the online networks and the target ones play differently: 2 and 0
        for network, best in ((ours.learner.online, 2), (ours.learner.target, 0)):
            agents, _ = network
            agents.value.weight.zero_()
            agents.value.bias.copy_(torch.eye(3)[best])
    before = [generator.get_state() for generator in ours.generators]
    first, again = ours.test(), ours.test()
    for old, generator in zip(before, ours.generators):
        assert torch.equal(old, generator.get_state())
    for name, x in vars(first).items():
        assert torch.equal(x, getattr(again, name)), name
    (*_, episodes, epsilon), _ = seen[-1]
    assert episodes == PLAN.test_episodes and epsilon == 0
    assert (first.actions[first.filled] == 2).all()
    noise = layers.draw(
        layers.generators(TEST_SEED, SEEDS), (Lengths.limit + 1, PLAN.test_episodes, 1), Tensor.uniform_
    )
    for k in range(SEEDS):
        returns = []
        for game in range(PLAN.test_episodes):
            own, *draws = noise[k, :, game, 0].tolist()
            length = next((t + 1 for t, x in enumerate(draws) if x < 0.5), Lengths.limit)
            returns.append(length * (own + 2))
        assert ours.curve[-1]["returns"][k].item() == pytest.approx(sum(returns) / len(returns), rel=1e-5)
        assert len(set(returns)) > 1


def test_what_a_seed_has_come_to_is_restored():
    """A seed that diverged stays so, though its later losses may look sound."""
    ours, other = start(), start()
    for _ in range(3):
        ours.round()
    ours.test()
    ours.bad[1] = 2
    other.load(ours.state())
    for name in ("rounds", "updates"):
        assert getattr(other, name) == getattr(ours, name)
    assert other.bad.tolist() == [0, 2, 0] and list(other.diverged()) == [1]
    assert other.steps.equal(ours.steps) and len(other.curve) == 1
    assert all(x.equal(other.metrics[name]) for name, x in ours.metrics.items())
    other.test()
    assert other.curve[-1]["returns"].isnan().tolist() == [False, True, False]
