"""Episodes as a plain loop plays them, what becomes padding, and what the replay keeps and hands out."""

from collections import deque
from copy import deepcopy
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny import PlainAgents, Tiny, random_episodes, some
from torch import Tensor

from marl_helpers import envs, layers, mixers
from marl_helpers.basics import devices
from marl_helpers.training import replay as replay_module
from marl_helpers.training.agents import Agents
from marl_helpers.training.learner import Learner
from marl_helpers.training.replay import Episodes, Replay, collect, pad, play

RUNS, COUNT = 3, 8
SPEC = mixers.Spec(Tiny.n_agents, Tiny.n_actions, Tiny.state_dim)


def team(seed, which=slice(None), method="vdn"):
    generators = layers.generators(seed, RUNS)[which]
    return Agents(Tiny, generators, hidden=4), mixers.make(method, SPEC, generators)


def uniform(seed, *shape):
    return layers.draw(layers.generators(seed, RUNS), shape, Tensor.uniform_)


def plain_episode(agents, noise, draws, epsilon):
    """One episode of one run: a list for each tensor of Episodes, only as long as the episode."""
    env, world = Tiny(), Tiny().reset(noise[0].view(1, 1, -1))
    found = SimpleNamespace(obs=[], state=[], available=[], actions=[], reward=[], terminated=[])
    agents.begin()
    for t in range(env.limit + 1):
        seen = env.observe(world)
        for name in ("obs", "state", "available"):
            getattr(found, name).append(getattr(seen, name)[0, 0].numpy())
        if t and (outcome.terminated or outcome.truncated):  # noqa: F821
            return found
        actions = []
        for i, q in enumerate(agents.utilities(found.obs[t])):
            mine = np.flatnonzero(found.available[t][i])
            explores, which = draws[t, i].tolist()
            actions.append(mine[int(which * len(mine))] if explores < epsilon else max(mine, key=lambda a, q=q: q[a]))
        agents.last = actions
        world, outcome = env.step(world, torch.tensor(np.array(actions)).view(1, 1, -1), noise[t + 1].view(1, 1, -1))
        found.actions.append(actions)
        found.reward.append(outcome.reward.item())
        found.terminated.append(outcome.terminated.item())
    raise AssertionError("an episode ends by its limit")


@settings(max_examples=10)
@given(seed=st.integers(0, 2**32), epsilon=st.sampled_from([0.0, 0.4]))
def test_episodes_are_those_of_a_plain_loop_and_all_else_is_padding(seed, epsilon):
    agents, mixer = team(seed)
    noise, draws = uniform(seed, 7, COUNT, Tiny.noise), uniform(seed + 1, 6, COUNT, 2, 2)
    episodes = play(Tiny(), agents, mixer, noise, draws, epsilon)
    for k in np.ndindex(RUNS, COUNT):
        run, n = k
        found = plain_episode(PlainAgents(agents, run), noise[run, :, n], draws[run, :, n], epsilon)
        length = len(found.reward)
        assert episodes.filled[k].tolist() == [t < length for t in range(6)]
        for name, rows in vars(found).items():
            tensor = getattr(episodes, name)[k]
            assert tensor[: len(rows)].numpy() == pytest.approx(np.array(rows), rel=1e-6), name
            padding = tensor[len(rows) :]
            assert padding.all() if name == "available" else not padding.any(), name
        assert episodes.returns[k].item() == pytest.approx(sum(found.reward), rel=1e-5)


def test_a_time_limit_is_no_termination():
    agents, mixer = team(0)
    episodes = collect(Tiny(), agents, mixer, layers.generators(0, RUNS), 200, 1.0)
    ended, last = episodes.terminated.any(-1), episodes.filled.sum(-1) - 1
    assert 0.3 < ended.float().mean() < 0.7  # both kinds
    assert (episodes.terminated.sum(-1) <= 1).all()
    assert episodes.terminated.gather(-1, last.unsqueeze(-1)).squeeze(-1).equal(ended)  # and only at the last step
    after = episodes.state.norm(dim=-1).gather(-1, (last + 1).unsqueeze(-1))  # the observation that a limit cut
    assert (after > 0).all()


def test_every_agent_explores_at_moments_of_its_own():
    """Whether one explores says nothing of another agent, another game or another run."""
    agents, mixer = team(4)
    with torch.no_grad():
        agents.value.weight.zero_()
        agents.value.bias.copy_(torch.tensor([0.0, 0.0, 1.0]))  # greedy is the last action, which always is available
    episodes = collect(Tiny(), agents, mixer, layers.generators(6, RUNS), 600, 0.5)
    other = episodes.actions < 2  # [R, N, T, n]: this agent explored
    first, second = other[:, :, 0].unbind(-1)
    assert 0.2 < first.float().mean() < 0.5 and 0.2 < second.float().mean() < 0.5
    for one, another in ((first, second), (first[:, 1:], first[:, :-1]), (second[:, 1:], first[:, :-1])):
        assert abs(correlation(one, another)) < 0.1
    assert not torch.equal(first[0], first[1])


def correlation(one, another):
    return torch.corrcoef(torch.stack([one.flatten(), another.flatten()]).float())[0, 1].item()


@settings(max_examples=10)
@given(seed=st.integers(0, 2**32), longest=st.integers(1, Tiny.limit))
def test_playing_stops_with_the_last_game_and_that_is_all_one_notices(seed, longest):
    """Where nobody may look it goes on to the limit: the episodes are the same, and so is what is drawn next."""
    found = []
    for looking in (True, False):
        env, (agents, mixer), generators = Counting(longest), team(seed), layers.generators(seed, RUNS)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(replay_module, "may_look", lambda device, looking=looking: looking)
            episodes = collect(env, agents, mixer, generators, COUNT, 0.5)
        found.append((episodes, generators))
        assert env.steps == (episodes.filled.sum(-1).max() if looking else Tiny.limit)
    (short, mine), (full, theirs) = found
    assert short.filled.sum(-1).max() <= longest and short.reward.shape == (RUNS, COUNT, Tiny.limit)
    for name, x in vars(short).items():
        assert torch.equal(x, getattr(full, name)), name
    assert all(torch.equal(one.get_state(), other.get_state()) for one, other in zip(mine, theirs))


class Counting(Tiny):
    """Games of at most `longest` steps, and how many steps were asked for."""

    def __init__(self, longest):
        self.longest, self.steps = longest, 0

    def reset(self, noise):
        return super().reset(torch.cat([noise[..., :1] * self.longest / self.limit, noise[..., 1:]], -1))

    def step(self, world, actions, noise):
        self.steps += 1
        return super().step(world, actions, noise)


@pytest.mark.parametrize("method", ["vdn", "graph"])
def test_a_run_plays_the_same_alone_and_among_others(method):
    together = collect(Tiny(), *team(3, method=method), layers.generators(5, RUNS), COUNT, 0.5)
    for k in range(RUNS):
        one = slice(k, k + 1)
        alone = collect(Tiny(), *team(3, one, method), layers.generators(5, RUNS)[one], COUNT, 0.5)
        for name, tensor in vars(alone).items():
            torch.testing.assert_close(tensor, getattr(together, name)[one], msg=name)
    assert not torch.equal(together.obs[0], together.obs[1])


def test_the_mixer_says_what_is_greedy():
    """A joint table knows nothing of utilities, and where its maximum is has to do with the state."""
    agents, mixer = team(1, method="joint")
    episodes = collect(Tiny(), agents, mixer, layers.generators(2, RUNS), COUNT, 0.0)
    for k in zip(*torch.where(episodes.filled)):
        run, _, _ = k
        alone = mixers.make("joint", SPEC, layers.generators(0, 1))
        alone.load_state_dict({name: value[run : run + 1] for name, value in mixer.state_dict().items()})
        own = [np.flatnonzero(row) for row in episodes.available[k].numpy()]
        table = alone.table(episodes.state[k].view(1, 1, -1)).view(3, 3)
        best = max(((a, b) for a in own[0] for b in own[1]), key=lambda cell: table[cell].item())
        assert tuple(episodes.actions[k].tolist()) == best


def test_a_short_episode_leaves_no_tail_of_a_longer_one_in_its_slot():
    blank, replay = Episodes.blank(Tiny, RUNS, 2, "cpu"), Replay(Tiny, RUNS, 2)

    def of_length(steps):  # what is played is the opposite of padding
        opposite = blank.map(lambda x: ~x if x.dtype == torch.bool else x + 1)
        return pad(replace(opposite, filled=(torch.arange(Tiny.limit) < steps).expand(RUNS, 2, -1)))

    replay.add(of_length(6))
    replay.add(of_length(2))
    for name, x in vars(replay.episodes).items():
        assert torch.equal(x, getattr(of_length(2), name).to(x.dtype)), name
        real = 2 if x.shape[2] == Tiny.limit else 3
        padding = getattr(blank, name)
        assert torch.equal(x[:, :, real:], padding[:, :, real:]) and (x[:, :, :real] != padding[:, :, :real]).all(), (
            name
        )


def single(episodes):
    """In single precision, as they are played."""
    return episodes.map(lambda x: x.float() if x.is_floating_point() else x)


def numbered(first, count):
    """Full episodes whose rewards are their number, and a hundred times that of their run."""
    blank = Episodes.blank(Tiny, RUNS, count, "cpu")
    number = torch.arange(first, first + count).float() + 100 * torch.arange(RUNS).unsqueeze(-1)
    return replace(blank, reward=blank.reward + number.unsqueeze(-1), filled=~blank.filled)


@given(counts=st.lists(st.integers(1, 5), min_size=1, max_size=8), seed=st.integers(0, 2**32))
def test_the_replay_is_a_queue(counts, seed):
    replay, queue, added = Replay(Tiny, RUNS, 5), deque(maxlen=5), 0
    for count in counts:
        replay.add(numbered(added, count))
        queue.extend(range(added, added + count))
        added += count
        assert len(replay) == len(queue)
        every = replay.sample(len(queue), layers.generators(seed, RUNS)).reward[..., 0]
        for run in range(RUNS):
            assert sorted(every[run].tolist()) == [100 * run + number for number in queue]


def test_samples_are_even_without_repeats_and_each_runs_own():
    replay, generators = Replay(Tiny, RUNS, 20), layers.generators(0, RUNS)
    replay.add(numbered(0, 12))
    draws = torch.stack([replay.sample(4, generators).reward[..., 0] for _ in range(3000)])  # [3000, R, 4]
    draws -= 100 * torch.arange(RUNS).view(-1, 1)
    assert all(len(set(row)) == 4 for row in draws.flatten(0, 1).tolist())
    for run in range(RUNS):
        share = torch.bincount(draws[:, run].long().flatten(), minlength=12) / draws[:, run].numel()
        assert share.tolist() == pytest.approx([1 / 12] * 12, abs=0.01)
        one = slice(run, run + 1)
        alone = Replay(Tiny, 1, 20)
        alone.add(some(numbered(0, 12), one))
        first = alone.sample(4, layers.generators(0, RUNS)[one]).reward[..., 0]
        assert torch.equal(first[0], draws[0, run] + 100 * run)
    assert not torch.equal(draws[:, 0], draws[:, 1])


@pytest.mark.parametrize("count", [1, 2, 8])
def test_a_batch_is_as_long_as_its_longest_episode(count, monkeypatch):
    replay, lengths = Replay(Tiny, RUNS, 8), set()
    replay.add(single(random_episodes(1, RUNS, 8)))
    for seed in range(20):
        batch = replay.sample(count, layers.generators(seed, RUNS))
        with monkeypatch.context() as patch:
            patch.setattr(replay_module, "may_look", lambda device: False)
            whole = replay.sample(count, layers.generators(seed, RUNS))
        steps = max(sum(episode) for run in whole.filled.tolist() for episode in run)
        lengths.add(steps)
        assert whole.reward.shape[-1] == Tiny.limit
        for name, x in vars(whole).items():
            assert torch.equal(getattr(batch, name), x[:, :, : steps + x.shape[2] - Tiny.limit]), name
    assert len(lengths) > 1 or count == 8  # all that there are, with those of full length


def test_a_loaded_replay_goes_on_alike():
    replay = Replay(Tiny, RUNS, 5)
    replay.add(numbered(0, 4))
    replay.add(numbered(4, 3))
    other, saved = Replay(Tiny, RUNS, 5), deepcopy(replay.state())
    replay.add(numbered(7, 1))
    other.load(saved)
    other.add(numbered(7, 1))
    ours, theirs = (one.sample(3, layers.generators(1, RUNS)) for one in (replay, other))
    for name, x in vars(ours).items():
        assert torch.equal(x, getattr(theirs, name)), name
    every = other.sample(5, layers.generators(1, RUNS))
    assert sorted(every.reward[0, :, 0].tolist()) == [3, 4, 5, 6, 7]


def test_a_full_replay_is_saved_without_a_copy_and_a_fuller_one_without_what_is_empty():
    replay = Replay(Tiny, 1, 5)
    replay.add(some(numbered(0, 4), slice(1)))
    assert all(len(x.untyped_storage()) == x.numel() * x.element_size() for x in tensors(replay.state()))
    assert replay.state()["reward"].shape[1] == 4
    replay.add(some(numbered(4, 1), slice(1)))
    for saved, kept in zip(tensors(replay.state()), vars(replay.episodes).values(), strict=True):
        assert saved.data_ptr() == kept.data_ptr()


def tensors(state):
    return [x for name, x in state.items() if name != "added"]


class Whole(Tiny):
    whole = ("obs",)


def whole_numbers(seed, count):
    """Episodes whose observations are whole numbers up to 255."""
    found = single(random_episodes(seed, RUNS, count))
    return replace(found, obs=(found.obs.abs() * 100).floor().clamp(max=255))


def test_bytes_hold_what_is_whole_and_hand_it_out_as_it_came():
    """Also from a checkpoint that was written before, and into one that is read without."""
    packed, plain = Replay(Whole, RUNS, 8), Replay(Tiny, RUNS, 8)
    for replay in (packed, plain):
        replay.add(whole_numbers(0, 8))
    assert packed.episodes.obs.dtype == torch.uint8 and packed.episodes.obs.max() == 255
    assert packed.episodes.actions.dtype == torch.uint8
    assert plain.episodes.bytes - packed.episodes.bytes == 3 * packed.episodes.obs.numel()
    for env, before in ((Whole, packed), (Whole, plain), (Tiny, packed)):
        replay = Replay(env, RUNS, 8)
        replay.load(before.state())
        for name, x in vars(replay.sample(5, layers.generators(1, RUNS))).items():
            theirs = getattr(plain.sample(5, layers.generators(1, RUNS)), name)
            assert torch.equal(x, theirs) and x.dtype == theirs.dtype, name
    with pytest.raises(ValueError, match=r"obs holds 0.5, which no byte does: give whole numbers from 0 to 255"):
        packed.add(replace(whole_numbers(0, 3), obs=torch.full((RUNS, 3, 7, 2, 2), 0.5)))


@pytest.mark.parametrize(("actions", "kind"), [(256, torch.uint8), (257, torch.int64)])
def test_actions_are_bytes_where_these_can_tell_them_apart(actions, kind):
    env = envs.make("matrix", table=[range(actions)])
    replay, learner = Replay(env, 1, 40), Learner(env, "vdn", layers.generators(0, 1))
    played = collect(env, learner.agents, learner.mixer, layers.generators(0, 1), 40, 1.0)
    last = replace(played, actions=torch.full_like(played.actions, actions - 1))
    replay.add(last)
    assert replay.episodes.actions.dtype == kind
    assert torch.equal(replay.sample(40, layers.generators(0, 1)).actions, last.actions)


@pytest.mark.parametrize(("game", "times"), [("two_step", 2.3), ("dock", 1.8), ("predator_prey", 3.7)])
def test_bytes_save(game, times):
    env = envs.make(game)
    kept = Replay(env, 1, 10).episodes
    learner = Learner(env, "vdn", layers.generators(0, 1))
    played = collect(env, learner.agents, learner.mixer, layers.generators(0, 1), 10, 1.0)
    assert played.bytes > times * kept.bytes


def test_a_replay_that_does_not_fit_is_refused_before_it_is_made(monkeypatch):
    """An episode of Tiny: 7 times 4 numbers seen, 3 of state and 6 flags; 6 times 2 actions, a reward and 2 flags."""
    size = RUNS * (7 * (16 + 12 + 6) + 6 * (2 + 4 + 1 + 1))
    assert Replay(Tiny, RUNS, 5).episodes.bytes == 5 * size
    monkeypatch.setattr(devices, "memory", lambda device: 5 * size)
    assert Replay(Tiny, RUNS, 5).capacity == 5
    with pytest.raises(ValueError, match="give a smaller capacity, or fewer seeds"):
        Replay(Tiny, RUNS, 6)
    monkeypatch.undo()
    said = rf"capacity is {10**12} with 3 seeds: the replay's episodes take 8.58e\+05 GB, and this"
    with pytest.raises(ValueError, match=said):
        Replay(Tiny, RUNS, 10**12)


def test_errors_name_the_remedy():
    with pytest.raises(ValueError, match="capacity is 0: give a whole number of episodes"):
        Replay(Tiny, RUNS, 0)
    replay = Replay(Tiny, RUNS, 5)
    with pytest.raises(ValueError, match="count is 1: the replay holds 0 episodes of each run, so add some first"):
        replay.sample(1, layers.generators(0, RUNS))
    with pytest.raises(ValueError, match="episodes hold 6 of each run: give at most the replay's capacity, 5"):
        replay.add(numbered(0, 6))
    with pytest.raises(ValueError, match=r"episodes: obs is \[1, 2, 7, 2, 2\]: .* need \[3, 'any', 7, 2, 2\]"):
        replay.add(some(numbered(0, 2), slice(1)))
    replay.add(numbered(0, 4))
    with pytest.raises(ValueError, match=r"obs was saved as \[3, 4, 7, 2, 2\], where \[2, 4, 7, 2, 2\] is needed"):
        Replay(Tiny, 2, 5).load(replay.state())
