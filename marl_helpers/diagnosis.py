"""The verdict on one table: what each method plays, what that earns, and why it fails where it fails.

Nothing is looked up: a reason follows from comparing the exact best fits of a method's class, the best fit that a
search finds, and what many runs of the learner find.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from marl_helpers import exact, games, mixers
from marl_helpers.fitting import LEARNER, Fit, Recipe, fit

SEARCHES = 64  # starts of the second-order search for the best fit
CLOSE = 1e-3  # of the table's variance: fits whose errors differ by less are not told apart by learning

CLASSES = {
    "independent": "an average over the partners' actions",
    "additive": "a sum",
    "convex": "a monotone mixer with convex activations",
    "monotone": "a monotone mixer",
    "joint": "a joint table",
}
OUTCOMES = {
    "right": "every run plays the optimum",
    "representation": "its class cannot hold the table, and its best fit moved the peak",
    "basin": "its class's best fit is right, but learning ended in another basin",
    "close": "its class's best fit is right, but a wrong one has nearly the same error",
    "limit": "its class's best fit is right, but only a limit: no mixer reaches it, and the best found is wrong",
    "tie": "its best fits tie, and only some of them are right",
    "open": "the exact best fit of its class is out of reach for this table",
}


@dataclass(frozen=True)
class Verdict:
    """One method on one table.

    levels: the exact projections by class, ever narrower, its own class last where that can be computed.
    learned: the learner's runs. search: second-order fits from many starts. Both None where not (yet) run.
    plays: the joint action that most runs play. earns: the reward that they earn, averaged over the runs.
    outcome: a key of OUTCOMES. reason: one sentence. details: one line for each error compared.
    """

    method: str
    label: str
    levels: dict[str, exact.Projection]
    learned: Fit | None
    search: Fit | None
    plays: tuple[int, ...]
    earns: float
    outcome: str
    reason: str
    details: tuple[str, ...]

    @property
    def best(self) -> exact.Projection | None:
        """The exact best fit of the method's own class, or None where it cannot be computed."""
        return self.levels.get(_own(self.method))

    @property
    def fitted(self) -> np.ndarray:
        """The fitted table to show: that of the learner's best run which plays `plays`, else the exact best fit."""
        if self.learned is None:
            return self.best.fit
        same = (self.learned.greedy == self.plays).all(-1)
        return self.learned.fitted[np.where(same, self.learned.mse, np.inf).argmin()]

    @property
    def mse(self) -> float:
        """The mean squared error of `fitted`."""
        if self.learned is None:
            return self.best.mse
        return float(self.learned.mse[(self.learned.greedy == self.plays).all(-1)].min())


@dataclass(frozen=True)
class Diagnosis:
    """The verdicts on a table, by method."""

    table: np.ndarray
    verdicts: dict[str, Verdict]

    @property
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
    """Judge every method (or those named) on a table: exact best fits, `runs` runs of the learner, and a search.

    Raises games.TableError for a bad table and ValueError for an unknown method or fewer than one run.
    """
    table = games.validate(table)
    verdicts = {}
    for method in mixers.METHODS if methods is None else methods:
        levels = projections(table, method)
        learned = fit(table, method, runs, seed, recipe=recipe)
        verdicts[method] = judge(table, method, levels, learned, search(table, method, learned, seed))
    return Diagnosis(table, verdicts)


def diagnose_exactly(table, methods: Sequence[str]) -> Diagnosis:
    """The verdicts that need no learning: for the methods among these whose exact best fit can be computed."""
    table = games.validate(table)
    levels = {method: projections(table, method) for method in methods}
    known = [method for method in methods if _own(method) in levels[method]]
    return Diagnosis(table, {method: judge(table, method, levels[method]) for method in known})


def projections(table: np.ndarray, method: str) -> dict[str, exact.Projection]:
    """The exact best fits in the classes around a method, without those that this table's shape puts out of reach."""
    found = {}
    for name in mixers.find(method).projections:
        try:
            found[name] = getattr(exact, name)(table)
        except (exact.TooMuchWork, games.TableError):  # too large, or convex for more than two agents
            continue
    return found


def search(table: np.ndarray, method: str, learned: Fit, seed: int) -> Fit | None:
    """Second-order fits from many starts where they can explain a failure: some learned run is wrong."""
    if learned.optimal.all() or mixers.find(method).projections == ("independent",):
        return None
    return fit(table, method, SEARCHES, seed, solver="second_order")


def judge(
    table: np.ndarray,
    method: str,
    levels: dict[str, exact.Projection],
    learned: Fit | None = None,
    found: Fit | None = None,
) -> Verdict:
    """The verdict that follows from these fits; without learned runs the exact best fit is needed."""
    best = levels.get(_own(method))
    played = [best.greedy[0]] if learned is None else list(map(tuple, learned.greedy.tolist()))
    plays, earns = Counter(played).most_common(1)[0][0], float(np.mean([table[cell] for cell in played]))
    outcome, reason = _explain(table, method, levels, learned, found)
    label = mixers.find(method).label
    details = tuple(_details(levels, learned, found))
    return Verdict(method, label, levels, learned, found, plays, earns, outcome, reason, details)


def headline(verdict: Verdict, most: float) -> str:
    """What the team plays and what it earns of the most there is."""
    earns = f"earns {verdict.earns:.3g} of {most:.3g}"
    if verdict.learned is None:
        return f"best fit plays {verdict.plays}, {earns}"
    if (verdict.learned.greedy == verdict.plays).all():
        return f"plays {verdict.plays}, {earns}"
    return f"mostly plays {verdict.plays}, {earns}" + ("" if verdict.learned.optimal.all() else " on average")


def runs_right(learned: Fit) -> str:
    """How many runs play an optimum."""
    return f"{learned.optimal.sum()} of {learned.optimal.size} runs right"


def _own(method: str) -> str:
    return next(reversed(mixers.find(method).projections), "")


def _explain(table, method, levels, learned, found) -> tuple[str, str]:
    """The outcome and the sentence that says why."""
    best = levels.get(_own(method))
    all_right = learned is not None and learned.optimal.all()
    if best is None:
        return _explain_without_bound(learned, found, all_right)
    broken = [name for name, level in levels.items() if level.mse**0.5 > exact.TOLERANCE * np.ptp(table)]
    cannot = f"{CLASSES[broken[0]]} cannot hold this table" if broken else ""
    first = _either(best.greedy)
    if best.finds_optimum == "tie":
        return "tie", _sentence(f"{cannot or 'the table has several optima'}: {first} tie in its best fits")
    if best.finds_optimum == "no":
        luck = ", though learning stops elsewhere" if all_right else ""
        return "representation", _sentence(f"{cannot}: its best fit puts {first} first{luck}")
    if learned is None or all_right:
        keeps = f"{cannot}, but its best fit keeps {first} first"
        return "right", _sentence(keeps if broken else f"{CLASSES[_own(method)]} holds this table exactly")
    return _explain_learning(table, best, learned, found, first)


def _explain_learning(table, best: exact.Projection, learned: Fit, found: Fit | None, first: str) -> tuple[str, str]:
    """Why runs went wrong although the best fit of the class is right."""
    wrong, some = learned.mse[~learned.optimal].min(), f"{(~learned.optimal).sum()} of {learned.optimal.size} runs"
    reached = best.mse if found is None else found.mse.min()
    what = f"its best fit is right (error {best.mse:.3g})"
    if found is not None and not found.optimal[found.mse.argmin()]:
        if only_a_limit(best.fit):
            return "limit", _sentence(f"{what}, but only a limit: the best found ({reached:.3g}) is wrong")
        return "basin", _sentence(f"{what}, but learning and {found.mse.size} searches end elsewhere ({wrong:.3g})")
    if wrong - reached <= CLOSE * np.var(table):
        return "close", _sentence(f"its best fit puts {first} first, but by so little that learning got {some} wrong")
    return "basin", _sentence(
        f"a right fit was found (error {reached:.3g}), but learning got {some} into a wrong basin ({wrong:.3g})"
    )


def only_a_limit(fit: np.ndarray) -> bool:
    """Whether a fit lies in QMIX's closure but not in its class, because of ties, shape (|A_1|, ..., |A_n|).

    Its units rise strictly. So two actions of an agent that tie against one choice of the partners are told apart by
    no unit, and tie against every choice; a fit in which they do not is approached and never reached.
    """
    equal = exact.TOLERANCE * np.ptp(fit)
    for agent, actions in enumerate(fit.shape):
        values = np.moveaxis(fit, agent, 0).reshape(actions, -1)
        gaps = np.abs(values[:, None] - values)  # [a, b, what the others play]
        if ((gaps.min(-1) <= equal) & (gaps.max(-1) > equal)).any():
            return True
    return False


def _explain_without_bound(learned: Fit, found: Fit | None, all_right: bool) -> tuple[str, str]:
    if all_right:
        return "right", "Every run plays the optimum; the exact best fit of its class is out of reach here."
    if found is not None and found.optimal[found.mse.argmin()]:
        return "basin", _sentence(f"a search finds a right fit (error {found.mse.min():.3g}), but learning does not")
    return "open", "Neither learning nor the search ends right; the exact best fit of its class is out of reach here."


def _details(levels: dict[str, exact.Projection], learned: Fit | None, found: Fit | None):
    for name, level in levels.items():
        yield f"best fit of {CLASSES[name]}: error {level.mse:.4g}, puts {_either(level.greedy)} first"
    if found is not None:
        index = found.mse.argmin()
        played = tuple(found.greedy[index].tolist())
        yield f"best of {found.mse.size} searches: error {found.mse[index]:.3g}, puts {played} first"
    if learned is not None:
        low, high = learned.mse.min(), learned.mse.max()
        yield f"learned in {learned.mse.size} runs: errors {low:.3g} to {high:.3g}"


def _either(cells: tuple[tuple[int, ...], ...]) -> str:
    if len(cells) > 3:
        return f"{cells[0]} and {len(cells) - 1} others"
    return " or ".join(map(str, cells))


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
