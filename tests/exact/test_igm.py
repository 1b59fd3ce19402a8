"""IGM by brute force: sets of maximisers, the theorems of lecture 03, and every kind of answer of the solver."""

import subprocess
import sys
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
import z3
from hypothesis import given, settings
from hypothesis import strategies as st

from marl_helpers import exact, igm
from marl_helpers.exact import solver

SIZES = [(2, 2), (2, 3), (2, 4), (3, 2), (3, 3)]


def joint(utilities):
    return list(product(*(range(len(q)) for q in utilities)))


def greedy_by_hand(utilities):
    return {a for a in joint(utilities) if all(q[x] >= other for q, x in zip(utilities, a) for other in q)}


@st.composite
def mixed(draw, least=-2, most=2):
    """A table f over utility values 0..2, and utilities among these values, for two or three agents."""
    agents = draw(st.integers(2, 3))
    entries = draw(st.lists(st.integers(least, most), min_size=3**agents, max_size=3**agents))
    utilities = [draw(st.lists(st.integers(0, 2), min_size=1, max_size=3)) for _ in range(agents)]
    return np.reshape(entries, (3,) * agents), utilities


def rising(f, strictly=False):
    """A table of non-negative entries made non-decreasing (or increasing) along every axis."""
    for axis in range(f.ndim):
        f = np.cumsum(f + strictly, axis=axis)
    return f


def of(f, utilities):
    return igm.mix(lambda *values: f[values], utilities)


@given(mixed())
def test_the_sets_of_maximisers_are_those_found_cell_by_cell(case):
    f, utilities = case
    found = of(f, utilities)
    value = {a: f[tuple(q[x] for q, x in zip(utilities, a))] for a in joint(utilities)}
    greedy = greedy_by_hand(utilities)
    optimal = {a for a in value if value[a] == max(value.values())}
    assert all(found.team[a] == value[a] for a in value) and found.team.size == len(value)
    assert found.greedy == greedy and found.optimal == optimal
    assert found.better == {a for a in value if any(value[a] > value[g] for g in greedy)}
    assert found.inclusion is greedy.issubset(optimal) is (not found.better)
    assert found.equality is (greedy == optimal)


def test_team_values_that_rounding_parts_are_equal():
    found = igm.mix(lambda x, y: 0.1 * x - 0.3 * y, [[3, 0], [0, 1]])
    assert found.optimal == {(0, 0)}
    apart = igm.Decomposition((np.array([0, 1]), np.array([0, 0])), np.array([[0.3, 0.1 + 0.2], [0.1, 0.3]]))
    assert apart.optimal == {(0, 0), (0, 1), (1, 1)} and apart.better == {(0, 0), (0, 1), (1, 1)}
    assert apart.greedy == {(1, 0), (1, 1)}
    tied = replace(apart, utilities=(np.array([1, 0]), np.array([0, 0])))
    assert tied.greedy == {(0, 0), (0, 1)} and not tied.better and tied.inclusion


def test_a_team_value_that_is_no_function_of_the_utilities_may_be_optimal_in_some_greedy_joint_actions_only():
    partly = igm.Decomposition((np.array([0, 0]), np.array([0, 0])), np.array([[1, 0], [0, 0]]))
    assert partly.better == {(0, 0)} and not partly.inclusion and not partly.equality
    assert partly.verdict == "IGM fails: the agents play (0, 1), worth 0 to the team, but (0, 0) is worth 1."


def test_any_function_of_numbers_is_a_mixer():
    def both(x, y):
        return 5 if x > 1 and y > 1 else min(x, y)

    found = igm.mix(both, [[0, 1, 2], [2.0, 0.5]])
    assert found.team.tolist() == [[0, 0], [1, 0.5], [5, 0.5]]
    assert igm.mix(max, [[1], [2, 3], [0, 9]]).team.tolist() == [[[2, 9], [3, 9]]]


def test_true_and_false_count_as_one_and_zero():
    said = igm.mix(lambda x, y: x > 0 and y > 0, [[False, True], [2, 0]])
    counted = igm.mix(lambda x, y: int(x > 0 and y > 0), [[0, 1], [2, 0]])
    assert str(said) == str(counted) and said.team.tolist() == [[0, 0], [1, 0]]
    table = np.array([[0, 1], [2, 3]])
    assert of(table, [[False, True], [True, False]]).team.tolist() == [[1, 0], [3, 2]]


def test_a_later_edit_of_the_utilities_changes_nothing():
    utilities = np.array([[0, 1], [0, 1]])
    found = igm.mix(min, utilities)
    utilities[:] = [1, 0]
    assert found.greedy == {(1, 1)}


@pytest.mark.parametrize(
    ("mixer", "utilities", "message"),
    [
        (min, [[1, 2]], "utilities has length 1: give one list for each of two or more agents"),
        (min, [], "utilities has length 0: give one list"),
        (min, [[1, 2], []], r"utilities of agent 2 are \[\]: give finite numbers in a list"),
        (min, [[[1], [2, 3]], [1]], r"utilities of agent 1 are \[\[1\], \[2, 3\]\]: give finite numbers"),
        (min, [[1, 2], 3], "utilities of agent 2 are 3: give finite numbers in a list"),
        (min, [[1, 2], ["a", "b"]], r"utilities of agent 2 are \['a', 'b'\]"),
        (min, [[1, np.inf], [1]], r"utilities of agent 1 are \[1, inf\]"),
        (lambda x, y: np.nan if y == 4 else x, [[1, 2], [3, 4]], r"f\(1, 4\) is nan: give one finite number"),
        (lambda x, y: [x, y], [[1, 2], [3, 4]], r"f\(1, 3\) is \[1, 3\]: give one finite number"),
        (lambda x, y: None, [[1, 2], [3, 4]], r"f\(1, 3\) is None: give one finite number"),
    ],
)
def test_what_is_no_utility_or_team_value_is_refused_by_name(mixer, utilities, message):
    with pytest.raises(ValueError, match=message):
        igm.mix(mixer, utilities)


def test_the_verdict_names_what_is_played_and_what_is_best():
    assert igm.mix(lambda x, y: x + y, [[0, 1], [3, 2]]).verdict == (
        "IGM holds: the agents play (1, 0), and nothing else is as good."
    )
    assert igm.mix(lambda x, y: x, [[0, 1], [3, 2]]).verdict == (
        "IGM holds as an inclusion only: (1, 1) is as good as (1, 0)."
    )
    assert igm.mix(lambda x, y: x - 2 * y, [[0, 1], [3, 2]]).verdict == (
        "IGM fails: the agents play (1, 0), worth -5 to the team, but (1, 1) is worth -3."
    )
    assert igm.mix(max, [[0, 1], [1, 0]]).verdict == (
        "IGM holds as an inclusion only: (0, 0) or (1, 1) is as good as (1, 0)."
    )
    assert igm.mix(lambda x, y: 0, [[0, 1], [3, 2]]).verdict == (
        "IGM holds as an inclusion only: (0, 0) or (0, 1) or (1, 1) is as good as (1, 0)."
    )
    assert igm.mix(lambda x, y: 0, [[0, 1], [3, 3, 2]]).verdict == (
        "IGM holds as an inclusion only: (0, 0) or any of 3 others is as good as (1, 0) or (1, 1)."
    )


def test_a_decomposition_reads_well_slice_by_slice():
    found = igm.mix(lambda x, y, z: x - 10 * y + 0.5 * z, [[1, 0], [0, 1, 1], [4, 4]])
    expected = (
        "Q_tot, with [ ] greedy, * optimal, ! beats greedy\n"
        "agent 1 plays 0, utility 1\n"
        "agent 3 plays                  0        1\n"
        "                   utility     4        4\n"
        "agent 2 plays 0, utility 0     3*!      3*!\n"
        "agent 2 plays 1, utility 1   [-7]     [-7]\n"
        "agent 2 plays 2, utility 1   [-7]     [-7]\n"
        "agent 1 plays 1, utility 0\n"
        "agent 3 plays                  0        1\n"
        "                   utility     4        4\n"
        "agent 2 plays 0, utility 0     2!       2!\n"
        "agent 2 plays 1, utility 1    -8       -8\n"
        "agent 2 plays 2, utility 1    -8       -8\n"
        "IGM fails: the agents play (0, 1, 0), worth -7 to the team, but (0, 0, 0) or (0, 0, 1) is worth 3."
    )
    assert str(found) == repr(found) == expected


@given(mixed(least=0))
def test_a_mixer_that_never_falls_gives_the_inclusion(case):
    f, utilities = case
    assert of(rising(f), utilities).inclusion


@given(mixed(least=0))
def test_equality_follows_from_a_rising_mixer_or_from_a_single_optimum(case):
    f, utilities = case
    assert of(rising(f, strictly=True), utilities).equality
    found = of(rising(f), utilities)
    assert found.equality or len(found.optimal) > 1


def test_unique_utilities_do_not_give_equality():
    found = igm.mix(lambda x, y: 0, [[0, 1], [0, 1]])
    assert found.inclusion and not found.equality and found.greedy == {(1, 1)}


def test_only_a_mixer_that_never_falls_is_safe_for_all_utilities():
    """All 512 tables of zeros and ones over three values, with every choice of two utilities for each agent."""
    pairs = list(product(range(3), repeat=2))
    for entries in product((0, 1), repeat=9):
        f = np.reshape(entries, (3, 3))
        never_falls = all((np.diff(f, axis=axis) >= 0).all() for axis in (0, 1))
        chosen = [(x, y, max(x), max(y)) for x, y in product(pairs, repeat=2)]
        safe = all(f[top, first] >= f[np.ix_(x, y)].max() for x, y, top, first in chosen)
        assert safe == never_falls
        if entries[0] == 0 == entries[4]:  # the same through the package, on a part
            assert safe == all(of(f, [x, y]).inclusion for x, y in product(pairs, repeat=2))


@given(mixed(least=0), st.randoms(use_true_random=False), st.data())
def test_the_best_sum_solves_every_monotone_reward_under_product_weights(case, random, data):
    f, _ = case
    table = rising(f.astype(float))
    weights = np.ones(())
    for _ in range(table.ndim):
        weights = np.multiply.outer(weights, data.draw(st.lists(st.integers(1, 9), min_size=3, max_size=3)))
    table = table[np.ix_(*(random.sample(range(3), 3) for _ in range(table.ndim)))]
    assert exact.additive(table, weights).finds_optimum == "yes"


def test_a_path_switches_one_agent_at_a_time():
    assert igm.path((0, 1, 2), (5, 6, 7)) == [(0, 1, 2), (5, 1, 2), (5, 6, 2), (5, 6, 7)]


@pytest.mark.parametrize(("agents", "actions"), SIZES)
def test_the_solver_proves_igm_where_every_agent_is_assumed_and_refutes_it_elsewhere(agents, actions):
    assert igm.counterexample(agents, actions) is None
    for axioms in product((False, True), repeat=agents):
        found = igm.counterexample(agents, actions, axioms)
        assert (found is None) is all(axioms)
        if found is not None:
            check_by_hand(found, agents, actions, axioms)


def check_by_hand(found, agents, actions, axioms):
    assert found.axioms == axioms and len(found.utilities) == agents
    assert all(sorted(q.tolist()) == list(range(actions)) for q in found.utilities)
    assert sorted(found.team.ravel().tolist()) == list(range(actions**agents))  # no ties, small integers
    value = {a: found.mixer[tuple(int(q[x]) for q, x in zip(found.utilities, a))] for a in joint(found.utilities)}
    assert all(found.team[a] == value[a] for a in value)
    for low, high in product(joint(found.utilities), repeat=2):  # as values of the utilities
        raised = [i for i in range(agents) if low[i] != high[i]]
        if len(raised) == 1 and axioms[raised[0]] and low < high:
            assert found.mixer[low] <= found.mixer[high]
    (played,) = greedy_by_hand(found.utilities)
    assert value[played] < max(value.values())
    agent, a, b = found.fall
    assert not axioms[agent] and value[a] > value[b]
    assert [i for i in range(agents) if a[i] != b[i]] == [agent]
    assert found.utilities[agent][a[agent]] < found.utilities[agent][b[agent]]


@pytest.mark.parametrize(("agents", "actions"), [(2, 2), (2, 3), (3, 2)])
def test_where_the_solver_proves_igm_trying_everything_finds_nothing(agents, actions):
    """Two levels are enough: a table that never falls, cut at any level, never falls."""
    for entries in product((0, 1), repeat=actions**agents):
        f = np.reshape(entries, (actions,) * agents)
        if all((np.diff(f, axis=axis) >= 0).all() for axis in range(agents)):
            for best in product(range(actions), repeat=agents):  # each agent's largest utility
                assert f[best] == f[tuple(slice(0, top + 1) for top in best)].max()


@settings(max_examples=60)
@given(mixed(least=0, most=3), st.lists(st.booleans(), min_size=3, max_size=3))
def test_the_solvers_statement_is_true_of_exactly_the_counterexamples(case, flags):
    """With all unknowns given, what the solver says is what brute force says."""
    f, utilities = case
    utilities = [(q * 3)[:2] for q in utilities]
    axioms = tuple(flags[: len(utilities)])
    found = of(f, utilities)
    asked, q, team = solver._statement(len(utilities), 2, axioms)
    asked.add(*(x == value for row, given in zip(q, utilities) for x, value in zip(row, given)))
    asked.add(*(x == int(found.team[cell]) for cell, x in team.items()))
    as_assumed = all(
        found.team[a] <= found.team[b]
        for i in range(len(utilities))
        for a, b in product(team, repeat=2)
        if axioms[i] and a[:i] + a[i + 1 :] == b[:i] + b[i + 1 :] and utilities[i][a[i]] <= utilities[i][b[i]]
    )
    assert (asked.check() == z3.sat) is (as_assumed and not found.inclusion)


def test_an_answer_does_not_depend_on_earlier_questions():
    first = str(igm.counterexample(2, 3, (True, False)))
    igm.counterexample(3, 2, (False, True, True))
    assert str(igm.counterexample(2, 3, (True, False))) == first


NEGATIVE = igm.Counterexample(  # Q_1 - Q_2
    (np.array([0, 1]), np.array([1, 0])), np.array([[0, 1], [2, 3]]), np.array([[1, 0], [3, 2]]), (True, False)
)


def test_a_counterexample_can_be_checked_by_hand():
    assert NEGATIVE.holds_up() and NEGATIVE.fall == (1, (1, 1), (1, 0))
    assert (
        str(NEGATIVE)
        == repr(NEGATIVE)
        == (
            "Q_tot, with [ ] greedy, * optimal, ! beats greedy\n"
            "agent 2 plays                  0        1\n"
            "                   utility     1        0\n"
            "agent 1 plays 0, utility 0     0        1\n"
            "agent 1 plays 1, utility 1    [2]       3*!\n"
            "IGM fails: the agents play (1, 0), worth 2 to the team, but (1, 1) is worth 3.\n"
            "From (1, 1) to (1, 0) agent 2 raises its utility from 0 to 1, and Q_tot falls from 3 to 2."
        )
    )


def test_a_mixer_that_stays_level_does_not_fall():
    level = replace(NEGATIVE, mixer=np.array([[1, 0], [1, 0]]), team=np.array([[0, 1], [0, 1]]))
    assert level.axioms == (True, False) and level.holds_up()


@pytest.mark.parametrize(
    "change",
    [
        {"axioms": (True, True)},
        {"axioms": (False, True)},
        {"mixer": np.array([[1, 0], [2, 3]])},
        {"team": np.array([[0, 1], [3, 2]])},
        {"team": np.array([[0, 1], [3, 2]]), "mixer": np.array([[1, 0], [2, 3]])},  # greedy play is optimal
        {"team": np.array([[4, 5], [2, 3]]), "mixer": np.array([[5, 4], [3, 2]])},  # falls in agent 1's utility too
        {"team": np.array([[0, 3], [2, 1]]), "mixer": np.array([[3, 0], [1, 2]])},  # only for one utility of agent 2
    ],
)
def test_brute_force_sees_a_wrong_counterexample(change, monkeypatch):
    assert not replace(NEGATIVE, **change).holds_up()
    monkeypatch.setattr(igm.Counterexample, "holds_up", lambda self: False)
    with pytest.raises(RuntimeError, match="does not hold up by brute force"):
        igm.counterexample(2, 2, (True, False))


def test_no_answer_is_not_a_proof(monkeypatch):
    monkeypatch.setattr(z3.Solver, "check", lambda self: z3.unknown)
    with pytest.raises(RuntimeError, match=r"stopped without an answer .*: ask again"):
        igm.counterexample()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((1, 3), "agents is 1: give a whole number of at least 2"),
        ((2, 1), "actions is 1: give a whole number of at least 2"),
        ((2.0, 3), r"agents is 2\.0: give a whole number"),
        ((2, True), "actions is True: give a whole number"),
        ((2, 6), "2 agents with 6 actions have 36 joint actions: the solver takes at most 32"),
        ((2, 3, (True,)), r"axioms is \(True,\): give True or False for each of the 2 agents"),
        ((2, 3, [1, 2]), r"axioms is \[1, 2\]: give True or False"),
        ((2, 3, 2), "axioms is 2: give True or False"),
    ],
)
def test_a_team_that_is_none_or_too_large_is_refused_with_the_remedy(arguments, message):
    with pytest.raises(ValueError, match=message):
        igm.counterexample(*arguments)


def test_the_largest_team_allowed_is_answered():
    assert igm.counterexample(5, 2) is None
    assert igm.counterexample(2, 5, [False, True]).holds_up()


def test_python_without_its_asserts_finds_the_same_counterexample():
    code = "from marl_helpers.exact import igm; print(igm.counterexample(2, 2, [True, False]))"
    plain, without = (
        subprocess.run([sys.executable, *flags, "-c", code], capture_output=True, text=True, check=True).stdout
        for flags in ([], ["-O"])
    )
    assert plain == without != "None\n"


def test_a_solver_that_contradicts_itself_is_an_error(monkeypatch):
    answers = iter([True, False])
    monkeypatch.setattr(solver, "_satisfiable", lambda _: next(answers))
    with pytest.raises(RuntimeError, match="none of the clear ones that there must be then"):
        igm.counterexample(2, 2, [True, False])
