"""Right answers and planted wrong ones for the section's exercise 3."""

from itertools import combinations

import numpy as np

from marl_helpers.games import ADDITIVE, BOTH, COORDINATION, EITHER, MATCHING

SAME = np.eye(2)
CHAIN = SAME[:, :, None] + SAME[None]  # three agents: 1 agrees with 2, and 2 with 3
TRIANGLE = CHAIN + SAME[:, None]
LEADER = MATCHING[:, :, None] + np.array([0.0, 0.5])  # agent 3 adds its own part
PARITY = (np.indices((2, 2, 2)).sum(axis=0) % 2).astype(float)
MONOTONE = [[0, 1, 2], [0, 2, 5], [1, 4, 9]]


def answer(payoff, edges=((1, 2),), vdn=(), plays="tie"):
    return lambda: payoff, lambda: edges, lambda: vdn, lambda: plays


COORDINATION_GRAPH = (
    [
        answer(2 * MATCHING),
        answer((COORDINATION + 1).tolist(), [(2, 1)], [], "right"),
        answer(CHAIN, [(1, 2), (2, 3)]),
        answer(TRIANGLE, {(1, 2), (2, 3), (1, 3)}, plays="right"),
        answer(LEADER, [[1, 2]]),
        answer([[12, -30, 0], [-30, 7, 6], [0, 0, 5]], plays="wrong"),
    ],
    {
        "lecture's": [answer(MATCHING), answer(COORDINATION.tolist(), plays="right")],
        "additive": [answer(ADDITIVE), answer(np.add.outer(SAME[0], ADDITIVE))],
        "AND": [answer(BOTH), answer([[0, 3], [0, 0]])],
        "OR": [answer(EITHER), answer([[1, 1], [1, -2]])],
        "monotone": [answer(MONOTONE)],
        "three-way": [answer(PARITY, [(1, 2), (2, 3), (1, 3)]), answer(CHAIN + 0.1 * PARITY, [(1, 2), (2, 3)])],
        "numbered from 0": [answer(MATCHING, [(0, 1)])],
        "missing edge": [answer(CHAIN), answer(MATCHING, [])],
        "surplus edge": [answer(CHAIN, [(1, 2), (2, 3), (1, 3)]), answer(LEADER, [(1, 2), (2, 3)])],
        "edges for VDN": [answer(MATCHING, vdn=[(1, 2)]), answer(MATCHING, vdn=[(1, 2), (2, 3), (1, 3)])],
        "therefore wrong": [answer(COORDINATION, plays="wrong"), answer(MATCHING, plays="wrong")],
        "tie overlooked": [answer(MATCHING, plays="right")],
        "not that lucky": [
            answer([[11, -30, 0], [-30, 7, 6], [0, 0, 5]], plays="right"),
            answer(COORDINATION, plays="tie"),
        ],
    },
)


def pairs(table):
    return list(combinations(range(table.ndim), 2))


def square(table, i, j):
    """The table of two agents while the others play 0."""
    return table[tuple(slice(None) if k in (i, j) else 0 for k in range(table.ndim))]


def cross(part):
    return part[1:, 1:] - part[1:, :-1] - part[:-1, 1:] + part[:-1, :-1]


def where(rule):
    """Joins the agents for whose square the rule holds."""
    return lambda table: [(i + 1, j + 1) for i, j in pairs(table) if rule(square(table, i, j))]


def by_interaction(table):
    """What is left of the average over the others without its own averages."""
    found = set()
    for i, j in pairs(table):
        part = table.mean(axis=tuple(k for k in range(table.ndim) if k not in (i, j)))
        part = part - part.mean(0) - part.mean(1)[:, None] + part.mean()
        found |= {(j + 1, i + 1)} if abs(part).max() > 1e-6 else set()
    return found


def by_all_actions(table):
    def differs(i, j):
        moved = np.moveaxis(table, (i, j), (0, 1)).reshape(table.shape[i], table.shape[j], -1)
        return any(np.ptp(moved[a] - moved[b], axis=0).max() > 1e-9 for a in range(len(moved)) for b in range(a))

    return [[i + 1, j + 1] for i, j in pairs(table) if differs(i, j)]


def both_change_it(table):
    changes = [np.ptp(table, axis=k).max() > 1e-9 for k in range(table.ndim)]
    return [(i + 1, j + 1) for i, j in pairs(table) if changes[i] and changes[j]]


up_to_rounding = where(lambda part: abs(cross(part)).max() > 1e-9)

EDGES_NEEDED = (
    [(by_interaction,), (by_all_actions,), (up_to_rounding,)],
    {
        "no edges": [(lambda table: [],)],
        "all pairs": [(lambda table: [(i + 1, j + 1) for i, j in pairs(table)],)],
        "neighbours": [(lambda table: [(k, k + 1) for k in range(1, table.ndim)],)],
        "both matter": [(both_change_it,)],
        "numbered from 0": [(lambda table: [(i - 1, j - 1) for i, j in up_to_rounding(table)],)],
        "first square": [(where(lambda part: abs(cross(part)[0, 0]) > 1e-9),)],
        "one sign": [(where(lambda part: cross(part).max() > 1e-9),)],
        "rounding": [(where(lambda part: cross(part).any()),)],
        "four agents": [
            (lambda table: [edge for edge in up_to_rounding(table) if 4 not in edge],),
            (lambda table: up_to_rounding(table) if table.ndim < 4 else None,),
        ],
        "edge missing": [
            (where(lambda part: abs(cross(part)).max() > 0.25),),
            (where(lambda part: np.abs([cross(part)[0, 0], cross(part)[-1, -1]]).max() > 1e-9),),
        ],
        "edge too many": [(lambda table: [(1, 2), *up_to_rounding(table)],)],
    },
)

PLANTED = {"coordination_graph": COORDINATION_GRAPH, "edges_needed": EDGES_NEEDED}
