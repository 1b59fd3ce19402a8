"""Trainings side by side: the interquartile mean of each method's seeds, with its interval."""

from typing import TYPE_CHECKING

from marl_helpers.basics import arguments, look
from marl_helpers.plots.base import Picture

if TYPE_CHECKING:
    from marl_helpers.training.comparing import Comparison

MOST = 3  # panels in a row


def comparison(compared: "Comparison") -> Picture:
    """A panel for each task: the interquartile mean over seeds, and its 95 % interval as a band; the text is the table.

    compared: what `marl_helpers.compare` found.
    """
    from matplotlib.figure import Figure

    if not hasattr(compared, "improvements"):
        arguments.refuse("compared", compared, "what marl_helpers.compare found")
    columns = min(MOST, len(compared.curves))
    rows = -(-len(compared.curves) // columns)
    figure = Figure(figsize=(7 if columns == 1 else 3.4 * columns, 3.3 * rows), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, (task, curves) in zip(panels, compared.curves.items()):
        for (label, curve), mark in zip(curves.items(), look.marks(curves)):
            band = {"color": mark.colour, "alpha": 0.18, "linewidth": 0}
            axes.fill_between(curve.x, curve.iqm.low, curve.iqm.high, step="post", **band)
            line = {"color": mark.colour, "linestyle": mark.line, "linewidth": 2, "label": label}
            axes.step(curve.x, curve.iqm.value, where="post", **line)
        axes.set_title(task, fontsize=10)
        axes.set(xlabel=compared.x, ylabel="greedy return")
        axes.grid(color=look.GRID)
        axes.legend(fontsize=9)
    for axes in panels[len(compared.curves) :]:
        axes.set_visible(False)
    return Picture(figure, repr(compared))
