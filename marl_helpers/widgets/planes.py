"""A plane of games to point at: where each class's best fit is right, and the game at the point in cards."""

from collections.abc import Iterable

import traitlets
from numpy.typing import ArrayLike

from marl_helpers import exact, games
from marl_helpers.basics import arguments
from marl_helpers.exact.families import midpoints, shares
from marl_helpers.plots.base import Picture
from marl_helpers.plots.families import phases
from marl_helpers.widgets.alive import checks
from marl_helpers.widgets.places import Place, placing, tables, within

GRID = 20, 12  # games across and up in the picture for a page without the maps


class Plane(Place):
    """A map of a plane of games for each class around the methods, a point in it, and the verdicts on the game there.

    The game at (x, y) is base + x (right - base) + y (up - base), for x from 0 to `width` and y from 0 to `height`. A
    map shows where the best fit in its class plays an optimum. `x` and `y` are where the point stands; see Place.

    Raises games.TableError for tables that are not of one shape, two agents with 2 to 5 actions each; ValueError for
    an unknown method, none, one named twice, fewer than one run or a point that is not in the plane.
    """

    _esm = placing("plane")

    x = traitlets.Float().tag(sync=True)
    y = traitlets.Float().tag(sync=True)
    _corners = traitlets.List().tag(sync=True)  # the names of the three games

    def __init__(
        self,
        base: ArrayLike = games.ADDITIVE,
        right: ArrayLike = games.COORDINATION,
        up: ArrayLike = games.QTRAN,
        methods: Iterable[str] = ("vdn", "qmix"),
        x: float = 1.0,
        y: float = 0.0,
        width: float = 2.0,
        height: float = 1.0,
        runs: int = 32,
        seed: int = 0,
    ):
        width, height = arguments.finite("a number above 0", arguments.ABOVE_0, width=width, height=height)
        most = {"x": width, "y": height}
        place = {name: within("plane", most, **{name: value}) for name, value in (("x", x), ("y", y))}
        super().__init__(_games=tables(base, right, up), _most=most, **place)
        self._corners = [_name(table) for table in self._games]
        self._open_family(methods, runs, seed)

    @checks("x")
    def _fits_x(self, x: float) -> float:
        return within("plane", self._most, x=x)

    @checks("y")
    def _fits_y(self, y: float) -> float:
        return within("plane", self._most, y=y)

    def figure(self) -> Picture:
        """The maps with the named games and the point."""
        columns, rows = GRID
        width, height = self._most["x"], self._most["y"]
        tables = self.family.tables(midpoints(columns, 0, width), midpoints(rows, 0, height))
        maps = {
            kind["label"]: shares([getattr(exact, name)(table) for table in tables]).reshape(rows, columns)
            for name, kind in self.learning["classes"].items()
        }
        corners = zip(self._corners, ((0, 0), (1, 0), (0, 1)))
        named = {name: (x, y) for name, (x, y) in corners if name and x <= width and y <= height}
        return phases(maps, (0, width), (0, height), {**named, "here": (self.x, self.y)})

    def settings(self) -> list[tuple[str, str]]:
        """Where it stands."""
        corners = ", ".join(f"{name} at {place}" for name, place in zip(self._corners, ("(0, 0)", "(1, 0)", "(0, 1)")))
        return [("plane", corners), ("x, y", f"{self.x:g}, {self.y:g}"), ("initial scale", f"{self.scale:g}")]


def _name(table: list) -> str:
    """What a game is called: its name in games.NAMED as far as the colon, or "" for any other."""
    return next((name.partition(":")[0] for name, game in games.NAMED.items() if game.tolist() == table), "")
