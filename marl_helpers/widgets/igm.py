"""Two views on the IGM property: the solver's answer with a checkbox per agent, and a linear mixer with sliders."""

from collections.abc import Sequence
from copy import deepcopy

import ipywidgets
import numpy as np

from marl_helpers.basics import arguments
from marl_helpers.exact import igm
from marl_helpers.widgets.view import Drawing, View

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
    return _card(MIXER, heading, igm.mix(lambda *values: float(np.dot(weights, values)), utilities))


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
    return f'<td{played} style="--heat: {heat:.2f}">{found.label(cell)}</td>'


class AskTheSolver(View):
    """`answer` with a checkbox for each agent: is the mixer assumed never to fall in its utility?

    Raises ValueError for a team that igm.counterexample refuses.
    """

    def __init__(self, agents: int = 2, actions: int = 3):
        agents, actions = igm.check_team(agents, actions)
        boxes = [
            ipywidgets.Checkbox(True, description=f"raising Q_{i + 1} never lowers Q_tot", indent=False)
            for i in range(agents)
        ]
        super().__init__(boxes, lambda axioms: answer(agents, actions, axioms))


class LinearMixer(View):
    """`weighted` with a slider from -2 to 2 for each weight, in quarters and at 1 to begin with.

    utilities: one list of numbers per agent. Raises ValueError for utilities that igm.mix refuses.
    """

    def __init__(self, utilities: Sequence[Sequence[float]] = ((0, 1, 3), (0, 4, 2))):
        listed = arguments.several("one list for each of two or more agents", utilities=utilities)
        utilities = deepcopy(listed)  # the sliders go on with these, whatever becomes of the list
        sliders = [
            ipywidgets.FloatSlider(
                1,
                min=-2,
                max=2,
                step=0.25,
                description=f"weight of Q_{i + 1}",
                style={"description_width": "initial"},
                layout={"width": "28em"},
            )
            for i in range(len(utilities))
        ]
        super().__init__(sliders, lambda weights: weighted(weights, utilities))
