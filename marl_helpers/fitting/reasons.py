"""Why a method fails on a table, or does not: a sentence that follows from its fits, and nothing looked up.

The sentences are for a reader of lecture 01: they count runs and name joint actions, and `details` has the errors.
"""

from dataclasses import dataclass

import numpy as np

from marl_helpers import exact
from marl_helpers.basics.rounding import steady
from marl_helpers.exact.membership import negligible
from marl_helpers.fitting.runs import Fit

CLOSE = 1e-3  # of the table's variance: two errors that differ by less are almost the same
OUTCOMES = ("right", "representation", "basin", "close", "limit", "tie", "loss", "messages", "unfinished", "diverged")
OUTCOMES += ("open",)
CLASSES = {
    "independent": "an average over the partners' actions",
    "additive": "a sum",
    "convex": "a mixer like QMIX's",
    "monotone": "a mixer that only rises (monotone)",
    "graph": "a sum over pairs of agents",
    "joint": "a joint table",
}
LINEAR = ("independent", "additive", "graph", "joint")  # classes whose loss has one basin


@dataclass(frozen=True)
class Evidence:
    """What is known of one method on one table.

    levels: the exact projections by class, ever narrower; `own` names the method's own class, which may be missing.
    learned: the learner's runs. Where some of them are wrong, settled: the same runs after second-order steps from
    where they ended, and search: second-order fits from other starts. by_loss: the method minimises something else than
    the error of its fit, so its runs are judged by their loss, and settled are the same runs after more steps of its
    own kind.
    """

    levels: dict[str, exact.Projection]
    own: str
    learned: Fit | None = None
    settled: Fit | None = None
    search: Fit | None = None
    by_loss: bool = False

    @property
    def best(self) -> exact.Projection | None:
        """The exact best fit of the method's own class, or None where it cannot be computed."""
        return self.levels.get(self.own)

    def found(self) -> tuple[float, bool, tuple[int, ...]]:
        """Of all fits found, the least error, whether its greedy joint action is optimal, and that joint action."""
        fits = [fits for fits in (self.search, self.settled, self.learned) if fits is not None]
        best = min(fits, key=lambda fits: fits.mse.min())
        index = best.mse.argmin()
        return float(best.mse[index]), bool(best.optimal[index]), tuple(best.greedy[index].tolist())


def explain(label: str, table: np.ndarray, evidence: Evidence) -> tuple[str, str]:
    """The outcome, one of OUTCOMES, and the sentence that says why; `label` names the method in it."""
    learned, best = evidence.learned, evidence.best
    for runs in (learned, evidence.settled):
        if runs is not None and not np.isfinite(runs.loss).all():
            what = f"{_count(~np.isfinite(runs.loss))} diverged (their numbers grew without end)"
            return "diverged", f"{what}: take a smaller step size."
    if evidence.by_loss:
        return _explain_by_loss(label, evidence)
    if best is None:
        return _explain_without_bound(label, evidence)
    cannot, first = _cannot(table, evidence), either(best.greedy)
    all_right = learned is not None and learned.optimal.all()
    if best.finds_optimum == "tie":
        level = f"in {label}'s best fits chance decides which comes first, {first}"
        return "tie", _sentence(cannot, level, ": ")
    if best.finds_optimum == "no":
        luck = ", though every run stopped at a fit that is right" if all_right else ""
        return "representation", _sentence(cannot, f"{label}'s best fit puts {first} first{luck}", ": ")
    if learned is None or all_right:
        limit = evidence.own == "convex" and only_a_limit(best.fit)
        holds = "comes as close to this table as you like, but never holds it" if limit else "holds this table exactly"
        right = f"{label}'s best fit is right: it puts {first} first"
        return "right", _sentence(cannot, right if cannot else f"{CLASSES[evidence.own]} {holds}", ", but ")
    return _explain_learning(label, table, evidence)


def details(table: np.ndarray, evidence: Evidence) -> list[str]:
    """A line for each error that the reason compares."""
    lines = [
        f"best fit of {CLASSES[name]}: error {error_text(level.mse, table, 4)}, puts {either(level.greedy)} first"
        for name, level in evidence.levels.items()
    ]
    for what, fits in (
        ("learned", evidence.learned),
        ("the same runs after more steps", evidence.settled),
        ("searches from other starts", evidence.search),
    ):
        if fits is not None:
            name, sizes = ("losses", fits.loss) if evidence.by_loss else ("errors", fits.mse)
            least, most = (error_text(size, table) for size in (sizes.min(), sizes.max()))
            lines.append(f"{what}: {runs_right(fits)}, {name} {least} to {most}")
    return lines


def error_text(error: float, table: np.ndarray, digits: int = 3) -> str:
    """A mean squared error to so many digits, and 0 for what rounding leaves of it."""
    return f"{steady(error):.{digits}g}" if error > 1e-12 * np.var(table) else "0"


def runs_right(fits: Fit) -> str:
    """How many runs play an optimum."""
    return f"{fits.optimal.sum()} of {fits.optimal.size} runs right"


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


def either(cells: tuple[tuple[int, ...], ...]) -> str:
    """Joint actions as a person lists them."""
    if len(cells) > 3:
        return f"{cells[0]} and {len(cells) - 1} others"
    return " or ".join(map(str, cells))


def _explain_learning(label: str, table: np.ndarray, evidence: Evidence) -> tuple[str, str]:
    """Why runs went wrong although the best fit of the class is right."""
    best, learned, settled = evidence.best, evidence.learned, evidence.settled
    right, later = f"{label} can hold a right answer", settled or learned
    if not later.optimal.all() and (later.optimal | _missed(later)).all():
        loop = "do not play the largest value that they hold, as their agents' messages go round in a circle"
        return "messages", f"{right}; {_count(~later.optimal)} {loop}."
    if evidence.own in LINEAR or settled.optimal.all():
        return "unfinished", f"{right}; {_count(~learned.optimal)} were still on their way to it when learning stopped."
    error, found_right, _ = evidence.found()
    if not found_right and only_a_limit(best.fit):
        return "limit", f"{label} can come ever closer to a right answer, never hold one; the closest found is wrong."
    if not found_right:
        return "basin", f"{right}, but no run or search came near it: the closest found is wrong."
    wrong, some = settled.mse[~settled.optimal].min(), _count(~settled.optimal)
    if wrong - error <= CLOSE * np.var(table):
        return "close", f"{right}; {some} got stuck in a wrong one that is almost as close."
    return "basin", f"{right}; {some} got stuck in a worse one."


def _missed(fits: Fit) -> np.ndarray:
    """Whether each run plays less than the largest value of its own fitted table, [runs]."""
    fitted = fits.fitted.reshape(len(fits.fitted), -1)
    played = np.ravel_multi_index(fits.greedy.T, fits.fitted.shape[1:])
    return fitted[np.arange(len(fitted)), played] < fitted.max(-1) - CLOSE * np.ptp(fitted, axis=-1)


def _explain_by_loss(label: str, evidence: Evidence) -> tuple[str, str]:
    """The verdict on a method with a loss of its own: whether that tells the runs that are right from the others."""
    learned, later = evidence.learned, evidence.settled
    if learned.optimal.all():
        return "right", "Every run plays a best joint action."
    wrong = ~later.optimal
    if not wrong.any():
        return "unfinished", f"{_count(~learned.optimal)} were wrong when learning stopped, and right after more steps."
    if wrong.all():
        return "open", f"No run of {label} plays a best joint action, not even after more steps."
    worse, better = later.loss[wrong].min(), later.loss[~wrong].min()
    what, losses = f"{_count(wrong)} are wrong, also after more steps", f"({worse:.3g} against {better:.3g})"
    if worse - better > CLOSE:
        return "basin", f"{what}: they got stuck, with a larger loss than the right ones have {losses}."
    if better - worse > CLOSE:
        return "loss", f"{what}: {label} wants a small loss, and theirs is smaller than where runs are right {losses}."
    return "close", f"{what}: their loss is almost that of the right ones {losses}."


def _explain_without_bound(label: str, evidence: Evidence) -> tuple[str, str]:
    """The verdict where the exact best fit of the class cannot be computed."""
    _, found_right, cell = evidence.found()
    unknown = f"{label}'s best fit cannot be computed for this table"
    if evidence.learned.optimal.all():
        return "right", f"Every run plays a best joint action; {unknown}."
    if evidence.settled.optimal.all():
        some = _count(~evidence.learned.optimal)
        return "unfinished", f"{some} were wrong when learning stopped, and right after more steps."
    ended = f"{_count(~evidence.settled.optimal)} got stuck in a wrong answer"
    if found_right:
        return "basin", f"{ended}; the closest found is right, and puts {cell} first. {unknown}."
    return "open", f"{ended}, and the closest found puts {cell} first. {unknown}."


def _count(runs: np.ndarray) -> str:
    """How many runs they are, of all."""
    return f"{runs.sum()} of {runs.size} runs"


def _cannot(table: np.ndarray, evidence: Evidence) -> str:
    """Names the widest of the classes that do not hold the table; empty where the method's own does."""
    for name, level in evidence.levels.items():
        if level.mse**0.5 > negligible(table, 4):
            return f"{CLASSES[name]} cannot hold this table"
    return ""


def _sentence(start: str, rest: str, joint: str) -> str:
    text = f"{start}{joint}{rest}" if start else rest
    return f"{text[0].upper()}{text[1:]}."
