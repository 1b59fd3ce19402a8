"""The price of commitment: against exact projections of whole tables, and isotonic fits against an independent one."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import isotonic_regression

from marl_helpers import exact, games
from marl_helpers.exact import prices, rankings

NEEDS = [(n, need) for n in range(2, 5) for need in range(1, n + 1)]


def table(n, h, need):
    """Rewards of all joint actions; action 1 is the dock."""
    return games.by_count([n - k + h * (k >= need) for k in range(n + 1)])


def loads(found, need):
    """Whether every greedy joint action, or none, loads the truck; fails where they differ."""
    answers = {sum(cell) >= need for cell in found.greedy}
    assert len(answers) == 1
    return answers.pop()


@pytest.mark.parametrize(("n", "need"), [*NEEDS, (5, 5), (5, 3)])
@pytest.mark.parametrize(
    ("price", "best"),
    [(prices.team, exact.joint), (prices.additive, exact.additive), (prices.monotone, exact.monotone)],
)
def test_a_price_is_where_the_exact_projection_of_the_whole_table_changes_its_mind(price, best, n, need):
    critical = price(n, need)
    assert loads(best(table(n, critical + 1e-4, need)), need)
    assert not loads(best(table(n, critical - 1e-4, need)), need)


def test_the_known_prices_of_a_dock_that_needs_everyone():
    known = {2: 2.0, 3: 3.14, 4: 4.83, 5: 7.34, 6: 11.02, 7: 16.4, 8: 24.2, 12: 113, 16: 515}
    for n, h in known.items():
        assert prices.monotone(n) == pytest.approx(h, rel=2e-3)
        assert prices.additive(n) == 2 ** (n - 1) and prices.team(n) == n
        assert prices.team(n) <= prices.monotone(n) + 1e-9 and prices.monotone(n) <= prices.additive(n) + 1e-9
    assert prices.monotone(16) == pytest.approx(np.sqrt(16) * 2**7, rel=0.01)


def test_with_two_robots_and_equal_lanes_every_method_asks_what_the_team_does():
    assert prices.additive(2) == prices.team(2) == 2
    assert prices.monotone(2) == pytest.approx(2, abs=1e-9)


@pytest.mark.parametrize(("n", "need"), [*NEEDS, (8, 8), (8, 3), (6, 1)])
def test_there_is_one_price(n, need):
    """Bisection would find one of several: on a grid of payoffs the best ordering changes its mind once."""
    payoffs = np.linspace(0.05, 3 * prices.monotone(n, need), 100)
    errors = np.array([[prices.error(n, j, h, need) for j in range(n + 1)] for h in payoffs])
    commits = errors[:, need:].min(1) < errors[:, :need].min(1)
    assert not commits[0] and commits[-1] and np.diff(commits.astype(int)).sum() == 1
    assert (np.diff(commits.astype(int)) >= 0).all()


@pytest.mark.parametrize(("n", "need"), NEEDS)
@pytest.mark.parametrize("h", [0.7, 2.4, 3.6, 9.0])
def test_counts_give_the_error_of_the_whole_tables_fit(n, need, h):
    whole = exact.monotone(table(n, h, need))
    assert min(prices.error(n, j, h, need) for j in range(n + 1)) == pytest.approx(whole.mse, abs=1e-9)


@pytest.mark.parametrize(("h", "n"), [(2.5, 3), (5.5, 4)])
def test_the_error_of_one_ordering_is_that_of_its_isotonic_regression(n, h):
    """Each ordering alone, by the dual of `exact.monotone`, cell by cell."""
    for j in range(n + 1):
        placed = tuple((1, 0) if i < j else (0, 1) for i in range(n))  # best, worst
        target = table(n, h, n).ravel()
        low, high = rankings.steps(placed, (2,) * n, np.ones(2**n, dtype=bool).tobytes())
        steps = np.zeros((2**n, low.size))
        steps[low, range(low.size)], steps[high, range(low.size)] = np.sqrt(0.5), -np.sqrt(0.5)
        residual = steps @ rankings.nnls(steps, target)
        assert prices.error(n, j, h) == pytest.approx((residual**2).mean(), abs=1e-9)


@pytest.mark.parametrize("n", [2, 3, 5, 8, 12, 16])
def test_at_the_price_both_fits_are_convex_functions_of_a_count_which_qmix_represents(n):
    h = prices.monotone(n)
    errors = [prices.error(n, j, h) for j in range(n + 1)]
    assert errors[0] == pytest.approx(min(errors[1:-1]) if n == 2 else errors[n], rel=1e-6)
    assert min(errors) > errors[0] * (1 - 1e-6)  # the two orderings that compete: nobody, or everybody, to the dock
    counts = np.arange(n + 1)
    reward, weight = n - counts + h * (counts == n), [math.comb(n, k) for k in counts]
    for target in (reward, reward[::-1]):
        fit = prices.isotonic(target[None], np.array([weight]))[0]
        assert (np.diff(fit, 2) > -1e-9).all()


@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(1, 99)), min_size=1, max_size=12))
def test_a_single_row_is_scipys_isotonic_regression(entries):
    target, weight = np.array(entries, dtype=float).T
    there = isotonic_regression(target, weights=weight).x
    assert prices.isotonic(target[None], weight[None])[0] == pytest.approx(there, abs=1e-9)
    assert prices.isotonic(target[:, None], weight[:, None])[:, 0] == pytest.approx(there, abs=1e-9)


@settings(max_examples=40)
@given(st.integers(1, 4), st.integers(1, 4), st.integers(0, 2**32))
def test_a_matrix_is_fitted_as_the_minmax_formula_says(rows, columns, seed):
    """The fit at a cell is the largest, over upper sets with it, of the least mean over lower sets with it."""
    rng = np.random.default_rng(seed)
    target, weight = rng.integers(-9, 9, (rows, columns)).astype(float), rng.integers(1, 50, (rows, columns))
    uppers = [upper for upper in _upper_sets(rows, columns) if upper.any()]
    lowers = [~upper for upper in _upper_sets(rows, columns) if not upper.all()]
    fit = prices.isotonic(target, weight)
    for cell in np.ndindex(rows, columns):
        means = [[_mean(u & low, target, weight) for low in lowers if low[cell]] for u in uppers if u[cell]]
        assert fit[cell] == pytest.approx(max(map(min, means)), abs=1e-9)


def _upper_sets(rows, columns):
    counts = [(k,) for k in range(columns + 1)]
    for _ in range(rows - 1):
        counts = [(*some, k) for some in counts for k in range(some[-1], columns + 1)]
    return [np.arange(columns) >= columns - np.array(some)[:, None] for some in counts]


def _mean(cells, target, weight):
    return (weight * target)[cells].sum() / weight[cells].sum()


def test_what_no_dock_can_have_is_refused():
    for price in (prices.team, prices.additive, prices.monotone):
        with pytest.raises(ValueError, match="n is 1: give a whole number of at least 2"):
            price(1)
        with pytest.raises(ValueError, match="need is 4: give at most 3, the number of robots"):
            price(3, 4)
        with pytest.raises(ValueError, match="need is 0: give a whole number of at least 1"):
            price(3, 0)


@pytest.mark.parametrize(("n", "j"), [(6, 4), (80, 40), (200, 100)])
def test_many_robots_overflow_nothing(n, j):
    """A truck that pays nothing: a fit can follow who of the others leaves, and misses who of the j robots comes.

    How many of the j come is binomial with chance 1/2, of variance j/4.
    """
    assert prices.error(n, j, 0.0) == pytest.approx(j / 4, rel=1e-9)
