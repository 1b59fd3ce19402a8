"""The checks of tables of rows, for lecture 09: a robot that joins, and what is made of a set."""

from collections.abc import Callable, Iterator
from contextlib import suppress

import numpy as np

from marl_helpers.checks.exercise import Mistake, call, cases, exercise
from marl_helpers.checks.reading import array, floats

WIDTH = 4  # of a row: present, and three numbers more
POOLS = ("sum", "mean", "attention")
CLOSE = 1e-6


@exercise(
    "lecture-09",
    "A robot joins",
    {
        "grew": "Your table has {given} rows, and the one before had {right}. There is room: use an absent row.",
        "no flag": "The newcomer's row is there, but its first number is not 1: so the newcomer counts as absent.",
        "own row": "The first row is no longer the robot's own. That is how it knows itself among the others.",
        "lost": "A robot that was present is gone: its row was taken. Look for a row whose first number is 0.",
        "several": "The newcomer is in the table {count} times. A sum would count it as so many robots.",
        "full": "Where all rows are taken there is no room, and your function did not raise a ValueError.",
        "other answer": "Of {before} and the newcomer {row} you make {after}.",
    },
)
def robot_joins(join: Callable) -> str:
    """join(table, row): what a robot sees, [slots, WIDTH], after one has come whose row is [1, *row].

    Its own row stays first; the others may stand in any order, absent rows being zeros. ValueError where none is
    absent.
    """
    tried = list(_tables())
    for table, row in tried:
        given = floats(call(join, table, row))
        with suppress(ValueError):  # ragged, of which `array` tells
            if np.ndim(given) == 2 and len(given) != len(table):
                raise Mistake("grew", given=len(given), right=len(table))
        _judge_table(table, row, array(given, "What join returns", table.shape))
    try:
        call(join, np.ones((3, WIDTH)), np.ones(WIDTH - 1))
    except Mistake as mistake:
        if mistake.kind != "raised" or not mistake.details["error"].startswith("ValueError"):
            raise
    else:
        raise Mistake("full")
    return f"Right on {len(tried)} tables, wherever a row was absent, and a full one is refused."


def _tables() -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Tables with an absent row or more, anywhere after the first, and a newcomer like nobody else."""
    generator = cases()
    for slots, absent in ((2, 1), (3, 1), (4, 2), (5, 1), (6, 3)):
        table = np.hstack([np.ones((slots, 1)), generator.integers(1, 9, (slots, WIDTH - 1))])
        table[1 + generator.permutation(slots - 1)[:absent]] = 0
        yield table, generator.integers(10, 19, WIDTH - 1).astype(float)


def _judge_table(table: np.ndarray, row: np.ndarray, after: np.ndarray) -> None:
    new = np.array([1.0, *row])
    before, now = (sorted(map(tuple, one[1:])) for one in (table, after))
    expected = sorted([*before[1:], tuple(new)])  # absent rows, all zeros, are the first ones
    if (after[0] == table[0]).all() and now == expected:
        return
    if (after[0] != table[0]).any():
        raise Mistake("own row")
    if (after[1:, 1:] == row).all(1).any() and not (after[1:] == new).all(1).any():
        raise Mistake("no flag")
    if (count := int((after[1:] == new).all(1).sum())) > 1:
        raise Mistake("several", count=count)
    if any(now.count(one) < before.count(one) for one in before if one[0]):
        raise Mistake("lost")
    raise Mistake("other answer", before=table.astype(int).tolist(), row=row.astype(int).tolist(), after=after.tolist())


@exercise(
    "lecture-09",
    "Pool a set",
    {
        "mask forgotten": "Your softmax goes over absent rows too. They add nothing, but take their part of the "
        "weight: what is left sums to less than 1.",
        "times mask": "You multiply scores by the mask before the softmax. An absent row then has score 0, and "
        "exp(0) = 1 is a weight like others.",
        "no softmax": "Your weights are the scores themselves, over their sum. A softmax takes exp of each first.",
        "all slots": "Your mean divides by all {slots} rows, absent ones too. So it falls with the room there is.",
        "mean for sum": "Asked for a sum you return a mean: of three equal rows and of five the same. The sum "
        "counts them.",
        "sum for mean": "Asked for a mean you return a sum.",
        "nobody": "Where nobody is present your {how} is {given}. An empty set has zeros.",
        "other answer": "Of {present} rows that are present, {how}, you make {given} and {right} is right.",
    },
)
def pool_set(pool: Callable) -> str:
    """pool(rows, scores, how): one row [WIDTH] made of rows [slots, WIDTH], scores [slots], and how, one of POOLS.

    A row whose first number is 0 is absent, and all zeros. Attention is the softmax of the scores of those present.
    """
    tried = [(rows, scores, how) for rows, scores in _sets() for how in POOLS]
    given = [array(call(pool, *one), "What pool returns", (WIDTH,)) for one in tried]
    wrong = [k for k, one in enumerate(tried) if not np.allclose(given[k], pooled(*one), atol=CLOSE)]
    if not wrong:
        for how in POOLS:
            _judge_nobody(pool, how)
        return f"Right on {len(tried)} sets, and on that of nobody."
    rows, _, how = tried[wrong[0]]
    for kind, habit in WRONG_POOLS:
        if all(np.allclose(given[k], habit(*one), atol=CLOSE, equal_nan=True) for k, one in enumerate(tried)):
            raise Mistake(kind, slots=len(rows))
    said = {"how": how, "given": given[wrong[0]].round(3).tolist(), "present": int(rows[:, 0].sum())}
    raise Mistake("other answer", right=pooled(*tried[wrong[0]]).round(3).tolist(), **said)


def _sets() -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Sets with absent rows, and scores that are far from 0 and from one another: above it, below, and far below."""
    generator = cases()
    for slots, absent, shift in ((3, 0, 0), (4, 1, 0), (5, 2, 0), (6, 3, 0), (5, 1, -4), (6, 2, -60)):
        rows = np.hstack([np.ones((slots, 1)), generator.integers(1, 9, (slots, WIDTH - 1))])
        rows[generator.permutation(slots)[:absent]] = 0
        yield rows, 0.5 + 0.5 * generator.permutation(slots) + shift


def _judge_nobody(pool: Callable, how: str) -> None:
    try:
        found = np.asarray(floats(call(pool, np.zeros((3, WIDTH)), np.array([0.5, 1, 2]), how)), float)
    except Mistake as mistake:
        if mistake.kind != "raised":
            raise
        raise Mistake("nobody", how=how, given=f"an error, {mistake.details['error']}") from None
    if found.shape != (WIDTH,) or (found != 0).any():
        raise Mistake("nobody", how=how, given=found.tolist())


def pooled(rows: np.ndarray, scores: np.ndarray, how: str) -> np.ndarray:
    """The right answer, where anybody is present."""
    here = rows[:, 0] == 1
    if how == "attention":
        return _weighed(np.where(here, np.exp(scores), 0), rows)
    return rows.sum(0) if how == "sum" else rows[here].mean(0)


def _weighed(weight: np.ndarray, rows: np.ndarray) -> np.ndarray:
    return weight / weight.sum() @ rows


def _but(how: str, habit: Callable) -> Callable:
    """Right but for one way of pooling."""
    return lambda rows, scores, asked: habit(rows, scores) if asked == how else pooled(rows, scores, asked)


WRONG_POOLS: list[tuple[str, Callable]] = [
    ("mask forgotten", _but("attention", lambda rows, scores: _weighed(np.exp(scores), rows))),
    ("times mask", _but("attention", lambda rows, scores: _weighed(np.exp(scores * rows[:, 0]), rows))),
    ("no softmax", _but("attention", lambda rows, scores: _weighed(scores * rows[:, 0], rows))),
    ("no softmax", _but("attention", lambda rows, scores: _weighed(scores, rows))),
    ("all slots", _but("mean", lambda rows, scores: rows.mean(0))),
    ("mean for sum", _but("sum", lambda rows, scores: rows[rows[:, 0] == 1].mean(0))),
    ("sum for mean", _but("mean", lambda rows, scores: rows.sum(0))),
]
