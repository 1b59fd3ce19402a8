"""What a mixer can hold of equal agents, of which only counts matter: the team value as a function of how many.

n agents have equal rows and equal utilities, low for one action and high for the other. A mixer that knows no numbers
then sees one thing, k, how many chose the action of the high utility. What it can make of k depends on its kind:

- "sum": a linear function of k. VDN, and Qatten at a given state.
- "convex": a convex, non-decreasing one. Set hypernetworks and transformers that write QMIX's network: the sum of the
  utilities S grows linearly with k, equal agents get equal weights W, and Q_tot = w2 . elu(W S + b) + v with W, w2 >= 0
  is a non-negative combination of convex, non-decreasing functions of S.
- "monotone": any non-decreasing one. A deep set.

A best fit is over both orders, since either action may be the one of the high utility.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

import numpy as np

from marl_helpers.basics import arguments

KINDS = ("sum", "convex", "monotone")  # each holds the one before


@dataclass(frozen=True)
class CountFit:
    """The fit [n + 1], by how many of n chose the second action, and its mean squared error over joint actions."""

    fit: np.ndarray
    mse: float


def best(rewards: Sequence[float], kind: str) -> CountFit:
    """The least-squares fit of that kind to what a team earns by the number of agents that chose the second action.

    rewards: n + 1 numbers, n >= 1, as games.by_count takes them. All 2^n joint actions count alike, so that a number k
    weighs comb(n, k) / 2^n. Exact, by non-negative least squares over the kind's extreme functions.
    Raises ValueError for other rewards and kinds.
    """
    rewards, kind = arguments.numbers(2, rewards=rewards), arguments.one_of(KINDS, kind=kind)
    found = [_rising(np.asarray(rewards, float)[::step], kind) for step in (1, -1)]
    rising, falling = found[0], CountFit(found[1].fit[::-1], found[1].mse)
    return min(rising, falling, key=lambda one: one.mse)


def _rising(rewards: np.ndarray, kind: str) -> CountFit:
    """The best one that does not fall with k."""
    from scipy.optimize import nnls

    n = len(rewards) - 1
    k = np.arange(n + 1)
    extreme = {"sum": [k], "convex": [np.maximum(k - j, 0) for j in range(n)], "monotone": [k > j for j in range(n)]}
    columns = np.array([np.ones(n + 1), -np.ones(n + 1), *extreme[kind]], float).T
    root = np.sqrt([comb(n, one) / 2.0**n for one in range(n + 1)])
    fit = columns @ nnls(root[:, None] * columns, root * rewards)[0]
    return CountFit(fit, float((root**2 * (fit - rewards) ** 2).sum()))
