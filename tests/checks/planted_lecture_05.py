"""Right answers and planted wrong ones for the exercises of lecture 05."""

from itertools import combinations

import numpy as np

from marl_helpers import exact
from marl_helpers.games import CLIMBING, COORDINATION, HANDS, MEETING


def cross(table):
    return np.diff(np.diff(table, axis=0), axis=1)


def by_neighbours(table):
    return cross(table).min() > -1e-9


def by_all_pairs(table):
    rows, columns = (list(combinations(range(size), 2)) for size in table.shape)
    return all(table[d, f] - table[c, f] >= table[d, e] - table[c, e] - 1e-9 for c, d in rows for e, f in columns)


def ends(table):
    return table[-1, -1] + table[0, 0] - table[0, -1] - table[-1, 0]


def first_row(table):
    return by_neighbours(table[:2])


def exactly(table):
    rows, columns = (range(size - 1) for size in table.shape)
    return all(table[i + 1, j + 1] - table[i, j + 1] >= table[i + 1, j] - table[i, j] for i in rows for j in columns)


QMIX_HOLDS = (
    [
        (by_neighbours,),
        (by_all_pairs,),
        (lambda table: exact.convex(table).mse < 1e-7,),
        (lambda table: bool(exact.is_supermodular(table)) * 1,),
        (lambda table: (cross(np.round(table * 10)) >= 0).all(),),
    ],
    {
        "always": [(lambda table: True,), (lambda table: bool(exact.is_monotone(table)),), (lambda table: 0,)],
        "corners": [(lambda table: ends(table) > -1e-9,), (lambda table: cross(table).mean() > -1e-9,)],
        "first square": [(lambda table: ends(table[:2, :2]) > -1e-9,)],
        "sum": [(lambda table: bool(exact.is_additive(table)),)],
        "sign": [(lambda table: cross(table).max() < 1e-9,)],
        "strict": [(lambda table: cross(table).min() > 1e-9,)],
        "one agent": [(lambda table: all(np.diff(table, 2, k).min(initial=0) > -1e-9 for k in (0, 1)),)],
        "some": [(lambda table: cross(table).max() > -1e-9,)],
        "rounding": [(exactly,), (lambda table: cross(table).min() >= 0,)],
        "other answer": [(first_row,), (lambda table: not by_neighbours(table),)],
    },
)


def trap(table, cell, leaves):
    return (lambda: {"table": table, "cell": cell, "leaves": leaves},)


UNEQUAL = [[10, 0], [0, 1]]  # (1, 1) is left at 2/11 by both agents
TWO_STEPS = [[10, 1], [2, 3]]  # agent 1 leaves (1, 1) at 2/5, agent 2 at 1/5

DATA_TRAP = (
    [
        trap(UNEQUAL, (1, 1), 2 / 11),
        trap(np.array(UNEQUAL) - 50.0, [1, 1], 0.182),
        trap(TWO_STEPS, (1, 1), 0.2),
        trap([[4, 0, 0], [0, 0, 0], [0, 0, 1.0]], (2, 2), 1 / 2),
        trap([[0, 0, 20], [0, 3, 0]], (1, 1), 6 / 23),
        trap([[5, 6, 6], [11, 2, 5]], (0, 2), 2 / 7),  # against row 0 agent 2's actions 1 and 2 earn the same
        trap([[2, 8, 6], [0, 7, 8], [3, 0, 0]], (2, 0), 0.187),  # at 0.1875
    ],
    {
        "class": [trap(COORDINATION, (0, 0), 0.5), trap(CLIMBING, (1, 1), 0.5)],
        "class ties": [trap([[1, 0], [0, 1]], (1, 1), 0.5)],
        "optimum named": [trap(UNEQUAL, (0, 0), 1)],
        "gains by leaving": [trap(UNEQUAL, (0, 1), 0), trap([[10, 0, 0], [0, 1, 1]], (1, 1), 0.1)],
        "percent": [trap(UNEQUAL, (1, 1), 18.2)],
        "leaves early": [trap([[100, 0], [0, 1]], (1, 1), 0.02)],
        "too good": [trap([[10, 0], [0, 7]], (1, 1), 0.8)],
        "share": [trap(UNEQUAL, (1, 1), 1 / 11), trap(TWO_STEPS, (1, 1), 0.1)],
        "other agent": [trap(TWO_STEPS, (1, 1), 0.4)],
        "too early": [trap(UNEQUAL, (1, 1), 0.1), trap(UNEQUAL, (1, 1), 0.18)],
        "too late": [trap(UNEQUAL, (1, 1), 0.5), trap(UNEQUAL, (1, 1), 1)],
    },
)


def loss(table, edge):
    return (lambda: {"table": table, "edge": edge},)


LOST = [[[6, 3], [2, 4]], [[8, 9], [1, 5]]]
THIRD = np.array(LOST).transpose(1, 2, 0)  # agents 2 and 3 become 1 and 2

EDGE_LOSES = (
    [
        loss(LOST, (1, 2)),
        loss(np.array(LOST) / 2 - 10, [2, 1]),
        loss(THIRD, (0, 1)),
        loss([[[1, 0], [2, 6]], [[5, 2], [9, 7]]], (np.int64(1), 2)),
        loss([[[1, 0], [2, 6], [0, 0]], [[5, 2], [9, 7], [3, 0]]], (1, 2)),
    ],
    {
        "not three": [loss([[0, 1], [1, 2]], (0, 1)), loss(np.zeros((2, 2, 2, 2)), (0, 1))],
        "sum loses": [loss([[[8, 1], [7, 6]], [[4, 3], [8, 5]]], (0, 1))],
        "sum ties": [loss(MEETING, (0, 1))],
        "numbered from 1": [loss(THIRD, (1, 2))],
        "not needed": [loss(np.arange(8).reshape(2, 2, 2), (0, 1))],
        "edge is right": [loss(HANDS, (0, 1)), loss(LOST, (0, 1))],
        "edge ties": [loss([[[3, 4], [0, 2]], [[2, 1], [2, 2]]], (1, 2))],
        "pairs lose": [loss([[[2, 2], [3, 4]], [[0, 4], [2, 1]]], (1, 2))],
        "pairs tie": [loss([[[2, 8], [4, 7]], [[4, 2], [1, 0]]], (0, 1))],
    },
)

PLANTED = {"qmix_holds": QMIX_HOLDS, "data_trap": DATA_TRAP, "edge_loses": EDGE_LOSES}
