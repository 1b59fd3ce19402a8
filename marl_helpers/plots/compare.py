"""Trainings side by side: the interquartile mean of each method's seeds, with its interval."""

from textwrap import fill
from typing import TYPE_CHECKING

from marl_helpers.basics import arguments, look
from marl_helpers.plots.base import Picture, drawn, spread

if TYPE_CHECKING:
    from marl_helpers.training.comparing import Comparison

ACROSS = {"updates": "updates", "steps": "steps of a seed", "seconds": "seconds of all seeds"}


@drawn
def comparison(compared: "Comparison") -> Picture:
    """A panel for each task: the interquartile mean over seeds, its 95 % interval as a band; the text is the tables.

    compared: what `marl_helpers.compare` found.
    """
    from matplotlib import rcParams
    from matplotlib.ticker import MaxNLocator

    if not hasattr(compared, "improvements"):
        arguments.refuse("compared", compared, "what marl_helpers.compare found")
    columns = 2 if len(compared.curves) <= 4 else 3
    figure, every = spread(len(compared.curves), columns, 3 if columns == 2 else 2.1)
    named = {}
    for axes, (task, curves) in zip(every, compared.curves.items()):
        for (label, curve), mark in zip(curves.items(), look.marks(curves)):
            band = {"color": mark.colour, "alpha": 0.15, "linewidth": 0}
            axes.fill_between(curve.x, curve.iqm.low, curve.iqm.high, step="post", **band)
            line = {"color": mark.colour, "linestyle": mark.line, "linewidth": 2, "label": label}
            axes.step(curve.x, curve.iqm.value, where="post", **line)
        axes.set_title(fill(task, 72 // columns))
        axes.xaxis.set_major_locator(MaxNLocator(8 // columns))
        axes.xaxis.set_major_formatter(lambda x, _: f"{x / 1000:g}k" if x >= 1000 else f"{x:g}")
        axes.grid()
        lines, labels = axes.get_legend_handles_labels()
        named |= dict(zip(labels, lines))
    for axes in every[-columns:]:
        axes.set_xlabel(ACROSS[compared.x])
    figure.supylabel("greedy return, interquartile mean", fontsize=rcParams["axes.labelsize"])
    figure.legend(named.values(), named, loc="outside lower center", ncols=columns, frameon=False)
    return Picture(figure, compared.tables(pairs=False))
