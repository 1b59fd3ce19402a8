"""Coordination graphs: a team value that is a sum of one part for each agent and one for each edge.

Q(a) = sum_i f_i(a_i) + sum_ij f_ij(a_i, a_j), the second sum over the edges of a graph whose nodes are the agents
(Guestrin et al. 2002). Without edges it is a sum of utilities, which is VDN's class. `max_plus` and `eliminate` find
its maximiser; `exact.graph` is the best fit of a graph to a table. Agents are numbered from 0, as axes are.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from marl_helpers.games import Cell, validate
from marl_helpers.maximisers import Edge, MaxPlus, eliminate, max_plus
from marl_helpers.membership import Check, negligible
from marl_helpers.rankings import TooMuchWork

__all__ = ["Graph", "MaxPlus", "chain", "complete", "decompose", "eliminate", "interaction", "is_forest"]
__all__ += ["is_representable", "listed", "max_plus", "needed", "ring"]

MOST_ENTRIES = 1e8  # of a table, counted once for each set of agents that is_representable looks at


def chain(n_agents: int) -> tuple[Edge, ...]:
    """Each agent and the next: a tree."""
    return tuple(pairwise(range(n_agents)))


def ring(n_agents: int) -> tuple[Edge, ...]:
    """A chain whose last agent joins the first: a loop from three agents on."""
    return listed([*chain(n_agents), (n_agents - 1, 0)], n_agents)


def complete(n_agents: int) -> tuple[Edge, ...]:
    """Every pair of agents."""
    return tuple(combinations(range(n_agents), 2))


def listed(edges: Iterable[Edge], n_agents: int) -> tuple[Edge, ...]:
    """The edges in order, each once and with the lower agent first; raises ValueError for what is no edge."""
    found = set()
    for edge in edges:
        edge = edge.tolist() if isinstance(edge, np.ndarray) else edge
        pair = tuple(edge) if isinstance(edge, list | tuple) else ()
        if len(pair) != 2 or not all(_counts(i, n_agents) for i in pair) or pair[0] == pair[1]:
            raise ValueError(
                f"edges holds {edge!r}: give pairs of different agents, numbered from 0 to {n_agents - 1}, like (0, 1)"
            )
        found.add((int(min(pair)), int(max(pair))))
    return tuple(sorted(found))


def is_forest(edges: Sequence[Edge], n_agents: int) -> bool:
    """Whether the graph has no loop; edges as `listed` returns them."""
    ends = np.array(edges, dtype=int).reshape(-1, 2).T
    parts, _ = connected_components(coo_array((np.ones(len(edges)), ends), shape=(n_agents, n_agents)), directed=False)
    return len(edges) == n_agents - parts


def _counts(value, below: int) -> bool:
    """Whether the value is a whole number from 0 to `below` - 1."""
    return isinstance(value, int | np.integer) and 0 <= value < below


@dataclass(frozen=True, eq=False)
class Graph:
    """The parts of a team value.

    singles: for each of n agents an array of shape (|A_i|,), so that agents without edges have a part too. pairs: edge
    (i, j) with i < j -> array of shape (|A_i|, |A_j|). Raises ValueError for arrays of other shapes and for numbers
    that are not finite.
    """

    singles: Sequence[np.ndarray]
    pairs: Mapping[Edge, np.ndarray]

    def __post_init__(self):
        singles = tuple(np.asarray(part, float) for part in self.singles)
        pairs = {edge: np.asarray(part, float) for edge, part in self.pairs.items()}
        if listed(pairs, len(singles)) != tuple(sorted(pairs)):
            raise ValueError(f"pairs has edges {list(pairs)}: name each with the lower agent first")
        if any(part.ndim != 1 or not part.size for part in singles):
            raise ValueError("singles holds an array that is not one-dimensional: give one number for each action")
        for i, j in pairs:
            if pairs[i, j].shape != (singles[i].size, singles[j].size):
                raise ValueError(
                    f"the part of edge ({i}, {j}) has shape {pairs[i, j].shape}: give one of shape "
                    f"({singles[i].size}, {singles[j].size}), a number for each two actions of the agents {i} and {j}"
                )
        for agents, part in [*enumerate(singles), *pairs.items()]:
            if not np.isfinite(part).all():
                raise ValueError(f"the part of {agents} holds {part[~np.isfinite(part)][0]}: give finite numbers")
        object.__setattr__(self, "singles", singles)
        object.__setattr__(self, "pairs", pairs)

    @property
    def shape(self) -> tuple[int, ...]:
        """Each agent's number of actions."""
        return tuple(part.size for part in self.singles)

    def value(self, cell: Cell) -> float:
        """The team value of one joint action; raises ValueError for what is none."""
        if len(cell) != len(self.singles) or not all(map(_counts, cell, self.shape)):
            raise ValueError(f"cell is {cell}: give each agent's action, counted from 0, of as many as {self.shape}")
        own = sum(part[a] for part, a in zip(self.singles, cell))
        return float(own + sum(part[cell[i], cell[j]] for (i, j), part in self.pairs.items()))

    def table(self) -> np.ndarray:
        """The team value of every joint action, of shape `shape`."""
        parts = [((i,), part) for i, part in enumerate(self.singles)] + list(self.pairs.items())
        total = np.zeros(self.shape)
        for agents, part in parts:
            total += np.expand_dims(part, [i for i in range(total.ndim) if i not in agents])
        return total


def interaction(table: np.ndarray, agents: Sequence[int]) -> np.ndarray:
    """The part of a table that depends on exactly these agents (axes) together, with an axis of size 1 for the others.

    The analysis of variance under uniform weights: take the mean over everyone else, then remove from it, agent by
    agent, what does not change with that agent.
    """
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
                largest = np.abs(interaction(table, agents)).max()
                names = ", ".join(str(i + 1) for i in agents[:-1]) + f" and {agents[-1] + 1}"
                lacks = "both, and no edge joins them" if size == 2 else "all of them, and an edge joins only two"
                reason = f"agents {names} have a part of up to {largest:.4g} that depends on {lacks}"
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
    singles = [interaction(table, (i,)).ravel() + share for i in range(table.ndim)]
    pairs = {(i, j): interaction(table, (i, j)).reshape(table.shape[i], table.shape[j]) for i, j in edges}
    return Graph(singles, pairs)


def _matters(table: np.ndarray, agents: Sequence[int]) -> bool:
    part = interaction(table - table.min(), agents)  # a sum of 2^|agents| averages of entries
    return bool(np.abs(part).max() > negligible(table, 2 ** len(agents)))
