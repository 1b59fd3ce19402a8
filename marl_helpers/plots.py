"""Figures of reward tables and what methods make of them, with the same content as text for those who cannot see them.

Every function returns a Picture: shown in a notebook it is an image with alt text. matplotlib loads on first use.
"""

from base64 import b64encode
from collections.abc import Iterable, Mapping
from html import escape
from io import BytesIO
from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from marl_helpers.diagnosis import Diagnosis

COLOURS = "cividis"  # readable without colour vision, and in print
# Told apart without colour vision, by the dashes too.
LINES = (("#0072b2", "-"), ("#d55e00", "--"), ("#009e73", "-."), ("#cc79a7", ":"), ("#000000", (0, (1, 1))))
Cells = Iterable[tuple[int, ...]]


class Picture:
    """A matplotlib `figure` with `alt`, the text that says what it shows."""

    def __init__(self, figure: "Figure", alt: str):
        self.figure, self.alt = figure, alt

    def __repr__(self) -> str:
        return self.alt

    def png(self, dpi: int = 200) -> bytes:
        """The figure as the bytes of a PNG file."""
        buffer = BytesIO()
        self.figure.savefig(buffer, format="png", dpi=dpi, bbox_inches="tight", facecolor="white")
        return buffer.getvalue()

    def _repr_mimebundle_(self, include=None, exclude=None):
        png = self.png()
        data = b64encode(png).decode()
        width = int.from_bytes(png[16:20], "big") // 2  # shown at 100 dots an inch, sharp on dense screens
        # JupyterLab gives an image no alt text of its own, so the picture is an <img> where HTML can be shown.
        html = f'<img src="data:image/png;base64,{data}" width="{width}" alt="{escape(self.alt)}">'
        return {"text/html": html, "image/png": data, "text/plain": self.alt}, {"image/png": {"width": width}}


def tables(
    panels: Mapping[str, np.ndarray],
    optima: Cells = (),
    plays: Mapping[str, tuple[int, ...]] | None = None,
    notes: Mapping[str, str] | None = None,
) -> Picture:
    """Two-agent tables side by side: values in the cells, * at the optima, [ ] around what a panel's team plays.

    panels: title -> array (|A_1|, |A_2|). plays, notes: title -> joint action, title -> line under the panel.
    """
    from matplotlib.figure import Figure

    plays, notes, optima = plays or {}, notes or {}, list(optima)
    arrays = {title: np.asarray(values, float) for title, values in panels.items()}
    if not arrays or any(values.ndim != 2 for values in arrays.values()):
        raise ValueError(f"panels has shapes {[v.shape for v in arrays.values()]}: give one or more two-agent tables")
    digits = places(*arrays.values())
    low = min(values.min() for values in arrays.values())
    high = max(values.max() for values in arrays.values())
    figure = Figure(figsize=(2.7 * len(panels), 2.9), layout="constrained")
    for axes, (title, values) in zip(np.ravel(figure.subplots(1, len(panels))), arrays.items(), strict=True):
        shade = (values - low) / ((high - low) or 1)
        axes.imshow(shade, cmap=COLOURS, vmin=0, vmax=1)
        for cell, value in np.ndenumerate(values):
            text = label(value, digits, cell in optima, cell == plays.get(title))
            axes.text(*cell[::-1], text, ha="center", va="center", color=ink(shade[cell]))
        axes.set(title=title, xticks=range(values.shape[1]), yticks=range(values.shape[0]))
        axes.set_xlabel("agent 2 plays" + (f"\n\n{notes[title]}" if title in notes else ""))
        axes.set_ylabel("agent 1 plays")
        axes.tick_params(length=0)
    alt = "\n".join(
        _describe(title, values, digits, optima, plays.get(title), notes) for title, values in arrays.items()
    )
    return Picture(figure, alt)


def verdicts(diagnosis: "Diagnosis") -> Picture:
    """The reward beside every method's fitted table, with what each team earns and how many runs find the optimum."""
    from marl_helpers.reasons import runs_right  # which loads torch, as whoever made the diagnosis already did

    most = diagnosis.table.max()
    panels, plays, notes = {"reward R": diagnosis.table}, {}, {}
    for verdict in diagnosis.verdicts.values():
        panels[verdict.label] = verdict.fitted
        plays[verdict.label] = verdict.plays
        notes[verdict.label] = f"earns {verdict.earns:.4g} of {most:.4g}"
        if verdict.learned is not None:
            notes[verdict.label] += f"\n{runs_right(verdict.learned)}"
    return tables(panels, diagnosis.optima, plays, notes)


def curves(x, panels: Mapping[str, Mapping[str, np.ndarray]], across: str, up: str) -> Picture:
    """Curves over x, one panel beside the other with a common vertical scale.

    x: shape (points,). panels: title -> name of the curve -> array (points,). across, up: what the two axes show.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(max(3.2 * len(panels), 5), 3.2), layout="constrained")
    axes = np.ravel(figure.subplots(1, len(panels), sharey=True))
    for panel, (title, named) in zip(axes, panels.items(), strict=True):
        for (name, values), (colour, dash) in zip(named.items(), cycle(LINES)):
            panel.plot(x, values, color=colour, linestyle=dash, linewidth=2, label=name)
        panel.set(title=title, xlabel=across, xlim=(x[0], x[-1]))  # from left to right as x is given
        panel.grid(alpha=0.3)
    axes[0].set_ylabel(up)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside right center", frameon=False)
    ends = {
        title: "; ".join(f"{name} from {decimals(v[0])} to {decimals(v[-1])}" for name, v in named.items())
        for title, named in panels.items()
    }
    alt = f"{up} against {across}, {decimals(x[0])} to {decimals(x[-1])}.\n"
    return Picture(figure, alt + "\n".join(f"{title}: {text}" for title, text in ends.items()))


def ink(shade: float) -> str:
    """The colour of text on that shade of COLOURS, from 0 to 1: where they meet either has a contrast of 4.5."""
    return "white" if shade < 0.47 else "black"


def label(value: float, places: int = 1, optimal: bool = False, played: bool = False) -> str:
    """A cell's text: * marks an optimum, [ ] what the team plays."""
    text = decimals(value, places) + ("*" if optimal else "")
    return f"[{text}]" if played else text


def places(*arrays: np.ndarray) -> int:
    """How many decimals tell the values of these arrays apart: 1 for rewards of common size, more for tiny spreads."""
    spread = max(map(np.max, arrays)) - min(map(np.min, arrays))
    least = 1 if spread < 1000 else 0
    return least if spread == 0 else min(max(1 - int(np.floor(np.log10(spread))), least), 9)


def decimals(value: float, places: int = 1) -> str:
    """A value to that many decimals, without trailing zeros, a minus sign before zero, or more than seven digits."""
    if abs(value) >= 1e7:
        return f"{value:.2e}"
    text = f"{round(float(value), places) + 0.0:.{places}f}"
    return text.rstrip("0").removesuffix(".") if "." in text else text


def _describe(title: str, values: np.ndarray, digits: int, optima: Cells, played, notes: Mapping[str, str]) -> str:
    rows = [
        " ".join(label(value, digits, (a, b) in optima, (a, b) == played) for b, value in enumerate(row))
        for a, row in enumerate(values)
    ]
    note = "; ".join(notes[title].splitlines()) if title in notes else ""
    return f"{title}: {', '.join(rows)}" + (f" ({note})" if note else "")
