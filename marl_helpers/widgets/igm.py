"""Two widgets on the IGM property: the solver's answer with a checkbox per agent, and a linear mixer with sliders."""

from collections.abc import Sequence
from functools import reduce
from itertools import product
from operator import add, mul

import numpy as np
import traitlets

from marl_helpers.basics import arguments
from marl_helpers.basics.rounding import steady
from marl_helpers.exact import igm
from marl_helpers.widgets.alive import Alive, Drawing, checks, module

FEW = 3  # agents whose answers are all found beforehand, in less than a second
WAIT = (
    "Python and its solver are asked. Where no kernel runs, run this cell and those above it: the last answer stands."
)
ANSWER, MIXER = "the solver's answer", "the linear mixer"  # for screen readers


def answer(agents: int, actions: int, axioms: Sequence[bool]) -> Drawing:
    """What igm.counterexample finds; raises ValueError where it does."""
    found = igm.counterexample(agents, actions, axioms)
    if found is not None:
        return _card(ANSWER, "The solver found a counterexample.", found)
    text = (
        f"Proved: with {agents} agents of {actions} actions each there is no counterexample, "
        "whatever their utilities and whatever the mixer."
    )
    return _section(ANSWER, True, f"<p><strong>{text}</strong></p>"), text


def weighted(weights: Sequence[float], utilities: Sequence[Sequence[float]]) -> Drawing:
    """The mixer w_1 Q_1 + w_2 Q_2 + ... of these utilities, and what becomes of IGM."""
    terms = [f"{'-' if w < 0 else '+'} {abs(w):g} Q_{i + 1}" for i, w in enumerate(weights)]
    heading = f"Q_tot = {' '.join(terms).removeprefix('+ ')}"
    # Term by term, as the page adds them; the zero keeps -0 out.
    return _card(MIXER, heading, igm.mix(lambda *values: reduce(add, map(mul, weights, values), 0.0), utilities))


def _card(name: str, heading: str, found: igm.Decomposition) -> Drawing:
    tables = "".join(_table(found, lead) for lead in np.ndindex(found.team.shape[:-2]))
    html = f"<p><strong>{heading}</strong></p>{tables}<p>{found.verdict}</p>"
    return _section(name, found.inclusion, html), f"{heading}\n{found}"


def _section(name: str, good: bool, html: str) -> str:
    state = "good" if good else "bad"
    return f'<div class="marl-cards"><section class="marl-card marl-{state}" aria-label="{name}">{html}</section></div>'


def _table(found: igm.Decomposition, lead: tuple[int, ...]) -> str:
    """Q_tot by the last two agents' actions, given those of the others; --heat is 0 to 1 over all of Q_tot."""
    *others, rows, columns = found.utilities
    n = len(found.utilities)
    given = "".join(f"agent {i + 1} plays {a}, utility {others[i][a]:g}; " for i, a in enumerate(lead))
    head = "".join(f'<th scope="col">{b},<br>utility {q:g}</th>' for b, q in enumerate(columns))
    body = ""
    for a, q in enumerate(rows):
        cells = "".join(_cell(found, (*lead, a, b)) for b in range(len(columns)))
        body += f'<tr><th scope="row">agent {n - 1} plays {a}, utility {q:g}</th>{cells}</tr>'
    return (
        f"<table><caption>{given}{igm.LEGEND}</caption><thead><tr><th>agent {n} plays</th>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table>"
    )


def _cell(found: igm.Decomposition, cell: tuple[int, ...]) -> str:
    heat = (found.team[cell] - found.team.min()) / (np.ptp(found.team) or 1)
    played = ' class="marl-played"' if cell in found.greedy else ""
    return f'<td{played} style="--heat: {steady(heat):.2f}">{found.label(cell)}</td>'


class AskTheSolver(Alive):
    """`answer` with a checkbox for each agent: is the mixer assumed never to fall in its utility?

    `axioms` holds what is ticked. The answers for teams of up to FEW agents are all found at once, so that the page
    has them without a kernel; for a larger team the solver answers as it is asked, and the page says that it must.
    Raises ValueError for a team that igm.counterexample refuses.
    """

    _esm = module("controls", "solver")
    axioms = traitlets.List(traitlets.Bool()).tag(sync=True)
    _answers = traitlets.Dict().tag(sync=True)  # "10" for the first agent's box alone -> the answer as HTML
    _names = traitlets.List().tag(sync=True)
    _wait = traitlets.Unicode(WAIT).tag(sync=True)

    def __init__(self, agents: int = 2, actions: int = 3):
        self.team = igm.check_team(agents, actions)
        self._found: dict[tuple[bool, ...], Drawing] = {}
        all_ways = [*product((True, False), repeat=self.team[0])]
        names = [f"raising Q_{i + 1} never lowers Q_tot" for i in range(self.team[0])]
        super().__init__(axioms=list(all_ways[0]), _names=names)
        for axioms in all_ways if self.team[0] <= FEW else all_ways[:1]:
            self._solve(axioms)
        self.observe(self._ask, names="axioms")

    def _solve(self, axioms: tuple[bool, ...]) -> Drawing:
        if axioms not in self._found:
            self._found[axioms] = answer(*self.team, axioms)
            self._answers = {"".join(str(int(one)) for one in ways): html for ways, (html, _) in self._found.items()}
        return self._found[axioms]

    def _ask(self, _change) -> None:
        with self.reporting():
            self.drawing()

    @checks("axioms")
    def _fits(self, axioms: list[bool]) -> list[bool]:
        return _each(self.team[0], axioms=axioms)

    def settings(self) -> list[tuple[str, str]]:
        return [(name, "assumed" if one else "not assumed") for name, one in zip(self._names, self.axioms)]

    def drawing(self) -> Drawing:
        return self._solve(tuple(self.axioms))


class LinearMixer(Alive):
    """`weighted` with a slider from -2 to 2 for each of `weights`, in quarters and at 1 to begin with.

    utilities: one list of numbers per agent. Raises ValueError for utilities that igm.mix refuses.
    """

    _esm = module("numbers", "cells", "igm", "controls", "mixer")
    weights = traitlets.List(traitlets.Float()).tag(sync=True)
    _utilities = traitlets.List().tag(sync=True)
    _rules = traitlets.Dict().tag(sync=True)  # what the page must know of the sliders, and words

    def __init__(self, utilities: Sequence[Sequence[float]] = ((0, 1, 3), (0, 4, 2))):
        listed = arguments.several("one list for each of two or more agents", utilities=utilities)
        checked = igm.mix(lambda *values: 0.0, listed).utilities
        super().__init__(
            weights=[1.0] * len(checked),
            _utilities=[q.tolist() for q in checked],
            _rules={"name": MIXER, "legend": igm.LEGEND, "weights": {"min": -2, "max": 2, "step": 0.25}},
        )

    @checks("weights")
    def _fits(self, weights: list[float]) -> list[float]:
        return _each(len(self._utilities), weights=weights)

    def settings(self) -> list[tuple[str, str]]:
        return [(f"weight of Q_{i + 1}", f"{weight:g}") for i, weight in enumerate(self.weights)]

    def drawing(self) -> Drawing:
        return weighted(self.weights, self._utilities)


def _each(agents: int, /, **values: list) -> list:
    """A trait's value; raises ValueError where it is not one for each agent."""
    ((name, value),) = values.items()
    return value if len(value) == agents else arguments.refuse(name, value, f"one for each of {agents} agents")
