"""What a class of team values can represent: exact least-squares projections of a reward table, with no learning.

Each class lies within the next: additive (what VDN represents), convex (the closure of what QMIX, as it is coded,
represents at a fixed state; two agents) and monotone (any mixer that is monotone in each agent's value).
"""

from dataclasses import dataclass
from functools import reduce
from itertools import combinations, product
from typing import NamedTuple

import numpy as np

from marl_helpers import rankings as over
from marl_helpers.games import TableError, joint_action, validate
from marl_helpers.rankings import TOLERANCE, TooMuchWork

__all__ = ["Check", "Projection", "Reversal", "TooMuchWork", "additive", "convex", "monotone"]
__all__ += ["is_additive", "is_monotone", "is_supermodular"]

Cell = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Projection:
    """The best fit to a table within a class.

    fit: array of the table's shape. mse: squared error averaged with the weights, in squared units of reward.
    greedy: the joint actions that a team may play greedily, over all tied best fits. optima: the joint actions that
    maximise the table. Both are sorted. Where a class has rankings, a best fit's greedy joint action is the top of its
    rankings, and not any other cell where the fitted table is as large.
    """

    fit: np.ndarray
    mse: float
    greedy: tuple[Cell, ...]
    optima: tuple[Cell, ...]

    @property
    def finds_optimum(self) -> str:
        """Whether greedy play is optimal: "yes" for all greedy joint actions, "tie" for some of them, or "no"."""
        right = set(self.greedy) & set(self.optima)
        return "no" if not right else "yes" if len(right) == len(self.greedy) else "tie"


def additive(table, weights=None) -> Projection:
    """The best fit of the form f(a) = sum_i u_i(a_i), for n agents: what VDN (Sunehag et al. 2018) approaches.

    `weights`: non-negative, of the table's shape, default uniform. Uniform weights have a closed form (the sum of the
    conditional means less n - 1 grand means). Others give the least-squares solution of smallest norm about the
    weighted mean, in which an action without any weight counts as an average one.
    Raises TableError for a table or weights that no game can have.
    """
    centred = _Centred(table, weights)
    target, agents = centred.target, range(centred.target.ndim)
    if np.ptp(centred.weights) == 0:
        utilities = [target.mean(axis=tuple(j for j in agents if j != i)) for i in agents]
    else:
        sizes = [np.eye(actions)[index.ravel()] for actions, index in zip(target.shape, np.indices(target.shape))]
        design = np.concatenate(sizes, axis=1) * centred.root.reshape(-1, 1)
        stacked = np.linalg.lstsq(design, (target * centred.root).ravel(), rcond=None)[0]
        utilities = np.split(stacked, np.cumsum(target.shape)[:-1])
    best = [np.flatnonzero(u >= u.max() - TOLERANCE).tolist() for u in utilities]
    return centred.projection(reduce(np.add.outer, utilities), product(*best))


def convex(table, weights=None) -> Projection:
    """The best fit, for two agents, that is monotone and supermodular under some pair of action rankings.

    This is the closure of what QMIX (Rashid et al. 2018) represents at a fixed state, with its non-negative weights
    and convex non-decreasing activations; networks may only approach it. Given rankings, it is a constant plus the
    cone of upper rectangles (the best k actions of one agent times the best l of the other), so non-negative least
    squares is exact; see `rankings` for the choice of rankings.

    `weights`: non-negative, of the table's shape, default uniform. Raises TableError for a table or weights that no
    game can have, TooMuchWork beyond rankings.WORK_LIMIT.
    """
    centred = _Centred(table, weights)
    shape, root = centred.target.shape, centred.root.ravel()
    if len(shape) != 2:
        raise TableError(f"convex takes two agents, this table has {len(shape)}: use monotone, which takes any number")
    over.check_work(shape)
    goal = centred.target.ravel() * root
    rows, columns = (over.subsets(actions).astype(float) for actions in shape)
    rectangles = np.einsum("ri,cj->rcij", rows, columns).reshape(-1, goal.size)
    rectangles -= (rectangles @ root**2)[:, None]  # the constant is free: only differences from the mean count
    length = np.linalg.norm(rectangles * root, axis=1)
    rectangles /= np.where(length > TOLERANCE, length, np.inf)[:, None]  # one with all the weight is a constant
    unit = rectangles * root

    def solve(placed):
        first, second = (over.upper_sets(*pair) for pair in zip(placed, shape))
        allowed = (first[:, None] * len(columns) + second).ravel()
        return allowed, over.nnls(unit[allowed].T, goal)

    def error(placed):
        allowed, size = solve(placed)
        return np.linalg.norm(goal - size @ unit[allowed])

    best, greedy = over.search(shape, error)
    allowed, size = solve(best)
    return centred.projection((size @ rectangles[allowed]).reshape(shape), greedy)


def monotone(table, weights=None) -> Projection:
    """The best fit that is non-decreasing in each agent's action under one ranking of actions per agent, for n agents.

    This is the class of all mixers that are monotone in each agent's value. Given rankings, it is isotonic regression
    over their product order. Its dual is non-negative least squares: the residual is the point, nearest to the table,
    of the cone spanned by the order's steps. See `rankings` for the choice of rankings.

    `weights`: non-negative, of the table's shape, default uniform; a joint action without weight takes the largest
    fitted value below it. Raises TableError for a table or weights that no game can have, TooMuchWork beyond
    rankings.WORK_LIMIT.
    """
    centred = _Centred(table, weights)
    shape, seen = centred.target.shape, centred.weights.ravel() > 0
    over.check_work(shape)
    root, goal = centred.root.ravel()[seen], (centred.target * centred.root).ravel()[seen]

    def residual(placed):
        low, high = over.steps(placed, shape, seen.tobytes())
        columns, each = np.zeros((root.size, low.size)), np.arange(low.size)
        length = np.hypot(root[low], root[high])
        columns[low, each], columns[high, each] = root[high] / length, -root[low] / length
        return columns @ over.nnls(columns, goal)

    best, greedy = over.search(shape, lambda placed: np.linalg.norm(residual(placed)))
    fit = (goal - residual(best)) / root
    below = np.where(over.order(best, shape)[seen], fit[:, None], fit.min())  # [a seen cell, any cell]
    return centred.projection(below.max(axis=0).reshape(shape), greedy)


class _Centred:
    """A table scaled to spread 1 and weighted mean 0 over the cells with weight, so that TOLERANCE is absolute."""

    def __init__(self, table, weights):
        self.table = validate(table)
        self.weights = _normalised(weights, self.table.shape)  # sum 1
        self.root = np.sqrt(self.weights)
        seen = self.table[self.weights > 0]
        self.least, self.spread = seen.min(), np.ptp(seen) or 1.0
        target = (self.table - self.least) / self.spread
        self.mean = (self.weights * target).sum()
        self.target = target - self.mean

    def projection(self, fit: np.ndarray, greedy) -> Projection:
        """The projection for a fit to `target`."""
        mse = (self.weights * (fit - self.target) ** 2).sum() * self.spread**2
        optima = np.argwhere(self.table >= self.table.max() - TOLERANCE * np.ptp(self.table))
        fit = (fit + self.mean) * self.spread + self.least
        return Projection(fit, float(mse), tuple(sorted(greedy)), tuple(map(tuple, optima.tolist())))


def _normalised(weights, shape: tuple[int, ...]) -> np.ndarray:
    """Weights with sum 1; those below TOLERANCE times the largest count as none."""
    if weights is None:
        return np.full(shape, 1 / np.prod(shape))
    try:
        array = np.asarray(weights)
    except ValueError:
        raise TableError("the weights are ragged: give one number for each joint action") from None
    if array.dtype.kind not in "biuf":
        raise TableError(f"the weights hold {array.dtype.name} entries: give one number for each joint action")
    if array.shape != shape:
        raise TableError(f"the weights have shape {array.shape}, the table {shape}: give one for each joint action")
    array = array.astype(np.float64)
    wrong = ~(np.isfinite(array) & (array >= 0))
    if wrong.any():
        cell = joint_action(np.argmax(wrong), shape)
        raise TableError(f"the weight at {cell} is {array[cell]:g}: give finite numbers that are not negative")
    if not array.any():
        raise TableError("the weights are all zero: give some joint action a positive one")
    array /= array.max()
    array[array < TOLERANCE] = 0
    return array / array.sum()


class Reversal(NamedTuple):
    """Why no ranking fits: `agent` (its axis, from 0) earns more by actions[0] in contexts[0], by actions[1] in [1].

    A context is what the other agents play, in their order.
    """

    agent: int
    actions: tuple[int, int]
    contexts: tuple[Cell, Cell]


@dataclass(frozen=True)
class Check:
    """Whether a table has a property: true in an `if`.

    reason: one sentence (agents are numbered from 1 in it, actions from 0). witness: what breaks the property, or None
    where it holds. rankings: for is_monotone, where it holds, each agent's actions from worst to best.
    """

    holds: bool
    reason: str
    witness: tuple | None = None
    rankings: tuple[Cell, ...] | None = None

    def __bool__(self) -> bool:
        return self.holds


def is_monotone(table) -> Check:
    """Does one ranking of actions per agent exist under which the table never decreases (n agents)?

    Equal actions keep the table's order in the rankings. Witness: a Reversal, the largest one of the first agent that
    has any. Raises TableError.
    """
    table = validate(table)
    equal, found = TOLERANCE * np.ptp(table), []
    for agent, actions in enumerate(table.shape):
        values = np.moveaxis(table, agent, 0).reshape(actions, -1)  # [action, context]
        gain = values[:, None] - values
        most = gain.max(axis=2)  # [a, b]: the most by which a beats b
        both = np.minimum(most, most.T)
        if both.max() > equal:
            others = table.shape[:agent] + table.shape[agent + 1 :]
            a, b = joint_action(both.argmax(), both.shape)
            here, there = int(gain[a, b].argmax()), int(gain[a, b].argmin())
            contexts = joint_action(here, others), joint_action(there, others)
            reason = (
                f"agent {agent + 1} ranks action {a} ({values[a, here]:g}) above {b} ({values[b, here]:g}) when the "
                f"others play {contexts[0]}, but {b} ({values[b, there]:g}) above {a} ({values[a, there]:g}) when they "
                f"play {contexts[1]}"
            )
            return Check(False, reason, Reversal(agent, (a, b), contexts))
        found.append(tuple(np.argsort((most > equal).sum(axis=1), kind="stable").tolist()))
    listed = "; ".join(f"agent {i + 1}: {', '.join(map(str, ranking))}" for i, ranking in enumerate(found))
    return Check(True, f"whatever the others play, worst to best, {listed}", rankings=tuple(found))


def is_supermodular(table, rankings=None) -> Check:
    """Is no agent's step up worth less when another agent steps up too (non-negative cross-differences, n agents)?

    `rankings`: each agent's actions from worst to best, default the order as printed. Witness: four cells, before any
    step, after the one agent's, after the other's, after both. Raises TableError.
    """
    table = validate(table)
    rankings = [list(range(actions)) for actions in table.shape] if rankings is None else [list(r) for r in rankings]
    if [sorted(ranking) for ranking in rankings] != [list(range(actions)) for actions in table.shape]:
        raise TableError(f"the rankings {rankings} do not list all actions of a table of shape {table.shape} once each")
    worst, witness, reason = _worst_square(table, rankings, np.negative)
    if worst > TOLERANCE * np.ptp(table):
        return Check(False, f"{reason}: less, though another agent has stepped up", witness)
    return Check(True, "no agent's step up is worth less when another agent steps up too")


def is_additive(table) -> Check:
    """Is the table a sum of one utility per agent (cross-differences all zero, n agents)?

    Witness: four cells, as for is_supermodular. Raises TableError.
    """
    table = validate(table)
    worst, witness, reason = _worst_square(table, [range(actions) for actions in table.shape], np.abs)
    if worst > TOLERANCE * np.ptp(table):
        return Check(False, f"{reason}: in a sum the two are equal", witness)
    return Check(True, "each agent's change of action is worth the same whatever the others play")


def _worst_square(table: np.ndarray, rankings, badness) -> tuple[float, tuple[Cell, ...], str]:
    """The worst of the adjacent 2x2 squares of all pairs of agents: its badness, four cells and what they show."""
    ordered, worst = table[np.ix_(*rankings)], (0.0, (), "")
    for i, j in combinations(range(table.ndim), 2):
        bad = badness(np.diff(np.diff(ordered, axis=i), axis=j))
        if bad.size and bad.max() > worst[0]:
            corner = np.array(joint_action(bad.argmax(), bad.shape))
            along = np.eye(table.ndim, dtype=int)
            places = (corner, corner + along[i], corner + along[j], corner + along[i] + along[j])
            cells = tuple(tuple(int(r[k]) for r, k in zip(rankings, place)) for place in places)
            none, one, other, both = (float(table[cell]) for cell in cells)
            reason = (
                f"agent {i + 1}'s step from {cells[0]} to {cells[1]} is worth {one - none:g}, "
                f"but from {cells[2]} to {cells[3]} {both - other:g}"
            )
            worst = (float(bad.max()), cells, reason)
    return worst
