"""Interquartile means, bootstrap intervals and probabilities of improvement, against scipy and against counting all."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from marl_helpers.training.intervals import HELD, LEVEL, RESAMPLES, aligned, caution, estimate, improvement, iqm, median

SCORES = arrays(float, st.tuples(st.integers(1, 12), st.integers(1, 3)), elements=st.floats(-100, 100, width=32))
SMALL = st.lists(st.integers(-3, 3), min_size=2, max_size=4)
ENDS = (0.025, 0.975)
FREE = 5 * np.sqrt(0.025 * 0.975 / RESAMPLES)  # five standard deviations of a share of the resamples


@given(SCORES)
def test_an_interquartile_mean_is_scipys_trimmed_one(scores):
    assert iqm(scores) == pytest.approx(stats.trim_mean(scores, 0.25), abs=1e-9)
    assert iqm(scores.T, axis=1) == pytest.approx(iqm(scores), abs=1e-9)


def quantiles_hold(found, outcomes) -> bool:
    """Whether the ends are the exact distribution's, as far as the number of resamples tells."""
    outcomes = np.array(outcomes)
    for share, end in zip(ENDS, (found.low, found.high)):
        below, until = (outcomes < end - 1e-9).mean(), (outcomes <= end + 1e-9).mean()
        if not below - FREE <= share <= until + FREE:
            return False
    return True


@given(st.lists(SMALL, min_size=1, max_size=2), st.sampled_from([iqm, median]))
def test_an_interval_is_that_of_all_resamples_within_each_task(strata, statistic):
    """Of tasks with 4 seeds there are 256 resamples each, and all are counted."""
    found = estimate(strata, statistic)
    everyone = np.concatenate(strata).astype(float)
    assert found.value == pytest.approx(statistic(everyone))
    resamples = product(*(product(one, repeat=len(one)) for one in strata))
    outcomes = [statistic(np.concatenate(one).astype(float)) for one in resamples]
    assert quantiles_hold(found, outcomes)


def test_an_interval_of_one_task_is_scipys_percentile_bootstrap():
    scores = np.random.default_rng(0).normal(size=30)
    found = estimate([scores], iqm)
    theirs = stats.bootstrap(
        (scores,), lambda x, axis: stats.trim_mean(x, 0.25, axis=axis), n_resamples=20_000, method="percentile", rng=1
    ).confidence_interval
    spread = theirs.high - theirs.low
    assert [found.low, found.high] == pytest.approx([*theirs], abs=0.1 * spread)


def test_strata_are_not_mixed():
    """Two tasks whose seeds agree within each have one resample alone; mixed, their mean would spread."""
    found = estimate([np.zeros(4), np.ones(4)], iqm)
    assert (found.low, found.value, found.high) == (0.5, 0.5, 0.5)
    mixed = estimate([np.repeat([0.0, 1.0], 4)], iqm)
    assert mixed.low < 0.5 < mixed.high


@given(SMALL, SMALL)
def test_a_probability_of_improvement_is_mann_whitneys(first, second):
    found = improvement([first], [second])
    u = stats.mannwhitneyu(first, second, method="asymptotic").statistic if len({*first, *second}) > 1 else None
    expected = np.mean([(a > b) + 0.5 * (a == b) for a, b in product(first, second)])
    assert found.value == pytest.approx(expected) and 0 <= found.low <= found.high <= 1
    assert u is None or found.value == pytest.approx(u / (len(first) * len(second)))
    back = improvement([second], [first])
    assert back.value == pytest.approx(1 - found.value)


def test_its_interval_is_that_of_all_resamples_of_both():
    first, second = [[1, 2, 3], [0, 4]], [[2, 2, 0], [3, 1]]

    def shares(a, b):
        drawn = product(product(a, repeat=len(a)), product(b, repeat=len(b)))
        return [np.mean([(x > y) + 0.5 * (x == y) for x, y in product(i, j)]) for i, j in drawn]

    outcomes = np.add.outer(shares(first[0], second[0]), shares(first[1], second[1])).ravel() / 2
    assert quantiles_hold(improvement(first, second), outcomes)


def test_many_points_are_many_estimates_from_the_same_resamples():
    scores = np.random.default_rng(0).normal(size=(6, 3))
    together = estimate([scores], iqm)
    for k in range(3):
        alone = estimate([scores[:, k]], iqm)
        assert [part[k] for part in together] == pytest.approx([*alone])
    assert str(alone) == f"{alone.value:.4g} [{alone.low:.4g}, {alone.high:.4g}]"


def test_one_seed_has_no_interval():
    alone = estimate([[3.0]], iqm)
    assert alone.value == 3 and np.isnan([alone.low, alone.high]).all() and str(alone) == "3 [one seed]"
    assert np.isnan(estimate([[1.0, 2.0], [5.0]], median).low), "a task's single seed would pass for certain"
    for first, second in ([[1]], [[0, 2]]), ([[0, 2]], [[1]]):
        assert str(improvement(first, second)) == "0.5 [one seed]"
    assert not np.isnan(estimate([[1.0, 1.0]], iqm).low)


@pytest.mark.parametrize("seeds", [2, 3, 4, 5])
def test_intervals_of_few_seeds_hold_the_truth_as_seldom_as_is_said(seeds):
    scores = np.random.default_rng(0).normal(size=(seeds, 4000))
    for statistic in iqm, median:
        found = estimate([scores], statistic)
        held = ((found.low <= 0) & (found.high >= 0)).mean()
        assert held == pytest.approx(HELD.get(seeds, LEVEL), abs=0.03 if seeds in HELD else 0.06)
    assert (f"of {seeds} normal scores" in " ".join(caution([8, seeds, 1]))) == (seeds in HELD)
    assert caution([1]) == caution([8]) == caution([]) == []


@pytest.mark.parametrize(("strata", "message"), [([], "strata is"), ([[1.0], []], "strata has one without seeds")])
def test_nothing_to_draw_from_is_refused(strata, message):
    with pytest.raises(ValueError, match=message):
        estimate(strata, iqm)
    with pytest.raises(ValueError, match="first has 1 tasks and second 2"):
        improvement([[1]], [[1], [2]])


def test_a_table_has_aligned_columns():
    assert aligned([["a", "bb"], ["ccc", "d"]]) == "a    bb\nccc  d"
