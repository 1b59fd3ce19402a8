"""Figures of lecture 08: what a dock must pay, and where in a plane of docks a method's teams come to it."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from marl_helpers.basics import arguments, look
from marl_helpers.plots.base import SMALL, Picture, decimals, drawn, matrix, scale, spread


@drawn
def prices(exactly: Mapping[str, Mapping[int, float]], learned: Mapping[str, Mapping[int, ArrayLike]]) -> Picture:
    """Critical payoffs against the number of robots: a line for each exact one, a mark for each that was learned.

    exactly: label -> {robots: payoff}. learned: label -> {robots: (low, high)}, payoffs between which teams began to
    come; high infinite where none came at any payoff that was tried.
    """
    exactly = arguments.entries(partial(arguments.entries, arguments.finite), 0, exactly=exactly)
    learned = arguments.entries(arguments.mapping, 0, learned=learned)
    figure, (axes,) = spread(1, 1, 4)
    alt, marks = [], look.marks([*exactly, *learned])
    for (label, found), mark in zip(exactly.items(), marks):
        axes.plot(list(found), list(found.values()), color=mark.colour, linestyle=mark.line, linewidth=2, label=label)
        alt.append(f"{label}: " + ", ".join(f"{n} robots {price:.4g}" for n, price in found.items()))
    for k, ((label, found), mark) in enumerate(zip(learned.items(), marks[len(exactly) :])):
        for j, (n, (low, high)) in enumerate(found.items()):
            name, place = label if j == 0 else None, n + 0.3 * (k - (len(learned) - 1) / 2)  # beside each other
            if np.isfinite(high):
                ends = {"marker": mark.marker, "markersize": 6}
                axes.plot([place] * 2, [low, high], color=mark.colour, linewidth=3, label=name, **ends)
            else:
                axes.plot(place, low, marker="^", markersize=8, color=mark.colour, label=name, linestyle="none")
        said = (f"{n} robots {_between(low, high)}" for n, (low, high) in found.items())
        alt.append(f"{label}: " + ", ".join(said))
    axes.set(xlabel="robots", ylabel="the dock must pay", yscale="log")
    axes.grid(which="both")
    axes.legend()
    return Picture(figure, "\n".join(alt))


@drawn
def docks(
    earned: Mapping[str, ArrayLike], safe: ArrayLike, optimum: ArrayLike, needs: Sequence[int], pays: Sequence[float]
) -> Picture:
    """What teams earn in a plane of docks, a panel for each method: 0 is what the safe team earns, 1 the optimum.

    earned: label -> returns [needs, pays, seeds]. safe, optimum: expected returns [needs, pays]. A cell has the median
    seed's share of the way between the two, in percent, and a dash where they are less than 3 apart.
    """
    earned, safe = arguments.entries(_returns, earned=earned), matrix(safe=safe)
    needs, pays = arguments.numbers(needs=needs, pays=pays)
    figure, panels = spread(len(earned), 2, 2.9, sharex=True, sharey=True)
    alt: list[str] = []
    gap = matrix(optimum=optimum) - safe
    for axes, (label, returns) in zip(panels, earned.items()):
        share = np.where(gap >= 3, (np.median(returns, axis=-1) - safe) / np.maximum(gap, 3), np.nan)
        image = axes.imshow(share, cmap=scale(), vmin=0, vmax=1, origin="lower", aspect="auto")
        for (row, column), value in np.ndenumerate(share):
            colour = look.ink(min(max(value, 0), 1)) if np.isfinite(value) else look.INK
            axes.text(column, row, _percent(value), ha="center", va="center", color=colour, fontsize=SMALL)
        axes.set(title=label, xlabel="a truck pays", yticks=range(len(needs)), yticklabels=needs)
        axes.set_xticks(range(len(pays)), [decimals(pay, 2) for pay in pays])
        axes.tick_params(length=0)
        rows = (f"{need} needed: {' '.join(map(_percent, row))}" for need, row in zip(needs, share))
        alt.append(f"{label}, in percent, a truck pays {' '.join(decimals(pay, 2) for pay in pays)}: {'; '.join(rows)}")
    panels[0].set_ylabel("robots needed")
    figure.colorbar(image, ax=panels, label="from safe (0) to optimal (1)")
    return Picture(figure, "\n".join(alt))


def _returns(**values: object) -> np.ndarray:
    """Returns [needs, pays, seeds]."""
    ((name, value),) = values.items()
    found = arguments.array(name, value, "returns of shape [needs, pays, seeds]")
    return found if found.ndim == 3 else arguments.refuse(name, value, "returns of shape [needs, pays, seeds]")


def _between(low: float, high: float) -> str:
    return f"between {low:.4g} and {high:.4g}" if np.isfinite(high) else f"above {low:.4g}, the most that was tried"


def _percent(share: float) -> str:
    return str(round(100 * share)) if np.isfinite(share) else "–"  # a round number, so never -0
