"""Right answers and planted wrong ones for the exercises of lecture 02."""

from fractions import Fraction

import numpy as np

from marl_helpers.games import BOTH, MATCHING


def game(table, plays):
    return (lambda: {"table": table, "plays": plays},)


SUM_LOSES = (
    [
        game([[0, 2], [3, 2]], (1, 1)),
        game(np.array([[2, 0], [5, 6]]), [1, 0]),
        game([[0, 2], [2, 1]], (1, 1)),  # two best cells
        game([[Fraction(0), Fraction(1, 2)], [Fraction(3, 4), Fraction(1, 2)]], (1, 1)),
        game([[-1.5, 0.5], [1.5, 0.5]], np.array([1, 1])),
    ],
    {
        "additive": [game([[0, 1], [1, 2]], (1, 1))],
        "monotone": [game(BOTH, (1, 1)), game([[1, 1], [1, 0]], (0, 0))],
        "sum is right": [game([[0, 2], [5, 2]], (1, 0)), game([[5, 1], [0, 3]], (0, 0))],
        "sum ties": [game(MATCHING, (0, 0))],
        "both lose": [game([[3, 3], [0, 4]], (0, 1))],
        "optimum named": [game([[0, 2], [3, 2]], (1, 0))],
        "swapped": [game([[2, 0], [1, 2]], (0, 1))],
        "other cell": [game([[0, 2], [3, 2]], (0, 0))],
    },
)


def by_averages(table, cell):
    a, b = cell
    rows, columns = table.shape
    beat_rows = max(table[r].mean() for r in range(rows) if r != a) * columns
    beat_columns = max(table[:, c].mean() for c in range(columns) if c != b) * rows
    return max(beat_rows - np.delete(table[a], b).sum(), beat_columns - np.delete(table[:, b], a).sum())


def by_zero(table, cell):
    """Set the entry to 0: what its row and its column then lack."""
    empty = table.copy()
    empty[cell] = 0
    lacks = [empty.sum(axis=1 - axis) - empty.sum(axis=1 - axis)[cell[axis]] for axis in (0, 1)]
    return max(np.delete(lack, place).max() for lack, place in zip(lacks, cell))


def rivals(table, cell):
    a, b = cell
    rows = [table[r].sum() - np.delete(table[a], b).sum() for r in range(len(table)) if r != a]
    columns = [table[:, c].sum() - np.delete(table[:, b], a).sum() for c in range(len(table[0])) if c != b]
    return rows, columns


def own_line_too(table, cell):
    """The largest row and column of all, the peak's own included."""
    a, b = cell
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    return rows.max() - np.delete(table[a], b).sum(), columns.max() - np.delete(table[:, b], a).sum()


def best_average(table, cell):
    rows, columns = table.mean(axis=1), table.mean(axis=0)
    return max([*np.delete(rows, cell[0]), *np.delete(columns, cell[1])])


PEAK_NEEDED = (
    [(by_averages,), (by_zero,), (lambda table, cell: np.float32(by_zero(table, cell)),)],
    {
        "rows only": [(lambda table, cell: max(rivals(table, cell)[0]),)],
        "columns only": [(lambda table, cell: max(rivals(table, cell)[1]),)],
        "weakest rival": [(lambda table, cell: min(min(own) for own in rivals(table, cell)),)],
        "one agent suffices": [(lambda table, cell: min(map(max, rivals(table, cell))),)],
        "by how much": [(lambda table, cell: by_zero(table, cell) - table[cell],)],
        "average": [(best_average,)],
        "largest entry": [(lambda table, cell: max(value for c, value in np.ndenumerate(table) if c != cell),)],
        "too low": [(lambda table, cell: 9,)],
        "too high": [
            (lambda table, cell: max(own_line_too(table, cell)),),
            (lambda table, cell: max(max(rivals(table, cell)[0]), own_line_too(table, cell)[1]),),
            (lambda table, cell: 1000,),
            (lambda table, cell: max(0, by_zero(table, cell)),),
        ],
    },
)

PLANTED = {"sum_loses": SUM_LOSES, "peak_needed": PEAK_NEEDED}
