"""The search over rankings and the least-squares solver, against exhaustive enumeration."""

from itertools import chain, combinations, permutations, product

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from marl_helpers.exact import rankings


def all_rankings(shape):
    """Every choice of one complete ranking per agent, as `search` writes it: best, worst, second best..."""
    return product(*(permutations(range(actions)) for actions in shape))


@given(st.sampled_from([(2, 3), (3, 3), (4, 2), (2, 2, 2), (1, 3)]), st.integers(0, 2**32 - 1), st.integers(1, 50))
def test_search_is_exhaustive_whatever_the_bounds(shape, seed, levels):
    generator = np.random.default_rng(seed)
    costs = {placed: int(generator.integers(levels)) / levels for placed in all_rankings(shape)}
    slack = {}

    def error(placed):
        if placed in costs:
            return costs[placed]
        below = [c for leaf, c in costs.items() if all(r[: len(p)] == p for r, p in zip(leaf, placed))]
        return min(below) * slack.setdefault(placed, generator.random())  # any lower bound will do

    best, tops = rankings.search(shape, error)
    least = min(costs.values())
    assert costs[best] == least
    assert tops == {tuple(ranking[0] for ranking in leaf) for leaf, cost in costs.items() if cost == least}


def test_errors_closer_than_the_tolerance_tie():
    def error(placed):
        return {(): 0.0, (0, 1): 0.5, (1, 0): 0.5 + 0.9 * rankings.TOLERANCE}[placed[0]]

    assert rankings.search((2, 1), error)[1] == {(0, 0), (1, 0)}
    assert rankings.search((2, 1), lambda placed: 3 * error(placed))[1] == {(0, 0)}


@pytest.mark.parametrize("actions", [1, 2, 3, 4])
def test_upper_sets_of_a_node_hold_those_of_its_completions(actions):
    subsets = [frozenset(np.flatnonzero(row).tolist()) for row in rankings.subsets(actions)]
    assert set(subsets) == {frozenset(c) for k in range(1, actions + 1) for c in combinations(range(actions), k)}
    for placed in chain.from_iterable(permutations(range(actions), k) for k in range(actions + 1)):
        named = {subsets[k] for k in rankings.upper_sets(placed, actions)}
        expected = set()
        for leaf in permutations(range(actions)):
            if leaf[: len(placed)] == placed:
                best_first = leaf[::2] + leaf[1::2][::-1]
                expected |= {frozenset(best_first[:k]) for k in range(1, actions + 1)}
        assert named == expected


def test_order_and_steps_of_complete_rankings_are_those_of_a_grid():
    placed = ((2, 0, 1), (0, 1))  # agent 1 from worst to best: 0, 1, 2; agent 2: 1, 0
    heights = [{0: 0, 1: 1, 2: 2}, {1: 0, 0: 1}]
    cells = list(product(range(3), range(2)))
    order = rankings.order(placed, (3, 2))
    low, high = rankings.steps(placed, (3, 2), np.ones(6, dtype=bool).tobytes())
    steps = {(cells[a], cells[b]) for a, b in zip(low, high)}
    for (a, c), (b, d) in product(enumerate(cells), repeat=2):
        rises = [height[y] - height[x] for height, x, y in zip(heights, c, d)]
        assert order[a, b] == (min(rises) >= 0)
        assert ((c, d) in steps) == (sorted(rises) == [0, 1])


def test_steps_lead_around_cells_without_support():
    seen = np.array([True, False, True])  # a chain of three cells, the middle one unseen
    low, high = rankings.steps(((0,), (2, 0, 1)), (1, 3), seen.tobytes())
    assert (low.tolist(), high.tolist()) == ([0], [1])


def least_squares_by_enumeration(columns, goal):
    """The least residual over all subsets of the columns whose unconstrained sizes are not negative."""
    best = goal @ goal
    for count in range(1, columns.shape[1] + 1):
        for used in combinations(range(columns.shape[1]), count):
            size = np.linalg.lstsq(columns[:, used], goal, rcond=None)[0]
            if size.min() >= -1e-12:
                best = min(best, ((goal - columns[:, used] @ size) ** 2).sum())
    return best


solvers = pytest.mark.parametrize("solver", [rankings.nnls, rankings.lawson_hanson])


@solvers
@given(cells=st.integers(1, 4), count=st.integers(1, 6), data=st.data())
def test_nnls_is_the_best_of_all_subsets_also_for_dependent_columns(solver, cells, count, data):
    entries = st.lists(st.integers(-2, 2), min_size=cells, max_size=cells)
    columns = np.array(data.draw(st.lists(entries, min_size=count, max_size=count)), dtype=float).T
    goal = np.array(data.draw(entries)) / 3
    length = np.linalg.norm(columns, axis=0)
    assume(length.any())
    columns /= np.where(length > 0, length, 1)
    size = solver(columns, goal)
    assert size.min() >= 0
    assert ((goal - columns @ size) ** 2).sum() == pytest.approx(least_squares_by_enumeration(columns, goal), abs=1e-12)


@solvers
def test_nnls_meets_the_conditions_of_optimality_on_the_steps_of_a_grid(solver):
    # cycles of steps make the columns dependent; equal entries make many slopes vanish at once
    generator = np.random.default_rng(1)
    low, high = rankings.steps(((4, 0, 3, 1, 2),) * 2, (5, 5), np.ones(25, dtype=bool).tobytes())
    columns = (np.eye(25)[low] - np.eye(25)[high]).T / np.sqrt(2)
    for _ in range(100):
        goal = generator.integers(0, 2, 25) - 0.5
        size = solver(columns, goal)
        slope = columns.T @ (goal - columns @ size)
        assert size.min() >= 0 and slope.max() < 1e-11 and abs(slope @ size) < 1e-11


def test_work_is_refused_with_an_estimate_and_a_remedy():
    for shape in [(5, 5), (6, 6), (4, 4, 4), (2,) * 8, (3, 3, 3, 3)]:
        rankings.check_work(shape)
    with pytest.raises(rankings.TooMuchWork, match=r"2.54e\+07 choices of rankings and 49 cells.*3e\+10.*additive"):
        rankings.check_work((7, 7))
    assert issubclass(rankings.TooMuchWork, ValueError)
