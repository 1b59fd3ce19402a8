"""Right answers and planted wrong ones for the exercises of lecture 01."""

import math
from itertools import product

import numpy as np

from marl_helpers.games import ADDITIVE, CLIMBING, COORDINATION


def joint(agents, actions):
    return actions**agents


def own(agents, actions):
    return agents * actions


TABLE_SIZES = (
    [
        (joint, own),
        (lambda n, m: math.prod([m] * n), lambda n, m: sum([m] * n)),
        (lambda n, m: len(list(product(range(m), repeat=n))), lambda n, m: float(n * m)),
    ],
    {
        "exchanged": [(own, joint)],
        "base and exponent": [(lambda n, m: n**m, own)],
        "product": [(own, own)],
        "a table each": [(lambda n, m: n * m**n, own)],
        "less one": [(lambda n, m: m**n - 1, own)],
        "one agent's": [(joint, lambda n, m: m)],
        "other number": [(lambda n, m: m ** (n + 1), own), (joint, lambda n, m: m + n)],
    },
)

EVEN = [1 / 3, 1 / 3, 1 / 3]
DECIDED = [0.1, 0.1, 0.8]


def example(table, *habits):
    return (lambda: {"table": table, "habits": habits},)


SAFE_ROW = [[2, 2], [0, 3]]

REVERSAL = (
    [
        example(COORDINATION, EVEN, DECIDED),
        example(CLIMBING, np.array([0.9, 0.05, 0.05]), np.array(EVEN)),
        example(SAFE_ROW, [0.9, 0.1], [0.1, 0.9]),
        example([[1, 0, 0, 0], [0, 1, 1, 1]], [0.7, 0.1, 0.1, 0.1], [0.25] * 4),
    ],
    {
        "no probabilities": [example(COORDINATION, EVEN, [1, 1, 8]), example(COORDINATION, EVEN, [-0.2, 0.2, 1])],
        "no exploration": [example(COORDINATION, EVEN, [0, 0, 1])],
        "other agent": [
            example(np.transpose([[0, 3], [2, 2]]), [0.9, 0.1], [0.1, 0.9]),
            example([[0, 2], [3, 2], [3, 2]], [0.8, 0.1, 0.1], [0.1, 0.1, 0.8]),
        ],
        "additive": [example(ADDITIVE, EVEN, DECIDED)],
        "dominant": [example([[5, 5], [1, 5]], [0.9, 0.1], [0.1, 0.9])],
        "tie": [example(COORDINATION, EVEN, [0.555, 0.05, 0.395])],
        "same best": [example(COORDINATION, EVEN, [0.5, 0.3, 0.2])],
    },
)


def resting(table):
    cells = []
    for a, b in np.ndindex(table.shape):
        rivals = [*np.delete(table[:, b], a), *np.delete(table[a], b)]
        if all(rival < table[a, b] for rival in rivals):
            cells.append((a, b))
    return cells


def resting_by_masks(table):
    """Counting the entries of its row and of its column that are at least as large."""
    rows = (table[:, :, None] <= table[:, None, :]).sum(axis=2)
    columns = (table[:, None, :] <= table[None, :, :]).sum(axis=1)
    return np.argwhere((rows == 1) & (columns == 1))


def cells(mask):
    return [tuple(cell) for cell in np.argwhere(mask)]


def best_in_column(table):
    return table == table.max(axis=0)


def best_in_row(table):
    return table == table.max(axis=1, keepdims=True)


def sole(best, axis):
    return lambda table: best(table) & (best(table).sum(axis=axis, keepdims=True) == 1)


sole_in_column, sole_in_row = sole(best_in_column, 0), sole(best_in_row, 1)


def near(table):
    def beaten(a, b):
        around = [(a - 1, b), (a + 1, b), (a, b - 1), (a, b + 1)]
        inside = [cell for cell in around if 0 <= cell[0] < table.shape[0] and 0 <= cell[1] < table.shape[1]]
        return any(table[cell] >= table[a, b] for cell in inside)

    return [cell for cell in np.ndindex(table.shape) if not beaten(*cell)]


def own_cell_as_zero(table):
    """Its own cell becomes a 0 among the rewards that it is compared with."""

    def rivals(a, b):
        column, row = table[:, b].copy(), table[a].copy()
        column[a] = row[b] = 0
        return max(*column, *row)

    return [(a, b) for a, b in np.ndindex(table.shape) if table[a, b] > rivals(a, b)]


RESTING_PLACES = (
    [(resting,), (resting_by_masks,), (lambda table: cells(sole_in_column(table) & sole_in_row(table))[::-1],)],
    {
        "only the best": [(lambda table: cells(table == table.max()),)],
        "joint change": [(lambda table: cells(table == table.max()) if (table == table.max()).sum() == 1 else [],)],
        "ties": [(lambda table: cells(best_in_column(table) & best_in_row(table)),)],
        "one agent": [(lambda table: cells(sole_in_column(table)),), (lambda table: cells(sole_in_row(table)),)],
        "either agent": [(lambda table: cells(sole_in_column(table) | sole_in_row(table)),)],
        "neighbours": [(near,)],
        "columns first": [(lambda table: [(b, a) for a, b in resting(table)],)],
        "misses": [
            (lambda table: resting(table)[:1],),
            (lambda table: [],),
            (lambda table: [cell for cell in resting(table) if table[cell] > 0],),
            (own_cell_as_zero,),
        ],
        "surplus": [(lambda table: [*resting(table), (0, 1)],)],
    },
)

PLANTED = {"table_sizes": TABLE_SIZES, "reversal": REVERSAL, "resting_places": RESTING_PLACES}
