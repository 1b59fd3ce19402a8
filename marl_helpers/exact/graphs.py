"""Coordination graphs: a team value that is a sum of one part for each agent and one for each edge.

Q(a) = sum_i f_i(a_i) + sum_ij f_ij(a_i, a_j), the second sum over the edges of a graph whose nodes are the agents
(Guestrin et al. 2002). Without edges it is a sum of utilities, which is VDN's class. `max_plus` and `eliminate` find
its maximiser; `exact.graph` is the best fit of a graph to a table. Agents are numbered from 0, as axes are.
"""

from collections.abc import Iterable, Sequence
from itertools import combinations

import numpy as np

from marl_helpers.basics import arguments
from marl_helpers.basics.rounding import steady
from marl_helpers.exact.edges import Edge, Graph, chain, complete, is_forest, listed, ring
from marl_helpers.exact.maximisers import MaxPlus, eliminate, max_plus
from marl_helpers.exact.membership import Check, negligible
from marl_helpers.exact.rankings import TooMuchWork
from marl_helpers.games import validate

__all__ = ["Graph", "MaxPlus", "chain", "complete", "decompose", "eliminate", "interaction", "is_forest"]
__all__ += ["is_representable", "listed", "max_plus", "needed", "ring"]

MOST_ENTRIES = 1e8  # of a table, counted once for each set of agents that is_representable looks at


def interaction(table: np.ndarray, agents: Sequence[int]) -> np.ndarray:
    """The part of a table that depends on exactly these agents (axes) together, with an axis of size 1 for the others.

    The analysis of variance under uniform weights: take the mean over everyone else, then remove from it, agent by
    agent, what does not change with that agent. Raises TableError for a bad table, ValueError for what are no agents.
    """
    table = validate(table)
    remedy = f"different agents, numbered from 0 to {table.ndim - 1}, such as (0, 1)"
    listed_ = arguments.several(remedy, 0, agents=agents)
    which = [arguments.place(table.ndim, "agents", agents=one) for one in listed_]
    return _interaction(table, which) if len({*which}) == len(which) else arguments.refuse("agents", agents, remedy)


def _interaction(table: np.ndarray, agents: Sequence[int]) -> np.ndarray:
    part = table.mean(axis=tuple(i for i in range(table.ndim) if i not in agents), keepdims=True)
    for agent in agents:
        part = part - part.mean(axis=agent, keepdims=True)
    return part


def needed(table) -> tuple[Edge, ...]:
    """The edges that a graph must have to fit the table as well as the complete one does."""
    table = validate(table)
    return tuple(edge for edge in complete(table.ndim) if _matters(table, edge))


def is_representable(table, edges: Iterable[Edge] | None = None) -> Check:
    """Is the table the value of some graph with these edges (all pairs by default)?

    Witness: the agents, from 0, of a part that the graph has no place for; a pair where one is missing. Raises
    TableError for a bad table, ValueError for bad edges and TooMuchWork where sets of agents times cells exceed
    MOST_ENTRIES, as for 14 agents with two actions each.
    """
    table = validate(table)
    edges = complete(table.ndim) if edges is None else listed(edges, table.ndim)
    if 2.0**table.ndim * table.size > MOST_ENTRIES:
        raise TooMuchWork(
            f"a table of shape {table.shape} has {2**table.ndim} sets of agents and {table.size} cells, in all "
            f"{2.0**table.ndim * table.size:.1e} entries to look at where {MOST_ENTRIES:.0e} is the limit: take fewer "
            "agents or actions, or needed, which looks at pairs only"
        )
    for size in range(2, table.ndim + 1):
        for agents in combinations(range(table.ndim), size):
            if agents not in edges and _matters(table, agents):
                largest = np.abs(_interaction(table, agents)).max()
                names = ", ".join(str(i + 1) for i in agents[:-1]) + f" and {agents[-1] + 1}"
                lacks = "both, and no edge joins them" if size == 2 else "all of them, and an edge joins only two"
                reason = f"agents {names} have a part of up to {steady(largest):.4g} that depends on {lacks}"
                return Check(False, reason, agents)
    return Check(True, "every part depends on one agent, or on two with an edge")


def decompose(table, edges: Iterable[Edge] | None = None) -> Graph:
    """The parts of the graph with these edges (all pairs by default) that fits a table best, for n agents.

    They are the table's interactions, which under uniform weights are orthogonal: an edge more leaves the other parts
    as they are. Parts could be moved between an edge and its agents without changing their sum. Here each edge's part
    has mean 0 over either agent's actions, and the agents' parts share the table's mean equally.
    Raises TableError for a bad table and ValueError for bad edges.
    """
    table = validate(table)
    edges = complete(table.ndim) if edges is None else listed(edges, table.ndim)
    share = table.mean() / table.ndim
    singles = [_interaction(table, (i,)).ravel() + share for i in range(table.ndim)]
    pairs = {(i, j): _interaction(table, (i, j)).reshape(table.shape[i], table.shape[j]) for i, j in edges}
    return Graph(singles, pairs)


def _matters(table: np.ndarray, agents: Sequence[int]) -> bool:
    part = _interaction(table - table.min(), agents)  # a sum of 2^|agents| averages of entries
    return bool(np.abs(part).max() > negligible(table, 2 ** len(agents)))
