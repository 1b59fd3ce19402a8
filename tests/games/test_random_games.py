"""Random games are what their kind says, and no two are alike."""

import numpy as np
import pytest

from marl_helpers import exact
from marl_helpers.games.random_games import KINDS, monotone, peak, punished_peak, supermodular


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(3, 3), (2, 4)])
def test_a_seed_gives_the_same_different_tables(kind, shape):
    first, again = (KINDS[kind](np.random.default_rng(1), 50, shape) for _ in range(2))
    assert np.array_equal(first, again)
    assert len({table.tobytes() for table in first}) == 50 and all(table.shape == shape for table in first)


def bends_upwards(table):
    """By hand: sort both agents' actions by one row and one column, then look at every square."""
    ordered = table[np.ix_(np.argsort(table[:, 0]), np.argsort(table[0]))]
    return bool((np.diff(np.diff(ordered, axis=0), axis=1) > -1e-12).all() and (np.diff(ordered, axis=0) >= 0).all())


@pytest.mark.parametrize("shape", [(3, 3), (2, 4)])
def test_each_kind_keeps_its_promise(shape):
    generator = np.random.default_rng(0)
    for table in monotone(generator, 100, shape):
        assert exact.is_monotone(table)
    bends = [bends_upwards(table) for table in monotone(generator, 100, shape)]
    assert not all(bends)
    assert all(bends_upwards(table) for table in supermodular(generator, 100, shape))
    for table in peak(generator, 100, shape):
        assert np.sort(table.ravel())[-1] == 1.5 and table.min() >= 0 and np.sort(table.ravel())[-2] < 1
    for table in punished_peak(generator, 100, shape):
        a, b = np.unravel_index(table.argmax(), shape)
        assert table[a, b] == 1.5 and all(
            (alone < 0).all() for alone in (np.delete(table[a], b), np.delete(table[:, b], a))
        )
        elsewhere = np.delete(np.delete(table, a, 0), b, 1)
        assert elsewhere.min() >= 0 and elsewhere.max() < 1


@pytest.mark.parametrize("kind", KINDS)
def test_the_best_cell_may_be_anywhere(kind):
    tables = KINDS[kind](np.random.default_rng(2), 1800, (3, 3))
    places = np.bincount([table.argmax() for table in tables], minlength=9)
    assert places.min() > 140 and places.max() < 260  # 200 each: four standard deviations are 53


def test_a_sum_is_always_right_on_monotone_games_and_not_on_the_others():
    generator = np.random.default_rng(3)
    right = {
        kind: np.mean([exact.additive(t).finds_optimum == "yes" for t in KINDS[kind](generator, 2000, (3, 3))])
        for kind in KINDS
    }
    assert right["monotone"] == right["supermodular"] == 1
    assert right["uniform"] == pytest.approx(0.37, abs=0.04) and 0.7 < right["one sharp peak"] < 0.85
    assert right["a punished peak"] == pytest.approx(0.07, abs=0.03)
