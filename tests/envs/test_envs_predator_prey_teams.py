"""Predator-prey with teams of many sizes: the plain game of whoever is there, and what each of them sees of it."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from twins.drive import draws, random_actions

from marl_helpers import envs
from marl_helpers.envs.entities import table


def made(hunters, prey, room=(0, 0), **options):
    """Teams of just these sizes, with room for more."""
    sizes = dict(hunters=(hunters, hunters), n_agents=hunters + room[0], prey=(prey, prey), n_prey=prey + room[1])
    return envs.make("predator_prey_teams", **sizes, **({"size": 5, "limit": 8, "penalty": -1.5} | options))


@settings(max_examples=25)
@given(
    hunters=st.integers(2, 4),
    prey=st.integers(1, 3),
    room=st.tuples(st.integers(0, 3), st.integers(0, 2)),
    seed=st.integers(0, 2**31),
)
def test_whoever_is_there_plays_the_plain_game(hunters, prey, room, seed):
    """From the same cells, with random numbers that come last for those who are not there."""
    env = made(hunters, prey, room)
    plain = envs.make("predator_prey", n_agents=hunters, n_prey=prey, size=5, limit=8, penalty=-1.5)
    generator = torch.Generator().manual_seed(seed)
    twin = plain.reset(draws(generator, 1, 6, plain.noise))
    pads = {"agents": room[0], "prey": room[1]}
    empty = {name: torch.zeros(1, 6, more, dtype=torch.int64) for name, more in pads.items()}
    world = env.reset(draws(generator, 1, 6, env.noise))
    world |= {name: torch.cat([twin[name], none], -1) for name, none in empty.items()}
    for _ in range(9):
        seen, theirs = env.observe(world), plain.observe(twin)
        assert torch.equal(seen.available[..., :hunters, :], theirs.available)
        actions = random_actions(theirs.available, generator, 4.0)
        noise = draws(generator, 1, 6, plain.noise)
        turns, orders, choices = noise.split([hunters, prey, prey], -1)
        last = [torch.full((1, 6, more), 0.999999) for more in room]
        wide = torch.cat(
            [turns, last[0], orders, last[1], choices, last[1], torch.rand(1, 6, 2, generator=generator)], -1
        )
        stays = torch.full((1, 6, room[0]), 4)
        world, mine = env.step(world, torch.cat([actions, stays], -1), wide)
        twin, outcome = plain.step(twin, actions, noise)
        for name in ("reward", "terminated", "truncated"):
            assert torch.equal(getattr(mine, name), getattr(outcome, name))
        for name, count in (("agents", hunters), ("prey", prey)):
            assert torch.equal(world[name][..., :count], twin[name]) and (world[name][..., count:] == 0).all()


@pytest.mark.parametrize("view", [None, 3, 5])
@pytest.mark.parametrize("seed", range(3))
def test_rows_say_who_stands_where_by_a_plain_loop(view, seed):
    env = made(3, 2, (1, 1), view=view)
    world = env.reset(draws(torch.Generator().manual_seed(seed), 1, 1, env.noise))
    seen, places = env.observe(world), env.scene(world, 0, 0)
    stand = [*places["agents"], *places["prey"]]
    rows = [[1, k >= env.n_agents, *place] if place else [0] * 4 for k, place in enumerate(stand)]
    assert table(seen.state, 4)[0, 0].tolist() == rows
    for i in range(env.n_agents):
        expected = [rows[i]]
        for j, row in enumerate(rows):
            if j == i:
                continue
            away = [row[2] - rows[i][2], row[3] - rows[i][3]]
            near = stand[i] and stand[j] and max(map(abs, away)) <= (view // 2 if view else env.size)
            expected.append([1, row[1], *away] if near else [0] * 4)
        assert table(seen.obs, 4)[0, 0, i].tolist() == expected


def test_every_size_is_as_likely():
    env = envs.make("predator_prey_teams", hunters=(2, 4), n_agents=5, prey=(1, 2), n_prey=3)
    world = env.reset(draws(torch.Generator().manual_seed(0), 1, 30_000, env.noise))
    for name, expected in (("agents", [0, 0, 1 / 3, 1 / 3, 1 / 3, 0]), ("prey", [0, 0.5, 0.5, 0])):
        counts = torch.bincount((world[name] > 0).sum(-1).flatten(), minlength=len(expected)) / 30_000
        assert counts.tolist() == pytest.approx(expected, abs=0.01)
    assert env.optimum == 20


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        (dict(hunters=(1, 3)), r"hunters is \(1, 3\): give two numbers from 2 to 4"),
        (dict(hunters=(2, 5)), r"hunters is \(2, 5\): give two numbers from 2 to 4, for which there is room"),
        (dict(prey=(2, 1)), r"prey is \(2, 1\): give two numbers from 1 to 2"),
        (dict(prey=1), "prey is 1: give two numbers"),
        (dict(size=2), "size is 2, where 4 agents and 2 prey find no place"),
    ],
)
def test_what_no_such_game_can_have_is_refused(chosen, message):
    with pytest.raises(ValueError, match=message):
        envs.make("predator_prey_teams", **chosen)
