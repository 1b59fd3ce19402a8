"""The checks of mixers for teams of any size, for lecture 09: a mixer of one's own, and how team values grow."""

from collections.abc import Callable
from itertools import product
from math import exp

import numpy as np

from marl_helpers.checks.exercise import Mistake, call, cases, exercise
from marl_helpers.checks.reading import array, number

WIDTH = 4  # of a row: present, and three numbers more
CLOSE = 1e-9  # of a team value, relative
STEPS = ((1, 1.0), (1, 0.3), (10, 1.0), (10, 2.7))  # how many times as large the utilities are, and how one rises
LARGE = 4.0  # utilities


@exercise(
    "lecture-09",
    "A mixer of any size",
    {
        "size": "With {n} agents your mixer stops: {error}. It is to take any number.",
        "order": "Two agents change places, with their rows and utilities, and the team value changes from "
        "{before:.4g} to {after:.4g}. Their places must not count.",
        "absent": "A row of zeros is added, of nobody, and the team value changes from {before:.4g} to {after:.4g}.",
        "falls": "An agent's utility rises by {step:g}, and the team value falls from {before:.5g} to {after:.5g}. So "
        "its greedy action need not be the team's.",
        "flat": "The utility of an agent that is present rises, and the team value does not. So the agent would "
        "not learn from it.",
        "rows ignored": "Other rows, same utilities, and the same team value. Weigh an agent by its row.",
    },
)
def any_size(mix: Callable) -> str:
    """mix(utilities, rows): the team value of n utilities [n] and rows [n, WIDTH], for any n.

    It is not to depend on the order, nor on absent agents, whose rows are zeros; it is to rise with every utility of an
    agent that is present, and to depend on the rows.
    """
    generator, rest = cases(), []
    for n in (3, 2, 5, 8):
        rows = np.hstack([np.ones((n, 1)), generator.uniform(-1, 1, (n, WIDTH - 1))])
        utilities = generator.normal(size=n)
        before = _mixed(mix, utilities, rows)
        order = generator.permutation(n)
        while (order == np.arange(n)).all():
            order = generator.permutation(n)
        _same("order", before, _mixed(mix, utilities[order], rows[order]))
        for place in (n, 0):
            more = np.insert(utilities, place, 0.7), np.insert(rows, place, 0, axis=0)
            _same("absent", before, _mixed(mix, *more))
        for agent, (size, step) in product(range(n), STEPS):
            _judge_rise(mix, size * utilities, rows, step * (np.arange(n) == agent))
        other = rows.copy()
        other[:, 1:] = generator.uniform(-1, 1, (n, WIDTH - 1))
        rest.append(abs(_mixed(mix, utilities, other) - before))
    if max(rest) <= CLOSE:
        raise Mistake("rows ignored")
    return "One mixer for teams of 2, 3, 5 and 8: no place counts, nobody absent does, and it rises with everyone."


def _judge_rise(mix: Callable, utilities: np.ndarray, rows: np.ndarray, rise: np.ndarray) -> None:
    before, after = (_mixed(mix, one, rows) for one in (utilities, utilities + rise))
    if after < before - CLOSE * (1 + abs(before)):
        raise Mistake("falls", before=before, after=after, step=rise.max())
    if after <= before + CLOSE * (1 + abs(before)) and np.abs(utilities).max() < LARGE:  # beyond, a unit may be full
        raise Mistake("flat")


def _mixed(mix: Callable, utilities: np.ndarray, rows: np.ndarray) -> float:
    try:
        return number(call(mix, utilities, rows), "What mix returns")
    except Mistake as mistake:
        if mistake.kind != "raised" or len(utilities) == 3:  # of the first team the error is the answer's own
            raise
        raise Mistake("size", n=len(utilities), error=mistake.details["error"]) from None


def _same(kind: str, before: float, after: float) -> None:
    if abs(before - after) > CLOSE * (1 + abs(before)):
        raise Mistake(kind, before=before, after=after)


@exercise(
    "lecture-09",
    "How the team value grows",
    {
        "mean": "VDN's value is a sum: twice as many equal agents, twice the value. Yours is a mean.",
        "Qatten grows": "You let Qatten's value grow with n. A head's shares sum to 1, so of n equal agents it makes "
        "their one utility, times the head's weight.",
        "one head": "Qatten has two heads, and their weights add up.",
        "no constant": "Qatten's value has the constant c, and the set hypernetwork's v, whatever n is.",
        "set of one": "The set hypernetwork sums n times W q before its unit bends. You bend one agent's.",
        "bends each": "You bend each agent's part, and sum then: that is a deep set. The set hypernetwork sums first.",
        "not bent": "Where n W q + b is below 0, elu is exp of it, minus 1. There you have something else.",
        "other answer": "For q = {q:g} and n = {n} you give {given}, and {right} is right.",
    },
)
def team_value_growth(values: Callable) -> str:
    """values(q, n): the team values of VDN, Qatten and a set hypernetwork for n agents of equal rows and utility q.

    With two heads of weights 1.5 and 0.5 and c = 1; and W = 0.5, b = -1, w2 = 2, v = 1, of a single unit.
    """
    some = cases().choice([q for q in np.arange(-1.75, 2, 0.25) if q], 4, replace=False)
    tried = [(float(q), n) for q in (*some, 0.125) for n in (2, 4, 8)]  # of the last all three units bend
    given = [array(call(values, *one), "What values returns", (3,)) for one in tried]
    wrong = [k for k, one in enumerate(tried) if not np.allclose(given[k], grown(*one))]
    if not wrong:
        q, n = max(tried)
        said = ", ".join(f"{x:.3g}" for x in grown(q, n))
        return f"Right for {len(tried)} teams. Of {n} agents with q = {q:g} they say {said}."
    for kind, habit in WRONG_VALUES:
        if all(np.allclose(given[k], habit(*one)) for k, one in enumerate(tried)):
            raise Mistake(kind)
    q, n = tried[wrong[0]]
    right = ", ".join(f"{x:.4g}" for x in grown(q, n))
    raise Mistake("other answer", q=q, n=n, given=", ".join(f"{x:.4g}" for x in given[wrong[0]]), right=right)


def elu(x: float) -> float:
    """The unit of QMIX's network."""
    return x if x > 0 else exp(x) - 1


def grown(q: float, n: int) -> tuple[float, float, float]:
    """The right answer."""
    return n * q, 2 * q + 1, 2 * elu(0.5 * n * q - 1) + 1


def _but(place: int, habit: Callable[[float, int], float]) -> Callable:
    """Right but for one of the three."""
    return lambda q, n: tuple(habit(q, n) if k == place else x for k, x in enumerate(grown(q, n)))


WRONG_VALUES: list[tuple[str, Callable]] = [
    ("mean", _but(0, lambda q, n: q)),
    ("Qatten grows", _but(1, lambda q, n: 2 * n * q + 1)),
    ("one head", _but(1, lambda q, n: 1.5 * q + 1)),
    ("one head", _but(1, lambda q, n: q + 1)),
    ("no constant", _but(1, lambda q, n: 2 * q)),
    ("no constant", _but(2, lambda q, n: 2 * elu(0.5 * n * q - 1))),
    ("no constant", lambda q, n: (n * q, 2 * q, 2 * elu(0.5 * n * q - 1))),
    ("set of one", _but(2, lambda q, n: 2 * elu(0.5 * q - 1) + 1)),
    ("bends each", _but(2, lambda q, n: 2 * n * elu(0.5 * q - 1) + 1)),
    ("not bent", _but(2, lambda q, n: 2 * (0.5 * n * q - 1) + 1)),
    ("not bent", _but(2, lambda q, n: 2 * max(0.5 * n * q - 1, 0) + 1)),
]
