"""Right answers and planted wrong ones for the section's exercise 3."""

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
        answer(MATCHING),
        answer(COORDINATION.tolist(), [(2, 1)], [], "right"),
        answer(CHAIN, [(1, 2), (2, 3)]),
        answer(TRIANGLE, {(1, 2), (2, 3), (1, 3)}, plays="right"),
        answer(LEADER, [[1, 2]]),
        answer([[11, -30, 0], [-30, 7, 6], [0, 0, 5]], plays="wrong"),
    ],
    {
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

PLANTED = {"coordination_graph": COORDINATION_GRAPH}
