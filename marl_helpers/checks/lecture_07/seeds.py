"""The check of what one seed of each method can report, for lecture 07: against all pairs and all resamplings."""

from collections.abc import Callable, Iterator
from itertools import combinations_with_replacement, product
from math import factorial, prod

import numpy as np

from marl_helpers.checks.exercise import Mistake, call, cases, exercise
from marl_helpers.checks.reading import number, numbers, pair

SEEDS = 7
DRAWS = 2000  # resamplings that a student draws
SLACK = 0.03  # by which a quantile of so many draws may miss its level: 4.5 standard errors
LEVEL = 0.1
Sample = tuple[np.ndarray, np.ndarray]  # returns of the better method's seeds, and of the worse one's
Ends = tuple[float, float]


@exercise(
    "lecture-07",
    "One seed of each",
    {
        "other way": "That is how often the better method wins. Asked is how often the other one does.",
        "ties ignored": "You do not count ties. Count each as half a pair.",
        "ties counted": "You count ties as if the worse method had won. Count each as half a pair.",
        "by number": "You compare seed k of one method with seed k of the other only. The numbers mean nothing: "
        "take every pair.",
        "a count": "That is a number of pairs. Asked is their share of all pairs.",
        "percent": "Give the share from 0 to 1, not in percent.",
        "verdict": "You compare one number of each method. Asked is how often single seeds would report the wrong "
        "order.",
        "other share": "For {better} against {worse} your share is {given:.4g}, which is not that of the reversed "
        "pairs.",
        "swapped": "Your interval is ({low:.3g}, {high:.3g}): give the lower end first.",
        "no width": "Your interval has no width: draw the seeds with replacement, or every resampling is "
        "the sample again.",
        "pairs resampled": "Your interval is as narrow as if all {pairs} pairs were independent. There are only "
        "{seeds} seeds of each method: draw those.",
        "same seeds": "You draw the same seeds' numbers for both methods. They were trained apart: draw for each.",
        "one method": "You resample the seeds of one method only. The other's were drawn by chance too.",
        "level": "Your interval is right for another level. Asked are the 10th and the 90th percentile.",
        "deviation": "You add and subtract a standard deviation. Asked are the 10th and the 90th percentile.",
        "other interval": "For {better} against {worse} your interval is from {low:.3g} to {high:.3g}. Of all "
        "resamplings {below:.0%} lie below it and {above:.0%} above, where about 10% each are asked.",
    },
)
def one_seed(reversed_share: Callable, interval: Callable) -> str:
    """reversed_share(better, worse): of all pairs of a seed of each, the share that the worse method wins.

    interval(better, worse, draws, generator): the 10th and the 90th percentile of that share, over so many draws of
    seeds with replacement from each method. better and worse: returns, one for each seed. A tie is half a win.
    """
    _judge_share(reversed_share)
    tried = list(_samples())
    given = [_ends(interval, *one) for one in tried]
    wrong = [k for k, ends in enumerate(given) if not _between(ends, _resampled(*tried[k]))]
    if wrong:
        if all(low == high for low, high in given):
            raise Mistake("no width")
        if kind := _guess(tried, given):
            raise Mistake(kind, pairs=SEEDS**2, seeds=SEEDS)
        (better, worse), (low, high) = tried[wrong[0]], given[wrong[0]]
        values, chances = _resampled(better, worse)
        below, above = chances[values < low - 1e-9].sum(), chances[values > high + 1e-9].sum()
        details = {"better": better.tolist(), "worse": worse.tolist(), "low": low, "high": high}
        raise Mistake("other interval", below=below, above=above, **details)
    return f"The share is that of all pairs, and the interval fits all {SEEDS**SEEDS:,} resamplings of each method."


def _judge_share(reversed_share: Callable) -> None:
    generator = cases()
    drawn = generator.integers(0, 6, size=(12, 2, 5)).astype(float)  # few different returns, so that there are ties
    tried = [sorted(both, key=np.median, reverse=True) for both in drawn]
    given = [number(call(reversed_share, *one), "What reversed_share returns") for one in tried]
    wrong = [k for k, one in enumerate(tried) if not np.isclose(given[k], _share(*one))]
    if wrong:
        for kind, rule in WRONG_SHARES:
            if np.allclose(given, [rule(*one) for one in tried]):
                raise Mistake(kind)
        better, worse = (one.tolist() for one in tried[wrong[0]])
        raise Mistake("other share", better=better, worse=worse, given=given[wrong[0]])


def _share(better: np.ndarray, worse: np.ndarray) -> float:
    """Pair by pair."""
    wins = 0.0
    for one, other in product(better, worse):
        wins += 1 if other > one else 0.5 if other == one else 0
    return wins / (len(better) * len(worse))


def _verdict(middle: Callable) -> Callable:
    def of_one_number(better, worse) -> float:
        return float(middle(worse) > middle(better))

    return of_one_number


WRONG_SHARES: list[tuple[str, Callable[[np.ndarray, np.ndarray], float]]] = [
    ("other way", lambda better, worse: _share(worse, better)),
    ("ties ignored", lambda better, worse: (worse > better[:, None]).mean()),
    ("ties counted", lambda better, worse: (worse >= better[:, None]).mean()),
    ("by number", lambda better, worse: np.mean((1 + np.sign(worse - better)) / 2)),
    ("by number", lambda better, worse: np.mean(worse > better)),
    ("a count", lambda better, worse: _share(better, worse) * better.size * worse.size),
    ("a count", lambda better, worse: (worse > better[:, None]).sum()),
    ("percent", lambda better, worse: 100 * _share(better, worse)),
    ("verdict", _verdict(np.median)),
    ("verdict", _verdict(np.mean)),
    ("verdict", _verdict(np.max)),
]


def _samples() -> Iterator[Sample]:
    """Returns of two methods, each in order and no two equal, in which a fifth to a third of the pairs are reversed."""
    generator, made = cases(), 0
    while made < 2:
        better, worse = np.sort(generator.permutation(40)[: 2 * SEEDS].reshape(2, SEEDS) + 0.5, axis=1)
        if 0.2 < _share(better, worse) < 0.34:
            made += 1
            yield better, worse


def _ends(interval: Callable, better: np.ndarray, worse: np.ndarray) -> Ends:
    given = pair(call(interval, better, worse, DRAWS, np.random.default_rng(7)), "interval")
    low, high = numbers(given, "the interval")
    if low > high:
        raise Mistake("swapped", low=low, high=high)
    return low, high


Chances = tuple[np.ndarray, np.ndarray]  # of a share: its values, in order, and how likely each is
COUNTS = np.array([np.bincount(one, minlength=SEEDS) for one in combinations_with_replacement(range(SEEDS), SEEDS)])
LIKELY = np.array([factorial(SEEDS) / prod(map(factorial, one)) for one in COUNTS.tolist()]) / SEEDS**SEEDS


def _resampled(better: np.ndarray, worse: np.ndarray) -> Chances:
    """Over all resamplings of both: how often each seed may be drawn, and how likely that is."""
    return _chances(COUNTS @ _wins(better, worse) @ COUNTS.T, np.outer(LIKELY, LIKELY))


def _wins(better: np.ndarray, worse: np.ndarray) -> np.ndarray:
    return (worse > better[:, None]).astype(int)


def _chances(wins: np.ndarray, likely: np.ndarray) -> Chances:
    return np.arange(SEEDS**2 + 1) / SEEDS**2, np.bincount(wins.ravel(), likely.ravel(), minlength=SEEDS**2 + 1)


def _quantile(chances: Chances, share: float) -> float:
    values, each = chances
    return values[min(np.searchsorted(each.cumsum(), share), len(values) - 1)]


def _between(ends: Ends, chances: Chances, level: float = LEVEL) -> bool:
    """Whether both ends are within what the percentiles of DRAWS draws can be."""
    slack = min(SLACK, level / 2)
    return all(
        _quantile(chances, at - slack) - 1e-9 <= end <= _quantile(chances, at + slack) + 1e-9
        for end, at in zip(ends, (level, 1 - level))
    )


def _guess(tried: list[Sample], given: list[Ends]) -> str:
    """The kind of mistake that comes closest to such intervals, or ""."""
    found = []
    for kind, way in WAYS:
        chances = [way(*one) for one in tried]
        for level in LEVELS:
            if all(_between(ends, one, level) for ends, one in zip(given, chances)):
                exact = [[_quantile(one, at) for at in (level, 1 - level)] for one in chances]
                found.append((np.abs(np.subtract(given, exact)).sum(), kind))
    for times in (1, 1.96, 2):
        exact = [_around(times, _share(*one), _resampled(*one)) for one in tried]
        if np.allclose(given, exact, rtol=0, atol=0.02 * times):
            found.append((np.abs(np.subtract(given, exact)).sum(), "deviation"))
    return min(found)[1] if found else ""


def _around(times: float, middle: float, chances: Chances) -> Ends:
    values, each = chances
    deviation = np.sqrt((each * (values - values @ each) ** 2).sum())
    return middle - times * deviation, middle + times * deviation


def _pairs(better: np.ndarray, worse: np.ndarray) -> Chances:
    """As if every pair were drawn on its own."""
    from scipy import stats  # not above: slow to import

    wins = np.arange(SEEDS**2 + 1)
    return wins / SEEDS**2, stats.binom.pmf(wins, SEEDS**2, _share(better, worse))


LEVELS = (LEVEL, 0.05, 0.025, 0.005)
WAYS: list[tuple[str, Callable[[np.ndarray, np.ndarray], Chances]]] = [
    ("level", _resampled),
    ("pairs resampled", _pairs),
    ("same seeds", lambda better, worse: _chances((COUNTS @ _wins(better, worse) * COUNTS).sum(1), LIKELY)),
    ("one method", lambda better, worse: _chances(COUNTS @ _wins(better, worse).sum(1), LIKELY)),
    ("one method", lambda better, worse: _chances(COUNTS @ _wins(better, worse).sum(0), LIKELY)),
]
