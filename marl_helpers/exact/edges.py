"""The edges of a coordination graph, and a team value that is a sum of one part for each agent and each edge."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from marl_helpers.games import Cell

Edge = tuple[int, int]


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
