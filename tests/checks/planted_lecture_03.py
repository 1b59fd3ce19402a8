"""Right answers and planted wrong ones for the exercises of lecture 03."""

from itertools import product

import numpy as np


def own_maximisers(utilities):
    return product(*(np.flatnonzero(u == u.max()) for u in utilities))


def by_cells(utilities, team):
    return all(team[cell] == team.max() for cell in own_maximisers(utilities))


def by_index(utilities, team):
    """The sub-table of the agents' own maximisers is constant at the maximum."""
    return bool((team[np.ix_(*(np.asarray(u) >= max(u) for u in utilities))] == team.max()).all())


def first(utilities, team):
    return team[tuple(u.argmax() for u in utilities)] == team.max()


def best(team):
    return {tuple(cell) for cell in np.argwhere(team == team.max())}


def firsts_agree(utilities, team):
    return bool(team.argmax() == np.ravel_multi_index([u.argmax() for u in utilities], team.shape))


def two_only(utilities, team):
    first, second = utilities
    return by_cells([first, second], team)


def pairs_only(utilities, team):
    return by_cells(utilities, team) if team.ndim == 2 else first(utilities, team)


def greedy_worth(utilities, team, read=lambda x: x):
    chosen = [np.flatnonzero(read(u) == read(u).max()) for u in utilities]
    return all(read(team)[cell] == read(team).max() for cell in product(*chosen))


def best_from_zero(utilities, team):
    """Its running maximum begins at 0."""
    best = 0
    for value in team.flat:
        best = max(best, value)
    return all(team[cell] == best for cell in own_maximisers(utilities))


def ties_but(agent):
    """Takes only the first maximiser of one agent of three."""

    def igm(utilities, team):
        own = [np.flatnonzero(u == u.max()) for u in utilities]
        if len(own) == 3:
            own[agent] = own[agent][:1]
        return all(team[cell] == team.max() for cell in product(*own))

    return igm


def with_slack(utilities, team):
    return all(team[cell] >= team.max() - 0.3 for cell in own_maximisers(utilities))


IGM_HOLDS = (
    [
        (by_cells,),
        (by_index,),
        (lambda utilities, team: np.array(by_cells(utilities, team)),),
        (lambda utilities, team: int(by_cells(utilities, team)),),
        (lambda utilities, team: set(own_maximisers(utilities)) <= best(team),),
    ],
    {
        "always": [(lambda utilities, team: True,), (lambda utilities, team: False,)],
        "first argmax": [(first,), (lambda utilities, team: bool(first(utilities, team)) * 1,)],
        "equality": [(lambda utilities, team: set(own_maximisers(utilities)) == best(team),)],
        "some choice": [(lambda utilities, team: bool(set(own_maximisers(utilities)) & best(team)),)],
        "wrong way round": [(lambda utilities, team: best(team) <= set(own_maximisers(utilities)),)],
        "team only": [(firsts_agree,)],
        "two agents": [(two_only,), (pairs_only,), *((ties_but(agent),) for agent in range(3))],
        "other answer": [
            (lambda utilities, team: not by_cells(utilities, team),),
            (best_from_zero,),
            (with_slack,),
            (lambda utilities, team: greedy_worth(utilities, team, np.abs),),
            (lambda utilities, team: greedy_worth(utilities, team, np.trunc),),
        ],
    },
)


def level(mixer, q1=(0, 1, 2), q2=(0, 1, 2)):
    return mixer, lambda: (q1, q2)


MORE_MAXIMISERS = (
    [
        level(lambda a, b: min(a, b, 1)),
        level(lambda a, b: 7, [0, 1], np.array([3.0, 2.0])),
        level(lambda a, b: a),
        level(lambda a, b: max(0, a + b - 10), (4, 1), (0, 2, 1)),
        level(lambda a, b: min(a + b, -5), (-4, -1.5), (-4, -1)),
    ],
    {
        "one action": [level(lambda a, b: 0, [1], [0, 1])],
        "too large": [level(lambda a, b: np.tanh(a + b), [0, 10], [0, 20])],
        "own tie": [level(lambda a, b: a + b, [1, 1], [0, 1]), level(lambda a, b: a + b, [0, 1], [2, 0, 2])],
        "falls": [level(lambda a, b: a - b), level(lambda a, b: -1e-10 * (a + b)), level(lambda a, b: -abs(a - 1))],
        "falls between": [
            level(lambda a, b: np.sin(2 * np.pi * a)),
            level(lambda a, b: np.sin(80 * np.pi * a)),
            level(lambda a, b: min(a + b, 1) - 3 * (0.48 < a < 0.54)),
            level(lambda a, b: min(a * b, 1)),
            level(lambda a, b: abs(a), [0, 1], [0, 1]),
        ],
        "tie below": [level(min)],
        "single maximum": [
            level(lambda a, b: 2 * a + 3 * b),
            level(lambda a, b: a + 1e-10 * b, [0, 1], [0, 1]),
            level(lambda a, b: 1000 + a + 5e-7 * b, [0, 1], [0, 1]),
        ],
    },
)


def data(table, weights):
    return (lambda: {"table": table, "weights": weights},)


EFFORT = [[0, 0, 0], [0, 1, 2]]
THREE = [[1, 1, 1], [1, 2, 2], [2, 2, 3]]

MISLEADING_DATA = (
    [
        data(EFFORT, [[20, 1, 5], [20, 1, 1]]),
        data(np.flip(EFFORT), np.flip([[20, 1, 5], [20, 1, 1]]) / 70),
        data(np.add(EFFORT, 100), [[20, 1, 5], [20, 1, 1]]),
        data(THREE, [[20, 20, 20], [20, 20, 1], [20, 5, 5]]),
    ],
    {
        "negative": [data(EFFORT, [[20, 1, 5], [20, 1, -1]])],
        "unseen": [data(EFFORT, [[20, 1, 5], [20, 1, 0]])],
        "not monotone": [data([[3, 0, 0], [0, 1, 2]], [[20, 1, 5], [20, 1, 1]])],
        "additive": [data([[0, 1, 2], [1, 2, 3]], [[20, 1, 5], [20, 1, 1]])],
        "product": [data(EFFORT, [[1, 2, 3], [2, 4, 6]]), data(THREE, np.ones((3, 3)))],
        "two by two": [data([[0, 0], [0, 1]], [[9, 1], [9, 9]])],
        "ties": [data(EFFORT, [[2, 1, 5], [10, 5, 1]])],
        "too mild": [data([[0, 0, 0], [0, 2, 3]], [[1, 1, 10], [10, 1, 1]])],
        "sum is right": [data(EFFORT, [[1, 1, 1], [1, 1, 9]])],
    },
)

PLANTED = {"igm_holds": IGM_HOLDS, "more_maximisers": MORE_MAXIMISERS, "misleading_data": MISLEADING_DATA}
