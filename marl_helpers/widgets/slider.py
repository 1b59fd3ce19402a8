"""A line of games with a cursor along lambda: the fitted tables follow it, exactly at once and then as learned."""

from collections.abc import Iterable

import numpy as np
import traitlets
from numpy.typing import ArrayLike

from marl_helpers import exact, games
from marl_helpers.basics import arguments
from marl_helpers.exact.families import Family, boundaries, midpoints
from marl_helpers.exact.membership import negligible
from marl_helpers.plots.base import Picture
from marl_helpers.plots.families import interpolation
from marl_helpers.widgets.alive import checks
from marl_helpers.widgets.places import Place, placing, tables, within

GRID = 100  # games between which a class's play is looked at: two changes between neighbours go unseen
POINTS = 50  # games in the picture for a page without the map
OUTCOMES = {"yes": "", "tie": ", a tie", "no": ", wrong"}


class Interpolation(Place):
    """A map of a line of games, a cursor along lambda in it, and the verdicts on the game there.

    The line goes from `start` (lambda 0) through `end` (lambda 1) to lambda `most`. The map shows the error of the best
    fit in each class around the methods, where the class holds the game, and what its best fit plays; and the share of
    runs that were right wherever the cursor has rested. `lam` is where the cursor stands; see Place for the rest.

    Raises games.TableError for tables that are not of one shape, two agents with 2 to 5 actions each; ValueError for
    an unknown method, none, one named twice, fewer than one run or a lambda that is not on the line.
    """

    _esm = placing("interpolation")

    lam = traitlets.Float().tag(sync=True)

    def __init__(
        self,
        start: ArrayLike = games.ADDITIVE,
        end: ArrayLike = games.COORDINATION,
        methods: Iterable[str] = ("vdn", "qmix"),
        lam: float = 1.0,
        most: float = 2.0,
        runs: int = 32,
        seed: int = 0,
    ):
        most = {"lam": arguments.finite("a number above 0", arguments.ABOVE_0, most=most)}
        super().__init__(lam=within("line", most, lam=lam), _games=tables(start, end), _most=most)
        self._open_family(methods, runs, seed)

    @checks("lam")
    def _fits(self, lam: float) -> float:
        return within("line", self._most, lam=lam)

    def figure(self) -> Picture:
        """The map of the line without what the cursor has found."""
        lams = midpoints(POINTS, 0, self._most["lam"])
        tables = self.family.tables(lams)
        fits = {name: [getattr(exact, name)(table) for table in tables] for name in self.learning["classes"]}
        return interpolation(lams, fits, {}, {f"λ = {self.lam:g}": self.lam})

    def settings(self) -> list[tuple[str, str]]:
        """Where it stands, and what each class does along the line."""
        line = [
            (kind["label"], stretches(self.family, name, self._most["lam"]))
            for name, kind in self.learning["classes"].items()
        ]
        return [("λ", f"{self.lam:g}"), ("initial scale", f"{self.scale:g}"), *line]


def stretches(line: Family, name: str, most: float) -> str:
    """From lambda 0 to `most`: up to where the class of that name holds the games, and what its best fit plays."""

    def said(table: np.ndarray) -> str:
        best = getattr(exact, name)(table)
        holds = best.mse**0.5 <= negligible(table, 4)
        return "holds it" if holds else " or ".join(map(str, best.greedy)) + OUTCOMES[best.finds_optimum]

    grid = midpoints(GRID, 0, most).tolist()
    ends = boundaries(line, said, grid)
    words = [*(said(line(place)) for place in ends), said(line(grid[-1]))]
    return "; ".join(f"up to {place:.4g}: {word}" for word, place in zip(words, [*ends, most]))
