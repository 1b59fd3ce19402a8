"""Figures of how methods fail: where a team's own data lead it, the basins that runs end in, shares on random games."""

from collections.abc import Mapping, Sequence
from functools import partial
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np

from marl_helpers import games
from marl_helpers.basics import arguments, look
from marl_helpers.exact import Cell
from marl_helpers.plots.base import FIT, SMALL, Picture, decimals, drawn, label, places, scale, spread

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from marl_helpers.fitting.runs import Fit

BINS = 60  # of a basin's errors
BEHIND = {"facecolor": look.PAPER, "edgecolor": "none", "pad": 1}  # a number that arrows pass behind
LABEL = 0.3  # how far a bar's number reaches, of the whole width


@drawn
def flow(table, moves: Mapping[str, Mapping[Cell, Sequence[Cell]]]) -> Picture:
    """Arrows from each joint action that a team plays around to those that its data put first; a ring where it stays.

    The ring is round and blue at an optimum, square and orange elsewhere.

    table: a reward table of two agents. moves: title -> what `habits.moves` gives.
    Raises ValueError for other tables and, as all figures here, for nothing to draw.
    """
    arguments.entries(arguments.mapping, moves=moves)
    table = games.validate(table)
    if table.ndim != 2:
        raise ValueError(f"table has shape {table.shape}: give one of two agents, rows and columns")
    optima = set(map(tuple, np.argwhere(table == table.max()).tolist()))
    figure, every = spread(len(moves), 2, 2.8, 2.8)
    alt = []
    for axes, (title, leads) in zip(every, moves.items()):
        _draw_rewards(axes, table, optima)
        for start, ends in leads.items():
            for end in ends:
                _draw_move(axes, start, end, alone=len(ends) == 1, right=start in optima)
        axes.set(title=title, xlabel="agent 2 plays", ylabel="agent 1 plays")
        stays = [cell for cell, ends in leads.items() if tuple(ends) == (cell,)]
        words = [f"from {cell} to {' or '.join(map(str, ends))}" for cell, ends in leads.items() if cell not in stays]
        alt.append(
            f"{title}: stays at {' and '.join(map(str, stays)) or 'none'}; {', '.join(words) or 'moves nowhere'}"
        )
    return Picture(figure, "\n".join(alt))


@drawn
def basins(learned: Mapping[str, "Fit"]) -> Picture:
    """The errors at which runs end, one row for each fit of one table: right runs above the line, wrong ones below.

    learned: label -> a fit with its runs' mse [runs] and optimal [runs].
    """
    from matplotlib.ticker import MaxNLocator

    arguments.entries(FIT, learned=learned)
    figure, rows = spread(len(learned), 1, 1.3, sharex=True)
    every = np.concatenate([fit.mse for fit in learned.values()])
    widest = every.max() * (1 + 1e-9) + 1e-9  # so that bars have a width where all errors are equal, large or small
    edges = np.linspace(every.min(), widest, BINS + 1)
    alt = []
    for axes, (name, fit) in zip(rows, learned.items()):
        for chosen, sign, colour in ((fit.optimal, 1, look.RIGHT), (~fit.optimal, -1, look.WRONG)):
            counts, _ = np.histogram(fit.mse[chosen], edges)
            axes.bar(edges[:-1], sign * counts, np.diff(edges), align="edge", color=colour)
        axes.axhline(0, color=look.QUIET, linewidth=0.8)
        axes.yaxis.set_major_locator(MaxNLocator(3, integer=True))
        axes.yaxis.set_major_formatter(lambda count, _: f"{abs(count):g}")
        axes.set_ylabel("runs")
        axes.set_title(f"{name}: {int(fit.optimal.sum())} of {fit.optimal.size} runs right", loc="left")
        alt.append(f"{name}: {_say_runs(fit, places(every, np.zeros(1)))}")
    rows[-1].set_xlabel("mean squared error at the end (above the line: right; below, orange: wrong)")
    return Picture(figure, "\n".join(alt))


@drawn
def survey(shares: Mapping[str, Mapping[str, tuple[float, float]]]) -> Picture:
    """How often methods find the optimum, one panel for each kind of game.

    shares: kind of game -> method -> (share with the exact best fit, share of learned runs).
    """
    arguments.entries(partial(arguments.entries, arguments.numbers), shares=shares)
    methods = list(next(iter(shares.values())))
    figure, panels = spread(len(shares), 3, 0.3 * len(methods) + 1.2, sharey=True)
    for axes, (kind, found) in zip(panels, shares.items()):
        for row, (exactly, learned) in enumerate(found.values()):
            axes.barh(row, learned, 0.6, color=look.RIGHT_AREA)
            beside = exactly < LABEL  # where the diamond would stand on the number
            start = max(exactly, learned) + 0.08 if beside else 0.02
            on = look.ON_BRIGHT if start < learned else look.INK
            axes.text(start, row, f"{learned:.0%}", va="center", fontsize=SMALL, color=on)
            axes.plot(exactly, row, "D", color=look.INK, markersize=6, clip_on=False)
        axes.set(title=kind, xlim=(0, 1), xticks=[0, 0.5, 1], yticks=range(len(methods)), yticklabels=methods)
        axes.xaxis.set_major_formatter(lambda share, _: f"{100 * share:.0f}")
        axes.grid(axis="x")
    panels[0].invert_yaxis()
    said = "% of games on which the optimum is played (bar: learned; diamond: exact best fit)"
    figure.supxlabel(said, fontsize=SMALL)
    alt = []
    for kind, found in shares.items():
        said = (
            f"{name} best fit {exactly:.0%}, learned {_amount(learned)}" for name, (exactly, learned) in found.items()
        )
        alt.append(f"{kind}: {'; '.join(said)}")
    return Picture(figure, "\n".join(alt))


@drawn
def grid(shares: Mapping[str, Mapping[str, float]], title: str = "share of runs that play the optimum") -> Picture:
    """Shares as a table of colours: a row for each method, a column for each game, or what else rows and columns are.

    shares: method -> game -> share from 0 to 1, with the same games for each method. title: what they are shares of.
    """
    arguments.entries(partial(arguments.entries, arguments.probability), shares=shares)
    arguments.instance(str, "a title in words", title=title)
    titles = list(next(iter(shares.values())))
    values = np.array([[row[one] for one in titles] for row in shares.values()])
    figure, (axes,) = spread(1, 1, 0.3 * len(shares) + 1.2)
    axes.imshow(values, cmap=scale(), vmin=0, vmax=1, aspect="auto")
    for cell, share in np.ndenumerate(values):
        axes.text(*cell[::-1], f"{share:.0%}", ha="center", va="center", color=look.ink(share))
    axes.set(xticks=range(len(titles)), xticklabels=[fill(one, 11, break_long_words=False) for one in titles])
    axes.set(yticks=range(len(shares)), yticklabels=list(shares), title=title)
    axes.tick_params(length=0)
    said = {method: ", ".join(f"{one} {_often(row[one])}" for one in titles) for method, row in shares.items()}
    return Picture(figure, "\n".join(f"{method}: {words}" for method, words in said.items()))


def _draw_rewards(axes: "Axes", table: np.ndarray, optima: set[Cell]) -> None:
    rows, columns = table.shape
    axes.hlines(np.arange(1, rows) - 0.5, -0.5, columns - 0.5, color=look.GRID)
    axes.vlines(np.arange(1, columns) - 0.5, -0.5, rows - 0.5, color=look.GRID)
    axes.set(xlim=(-0.5, columns - 0.5), ylim=(rows - 0.5, -0.5), aspect="equal")
    digits = places(table)
    for cell, value in np.ndenumerate(table):
        style = {"va": "top", "fontsize": SMALL, "zorder": 3, "bbox": BEHIND}
        axes.text(cell[1] - 0.45, cell[0] - 0.43, label(value, digits, cell in optima), **style)
    axes.set(xticks=range(table.shape[1]), yticks=range(table.shape[0]))
    axes.tick_params(length=0)


def _draw_move(axes: "Axes", start: Cell, end: Cell, alone: bool, right: bool) -> None:
    from matplotlib.patches import FancyArrowPatch

    if start == end:
        ring = {"markersize": 17, "markerfacecolor": "none", "markeredgewidth": 3}
        axes.plot(start[1], start[0], "o" if right else "s", color=look.RIGHT if right else look.WRONG, **ring)
        return
    axes.add_patch(
        FancyArrowPatch(
            start[::-1],
            end[::-1],
            arrowstyle="-|>",
            mutation_scale=13,
            shrinkA=4,
            shrinkB=11,
            connectionstyle="arc3,rad=0.12",
            color=look.QUIET,
            linewidth=1.6,
            linestyle="-" if alone else ":",  # dotted: one of several that tie
        )
    )


def _say_runs(fit: "Fit", digits: int) -> str:
    """In tenths and from the least errors: runs vary a little from machine to machine, as rounding errors grow."""
    tenths = round(10 * fit.share)
    some = {0: "fewer than 1 of 10 runs", 10: "more than 9 of 10 runs"}.get(tenths, f"about {tenths} of 10 runs")
    amount = {0.0: "no run", 1.0: "all runs"}.get(float(fit.share), some)
    runs = {"right": fit.mse[fit.optimal], "wrong": fit.mse[~fit.optimal]}
    least = [f"{word} errors from {decimals(errors.min(), digits)}" for word, errors in runs.items() if errors.size]
    return f"{amount} right; {', '.join(least)}"


def _amount(share: float) -> str:
    """In quarters, as runs vary a little from machine to machine."""
    words = ["under a quarter", "a quarter to a half", "a half to three quarters", "over three quarters", "all"]
    return words[int(4 * share)]


def _often(share: float) -> str:
    """In sixths, as runs vary a little from machine to machine."""
    return "hardly any" if share < 1 / 6 else "some" if share < 5 / 6 else "most or all"
