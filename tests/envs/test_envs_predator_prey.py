"""Predator-prey: step by step against a twin in lists and loops, the rules one by one, and what good play earns."""

from collections import Counter
from itertools import product

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from twins.drive import compare, draws, random_actions
from twins.predator_prey import Twin

from marl_helpers import envs
from marl_helpers.envs.predator_prey import ACTIONS

RIGHT, DOWN, LEFT, UP, STAY, CATCH = range(6)
PRESETS = ["predator_prey", "predator_prey_loop", "predator_prey_full"]


def twins(env, runs, count):
    options = {key: getattr(env, key) for key in ("n_agents", "n_prey", "size", "view", "limit", "penalty", "diagonal")}
    return [[Twin(**options) for _ in range(count)] for _ in range(runs)]


@st.composite
def options(draw):
    size = draw(st.integers(2, 6))
    n_agents = draw(st.integers(2, min(5, size**2 - 1)))
    n_prey = draw(st.integers(1, min(4, size**2 - n_agents)))
    view = draw(st.sampled_from([None, 3, 5, 7]))
    penalty = -draw(st.integers(0, 24)) / 4  # sums of these are exact
    limit, diagonal = draw(st.integers(1, 40)), draw(st.booleans())
    sizes = dict(n_agents=n_agents, n_prey=n_prey, size=size, view=view)
    return dict(**sizes, penalty=penalty, limit=limit, diagonal=diagonal)


@settings(max_examples=60)
@given(options(), st.integers(0, 2**32), st.sampled_from([0.3, 1.0, 5.0]))
def test_every_step_is_the_twins(chosen, seed, eager):
    env = envs.make("predator_prey", **chosen)
    choose = lambda available, generator: random_actions(available, generator, eager)  # noqa: E731
    compare(env, twins(env, 2, 3), seed, 30, choose)


@settings(max_examples=20)
@given(options(), st.integers(0, 2**32))
def test_every_step_is_the_twins_whatever_the_agents_try(chosen, seed):
    """Moves into walls, catching nothing, and actions of those who have left do nothing."""
    env = envs.make("predator_prey", **chosen)
    anything = lambda available, generator: torch.randint(6, available.shape[:-1], generator=generator)  # noqa: E731
    compare(env, twins(env, 2, 3), seed, 20, anything)


@pytest.mark.parametrize("name", PRESETS)
def test_the_presets_are_the_twins_to_their_end(name):
    env = envs.make(name)
    outcomes = compare(env, twins(env, 2, 2), 0, env.limit + 1, lambda seen, draws: random_actions(seen, draws, 3.0))
    ended = sum(outcome.terminated.int() + outcome.truncated.int() for outcome in outcomes)
    assert (ended == 1).all()
    earned = sum(outcome.reward for outcome in outcomes)
    assert len(set(earned.flatten().tolist())) > 1  # not all the same game


def picture(env, *pictures: str):
    """A world [1, B] from drawings: digits are agents, letters prey, dots free cells, rows between spaces."""
    worlds = []
    for drawing in pictures:
        rows = drawing.split()
        cells = {
            mark: (r + env.pad) * env.width + c + env.pad for r, row in enumerate(rows) for c, mark in enumerate(row)
        }
        agents = [cells.get(str(k), 0) for k in range(env.n_agents)]
        worlds.append((agents, [cells.get("abcdefgh"[k], 0) for k in range(env.n_prey)]))
    agents, prey = (torch.tensor([list(group)]) for group in zip(*worlds))
    start = env.reset(torch.zeros(1, len(pictures), env.noise))
    return start | {"agents": agents, "prey": prey}


def draw(env, world) -> list[str]:
    """The drawings of run 0."""
    drawn = []
    for agents, prey in zip(world["agents"][0].tolist(), world["prey"][0].tolist()):
        grid = [["."] * env.size for _ in range(env.size)]
        for mark, cell in [*zip("01234567", agents), *zip("abcdefgh", prey)]:
            if cell:
                grid[cell // env.width - env.pad][cell % env.width - env.pad] = mark
        drawn.append(" ".join("".join(row) for row in grid))
    return drawn


def play(env, drawing, actions, noise=None):
    """One step of one game: (drawing, reward, terminated)."""
    noise = torch.zeros(1, 1, env.noise) if noise is None else torch.tensor([[noise]])
    world, outcome = env.step(picture(env, drawing), torch.tensor([[actions]]), noise)
    return draw(env, world)[0], outcome.reward.item(), outcome.terminated.item()


def team(n_agents, n_prey, size=3, diagonal=False, **options):
    return envs.make("predator_prey", n_agents=n_agents, n_prey=n_prey, size=size, diagonal=diagonal, **options)


def test_two_hunters_catch_and_leave_with_the_prey():
    env = team(3, 2)
    assert play(env, "0a1 ... 2.b", [CATCH, CATCH, STAY]) == ("... ... 2b.", 10, True)  # b flees, one agent is left
    env = team(4, 2)
    after, reward, terminated = play(env, "0a1 ... 2b3", [CATCH, CATCH, STAY, STAY], [0.0] * 6 + [0.0, 0.0])
    assert (after, reward, terminated) == ("... .b. 2.3", 10, False)


def test_every_hunter_of_a_caught_prey_leaves_and_others_stay():
    assert play(team(4, 1), "0a1 .2. ..3", [CATCH, CATCH, CATCH, CATCH]) == ("... ... ..3", 10, True)
    assert play(team(4, 1), "0a1 .2. ..3", [CATCH, CATCH, STAY, STAY]) == ("... .2. ..3", 10, True)


@pytest.mark.parametrize("penalty", [0, -1.5, -6])
def test_a_lone_hunter_pays_and_the_prey_flees(penalty):
    env = team(2, 1, penalty=penalty)
    assert play(env, "0a. ... ..1", [CATCH, STAY]) == ("0.a ... ..1", penalty, False)
    assert play(env, "0a. 1.. ...", [CATCH, CATCH]) == ("0.a 1.. ...", penalty, False)  # agent 1 only is diagonal


def test_with_diagonal_a_prey_is_caught_from_its_corners_too_and_flees_along_rows_and_columns_only():
    drawing = "0a. 1.. ..."
    assert play(team(2, 1, diagonal=True), drawing, [CATCH, CATCH]) == ("... ... ...", 10, True)
    after, reward, _ = play(team(2, 1, diagonal=True, penalty=-6), drawing, [STAY, CATCH])
    assert (after, reward) == ("0.a 1.. ...", -6)
    found = {play(team(2, 1, diagonal=True), "..0 .a. 1..", [STAY, STAY], [0.0] * 3 + [k / 16])[0] for k in range(16)}
    assert found == {".a0 ... 1..", "..0 a.. 1..", "..0 ..a 1..", "..0 ... 1a."}


def test_a_lone_hunter_between_two_prey_pays_for_each():
    assert play(team(2, 2, penalty=-1), "a0b ... ..1", [CATCH, STAY])[1] == -2


def test_the_order_of_the_prey_decides_where_one_of_two_hunters_could_hunt_alone():
    """Prey b has two hunters, a one of them: if b comes first, both have left, and nobody pays for a."""
    env, actions, zeros = team(2, 2, penalty=-1), [CATCH, CATCH], [0.0, 0.0]
    assert play(env, "a0b ..1 ...", actions, [*zeros, 0.0, 0.5, *zeros])[1] == 9
    assert play(env, "a0b ..1 ...", actions, [*zeros, 0.5, 0.0, *zeros])[1] == 10


def test_agents_act_one_after_the_other():
    env = team(2, 1)
    assert play(env, "01. ... ..a", [RIGHT, RIGHT], [0.0, 0.5, 0.0, 0.0])[0][:3] == "0.1"  # 0 first, and in vain
    assert play(env, "01. ... ..a", [RIGHT, RIGHT], [0.5, 0.0, 0.0, 0.0])[0][:3] == ".01"
    assert play(env, "0.1 ... ..a", [RIGHT, LEFT], [0.5, 0.0, 0.0, 0.0])[0][:3] == "01."  # whoever is first gets it


def test_nobody_enters_a_wall_or_a_prey():
    env = team(2, 1)
    for action, drawing in ((UP, "0.. 1.. ..a"), (LEFT, "0.. 1.. ..a"), (RIGHT, "..0 1.. .a."), (DOWN, "1a. ... ..0")):
        after = play(env, drawing, [action, STAY])[0]
        assert after.index("0") == drawing.index("0")
    assert play(env, "0a. ... ..1", [RIGHT, STAY])[0][0] == "0"


def test_a_prey_takes_each_free_neighbour_equally_often_and_rests_without_any():
    env, drawing = team(2, 1), "..0 .a. 1.."
    found = Counter(play(env, drawing, [STAY, STAY], [0.0, 0.0, 0.0, k / 16])[0] for k in range(16))
    assert len(found) == 4 and set(found.values()) == {4}
    found = Counter(play(env, "... 0a. 1..", [STAY, STAY], [0.0, 0.0, 0.0, k / 15 + 0.01])[0] for k in range(15))
    assert len(found) == 3 and set(found.values()) == {5}
    assert play(team(2, 1), "a0. 1.. ...", [STAY, STAY])[0] == "a0. 1.. ..."


def test_a_prey_may_flee_to_where_a_hunter_has_left():
    env, first = team(3, 2), [0.0, 0.0]
    assert play(env, "a0b 1.2 ...", [CATCH, CATCH, STAY], [0.0] * 3 + [0.0, 0.5, *first])[0] == ".b. ..2 ..."
    assert play(env, "a0b 1.2 ...", [CATCH, CATCH, STAY], [0.0] * 3 + [0.5, 0.0, *first])[0] == "..b ..2 ..."


def test_starts_are_all_placements_equally_often():
    env = team(2, 1, size=2)
    noise = torch.tensor(
        [[(a + 0.5) / 4, (b + 0.5) / 3, (c + 0.5) / 2, 0] for a, b, c in product(*map(range, (4, 3, 2)))]
    )
    assert len(set(draw(env, env.reset(noise.unsqueeze(0))))) == 24


@settings(max_examples=25)
@given(options(), st.integers(0, 2**32))
def test_what_holds_in_every_game(chosen, seed):
    """Nobody shares a cell or comes back, rewards come from catches alone, masks offer what can be done."""
    env, generator = envs.make("predator_prey", **chosen), torch.Generator().manual_seed(seed)
    world = env.reset(draws(generator, 2, 16, env.noise))
    inside = set(env.on(world["agents"].device)["inside"].tolist())
    for _ in range(env.limit):
        seen = env.observe(world)
        assert seen.available[..., STAY].all()
        assert torch.equal(seen.available[..., :STAY].any(-1), world["agents"] > 0)  # a grid has no cell without exit
        actions = random_actions(seen.available, generator, 4.0)
        after, outcome = env.step(world, actions, draws(generator, 2, 16, env.noise))
        for agents, prey in zip(after["agents"].flatten(0, 1).tolist(), after["prey"].flatten(0, 1).tolist()):
            standing = [cell for cell in (*agents, *prey) if cell]
            assert len(set(standing)) == len(standing) and inside.issuperset(standing)
        caught = (world["prey"] > 0).sum(-1) - (after["prey"] > 0).sum(-1)
        left = (world["agents"] > 0).sum(-1) - (after["agents"] > 0).sum(-1)
        assert ((left >= 2 * caught) & (left <= (8 if env.diagonal else 4) * caught)).all()
        assert all((after[key][world[key] == 0] == 0).all() for key in ("agents", "prey"))
        paid = outcome.reward - 10 * caught
        assert (paid[(actions != CATCH).all(-1)] == 0).all()
        fined = torch.arange(env.n_prey + 1)  # how many prey were hunted alone: not more than are still there
        possible = fined <= (after["prey"] > 0).sum(-1, keepdim=True)
        assert (possible & (paid.unsqueeze(-1) == env.penalty * fined)).any(-1).all()
        assert not (outcome.terminated & outcome.truncated).any()
        world = after
    assert world["over"].all()


def hunt(env, world) -> torch.Tensor:
    """By hand, for one prey: two that stand beside it catch it; before that, each comes near in step with it.

    A prey moves every time, so an odd distance stays odd while its hunter moves too, and only those ever stand beside
    it when they choose. A hunter at an even distance rests once to change that, and one that is too early moves on.
    """
    place = lambda cells: torch.stack([cells // env.width, cells % env.width], -1)  # noqa: E731
    moves = torch.tensor([[0, 1], [1, 0], [0, -1], [-1, 0], [0, 0]])
    way = place(world["prey"]) - place(world["agents"])
    left = (way.unsqueeze(3) - moves).abs().sum(-1)  # the distance that each move leaves
    left = left.masked_fill(~env.observe(world).available[..., :CATCH], 99)
    left[..., STAY], far = 99, way.abs().sum(-1)
    actions = left.masked_fill(left == 0, 98).argmin(-1)
    actions = actions.masked_fill((far % 2 == 0) & (far <= 2), STAY)
    return actions.masked_fill((far == 1).all(-1, keepdim=True), CATCH)


def returns(env, policy, games=2000, seed=0):
    generator = torch.Generator().manual_seed(seed)
    world, earned = env.reset(draws(generator, 1, games, env.noise)), 0
    for _ in range(env.limit):
        world, outcome = env.step(world, policy(world, generator), draws(generator, 1, games, env.noise))
        earned = earned + outcome.reward
    return earned[0]


@pytest.mark.parametrize(("diagonal", "least", "most"), [(False, 0, 0.2), (True, 0.35, 0.65)])
def test_who_hunts_together_earns_most_of_what_there_is_and_who_plays_at_random_pays(diagonal, least, most):
    env = envs.make("predator_prey", penalty=-6, diagonal=diagonal)
    by_hand = returns(env, lambda world, _: hunt(env, world))
    assert set(by_hand.tolist()) == {0.0, 10.0} and by_hand.mean() > 8.5 and env.optimum == 10
    at_random = returns(env, lambda world, generator: random_actions(env.observe(world).available, generator))
    assert at_random.mean() < -4 and at_random.max() <= 10
    free = envs.make("predator_prey", penalty=0, diagonal=diagonal)
    at_random = returns(free, lambda world, generator: random_actions(free.observe(world).available, generator))
    assert set(at_random.tolist()) == {0.0, 10.0} and least < at_random.mean() < most


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (dict(n_agents=1), "n_agents is 1: give a whole number of at least 2"),
        (dict(n_prey=0), "n_prey is 0: give a whole number of at least 1"),
        (dict(size=0), "size is 0"),
        (dict(size=1001), "size is 1001: give at most 1000"),
        (dict(limit=2.5), "limit is 2.5: give a whole number"),
        (dict(view=4), "view is 4: give an odd number from 3, or None"),
        (dict(view=1), "view is 1"),
        (dict(penalty=3), "penalty is 3: give 0 or a negative number"),
        (dict(penalty=float("nan")), "penalty is nan"),
        (dict(penalty="much"), "penalty is 'much'"),
        (dict(diagonal=1), "diagonal is 1: give True or False"),
        (dict(size=2, n_agents=3, n_prey=2), "size is 2, where 3 agents and 2 prey find no place: give a larger grid"),
    ],
)
def test_a_bad_option_is_named_with_the_remedy(wrong, words):
    with pytest.raises(ValueError, match=words):
        envs.make("predator_prey", **wrong)


def test_the_actions_have_names():
    assert ACTIONS == ("right", "down", "left", "up", "stay", "catch")
