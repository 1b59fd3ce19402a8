"""The shared dock: step by step against a twin in lists and loops, its rules one by one, and its one-shot games."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from twins.dock import twin
from twins.drive import compare, draws

from marl_helpers import envs, exact, games
from marl_helpers.envs.dock import DOCK, LANE
from marl_helpers.envs.trial import check
from marl_helpers.exact import dock, prices
from marl_helpers.mixers.layers import generators

QUARTERS = st.integers(0, 24).map(lambda k: k / 4)  # sums of these are exact
CHANCES = st.sampled_from([0, 0.25, 0.5, 0.8, 1])


@st.composite
def options(draw, most=16):
    n = draw(st.integers(2, most))
    lanes = draw(QUARTERS | st.lists(QUARTERS, min_size=n, max_size=n))
    need, lookouts = draw(st.none() | st.integers(1, n)), draw(st.integers(0, n))
    chances = dict(shelves=draw(CHANCES), trucks=draw(CHANCES))
    return dict(
        n_robots=n,
        need=need,
        pay=draw(QUARTERS),
        lanes=lanes,
        lookouts=lookouts,
        limit=draw(st.integers(1, 9)),
        **chances,
    )


@settings(max_examples=60)
@given(options(), st.integers(0, 2**32), st.sampled_from([0.2, 0.5, 0.9]))
def test_every_step_is_the_twins(chosen, seed, eager):
    env = envs.make("dock", **chosen)
    choose = lambda available, generator: (draws(generator, *available.shape[:-1]) < eager).long()  # noqa: E731
    compare(env, [[twin(env) for _ in range(3)] for _ in range(2)], seed, env.limit + 2, choose)


def play(env, world, *team, noise=1.0):
    """One step of one game, in which nothing is refilled unless noise says so: (world, reward)."""
    noise = torch.full((1, 1, env.noise), noise)
    world, outcome = env.step(world, torch.tensor([[team]]), noise)
    return world, outcome.reward.item()


def begin(filled=True, **chosen):
    """A dock whose lanes and truck are all there at the start, or none of them; chances other than 0 and 1."""
    env = envs.make("dock", **chosen)
    return env, env.reset(torch.full((1, 1, env.noise), 0.0 if filled else 0.999))


def sights(env, world):
    return env.observe(world).obs[0, 0].tolist()


def test_a_shelf_is_cleared_once_and_then_the_lane_is_empty():
    env, world = begin(n_robots=2, lanes=[3, 1], pay=5)
    world, reward = play(env, world, LANE, LANE)
    assert reward == 4 and not world["shelves"].any() and world["truck"].all()
    assert play(env, world, LANE, LANE)[1] == 0


def test_a_truck_waits_for_enough_robots_and_then_leaves():
    env, world = begin(n_robots=3, need=2, pay=7, lanes=1)
    world, reward = play(env, world, DOCK, LANE, LANE)
    assert reward == 2 and world["truck"].all()  # the first one's shelf stands still
    world, reward = play(env, world, DOCK, LANE, DOCK)
    assert reward == 7 and not world["truck"].any() and world["shelves"].tolist() == [[[True, False, False]]]
    assert play(env, world, DOCK, DOCK, DOCK)[1] == 0
    assert play(env, world, LANE, DOCK, DOCK)[1] == 1


def test_who_came_is_at_the_dock_and_only_they_and_lookouts_see_the_truck():
    env, world = begin(n_robots=3, lookouts=1)
    assert sights(env, world) == [[1, 1, 0], [1, 0, 0], [1, 0, 0]]
    world, _ = play(env, world, LANE, DOCK, LANE)
    assert sights(env, world) == [[0, 1, 0], [1, 1, 1], [0, 0, 0]]
    world, _ = play(env, world, DOCK, DOCK, DOCK)
    assert sights(env, world) == [[0, 0, 1], [1, 0, 1], [0, 0, 1]]
    world, _ = play(env, world, LANE, LANE, LANE, noise=0.0)
    assert sights(env, world) == [[1, 1, 0], [1, 0, 0], [1, 0, 0]]


def test_the_state_is_everything_there_is():
    env, world = begin(n_robots=2, limit=4)
    assert env.observe(world).state.tolist() == [[[1, 1, 0, 0, 1, 1]]]
    world, _ = play(env, world, LANE, DOCK)
    assert env.observe(world).state.tolist() == [[[0, 1, 0, 1, 1, 0.75]]]


def test_what_is_empty_is_filled_as_often_as_the_chances_say():
    env = envs.make("dock", n_robots=2, shelves=0.3, trucks=0.6, need=1)
    noise = torch.rand(1, 20_000, env.noise, generator=torch.Generator().manual_seed(0))
    world = env.reset(noise)
    for _ in range(2):
        assert world["shelves"].float().mean((0, 1)).tolist() == pytest.approx([0.3, 0.3], abs=0.012)
        assert world["truck"].float().mean().item() == pytest.approx(0.6, abs=0.012)
        assert np.cov(world["shelves"][0].T.numpy())[0, 1] == pytest.approx(0, abs=0.005)  # lanes are independent
        emptied = {**world, "shelves": torch.zeros_like(world["shelves"]), "truck": torch.zeros_like(world["truck"])}
        world, _ = env.step(emptied, torch.zeros(1, 20_000, 2, dtype=torch.int64), noise.flip(1))


def payoffs(env):
    """The table of what every joint action earns in the first step, which ends the game."""
    every = torch.tensor([[*itertools.product(range(2), repeat=env.n_agents)]])
    noise = torch.zeros(1, every.shape[1], env.noise)
    _, outcome = env.step(env.reset(noise), every, noise)
    assert outcome.terminated.all()
    return outcome.reward.double().reshape((2,) * env.n_agents).numpy()


@pytest.mark.parametrize("n", [2, 3, 4])
def test_one_step_with_everything_there_is_the_one_shot_game(n):
    for best, price in (
        (exact.joint, prices.team),
        (exact.additive, prices.additive),
        (exact.monotone, prices.monotone),
    ):
        for pay in (price(n) - 0.05, price(n) + 0.05):
            found = payoffs(envs.make("dock", n_robots=n, pay=pay, shelves=1, trucks=1, limit=1))
            assert found == pytest.approx(games.by_count([*range(n, 0, -1), pay]), abs=1e-6)
            assert ((1,) * n in best(found).greedy) == (pay > price(n))


def test_unequal_lanes_mislead_two_robots():
    """The sum sends robot 2 to the dock alone, and so does the class of all monotone mixers; QMIX's does not."""
    found = payoffs(envs.make("dock", n_robots=2, lanes=(3, 1), pay=5, shelves=1, trucks=1, limit=1))
    assert found.tolist() == [[4, 3], [1, 5]]
    for best in (exact.additive, exact.monotone):
        assert best(found).greedy == ((LANE, DOCK),)
    assert exact.convex(found).greedy == ((DOCK, DOCK),)


@settings(max_examples=30)
@given(options(most=3), st.integers(0, 2**32))
def test_no_episode_earns_more_than_the_optimum_and_the_luckiest_one_earns_it(chosen, seed):
    """The luckiest: all that can be filled is filled, and each step is the best one there is then."""
    chosen |= dict(limit=min(chosen["limit"], 3))
    env, best = envs.make("dock", **chosen), 0.0
    noise = torch.zeros(1, 1, env.noise)
    steps = list(itertools.product(range(2), repeat=env.n_agents))
    for plan in itertools.product(steps, repeat=env.limit):
        world, earned = env.reset(noise), 0.0
        for team in plan:
            world, outcome = env.step(world, torch.tensor([[team]]), noise)
            earned += outcome.reward.item()
        best = max(best, earned)
    assert env.optimum == best


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        (dict(n_robots=1), "n_robots is 1: give a whole number of at least 2"),
        (dict(n_robots=17), "n_robots is 17: give at most 16"),
        (dict(lookouts=4), "lookouts is 4: give at most 3"),
        (dict(lookouts=-1), "lookouts is -1: give a whole number of at least 0"),
        (dict(need=0), "need is 0: give a whole number of at least 1"),
        (dict(need=4), "need is 4: give at most 3, the number of robots"),
        (dict(limit=0), "limit is 0: give a whole number of at least 1"),
        (dict(shelves=1.5), "shelves is 1.5: give a probability, from 0 to 1"),
        (dict(trucks="often"), "trucks is 'often': give a probability, from 0 to 1"),
        (dict(pay=-1), "pay is -1: give a finite number, 0 or more"),
        (dict(pay=float("nan")), "pay is nan: give a finite number"),
        (dict(lanes=[1, 2]), r"lanes is \[1, 2\]: give one number, 0 or more, or 3 of them"),
        (dict(lanes="1"), "lanes is '1': give one number"),
        (dict(lanes=[1, 2, -1]), r"lanes is \[1, 2, -1\]: give one number, 0 or more"),
    ],
)
def test_what_no_dock_can_have_is_refused(chosen, message):
    with pytest.raises(ValueError, match=message):
        envs.make("dock", **chosen)


@pytest.mark.parametrize("n", [2, 6, 16])
def test_it_keeps_its_promises_and_names_everyone(n):
    env = envs.make("dock", n_robots=n, lookouts=2)
    check(env, generators(0, 3), 8)
    assert list(env.agent_names) == ["lookout"] * 2 + ["robot"] * (n - 2)
    assert [list(names) for names in env.action_names] == [["lane", "dock"]] * n
    described = envs.describe(env)
    assert envs.make(described["env"], **described["options"]).worth == env.worth


def rollouts(env, plans, games=20_000):
    """Returns of as many games of the environment, played by plans."""
    generator = torch.Generator().manual_seed(0)
    world, earned = env.reset(draws(generator, 1, games, env.noise)), 0
    acts = torch.tensor([[plan.get(sight, 0) for sight in dock.SIGHTS] for plan in plans])
    for _ in range(env.limit):
        codes = (env.observe(world).obs * torch.tensor([4, 2, 1])).sum(-1).long()
        team = acts.expand(1, games, -1, -1).gather(-1, codes.unsqueeze(-1)).squeeze(-1)
        world, outcome = env.step(world, team, draws(generator, 1, games, env.noise))
        earned = earned + outcome.reward[0].double()
    return earned.numpy()


@pytest.mark.parametrize("seed", range(4))
def test_the_value_of_plans_is_what_they_earn_when_played(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 5))
    chosen = dict(lookouts=seed % 3, need=int(rng.integers(1, n + 1)), lanes=rng.integers(0, 5, n).tolist())
    env = envs.make("dock", n_robots=n, pay=7, shelves=0.6, trucks=0.3, limit=8, **chosen)
    plans = [{sight: int(rng.integers(2)) for sight in dock.SIGHTS} for _ in range(n)]
    found = rollouts(env, plans)
    assert dock.value(env, plans) == pytest.approx(found.mean(), abs=4 * found.std() / np.sqrt(len(found)))


def test_a_safe_team_earns_what_shelves_bring():
    for n, lanes, shelves in ((2, [3, 1], 0.5), (4, 1, 0.8), (16, 2, 1)):
        env = envs.make("dock", n_robots=n, lanes=lanes, shelves=shelves, limit=12)
        found = rollouts(env, [{}] * n, 4000)
        assert dock.safe(env) == pytest.approx(found.mean(), abs=4 * found.std() / np.sqrt(len(found)) + 1e-9)
