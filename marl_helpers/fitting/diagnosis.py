"""The verdict on one table: what each method plays, what that earns, and why it fails where it fails."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from marl_helpers import exact, fitting, games
from marl_helpers.basics import arguments
from marl_helpers.exact.methods import find, on_tables
from marl_helpers.fitting.reasons import LINEAR, Evidence, details, explain, runs_right
from marl_helpers.fitting.runs import LEARNER, RECIPE, SEARCH, Fit, Recipe, progress, stretches

SETTLE, MORE = 100, LEARNER.steps  # steps from where a learner's run ended: of second order, and of its own kind
SCALES, STARTS, STEPS = (1.0, 3.0), 128, 200  # of the search for the best fit: near starts and far ones


@dataclass(frozen=True)
class Verdict:
    """One method on one table, and the evidence for it.

    plays: the joint action that most runs play. earns: the reward that they earn, averaged over the runs. Without
    learned runs both are those of the exact best fit. outcome: one of reasons.OUTCOMES. reason: one sentence.
    details: one line for each error compared.
    """

    method: str
    evidence: Evidence
    plays: tuple[int, ...]
    earns: float
    outcome: str
    reason: str
    details: tuple[str, ...]

    @property
    def label(self) -> str:
        """The method's name in a figure."""
        return find(self.method).label

    @property
    def best(self) -> exact.Projection | None:
        """The exact best fit of the method's own class, or None where it cannot be computed."""
        return self.evidence.best

    @property
    def learned(self) -> Fit | None:
        """The learner's runs, or None where only the exact best fit is known."""
        return self.evidence.learned

    @property
    def fitted(self) -> np.ndarray:
        """The fitted table to show: that of the learner's best run which plays `plays`, else the exact best fit."""
        return self.best.fit if self.learned is None else self.learned.fitted[self._shown]

    @property
    def mse(self) -> float:
        """The mean squared error of `fitted`."""
        return self.best.mse if self.learned is None else float(self.learned.mse[self._shown])

    @cached_property
    def _shown(self) -> int:
        same = (self.learned.greedy == self.plays).all(-1)
        return int(np.where(same, self.learned.mse, np.inf).argmin())


@dataclass(frozen=True)
class Diagnosis:
    """The verdicts on a table, by method."""

    table: np.ndarray
    verdicts: dict[str, Verdict]

    @cached_property
    def optima(self) -> tuple[tuple[int, ...], ...]:
        """The joint actions that earn the table's maximum."""
        return exact.joint(self.table).optima

    def __getitem__(self, method: str) -> Verdict:
        return self.verdicts[method]

    def __str__(self) -> str:
        lines = [f"optimum {' '.join(map(str, self.optima))} earns {self.table.max():.4g}"]
        for verdict in self.verdicts.values():
            runs = "" if verdict.learned is None else f"; {runs_right(verdict.learned)}"
            lines += [f"{verdict.label}: {headline(verdict, self.table.max())}{runs}", f"    {verdict.reason}"]
        return "\n".join(lines)

    __repr__ = __str__


def diagnose(
    table, methods: Sequence[str] | None = None, runs: int = 32, seed: int = 0, recipe: Recipe = LEARNER
) -> Diagnosis:
    """Judge methods on a table: exact best fits, `runs` runs of the learner, and a search.

    methods: their names; None for all that a table can tell from the others.

    Raises games.TableError for a bad table and ValueError for an unknown method or fewer than one run.
    """
    table = games.validate(table)
    methods, verdicts = on_tables() if methods is None else arguments.names(methods=methods), {}
    runs, seed = arguments.at_least(1, runs=runs), arguments.at_least(0, seed=seed)
    arguments.instance(Recipe, RECIPE, recipe=recipe)
    with progress(len(methods) * recipe.steps, "diagnose") as bar:
        for method in methods:
            learner = fitting.Learner([table], method, runs, seed, recipe)
            for steps in stretches(recipe.steps):
                learner.descend(steps)
                bar.update(steps)
            verdicts[method] = judge(table, method, gather(learner, seed))
    return Diagnosis(table, verdicts)


def diagnose_exactly(table, methods: Sequence[str]) -> Diagnosis:
    """The verdicts that need no learning: for the methods among these whose exact best fit can be computed."""
    table = games.validate(table)
    evidence = {method: _known(table, method) for method in methods}
    known = {method: judge(table, method, found) for method, found in evidence.items() if found.best is not None}
    return Diagnosis(table, known)


def projections(table: np.ndarray, method: str) -> dict[str, exact.Projection]:
    """The exact best fits in the classes around a method, without those that this table's shape puts out of reach."""
    mixer, found = find(method), {}
    for name in mixer.projections:
        try:
            found[name] = mixer.project(name, table)
        except (exact.TooMuchWork, games.TableError):  # too large, or convex for more than two agents
            continue
    return found


def gather(learner: "fitting.Learner", seed: int) -> Evidence:
    """What a learner of one table has found so far; where some of its runs are wrong, also what may explain that."""
    table, method, learned = learner.tables[0], learner.method, learner.result().first()
    evidence = replace(_known(table, method), learned=learned)
    if learned.optimal.all() or not np.isfinite(learned.mse).all():
        return evidence
    if evidence.by_loss:
        learner.descend(MORE)
        return replace(evidence, settled=learner.result().first())
    if not find(method).least_squares:  # its exact best fit says it all
        return evidence
    learner.solve(SETTLE)
    evidence = replace(evidence, settled=learner.result("second_order").first())
    if evidence.own in LINEAR:  # one basin: other starts have nothing to add
        return evidence
    recipes = [replace(SEARCH, width=learner.recipe.width, steps=STEPS, scale=scale) for scale in SCALES]
    searches = [fitting.fit(table, method, STARTS, seed, "second_order", recipe) for recipe in recipes]
    return replace(evidence, search=Fit.concatenate(searches))


def judge(table: np.ndarray, method: str, evidence: Evidence) -> Verdict:
    """The verdict that follows from the evidence, which holds learned runs or an exact best fit."""
    played = [evidence.best.greedy[0]] if evidence.learned is None else map(tuple, evidence.learned.greedy.tolist())
    counts = Counter(played)
    earns = sum(count * table[cell] for cell, count in counts.items()) / counts.total()
    outcome, reason = explain(find(method).label, table, evidence)
    plays = counts.most_common(1)[0][0]
    return Verdict(method, evidence, plays, float(earns), outcome, reason, tuple(details(table, evidence)))


def headline(verdict: Verdict, most: float) -> str:
    """What the team plays and what it earns of the most there is."""
    earns = f"earns {verdict.earns:.4g} of {most:.4g}"
    if verdict.learned is None:
        return f"best fit plays {verdict.plays}, {earns}"
    if (verdict.learned.greedy == verdict.plays).all():
        return f"plays {verdict.plays}, {earns}"
    return f"mostly plays {verdict.plays}, {earns}" + ("" if verdict.learned.optimal.all() else " on average")


def _known(table: np.ndarray, method: str) -> Evidence:
    """What is known of a method without learning."""
    mixer = find(method)
    own = next(reversed(mixer.projections), "")
    return Evidence(projections(table, method), own, by_loss=not (mixer.least_squares or own))
