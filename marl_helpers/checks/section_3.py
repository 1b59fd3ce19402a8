"""Checks of the section's exercise 3: the edges that a task needs, and a payoff beyond every monotone mixer."""

from collections.abc import Callable, Iterable
from numbers import Integral

import numpy as np

from marl_helpers import exact, games
from marl_helpers.checks.exercise import Mistake, call, cases, exercise, larger_teams
from marl_helpers.checks.reading import items, table, unreadable, word
from marl_helpers.exact import graphs

Edges = set[graphs.Edge]
TEAMS = [(2, 2), (3, 2), (2, 3), (3, 3), (2, 2, 2), (2, 3, 2), (3, 2, 3)]
FOUR = [(2, 2, 2, 2), (2, 3, 2, 2)]
SMALL = 1e-9  # up to this a difference is rounding
WORDS = {"yes": "right", "no": "wrong", "tie": "tie"}


@exercise(
    "section-3-graphs",
    "The edges that a task needs",
    {
        "no edges": "You return no edges for any table. Then every task would be a sum.",
        "all pairs": "You join all agents. Ask which pairs have something to tell each other.",
        "neighbours": "You join each agent and the next. Any two may need an edge, also the first and the last.",
        "both matter": "You join two agents if both change the reward. In a sum they do, and no edge is needed.",
        "numbered from 0": "Number the agents from 1.",
        "first square": "You compare the actions 0 and 1 only. Some agents have more.",
        "one sign": "You miss the edges at which the second agent makes the first one's change worth less, not more.",
        "rounding": "You see edges where there is only rounding: in doubles, 0.3 - 0.2 is a little less than 0.1.",
        "four agents": "Right for two and three agents, but not for four: {problem}",
        "edge missing": "For {rows} you leave out the edge of agents {edge}: for some actions, what one agent's change "
        "is worth depends on the other.",
        "edge too many": "For {rows} you join agents {edge}, but whatever one of them plays, the other's choice is "
        "worth the same.",
    },
)
def edges_needed(edges: Callable) -> str:
    """edges(table): the pairs of agents, numbered from 1, that need an edge; for any table of two to four agents that
    is a sum of one part for each agent and one for each edge of some graph."""
    tried = _tasks(TEAMS * 8)
    given = [_edges(call(edges, one), "edges", one.ndim) for one in tried]
    right = [_numbered(graphs.needed(one)) for one in tried]
    if given != right:
        in_integers = [_edges(call(edges, np.round(10 * one)), "edges", one.ndim) for one in tried]
        rounded = in_integers == right and all(joined >= needed for joined, needed in zip(given, right))
        raise Mistake("rounding") if rounded else _misjoined(tried, given, right)
    with larger_teams("four agents", edges_needed):
        for one in _tasks(FOUR * 12):
            if _edges(call(edges, one), "edges", 4) != _numbered(graphs.needed(one)):
                raise Mistake("four agents", problem="an edge is missing, or one too many.")
    return f"Right on {len(tried)} tables of two and three agents, and on others of four."


def _numbered(edges: Iterable[graphs.Edge]) -> Edges:
    return {(i + 1, j + 1) for i, j in edges}


def _misjoined(tried: list[np.ndarray], given: list[Edges], right: list[Edges]) -> Mistake:
    for kind, rule in WRONG_EDGES.items():
        if given == [_numbered(edge for edge in graphs.complete(one.ndim) if rule(one, *edge)) for one in tried]:
            return Mistake(kind)
    one, joined, needed = next(case for case in zip(tried, given, right) if case[1] != case[2])
    if needed - joined:
        return Mistake("edge missing", rows=one.tolist(), edge=_pair(needed - joined))
    return Mistake("edge too many", rows=one.tolist(), edge=_pair(joined - needed))


def _tasks(shapes: list[tuple[int, ...]]) -> list[np.ndarray]:
    """Values of random graphs, in tenths. Some edges are felt at their agents' last actions only, some take away; some
    agents have no part of their own."""
    generator, made = cases(), []
    for shape in shapes:
        singles = [generator.integers(-4, 5, size) * generator.integers(0, 3) for size in shape]
        pairs = {}
        for i, j in graphs.complete(len(shape)):
            part = np.zeros((shape[i], shape[j]))
            kind, size = generator.integers(0, 7), generator.integers(1, 5)
            if kind == 1:
                part[-1, -1] = size
            if kind == 2:
                part[0, 0] = -size
            if kind == 3:
                part += generator.integers(-3, 4, part.shape)
            if kind == 4:
                part[0, -1] = size
            if kind == 5:
                part[-1, 0] = -size
            pairs[i, j] = part
        made.append(graphs.Graph(singles, pairs).table() / 10)
    return made


def _squares(one: np.ndarray, i: int, j: int) -> np.ndarray:
    """The cross-differences of neighbouring actions of two agents while the others play 0."""
    return np.diff(np.diff(one[tuple(slice(None) if k in (i, j) else 0 for k in range(one.ndim))], axis=0), axis=1)


def _matters(one: np.ndarray, agent: int) -> bool:
    return bool(np.ptp(one, axis=agent).max() > SMALL)


WRONG_EDGES: dict[str, Callable[[np.ndarray, int, int], bool]] = {
    "no edges": lambda one, i, j: False,
    "all pairs": lambda one, i, j: True,
    "neighbours": lambda one, i, j: j == i + 1,
    "both matter": lambda one, i, j: _matters(one, i) and _matters(one, j),
    "first square": lambda one, i, j: abs(_squares(one, i, j)[0, 0]) > SMALL,
    "one sign": lambda one, i, j: _squares(one, i, j).max() > SMALL,
}


@exercise(
    "section-3-graphs",
    "A payoff for a pairwise graph only",
    {
        "lecture's": "That is {name!r} of the lectures. Find one of your own.",
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
    needed = _numbered(graphs.needed(given))
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
    for name, known in (games.NAMED | games.TEAMS).items():
        if np.array_equal(given, known):
            raise Mistake("lecture's", name=name)
    reversal = exact.is_monotone(given).witness
    return f"No monotone mixer holds it: agent {reversal.agent + 1}'s ranking reverses. A pairwise graph does."


def _check_class(given: np.ndarray, needed: Edges) -> None:
    if not graphs.is_representable(given):
        raise Mistake("three-way")
    if not needed:
        raise Mistake("additive")
    if exact.is_monotone(given):
        two_values = len(np.unique(given)) == 2
        if two_values and (given == given.max()).sum() == 1:
            raise Mistake("AND")
        raise Mistake("OR" if two_values and (given == given.min()).sum() == 1 else "monotone")


def _edges(value, name: str, agents: int) -> Edges:
    listed = [tuple(items(edge, f"an edge of {name}")) for edge in items(value, name)]
    if any(len(edge) != 2 or not all(isinstance(agent, Integral) for agent in edge) for edge in listed):
        unreadable(f"{name} returned {value!r:.60}: give a list of pairs of agents, such as [(1, 2)].")
    if any(0 in edge for edge in listed):
        raise Mistake("numbered from 0")
    if any(not 1 <= agent <= agents for edge in listed for agent in edge) or any(a == b for a, b in listed):
        unreadable(f"{name} returned {value!r:.60}: an edge joins two different agents of 1 to {agents}.")
    return {(int(min(edge)), int(max(edge))) for edge in listed}


def _check_edges(given: Edges, needed: Edges) -> None:
    if needed - given:
        raise Mistake("missing edge")
    if surplus := given - needed:
        raise Mistake("surplus edge", edge=_pair(surplus))


def _pair(edges: Edges) -> str:
    """The first of some edges, in words."""
    return " and ".join(map(str, min(edges)))
