"""Right answers and planted wrong ones for the exercises of lecture 04."""

import numpy as np

from marl_helpers.games import ADDITIVE, COORDINATION, MATCHING


def places(additive, monotone, vdn):
    return (lambda: {"additive": additive, "monotone": monotone, "VDN": vdn},)


PATH_PLACES = (
    [places(0, 1 / 6, 6 / 11), places(0.0, 0.167, 0.545), places(np.float64(0), 0.16667, np.float32(6 / 11))],
    {
        "additive": [places(1 / 6, 1 / 6, 6 / 11), places(1, 1 / 6, 6 / 11)],
        "outside": [places(0, -1 / 6, 6 / 11), places(0, 1 / 6, 2)],
        "exchanged": [places(0, 6 / 11, 1 / 6)],
        "mirrored": [places(0, 5 / 6, 6 / 11), places(0, 1 / 6, 5 / 11)],
        "grid point": [places(0, 0.15, 6 / 11), places(0, 1 / 6, 0.55)],
        "monotone too early": [places(0, 0, 6 / 11)],
        "monotone too late": [places(0, 1 / 5, 6 / 11), places(0, 1 / 4, 6 / 11)],
        "VDN by its error": [places(0, 1 / 6, 0)],
        "VDN too early": [places(0, 1 / 6, 1 / 6)],
        "VDN too late": [places(0, 1 / 6, 3 / 4), places(0, 1 / 6, 1)],
    },
)


def lines(first, second):
    """For each agent: how far the best cell's average is ahead of every other average, at both ends."""
    cell = np.unravel_index(first.argmax(), first.shape)
    for axis, action in enumerate(cell):
        averages = [game.mean(axis=1 - axis) for game in (first, second)]
        yield [np.delete(a[action] - a, action) for a in averages]


def crossings(first, second):
    return [s / (s - e) for start, end in lines(first, second) for s, e in zip(start, end) if e < 0]


def formula(first, second):
    return min(crossings(first, second))


def by_sums(first, second):
    """Sums in place of averages, and a ratio of what is lost."""
    worst = 0
    for axis, action in enumerate(np.argwhere(first == first.max())[0]):
        start, end = (np.delete(t.sum(1 - axis)[action] - t.sum(1 - axis), action) for t in (first, second))
        worst = max(worst, ((start - end) / start).max())
    return 1 / worst


def by_bisection(first, second):
    low, high = 0.0, 1.0
    while high - low > 1e-9:
        middle = (low + high) / 2
        ahead = [(1 - middle) * start + middle * end for start, end in lines(first, second)]
        low, high = (middle, high) if min(map(min, ahead)) > 0 else (low, middle)
    return low


def one_agent(which):
    def boundary(first, second):
        start, end = list(lines(first, second))[which]
        return min(s / (s - e) for s, e in zip(start, end) if e < 0)

    return boundary


def final_rival(first, second):
    found = []
    for start, end in lines(first, second):
        k = end.argmin()
        found += [start[k] / (start[k] - end[k])] if end[k] < 0 else []
    return min(found)


def first_rival(first, second):
    pairs = [(start, end, start.argmin()) for start, end in lines(first, second)]
    return min(start[k] / (start[k] - end[k]) for start, end, k in pairs if end[k] < 0)


def any_lead(first, second):
    return min(s / (s - e) for start, end in lines(first, second) for s, e in zip(start, end) if abs(s - e) > 1e-9)


def last_actions(first, second):
    found = []
    for axis in (1, 0):
        start, end = (game.mean(axis)[-1] - game.mean(axis)[:-1] for game in (first, second))
        found += [s / (s - e) for s, e in zip(start, end) if abs(s - e) > 1e-9]
    return min(found)


BOUNDARY_FORMULA = (
    [(formula,), (by_sums,), (by_bisection,)],
    {
        "rows only": [(one_agent(0),)],
        "columns only": [(one_agent(1),)],
        "last crossing": [(lambda first, second: max(crossings(first, second)),)],
        "final rival": [(final_rival,)],
        "first rival": [(first_rival,)],
        "growing lead": [(any_lead,)],
        "corner": [(last_actions,)],
        "mirrored": [(lambda first, second: 1 - formula(first, second),)],
        "grid": [(lambda first, second: round(formula(first, second), 2),)],
        "one path": [(lambda first, second: 6 / 7,)],
        "too early": [(lambda first, second: formula(first, second) / 2,)],
        "too late": [(lambda first, second: (1 + formula(first, second)) / 2,)],
    },
)


def ends(first, second):
    return (lambda: (first, second),)


SAFE = [[5, 4], [1, 0]]

LOST_HALF_WAY = (
    [
        ends(SAFE, [[1, 1], [2, 6]]),
        ends(np.array([[0, 0], [4, 6]]), np.array([[0, 2], [3, 0]])),
        ends([[6, 6], [0, 0]], [[0, 4], [5, 0]]),
    ],
    {
        "end lost": [ends(COORDINATION, ADDITIVE), ends(ADDITIVE, COORDINATION)],
        "end ties": [ends(MATCHING, SAFE)],
        "additive": [ends([[0, 1], [1, 2]], [[3, 2], [1, 0]])],
        "same cell": [ends([[9, 0], [0, 3]], [[5, 1], [0, 3]])],
        "middle ties": [ends([[0, 0], [0, 1]], [[0, 1], [2, 0]])],
        "middle right": [ends(SAFE, [[0, 0], [0, 30]])],
    },
)

PLANTED = {"path_places": PATH_PLACES, "boundary_formula": BOUNDARY_FORMULA, "lost_half_way": LOST_HALF_WAY}
