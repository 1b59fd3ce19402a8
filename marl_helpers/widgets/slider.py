"""A slider through a family of games: the fitted tables follow it, exactly at once and then as they are learned."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import traitlets
from numpy.typing import ArrayLike

from marl_helpers import games
from marl_helpers.basics import arguments
from marl_helpers.basics.rounding import steady
from marl_helpers.exact.families import Family
from marl_helpers.fitting.diagnosis import Diagnosis
from marl_helpers.fitting.runs import LEARNER, Recipe
from marl_helpers.plots.base import label, places
from marl_helpers.widgets.alive import Alive, Drawing, checks
from marl_helpers.widgets.cards import recipe_line
from marl_helpers.widgets.judged import Judged, judging
from marl_helpers.widgets.reward_table import checked

SCALES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)  # of the initial utilities
REST = 0.15  # seconds for which the sliders must stand still before learning starts


class Interpolation(Judged, Alive):
    """Sliders for lambda and for the learner's initial scale over the verdicts on that game.

    The line goes from `start` (lambda 0) through `end` (lambda 1) to lambda `most`, in hundredths. `lam` and `scale`
    are what the sliders stand at, and `diagnosis` holds what is found there; see Judged for who finds it. Learning
    begins when the slider rests, and a newer move abandons it. An error in any of it shows below them and is raised.

    Raises games.TableError for tables that are not of one shape, two agents with 2 to 5 actions each; ValueError for
    an unknown method, none, one named twice, fewer than one run or a lambda that is not on the slider.
    """

    _esm = judging("table", "cells", "verdicts", "interpolation")
    _about = ("lam", "scale")

    lam = traitlets.Float().tag(sync=True)
    scale = traitlets.Enum(SCALES, LEARNER.scale).tag(sync=True)
    _line = traitlets.Dict().tag(sync=True)  # start, end and most

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
        most = arguments.finite("a number above 0", arguments.ABOVE_0, most=most)
        self.family = Family(checked(start), checked(end))
        lam = _on_the_slider(lam, most)
        ends = {"start": self.family.base.tolist(), "end": self.family.ends[0].tolist()}
        super().__init__(lam=lam, _line={**ends, "most": most})
        more = {"scales": SCALES, "rest": 1000 * REST}
        self._open(methods, runs, seed, LEARNER, REST, **more)

    @checks("lam")
    def _fits(self, lam: float) -> float:
        return _on_the_slider(lam, self._line["most"])

    @property
    def array(self) -> np.ndarray:
        """The game at lambda."""
        return self.family(self.lam)

    @property
    def recipe(self) -> Recipe:
        """The learner's recipe at the chosen initial scale."""
        return replace(LEARNER, scale=self.scale)

    def settings(self) -> list[tuple[str, str]]:
        return [("λ", f"{self.lam:g}"), ("initial scale", f"{self.scale:g}")]

    def drawing(self) -> Drawing:
        found = f'<div class="marl-cards">{reward(self.diagnosis)}{self.answer["html"]}</div>'
        return f'{found}<p class="marl-recipe">{recipe_line(self.recipe)}</p>', str(self.diagnosis)


def _on_the_slider(lam: float, most: float) -> float:
    return arguments.finite(f"a number from 0 to {most}, where the slider ends", 0, most, lam=lam)


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
