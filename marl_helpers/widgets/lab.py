"""The laboratory: a reward table to edit, and beside it what every method makes of it, exactly and learned."""

from collections.abc import Iterable
from dataclasses import replace

import traitlets

from marl_helpers import games
from marl_helpers.basics import arguments
from marl_helpers.fitting.diagnosis import Diagnosis, diagnose, diagnose_exactly
from marl_helpers.fitting.runs import LEARNER, RECIPE, Recipe
from marl_helpers.widgets import engine
from marl_helpers.widgets.alive import module, styles
from marl_helpers.widgets.cards import cards, recipe_line
from marl_helpers.widgets.reward_table import EDITOR, RUN_IT, RewardTable, table_html, table_text
from marl_helpers.widgets.twins import inline
from marl_helpers.widgets.unfolding import Unfolding

HEAD_START = 0.02  # seconds in which the exact verdict gets to the page before learning takes the processor
METHODS = ("iql", "vdn", "qmix", "joint")  # on show where none are named: more than a few cards hide each other
CHOICES = {  # what the page offers of a recipe: the control's name -> the recipe's field, and its values
    "initial scale": ("scale", (0.01, 0.03, 0.1, 0.3, 1, 3)),
    "mixer width": ("width", (1, 2, 4, 8, 16, 32)),
    "positivity": ("positivity", ("abs", "softplus")),
}


class Laboratory(RewardTable):
    """A RewardTable, the learner's recipe, and the verdict on each of METHODS (or on those named).

    `diagnosis` and `recipe` hold what is shown. The page answers an edit of the table or of the recipe by itself, also
    without a kernel: exactly at once, and with runs of its own learner. With a kernel Python confirms the exact
    verdicts and learns, a few steps at a time, and a newer edit abandons that; where there is no PyTorch only the page
    learns. `answer` is what Python tells the page:
    the state that it is about, cards as HTML, the exact verdicts, and whether it is the last word on that state. An
    error in any of it shows under the table and is raised.

    Raises games.TableError for a table that is not two agents with 2 to 5 actions each, ValueError for an unknown
    method, none, one named twice, or fewer than one run.
    """

    _esm = engine.script() + module("controls", *EDITOR, "learner", "worker", "laboratory")
    _css = styles("panel", "controls", "reward_table")

    methods = traitlets.List().tag(sync=True)
    learning = traitlets.Dict().tag(sync=True)  # runs, seed, the recipe given, and which of its fields the page offers
    answer = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        table=games.COORDINATION,
        methods: Iterable[str] | None = None,
        runs: int = 32,
        seed: int = 0,
        recipe: Recipe = LEARNER,
    ):
        self.runs, self.seed = arguments.at_least(1, runs=runs), arguments.at_least(0, seed=seed)
        self._given = arguments.instance(Recipe, RECIPE, recipe=recipe)
        settings = {name: getattr(recipe, field) for name, (field, _) in CHOICES.items()}
        choices = {name: sorted({*values, settings[name]}) for name, (_, values) in CHOICES.items()}
        super().__init__(table, choices, settings)
        self.methods = arguments.names(methods=METHODS if methods is None else methods)
        fields = {name: field for name, (field, _) in CHOICES.items()}
        self.learning = {"runs": runs, "seed": seed, "recipe": vars(recipe), "fields": fields}
        self._unfolding, self._state = Unfolding(self._show, self.reporting, HEAD_START), None
        try:
            self._show(diagnose(self.array, self.methods, runs, seed, recipe))
        except ModuleNotFoundError as error:
            if error.name != "torch":
                raise
            self._unfolding = None  # the page learns by itself
            self._show_exactly()
        self.observe(self._edited, names=["table", "settings"])

    @property
    def recipe(self) -> Recipe:
        """The recipe that the page shows."""
        return replace(self._given, **{CHOICES[name][0]: value for name, value in self.settings.items()})

    @property
    def html(self) -> str:
        """The cards shown, and the recipe."""
        return f'{self.answer["html"]}<p class="marl-recipe">{recipe_line(self.recipe)}</p>'

    def _show(self, diagnosis: Diagnosis, pending: dict[str, float | None] | None = None) -> None:
        if self._state != (state := (self.table, self.recipe)):
            exactly = diagnose_exactly(diagnosis.table, self.methods).verdicts.items()
            self._exact = {name: [verdict.outcome, list(verdict.plays), verdict.reason] for name, verdict in exactly}
        self.diagnosis, self._state = diagnosis, state
        self.answer = {
            "state": {"table": self.table, "settings": self.settings},
            "html": cards(diagnosis, pending),
            "exact": self._exact,
            "done": not pending or set(pending.values()) == {None},
        }

    def _edited(self, _change) -> None:
        if self._state == (self.table, self.recipe):
            return  # a reset may change table and settings, which is one edit told twice
        if self._unfolding:
            self._unfolding.start(self.array, self.methods, self.runs, self.seed, self.recipe)
        else:
            with self.reporting():
                self._show_exactly()

    def _show_exactly(self) -> None:
        self._show(diagnose_exactly(self.array, self.methods), dict.fromkeys(self.methods, 0.0))

    def _repr_mimebundle_(self, **kwargs) -> tuple[dict, dict]:
        data, metadata = super()._repr_mimebundle_(**kwargs)
        text = f"{table_text(self.table)}\n{self.diagnosis}"
        twin = inline("\n".join([table_html(self.table), self.html, f"<p><em>{RUN_IT}</em></p>"]))
        return {**data, "text/plain": text, "text/html": twin}, metadata
