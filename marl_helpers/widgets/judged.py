"""What the methods make of a two-agent table that a person moves: the page says it at once, and Python confirms it."""

from collections.abc import Iterable, Mapping

import anywidget
import traitlets

from marl_helpers.basics import arguments
from marl_helpers.exact.methods import find
from marl_helpers.fitting.diagnosis import Diagnosis, diagnose, diagnose_exactly
from marl_helpers.fitting.runs import Recipe
from marl_helpers.widgets import engine
from marl_helpers.widgets.alive import module
from marl_helpers.widgets.cards import cards
from marl_helpers.widgets.unfolding import Unfolding


def judging(*names: str) -> str:
    """These files of static/, "table" and "verdicts" among them, behind what those need, as one module of the page."""
    return engine.script() + module("controls", "learner", "worker", *names)


class Judged(anywidget.AnyWidget):
    """A widget that shows the verdict on each method.

    The page judges exactly at once, also without a kernel, and with runs of its own learner. With a kernel Python
    confirms the exact verdicts and learns, a few steps at a time, and a newer change abandons that; where there is no
    PyTorch only the page learns. `diagnosis` holds what Python has found.

    A subclass has `reporting`, and gives `array`, the table; `recipe`; and in `_about` the names of the traits that
    they depend on. It calls `_open` when these are set.
    """

    _about: tuple[str, ...]

    methods = traitlets.List().tag(sync=True)
    learning = traitlets.Dict().tag(sync=True)  # runs, seed, the recipe given, and what else the page needs of it
    answer = traitlets.Dict().tag(
        sync=True
    )  # Python's: state, cards as HTML, exact verdicts, shares of runs right, whether it is the last

    def _open(self, methods: Iterable[str], runs: int, seed: int, recipe: Recipe, wait: float, **more: Mapping) -> None:
        """Show the verdicts, and from now on those on every change; wait: seconds without one before Python learns."""
        self.methods = arguments.names(methods=methods)
        self.runs, self.seed = arguments.at_least(1, runs=runs), arguments.at_least(0, seed=seed)
        self.learning = {
            "runs": self.runs,
            "seed": self.seed,
            "recipe": vars(recipe),
            "facts": engine.facts(find(method).name for method in self.methods),
            **more,
        }
        self._unfolding, self._state = Unfolding(self._show, self.reporting, wait), None
        try:
            self._show(diagnose(self.array, self.methods, self.runs, self.seed, self.recipe))
        except ModuleNotFoundError as error:
            if error.name != "torch":
                raise
            self._unfolding = None  # the page learns by itself
            self._show_exactly()
        self.observe(self._moved, names=list(self._about))

    def _now(self) -> dict:
        """What the page must show for an answer to count."""
        return {name: getattr(self, name) for name in self._about}

    def _show(self, diagnosis: Diagnosis, pending: dict[str, float | None] | None = None) -> None:
        if self._state != (state := self._now()):
            exactly = diagnose_exactly(diagnosis.table, self.methods).verdicts.items()
            self._exact = {name: [verdict.outcome, list(verdict.plays), verdict.reason] for name, verdict in exactly}
        self.diagnosis, self._state = diagnosis, state
        self.answer = {
            "state": state,
            "html": cards(diagnosis, pending),
            "exact": self._exact,
            "right": {name: float(v.learned.optimal.mean()) for name, v in diagnosis.verdicts.items() if v.learned},
            "done": not pending or set(pending.values()) == {None},
        }

    def _moved(self, _change) -> None:
        if self._state == self._now():
            return  # one change of two traits is told twice
        if self._unfolding:
            self._unfolding.start(self.array, self.methods, self.runs, self.seed, self.recipe)
        else:
            with self.reporting():
                self._show_exactly()

    def _show_exactly(self) -> None:
        self._show(diagnose_exactly(self.array, self.methods), dict.fromkeys(self.methods, 0.0))
