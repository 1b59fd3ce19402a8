"""Checks of the section's exercise 1: the proof of IGM step by step, and a table that a negative weight breaks."""

from collections.abc import Callable, Sequence
from itertools import pairwise, product

import numpy as np

from marl_helpers.checks.exercise import Mistake, call, exercise
from marl_helpers.checks.reading import cell, items, number, numbers, parts, table, unreadable
from marl_helpers.games import joint_action

CASES = (  # values and best values of two, three and four agents
    ((1.0, 2.0), (4.0, 6.0)),
    ((0.0, -1.0, 3.0), (2.5, 0.0, 7.0)),
    ((0.0, 1.0, 1.0), (1.0, 2.0, 1.0)),  # equal values, and an agent that has its best already
    ((1.0, 5.0, -2.0, 0.0), (3.0, 6.0, 1.0, 9.0)),
)
ROUNDED = 0.005  # what an entry may be off when it is written with two decimals


@exercise(
    "section-1-igm",
    "The steps of the proof",
    {
        "one list": "All your points are the same one. If you append one list again and again, a later change reaches "
        "every copy: append a new tuple each time.",
        "reversed": "Your steps lead the wrong way: from everyone's best values down to the given ones.",
        "start": "For {n} agents your first point is {point}, not the given values {values}.",
        "end": "For {n} agents your last point is {point}: some agent does not have its best value there.",
        "leap": "From {point} to {next} more than one agent's value changes. A partial derivative speaks of one "
        "argument while the others stand still, so a step may move one agent only.",
        "down": "From {point} to {next} a value falls. The proof needs steps on which no value falls.",
        "two agents": "Your steps are right for two agents, but not for {n}: {problem}",
    },
)
def proof_steps(steps: Callable) -> str:
    """steps(values, best): the points of a way from the agents' values to their best values, first and last included.

    values, best: one number for each agent. Each point is a tuple of the same length.
    """
    for values, best in CASES:
        try:
            _check_way(steps, values, best)
        except Mistake as mistake:
            if len(values) == 2 or mistake.kind == "unanswered":
                raise
            raise Mistake("two agents", n=len(values), problem=_what(mistake)) from None
    return "Each step raises one agent's value and leaves the others, for two, three and four agents."


def _what(mistake: Mistake) -> str:
    return proof_steps.mistakes[mistake.kind].format(**mistake.details)


def _check_way(steps: Callable, values: tuple, best: tuple) -> None:
    points = [tuple(numbers(p, "a point")) for p in items(call(steps, values, best), "The way", least=2)]
    if any(len(point) != len(values) for point in points):
        unreadable(f"Every point needs {len(values)} numbers here, one for each agent.")
    details = {"n": len(values), "values": values}
    if len(set(points)) == 1:
        raise Mistake("one list")
    if np.allclose([points[0], points[-1]], [best, values]):
        raise Mistake("reversed")
    if not np.allclose(points[0], values):
        raise Mistake("start", point=_plain(points[0]), **details)
    if not np.allclose(points[-1], best):
        raise Mistake("end", point=_plain(points[-1]), **details)
    for point, following in pairwise(points):
        moves = np.subtract(following, point).round(9)
        shown = {"point": _plain(point), "next": _plain(following)}
        if np.count_nonzero(moves) > 1:
            raise Mistake("leap", **shown)
        if moves.min() < 0:
            raise Mistake("down", **shown)


def _plain(point: Sequence[float]) -> str:
    return f"({', '.join(f'{value:g}' for value in point)})"


@exercise(
    "section-1-igm",
    "A table that a negative weight breaks",
    {
        "one action": "Each agent needs at least two actions, or there is nothing to choose.",
        "no negative weight": "None of your weights is negative, so this mixer cannot break IGM.",
        "negatives cancel": "You have {count} negative weights, and they cancel: the mixer never falls when an agent's "
        "value rises. Make exactly one weight negative.",
        "too many": "You have {count} negative weights. The exercise is about one. (A number that is only added is no "
        "weight: leave it out of the list.)",
        "harmless": "One weight is negative, but on your values the mixer never falls when an agent's value rises. "
        "Does the weight reach the result, and do the agent's values differ?",
        "not the weight": "Something else in your mixer falls too: with the weight's sign turned it still breaks IGM.",
        "transposed": "Your table is turned over: its rows must be agent 1's actions, that is entry [a, b] is the "
        "mixer of Q1[a] and Q2[b].",
        "other table": "Entry {cell} of your table is {entry:g}, but your mixer gives {value:g} there. The team's "
        "value must be the mixer of the agents' values.",
        "tie": "What your agents choose earns as much as the best cell. A tie is no violation: they play one of "
        "several optima.",
        "still optimal": "Your agents' own choices still form the table's best cell, so IGM holds here. Which agent "
        "does the negative weight mislead?",
        "optimum named": "{chosen} is the best cell of your table. Asked is the cell that the agents choose, each by "
        "its own values.",
        "swapped": "The two actions you name are in the wrong order: agent 1's comes first.",
        "argmin": "At {chosen} each agent takes its smallest value. A greedy agent takes its largest.",
        "other choice": "At {chosen} not every agent takes the largest of its own values.",
    },
)
def igm_counterexample(mixer: Callable, counterexample: Callable) -> str:
    """mixer(q1, q2, weights): one number. counterexample(): a dictionary with the following parts.

    Q1, Q2: the agents' values of their actions. weights: all numbers by which the mixer multiplies. table: the team's
    values, rows for agent 1. chosen: the joint action (a, b) that the greedy agents play.
    """
    wanted = ("Q1", "Q2", "weights", "table", "chosen")
    q1, q2, weights, given, chosen = parts(call(counterexample), "counterexample", wanted)
    q1, q2 = numbers(q1, "Q1"), numbers(q2, "Q2")
    if min(len(q1), len(q2)) < 2:
        raise Mistake("one action")
    given = table(given, "table", agents=2)
    if given.shape not in ((len(q1), len(q2)), (len(q2), len(q1))):
        unreadable(f"The table has shape {given.shape}, but the agents have {len(q1)} and {len(q2)} values.")
    team = team_values(mixer, q1, q2, weights)
    chosen = cell(chosen, "chosen", team.shape)
    _check_weights(mixer, q1, q2, weights, team)
    best = [np.flatnonzero(q == q.max()).tolist() for q in (q1, q2)]
    gap = team.max() - team[best[0][0], best[1][0]]
    _check_table(given, team, slack=min(ROUNDED, gap / 4) + rounding(team))
    if gap <= rounding(team):
        raise Mistake("tie" if (team >= team.max() - rounding(team)).sum() > 1 else "still optimal")
    _check_choice(chosen, best, team, (q1, q2))
    return f"The greedy agents give away {gap:g}: IGM is broken, and the negative weight breaks it."


def team_values(mixer: Callable, q1: np.ndarray, q2: np.ndarray, *weights) -> np.ndarray:
    """The mixer's values of all joint actions, shape (|A_1|, |A_2|)."""
    values = [number(call(mixer, float(a), float(b), *weights), "the mixer's value") for a, b in product(q1, q2)]
    return np.reshape(values, (len(q1), len(q2)))


def rises(q1: np.ndarray, q2: np.ndarray, team: np.ndarray) -> bool:
    """Whether the team's value never falls when an agent's value rises."""
    ordered = team[np.argsort(q1)][:, np.argsort(q2)]
    least = min(np.diff(ordered, axis=0).min(), np.diff(ordered, axis=1).min())
    return bool(least >= -rounding(team))


def rounding(team: np.ndarray) -> float:
    """Differences of team values up to this are rounding errors."""
    return float(max(1e-12, 1e-9 * np.abs(team).max()))


def _check_weights(mixer: Callable, q1: np.ndarray, q2: np.ndarray, weights, team: np.ndarray) -> None:
    negative = sum(weight < 0 for weight in _flat(weights))
    if negative == 0:
        raise Mistake("no negative weight")
    if negative > 1:
        raise Mistake("negatives cancel" if rises(q1, q2, team) else "too many", count=negative)
    if rises(q1, q2, team):
        raise Mistake("harmless")
    if not rises(q1, q2, team_values(mixer, q1, q2, _absolute(weights))):
        raise Mistake("not the weight")


def _flat(weights) -> list[float]:
    if isinstance(weights, list | tuple) or getattr(weights, "ndim", 0) > 0:
        return [one for entry in weights for one in _flat(entry)]
    return [number(weights, "a weight")]


def _absolute(weights):
    if isinstance(weights, list | tuple):
        return [_absolute(entry) for entry in weights]
    return abs(weights)


def _check_table(given: np.ndarray, team: np.ndarray, slack: float) -> None:
    def same(one):
        return one.shape == team.shape and (np.abs(one - team) <= slack).all()

    if same(given):
        return
    if same(given.T):
        raise Mistake("transposed")
    if given.shape != team.shape:
        unreadable(f"The table has shape {given.shape}: give agent 1's {len(team)} actions as rows.")
    worst = joint_action(np.abs(given - team).argmax(), team.shape)
    raise Mistake("other table", cell=worst, entry=given[worst], value=team[worst])


def _check_choice(chosen: tuple, best: list[list[int]], team: np.ndarray, own: tuple[np.ndarray, np.ndarray]) -> None:
    if all(action in greedy for action, greedy in zip(chosen, best)):
        return
    if team[chosen] == team.max():
        raise Mistake("optimum named", chosen=chosen)
    if all(q[action] == q.min() for action, q in zip(chosen, own)):
        raise Mistake("argmin", chosen=chosen)
    if all(action in greedy for action, greedy in zip(chosen[::-1], best)):
        raise Mistake("swapped")
    raise Mistake("other choice", chosen=chosen)
