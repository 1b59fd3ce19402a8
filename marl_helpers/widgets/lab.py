"""The laboratory: a reward table to edit, and beside it what every method makes of it, exactly and learned."""

from collections.abc import Iterable
from dataclasses import replace

import ipywidgets

from marl_helpers import games
from marl_helpers.basics import arguments
from marl_helpers.fitting.diagnosis import Diagnosis, diagnose
from marl_helpers.fitting.runs import LEARNER, RECIPE, Recipe
from marl_helpers.widgets.cards import cards, recipe_line
from marl_helpers.widgets.panel import Panel
from marl_helpers.widgets.reward_table import RUN_IT, RewardTable, table_html, table_text
from marl_helpers.widgets.unfolding import Unfolding

HEAD_START = 0.02  # seconds in which the exact verdict gets to the page before learning takes the processor
METHODS = ("iql", "vdn", "qmix", "joint")  # on show where none are named: more than a few cards hide each other
CHOICES = {  # what the page offers of a recipe: the control's name -> the recipe's field, and its values
    "initial scale": ("scale", (0.01, 0.03, 0.1, 0.3, 1, 3)),
    "mixer width": ("width", (1, 2, 4, 8, 16, 32)),
    "positivity": ("positivity", ("abs", "softplus")),
}


class Laboratory(ipywidgets.HBox):
    """A RewardTable, the learner's recipe, and the verdict on each of METHODS (or on those named).

    `diagnosis` and `recipe` hold what is shown. An edit of the table or of the recipe shows the exact verdicts at
    once; the learned ones follow a few steps at a time, so that the page stays alive, and a newer edit abandons them.
    An error in any of it shows under the table and is raised.

    Raises games.TableError for a table that is not two agents with 2 to 5 actions each, ValueError for an unknown
    method, none, one named twice, or fewer than one run.
    """

    def __init__(
        self,
        table=games.COORDINATION,
        methods: Iterable[str] | None = None,
        runs: int = 32,
        seed: int = 0,
        recipe: Recipe = LEARNER,
    ):
        self.methods = arguments.names(methods=METHODS if methods is None else methods)
        self.runs, self.seed = arguments.at_least(1, runs=runs), arguments.at_least(0, seed=seed)
        self._given = arguments.instance(Recipe, RECIPE, recipe=recipe)
        settings = {name: getattr(recipe, field) for name, (field, _) in CHOICES.items()}
        choices = {name: sorted({*values, settings[name]}) for name, (_, values) in CHOICES.items()}
        self.editor, self.panel = RewardTable(table, choices, settings), Panel()
        self._unfolding = Unfolding(self._show, self.editor.reporting, HEAD_START)
        self._show(diagnose(self.editor.array, self.methods, runs, seed, recipe))
        self.editor.observe(self._edited, names=["table", "settings"])
        self.editor.layout.flex, self.panel.layout.flex = "0 0 auto", "1 1 18em"
        super().__init__([self.editor, self.panel], layout={"flex_flow": "row wrap", "grid_gap": "12px"})
        self.add_class("marl-lab")  # on the page the editor and the panel find each other by it

    @property
    def recipe(self) -> Recipe:
        """The recipe that the page shows."""
        return replace(self._given, **{CHOICES[name][0]: value for name, value in self.editor.settings.items()})

    def _show(self, diagnosis: Diagnosis, pending: dict[str, float | None] | None = None) -> None:
        self.diagnosis, self._state = diagnosis, (self.editor.table, self.recipe)
        self.panel.html = f'{cards(diagnosis, pending)}<p class="marl-recipe">{recipe_line(self.recipe)}</p>'

    def _edited(self, _change) -> None:
        if self._state == (self.editor.table, self.recipe):
            return  # a reset may change table and settings, which is one edit told twice
        self._unfolding.start(self.editor.array, self.methods, self.runs, self.seed, self.recipe)

    def _repr_mimebundle_(self, **kwargs) -> dict:
        data = super()._repr_mimebundle_(**kwargs)
        text = f"{table_text(self.editor.table)}\n{self.diagnosis}"
        return {**data, "text/plain": text, "text/html": self.panel.twin(table_html(self.editor.table), RUN_IT)}
