"""The page's engine against Python's: random tables of many kinds go to both, and every answer must be the same.

What is the same for all: the words, the sets of joint actions, the whole card with each digit in it. Two things are
numbers and differ by rounding: the error of a fit, compared to a billionth of the table's variance, and its entries,
to a billionth of the spread. Where a table's entries differ by less than a million units in their last place, such as
3 and 3.0000000001, rounding shades the cells of its fits, and the shades (--heat) are not compared.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest

from marl_helpers import exact, games
from marl_helpers.fitting.diagnosis import Diagnosis, diagnose_exactly, judge
from marl_helpers.fitting.runs import LEARNER, Fit
from marl_helpers.games import random_games
from marl_helpers.widgets import cards

METHODS = ["iql", "vdn", "qmix", "monotone", "graph", "joint"]
Draw = Callable[[np.random.Generator, tuple[int, int]], np.ndarray]

KINDS: dict[str, Draw] = {
    **{kind: lambda g, shape, one=sampler: one(g, 1, shape)[0] for kind, sampler in random_games.KINDS.items()},
    "two values": lambda g, shape: g.integers(0, 2, shape),
    "three values": lambda g, shape: g.integers(-1, 2, shape),
    "whole numbers": lambda g, shape: g.integers(-12, 13, shape),
    "quarters": lambda g, shape: g.integers(-20, 21, shape) / 4,
    "huge": lambda g, shape: g.uniform(-1e9, 1e9, shape),
    "tiny": lambda g, shape: g.random(shape) * 1e-9,
    "far from zero": lambda g, shape: 1e6 + g.integers(0, 5, shape) / 7,
    "a small part of it far from zero": lambda g, shape: 9e8 + g.random(shape),
    "additive": lambda g, shape: np.add.outer(*(g.integers(0, 5, size) / 3 for size in shape)),
    "nearly additive": lambda g, shape: KINDS["additive"](g, shape) + _nearly_nothing(g, shape),
    "nearly monotone": lambda g, shape: KINDS["monotone"](g, shape) + _nearly_nothing(g, shape),
    "nearly tied": lambda g, shape: g.integers(0, 3, shape) + _nearly_nothing(g, shape),
    "constant": lambda g, shape: np.full(shape, g.choice([0.0, 0.1, -7.0, 1e9, 1e-9])),
    "nearly constant": lambda g, shape: 3.0 + _nearly_nothing(g, shape),
    "matching": lambda g, shape: np.eye(*shape) * g.integers(1, 4),
    "one number": lambda g, shape: np.eye(1, shape[0] * shape[1], int(g.integers(shape[0] * shape[1]))).reshape(shape),
    "one axis": lambda g, shape: np.broadcast_to(g.integers(0, 4, (shape[0], 1)), shape),
    "of many sizes": lambda g, shape: g.normal(size=shape) * 10.0 ** g.integers(-9, 9, shape),
}
# How many tables of each shape and kind: Python takes 2 ms for a small one and 100 for one of 5x5.
MANY = {(2, 2): 34, (2, 3): 25, (3, 2): 25, (3, 3): 70, (2, 4): 12, (4, 2): 12, (2, 5): 6, (5, 2): 6, (3, 4): 8}
MANY |= {(4, 3): 8, (3, 5): 3, (5, 3): 3, (4, 4): 4, (4, 5): 1, (5, 4): 1, (5, 5): 1}
FEW = {(2, 2): 6, (2, 3): 4, (3, 2): 4, (3, 3): 16, (2, 4): 2, (4, 2): 2, (3, 4): 2, (4, 3): 2}
LARGE = {(5, 5): 30, (4, 5): 10, (5, 4): 10}


def _nearly_nothing(generator: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """From a thousandth of the tolerance to a thousand times it."""
    return generator.normal(size=shape) * 10.0 ** generator.uniform(-12, -6)


def drawn(seed: int, counts: dict[tuple[int, int], int]) -> Iterator[np.ndarray]:
    """So many tables of each shape and kind."""
    generator = np.random.default_rng(seed)
    for shape, count in counts.items():
        for draw in KINDS.values():
            yield from (np.clip(draw(generator, shape), -1e9, 1e9) + 0.0 for _ in range(count))


ANSWERS = """([tables, methods]) => tables.map(table => {
    const diagnosis = diagnoseExactly(table, methods);
    const of = ({ outcome, reason, details, plays, earns, mse, evidence }) =>
        ({ outcome, reason, details, plays, earns, mse, levels: Object.fromEntries(evidence.levels) });
    const verdicts = Object.entries(diagnosis.verdicts).map(([method, verdict]) => [method, of(verdict)]);
    return { optima: diagnosis.optima, cards: cards(diagnosis), verdicts: Object.fromEntries(verdicts) };
})"""


def level(found: exact.Projection) -> dict:
    optima, greedy = ([*map(list, cells)] for cells in (found.optima, found.greedy))
    return {"mse": found.mse, "fit": found.fit.tolist(), "greedy": greedy, "optima": optima} | {
        "findsOptimum": found.finds_optimum
    }


def expected(diagnosis: Diagnosis) -> dict:
    """What Python says, in the page's words."""
    verdicts = {
        method: {name: getattr(verdict, name) for name in ("outcome", "reason", "earns", "mse")}
        | {"plays": list(verdict.plays), "details": list(verdict.details)}
        | {"levels": {name: level(found) for name, found in verdict.evidence.levels.items()}}
        for method, verdict in diagnosis.verdicts.items()
    }
    return {"optima": [*map(list, diagnosis.optima)], "cards": cards.cards(diagnosis), "verdicts": verdicts}


def without_shades(card: str) -> str:
    return re.sub("--heat: [0-9.]+", "", card)


def differences(table: np.ndarray, one, other, path: str = "") -> list[str]:
    """Where two answers differ, errors and fits by more than rounding."""
    name = path.rpartition(".")[2]
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        return [line for key in one for line in differences(table, one[key], other[key], f"{path}.{key}")]
    if name == "mse":
        same = abs(one - other) <= 1e-9 * np.var(table)
    elif name == "fit":
        same = np.abs(np.subtract(one, other)).max() <= 1e-9 * np.ptp(table) + 4 * np.spacing(np.abs(table).max())
    else:
        shaded = np.ptp(table) > 1e6 * np.spacing(np.abs(table).max())
        same = one == other if shaded or name != "cards" else without_shades(one) == without_shades(other)
    return [] if same else [f"{path} of {games.share(table)}: Python {one}, page {other}"]


def disagreements(engine_page, tables: list[np.ndarray]) -> list[str]:
    """What the page says otherwise than Python."""
    found = []
    for start in range(0, len(tables), 200):
        some = tables[start : start + 200]
        answers = engine_page.evaluate(ANSWERS, [[table.tolist() for table in some], METHODS])
        for table, answer in zip(some, answers):
            found += differences(table, expected(diagnose_exactly(table, METHODS)), answer)
    return found


@pytest.mark.parametrize(
    ("seed", "counts", "least"),
    [
        pytest.param(24, FEW, 800, id="few"),
        pytest.param(20, MANY, 5000, id="many", marks=pytest.mark.learning),
        pytest.param(21, LARGE, 1000, id="large", marks=pytest.mark.learning),
    ],
)
def test_thousands_of_tables_get_the_same_answer(engine_page, seed, counts, least):
    tables = list(drawn(seed, counts))
    assert len(tables) >= least
    assert disagreements(engine_page, tables) == []


SPOILED = """() => {
    Object.assign(window, { kept: Span.prototype.drop, spoiled: 0 });
    Span.prototype.drop = function (k) {
        kept.call(this, k);
        if (this.names.length) this.basis[0] += 0.1;
        spoiled += 1;
    };
}"""


def test_a_wrong_basis_is_noticed_and_made_anew(engine_page):
    """What an active set keeps is spoiled on purpose: the conditions of optimality fail, and the careful way helps."""
    engine_page.evaluate(SPOILED)
    try:
        assert disagreements(engine_page, list(drawn(22, {(3, 3): 5, (4, 3): 2}))) == []
        assert engine_page.evaluate("spoiled") > 100
    finally:
        engine_page.evaluate("() => { Span.prototype.drop = kept; }")


LEARNED = """([tables, runs, method, pending]) => tables.map((table, k) => {
    const diagnosis = withLearned(diagnoseExactly(table, [method]), method, runs[k]);
    return cards(diagnosis, pending);
})"""


def some_runs(generator: np.random.Generator, table: np.ndarray, method: str, all_right: bool) -> Fit:
    """Runs that play this and that, with errors and fits that no learner found."""
    count, optima = 8, np.argwhere(table == table.max())
    greedy = generator.integers(0, table.shape, (count, 2))
    greedy[generator.random(count) < (1.1 if all_right else 0.6)] = optima[0]
    error = generator.random(count)
    optimal = table[tuple(greedy.T)] == table.max()
    fitted = generator.normal(size=(count, *table.shape))
    fitted[np.arange(count), *greedy.T] = 4  # a team plays the largest value of its own fit
    return Fit(method, "gradient", LEARNER, fitted, np.empty(0), error, error, greedy, optimal)


def as_sent(learned: Fit, fitted: np.ndarray) -> dict:
    arrays = {name: getattr(learned, name).tolist() for name in ("greedy", "optimal", "mse")}
    return {**arrays, "fitted": fitted.tolist()}


@pytest.mark.parametrize("method", ["iql", "vdn", "qmix", "joint"])
@pytest.mark.parametrize("done", [None, 0.125, 0.5])
def test_a_card_with_learned_runs_is_pythons(engine_page, method, done):
    generator, verdicts = np.random.default_rng(23), []
    for table in [games.COORDINATION, games.QTRAN, games.EITHER, games.ADDITIVE, *games.random_tables(generator, 40)]:
        exactly = diagnose_exactly(table, [method])[method]
        # Why the runs of a curved class are wrong takes searches, which are Python's.
        all_right = (exactly.best.finds_optimum == "yes" and method == "qmix") or generator.random() < 0.3
        learned = some_runs(generator, table, method, all_right)
        verdicts.append((table, judge(table, method, replace(exactly.evidence, learned=learned))))
    runs = [as_sent(verdict.learned, verdict.fitted) for _, verdict in verdicts]
    found = engine_page.evaluate(LEARNED, [[table.tolist() for table, _ in verdicts], runs, method, {method: done}])
    assert found == [cards.cards(Diagnosis(table, {method: verdict}), {method: done}) for table, verdict in verdicts]
    assert len({verdict.outcome for _, verdict in verdicts}) > 1 or method == "joint"


def test_wrong_runs_of_a_curved_class_are_counted_and_left_to_python(engine_page):
    runs = {"greedy": [[2, 2], [0, 0], [0, 0]], "optimal": [True, False, False], "mse": [3, 2, 1]}
    table = games.COORDINATION
    runs |= {"fitted": table.tolist()}
    found = engine_page.evaluate(
        "([table, runs]) => withLearned(diagnoseExactly(table, ['qmix']), 'qmix', runs).verdicts.qmix",
        [table.tolist(), runs],
    )
    reason = "QMIX can hold a right answer; 2 of 3 runs ended at a wrong one."
    assert (found["outcome"], found["reason"], found["plays"]) == ("open", reason, [0, 0])
    assert found["earns"] == pytest.approx((8 + 6 + 6) / 3) and found["mse"] == 1


def test_runs_that_diverged_are_counted(engine_page):
    runs = {"greedy": [[2, 2]] * 2, "optimal": [True] * 2, "fitted": games.COORDINATION.tolist()}
    found = engine_page.evaluate(
        """([table, runs]) => {
            const learned = { ...runs, mse: [1, NaN] };
            return withLearned(diagnoseExactly(table, ["vdn"]), "vdn", learned).verdicts.vdn.reason;
        }""",
        [games.COORDINATION.tolist(), runs],
    )
    assert found == "1 of 2 runs diverged (their numbers grew without end): take a smaller step size."


def test_a_method_without_a_best_fit_waits(engine_page):
    table = games.COORDINATION
    found = engine_page.evaluate(
        "([table, pending]) => cards(diagnoseExactly(table, Object.keys(pending)), pending)",
        [table.tolist(), {"qtran": 0.25, "qmix": None, "vdn": None, "qplex": None}],
    )
    expected = cards.cards(
        diagnose_exactly(table, ["qmix", "vdn"]), {"qtran": 0.25, "qmix": None, "vdn": None, "qplex": None}
    )
    assert found == expected and "QTRAN-base" in found
