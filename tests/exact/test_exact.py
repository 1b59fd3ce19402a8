"""Exact projections against brute force over all rankings, and what holds for every table."""

import math
from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from marl_helpers import exact, games
from marl_helpers.games import TableError

CLASSES = (exact.additive, exact.convex, exact.monotone)
two_agents = st.tuples(st.integers(1, 4), st.integers(1, 4))
any_team = two_agents | st.sampled_from([(2, 2, 2), (3, 2, 2), (2, 2, 2, 2)])


@st.composite
def tables(draw, shapes=any_team):
    """Tables of small integers (many ties) or of random numbers (none)."""
    shape = draw(shapes)
    if draw(st.booleans()):
        return draw(hnp.arrays(np.float64, shape, elements=st.integers(-3, 3)))
    return np.random.default_rng(draw(st.integers(0, 2**32 - 1))).normal(size=shape)


@st.composite
def weighted(draw, shapes):
    """A table with weights, often zero; None for uniform ones."""
    table = draw(tables(shapes))
    weights = hnp.arrays(np.float64, table.shape, elements=st.sampled_from([0, 0, 1, 2, 0.3]))
    return table, draw(st.none() | weights.filter(np.any))


def rankings_of(shape):
    return product(*(permutations(range(actions)) for actions in shape))


def upper_sets(shape):
    """All upper sets of a grid, boolean (sets, cells): every subset of cells is looked at."""
    index = np.arange(math.prod(shape)).reshape(shape)
    sets = (np.arange(2**index.size)[:, None] >> index.ravel()) & 1 == 1
    for axis in range(len(shape)):
        line = np.moveaxis(index, axis, 0)
        sets = sets[~(sets[:, line[:-1].ravel()] & ~sets[:, line[1:].ravel()]).any(axis=1)]
    return sets


def isotonic_error(y, w, sets):
    """Weighted squared error of isotonic regression by the max-min formula over upper and lower sets."""
    with np.errstate(invalid="ignore"):
        means = (sets * (w * y)) @ ~sets.T / ((sets * w) @ ~sets.T)  # [upper set, complement of an upper set]
    fit = [means[sets[:, c]][:, ~sets[:, c]].min(axis=1).max() if w[c] else 0 for c in range(y.size)]
    return (w * (fit - y) ** 2).sum()


def cone_error(y, w, shape):
    """Weighted squared error of the monotone supermodular fit: the best of all subsets of its generators."""
    corners = [np.ones(shape)]
    for row, column in list(np.ndindex(shape))[1:]:
        corners.append(np.zeros(shape))
        corners[-1][row:, column:] = 1
    design, goal, best = np.array(corners).reshape(len(corners), -1).T * np.sqrt(w)[:, None], y * np.sqrt(w), math.inf
    for chosen in product([False, True], repeat=len(corners) - 1):
        part = design[:, [True, *chosen]]  # the constant has any sign
        size = np.linalg.lstsq(part, goal, rcond=None)[0]
        if size[1:].min(initial=0) > -1e-10:
            best = min(best, ((goal - part @ size) ** 2).sum())
    return best


def brute_force(table, weights, error):
    """(mean squared error, greedy set) over all rankings, one after the other."""
    weights = np.ones(table.shape) if weights is None else weights
    weights = weights / weights.sum()
    found = {r: error(table[np.ix_(*r)].ravel(), weights[np.ix_(*r)].ravel()) for r in rankings_of(table.shape)}
    least = min(found.values())
    close = 1e-8 * (np.ptp(table) or 1)  # in root-mean-square error
    tied = {tuple(order[-1] for order in r) for r, e in found.items() if math.sqrt(e) <= math.sqrt(least) + close}
    return least, tuple(sorted(tied))


@settings(max_examples=200)
@given(weighted(st.sampled_from([(2, 3), (3, 2), (3, 3), (1, 3), (2, 2, 2)])))
def test_monotone_is_the_best_isotonic_regression_over_all_rankings(case):
    table, weights = case
    sets = upper_sets(table.shape)
    mse, greedy = brute_force(table, weights, lambda y, w: isotonic_error(y, w, sets))
    found = exact.monotone(table, weights)
    assert found.mse == pytest.approx(mse, abs=1e-12) and found.greedy == greedy


@pytest.mark.parametrize("table", [np.random.default_rng(1).random((4, 4)), np.eye(4), np.arange(16).reshape(4, 4) % 5])
def test_monotone_is_the_best_isotonic_regression_of_a_four_by_four_table(table):
    sets = upper_sets((4, 4))
    mse, greedy = brute_force(table, None, lambda y, w: isotonic_error(y, w, sets))
    found = exact.monotone(table)
    assert found.mse == pytest.approx(mse, abs=1e-12) and found.greedy == greedy


@settings(max_examples=200)
@given(weighted(st.sampled_from([(2, 2), (2, 3), (3, 2), (1, 3)])))
def test_convex_is_the_best_cone_fit_over_all_rankings(case):
    table, weights = case
    mse, greedy = brute_force(table, weights, lambda y, w: cone_error(y, w, table.shape))
    found = exact.convex(table, weights)
    assert found.mse == pytest.approx(mse, abs=1e-12) and found.greedy == greedy


@pytest.mark.parametrize("table", [games.COORDINATION, games.CLIMBING, games.penalty(-10), np.eye(3)])
def test_convex_is_the_best_cone_fit_of_a_three_by_three_table(table):
    weights = 1 + np.arange(9).reshape(3, 3) % 3 * (table is not games.COORDINATION)
    mse, greedy = brute_force(table, weights, lambda y, w: cone_error(y, w, (3, 3)))
    found = exact.convex(table, weights)
    assert found.mse == pytest.approx(mse, rel=1e-10) and found.greedy == greedy


@given(weighted(any_team))
def test_additive_residuals_average_to_zero_over_each_action(case):
    # these are the normal equations: no other sum of utilities has a smaller error
    table, weights = case
    found = exact.additive(table, weights)
    weights = np.ones(table.shape) if weights is None else weights
    for agent in range(table.ndim):
        others = tuple(j for j in range(table.ndim) if j != agent)
        assert np.allclose((weights * (table - found.fit)).sum(axis=others), 0, atol=1e-9)
    assert exact.is_additive(found.fit)
    assert found.mse == pytest.approx(np.average((table - found.fit) ** 2, weights=weights), abs=1e-12)


def test_additive_takes_an_action_without_weight_as_an_average_one():
    found = exact.additive([[1, 3], [5, 7], [100, -100]], [[1, 1], [1, 1], [0, 0]])
    assert np.allclose(found.fit, [[1, 3], [5, 7], [3, 5]])
    assert found.greedy == ((1, 1),) and found.optima == ((2, 0),) and found.finds_optimum == "no"


@given(weighted(any_team))
def test_independent_learners_estimate_conditional_means(case):
    table, weights = case
    found = exact.independent(table, weights)
    weights = np.ones(table.shape) if weights is None else weights
    estimates = []
    for agent in range(table.ndim):
        means = np.full(table.shape[agent], np.average(table, weights=weights))
        for action in range(means.size):
            there = np.take(weights, action, axis=agent)
            if there.any():
                means[action] = np.average(np.take(table, action, axis=agent), weights=there)
        estimates.append(means)
    for joint in np.ndindex(table.shape):
        assert found.fit[joint] == pytest.approx(np.mean([q[a] for q, a in zip(estimates, joint)]), abs=1e-9)
    best = [np.flatnonzero(q >= q.max() - 1e-8 * (np.ptp(table) or 1)).tolist() for q in estimates]
    assert found.greedy == tuple(product(*best))
    if np.ptp(weights) == 0:
        assert found.greedy == exact.additive(table).greedy


@given(weighted(any_team))
def test_a_joint_table_fits_whatever_has_weight(case):
    table, weights = case
    found = exact.joint(table, weights)
    seen = np.ones(table.shape, dtype=bool) if weights is None else weights > 0
    expected = np.where(seen, table, np.average(table, weights=weights))
    assert found.mse == pytest.approx(0, abs=1e-18) and np.allclose(found.fit, expected)
    assert {joint for joint in np.ndindex(table.shape) if expected[joint] >= expected.max() - 1e-8} == {*found.greedy}
    if weights is None:
        assert found.greedy == found.optima and found.finds_optimum == "yes"


@settings(max_examples=200)
@given(weighted(two_agents))
def test_fits_lie_in_their_class_and_each_class_in_the_next(case):
    table, weights = case
    additive, convex, monotone = (project(table, weights) for project in CLASSES)
    slack = 1e-12 * (1 + np.ptp(table) ** 2)
    assert monotone.mse <= convex.mse + slack and convex.mse <= additive.mse + slack
    assert exact.is_monotone(monotone.fit) and exact.is_additive(additive.fit)
    assert exact.is_supermodular(convex.fit, exact.is_monotone(convex.fit).rankings)
    for found in (additive, convex, monotone):
        assert found.mse == pytest.approx(np.average((table - found.fit) ** 2, weights=weights), abs=1e-12)
        assert found.fit.shape == table.shape and found.greedy


@settings(max_examples=100)
@given(weighted(st.sampled_from([(2, 3), (3, 3), (4, 3), (2, 2, 2)])), st.data())
def test_names_of_actions_and_agents_and_the_unit_of_reward_do_not_matter(case, data):
    table, weights = case
    weights = np.ones(table.shape) if weights is None else weights
    names = [data.draw(st.permutations(range(actions))) for actions in table.shape]
    seats = data.draw(st.permutations(range(table.ndim)))
    factor, offset = data.draw(st.sampled_from([(1, 0), (1000, -7), (0.01, 1e5)]))
    moved = factor * table[np.ix_(*names)].transpose(seats) + offset
    for project in CLASSES if table.ndim == 2 else (exact.additive, exact.monotone):
        before, after = project(table, weights), project(moved, weights[np.ix_(*names)].transpose(seats))
        # a joint action of `moved`, by the old names and seats
        greedy = [tuple(names[i][joint[seats.index(i)]] for i in range(table.ndim)) for joint in after.greedy]
        assert tuple(sorted(greedy)) == before.greedy and before.finds_optimum == after.finds_optimum
        assert after.mse == pytest.approx(factor**2 * before.mse, rel=1e-6, abs=1e-12 * factor**2)


@pytest.mark.parametrize("shape", [(5, 5), (1, 1), (1, 5), (2, 2, 3)])
def test_on_a_constant_table_everything_ties_and_everything_is_optimal(shape):
    for project in CLASSES if len(shape) == 2 else (exact.additive, exact.monotone):
        found = project(np.full(shape, 0.1))
        assert found.greedy == found.optima == tuple(np.ndindex(shape)) and found.finds_optimum == "yes"
        assert found.mse == 0 and np.array_equal(found.fit, np.full(shape, 0.1))


@pytest.mark.parametrize("project", [exact.graph, exact.additive, exact.independent, exact.joint])
def test_a_small_advantage_is_no_tie(project):
    assert project(np.add.outer([0, 1], [0, 1e-6])).greedy == ((1, 1),)


def test_cells_without_weight_have_no_say():
    table = np.array([[0, 1.0], [1, 2]])
    spoiled = np.array([[0, 1.0], [1, 1e9]])  # were it seen, all the rest would be within its tolerance
    weights = [[1, 1], [1, 0]]
    for project in CLASSES:
        first, second = project(table, weights), project(spoiled, weights)
        assert np.allclose(first.fit, second.fit) and first.greedy == second.greedy
        assert second.mse == pytest.approx(0, abs=1e-12)
        assert project(spoiled, [[1, 1], [1, 1e-300]]).greedy == first.greedy  # next to nothing counts as nothing


def test_rewards_that_differ_by_rounding_are_equal():
    found = exact.additive([[0.1 + 0.2, 0.3], [0, 0]])
    assert found.optima == found.greedy == ((0, 0), (0, 1))


@given(tables(), st.integers(1, 9))
def test_equal_weights_are_no_weights(table, weight):
    for project in CLASSES if table.ndim == 2 else (exact.additive, exact.monotone):
        plain, same = project(table), project(table, np.full(table.shape, weight))
        assert np.allclose(plain.fit, same.fit) and plain.greedy == same.greedy


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([[1, 1]], r"weights have shape \(1, 2\), the table \(2, 2\)"),
        ([[1, 1], [1, -1]], r"weight at \(1, 1\) is -1"),
        ([[1, math.nan], [1, 1]], r"weight at \(0, 1\) is nan"),
        ([[1, 1], [math.inf, 1]], r"weight at \(1, 0\) is inf"),
        ([[0, 0], [0, 0]], "all zero"),
        ([[1, 1], [1]], "ragged"),
        ([["1", "1"], ["1", "1"]], "one number for each"),
    ],
)
@pytest.mark.parametrize("project", CLASSES)
def test_bad_weights_are_refused(project, weights, message):
    with pytest.raises(TableError, match=message):
        project(games.MATCHING, weights)


@pytest.mark.parametrize("takes_table", [*CLASSES, exact.is_additive, exact.is_monotone, exact.is_supermodular])
def test_bad_tables_are_refused(takes_table):
    with pytest.raises(TableError, match="nan"):
        takes_table([[1, math.nan]])


def test_what_is_out_of_reach_is_refused_with_the_remedy():
    with pytest.raises(TableError, match="this table has 3: use monotone"):
        exact.convex(np.zeros((2, 2, 2)))
    for project in (exact.convex, exact.monotone):
        with pytest.raises(exact.TooMuchWork, match=r"3e\+10 is the limit: take fewer"):
            project(np.zeros((7, 7)))
    table, weights = np.zeros((10,) * 5), np.arange(1, 100001).reshape((10,) * 5)
    with pytest.raises(exact.TooMuchWork, match=r"1050 numbers to the 100000 cells.*1\.1e\+11 .*or uniform weights"):
        exact.graph(table, weights=weights)
    assert exact.graph(table).mse == exact.additive(table, weights).mse == 0
    assert exact.additive(np.zeros((7, 7))).mse == 0
