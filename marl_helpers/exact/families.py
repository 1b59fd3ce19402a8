"""Families of reward tables: lines and planes through games, and where along a line something changes.

Everything here is exact (projections, no learning). `marl_helpers.fit` takes a family's list of tables as one batch.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise, product
from math import prod

import numpy as np
from numpy.typing import ArrayLike

from marl_helpers import exact
from marl_helpers.basics import arguments
from marl_helpers.games import TableError, check_cells, validate

CLASSES = {"additive": exact.additive, "convex": exact.convex, "monotone": exact.monotone}


class Family:
    """All games base + sum_k x_k (ends[k] - base): a line through two games, a plane through three.

    The game at x = 0 is `base`, and the one with x_k = 1 and zeros elsewhere is ends[k]; coordinates may lie outside
    [0, 1]. Raises TableError for tables that no game can have, for different shapes, and for no end.
    """

    def __init__(self, base: ArrayLike, *ends: ArrayLike):
        self.base, self.ends = validate(base), [validate(end) for end in ends]
        shapes = [table.shape for table in (self.base, *self.ends)]
        if len(shapes) < 2 or len(set(shapes)) > 1:
            raise TableError(f"a family has tables of shapes {shapes}: give two or more of one shape")

    def __call__(self, *x: float) -> np.ndarray:
        """The game at these coordinates, one for each end."""
        remedy = f"{len(self.ends)} finite number(s), one for each end"
        if len(x) != len(self.ends):
            raise TableError(f"the coordinates are {arguments.shown(x)}: give {remedy}")
        try:
            point = [arguments.finite(remedy, **{"one of the coordinates": one}) for one in x]
        except ValueError as error:
            raise TableError(str(error)) from None
        return validate((1 - sum(point)) * self.base + sum(size * end for size, end in zip(point, self.ends)))

    def tables(self, *axes: Iterable[float]) -> list[np.ndarray]:
        """The games at all grid points, as `fit` takes them; the first axis varies fastest.

        On a plane, values computed from the list have shape (len(ys), len(xs)) once reshaped, which is how they are
        drawn.
        """
        axes = [arguments.numbers(axes=arguments.several("one or more numbers", axes=axis)) for axis in axes]
        check_cells(self.base.shape, prod(len(axis) for axis in axes))
        return [self(*reversed(point)) for point in product(*(axis.tolist() for axis in reversed(axes)))]


def project(tables: Sequence[np.ndarray]) -> dict[str, list[exact.Projection]]:
    """Every table's best fit in each class: name -> one projection for each table.

    Raises TableError where a class does not take these tables (convex takes two agents), exact.TooMuchWork.
    """
    tables = [validate(table) for table in arguments.several("one or more tables", tables=tables)]
    return {name: [best(table) for table in tables] for name, best in CLASSES.items()}


def shares(projections: Sequence[exact.Projection]) -> np.ndarray:
    """For each projection 1.0 where greedy play is optimal, 0.5 where only some of several ties are, and 0.0."""
    found = arguments.several("a list of best fits, as exact.additive returns one", 0, projections=projections)
    for best in found:
        arguments.instance(exact.Projection, "a list of best fits, as exact.additive returns one", projections=best)
    return np.array([{"yes": 1.0, "tie": 0.5, "no": 0.0}[best.finds_optimum] for best in found])


def midpoints(count: int, low: float, high: float) -> np.ndarray:
    """The middles of `count` equal parts of [low, high]: a grid that avoids the round numbers where many games tie."""
    count, (low, high) = arguments.at_least(1, count=count), arguments.finite(low=low, high=high)
    return low + (np.arange(count) + 0.5) * (high - low) / count


def boundaries(
    family: Callable[[float], np.ndarray], judge: Callable[[np.ndarray], object], grid: Sequence[float]
) -> list[float]:
    """Where along a line `judge(table)` changes: for each two neighbours of the grid that differ, the place between.

    The place is the end of the stretch, from the left, with the left neighbour's judgement, found by bisection to
    neighbouring doubles. Judgements that call nearly equal numbers equal, as those of `exact` do, hold on a little
    longer or give up a little earlier: expect about seven right digits. Two changes between neighbours may go unseen.

    Raises ValueError for a grid that is not increasing, TableError for a family that is not a line.
    """
    arguments.function(family=family, judge=judge)
    grid = arguments.numbers(grid=grid).astype(float).tolist()
    if not all(a < b for a, b in pairwise(grid)):
        raise ValueError(f"grid has {grid[:3]}...: give increasing numbers")
    judged = [judge(family(x)) for x in grid]
    found = []
    for k, (low, high) in enumerate(pairwise(grid)):
        if judged[k] == judged[k + 1]:
            continue
        while low < (middle := (low + high) / 2) < high:
            low, high = (middle, high) if judge(family(middle)) == judged[k] else (low, middle)
        found.append(low)
    return found
