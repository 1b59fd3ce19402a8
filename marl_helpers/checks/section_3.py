"""Check of the section's exercise 3: coordination graphs, and a payoff beyond every monotone mixer."""

from collections.abc import Callable
from numbers import Integral

import numpy as np

from marl_helpers import exact, graphs
from marl_helpers.checks.exercise import Mistake, call, exercise
from marl_helpers.checks.reading import items, table, unreadable, word

WORDS = {"yes": "right", "no": "wrong", "tie": "tie"}


@exercise(
    "section-3-graphs",
    "A payoff for a pairwise graph only",
    {
        "additive": "Your payoff is a sum of one part for each agent, which every method here can represent.",
        "AND": "Your payoff is an AND: it pays only where everyone does its part. Raising an agent's value never "
        "hurts there, so a monotone mixer represents it.",
        "OR": "Your payoff is an OR: one agent suffices. QMIX with its convex activations cannot represent that, but "
        "a monotone mixer can.",
        "monotone": "Your payoff is monotone: each agent has one ranking of its actions that is valid whatever the "
        "others play. Let the ranking reverse.",
        "three-way": "Your payoff has a part that depends on three agents at once (as parity has), so no graph with "
        "pairwise edges represents it.",
        "numbered from 0": "Number the agents from 1.",
        "missing edge": "Your payoff needs an edge that is not in your list: two agents whose choices change the "
        "worth of each other's.",
        "surplus edge": "One of your edges joins agents {edge}, but whatever one of them plays, the other's choice is "
        "worth the same. It needs no edge.",
        "edges for VDN": "With an edge the graph may hold a part that depends on two agents at once. Can a sum?",
        "therefore wrong": "The best monotone fit has an error, but it does not play as wrongly as you say. Compare "
        "exact.monotone(...).greedy with the best cells.",
        "tie overlooked": "The best monotone fit has more than one greedy joint action, and they do not earn the same.",
        "not that lucky": "The best monotone fit does not play what you say. Compare exact.monotone(...).greedy with "
        "the best cells.",
    },
)
def coordination_graph(payoff: Callable, edges: Callable, edges_for_vdn: Callable, best_monotone: Callable) -> str:
    """payoff(): a table, one axis for each of two or three agents. edges(): the edges that its graph needs.

    An edge is a pair of agents, such as (1, 2). edges_for_vdn(): the edges that a three-agent task may need while VDN
    still represents it. best_monotone(): what the greedy team of the best monotone fit to your payoff is: "right",
    "wrong", or "tie" where only some of its greedy joint actions are right.
    """
    given = table(call(payoff), "payoff")
    if given.ndim > 3:
        unreadable(f"The payoff has {given.ndim} agents: give a table of two or three.")
    needed = {(i + 1, j + 1) for i, j in graphs.needed(given)}
    _check_class(given, needed)
    _check_edges(_edges(call(edges), "edges", given.ndim), needed)
    if _edges(call(edges_for_vdn), "edges_for_vdn", 3):
        raise Mistake("edges for VDN")
    claimed = word(call(best_monotone), "best_monotone", tuple(WORDS.values()))
    try:
        found = WORDS[exact.monotone(given).finds_optimum]
    except exact.TooMuchWork:
        unreadable(f"A payoff of shape {given.shape} is too large to be judged: give the agents fewer actions.")
    if claimed != found:
        kinds = {("wrong", "right"): "therefore wrong", ("wrong", "tie"): "therefore wrong"}
        kind = "tie overlooked" if (claimed, found) == ("right", "tie") else "not that lucky"
        raise Mistake(kinds.get((claimed, found), kind))
    reversal = exact.is_monotone(given).witness
    return f"No monotone mixer holds it: agent {reversal.agent + 1}'s ranking reverses. A pairwise graph does."


def _check_class(given: np.ndarray, needed: set[graphs.Edge]) -> None:
    if not graphs.is_representable(given):
        raise Mistake("three-way")
    if not needed:
        raise Mistake("additive")
    if exact.is_monotone(given):
        two_values = len(np.unique(given)) == 2
        if two_values and (given == given.max()).sum() == 1:
            raise Mistake("AND")
        raise Mistake("OR" if two_values and (given == given.min()).sum() == 1 else "monotone")


def _edges(value, name: str, agents: int) -> set[graphs.Edge]:
    listed = [tuple(items(edge, f"an edge of {name}")) for edge in items(value, name)]
    if any(len(edge) != 2 or not all(isinstance(agent, Integral) for agent in edge) for edge in listed):
        unreadable(f"{name} returned {value!r:.60}: give a list of pairs of agents, such as [(1, 2)].")
    if any(0 in edge for edge in listed):
        raise Mistake("numbered from 0")
    if any(not 1 <= agent <= agents for edge in listed for agent in edge) or any(a == b for a, b in listed):
        unreadable(f"{name} returned {value!r:.60}: an edge joins two different agents of 1 to {agents}.")
    return {(int(min(edge)), int(max(edge))) for edge in listed}


def _check_edges(given: set[graphs.Edge], needed: set[graphs.Edge]) -> None:
    if needed - given:
        raise Mistake("missing edge")
    if surplus := given - needed:
        raise Mistake("surplus edge", edge=" and ".join(map(str, min(surplus))))
