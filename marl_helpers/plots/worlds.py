"""Pictures of where everything stands in a game: one class for each kind of scene that Env.scene describes.

Each is made for the axes and the scenes of one episode. `show(step, plays)` draws a step and returns what it drew,
which whoever draws the next step removes; `say(step)` is the same in words. plays: the actions as (number, name) of
each agent, none where no action follows.
"""

from base64 import b64decode
from collections.abc import Sequence
from io import BytesIO
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np

from marl_helpers.basics import look
from marl_helpers.plots.base import SMALL, decimals, label, places

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

AGENT, THING = look.AGENTS[0], look.REWARD  # discs, and what pays
SHAPES = "sDpXP*v"  # of landmarks, which are no discs
HEADINGS = {"right": (1, 0), "up": (0, 1), "left": (-1, 0), "down": (0, -1)}  # as seen on the page
Plays = Sequence[tuple[int, str]]


class Grid:
    """Cells, numbered discs for agents and diamonds for prey. An arrow shows where to, a ring who catches."""

    def __init__(self, axes: "Axes", scenes: Sequence[dict]):
        self.axes, self.scenes, size = axes, scenes, scenes[0]["size"]
        axes.set(xlim=(-0.52, size - 0.48), ylim=(size + 0.6, -0.52), aspect="equal")
        place, inches = axes.get_position(original=True), axes.figure.get_size_inches()
        self.cell = 72 * min(place.width * inches[0], place.height * inches[1]) / (size + 1.12)  # its side in points
        edges = np.arange(size + 1) - 0.5
        axes.hlines(edges, -0.5, size - 0.5, color=look.FAINT, linewidth=0.8)
        axes.vlines(edges, -0.5, size - 0.5, color=look.FAINT, linewidth=0.8)
        axes.text(-0.5, size - 0.4, "discs: agents, diamonds: prey", fontsize=SMALL, color=look.QUIET, va="top")

    def show(self, step: int, plays: Plays) -> list["Artist"]:
        scene, drawn = self.scenes[step], []
        for place in filter(None, scene["prey"]):
            drawn += self.axes.plot(
                place[1], place[0], "D", color=THING, markeredgecolor=look.INK, markersize=0.42 * self.cell
            )
        for i, place in enumerate(scene["agents"]):
            if place:
                name = plays[i][1] if plays else ""
                drawn += disc(self.axes, (place[1], place[0]), i, 0.62 * self.cell, "catch" in name)
                drawn += arrow(self.axes, (place[1], place[0]), name, 0.75, -1)
        gone = _gone(scene)
        if gone:
            y = scene["size"] + 0.05
            text = fill(f"gone: {gone}", 40)
            drawn.append(self.axes.text(-0.5, y, text, fontsize=SMALL, color=look.QUIET, va="top"))
        return drawn

    def say(self, step: int) -> str:
        scene = self.scenes[step]
        here = [f"{name} in row {place[0] + 1}, column {place[1] + 1}" for name, place in _each(scene) if place]
        gone = _gone(scene)
        return "; ".join([*here, *([f"gone: {gone}"] if gone else [])])


class Plane:
    """Positions: numbered discs for agents with their paths, other shapes for landmarks, a ring around the goal."""

    def __init__(self, axes: "Axes", scenes: Sequence[dict]):
        self.axes, self.scenes = axes, scenes
        everything = np.array([place for scene in scenes for place in (*scene["agents"], *scene["landmarks"])])
        low, high = everything.min(0), everything.max(0)
        reach = (high - low).max() / 2 + 0.3
        (x, y) = (low + high) / 2
        axes.set(xlim=(x - reach, x + reach), ylim=(y - reach, y + reach), aspect="equal", xticks=[], yticks=[])
        axes.set_axis_on()
        axes.spines[:].set_color(look.FAINT)

    def show(self, step: int, plays: Plays) -> list["Artist"]:
        scene, axes, drawn = self.scenes[step], self.axes, []
        low, high = axes.get_xlim()
        for k, (x, y) in enumerate(scene["landmarks"]):
            drawn += axes.plot(x, y, SHAPES[k % len(SHAPES)], color=THING, markeredgecolor=look.INK, markersize=11)
            drawn.append(axes.annotate(_letter(k), (x, y), (11, 9), textcoords="offset points", fontsize=SMALL))
        if scene.get("goal") is not None:
            goal = scene["landmarks"][scene["goal"]]
            drawn += axes.plot(*goal, "o", markersize=23, fillstyle="none", color=look.INK, markeredgewidth=1.5)
        for i, place in enumerate(scene["agents"]):
            path = np.array([scene["agents"][i] for scene in self.scenes[: step + 1]])
            drawn += axes.plot(*path.T, color=AGENT, linewidth=1, alpha=0.6)
            drawn += disc(axes, place, i, 17, False)
            drawn += arrow(axes, place, plays[i][1] if plays else "", 0.14 * (high - low), 1)
        drawn.append(
            axes.text(0.02, 0.01, self.heard(step), transform=axes.transAxes, fontsize=SMALL, color=look.QUIET)
        )
        return drawn

    def heard(self, step: int) -> str:
        """What the scene says besides positions."""
        scene = self.scenes[step]
        if "goal" not in scene:
            return ""
        word = "nothing yet" if scene["word"] is None else f"word {scene['word']}"
        return f"goal (ringed): landmark {_letter(scene['goal'])}; heard: {word}"

    def say(self, step: int) -> str:
        scene = self.scenes[step]
        names = [f"agent {i + 1}" for i in range(len(scene["agents"]))]
        names += [f"landmark {_letter(k)}" for k in range(len(scene["landmarks"]))]
        places = [*scene["agents"], *scene["landmarks"]]
        said = [f"{name} at ({_coordinate(x)}, {_coordinate(y)})" for name, (x, y) in zip(names, places)]
        return "; ".join([*said, *filter(None, [self.heard(step)])])


class Tables:
    """The states' rewards, rows agent 1's actions and columns agent 2's; the present state's table is in colour."""

    def __init__(self, axes: "Axes", scenes: Sequence[dict]):
        self.axes, self.scenes = axes, scenes
        self.tables = [None if table is None else np.array(table) for table in scenes[0]["tables"]]
        known = [table for table in self.tables if table is not None]
        self.digits = places(*known)
        self.low, self.high = (pick([pick(table) for table in known]) for pick in (np.min, np.max))
        self.tops = np.cumsum([0, *(0.9 + (0 if table is None else len(table)) for table in self.tables)])
        wide = max(3.5, *(table.shape[1] for table in known))
        axes.set(xlim=(-0.1, wide), ylim=(self.tops[-1] + 0.6, 0), aspect="equal")
        axes.text(0, self.tops[-1] + 0.1, "rows: agent 1, columns: agent 2", fontsize=SMALL, color=look.QUIET, va="top")

    def show(self, step: int, plays: Plays) -> list["Artist"]:
        from matplotlib.patches import Rectangle

        now, drawn = self.scenes[step]["now"], []
        for k, (title, table, top) in enumerate(zip(self.scenes[step]["titles"], self.tables, self.tops)):
            weight = "bold" if k == now else "normal"
            drawn.append(self.axes.text(0, top + 0.75, title, fontsize=SMALL, weight=weight))
            for (a, b), value in () if table is None else np.ndenumerate(table):
                shade = (value - self.low) / ((self.high - self.low) or 1)
                colour = look.shade(shade) if k == now else "none"
                cell = Rectangle((b, top + 0.9 + a), 0.96, 0.96, facecolor=colour, edgecolor=look.FAINT)
                played = k == now and [action for action, _ in plays] == [a, b]
                text = label(value, self.digits, played=played)
                where = (b + 0.48, top + 0.9 + a + 0.48)
                style = {"weight": "bold" if played else "normal", "color": look.ink(shade) if k == now else look.QUIET}
                drawn += [self.axes.add_patch(cell), self.axes.text(*where, text, ha="center", va="center", **style)]
        return drawn

    def say(self, step: int) -> str:
        scene = self.scenes[step]
        table = self.tables[scene["now"]]
        rows = "" if table is None else ", ".join(" ".join(decimals(x, self.digits) for x in row) for row in table)
        return f"{scene['titles'][scene['now']]}{': ' if rows else ''}{rows}"


class Dock:
    """A row for each robot: its lane with its shelf on the left, the dock with the truck that all share on the right.

    A disc is where its robot stands, a lookout's has a ring, and an arrow shows where it goes.
    """

    SHELF, LANE, QUAY, WALL, TRUCK = 0.06, 0.86, 1.86, 2.2, 2.3  # from left to right, in inches
    TOP = 0.34  # of the rows

    def __init__(self, axes: "Axes", scenes: Sequence[dict]):
        self.axes, self.scenes, self.n = axes, scenes, len(scenes[0]["shelves"])
        place, inches = axes.get_position(original=True), axes.figure.get_size_inches()
        self.width, height = place.width * inches[0], place.height * inches[1]
        self.row = min(0.62, (height - 1.1) / self.n)
        self.bottom = self.TOP + self.n * self.row
        axes.set(xlim=(0, self.width), ylim=(self.bottom + 0.76, 0), aspect="equal")
        for x, text in ((self.SHELF, "shelves"), (self.LANE - 0.16, "lanes"), (self.QUAY - 0.14, "dock")):
            axes.text(x, 0.16, text, fontsize=SMALL, color=look.QUIET, va="center")
        rows = [self._y(i) for i in range(self.n)]
        axes.hlines(rows, self.SHELF + 0.5, self.WALL, color=look.GRID, linewidth=1, zorder=0.5)
        axes.vlines(self.WALL, self.TOP, self.bottom, color=look.QUIET, linewidth=2.5)

    def _y(self, i: int) -> float:
        return self.TOP + (i + 0.5) * self.row

    def show(self, step: int, plays: Plays) -> list["Artist"]:
        scene, drawn = self.scenes[step], []
        for i, (shelf, worth) in enumerate(zip(scene["shelves"], scene["worth"])):
            drawn += self._box(self.SHELF, self._y(i), 0.42, 0.68 * self.row, f"{worth:g}" * shelf)
            drawn += self._robot(i, scene, plays[i][1] if plays else "")
        truck = f"truck\npays {scene['pay']:g}\nneeds {scene['need']}" * scene["truck"]
        middle, high = (self.TOP + self.bottom) / 2, min(1.1, 0.9 * (self.bottom - self.TOP))
        drawn += self._box(self.TRUCK, middle, self.width - self.TRUCK - 0.04, high, truck)
        style = {"fontsize": SMALL, "color": look.QUIET, "va": "top", "linespacing": 1.35}
        return [*drawn, self.axes.text(self.SHELF, self.bottom + 0.08, self._caption(scene, plays), **style)]

    def _robot(self, i: int, scene: dict, goes: str) -> list["Artist"]:
        there, points, drawn = scene["at_dock"][i], min(17, 72 * 0.62 * self.row), []
        place = (self.QUAY if there else self.LANE, self._y(i))
        if i < scene["lookouts"]:
            drawn += self.axes.plot(*place, "o", color=look.INK, markersize=points + 4)
        drawn += disc(self.axes, place, i, points, False)
        length = 0.32 if goes == ("dock" if there else "lane") else 0.82  # it stays, or it moves
        return drawn + arrow(self.axes, place, {"lane": "left", "dock": "right"}.get(goes, ""), length, -1)

    def _box(self, x: float, middle: float, width: float, height: float, text: str) -> list["Artist"]:
        """Something with its text, or, without any, where it could be."""
        from matplotlib.patches import Rectangle

        full = {"facecolor": THING, "edgecolor": look.INK} if text else {"fill": False, "edgecolor": look.FAINT}
        line = {"linestyle": "-" if text else ":", "linewidth": 0.8}
        box = Rectangle((x, middle - height / 2), width, height, **line, **full)
        style = {"fontsize": SMALL, "ha": "center", "va": "center", "color": look.ON_BRIGHT, "weight": "bold"}
        return [self.axes.add_patch(box), self.axes.text(x + width / 2, middle, text, **style)]

    def _caption(self, scene: dict, plays: Plays) -> str:
        come = sum(name == "dock" for _, name in plays)
        now = f"{come} to the dock, {scene['need']} are needed" if plays else "the shift is over"
        sees = "ringed: sees the truck from anywhere" if scene["lookouts"] else "the truck is seen at the dock only"
        return f"{now}\n{sees}"

    def say(self, step: int) -> str:
        scene = self.scenes[step]
        said = [f"a truck that pays {scene['pay']:g} and needs {scene['need']}" if scene["truck"] else "no truck"]
        for i, (shelf, worth, there) in enumerate(zip(scene["shelves"], scene["worth"], scene["at_dock"])):
            where, what = "at the dock" if there else "in its lane", f"a shelf worth {worth:g}" if shelf else "no shelf"
            said.append(f"robot {i + 1} {where}, lane {i + 1} with {what}")
        return "; ".join(said)


class Drawn:
    """What another project's environment draws of itself, as a PNG."""

    def __init__(self, axes: "Axes", scenes: Sequence[dict]):
        self.axes, self.scenes = axes, scenes
        height, width = self._pixels(0).shape[:2]
        axes.set(xlim=(0, width), ylim=(height, 0), aspect="equal")

    def _pixels(self, step: int) -> np.ndarray:
        from matplotlib.image import imread

        return imread(BytesIO(b64decode(self.scenes[step]["png"])))

    def show(self, step: int, plays: Plays) -> list["Artist"]:
        pixels = self._pixels(step)
        height, width = pixels.shape[:2]
        return [self.axes.imshow(pixels, extent=(0, width, height, 0))]

    def say(self, step: int) -> str:
        return "the world as its environment draws it"


KINDS = {"grid": Grid, "plane": Plane, "tables": Tables, "dock": Dock, "drawn": Drawn}


def disc(axes: "Axes", place: tuple[float, float], agent: int, points: float, ring: bool) -> list["Artist"]:
    """An agent: a disc so many points wide with its number, and a ring around it if there is one."""
    drawn = axes.plot(*place, "o", color=AGENT, markersize=points)
    if ring:
        drawn += axes.plot(*place, "o", markersize=1.3 * points, fillstyle="none", color=look.INK, markeredgewidth=2.5)
    size = min(10, 0.6 * points)
    style = {"color": look.ON_BRIGHT, "ha": "center", "va": "center_baseline", "fontsize": size, "weight": "bold"}
    return [*drawn, axes.text(*place, str(agent + 1), **style)]


def arrow(axes: "Axes", place: tuple[float, float], action: str, length: float, up: int) -> list["Artist"]:
    """From there into an action's direction, if it has one; up: 1, or -1 where y grows downwards."""
    if action not in HEADINGS:
        return []
    (x, y), (right, high) = place, HEADINGS[action]
    to = (x + length * right, y + up * length * high)
    style = {"arrowstyle": "-|>", "color": look.INK, "linewidth": 1.5, "shrinkA": 0, "shrinkB": 0}
    return [axes.annotate("", to, place, arrowprops=style, zorder=1.5)]


def _coordinate(x: float) -> str:
    return f"{round(x, 2) + 0.0:.2f}"  # of nothing below 0 that is printed as 0


def _each(scene: dict) -> list[tuple[str, list[int] | None]]:
    groups = {"agent": scene["agents"], "prey": scene["prey"]}
    return [(f"{name} {i + 1}", place) for name, group in groups.items() for i, place in enumerate(group)]


def _gone(scene: dict) -> str:
    return ", ".join(name for name, place in _each(scene) if not place)


def _letter(k: int) -> str:
    return chr(ord("A") + k)
