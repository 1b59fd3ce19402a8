"""A slider through a family of games: the fitted tables follow it, exactly at once and then as they are learned."""

from collections.abc import Iterable
from dataclasses import replace

import ipywidgets
import numpy as np
from numpy.typing import ArrayLike

from marl_helpers import games
from marl_helpers.basics import arguments
from marl_helpers.exact.families import Family
from marl_helpers.fitting.diagnosis import Diagnosis, diagnose
from marl_helpers.fitting.runs import LEARNER, Recipe
from marl_helpers.plots.base import label, places
from marl_helpers.widgets.cards import cards, recipe_line
from marl_helpers.widgets.panel import Panel
from marl_helpers.widgets.reward_table import checked
from marl_helpers.widgets.unfolding import Unfolding

RUN_IT = "Run this cell, and those above it, to move λ."  # the last line of the twin in HTML
SCALES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)  # of the initial utilities
REST = 0.15  # seconds for which the sliders must stand still before learning starts


class Interpolation(ipywidgets.VBox):
    """Sliders for lambda and for the learner's initial scale over the verdicts on that game.

    The line goes from `start` (lambda 0) through `end` (lambda 1) to lambda `most`, in hundredths. The exact verdicts
    follow the slider; the learned ones begin when it rests, and a newer move abandons them. `diagnosis` holds what is
    shown. An error in any of it shows in the panel and is raised.

    Raises games.TableError for tables that are not of one shape, two agents with 2 to 5 actions each; ValueError for
    an unknown method, none, one named twice, fewer than one run or a lambda that is not on the slider.
    """

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
        lam = arguments.finite(f"a number from 0 to {most}, where the slider ends", 0, most, lam=lam)
        self.family, self.methods = Family(checked(start), checked(end)), arguments.names(methods=methods)
        self.runs, self.seed = arguments.at_least(1, runs=runs), arguments.at_least(0, seed=seed)
        self.lam = ipywidgets.FloatSlider(lam, min=0, max=most, step=0.01, description="λ")
        self.scale = ipywidgets.SelectionSlider(options=SCALES, value=LEARNER.scale, description="initial scale")
        self.panel = Panel()
        self._unfolding = Unfolding(self._show, self.panel.reporting, REST)
        self._show(diagnose(self.family(lam), self.methods, runs, seed, self.recipe))
        for slider in (self.lam, self.scale):
            slider.layout.width, slider.style.description_width = "34em", "7em"
            slider.observe(self._moved, "value")
        super().__init__([self.lam, self.scale, self.panel])

    @property
    def recipe(self) -> Recipe:
        """The learner's recipe at the chosen initial scale."""
        return replace(LEARNER, scale=self.scale.value)

    def _show(self, diagnosis: Diagnosis, pending: dict[str, float] | None = None) -> None:
        self.diagnosis = diagnosis
        self.panel.html = (
            f'<div class="marl-cards">{_reward(diagnosis)}{cards(diagnosis, pending)}</div>'
            f'<p class="marl-recipe">{recipe_line(self.recipe)}</p>'
        )

    def _moved(self, _change) -> None:
        self._unfolding.start(self.family(self.lam.value), self.methods, self.runs, self.seed, self.recipe)

    def _repr_mimebundle_(self, **kwargs) -> dict:
        data = super()._repr_mimebundle_(**kwargs)
        text = f"λ = {self.lam.value:g}, initial scale {self.scale.value:g}\n{self.diagnosis}"
        return {**data, "text/plain": text, "text/html": self.panel.twin(f"<p>λ = {self.lam.value:g}</p>", RUN_IT)}


def _reward(diagnosis: Diagnosis) -> str:
    """The game itself as a card, in the dress of the cards beside it."""
    table, rows = diagnosis.table, ""
    digits, low, spread = places(table), table.min(), np.ptp(table) or 1
    for a, row in enumerate(table):
        cells = (
            f'<td style="--heat: {(value - low) / spread:.2f}">'
            f"{label(value, digits + 1, (a, b) in diagnosis.optima)}</td>"
            for b, value in enumerate(row)
        )
        rows += f"<tr>{''.join(cells)}</tr>"
    return (
        '<section class="marl-card marl-wait" aria-label="reward"><h4>Reward</h4>'
        f"<table><caption>rows: agent 1, columns: agent 2</caption><tbody>{rows}</tbody></table></section>"
    )
