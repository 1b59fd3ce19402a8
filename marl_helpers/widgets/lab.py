"""The laboratory: a reward table to edit, and beside it what every method makes of it, exactly and learned."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import anywidget
import ipywidgets
import traitlets

from marl_helpers import games, mixers
from marl_helpers.diagnosis import Diagnosis, diagnose, diagnose_exactly, gather, judge
from marl_helpers.fitting import LEARNER, Learner, Recipe, stretches
from marl_helpers.widgets.cards import cards, recipe_line
from marl_helpers.widgets.reward_table import RUN_IT, RewardTable, table_html, table_text

_STATIC = Path(__file__).parent / "static"
STRETCH = 100  # steps of learning between two pauses
PAUSE = 0.002  # seconds of each pause, in which a newer edit can come in
HEAD_START = 0.02  # seconds in which the exact verdict gets to the page before learning takes the processor
CHOICES = {  # what the page offers of a recipe: the control's name -> the recipe's field, and its values
    "initial scale": ("scale", (0.01, 0.03, 0.1, 0.3, 1, 3)),
    "mixer width": ("width", (1, 2, 4, 8, 16, 32)),
    "positivity": ("positivity", ("abs", "softplus")),
}


class Panel(anywidget.AnyWidget):
    """HTML made in Python, shown in the notebook's theme."""

    _esm = _STATIC / "panel.js"
    _css = _STATIC / "panel.css"
    html = traitlets.Unicode().tag(sync=True)

    def twin(self, table) -> str:
        """A table and this panel as HTML for a page without a kernel; the style is for pages that keep it."""
        style = f"<style>\n{self._css}</style>"
        return "\n".join([style, table_html(table), self.html, RUN_IT])


class Laboratory(ipywidgets.HBox):
    """A RewardTable, the learner's recipe, and the verdict on every method (or on those named).

    `diagnosis` and `recipe` hold what is shown. An edit of the table or of the recipe shows the exact verdicts at
    once; the learned ones follow a few steps at a time, so that the page stays alive, and a newer edit abandons them.
    An error in any of it shows under the table and is raised.

    Raises games.TableError for a table that is not two agents with 2 to 5 actions each, ValueError for an unknown
    method, none, one named twice, or fewer than one run.
    """

    def __init__(
        self,
        table=games.COORDINATION,
        methods: Sequence[str] | None = None,
        runs: int = 32,
        seed: int = 0,
        recipe: Recipe = LEARNER,
    ):
        if isinstance(methods, str) or (methods is not None and len({*methods}) != len(methods or [0])):
            raise ValueError(f"methods is {methods!r}: give a list of different names, such as ['vdn', 'qmix']")
        self.methods = list(mixers.METHODS) if methods is None else list(methods)
        self.runs, self.seed, self._given = runs, seed, recipe
        settings = {name: getattr(recipe, field) for name, (field, _) in CHOICES.items()}
        choices = {name: sorted({*values, settings[name]}) for name, (_, values) in CHOICES.items()}
        self.editor, self.panel = RewardTable(table, choices, settings), Panel()
        self._task: asyncio.Task | None = None
        self._show(diagnose(self.editor.array, self.methods, runs, seed, recipe))
        self.editor.observe(self._edited, names=["table", "settings"])
        self.editor.layout.flex, self.panel.layout.flex = "0 0 auto", "1 1 18em"
        super().__init__([self.editor, self.panel], layout={"flex_flow": "row wrap", "grid_gap": "12px"})
        self.add_class("marl-lab")  # on the page the editor and the panel find each other by it

    @property
    def recipe(self) -> Recipe:
        """The recipe that the page shows."""
        return replace(self._given, **{CHOICES[name][0]: value for name, value in self.editor.settings.items()})

    def _show(self, diagnosis: Diagnosis, pending: dict[str, float] | None = None) -> None:
        self.diagnosis, self._state = diagnosis, (self.editor.table, self.recipe)
        self.panel.html = f'{cards(diagnosis, pending)}<p class="marl-recipe">{recipe_line(self.recipe)}</p>'

    def _edited(self, _change) -> None:
        if self._state == (self.editor.table, self.recipe):
            return  # a reset may change table and settings, which is one edit told twice
        if self._task is not None:
            self._task.cancel()
        with self.editor.reporting():
            self._show(diagnose_exactly(self.editor.array, self.methods), dict.fromkeys(self.methods, 0.0))
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # a plain script: nothing else waits for its turn
            asyncio.run(self._learn(self.diagnosis))
        else:
            self._task = loop.create_task(self._learn(self.diagnosis))

    async def _learn(self, exact_only: Diagnosis) -> None:
        """Replace the exact verdicts by learned ones, method by method."""
        table, recipe, found = exact_only.table, self.recipe, dict(exact_only.verdicts)
        pending, failures = dict.fromkeys(self.methods, 0.0), []

        def show() -> None:
            in_order = {method: found[method] for method in self.methods if method in found}
            self._show(replace(exact_only, verdicts=in_order), pending)

        await asyncio.sleep(HEAD_START)
        with self.editor.reporting():
            for method in self.methods:
                try:
                    learner = Learner([table], method, self.runs, self.seed, recipe)
                    async for pending[method] in _gently(learner, recipe.steps):
                        show()
                    found[method] = judge(table, method, gather(learner, self.seed))
                except Exception as error:  # its card goes; the other methods go on
                    failures.append(f"{method}: {type(error).__name__}: {error}")
                    found.pop(method, None)
                del pending[method]
                show()
            if failures:
                raise RuntimeError("; ".join(failures))

    def _repr_mimebundle_(self, **kwargs) -> dict:
        data = super()._repr_mimebundle_(**kwargs)
        text = f"{table_text(self.editor.table)}\n{self.diagnosis}"
        return {**data, "text/plain": text, "text/html": self.panel.twin(self.editor.table)}


async def _gently(learner: Learner, steps: int) -> AsyncIterator[float]:
    """Descend in short stretches, with a pause and the share of steps done after each."""
    taken = 0
    for length in stretches(steps, STRETCH):
        learner.descend(length)
        taken += length
        await asyncio.sleep(PAUSE)
        yield taken / steps
