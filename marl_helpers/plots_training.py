"""Figures of trainings: learning curves with a band over seeds."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from marl_helpers.plots import LINES, Picture

if TYPE_CHECKING:
    from marl_helpers.training import Run


def curves(runs: Mapping[str, "Run"], lines: Mapping[str, float] | None = None) -> Picture:
    """Greedy test returns against updates: the median seed, all seeds behind it, and a band from the least to the most.

    runs: label -> a run, or anything with a `curve` of "updates" [K] and "returns" [K, seeds]. lines: label -> a return
    to compare with, such as an optimum. Raises ValueError for no runs.
    """
    from matplotlib.figure import Figure

    if not runs:
        raise ValueError("runs is empty: give a label and a run for each curve")
    figure = Figure(figsize=(7, 3.2), layout="constrained")
    axes, alt = figure.subplots(), []
    for (label, run), (colour, dash) in zip(runs.items(), LINES * len(runs)):
        updates, returns = (np.asarray(run.curve[name], dtype=float) for name in ("updates", "returns"))
        middle = np.nanmedian(returns, axis=1)
        axes.fill_between(updates, np.nanmin(returns, 1), np.nanmax(returns, 1), color=colour, alpha=0.15, linewidth=0)
        axes.plot(updates, returns, color=colour, alpha=0.25, linewidth=0.7)
        axes.plot(updates, middle, color=colour, linestyle=dash, linewidth=2, label=label)
        last = returns[-1]
        spread = f"seeds from {np.nanmin(last):.3g} to {np.nanmax(last):.3g}"
        alt.append(f"{label}: median return {middle[0]:.3g} at first and {middle[-1]:.3g} at the end, {spread}")
    for label, value in (lines or {}).items():
        axes.axhline(value, color="#555555", linewidth=0.8, linestyle=(0, (1, 2)))
        axes.annotate(label, (0.005, value), xycoords=("axes fraction", "data"), va="bottom", fontsize=8)
    axes.set(xlabel="updates", ylabel="greedy return")
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right", fontsize=9)
    return Picture(figure, "\n".join(alt))
