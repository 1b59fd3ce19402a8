"""Lines and planes of games, and every boundary of R_lambda against oracles in exact fractions."""

from fractions import Fraction
from itertools import pairwise, permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.optimize import nnls

from marl_helpers import exact, families, games
from marl_helpers.exact.families import Family

LINE = Family(games.ADDITIVE, games.COORDINATION)
ROOT = (55 + 4 * 151**0.5) / 63
CELLS = list(product(range(3), repeat=2))
RANKINGS = list(product(permutations(range(3)), repeat=2))  # each agent's actions from worst to best
tables = hnp.arrays(np.float64, (3, 3), elements=st.integers(-9, 9))


def last(judge):
    (place,) = families.boundaries(LINE, judge, np.linspace(0, 1.9, 20))
    return place


def entries(lam):
    """R_lambda in fractions."""
    pairs = zip(games.ADDITIVE.tolist(), games.COORDINATION.tolist())
    return [[(1 - lam) * Fraction(a) + lam * Fraction(b) for a, b in zip(*rows)] for rows in pairs]


def reordered(table, rankings):
    return {(a, b): table[rankings[0][a]][rankings[1][b]] for a, b in CELLS}


# A set of cells that holds, with a cell, all that are as high for both agents: of each row its last few cells.
UPPER = [
    {(row, 2 - k) for row in range(3) for k in range(counts[row])}
    for counts in product(range(4), repeat=3)
    if all(a <= b for a, b in pairwise(counts))
]


def isotonic_error(table):
    """The squared error of the best fit that is non-decreasing along rows and columns, by the max-min formula."""

    def average(block):
        return sum(table[cell] for cell in block) / len(block)

    def value(cell):
        holding, missing = ([u for u in UPPER if (cell in u) == inside] for inside in (True, False))
        return max(min(average(upper - beyond) for beyond in missing) for upper in holding)

    return sum((table[cell] - value(cell)) ** 2 for cell in CELLS)


def solved(matrix, right):
    """The solution of a square system of fractions, by elimination."""
    rows = [[*row, entry] for row, entry in zip(matrix, right)]
    for k in range(len(rows)):
        pivot = next(i for i in range(k, len(rows)) if rows[i][k] != 0)
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [entry / rows[k][k] for entry in rows[k]]
        for i in range(len(rows)):
            if i != k:
                rows[i] = [a - rows[i][k] * b for a, b in zip(rows[i], rows[k])]
    return [row[-1] for row in rows]


RECTANGLES = [[int(a >= k and b >= m) for a, b in CELLS] for k, m in CELLS]  # the first is the constant


def convex_error(table):
    """The squared error of the best monotone and supermodular fit: floats guess which sizes are positive, fractions
    prove it by the conditions of optimality.
    """
    goal = [table[cell] for cell in CELLS]
    columns = np.array(RECTANGLES, float).T
    guess, _ = nnls(np.hstack([columns, -columns[:, :1]]), np.array(goal, float))
    used = [0, *(k for k in range(1, 9) if guess[k] > 1e-9)]
    active = [RECTANGLES[k] for k in used]
    gram = [[Fraction(sum(x * y for x, y in zip(one, other))) for other in active] for one in active]
    size = solved(gram, [sum(x * y for x, y in zip(one, goal)) for one in active])
    residual = [y - sum(s * one[i] for s, one in zip(size, active)) for i, y in enumerate(goal)]
    assert all(s >= 0 for s in size[1:])
    assert all(sum(x * r for x, r in zip(rectangle, residual)) <= 0 for rectangle in RECTANGLES)
    return sum(r * r for r in residual)


def errors_by_top(error, lam):
    """The least error over the rankings that put each joint action first."""
    found = {}
    for rankings in RANKINGS:
        top = (rankings[0][-1], rankings[1][-1])
        size = error(reordered(entries(lam), rankings))
        found[top] = min(size, found.get(top, size))
    return found


def test_the_oracles_agree_with_the_package_on_game_2():
    for error, project in ((isotonic_error, exact.monotone), (convex_error, exact.convex)):
        assert float(min(errors_by_top(error, Fraction(1)).values())) / 9 == pytest.approx(project(LINE(1)).mse)


def test_the_sum_ends_at_0_and_monotone_mixers_at_one_third():
    def monotone(table):  # no two actions of either agent are ranked both ways
        return all(
            all(x <= y for x, y in zip(*two)) or all(x >= y for x, y in zip(*two))
            for lines in (table, list(zip(*table)))
            for two in product(lines, repeat=2)
        )

    beyond = Fraction(1, 3) + Fraction(1, 10**12)
    assert monotone(entries(Fraction(1, 3))) and not monotone(entries(beyond))
    for lam in (Fraction(0), Fraction(1, 10**12)):
        (a, b, _), (c, d, _), _ = entries(lam)
        assert a - b - c + d == lam
    assert last(lambda R: exact.is_additive(R).holds) == pytest.approx(0, abs=1e-7)
    assert last(lambda R: exact.is_monotone(R).holds) == pytest.approx(1 / 3, abs=1e-7)
    assert last(lambda R: exact.convex(R).mse ** 0.5 < 1e-8) == pytest.approx(1 / 3, abs=1e-6)


def test_the_sums_action_fails_at_six_sevenths():
    rows = [sum(row) for row in entries(Fraction(6, 7))]
    assert rows[0] == rows[2] > rows[1]
    assert last(lambda R: exact.additive(R).greedy) == pytest.approx(6 / 7, abs=1e-7)
    assert exact.additive(LINE(6 / 7)).finds_optimum == "tie"


def test_the_monotone_fits_action_fails_at_90_73():
    boundary, step = Fraction(90, 73), Fraction(1, 10**6)
    for lam, better in ((boundary - step, [(2, 2)]), (boundary, [(0, 0), (2, 2)]), (boundary + step, [(0, 0)])):
        found = errors_by_top(isotonic_error, lam)
        assert sorted(top for top, error in found.items() if error == min(found.values())) == better
    assert last(lambda R: exact.monotone(R).greedy) == pytest.approx(90 / 73, abs=1e-7)


def test_the_action_of_qmixs_class_fails_at_a_root_of_151():
    for lam, better in ((ROOT - 1e-9, (2, 2)), (ROOT + 1e-9, (0, 0))):
        found = errors_by_top(convex_error, Fraction(lam))
        assert min(found, key=found.get) == better
    assert last(lambda R: exact.convex(R).greedy) == pytest.approx(ROOT, abs=1e-7)


@given(tables, tables, tables, st.floats(-3, 3), st.floats(-3, 3))
def test_a_family_is_straight_in_every_direction(base, first, second, x, y):
    by_hand = base + x * (first - base) + y * (second - base)
    assert Family(base, first, second)(x, y) == pytest.approx(by_hand, abs=1e-12)


def test_a_family_goes_through_its_games():
    plane = Family(games.ADDITIVE, games.COORDINATION, games.QTRAN)
    for point, game in (((0, 0), games.ADDITIVE), ((1, 0), games.COORDINATION), ((0, 1), games.QTRAN)):
        assert np.array_equal(plane(*point), game)
    for lam in (0.3, 1.6):
        assert np.array_equal(LINE(lam), games.interpolate(lam))


def test_a_grid_has_the_first_axis_along_its_rows():
    xs, ys = (0.0, 0.5, 2.0), (0.25, 1.0)
    plane = Family(np.zeros((2, 2)), [[1, 0], [0, 0]], [[0, 1], [0, 0]])  # entry [0, 0] is x, entry [0, 1] is y
    grid = np.reshape(plane.tables(xs, ys), (len(ys), len(xs), 2, 2))
    assert np.array_equal(grid[..., 0, 0], [xs] * 2) and np.array_equal(grid[..., 0, 1].T, [ys] * 3)


@pytest.mark.parametrize("ends", [(), (np.zeros((2, 2)),), (games.ADDITIVE, [[np.nan] * 3] * 3)])
def test_tables_that_form_no_family_are_refused(ends):
    with pytest.raises(games.TableError, match=r"shapes|is nan"):
        Family(games.ADDITIVE, *ends)


@pytest.mark.parametrize("point", [(), (1, 2), (np.inf,)])
def test_coordinates_that_name_no_game_are_refused(point):
    with pytest.raises(games.TableError, match="coordinates"):
        LINE(*point)


@given(st.lists(st.floats(0.001, 0.999), min_size=1, max_size=4, unique=True))
def test_every_change_between_grid_points_is_found(places):
    places = sorted(places)
    grid = [0, *((a + b) / 2 for a, b in pairwise(places)), 1]
    if any(a >= b for a, b in pairwise(grid)) or any(b - a < 1e-9 for a, b in pairwise(places)):
        return
    ramp = Family([[0, 0]], [[1, 0]])  # its first entry is lambda

    def passed(table):
        return np.searchsorted(places, table[0, 0])

    assert families.boundaries(ramp, passed, grid) == places  # to the last digit: the ends of the stretches
    assert families.boundaries(ramp, passed, [0, 1]) == places[:1]  # of several changes between two neighbours


@pytest.mark.parametrize("grid", [[0, 1, 0.5], [0, 0.5, 0.5]])
def test_a_grid_that_does_not_increase_is_refused(grid):
    with pytest.raises(ValueError, match="increasing"):
        families.boundaries(LINE, np.ptp, grid)


@given(tables, tables, st.floats(-2, 2))
def test_from_an_additive_game_the_sums_error_grows_with_the_square(base, end, lam):
    start = exact.additive(base).fit
    error = exact.additive(Family(start, end)(lam)).mse
    assert error == pytest.approx(lam**2 * exact.additive(end).mse, abs=1e-9)


@settings(max_examples=30)
@given(tables, tables, tables)
def test_on_a_plane_the_sum_plays_what_interpolated_averages_say(base, first, second):
    for x, y in product((-1, 0.3, 1.7), repeat=2):
        rows, columns = (
            (1 - x - y) * base.mean(axis) + x * first.mean(axis) + y * second.mean(axis) for axis in (1, 0)
        )
        for a, b in exact.additive(Family(base, first, second)(x, y)).greedy:
            assert rows[a] == pytest.approx(rows.max(), abs=1e-6)
            assert columns[b] == pytest.approx(columns.max(), abs=1e-6)


def test_project_fits_every_class_to_every_table_and_shares_counts_ties_half():
    games_on_line = LINE.tables((0.5, 6 / 7, 1.0))
    found = families.project(games_on_line)
    assert list(found) == ["additive", "convex", "monotone"]
    assert [best.mse for best in found["convex"]] == [exact.convex(table).mse for table in games_on_line]
    assert families.shares(found["additive"]).tolist() == [1, 0.5, 0]
    assert families.shares(found["monotone"]).tolist() == [1, 1, 1]


def test_midpoints():
    assert families.midpoints(4, 1, 3).tolist() == [1.25, 1.75, 2.25, 2.75]
