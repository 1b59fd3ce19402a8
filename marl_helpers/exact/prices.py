"""The price of commitment: how much a shared dock must pay before a team of n robots goes there, method by method.

The one-shot game: each of n robots clears its own lane, worth 1, or goes to the dock, which pays h when at least `need`
of them come and nothing otherwise. If k come, the team earns n - k, and h besides if k >= need. Below are the payoffs
above which greedy play loads the truck: of the best team, and of least-squares fits under uniform exploration, as
`exact` has them for any table. There a team of n takes 2^n cells and 2^n orderings, here counts do.
"""

from math import comb

import numpy as np

from marl_helpers.basics import arguments

MOST = 1000  # robots: of more the price of a sum may exceed all floats
SHARP = 1e-12  # of a price, relative: where bisection ends
SLACK = 1e-13  # of a block's weight times the size of its values: a split that gains less is rounding


def team(n: int, need: int | None = None) -> float:
    """The payoff above which the best joint action loads the truck: need robots give up a lane each."""
    return float(_team(n, need)[1])


def additive(n: int, need: int | None = None) -> float:
    """The payoff above which VDN's robots, and independent learners, go to the dock; then all n of them.

    A robot's utility of an action is the mean reward over what the others play. Going costs its lane, 1, and gains h
    where it is the one missing: where exactly need - 1 of the others come, comb(n - 1, need - 1) of their 2^(n - 1)
    joint actions.
    """
    n, m = _team(n, need)
    return 2 ** (n - 1) / comb(n - 1, m - 1)


def monotone(n: int, need: int | None = None) -> float:
    """The payoff above which the best fit of any monotone mixer, over all orderings, loads the truck.

    `error` compares the orderings; greedy play sends exactly those robots that prefer the dock. Found by bisection.
    Where all are needed QMIX's class (`exact.convex`) has the same price: the two orderings that compete there are all
    to the lanes and all to the dock, and both fits are convex functions of how many come.
    """
    n, m = _team(n, need)

    def gain(h: float) -> float:
        errors = [error(n, j, h, m) for j in range(n + 1)]
        return min(errors[:m]) - min(errors[m:])

    low, high = 0.0, additive(n, m)
    while gain(high) <= 0:
        low, high = high, 2 * high
    while high - low > SHARP * high:
        middle = (low + high) / 2
        low, high = (low, middle) if gain(middle) > 0 else (middle, high)
    return high


def error(n: int, j: int, h: float, need: int | None = None) -> float:
    """The mean squared error of the best monotone fit in which j of n robots prefer the dock and the others their lane.

    Why counts suffice: the reward stays the same when robots change places, so all orderings with the same j have the
    same error: n + 1 cover all 2^n. Within one, let fits that differ by exchanging robots of the same preference be
    averaged: the mean is still monotone, and its error is no larger, since squares are convex. So a best fit depends
    only on a, how many of the j robots come, and b, how many of the others do: it is non-decreasing in a,
    non-increasing in b, and the cell (a, b) weighs comb(j, a) comb(n - j, b).
    """
    n, m = _team(n, need)
    j, h = arguments.at_most(0, n, "the number of robots", j=j), arguments.finite(h=h)
    a, b = np.arange(j + 1)[:, None], np.arange(n - j, -1, -1)  # both so that the fit is non-decreasing
    reward = n - a - b + h * (a + b >= m)
    ways = ([float(comb(among, k)) for k in range(among + 1)] for among in (j, n - j))  # products may exceed 64 bits
    weight = np.multiply.outer(next(ways), next(ways)[::-1])
    return float((weight * (reward - isotonic(reward, weight)) ** 2).sum() / 2.0**n)


def isotonic(target: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """The weighted least-squares fit to a matrix that is non-decreasing along rows and along columns.

    By splitting (Spouge, Wan and Wilbur 2003): a block starts at its mean; if some upper set of it has a larger mean
    than that, the one that gains most and the rest become blocks of their own, else the mean is the fit.
    Raises ValueError for other arrays than two matrices of one shape, of finite numbers, with weights above 0.
    """
    target, weight = (arguments.array(n, x, "a matrix of numbers") for n, x in (("target", target), ("weight", weight)))
    if target.ndim != 2 or weight.shape != target.shape:
        raise ValueError(f"weight has shape {weight.shape}, target {target.shape}: give two matrices of one shape")
    if not (np.isfinite(target).all() and np.isfinite(weight).all() and weight.min() > 0):
        raise ValueError("target or weight holds an entry that cannot be: give finite numbers, and weights above 0")
    fit, blocks = np.empty(target.shape), [np.ones(target.shape, dtype=bool)]
    while blocks:
        block = blocks.pop()
        inside = np.where(block, weight, 0.0)
        mean = (inside * target).sum() / inside.sum()
        gain = inside * (target - mean)
        upper = block & _heaviest(gain)
        if gain[upper].sum() > SLACK * (inside * np.abs(target)).sum():
            blocks += [upper, block & ~upper]
        else:
            fit[block] = mean
    return fit


def _heaviest(gain: np.ndarray) -> np.ndarray:
    """The upper set (with an entry all those to the right of it and below) of largest sum, as booleans.

    Row by row, best[k] is the largest sum so far of a set whose last row is its k rightmost entries; the row above may
    have as many or fewer.
    """
    rows, columns = gain.shape
    tails = np.hstack([np.zeros((rows, 1)), gain[:, ::-1].cumsum(1)])  # [row, k]: the sum of its k rightmost
    best, above = np.zeros(columns + 1), []
    for tail in tails:
        most = np.maximum.accumulate(best)
        above.append(np.maximum.accumulate(np.where(best == most, np.arange(columns + 1), 0)))
        best = most + tail
    upper, k = np.zeros(gain.shape, dtype=bool), int(best.argmax())
    for row in reversed(range(rows)):
        upper[row, columns - k :] = True
        k = above[row][k]
    return upper


def _team(n: int, need: int | None) -> tuple[int, int]:
    """How many robots there are, and how many of them a truck needs."""
    n = arguments.at_most(2, MOST, n=n)
    return n, n if need is None else arguments.at_most(1, n, "the number of robots", need=need)
