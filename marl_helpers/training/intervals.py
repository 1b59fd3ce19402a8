"""How sure a few seeds make us: interquartile means, stratified bootstrap intervals, probabilities of improvement.

After Agarwal et al. 2021, "Deep Reinforcement Learning at the Edge of the Statistical Precipice" (sections 4.1 to 4.3).
Strata are tasks: seeds are drawn anew, with replacement, within each of them. So few seeds give intervals that are too
narrow, and a single one gives none.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from marl_helpers.basics import arguments
from marl_helpers.basics.rounding import steady

RESAMPLES, LEVEL = 2000, 0.95
HELD = {2: 0.50, 3: 0.75, 4: 0.88}  # how often an interval of so few normal scores holds their true median or mean
Strata = Sequence[np.ndarray]  # the scores of each task's seeds, [seeds, ...]


class Estimate(NamedTuple):
    """A value with the ends of its interval, NaN where a task has one seed; arrays where there are several."""

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray

    def __str__(self) -> str:
        ends = "one seed" if np.isnan(self.low) else f"{short(self.low)}, {short(self.high)}"
        return f"{short(self.value)} [{ends}]"


def short(value: float) -> str:
    """A number to four digits, whatever order it was added up in."""
    return f"{steady(float(value)) + 0.0:.4g}"


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """A table as text, each column as wide as it must be."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def iqm(scores: np.ndarray, axis: int = 0) -> np.ndarray:
    """The interquartile mean: that of the middle half. A quarter at each end, rounded down, does not count."""
    ordered = np.sort(scores, axis=axis)
    count = ordered.shape[axis]
    cut = count // 4
    return np.take(ordered, range(cut, count - cut), axis=axis).mean(axis)


def median(scores: np.ndarray, axis: int = 0) -> np.ndarray:
    """The median."""
    return np.median(scores, axis=axis)


def estimate(strata: Strata, statistic: Callable[..., np.ndarray], seed: int = 0) -> Estimate:
    """The statistic of all seeds of all tasks together, with its interval by the stratified bootstrap's percentiles.

    strata: for each task [seeds, ...]. statistic: such as `iqm`, of scores and an axis. seed: of the resamples.
    Raises ValueError for no strata, or one without seeds.
    """
    strata = [np.asarray(one, dtype=float) for one in arguments.several("a list of arrays of scores", strata=strata)]
    if any(not len(one) for one in strata):
        raise ValueError("strata has one without seeds: give a score or more for each task")
    drawn = np.concatenate([one[index] for one, index in zip(strata, _draws(strata, seed))], axis=1)
    return _with_interval(statistic(np.concatenate(strata), axis=0), statistic(drawn, axis=1), strata)


def improvement(first: Strata, second: Strata, seed: int = 0) -> Estimate:
    """The probability that a seed of the first does better than one of the second on the same task, ties counting half.

    The mean over tasks; first, second: for each task [seeds]. Raises ValueError for other numbers of tasks.
    """
    if len(first) != len(second):
        raise ValueError(f"first has {len(first)} tasks and second {len(second)}: give both the same")
    wins = [np.greater.outer(a, b) + 0.5 * np.equal.outer(a, b) for a, b in zip(first, second)]
    one, other = _draws(first, seed), _draws(second, seed + 1)
    drawn = [w[i[:, :, None], j[:, None, :]].mean((1, 2)) for w, i, j in zip(wins, one, other)]
    return _with_interval(np.mean([w.mean() for w in wins]), np.mean(drawn, axis=0), [*first, *second])


def _draws(strata: Strata, seed: int) -> list[np.ndarray]:
    """For each task which of its seeds are in each resample, [RESAMPLES, seeds]."""
    generator = np.random.default_rng(arguments.at_least(0, seed=seed))
    return [generator.integers(0, len(one), (RESAMPLES, len(one))) for one in strata]


def _with_interval(value: np.ndarray, drawn: np.ndarray, strata: Strata) -> Estimate:
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    if min(map(len, strata)) == 1:  # all resamples are alike, which would look like certainty
        low, high = np.full_like(low, np.nan), np.full_like(high, np.nan)
    return Estimate(value, low, high)


def caution(seeds: Sequence[int]) -> list[str]:
    """What is to be said of intervals where the methods on a task have so many seeds each: a line, or none."""
    fewest = min((count for count in seeds if count > 1), default=1)
    if fewest not in HELD:
        return []
    held = f"of {fewest} normal scores {HELD[fewest]:.0%} hold the truth, not {LEVEL:.0%}"
    return [f"few seeds, narrow intervals: {held}"]
