"""The walk of the proof of IGM: from any joint action to a greedy one, one agent at a time; and where Q_tot falls.

The proof of IGM (Son et al. 2019, definition 1) from monotonicity (Rashid et al. 2018, equation 5) needs that Q_tot is
a function of the utilities, and that it never falls where one of them rises. Both are judged here on the joint actions
that a table has, with the tolerance of `igm.Decomposition`.
"""

from dataclasses import dataclass
from itertools import combinations, pairwise, product

import numpy as np

from marl_helpers.basics import arguments
from marl_helpers.exact.igm import Decomposition, path, sentence
from marl_helpers.exact.rankings import TOLERANCE
from marl_helpers.games import Cell


@dataclass(frozen=True)
class Fall:
    """Agent `agent` (its axis, from 0) switches from `start` to `end`: its utility does not fall, and Q_tot does.

    drop: by how much, above 0. tied: the utility stays the same, so that Q_tot is no function of the utilities.
    """

    agent: int
    start: Cell
    end: Cell
    drop: float
    tied: bool


@dataclass(frozen=True)
class Step:
    """One agent switches to its greedy action.

    agent: its axis, from 0. cells: the joint actions from the start of the step to its end, by way of those of the
    agent's actions whose utilities lie between, in their order. utilities, values: that agent's, and Q_tot, at each.
    fall: the step as a whole, where Q_tot is lower at its end. inner: is Q_tot lower somewhere than just before, though
    not at the end?
    """

    agent: int
    cells: tuple[Cell, ...]
    utilities: tuple[float, ...]
    values: tuple[float, ...]
    fall: Fall | None
    inner: bool


def walk(found: Decomposition, start: Cell) -> tuple[Step, ...]:
    """The walk from `start` to the greedy joint action that is worth least: agent 1's step, then agent 2's, ...

    An agent that plays its greedy action already stands still: a step of one joint action. Raises ValueError for what
    is no joint action.
    """
    found = arguments.instance(Decomposition, "what igm.mix returned", found=found)
    start = arguments.cell(found.team.shape, start=start)
    stations = pairwise(path(start, goal(found)))
    return tuple(_step(found, agent, *ends) for agent, ends in enumerate(stations))


def goal(found: Decomposition) -> Cell:
    """The greedy joint action that is worth least to the team: where there are ties, no other choice is worse."""
    return min(found.greedy, key=lambda cell: (found.team[cell], cell))


def falls(found: Decomposition) -> list[Fall]:
    """Every switch of one agent to an action of no smaller utility that makes Q_tot fall, the deepest fall first.

    There is none exactly where Q_tot is a function of the utilities that never falls as one of them rises; then every
    greedy joint action is optimal.
    """
    pairs = ((agent, a, b) for agent in range(found.team.ndim) for a, b in _switches(found.team.shape, agent))
    both = (fall for agent, a, b in pairs for ends in ((a, b), (b, a)) if (fall := _fall(found, agent, *ends)))
    return sorted(both, key=lambda fall: (-fall.drop, fall.agent, fall.start, fall.end))


def why(found: Decomposition, fall: Fall) -> str:
    """The fall in a sentence: what the agent does, what comes of it, and which assumption of the proof it breaks."""
    broken = "Q_tot is no function of the utilities" if fall.tied else f"Q_tot is not monotone in Q_{fall.agent + 1}"
    return f"{sentence(found, fall.agent, fall.start, fall.end)} So {broken}."


def _switches(shape: tuple[int, ...], agent: int) -> list[tuple[Cell, Cell]]:
    """All pairs of joint actions that differ in this agent's action only."""
    ways = [*combinations(range(shape[agent]), 2)]
    rest = product(np.ndindex(shape[:agent]), np.ndindex(shape[agent + 1 :]))
    return [((*left, a, *right), (*left, b, *right)) for left, right in rest for a, b in ways]


def _fall(found: Decomposition, agent: int, start: Cell, end: Cell) -> Fall | None:
    before, after = (float(found.utilities[agent][cell[agent]]) for cell in (start, end))
    drop = float(found.team[start] - found.team[end])
    if after < before or drop <= TOLERANCE * np.ptp(found.team):
        return None
    return Fall(agent, start, end, drop, before == after)


def _step(found: Decomposition, agent: int, start: Cell, end: Cell) -> Step:
    own = found.utilities[agent]
    low, high = own[start[agent]], own[end[agent]]
    between = [action for action in np.argsort(own, kind="stable").tolist() if low < own[action] < high]
    actions = [start[agent], *between, end[agent]] if start != end else [start[agent]]
    cells = tuple((*start[:agent], action, *start[agent + 1 :]) for action in actions)
    values = tuple(found.team[cell].item() for cell in cells)
    fall = _fall(found, agent, start, end)
    inner = not fall and any(_fall(found, agent, a, b) for a, b in pairwise(cells))
    return Step(agent, cells, tuple(own[a].item() for a in actions), values, fall, inner)
