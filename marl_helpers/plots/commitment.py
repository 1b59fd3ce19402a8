"""Figures of lecture 08: what a dock must pay, and where in a plane of docks a method's teams come to it."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from marl_helpers.basics import arguments
from marl_helpers.plots.base import COLOURS, LINES, Picture, decimals, ink, matrix


def prices(exactly: Mapping[str, Mapping[int, float]], learned: Mapping[str, Mapping[int, ArrayLike]]) -> Picture:
    """Critical payoffs against the number of robots: a line for each exact one, a mark for each that was learned.

    exactly: label -> {robots: payoff}. learned: label -> {robots: (low, high)}, payoffs between which teams began to
    come; high infinite where none came at any payoff that was tried.
    """
    from matplotlib.figure import Figure

    exactly = arguments.entries(partial(arguments.entries, arguments.finite), 0, exactly=exactly)
    learned = arguments.entries(arguments.mapping, 0, learned=learned)
    figure, alt = Figure(figsize=(7, 4), layout="constrained"), []
    axes = figure.subplots()
    for (label, found), (colour, dash) in zip(exactly.items(), LINES):
        axes.plot(list(found), list(found.values()), color=colour, linestyle=dash, linewidth=2, label=label)
        alt.append(f"{label}: " + ", ".join(f"{n} robots {price:.4g}" for n, price in found.items()))
    for k, ((label, found), (colour, _)) in enumerate(zip(learned.items(), LINES[:2:-1])):
        for j, (n, (low, high)) in enumerate(found.items()):
            name, place = label if j == 0 else None, n + 0.3 * (k - (len(learned) - 1) / 2)  # beside each other
            if np.isfinite(high):
                axes.plot([place] * 2, [low, high], color=colour, linewidth=5, solid_capstyle="butt", label=name)
            else:
                axes.plot(place, low, marker="^", markersize=8, color=colour, label=name, linestyle="none")
        said = (f"{n} robots {_between(low, high)}" for n, (low, high) in found.items())
        alt.append(f"{label}: " + ", ".join(said))
    axes.set(xlabel="robots", ylabel="the dock must pay", yscale="log")
    axes.grid(alpha=0.3, which="both")
    axes.legend(fontsize=9)
    return Picture(figure, "\n".join(alt))


def docks(
    earned: Mapping[str, ArrayLike], safe: ArrayLike, optimum: ArrayLike, needs: Sequence[int], pays: Sequence[float]
) -> Picture:
    """What teams earn in a plane of docks, a panel for each method: 0 is what the safe team earns, 1 the optimum.

    earned: label -> returns [needs, pays, seeds]. safe, optimum: expected returns [needs, pays]. A cell has the median
    seed's share of the way between the two, in percent, and a dash where they are less than 3 apart.
    """
    from matplotlib.figure import Figure

    earned, safe = arguments.entries(_returns, earned=earned), matrix(safe=safe)
    needs, pays = arguments.numbers(needs=needs, pays=pays)
    figure, alt = Figure(figsize=(2.5 * len(earned) + 0.8, 2.9), layout="constrained"), []
    gap = matrix(optimum=optimum) - safe
    for axes, (label, returns) in zip(np.ravel(figure.subplots(1, len(earned), sharey=True)), earned.items()):
        share = np.where(gap >= 3, (np.median(returns, axis=-1) - safe) / np.maximum(gap, 3), np.nan)
        image = axes.imshow(share, cmap=COLOURS, vmin=0, vmax=1, origin="lower", aspect="auto")
        for (row, column), value in np.ndenumerate(share):
            colour = ink(min(max(value, 0), 1)) if np.isfinite(value) else "black"
            axes.text(column, row, _percent(value), ha="center", va="center", color=colour, fontsize=8)
        axes.set(title=label, xlabel="a truck pays", yticks=range(len(needs)), yticklabels=needs)
        axes.set_xticks(range(len(pays)), [decimals(pay, 2) for pay in pays])
        axes.tick_params(length=0, labelsize=8)
        rows = (f"{need} needed: {' '.join(map(_percent, row))}" for need, row in zip(needs, share))
        alt.append(f"{label}, in percent, a truck pays {' '.join(decimals(pay, 2) for pay in pays)}: {'; '.join(rows)}")
    figure.axes[0].set_ylabel("robots needed")
    figure.colorbar(image, ax=figure.axes[: len(earned)], label="from safe (0) to optimal (1)")
    return Picture(figure, "\n".join(alt))


def _returns(**values: object) -> np.ndarray:
    """Returns [needs, pays, seeds]."""
    ((name, value),) = values.items()
    found = arguments.array(name, value, "returns of shape [needs, pays, seeds]")
    return found if found.ndim == 3 else arguments.refuse(name, value, "returns of shape [needs, pays, seeds]")


def _between(low: float, high: float) -> str:
    return f"between {low:.4g} and {high:.4g}" if np.isfinite(high) else f"above {low:.4g}, the most that was tried"


def _percent(share: float) -> str:
    return f"{100 * share + 0.0:.0f}" if np.isfinite(share) else "–"
