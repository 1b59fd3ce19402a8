"""Whether a table is additive, monotone or supermodular, each with a witness where it is not."""

from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import numpy as np

from marl_helpers.basics import arguments
from marl_helpers.exact.rankings import TOLERANCE
from marl_helpers.games import Cell, TableError, joint_action, validate


class Reversal(NamedTuple):
    """Why no ranking fits: `agent` (its axis, from 0) earns more by actions[0] in contexts[0], by actions[1] in [1].

    A context is what the other agents play, in their order.
    """

    agent: int
    actions: tuple[int, int]
    contexts: tuple[Cell, Cell]


@dataclass(frozen=True)
class Check:
    """Whether a table has a property: true in an `if`.

    reason: one sentence (agents are numbered from 1 in it, actions from 0). witness: what breaks the property, or None
    where it holds. rankings: for is_monotone, where it holds, each agent's actions from worst to best.
    """

    holds: bool
    reason: str
    witness: tuple | None = None
    rankings: tuple[Cell, ...] | None = None

    def __bool__(self) -> bool:
        return self.holds


def negligible(table: np.ndarray, entries: int) -> float:
    """How much a sum or difference of so many entries may owe to rounding: of the spread, and of the largest entry."""
    return TOLERANCE * np.ptp(table) + entries * np.spacing(np.abs(table).max())


def is_monotone(table) -> Check:
    """Does one ranking of actions per agent exist under which the table never decreases (n agents)?

    Equal actions keep the table's order in the rankings. Witness: a Reversal, the largest one of the first agent that
    has any. Raises TableError.
    """
    table = validate(table)
    equal, found = negligible(table, 2), []
    for agent, actions in enumerate(table.shape):
        values = np.moveaxis(table, agent, 0).reshape(actions, -1)  # [action, context]
        gain = values[:, None] - values
        most = gain.max(axis=2)  # [a, b]: the most by which a beats b
        both = np.minimum(most, most.T)
        if both.max() > equal:
            others = table.shape[:agent] + table.shape[agent + 1 :]
            a, b = joint_action(both.argmax(), both.shape)
            here, there = int(gain[a, b].argmax()), int(gain[a, b].argmin())
            contexts = joint_action(here, others), joint_action(there, others)
            reason = (
                f"agent {agent + 1} ranks action {a} ({values[a, here]:g}) above {b} ({values[b, here]:g}) when "
                f"{_partners(agent, contexts[0])}, but {b} ({values[b, there]:g}) above {a} ({values[a, there]:g}) "
                f"when {_partners(agent, contexts[1])}"
            )
            return Check(False, reason, Reversal(agent, (a, b), contexts))
        found.append(tuple(np.argsort((most > equal).sum(axis=1), kind="stable").tolist()))
    listed = "; ".join(f"agent {i + 1}: {', '.join(map(str, ranking))}" for i, ranking in enumerate(found))
    return Check(True, f"whatever the others play, worst to best, {listed}", rankings=tuple(found))


def _partners(agent: int, context: tuple[int, ...]) -> str:
    """What the others play, in words."""
    return f"agent {2 - agent} plays {context[0]}" if len(context) == 1 else f"the others play {context}"


def is_supermodular(table, rankings=None) -> Check:
    """Is no agent's step up worth less when another agent steps up too (non-negative cross-differences, n agents)?

    `rankings`: each agent's actions from worst to best, default the order as printed. Witness: four cells, before any
    step, after the one agent's, after the other's, after both. Raises TableError.
    """
    table = validate(table)
    rankings = _rankings(table, [range(actions) for actions in table.shape] if rankings is None else rankings)
    worst, witness, reason = _worst_square(table, rankings, np.negative)
    if worst > negligible(table, 4):
        return Check(False, f"{reason}: less, though another agent has stepped up", witness)
    return Check(True, "no agent's step up is worth less when another agent steps up too")


def _rankings(table: np.ndarray, rankings) -> list[list[int]]:
    """Each agent's ranking of its actions; raises TableError for what is none."""
    remedy = f"all actions of a table of shape {table.shape}, once each, from worst to best"
    try:
        listed = [arguments.numbers(rankings=one).tolist() for one in arguments.several(remedy, rankings=rankings)]
        if [sorted(ranking) for ranking in listed] != [list(range(actions)) for actions in table.shape]:
            arguments.refuse("rankings", rankings, remedy)
        return listed
    except ValueError:
        raise TableError(f"rankings is {arguments.shown(rankings)}: give {remedy}") from None


def is_additive(table) -> Check:
    """Is the table a sum of one utility per agent (cross-differences all zero, n agents)?

    Witness: four cells, as for is_supermodular. Raises TableError.
    """
    table = validate(table)
    worst, witness, reason = _worst_square(table, [range(actions) for actions in table.shape], np.abs)
    if worst > negligible(table, 4):
        return Check(False, f"{reason}: in a sum the two are equal", witness)
    return Check(True, "each agent's change of action is worth the same whatever the others play")


def _worst_square(table: np.ndarray, rankings, badness) -> tuple[float, tuple[Cell, ...], str]:
    """The worst of the adjacent 2x2 squares of all pairs of agents: its badness, four cells and what they show."""
    ordered, worst = table[np.ix_(*rankings)], (0.0, (), "")
    for i, j in combinations(range(table.ndim), 2):
        bad = badness(np.diff(np.diff(ordered, axis=i), axis=j))
        if bad.size and bad.max() > worst[0]:
            corner = np.array(joint_action(bad.argmax(), bad.shape))
            along = np.eye(table.ndim, dtype=int)
            places = (corner, corner + along[i], corner + along[j], corner + along[i] + along[j])
            cells = tuple(tuple(int(r[k]) for r, k in zip(rankings, place)) for place in places)
            none, one, other, both = (float(table[cell]) for cell in cells)
            reason = (
                f"agent {i + 1}'s step from {cells[0]} to {cells[1]} is worth {one - none:g}, "
                f"but from {cells[2]} to {cells[3]} {both - other:g}"
            )
            worst = (float(bad.max()), cells, reason)
    return worst
