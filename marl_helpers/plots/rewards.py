"""Reward tables beside what methods make of them, and curves of plain numbers."""

from collections.abc import Iterable, Mapping
from functools import partial
from itertools import repeat
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np

from marl_helpers.basics import arguments, look
from marl_helpers.fitting.reasons import runs_right
from marl_helpers.plots.base import Picture, decimals, drawn, label, made_by, matrix, places, scale, spread, stroke

if TYPE_CHECKING:
    from marl_helpers.fitting.diagnosis import Diagnosis

TITLE = 24  # letters in a line of a title above a third of a figure
Cells = Iterable[tuple[int, ...]]


@drawn
def tables(
    panels: Mapping[str, np.ndarray],
    optima: Cells = (),
    plays: Mapping[str, tuple[int, ...]] | None = None,
    notes: Mapping[str, str] | None = None,
) -> Picture:
    """Two-agent tables side by side: values in the cells, * at the optima, [ ] around what a panel's team plays.

    panels: title -> array (|A_1|, |A_2|). plays, notes: title -> joint action, title -> line under the panel.
    """
    optima = arguments.several("a list of joint actions", 0, optima=optima)
    plays, notes = ({} if given is None else given for given in (plays, notes))
    arguments.mapping(0, plays=plays, notes=notes)
    arrays = arguments.entries(matrix, panels=panels)
    digits = places(*arrays.values())
    low = min(values.min() for values in arrays.values())
    high = max(values.max() for values in arrays.values())
    tall = 2.2 + (0.17 * (1 + max(map(str.count, notes.values(), repeat("\n")))) if notes else 0)
    figure, every = spread(len(panels), 3 if len(panels) != 4 else 2, tall, 2.2)
    for axes, (title, values) in zip(every, arrays.items(), strict=True):
        shade = (values - low) / ((high - low) or 1)
        axes.imshow(shade, cmap=scale(), vmin=0, vmax=1)
        for cell, value in np.ndenumerate(values):
            text = label(value, digits, cell in optima, cell == plays.get(title))
            axes.text(*cell[::-1], text, ha="center", va="center", color=look.ink(shade[cell]))
        axes.set(title=fill(title, TITLE), xticks=range(values.shape[1]), yticks=range(values.shape[0]))
        axes.set_xlabel("agent 2 plays" + (f"\n{notes[title]}" if title in notes else ""))
        axes.set_ylabel("agent 1 plays")
        axes.tick_params(length=0)
    alt = "\n".join(
        _describe(title, values, digits, optima, plays.get(title), notes) for title, values in arrays.items()
    )
    return Picture(figure, alt)


def verdicts(diagnosis: "Diagnosis") -> Picture:
    """The reward beside every method's fitted table, with what each team earns and how many runs find the optimum."""
    made_by("verdicts", "what marl_helpers.diagnose returned")(diagnosis=diagnosis)
    most = diagnosis.table.max()
    panels, plays, notes = {"reward R": diagnosis.table}, {}, {}
    for verdict in diagnosis.verdicts.values():
        panels[verdict.label] = verdict.fitted
        plays[verdict.label] = verdict.plays
        notes[verdict.label] = f"earns {verdict.earns:.4g} of {most:.4g}"
        if verdict.learned is not None:
            notes[verdict.label] += f"\n{runs_right(verdict.learned)}"
    return tables(panels, diagnosis.optima, plays, notes)


@drawn
def lines(x, panels: Mapping[str, Mapping[str, np.ndarray]], across: str, up: str) -> Picture:
    """Curves over x, one panel beside the other with a common vertical scale.

    x: shape (points,). panels: title -> name of the curve -> array (points,). across, up: what the two axes show.
    """
    x = arguments.numbers(x=x)
    panels = arguments.entries(partial(arguments.entries, partial(_curve, len(x))), panels=panels)
    figure, axes = spread(len(panels), 3, 2.6, sharey=True)
    for panel, (title, named) in zip(axes, panels.items(), strict=True):
        for (name, values), mark in zip(named.items(), look.marks(named)):
            panel.plot(x, values, label=name, **stroke(name, mark))
        panel.set(title=fill(title, TITLE), xlabel=across, xlim=(x[0], x[-1]))  # from left to right as x is given
        panel.grid()
    axes[0].set_ylabel(up)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False)
    ends = {
        title: "; ".join(f"{name} from {decimals(v[0])} to {decimals(v[-1])}" for name, v in named.items())
        for title, named in panels.items()
    }
    alt = f"{up} against {across}, {decimals(x[0])} to {decimals(x[-1])}.\n"
    return Picture(figure, alt + "\n".join(f"{title}: {text}" for title, text in ends.items()))


def _curve(points: int, **values: object) -> np.ndarray:
    """As many numbers as there are points."""
    ((name, value),) = values.items()
    found = arguments.array(name, value, f"{points} numbers, one for each x", "biuf")
    return found if found.shape == (points,) else arguments.refuse(name, value, f"{points} numbers, one for each x")


def _describe(title: str, values: np.ndarray, digits: int, optima: Cells, played, notes: Mapping[str, str]) -> str:
    rows = [
        " ".join(label(value, digits, (a, b) in optima, (a, b) == played) for b, value in enumerate(row))
        for a, row in enumerate(values)
    ]
    note = "; ".join(notes[title].splitlines()) if title in notes else ""
    return f"{title}: {', '.join(rows)}" + (f" ({note})" if note else "")
