"""The dock with teams of many sizes: each shift is one of the plain dock's, whatever else there is room for."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from twins.drive import draws

from marl_helpers import envs
from marl_helpers.envs.dock import DOCK, LANE
from marl_helpers.envs.entities import table
from marl_helpers.exact import dock

PLAIN = dict(pay=2.0, shelves=0.7, trucks=0.4, limit=5)


def shift(size, slots, seed, **options):
    """A team of that size and its first world, of one run and game."""
    env = envs.make("dock_teams", robots=(size, size), slots=slots, **(PLAIN | options))
    generator = torch.Generator().manual_seed(seed)
    return env, env.reset(draws(generator, 1, 1, env.noise)), generator


def for_plain(noise, size, slots):
    """The random numbers that the plain dock takes for as many robots: their lanes and the truck."""
    return torch.cat([noise[..., :size], noise[..., 2 * slots : 2 * slots + 1]], -1)


@settings(max_examples=40)
@given(
    size=st.integers(2, 6),
    more=st.integers(0, 4),
    need=st.none() | st.integers(1, 2),
    share=st.sampled_from([0.3, 0.5, 1.0]),
    seed=st.integers(0, 2**31),
)
def test_a_shift_is_the_plain_docks_with_these_lanes(size, more, need, share, seed):
    slots = size + more
    env = envs.make("dock_teams", robots=(size, size), slots=slots, need=need, share=share, **PLAIN)
    generator = torch.Generator().manual_seed(seed)
    noise = draws(generator, 1, 1, env.noise)
    world = env.reset(noise)
    worth = world["worth"][0, 0, :size].tolist()
    rules = env.rules(worth)
    assert rules.needed == (need or int(np.ceil(share * size - 1e-9))) and rules.pay == 2.0 * rules.needed
    plain = envs.make(
        "dock",
        **{name: getattr(rules, name) for name in ("n_robots", "need", "pay", "lanes")},
        lookouts=size,
        shelves=0.7,
        trucks=0.4,
        limit=5,
    )
    twin = plain.reset(for_plain(noise, size, slots))
    for _ in range(env.limit + 1):
        for name in ("shelves", "at_dock"):
            assert torch.equal(world[name][..., :size], twin[name])
        assert torch.equal(world["truck"], twin["truck"])
        rows = table(env.observe(world).state, env.entity_dim)
        told = torch.stack([rows[0, 0, :size, 1], rows[0, 0, :size, 4], rows[0, 0, :size, 3]], -1)
        assert torch.equal(told, plain.observe(twin).obs[0, 0])
        actions = (draws(generator, 1, 1, slots) < 0.5).long()  # of absent ones too: it must not count
        noise = draws(generator, 1, 1, env.noise)
        world, mine = env.step(world, actions, noise)
        twin, theirs = plain.step(twin, actions[..., :size], for_plain(noise, size, slots))
        torch.testing.assert_close(mine.reward, theirs.reward, rtol=1e-6, atol=1e-6)
        assert torch.equal(mine.terminated, theirs.terminated) and torch.equal(mine.truncated, theirs.truncated)


def test_every_size_and_every_worth_is_as_likely():
    env = envs.make("dock_teams", robots=(2, 5), lanes=(1, 3), slots=6)
    world = env.reset(draws(torch.Generator().manual_seed(0), 1, 40_000, env.noise))
    counts = torch.bincount(world["present"].sum(-1).flatten(), minlength=7) / 40_000
    assert counts.tolist() == pytest.approx([0, 0, 0.25, 0.25, 0.25, 0.25, 0], abs=0.01)
    worth = world["worth"][world["present"]]
    assert worth.min() >= 1 and worth.max() <= 3 and worth.mean().item() == pytest.approx(2, abs=0.02)
    assert worth.var().item() == pytest.approx(1 / 3, abs=0.01)


def test_a_robot_that_leaves_in_mid_shift_counts_no_more():
    env, world, _ = shift(3, 3, 0, need=2, shelves=1, trucks=1)
    noise = torch.zeros(1, 1, env.noise)
    _, outcome = env.step(world, torch.tensor([[[LANE, DOCK, DOCK]]]), noise)
    assert outcome.reward.item() == pytest.approx(4 + world["worth"][0, 0, 0].item())
    gone = {**world, "present": torch.tensor([[[True, True, False]]])}
    seen = env.observe(gone)
    assert (seen.obs[0, 0, 2] == 0).all() and seen.available[0, 0].tolist() == [[True, True]] * 2 + [[True, False]]
    _, outcome = env.step(gone, torch.tensor([[[LANE, DOCK, DOCK]]]), noise)
    assert outcome.reward.item() == pytest.approx(world["worth"][0, 0, 0].item())


def test_a_picture_shows_whoever_is_present():
    env, world, _ = shift(3, 5, 0, need=None, share=0.5)
    scene = env.scene(world, 0, 0)
    assert len(scene["shelves"]) == len(scene["worth"]) == scene["lookouts"] == 3
    assert (scene["need"], scene["pay"]) == (2, 4.0)
    assert scene["worth"] == [round(x, 2) for x in world["worth"][0, 0, :3].tolist()]


def test_no_shift_earns_more_than_the_optimum():
    env = envs.make("dock_teams", robots=(2, 3), lanes=(1, 1), shelves=1, trucks=1, limit=2, pay=3)
    assert env.optimum == 2 * (6 + 1)  # two at the dock, and the third one's lane
    assert dock.safe(env.rules([1, 2])) == 2 * 3


def test_the_best_team_of_two_is_the_plain_docks():
    env = envs.make("dock_teams", robots=(2, 2), pay=3.0, limit=4)
    worth = [0.5, 1.25]
    plain = envs.make("dock", n_robots=2, need=2, pay=6.0, lanes=worth, limit=4, lookouts=2)
    assert dock.optimum(env.rules(worth)) == dock.optimum(plain) > dock.safe(env.rules(worth))


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        (dict(robots=(1, 4)), r"robots is \(1, 4\): give two team sizes from 2 to 16, the smaller first"),
        (dict(robots=(4, 2)), r"robots is \(4, 2\): give two team sizes"),
        (dict(robots=3), "robots is 3: give two team sizes"),
        (dict(robots=(2, 17)), r"robots is \(2, 17\): give two team sizes"),
        (dict(slots=3), "slots is 3: give a whole number of at least 4"),
        (dict(slots=17), "slots is 17: give at most 16"),
        (dict(need=3), "need is 3: give at most 2, the smallest team"),
        (dict(share=0), "share is 0: give a share above 0"),
        (dict(pay=-1), "pay is -1: give a finite number, 0 or more"),
        (dict(lanes=(2, 1)), r"lanes is \(2, 1\): give two numbers, 0 or more"),
        (dict(trucks=2), "trucks is 2: give a probability"),
        (dict(limit=0), "limit is 0: give a whole number"),
    ],
)
def test_what_no_such_dock_can_have_is_refused(chosen, message):
    with pytest.raises(ValueError, match=message):
        envs.make("dock_teams", **chosen)
