"""A place in a family of games, and the verdicts on the game there: what a line and a plane of games share."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import traitlets
from numpy.typing import ArrayLike

from marl_helpers.basics import arguments
from marl_helpers.basics.rounding import steady
from marl_helpers.exact.families import Family
from marl_helpers.exact.methods import METHODS, find
from marl_helpers.fitting.diagnosis import Diagnosis
from marl_helpers.fitting.runs import LEARNER, Recipe
from marl_helpers.plots.base import label, places
from marl_helpers.plots.families import CLASSES
from marl_helpers.widgets.alive import Alive, Drawing, styles
from marl_helpers.widgets.cards import recipe_line
from marl_helpers.widgets.judged import Judged, judging
from marl_helpers.widgets.reward_table import checked

SCALES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)  # of the initial utilities
REST = 0.15  # seconds for which the place must stand still before learning starts


def placing(*names: str) -> str:
    """These files of static/ behind those that every map needs, as one module of the page."""
    return judging("table", "cells", "verdicts", "moving", "entry", "place", *names)


class Place(Judged, Alive):
    """A map of a family of games, a place on it, and below the verdicts on the game there.

    A subclass has a synced Float trait for each coordinate, whose names and most it gives to `_open_family`; each goes
    from 0. `scale` is the learner's initial scale, and `diagnosis` holds what is found; see Judged for who finds it.
    Learning begins when the place rests, and a newer move abandons it. An error in any of it shows on the page and is
    raised.
    """

    _css = styles("panel", "controls", "maps")

    scale = traitlets.Enum(SCALES, LEARNER.scale).tag(sync=True)
    _games = traitlets.List().tag(sync=True)  # the family's base and its ends
    _most = traitlets.Dict().tag(sync=True)  # coordinate -> where it ends

    def _open_family(self, methods: Iterable[str], runs: int, seed: int) -> None:
        """Show the verdicts at the place that is set."""
        self._about = (*self._most, "scale")
        methods = arguments.names(methods=methods)
        more = {"scales": SCALES, "rest": 1000 * REST, "classes": classes(methods)}
        self._open(methods, runs, seed, LEARNER, REST, **more)

    @property
    def family(self) -> Family:
        """The family of games."""
        return Family(*self._games)

    @property
    def array(self) -> np.ndarray:
        """The game at the place."""
        return self.family(*(getattr(self, name) for name in self._most))

    @property
    def recipe(self) -> Recipe:
        """The learner's recipe at the chosen initial scale."""
        return replace(LEARNER, scale=self.scale)

    def drawing(self) -> Drawing:
        found = f'<div class="marl-cards">{reward(self.diagnosis)}{self.answer["html"]}</div>'
        return f'{found}<p class="marl-recipe">{recipe_line(self.recipe)}</p>', str(self.diagnosis)


def within(place: str, most: Mapping[str, float], **coordinate: float) -> float:
    """A coordinate that is in the line or the plane; raises ValueError for one beyond its end."""
    (name,) = coordinate
    return arguments.finite(f"a number from 0 to {most[name]}, where the {place} ends", 0, most[name], **coordinate)


def tables(*games: ArrayLike) -> list[list]:
    """The games of a family as lists of rows; raises games.TableError for what cannot be shown, or not together."""
    family = Family(*map(checked, games))
    return [table.tolist() for table in (family.base, *family.ends)]


def classes(methods: Sequence[str]) -> dict[str, dict[str, str]]:
    """The classes around these methods that have an exact best fit, each method's own first.

    Class -> its `label`, and the `method` in whose colour and dash it is drawn: the first whose own class it is.
    """
    found = {}
    for name in (name for method in methods for name in reversed(find(method).projections)):
        own = next((one for one in METHODS.values() if one.projections[-1:] == (name,)), find(methods[0]))
        found[name] = {"label": CLASSES.get(name, own.label), "method": own.name}
    return found


def reward(diagnosis: Diagnosis) -> str:
    """The game itself as a card, in the dress of the cards beside it."""
    table, rows = diagnosis.table, ""
    digits, low, spread = places(table), table.min(), np.ptp(table) or 1
    for a, row in enumerate(table):
        cells = (
            f'<td style="--heat: {steady((value - low) / spread):.2f}">'
            f"{label(value, digits + 1, (a, b) in diagnosis.optima)}</td>"
            for b, value in enumerate(row)
        )
        rows += f"<tr>{''.join(cells)}</tr>"
    return (
        '<section class="marl-card marl-wait" aria-label="reward"><h4>Reward</h4>'
        f"<table><caption>rows: agent 1, columns: agent 2</caption><tbody>{rows}</tbody></table></section>"
    )
