"""IGM as a picture: what each agent picks for itself, against what is best for the team."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from marl_helpers.basics import arguments, look
from marl_helpers.basics.rounding import steady
from marl_helpers.exact.igm import Decomposition
from marl_helpers.plots.base import Picture, drawn, spread

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMNS = 3  # panels in a row
BAND = 0.42  # of a cell: from its middle to the border of a band


@drawn
def two_sets(panels: Mapping[str, Decomposition]) -> Picture:
    """Q_tot of two agents, a band around each row and column that an agent picks greedily, * at the largest Q_tot.

    Where a row's and a column's band cross, the joint action is greedy: IGM holds where every crossing has a star.
    Beside the tables stand the agents' actions with their utilities. panels: title -> what igm.mix returned, of two
    agents.
    """
    teams = arguments.entries(_of_two, panels=panels)
    figure, places = spread(len(teams), COLUMNS, 2.4, 2.2)
    for axes, (title, team) in zip(places, teams.items(), strict=True):
        _table(axes, team)
        axes.set_title(title)
    return Picture(figure, "\n".join(f"{title}: {team}" for title, team in teams.items()))


def _of_two(**values: object) -> Decomposition:
    ((name, value),) = values.items()
    remedy = "what igm.mix returned, for two agents"
    found = arguments.instance(Decomposition, remedy, **{name: value})
    return found if found.team.ndim == 2 else arguments.refuse(name, value, remedy)


def _table(axes: "Axes", team: Decomposition) -> None:
    low, spread = team.team.min(), np.ptp(team.team) or 1
    for (a, b), value in np.ndenumerate(team.team):
        heat = steady((value - low) / spread)
        axes.add_patch(_box(b, a, 0.5, 0.5, facecolor=look.shade(heat), edgecolor=look.FAINT))
        text = f"{value:.3g}" + "*" * ((a, b) in team.optimal)
        weight = "bold" if (a, b) in team.optimal else "normal"
        axes.text(b, a, text, ha="center", va="center", color=look.ink(heat), weight=weight)
    rows, columns = team.team.shape
    picked = [np.flatnonzero(q == q.max()) for q in team.utilities]
    for a in picked[0]:
        _band(axes, (columns - 1) / 2, a, columns / 2 - 0.5 + BAND, BAND)
    for b in picked[1]:
        _band(axes, b, (rows - 1) / 2, BAND, rows / 2 - 0.5 + BAND)
    axes.set(xlim=(-0.5, columns - 0.5), ylim=(rows - 0.5, -0.5), aspect="equal")
    axes.set_xticks(range(columns), _named(team.utilities[1]))
    axes.set_yticks(range(rows), _named(team.utilities[0]))
    kind = "IGM holds" if team.equality else "inclusion only" if team.inclusion else "IGM fails"
    axes.set(xlabel=f"agent 2's action: utility\n{kind}", ylabel="agent 1's action: utility")
    axes.tick_params(length=0)


def _named(utilities: np.ndarray) -> list[str]:
    """Each action with its utility."""
    return [f"{action}: {q:.3g}" for action, q in enumerate(utilities)]


def _band(axes: "Axes", x: float, y: float, half_width: float, half_height: float) -> None:
    """A frame in two inks, of which one stands out on every shade."""
    for colour, width in ((look.ON_BRIGHT, 4.5), (look.ON_DARK, 1.5)):
        axes.add_patch(_box(x, y, half_width, half_height, fill=False, edgecolor=colour, linewidth=width, zorder=3))


def _box(x: float, y: float, half_width: float, half_height: float, **looks: Any):
    from matplotlib.patches import Rectangle

    return Rectangle((x - half_width, y - half_height), 2 * half_width, 2 * half_height, **looks)
