"""The edges of a coordination graph, and a team value that is a sum of one part for each agent and each edge."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np

from marl_helpers.basics import arguments
from marl_helpers.games import Cell, check_cells

Edge = tuple[int, int]


def chain(n_agents: int) -> tuple[Edge, ...]:
    """Each agent and the next: a tree."""
    return tuple(pairwise(range(arguments.at_least(1, n_agents=n_agents))))


def ring(n_agents: int) -> tuple[Edge, ...]:
    """A chain whose last agent joins the first: a loop from three agents on."""
    n_agents = arguments.at_least(2, n_agents=n_agents)
    return listed([*chain(n_agents), (n_agents - 1, 0)], n_agents)


def complete(n_agents: int) -> tuple[Edge, ...]:
    """Every pair of agents."""
    return tuple(combinations(range(arguments.at_least(1, n_agents=n_agents)), 2))


def listed(edges: Iterable[Edge], n_agents: int) -> tuple[Edge, ...]:
    """The edges in order, each once and with the lower agent first; raises ValueError for what is no edge."""
    n_agents, found = arguments.at_least(1, n_agents=n_agents), set()
    remedy = f"pairs of different agents, numbered from 0 to {n_agents - 1}, like (0, 1)"
    edges = list(edges) if isinstance(edges, Mapping) else edges  # as a graph's pairs are
    for edge in arguments.several(remedy, 0, edges=edges):
        try:
            i, j = arguments.cell((n_agents, n_agents), edge=edge)
        except ValueError:
            i = j = 0
        if i == j:
            raise ValueError(f"edges holds {arguments.shown(edge)}: give {remedy}")
        found.add((min(i, j), max(i, j)))
    return tuple(sorted(found))


def is_forest(edges: Sequence[Edge], n_agents: int) -> bool:
    """Whether the graph has no loop; raises ValueError for what is no edge."""
    from scipy.sparse import coo_array  # not above: the package stays fast to import
    from scipy.sparse.csgraph import connected_components

    edges = listed(edges, n_agents)
    ends = np.array(edges, dtype=int).reshape(-1, 2).T
    parts, _ = connected_components(coo_array((np.ones(len(edges)), ends), shape=(n_agents, n_agents)), directed=False)
    return len(edges) == n_agents - parts


def _part(agents: int | Edge, part) -> np.ndarray:
    return arguments.array(f"the part of {agents}", part, "finite numbers", "biuf").astype(float)


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
        several = arguments.several("an array for each agent", singles=self.singles)
        singles = tuple(_part(i, part) for i, part in enumerate(several))
        given = arguments.instance(Mapping, "a dictionary of edges, each with its array", pairs=self.pairs)
        pairs = {edge: _part(edge, part) for edge, part in given.items()}
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
        cell = arguments.cell(self.shape, cell=cell)
        own = sum(part[a] for part, a in zip(self.singles, cell))
        return float(own + sum(part[cell[i], cell[j]] for (i, j), part in self.pairs.items()))

    def table(self) -> np.ndarray:
        """The team value of every joint action, of shape `shape`; raises TableError for too many of them."""
        check_cells(self.shape)
        parts = [((i,), part) for i, part in enumerate(self.singles)] + list(self.pairs.items())
        total = np.zeros(self.shape)
        for agents, part in parts:
            total += np.expand_dims(part, [i for i in range(total.ndim) if i not in agents])
        return total
