"""The IGM property: sets of maximisers, and a solver that proves the property or returns a counterexample.

IGM (individual-global-max; Son et al. 2019, definition 1) relates the agents' utilities Q_i to a team value Q_tot that
a mixer f makes of them: Q_tot(a_1, ..., a_n) = f(Q_1(a_1), ..., Q_n(a_n)). As an inclusion it says that if every agent
plays a maximiser of its own Q_i, the joint action they form is a maximiser of Q_tot. That holds where f is
non-decreasing in each argument. As an equality it says that there are no other maximisers, which takes more.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np

from marl_helpers.basics import arguments
from marl_helpers.exact.rankings import TOLERANCE
from marl_helpers.games import Cell

LEGEND = "Q_tot, with [ ] greedy, * optimal, ! beats greedy"
MOST = 32  # joint actions: the largest team that the solver proves within a second


@dataclass(frozen=True, eq=False, repr=False)
class Decomposition:
    """The utilities of n agents, and the team value of every joint action.

    utilities: an array of shape (|A_i|,) for each agent. team: Q_tot, shape (|A_1|, ..., |A_n|). Utilities are compared
    as they are; team values closer than TOLERANCE times their spread count as equal, as rounding may part them.
    """

    utilities: tuple[np.ndarray, ...]
    team: np.ndarray

    @property
    def greedy(self) -> set[Cell]:
        """The joint actions in which every agent plays a maximiser of its own utility."""
        return set(product(*(np.flatnonzero(q == q.max()).tolist() for q in self.utilities)))

    @property
    def optimal(self) -> set[Cell]:
        """The joint actions that maximise Q_tot."""
        return _cells(self.team >= self.team.max() - TOLERANCE * np.ptp(self.team))

    @property
    def better(self) -> set[Cell]:
        """The joint actions that beat one which the agents may play greedily: none where the inclusion holds."""
        least = min(self.team[cell] for cell in self.greedy)
        return _cells(self.team > least + TOLERANCE * np.ptp(self.team))

    @property
    def inclusion(self) -> bool:
        """Is every greedy joint action optimal?"""
        return self.greedy <= self.optimal

    @property
    def equality(self) -> bool:
        """Are the greedy joint actions exactly the optimal ones?"""
        return self.greedy == self.optimal

    @property
    def verdict(self) -> str:
        """What greedy play makes of Q_tot, in a sentence."""
        missed = self.optimal - self.greedy
        if not self.inclusion:
            played = min(self.greedy, key=lambda cell: (self.team[cell], cell))
            return (
                f"IGM fails: the agents play {played}, worth {self.team[played]:g} to the team, "
                f"but {_listed(self.optimal)} is worth {self.team.max():g}."
            )
        if missed:
            return f"IGM holds as an inclusion only: {_listed(missed)} is as good as {_listed(self.greedy)}."
        return f"IGM holds: the agents play {_listed(self.greedy)}, and nothing else is as good."

    def label(self, cell: Cell) -> str:
        """Q_tot of a joint action: [ ] around what the agents play, * at the largest, ! where greedy play is beaten."""
        marks = "*" * (cell in self.optimal) + "!" * (cell in self.better)
        text = f"{self.team[cell]:g}{marks}"
        return f"[{text}]" if cell in self.greedy else text

    def __str__(self) -> str:
        *others, rows, columns = self.utilities
        n, cells = len(self.utilities), np.ndindex(self.team.shape)
        heads = [f"agent {n - 1} plays {a}, utility {q:g}" for a, q in enumerate(rows)]
        left, right = max(map(len, heads)), max(len(_number(self.label(cell))) for cell in cells)

        def line(head: str, columns: Iterable[str]) -> str:
            texts = [f"{_number(text):>{max(right + 2, 6)}}{_marks(text):<3}" for text in columns]
            return f"{head:<{left}}{''.join(texts)}".rstrip()

        lines = [LEGEND]
        for lead in np.ndindex(*map(len, others)):
            lines += [f"agent {i + 1} plays {a}, utility {others[i][a]:g}" for i, a in enumerate(lead)]
            lines += [line(f"agent {n} plays", map(str, range(len(columns))))]
            lines += [line(f"{'utility':>{left}}", (f"{q:g}" for q in columns))]
            for a, head in enumerate(heads):
                lines += [line(head, (self.label((*lead, a, b)) for b in range(len(columns))))]
        return "\n".join([*lines, self.verdict])

    def __repr__(self) -> str:
        return str(self)


def mix(mixer: Callable[..., float], utilities: Sequence[Sequence[float]]) -> Decomposition:
    """The team value that `mixer`, a function of one number per agent, makes of the utilities, one list per agent.

    True and False count as 1 and 0. Raises ValueError for fewer than two agents, and for utilities or team values that
    are not finite numbers.
    """
    arguments.function(mixer=mixer)
    listed = arguments.several("one list for each of two or more agents", 0, utilities=utilities)
    arrays = tuple(_numbers(q, 1, f"the utilities of agent {i + 1} are") for i, q in enumerate(listed))
    if len(arrays) < 2:
        raise ValueError(f"utilities has length {len(arrays)}: give one list for each of two or more agents")
    values = [_numbers(mixer(*point), 0, f"f{point} is") for point in product(*(q.tolist() for q in arrays))]
    return Decomposition(arrays, np.array(values, dtype=float).reshape([q.size for q in arrays]))


def path(start: Cell, end: Cell) -> list[Cell]:
    """The joint actions from start to end, agent 1 switching first, then agent 2, ...: each agent switches once."""
    start, end = (tuple(arguments.several("a joint action", **{n: c})) for n, c in (("start", start), ("end", end)))
    if len(start) != len(end):
        arguments.refuse("end", end, f"a joint action of {len(start)} agents, as start has")
    return [(*end[:k], *start[k:]) for k in range(len(start) + 1)]


def sentence(found: Decomposition, agent: int, a: Cell, b: Cell) -> str:
    """That Q_tot falls where this agent (its axis, from 0) goes from joint action a to b and lowers no utility."""
    before, after = (found.utilities[agent][cell[agent]] for cell in (a, b))
    way = f"raises its utility from {before:g} to {after:g}" if after > before else f"keeps its utility of {after:g}"
    return f"From {a} to {b} agent {agent + 1} {way}, and Q_tot falls from {found.team[a]:g} to {found.team[b]:g}."


@dataclass(frozen=True, eq=False, repr=False)
class Counterexample(Decomposition):
    """Utilities and a mixer for which greedy play is not optimal, without ties and in small integers.

    utilities: 0, ..., actions - 1 in some order for each agent. mixer: f, shape (actions,) * agents, by the agents'
    utilities, so that team[a, b] = mixer[Q_1(a), Q_2(b)]. axioms: for which agents f is non-decreasing.
    """

    mixer: np.ndarray
    axioms: tuple[bool, ...]

    @property
    def fall(self) -> tuple[int, Cell, Cell]:
        """An agent (its axis, from 0) that raises its utility and lowers Q_tot, and the joint actions it goes between.

        There is one on every path from an optimal joint action to a greedy one.
        """
        walk = path(min(self.optimal), min(self.greedy))
        steps = enumerate(pairwise(walk))
        return next((agent, a, b) for agent, (a, b) in steps if self.team[b] < self.team[a])

    @property
    def verdict(self) -> str:
        """As for every decomposition, and on a second line whose rise makes Q_tot fall."""
        return f"{super().verdict}\n{sentence(self, *self.fall)}"

    def holds_up(self) -> bool:
        """By brute force: is Q_tot this f of these utilities, is f as assumed, and is greedy play not optimal?"""
        made = np.array_equal(self.mixer[np.ix_(*self.utilities)], self.team)
        rises = [(np.diff(self.mixer, axis=agent) >= 0).all() for agent in range(self.mixer.ndim)]
        return bool(made and all(np.array(rises)[list(self.axioms)]) and not self.inclusion)


def counterexample(agents: int = 2, actions: int = 3, axioms: Sequence[bool] | None = None) -> Counterexample | None:
    """Utilities and a mixer f that is non-decreasing as assumed, for which a greedy joint action is not optimal.

    `axioms`: for each agent, whether f is assumed to be non-decreasing in that agent's utility; all of them by default.
    None means that there is no counterexample, and is a proof for this number of agents and actions, whatever the
    utilities and whatever f: to the solver they are unknowns, f is any function at all, and nothing else is assumed.
    They are integers there, which loses nothing, as only the order of finitely many numbers matters. A counterexample
    is checked by brute force before it is returned.

    Raises ValueError for agents, actions or axioms that make no team, or for one of more than MOST joint actions.
    """
    from marl_helpers.exact import solver  # which loads z3

    agents, actions = check_team(agents, actions)
    axioms = _axioms(axioms, agents)
    answer = solver.answer(agents, actions, axioms)
    if answer is None:
        return None
    utilities, team = answer
    found = Counterexample(utilities, team, team[np.ix_(*map(np.argsort, utilities))], axioms)
    if not found.holds_up():
        raise RuntimeError(f"the solver's answer does not hold up by brute force:\n{found}")
    return found


def check_team(agents: int, actions: int) -> tuple[int, int]:
    """Both; raises ValueError for a team that the solver does not take: too small, too large, or not whole numbers."""
    agents, actions = arguments.at_least(2, agents=agents, actions=actions)
    count = actions ** min(agents, MOST)
    if count > MOST:
        raise ValueError(
            f"{agents} agents with {actions} actions have {count}{' or more' * (agents > MOST)} joint actions: the "
            f"solver takes at most {MOST}, so give it fewer, such as 2 agents with 5 actions, 3 with 3, or 5 with 2"
        )
    return agents, actions


def _axioms(axioms: Sequence[bool] | None, agents: int) -> tuple[bool, ...]:
    remedy = f"True or False for each of the {agents} agents"
    listed = [True] * agents if axioms is None else arguments.several(remedy, axioms=axioms)
    listed = [arguments.scalar(assumed) for assumed in listed]
    if len(listed) != agents or not all(isinstance(assumed, bool) for assumed in listed):
        arguments.refuse("axioms", axioms, remedy)
    return tuple(listed)


def _numbers(values: object, axes: int, what: str) -> np.ndarray:
    remedy = "finite numbers in a list" if axes else "one finite number"
    try:
        array = arguments.array(what, values, remedy, "biuf")
    except ValueError:
        array = np.array([])
    if array.ndim != axes or array.size == 0 or not np.isfinite(array).all():
        raise ValueError(f"{what} {arguments.shown(values)}: give {remedy}")
    return array * 1  # a copy, in which True and False are 1 and 0


def _cells(chosen: np.ndarray) -> set[Cell]:
    return set(map(tuple, np.argwhere(chosen).tolist()))


def _listed(cells: set[Cell]) -> str:
    first, *others = sorted(cells)
    return " or ".join(map(str, sorted(cells))) if len(cells) < 4 else f"{first} or any of {len(others)} others"


def _number(text: str) -> str:
    """A label without what follows its number: in a text table numbers end in line, with their marks after them."""
    return text.rstrip("*!]")


def _marks(text: str) -> str:
    return text.removeprefix(_number(text))
