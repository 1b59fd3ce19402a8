"""What a team on a coordination graph should play: variable elimination, which is exact, and max-plus messages."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from marl_helpers.basics import arguments
from marl_helpers.exact.edges import Edge, Graph
from marl_helpers.exact.rankings import TOLERANCE, TooMuchWork
from marl_helpers.games import Cell

Messages = dict[Edge, np.ndarray]  # (sender, receiver) -> a number for each action of the receiver

GIVE = "a graph, such as graphs.decompose returns"
LEAST_ROUNDS = 8  # of max-plus, as in DCG (Boehmer et al. 2020)
MOST_CELLS = 10**7  # of a table that elimination builds


@dataclass(frozen=True)
class Elimination:
    """plays: a joint action of the largest team value; value: that value, exact up to rounding.

    order: the agents as they were eliminated. cells: the size of the largest table built on the way.
    """

    plays: Cell
    value: float
    order: Cell
    cells: int


def eliminate(graph: Graph) -> Elimination:
    """The maximiser of a graph's value by variable elimination (Guestrin et al. 2002), for any graph.

    One agent after the other leaves: the one with the fewest neighbours first, of those the first. Its neighbours keep
    a table of what it adds if it replies as well as it can. Then, in reverse, each agent replies to those after it.
    Raises TooMuchWork where a table would have more than MOST_CELLS cells, as in a large complete graph.
    """
    arguments.instance(Graph, GIVE, graph=graph)
    factors = [((i,), part) for i, part in enumerate(graph.singles)] + list(graph.pairs.items())
    beside = {i: set(each) for i, each in enumerate(neighbours(graph.pairs, len(graph.singles)))}
    replies, cells = [], 1
    while beside:
        agent = min(beside, key=lambda i: (len(beside[i]), i))
        others = beside.pop(agent)
        for i in others:  # from now on they share a table
            beside[i] = (beside[i] | others) - {i, agent}
        scope = (*sorted(others), agent)  # its own axis last
        shape = [graph.shape[i] for i in scope]
        cells = max(cells, int(np.prod(shape, dtype=float)))
        if cells > MOST_CELLS:
            raise TooMuchWork(
                f"elimination would build a table of {cells:.1e} cells, where {MOST_CELLS:.0e} is the limit: take "
                "fewer edges, or max_plus, which passes small messages and need not be exact"
            )
        total = np.zeros(shape)
        for inside, part in factors:
            if agent in inside:
                total += _spread(inside, part, scope)
        factors = [(inside, part) for inside, part in factors if agent not in inside]
        factors.append((scope[:-1], total.max(axis=-1)))
        replies.append((scope, total.argmax(axis=-1)))
    plays = {}
    for scope, best in reversed(replies):
        plays[scope[-1]] = int(best[tuple(plays[i] for i in scope[:-1])])
    cell = tuple(plays[i] for i in range(len(plays)))
    return Elimination(cell, graph.value(cell), tuple(scope[-1] for scope, _ in replies), cells)


def _spread(inside: Cell, part: np.ndarray, scope: Cell) -> np.ndarray:
    """A part over the agents `inside`, with its axes in the order of `scope` and of size 1 for the other agents."""
    part = part.transpose(sorted(range(part.ndim), key=lambda axis: scope.index(inside[axis])))
    return np.expand_dims(part, [k for k, i in enumerate(scope) if i not in inside])


@dataclass(frozen=True, eq=False)
class Round:
    """One round of max-plus.

    messages: what has been said. beliefs: for each agent, its own part plus what it has been told, an array of shape
    (|A_i|,). plays: the joint action decoded from them, and its team value.
    """

    messages: Messages
    beliefs: tuple[np.ndarray, ...]
    plays: Cell
    value: float


@dataclass(frozen=True, eq=False)
class MaxPlus:
    """rounds: the first is before any message. settled: whether another round would repeat the last one's messages.

    equal: team values that are no further apart are the same.
    """

    rounds: tuple[Round, ...]
    settled: bool
    equal: float = 0.0

    @property
    def plays(self) -> Cell:
        """The best joint action of all rounds, of equals the first: an answer at any time, never a worse one later."""
        return self._best.plays

    @property
    def value(self) -> float:
        """The team value of `plays`."""
        return self._best.value

    @property
    def _best(self) -> Round:
        return self.rounds[first_best([one.value for one in self.rounds], self.equal)]


def first_best(values: Sequence[float], equal: float) -> int:
    """The place of the first of the largest values, which rounding must not choose among."""
    return int(np.argmax(np.asarray(values) >= np.max(values) - equal))


def enough_rounds(n_agents: int) -> int:
    """How many rounds max-plus takes by default: on a tree messages cross it in fewer than n_agents."""
    return max(LEAST_ROUNDS, n_agents)


def max_plus(graph: Graph, rounds: int | None = None) -> MaxPlus:
    """A joint action of a graph by max-plus messages (Kok and Vlassis 2006, section 4), all agents speaking at once.

    Agent i tells its neighbour j, for each action of j, what the rest of the team is worth behind i: the maximum over
    a_i of f_i(a_i) + f_ij(a_i, a_j) + what i's other neighbours told it. Each message is shifted to mean 0, as on
    loops it would grow for ever. It stops after `rounds` (enough_rounds by default) or when messages repeat.

    On a tree the beliefs are right, up to a constant, after as many rounds as its longest path has edges, and so is
    what the team plays; on loops neither is sure. Ties would part the agents if each took its own best action: here
    agents decide one after the other, outwards from a root, and each knows what its neighbours before it chose.
    Raises ValueError for a number of rounds below 0 or no whole one.
    """
    n_agents = len(arguments.instance(Graph, GIVE, graph=graph).singles)
    rounds = enough_rounds(n_agents) if rounds is None else arguments.at_least(0, rounds=rounds)
    payoffs = {**graph.pairs, **{(j, i): part.T for (i, j), part in graph.pairs.items()}}  # [sender's, receiver's]
    equal = TOLERANCE * sum(np.ptp(part) for part in (*graph.singles, *graph.pairs.values()))
    talk = _Talk(graph, payoffs, equal)
    messages: Messages = {(i, j): np.zeros(graph.shape[j]) for i, j in payoffs}
    found = [talk.decode(messages)]
    for _ in range(rounds):
        before, beliefs = messages, found[-1].beliefs
        messages = {edge: _message(beliefs[edge[0]] - before[edge[::-1]], payoffs[edge]) for edge in payoffs}
        if all(np.abs(messages[edge] - before[edge]).max() <= equal for edge in messages):
            return MaxPlus(tuple(found), True, equal)
        found.append(talk.decode(messages))
    return MaxPlus(tuple(found), False, equal)


def _message(worth: np.ndarray, payoff: np.ndarray) -> np.ndarray:
    message = (worth[:, None] + payoff).max(axis=0)
    return message - message.mean()


class _Talk:
    """Who hears whom on a graph, and in what order they decide."""

    def __init__(self, graph: Graph, payoffs: Messages, equal: float):
        self.graph, self.payoffs, self.equal, n_agents = graph, payoffs, equal, len(graph.singles)
        self.heard = neighbours(graph.pairs, n_agents)
        self.order = outwards(self.heard)

    def belief(self, told: Messages, agent: int) -> np.ndarray:
        return sum((told[j, agent] for j in self.heard[agent]), self.graph.singles[agent])

    def decode(self, messages: Messages) -> Round:
        told, plays = dict(messages), [0] * len(self.order)
        for i in self.order:
            plays[i] = first_best(self.belief(told, i), self.equal)
            for j in self.heard[i]:
                told[i, j] = self.payoffs[i, j][plays[i]]  # what i does, no longer what it might do
        beliefs = tuple(self.belief(messages, i) for i in range(len(plays)))
        return Round(messages, beliefs, tuple(plays), self.graph.value(tuple(plays)))


def neighbours(edges: Iterable[Edge], n_agents: int) -> list[list[int]]:
    """Those of each agent, in order."""
    found: list[list[int]] = [[] for _ in range(n_agents)]
    for i, j in edges:
        found[i].append(j)
        found[j].append(i)
    return [sorted(each) for each in found]


def outwards(heard: Sequence[Sequence[int]]) -> list[int]:
    """The agents breadth first from agent 0, and from the first agent left wherever the graph falls apart.

    heard: the neighbours of each agent. On a tree each agent then has at most one of them before it, its parent.
    """
    order: list[int] = []
    for root in range(len(heard)):
        if root not in order:
            order.append(root)
            for i in order:  # which grows on the way
                order += [j for j in heard[i] if j not in order]
    return order
