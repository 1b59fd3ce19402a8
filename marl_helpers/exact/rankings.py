"""Least squares over rankings: the search and the solver behind `exact.convex` and `exact.monotone`.

Such a class of tables is a convex cone under each choice of rankings (one ranking of its actions per agent), and the
best fit is the least over all choices. They are searched by branch and bound: a node ranks some of the actions and
leaves the others open, and its cone holds the cones of all its completions, so its error is a lower bound on theirs.
"""

import math
from collections.abc import Callable, Iterator
from functools import lru_cache, reduce
from heapq import heappop, heappush

import numpy as np

TOLERANCE = 1e-9  # of the table's spread: rewards, and root-mean-square errors, that are closer than this are equal
STATIONARY = 1e-12  # the slope that a least-squares solution may leave along a column of length 1
# Of operations; for a search rankings times cells cubed: 6x6, 4x4x4 and eight agents with two actions each lie below.
WORK_LIMIT = 3e10

Placed = tuple[int, ...]  # one agent's ranking so far, filled from both ends: best, worst, second best, second worst...


class TooMuchWork(ValueError):
    """A question whose worst case is beyond a limit; the message gives the estimate, the limit and the remedy."""


def check_work(shape: tuple[int, ...]) -> None:
    """Raise TooMuchWork where the worst case (every ranking solved) exceeds WORK_LIMIT; usually few of them are."""
    count, cells = math.prod(math.factorial(actions) for actions in shape), math.prod(shape)
    if count * cells**3 > WORK_LIMIT:
        raise TooMuchWork(
            f"a table of shape {shape} has {count:.3g} choices of rankings and {cells} cells, at worst "
            f"{count * cells**3:.1e} operations (rankings times cells cubed) where {WORK_LIMIT:.0e} is the limit: "
            "take fewer agents or actions, or use additive, which has no such limit"
        )


def search(shape: tuple[int, ...], error: Callable[[tuple[Placed, ...]], float]) -> tuple[tuple[Placed, ...], set]:
    """The rankings (one per agent) of least error, and the top joint actions of all rankings that tie with them.

    `error` gives the root-mean-square error of the best fit under rankings, complete or not, to a table of spread 1.
    """
    heap = [(0, 0, ((),) * len(shape))]
    best, least, tops = None, math.inf, set()
    while heap and heap[0][0] <= least + 1:  # errors are counted in multiples of TOLERANCE, rounded
        bound, _, placed = heappop(heap)
        top = tuple(ranking[0] for ranking in placed if ranking)
        if top in tops:  # every agent has a top, and theirs is known to tie
            continue
        agent = min(range(len(shape)), key=lambda i: (len(placed[i]) == shape[i], len(placed[i])))
        if len(placed[agent]) == shape[agent]:  # nothing is open; of equal errors the first found is kept
            best, least = best or placed, min(least, bound)
            tops.add(top)
            continue
        for longer in _extend(placed[agent], shape[agent]):
            child = (*placed[:agent], longer, *placed[agent + 1 :])
            depth = sum(map(len, child))
            heappush(heap, (round(error(child) / TOLERANCE), -depth, child))  # of equal bounds, the deepest first
    return best, tops


def _extend(placed: Placed, actions: int) -> Iterator[Placed]:
    rest = [a for a in range(actions) if a not in placed]
    for a in rest:
        yield (*placed, a, *(b for b in rest if b != a and len(rest) == 2))  # of two, the second has no choice


def levels(placed: Placed, actions: int) -> np.ndarray:
    """Each action's height in a ranking, shape (actions,); the actions that are still open share height 0."""
    heights = np.zeros(actions, dtype=int)
    for k, a in enumerate(placed):
        heights[a] = k // 2 - actions if k % 2 else actions - k // 2
    return heights


@lru_cache(4096)
def upper_sets(placed: Placed, actions: int) -> np.ndarray:
    """The sets that hold, with an action, all higher ones (rows of `subsets(actions)`, by number)."""
    inside, height = subsets(actions), levels(placed, actions)
    lowest_in = np.where(inside, height, actions + 1).min(axis=1)
    highest_out = np.where(inside, -actions - 1, height).max(axis=1)
    return np.flatnonzero(lowest_in >= highest_out)


def subsets(actions: int) -> np.ndarray:
    """All subsets but the empty one, boolean of shape (2^actions - 1, actions)."""
    return (np.arange(1, 2**actions)[:, None] >> np.arange(actions)) & 1 == 1


def order(placed: tuple[Placed, ...], shape: tuple[int, ...]) -> np.ndarray:
    """Boolean, shape (cells, cells): true at [c, d] where d is c, or at least as high for each agent."""
    heights = [levels(ranking, actions) for ranking, actions in zip(placed, shape)]
    each = [(h[:, None] < h) | np.eye(h.size, dtype=bool) for h in heights]
    return reduce(lambda a, b: (a[:, None, :, None] & b[:, None, :]).reshape(len(a) * len(b), -1), each)


@lru_cache(4096)
def steps(placed: tuple[Placed, ...], shape: tuple[int, ...], support: bytes) -> tuple[np.ndarray, np.ndarray]:
    """The low and the high ends of the order's single steps among the cells in `support` (a boolean mask's bytes)."""
    seen = np.frombuffer(support, dtype=bool)
    below = order(placed, shape)[seen][:, seen].astype(np.float32)
    np.fill_diagonal(below, 0)
    return np.nonzero(below > below @ below)  # below, with nothing between


def nnls(columns: np.ndarray, goal: np.ndarray) -> np.ndarray:
    """The sizes x >= 0 that minimise |columns @ x - goal|, certified by the conditions of optimality.

    columns: shape (cells, count), each of length 1 or 0, and possibly dependent on each other. SciPy's solver is the
    faster one, but on dependent columns it may be wrong without a word (scipy pull request 26180 repairs that), so an
    answer that fails the conditions is computed again.
    """
    if not columns.size:
        return np.zeros(columns.shape[1])  # SciPy 1.17 crashes here
    from scipy.optimize import nnls as solve  # not above: the package stays fast to import

    try:
        size, _ = solve(columns, goal)
    except RuntimeError:  # its limit of iterations
        return lawson_hanson(columns, goal)
    slope = columns.T @ (goal - columns @ size)
    optimal = size.min() >= 0 and np.where(size > 0, np.abs(slope), slope).max() <= STATIONARY
    return size if optimal else lawson_hanson(columns, goal)


def lawson_hanson(columns: np.ndarray, goal: np.ndarray) -> np.ndarray:
    """What `nnls` returns, by the active-set method of Lawson and Hanson (1974, chapter 23): slower, and careful."""
    size, error = np.zeros(columns.shape[1]), math.inf
    used = size > 0
    while True:
        while used.any():
            active, now = columns[:, used], size[used]
            free = np.linalg.lstsq(active, goal, rcond=None)[0]
            if free.min() > 0:
                size[used] = free
                break
            share = np.where(free > 0, math.inf, 0)  # of the way from `now` to `free`, until this size reaches 0
            np.divide(now, now - free, out=share, where=(free <= 0) & (now > 0))
            now = (now + share.min() * (free - now)).clip(min=0)
            size[used] = np.where(share == share.min(), 0, now)
            used = size > 0
        residual = goal - columns @ size
        slope = np.where(used, 0, residual @ columns)
        if slope.max() <= STATIONARY or residual @ residual >= error:  # the latter where only rounding is left
            return size
        error = residual @ residual
        used[slope.argmax()] = True
