"""A slider through a family of games: the fitted tables follow it, exactly at once and then as they are learned."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from html import escape
from pathlib import Path

import ipywidgets
import numpy as np

from marl_helpers import games, plots
from marl_helpers.diagnosis import Diagnosis, diagnose, diagnose_exactly, gather, judge
from marl_helpers.families import Family
from marl_helpers.fitting import LEARNER, Learner, Recipe, stretches
from marl_helpers.widgets.cards import cards, recipe_line
from marl_helpers.widgets.lab import Panel
from marl_helpers.widgets.reward_table import checked

_STYLE = f"<style>\n{(Path(__file__).parent / 'static' / 'panel.css').read_text()}</style>"
SCALES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)  # of the initial utilities
REST = 0.15  # seconds for which the sliders must stand still before learning starts
PAUSE = 0.002  # seconds given to the page between two stretches of learning
Stages = Iterator[tuple[Diagnosis, dict[str, float]]]  # a diagnosis, and the share of steps done of what still learns


class Interpolation(ipywidgets.VBox):
    """Sliders for lambda and for the learner's initial scale over the verdicts on that game.

    The line goes from `start` (lambda 0) through `end` (lambda 1) to lambda `most`. The exact verdicts follow the
    slider; the learned ones begin when it rests, and a newer move abandons them. `diagnosis` holds what is shown. An
    error in any of it shows in the panel and is raised.

    Raises games.TableError for tables that are not of one shape, two agents with 2 to 5 actions each; ValueError for
    an unknown method, fewer than one run or a lambda that is not on the slider.
    """

    def __init__(
        self,
        start=games.ADDITIVE,
        end=games.COORDINATION,
        methods: Sequence[str] = ("vdn", "qmix"),
        lam: float = 1.0,
        most: float = 2.0,
        runs: int = 32,
        seed: int = 0,
    ):
        if not 0 <= lam <= most:
            raise ValueError(f"lam is {lam}: give a number from 0 to {most}, where the slider ends")
        self.family, self.methods, self.runs, self.seed = Family(checked(start), checked(end)), methods, runs, seed
        self.lam = ipywidgets.FloatSlider(lam, min=0, max=most, step=0.01, description="λ")
        self.scale = ipywidgets.SelectionSlider(options=SCALES, value=LEARNER.scale, description="initial scale")
        self.panel = Panel()
        self._task: asyncio.Task | None = None
        self._show(diagnose(self.family(lam), methods, runs, seed, self.recipe))
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
        if self._task is not None:
            self._task.cancel()
        with self._reporting():
            stages = unfold(self.family(self.lam.value), self.methods, self.runs, self.seed, self.recipe)
            self._show(*next(stages))
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # a plain script: nothing else waits for its turn
            asyncio.run(self._learn(stages))
        else:
            self._task = loop.create_task(self._learn(stages))

    async def _learn(self, stages: Stages) -> None:
        with self._reporting():
            await asyncio.sleep(REST)
            for diagnosis, pending in stages:
                self._show(diagnosis, pending)
                await asyncio.sleep(PAUSE)

    @contextmanager
    def _reporting(self) -> Iterator[None]:
        """Show an error that is raised inside in the panel, until the next move."""
        try:
            yield
        except Exception as error:
            self.panel.html = f'<p role="alert">{escape(f"{type(error).__name__}: {error}")}</p>'
            raise

    def _repr_mimebundle_(self, **kwargs) -> dict:
        data = super()._repr_mimebundle_(**kwargs)
        text = f"λ = {self.lam.value:g}, initial scale {self.scale.value:g}\n{self.diagnosis}"
        html = [_STYLE, f"<p>λ = {self.lam.value:g}</p>", self.panel.html, "<p><em>Run this cell to move λ.</em></p>"]
        return {**data, "text/plain": text, "text/html": "\n".join(html)}


def _reward(diagnosis: Diagnosis) -> str:
    """The game itself as a card, in the dress of the cards beside it."""
    table, rows = diagnosis.table, ""
    digits, low, spread = plots.places(table), table.min(), np.ptp(table) or 1
    for a, row in enumerate(table):
        cells = (
            f'<td style="--heat: {(value - low) / spread:.2f}">'
            f"{plots.label(value, digits + 1, (a, b) in diagnosis.optima)}</td>"
            for b, value in enumerate(row)
        )
        rows += f"<tr>{''.join(cells)}</tr>"
    return (
        '<section class="marl-card marl-wait" aria-label="reward"><h4>Reward</h4>'
        f"<table><caption>rows: agent 1, columns: agent 2</caption><tbody>{rows}</tbody></table></section>"
    )


def unfold(table: np.ndarray, methods: Sequence[str], runs: int, seed: int, recipe: Recipe) -> Stages:
    """A diagnosis in stages, the last of which is that of `diagnose`: exact verdicts first, then method by method.

    With each comes the share of the learner's steps done, for every method that is still learning.
    """
    stage, pending = diagnose_exactly(table, methods), dict.fromkeys(methods, 0.0)
    yield stage, dict(pending)
    for method in methods:
        learner, taken = Learner([table], method, runs, seed, recipe), 0
        for length in stretches(recipe.steps):
            learner.descend(length)
            taken += length
            yield stage, {**pending, method: taken / recipe.steps}
        verdict = judge(table, method, gather(learner, seed))
        stage = replace(stage, verdicts={**stage.verdicts, method: verdict})
        del pending[method]
        yield stage, dict(pending)
