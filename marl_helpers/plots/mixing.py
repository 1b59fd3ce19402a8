"""A mixer in plain numbers as a picture: its weights as lines, and Q_tot as a surface over two agents' utilities."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from marl_helpers.basics import look
from marl_helpers.basics.rounding import steady
from marl_helpers.exact.networks import Network
from marl_helpers.plots.base import SMALL, WIDTH, Picture, decimals, drawn, places

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW, UNIT = 0.21, 0.2  # inches of an action and of a hidden unit
THICK = 6  # points of the largest weight
BAR = 0.16  # of the figure's width: the longest bar of a utility
LEFT, PORT, UNITS, OUT = 0.22, 0.4, 0.68, 0.9  # across the figure: zero of the bars, lines, hidden units, Q_tot
PATCHES = 8  # along each side of a surface
RISE = 28  # degrees above the horizon


@drawn
def machine(network: Network, actions: Sequence[int]) -> Picture:
    """Utilities as bars, a line as thick as each weight (negative: dashed), hidden units after ELU, and Q_tot.

    actions: what each agent plays, whose bars are dark and whose lines are drawn.
    """
    from matplotlib.figure import Figure

    rows, units = sum(network.sizes) + len(network.sizes), len(network.w2)
    figure = Figure(figsize=(WIDTH, max(rows * ROW, (units + 1) * UNIT, 1.5)), layout="constrained")
    axes = figure.subplots()
    axes.set(xlim=(0, 1), ylim=(0, 1))
    axes.set_axis_off()
    ports = _utilities(axes, network, actions)
    levels = 1 - (np.arange(units) + 1.5) / (units + 1)
    for h, (y, value) in enumerate(zip(levels, network.hidden(actions))):
        for port, weight in zip(ports, network.w1[:, h]):
            _weight(axes, (PORT, port), (UNITS - 0.05, y), weight, np.abs(network.w1).max())
        _weight(axes, (UNITS + 0.05, y), (OUT - 0.06, 0.5), network.w2[h], np.abs(network.w2).max())
        axes.text(UNITS, y, decimals(value, 2), ha="center", va="center", fontsize=SMALL)
    for port in () if units else ports:
        _weight(axes, (PORT, port), (OUT - 0.06, 0.5), 1, 2)
    axes.text(UNITS, 1, "hidden units" if units else "no hidden units", ha="center", va="top", fontsize=SMALL)
    team = decimals(network.team(actions), 2)
    frame = {"facecolor": look.PAPER, "edgecolor": look.INK, "boxstyle": "round"}
    axes.text(OUT, 0.5, f"Q_tot\n{team}", ha="center", va="center", weight="bold", bbox=frame)
    what = f"through {units} hidden units" if units else "by a sum"
    return Picture(figure, f"the utilities of {len(network.sizes)} agents, mixed {what} into Q_tot")


def _utilities(axes: "Axes", network: Network, actions: Sequence[int]) -> list[float]:
    """Draw each agent's utilities; returns how high the line of each one's action begins."""
    known = np.concatenate([row[np.isfinite(row)] for row in network.utilities])
    length = BAR / (max(known.max(), 0) - min(known.min(), 0) or 1)
    zero = LEFT - min(known.min(), 0) * length
    step, y, ports = 1 / (sum(network.sizes) + len(network.sizes)), 1.0, []
    for agent, row in enumerate(network.utilities):
        y -= step
        axes.text(0, y + step / 2, f"agent {agent + 1}", va="center", weight="bold")
        for action, q in enumerate(row):
            y -= step
            played = action == actions[agent]
            style = {"va": "center", "fontsize": SMALL, "weight": "bold" if played else "normal"}
            value = decimals(q, places(known) + 1) if np.isfinite(q) else "not available"
            axes.text(0.01, y + step / 2, f"{action}:  {value}", **style)
            if np.isfinite(q):
                axes.barh(y + step / 2, q * length, 0.7 * step, zero, color=look.INK if played else look.FAINT)
            if played:
                ports.append(y + step / 2)
        axes.plot([zero, zero], [y, y + step * len(row)], color=look.QUIET, linewidth=0.8)
    return ports


def _weight(axes: "Axes", start: tuple, end: tuple, weight: float, most: float) -> None:
    colour, line = (look.WRONG, (0, (3, 1.5))) if weight < 0 else (look.QUIET, "-")
    width = max(0.5, THICK * abs(weight) / (most or 1))
    axes.plot(*zip(start, end), color=colour, linestyle=line, linewidth=width, alpha=0.6, solid_capstyle="butt")


@drawn
def bends(reward: np.ndarray, rows: Mapping[str, Mapping[str, Network]], turn: float) -> Picture:
    """Q_tot of two agents as surfaces over their utilities, the joint actions as dots, and lines to their rewards.

    rows: title of a row -> title -> the Network; turn: the angle from which it is seen, in degrees.
    """
    from matplotlib.figure import Figure

    columns = max(map(len, rows.values()))
    figure = Figure(figsize=(WIDTH, 2.7 * len(rows)), layout="constrained")
    every = figure.subplots(len(rows), columns, subplot_kw={"projection": "3d"}, squeeze=False)
    values = [one.team(cell) for row in rows.values() for one in row.values() for cell in np.ndindex(reward.shape)]
    ends = min(reward.min(), *values), max(reward.max(), *values)
    for panels, (when, row) in zip(every, rows.items(), strict=True):
        for axes, (name, network) in zip(panels, row.items()):
            _surface(axes, network, reward, ends)
            axes.view_init(RISE, turn - 135)
            axes.set_title(f"{name}, {when}")
    return Picture(figure, f"Q_tot over the two agents' utilities as surfaces: {', '.join(rows)}")


def _surface(axes: "Axes", network: Network, reward: np.ndarray, ends: tuple[float, float]) -> None:
    """One surface with its dots, in the colours of the one scale from the least to the most."""
    from matplotlib.ticker import MaxNLocator

    low, high = ends
    lines = [np.linspace(row.min(), row.max(), PATCHES + 1) for row in network.utilities]
    mesh = Network(lines, network.w1, network.b1, network.w2, network.v)
    heights = np.array([[mesh.team((i, j)) for j in range(PATCHES + 1)] for i in range(PATCHES + 1)])
    middles = (heights[1:, 1:] + heights[:-1, :-1] + heights[1:, :-1] + heights[:-1, 1:]) / 4
    heats = np.clip((middles - low) / ((high - low) or 1), 0, 1)
    shades = np.array([[look.shade(steady(heat)) for heat in row] for row in heats])
    x, y = np.meshgrid(*lines, indexing="ij")
    style = {"rstride": 1, "cstride": 1, "edgecolor": look.FAINT, "linewidth": 0.3, "shade": False}
    axes.plot_surface(x, y, heights, facecolors=shades, **style)
    for cell, paid in np.ndenumerate(reward):
        (q1, q2), team = (row[a] for row, a in zip(network.utilities, cell)), network.team(cell)
        axes.plot([q1, q1], [q2, q2], [team, paid], ":", color=look.INK, linewidth=1.2, zorder=10)
        axes.plot([q1], [q2], [paid], "_", color=look.INK, markersize=8, zorder=10)
        colour = (look.RIGHT if paid == reward.max() else look.WRONG) if cell == network.greedy else look.INK
        axes.plot([q1], [q2], [team], "o", color=colour, markersize=9 if cell == network.greedy else 4, zorder=11)
    for side, name in (("x", "Q_1"), ("y", "Q_2"), ("z", "Q_tot")):
        getattr(axes, f"set_{side}label")(name, labelpad=3 if side == "y" else -3)
    axes.tick_params(pad=-1)
    axes.set_zlim(ends)
    axes.set_box_aspect(None, zoom=0.88)  # room for the names
    for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
        axis.set_major_locator(MaxNLocator(2 if axis is not axes.zaxis else 4))
        axis.set_pane_color("none")
