"""What a class of team values can represent: exact least-squares projections of a reward table, with no learning.

Each class lies within the next: additive (what VDN represents), convex (the closure of what QMIX, as it is coded,
represents at a fixed state; two agents) and monotone (any mixer that is monotone in each agent's value). Additive is
also the least of the classes of coordination graphs, whose edges go another way.
"""

import math
from dataclasses import dataclass
from functools import reduce
from itertools import product

import numpy as np

from marl_helpers.basics import arguments
from marl_helpers.exact import graphs
from marl_helpers.exact import rankings as over
from marl_helpers.exact.rankings import TOLERANCE, TooMuchWork
from marl_helpers.games import Cell, TableError, joint_action, validate


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


@dataclass(frozen=True, eq=False)
class GraphProjection(Projection):
    """The best fit of a coordination graph with these edges."""

    edges: tuple[graphs.Edge, ...]

    @property
    def parts(self) -> graphs.Graph:
        """The graph whose value is `fit`; see graphs.decompose for how its parts are told apart."""
        return graphs.decompose(self.fit, self.edges)


def graph(table, edges=None, weights=None) -> GraphProjection:
    """The best fit of a coordination graph (Guestrin et al. 2002): f(a) = sum_i u_i(a_i) + sum_ij u_ij(a_i, a_j).

    `edges`: pairs of agents, numbered from 0; all pairs by default. `weights`: non-negative, of the table's shape,
    default uniform. Uniform weights have a closed form (see graphs.decompose). Others give the least-squares solution
    of smallest norm about the weighted mean, in which an action, or a pair of them, without any weight counts as an
    average one. Raises TableError for a table or weights that no game can have, ValueError for what is no edge, and
    TooMuchWork where weights differ and cells times the square of the parts' entries exceed rankings.WORK_LIMIT.
    """
    centred = _Centred(table, weights)
    shape = centred.target.shape
    edges = graphs.complete(len(shape)) if edges is None else graphs.listed(edges, len(shape))
    if np.ptp(centred.weights) == 0:
        fit = graphs.decompose(centred.target, edges).table()
    else:
        scopes = [*((i,) for i in range(len(shape))), *edges]
        _check_work(shape, scopes)
        design = np.concatenate([_one_hot(shape, scope) for scope in scopes], axis=1)
        root = centred.root.reshape(-1, 1)
        fit = (design @ np.linalg.lstsq(design * root, centred.target.reshape(-1, 1) * root, rcond=None)[0]).reshape(
            shape
        )
    found = centred.projection(fit, map(tuple, np.argwhere(fit >= fit.max() - TOLERANCE).tolist()))
    return GraphProjection(**vars(found), edges=edges)


def _check_work(shape: tuple[int, ...], scopes: list[tuple[int, ...]]) -> None:
    """Raise TooMuchWork where weighted least squares over these parts exceeds rankings.WORK_LIMIT."""
    cells, entries = math.prod(shape), sum(math.prod(shape[i] for i in scope) for scope in scopes)
    if cells * entries**2 > over.WORK_LIMIT:
        raise TooMuchWork(
            f"a weighted fit of {entries} numbers to the {cells} cells of a table of shape {shape} takes "
            f"{cells * entries**2:.1e} operations (cells times numbers squared) where {over.WORK_LIMIT:.0e} is the "
            "limit: take fewer agents, actions or edges, or uniform weights, which have no limit"
        )


def _one_hot(shape: tuple[int, ...], scope: tuple[int, ...]) -> np.ndarray:
    """For each joint action (a row) which one it is of what the agents in `scope` can play together."""
    sizes = [shape[i] for i in scope]
    place = np.ravel_multi_index([np.indices(shape)[i].ravel() for i in scope], sizes)
    return np.eye(math.prod(sizes))[place]


def additive(table, weights=None) -> GraphProjection:
    """The best fit of the form f(a) = sum_i u_i(a_i), for n agents: what VDN (Sunehag et al. 2018) approaches.

    It is the graph without edges: under uniform weights the sum of the conditional means less n - 1 grand means.
    `weights` and errors are those of `graph`.
    """
    return graph(table, (), weights)


def independent(table, weights=None) -> Projection:
    """What independent learners (Tan 1993) approach while everyone explores: each agent's own conditional means.

    An agent's estimate of an action is the mean reward over what the others play with it. `fit` is the mean of the
    agents' estimates, since no team value is learned. Under uniform weights each agent ranks its actions as `additive`
    does. An action without weight counts as an average one. Raises TableError like `additive`.
    """
    centred = _Centred(table, weights)
    agents, estimates = range(centred.target.ndim), []
    for i in agents:
        others = tuple(j for j in agents if j != i)
        total, weight = (centred.weights * centred.target).sum(axis=others), centred.weights.sum(axis=others)
        estimates.append(np.divide(total, weight, out=np.zeros_like(total), where=weight > 0))
    best = [np.flatnonzero(q >= q.max() - TOLERANCE).tolist() for q in estimates]
    return centred.projection(reduce(np.add.outer, estimates) / len(agents), product(*best))


def joint(table, weights=None) -> Projection:
    """The fit of a joint table: the reward itself where there is weight, and the weighted mean elsewhere."""
    centred = _Centred(table, weights)
    fit = np.where(centred.weights > 0, centred.target, 0.0)
    return centred.projection(fit, map(tuple, np.argwhere(fit >= fit.max() - TOLERANCE).tolist()))


def convex(table, weights=None) -> Projection:
    """The best fit, for two agents, that is monotone and supermodular under some pair of action rankings.

    This is the closure of what QMIX (Rashid et al. 2018) represents at a fixed state, with its non-negative weights
    and convex non-decreasing activations, given enough units; networks may only approach it. Given rankings, it is a
    constant plus the cone of upper rectangles (the best k actions of one agent times the best l of the other), so
    non-negative least squares is exact; see `rankings` for the choice of rankings.

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
        array = arguments.array("the weights", weights, "one number for each joint action", "biuf")
    except ValueError as error:
        raise TableError(str(error)) from None
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
