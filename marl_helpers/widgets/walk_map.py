"""The walk of the proof as a drawing: Q_tot by the agents' utilities in rising order, which stand beside it as bars."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from marl_helpers.basics.rounding import steady
from marl_helpers.exact import igm, walks

LEFT, TOP, HIGH = 132, 104, 44  # pixels: room for agent 1's bars, for agent 2's, and the height of a cell
WIDE = {1: 64, 2: 64, 3: 64, 4: 54, 5: 46}  # a cell's width, by how many columns there are
BAR, PLACE = 44, 84  # a bar's largest length, and where the zero line's side of the bars begins
DOT = (16, 12)  # where in a cell the walk goes by: from its left and from its lower edge


def walk_map(
    found: igm.Decomposition, start: igm.Cell, steps: Sequence[walks.Step], fallen: Sequence[walks.Fall]
) -> str:
    """An SVG of a two-agent table, which the walk goes down and then to the right, to the greedy joint action."""
    goal = steps[-1].cells[-1]
    orders = [_order(q, a) for q, a in zip(found.utilities, goal, strict=True)]
    wide = WIDE[len(orders[1])]
    width, height = LEFT + wide * len(orders[1]) + 4, TOP + HIGH * len(orders[0]) + 4
    spots = {
        (a, b): (LEFT + wide * column, TOP + HIGH * row)
        for row, a in enumerate(orders[0])
        for column, b in enumerate(orders[1])
    }
    stations = [start, *(step.cells[-1] for step in steps)]
    said = f"Q_tot by the agents' utilities; the walk goes {', '.join(map(str, stations))}"
    inner = _cells(found, spots, wide) + _edges(spots, orders, fallen, wide) + _bars(found, orders, goal, wide)
    inner += _arrows(spots, steps, start)
    return (
        f'<div class="marl-wide"><svg class="marl-map" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" aria-label="{said}">{inner}</svg></div>'
    )


def _order(utilities: np.ndarray, last: int) -> list[int]:
    """The actions by their utility; of those that tie, the greedy one that the walk goes to comes last."""
    return sorted(range(utilities.size), key=lambda action: (utilities[action], action == last, action))


def _cells(found: igm.Decomposition, spots: dict, wide: int) -> str:
    low, spread = found.team.min(), np.ptp(found.team) or 1
    drawn, frames = "", ""
    for cell, (x, y) in spots.items():
        heat = steady((found.team[cell] - low) / spread)
        at, star = f'x="{x}" y="{y}" width="{wide}" height="{HIGH}"', "*" * (cell in found.optimal)
        text = _words(x + wide // 2 + 6, y + 16, f"{found.team[cell]:.4g}{star}", "map-best" if star else "")
        drawn += f'<g style="--heat: {heat:.2f}"><rect class="map-cell" data-cell="{cell[0]},{cell[1]}" {at}></rect>'
        drawn += f"{text}</g>"
        if cell in found.greedy:
            frames += f'<rect class="map-greedy" {at}></rect><rect class="map-inner" {at}></rect>'
    return drawn + frames


def _edges(spots: dict, orders: list[list[int]], fallen: Sequence[walks.Fall], wide: int) -> str:
    """The borders between neighbours across which Q_tot falls."""
    ends = {frozenset((fall.start, fall.end)) for fall in fallen}
    drawn = ""
    for a in orders[0]:
        for one, other in pairwise(orders[1]):
            if frozenset(((a, one), (a, other))) in ends:
                x, y = spots[a, other]
                drawn += _clear("map-fall", x, y + 3, x, y + HIGH - 3)
    for b in orders[1]:
        for one, other in pairwise(orders[0]):
            if frozenset(((one, b), (other, b))) in ends:
                x, y = spots[other, b]
                drawn += _clear("map-fall", x + 3, y, x + wide - 3, y)
    return drawn


def _bars(found: igm.Decomposition, orders: list[list[int]], goal: igm.Cell, wide: int) -> str:
    """Each action with its utility, as a number and as a bar from the zero line; both agents have one scale."""
    low = min(0.0, *(q.min() for q in found.utilities))
    scale = BAR / ((max(0.0, *(q.max() for q in found.utilities)) - low) or 1)
    zero = PLACE - low * scale  # of agent 1's bars, from the left; agent 2's stand on the same, from below
    floor = TOP - 4 - (zero - PLACE)
    drawn = _words(66, 12, "agent 2 plays") + _words(66, 30, "with utility Q_2")
    drawn += _words(30, TOP - 24, "agent 1") + _words(24, TOP - 8, "plays") + _words(62, TOP - 8, "Q_1")
    for row, action in enumerate(orders[0]):
        q, y = float(found.utilities[0][action]), TOP + HIGH * row
        kind = _kind(q, found.utilities[0])
        drawn += _words(24, y + HIGH // 2, str(action), kind) + _words(62, y + HIGH // 2, f"{q:.4g}", kind)
        x, long = zero + min(q, 0) * scale, abs(q) * scale
        drawn += _bar(x, y + 12, long, HIGH - 24, kind)
    drawn += _line("map-zero", f"{steady(zero):.1f}", TOP, f"{steady(zero):.1f}", TOP + HIGH * len(orders[0]))
    for column, action in enumerate(orders[1]):
        q, x = float(found.utilities[1][action]), LEFT + wide * column
        kind = _kind(q, found.utilities[1])
        drawn += _words(x + wide // 2, 12, str(action), kind) + _words(x + wide // 2, 30, f"{q:.4g}", kind)
        drawn += _bar(x + wide // 2 - 10, floor - max(q, 0) * scale, 20, abs(q) * scale, kind)
    level = f"{steady(floor):.1f}"
    return drawn + _line("map-zero", LEFT, level, LEFT + wide * len(orders[1]), level)


def _kind(q: float, own: np.ndarray) -> str:
    return "map-best" if q == own.max() else ""


def _arrows(spots: dict, steps: Sequence[walks.Step], start: igm.Cell) -> str:
    """A line with a head for each step that moves, its start as a ring and the goal as a disc."""
    right, up = DOT
    place = {cell: (x + right, y + HIGH - up) for cell, (x, y) in spots.items()}
    drawn = ""
    for step in (one for one in steps if len(one.cells) > 1):
        (x1, y1), (x2, y2) = place[step.cells[0]], place[step.cells[-1]]
        kind = "map-walk map-falling" if step.fall else "map-walk"
        down = y2 > y1
        tip = f"{x2},{y2 - 4} {x2 - 7},{y2 - 16} {x2 + 7},{y2 - 16}" if down else ""
        tip = tip or f"{x2 - 4},{y2} {x2 - 16},{y2 - 7} {x2 - 16},{y2 + 7}"
        drawn += _clear(kind, x1, y1, x2 - (0 if down else 14), y2 - (14 if down else 0))
        drawn += f'<polygon class="{kind}" points="{tip}"></polygon>'
        for cell in step.cells[1:-1]:
            drawn += _dot("map-between", *place[cell], 3)
    drawn += _dot("map-goal", *place[steps[-1].cells[-1]], 5)
    return drawn + _dot("map-start", *place[start], 6)


def _words(x: int, y: int, text: str, kind: str = "") -> str:
    return f'<text x="{x}" y="{y}"{f" class={chr(34)}{kind}{chr(34)}" if kind else ""} dy="0.35em">{text}</text>'


def _line(kind: str, x1, y1, x2, y2) -> str:
    return f'<line class="{kind}" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"></line>'


def _clear(kind: str, *ends: int) -> str:
    """A line that stands out on every shade."""
    return _line("map-halo", *ends) + _line(kind, *ends)


def _dot(kind: str, x: int, y: int, radius: int) -> str:
    return f'<circle class="{kind}" cx="{x}" cy="{y}" r="{radius}"></circle>'


def _bar(x: float, y: float, wide: float, high: float, kind: str) -> str:
    numbers = (f"{steady(value):.1f}" for value in (x, y, wide, high))
    at = " ".join(f'{name}="{n}"' for name, n in zip(("x", "y", "width", "height"), numbers, strict=True))
    return f'<rect class="map-bar{f" {kind}" if kind else ""}" {at}></rect>'
