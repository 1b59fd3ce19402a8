"""The laboratory: a reward table to edit, and beside it what every method makes of it, exactly and learned."""

from collections.abc import Iterable
from dataclasses import replace

from marl_helpers import games
from marl_helpers.basics import arguments
from marl_helpers.fitting.runs import LEARNER, RECIPE, Recipe
from marl_helpers.widgets.alive import styles
from marl_helpers.widgets.cards import recipe_line
from marl_helpers.widgets.judged import Judged, judging
from marl_helpers.widgets.reward_table import EDITOR, RUN_IT, RewardTable, table_html, table_text
from marl_helpers.widgets.twins import inline

HEAD_START = 0.02  # seconds in which the exact verdict gets to the page before learning takes the processor
METHODS = ("iql", "vdn", "qmix", "joint")  # on show where none are named: more than a few cards hide each other
CHOICES = {  # what the page offers of a recipe: the control's name -> the recipe's field, and its values
    "initial scale": ("scale", (0.01, 0.03, 0.1, 0.3, 1, 3)),
    "mixer width": ("width", (1, 2, 4, 8, 16, 32)),
    "positivity": ("positivity", ("abs", "softplus")),
}


class Laboratory(Judged, RewardTable):
    """A RewardTable, the learner's recipe, and the verdict on each of METHODS (or on those named).

    `diagnosis` and `recipe` hold what is shown; see Judged for who answers an edit of the table or of the recipe. An
    error in any of it shows under the table and is raised.

    Raises games.TableError for a table that is not two agents with 2 to 5 actions each, ValueError for an unknown
    method, none, one named twice, or fewer than one run.
    """

    _esm = judging(*EDITOR, "verdicts", "laboratory")
    _css = styles("panel", "controls", "reward_table")
    _about = ("table", "settings")

    def __init__(
        self,
        table=games.COORDINATION,
        methods: Iterable[str] | None = None,
        runs: int = 32,
        seed: int = 0,
        recipe: Recipe = LEARNER,
    ):
        self._given = arguments.instance(Recipe, RECIPE, recipe=recipe)
        settings = {name: getattr(recipe, field) for name, (field, _) in CHOICES.items()}
        choices = {name: sorted({*values, settings[name]}) for name, (_, values) in CHOICES.items()}
        super().__init__(table, choices, settings)
        fields = {name: field for name, (field, _) in CHOICES.items()}
        self._open(METHODS if methods is None else methods, runs, seed, recipe, HEAD_START, fields=fields)

    @property
    def recipe(self) -> Recipe:
        """The recipe that the page shows."""
        return replace(self._given, **{CHOICES[name][0]: value for name, value in self.settings.items()})

    @property
    def html(self) -> str:
        """The cards shown, and the recipe."""
        return f'{self.answer["html"]}<p class="marl-recipe">{recipe_line(self.recipe)}</p>'

    def _repr_mimebundle_(self, **kwargs) -> tuple[dict, dict]:
        data, metadata = super()._repr_mimebundle_(**kwargs)
        text = f"{table_text(self.table)}\n{self.diagnosis}"
        twin = inline("\n".join([table_html(self.table), self.html, f"<p><em>{RUN_IT}</em></p>"]))
        return {**data, "text/plain": text, "text/html": twin}, metadata
