"""The dock solved exactly: against trees over every outcome and every plan, played by the twin."""

from copy import deepcopy
from functools import partial
from itertools import product
from math import prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twins.dock import twin

from marl_helpers.exact import dock
from marl_helpers.exact.rankings import TooMuchWork
from marl_helpers.games.dock import DockRules

CHANCES = st.sampled_from([0, 0.25, 0.5, 1])
WORTHS = st.sampled_from([0, 1, 2, 3.5])
FILLS, STAYS = 0.0, 0.999  # random numbers


def make(n=2, **options):
    return DockRules(n_robots=n, **options)


def outcomes(env):
    """Every way in which lanes and dock may be filled: (random numbers, chance)."""
    chances = [*[env.shelves] * env.n_robots, env.trucks]
    for filled in product([True, False], repeat=len(chances)):
        chance = prod(p if fills else 1 - p for p, fills in zip(chances, filled))
        if chance:
            yield [FILLS if fills else STAYS for fills in filled], chance


def begin(env):
    """Every start: (game, chance)."""
    for noise, chance in outcomes(env):
        game = twin(env)
        game.reset(noise)
        yield game, chance


def after(env, game, team):
    """What one step of the twin earns, and every game that may follow: (game, chance)."""
    follow, reward = [], 0.0
    for noise, chance in outcomes(env):
        copy = deepcopy(game)
        reward, *_ = copy.step(team, noise)
        follow.append((copy, chance))
    return reward, follow


def best_from(env, game):
    """What the best team earns from here: every joint action, every outcome, to the end."""
    if game.time == game.limit:
        return 0.0
    answers = []
    for team in product(range(2), repeat=env.n_robots):
        reward, follow = after(env, game, team)
        answers.append(reward + sum(chance * best_from(env, copy) for copy, chance in follow))
    return max(answers)


def sights(env):
    """All that each robot can ever see."""
    found, games = [set() for _ in range(env.n_robots)], [game for game, _ in begin(env)]
    while games:
        game = games.pop()
        for i, sight in enumerate(found):
            sight.add(tuple(map(int, game.observation(i))))
        if game.time < game.limit - 1:
            for team in product(range(2), repeat=env.n_robots):
                games += [copy for copy, _ in after(env, game, team)[1]]
    return found


def played_from(env, game, robots, histories):
    """What robots earn from here who act by all that they saw and did."""
    if game.time == game.limit:
        return 0.0
    seen = [(*past, tuple(map(int, game.observation(i)))) for i, past in enumerate(histories)]
    team = [robot(history) for robot, history in zip(robots, seen)]
    reward, follow = after(env, game, team)
    went = [(*history, action) for history, action in zip(seen, team)]
    return reward + sum(chance * played_from(env, copy, robots, went) for copy, chance in follow)


def earns(env, robots):
    return sum(chance * played_from(env, game, robots, [()] * env.n_robots) for game, chance in begin(env))


@settings(max_examples=15)
@given(st.integers(1, 2), WORTHS, st.lists(WORTHS, min_size=2, max_size=2), CHANCES, CHANCES, st.integers(1, 2))
def test_the_optimum_is_that_of_the_whole_tree(need, pay, lanes, shelves, trucks, limit):
    env = make(need=need, pay=pay, lanes=lanes, shelves=shelves, trucks=trucks, limit=limit)
    whole = sum(chance * best_from(env, game) for game, chance in begin(env))
    assert dock.optimum(env) == pytest.approx(whole, abs=1e-9)


def test_the_optimum_of_three_robots_is_that_of_the_whole_tree():
    for limit, shelves in ((1, 0.5), (2, 1)):
        env = make(3, need=2, pay=2.5, lanes=[1, 2, 1], shelves=shelves, trucks=0.5, limit=limit)
        whole = sum(chance * best_from(env, game) for game, chance in begin(env))
        assert dock.optimum(env) == pytest.approx(whole, abs=1e-9)


@settings(max_examples=20)
@given(st.integers(2, 6), st.data())
def test_counting_equal_lanes_changes_nothing(n, data):
    chosen = dict(
        need=data.draw(st.integers(1, n)), pay=data.draw(st.integers(0, 9)), limit=data.draw(st.integers(1, 30))
    )
    chosen |= dict(shelves=data.draw(CHANCES), trucks=data.draw(CHANCES))
    almost = [1 + 1e-9 * i for i in range(n)]
    assert dock.optimum(make(n, **chosen)) == pytest.approx(dock.optimum(make(n, lanes=almost, **chosen)), abs=1e-5)


@pytest.mark.parametrize(
    "chosen",
    [
        dict(shelves=1, trucks=0.5, lookouts=1, lanes=[3, 1], pay=5, limit=3),
        dict(shelves=0.5, trucks=1, lookouts=0, pay=3, limit=2),
        dict(shelves=1, trucks=0.25, lookouts=2, need=1, pay=1.5, limit=2),
        dict(shelves=1, trucks=0.5, lookouts=0, lanes=[1, 2], pay=6, limit=3),
    ],
)
def test_the_best_reactive_team_is_the_best_of_all_that_the_twin_plays(chosen):
    env = make(**chosen)
    seen = sights(env)
    plans = [[dict(zip(codes, acts)) for acts in product(range(2), repeat=len(codes))] for codes in seen]
    found = dock.best_reactive(env)
    assert [set(plan) for plan in found.plans] == [set(codes) for codes in seen]
    best = max(earns(env, [lambda history, plan=plan: plan[history[-1]] for plan in team]) for team in product(*plans))
    assert found.earns == pytest.approx(best, abs=1e-9)
    assert dock.value(env, found.plans) == pytest.approx(found.earns, abs=1e-9)


def test_how_many_teams_are_looked_at_together_changes_nothing(monkeypatch):
    env = make(trucks=1, lookouts=0, lanes=[2, 1], pay=4)
    found = dock.best_reactive(env)
    for chunk in (1, 100):
        monkeypatch.setattr(dock, "CHUNK", chunk)
        assert dock.best_reactive(env) == found


@settings(max_examples=15)
@given(WORTHS, st.lists(WORTHS, min_size=2, max_size=2), CHANCES, CHANCES, st.integers(0, 2), st.integers(1, 6))
def test_the_lines_are_in_order(pay, lanes, shelves, trucks, lookouts, limit):
    env = make(pay=2 * pay, lanes=lanes, shelves=shelves, trucks=trucks, lookouts=lookouts, limit=limit)
    reactive, longer = dock.best_reactive(env).earns, dock.decentralised_at_least(env, starts=4)
    assert dock.safe(env) <= reactive + 1e-9 and reactive <= dock.optimum(env) + 1e-9
    assert longer <= dock.optimum(env) + 1e-9 and dock.optimum(env) <= env.limit * env.luckiest_step() + 1e-9


def test_who_sees_everything_that_counts_needs_no_telling():
    """With a truck always there and shelves too, reactive robots do what the best team does."""
    env = make(3, shelves=1, trucks=1, pay=3.5, lookouts=3, limit=6)
    assert dock.best_reactive(env).earns == pytest.approx(dock.optimum(env)) == 21
    assert dock.decentralised_at_least(env) == pytest.approx(21)


@pytest.mark.parametrize("pay", [2.5, 5])
def test_the_lower_bound_is_the_best_of_all_robots_with_histories_where_the_search_is_complete(pay):
    """Two steps: lookouts see a truck or not, then again; the other robot sees it if it came."""
    env = make(shelves=1, trucks=0.5, lanes=[1, 2], lookouts=1, pay=pay, limit=2)
    lookout, other = (trees(range(2), 1), trees((0,), 0))
    best = max(earns(env, team) for team in product(lookout, other))
    assert dock.decentralised_at_least(env, memory=2) == pytest.approx(best, abs=1e-9)


def trees(first, always):
    """All robots of a two-step game: actions for each first sight, and for each second after each first."""
    start = list(first)
    for acts in product(range(2), repeat=len(start)):
        later = [(seen, truck) for seen in start for truck in range(2) if always or acts[seen] or not truck]
        for second in product(range(2), repeat=len(later)):
            yield partial(by_tree, acts, dict(zip(later, second)))


def by_tree(acts, then, history):
    """The action after (sight,) or (sight, action, sight), of which only the truck counts."""
    return acts[history[0][1]] if len(history) == 1 else then[history[0][1], history[2][1]]


def by_every_joint_action(env):
    """What the best team expects to earn, trying every subset of robots at the dock in every state."""
    n, lanes, chances = env.n_robots, 2**env.n_robots, [*[env.shelves] * env.n_robots, env.trucks]

    def expected(value):
        for bit, chance in enumerate(chances):
            value = [x + chance * (value[s | 1 << bit] - x) if not s >> bit & 1 else x for s, x in enumerate(value)]
        return value

    value = [0.0] * (2 * lanes)
    for _ in range(env.limit):
        later = expected(value)
        for s in range(2 * lanes):
            answers = []
            for came in range(lanes):
                loaded = s >= lanes and came.bit_count() >= env.needed
                earned = sum(env.worth[i] for i in range(n) if s >> i & 1 and not came >> i & 1) + env.pay * loaded
                answers.append(earned + later[(s & came) | (0 if loaded else s & lanes)])
            value[s] = max(answers)
    return expected(value)[0]


@settings(max_examples=30)
@given(
    lanes=st.lists(st.floats(0, 3), min_size=4, max_size=5),
    need=st.integers(1, 4),
    pay=st.floats(0, 12),
    chances=st.tuples(CHANCES, CHANCES),
)
def test_leaving_no_lane_in_vain_is_no_worse_than_every_joint_action(lanes, need, pay, chances):
    shelves, trucks = chances
    env = make(len(lanes), lanes=lanes, need=need, pay=pay, shelves=shelves, trucks=trucks, limit=4)
    assert dock.optimum(env) == pytest.approx(by_every_joint_action(env), abs=1e-9)


def test_sixteen_different_lanes_are_little_work_where_few_are_needed():
    lanes = [1 + i / 16 for i in range(16)]
    few, one_kind = (dock.optimum(make(16, need=2, pay=4, lanes=x)) for x in (lanes, 1.0))
    assert one_kind < few < one_kind + 10 * sum(i / 16 for i in range(16))


def test_too_much_work_is_refused_with_the_remedy():
    with pytest.raises(TooMuchWork, match=r"states with choices .*: take fewer different worths of lanes"):
        dock.optimum(make(16, need=8, lanes=list(range(16))))
    with pytest.raises(
        TooMuchWork, match=r"teams times states times steps where 6e\+09 is the limit: take fewer robots"
    ):
        dock.best_reactive(make(3, lookouts=3, limit=100))
    for solve in (dock.best_reactive, dock.decentralised_at_least, lambda env: dock.value(env, [{}] * 16)):
        with pytest.raises(TooMuchWork, match=r"states times steps .*: take fewer robots, memories or steps"):
            solve(make(16))
    with pytest.raises(ValueError, match="starts is 0: give a whole number of at least 1"):
        dock.decentralised_at_least(make(2), starts=0)
