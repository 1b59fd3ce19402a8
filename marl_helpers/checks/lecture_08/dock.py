"""Checks for lecture 08, the shared dock: a sum's price of commitment, and the simplest mixer for a payoff.

Those of its other exercises are in plans.py and robot.py.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from math import comb

import numpy as np

from marl_helpers import exact, games
from marl_helpers.checks.exercise import CASES, Mistake, call, cases, exercise
from marl_helpers.checks.reading import number, word

Dock = tuple[int, int, float]  # robots, how many a truck needs, a lane's worth
NEAR = 1e-6  # of a price, relative: how close to it both sides are tried


@exercise(
    "lecture-08",
    "The price for a sum",
    {
        "team": "That is what the best team asks, or close to it. It decides for all robots together. Under a sum each "
        "compares means over what the others play at random.",
        "own action": "You count the robot's own action among the random ones. It compares its two actions: only the "
        "others' are random.",
        "no binomial": "Your price is right where all robots are needed. Where fewer are, more joint actions of the "
        "others leave exactly one place open. How many?",
        "counts itself": "You choose among all {n} robots those who come. The robot itself does, so choose the rest "
        "among the others.",
        "at least": "You count every joint action in which the truck is loaded if the robot comes. Where enough come "
        "without it, it adds nothing.",
        "every lane": "You charge one robot for several lanes. It leaves its own, and the others' lanes pay the same "
        "on average, whatever it does.",
        "no worth": "Your price is right for lanes worth 1. Here they are worth {worth:g}.",
        "inverted": "You multiply where you should divide: the rarer it is that one robot is missing, the more the "
        "truck must pay.",
        "other answer": "With {n} robots of which {need} must come, and lanes worth {worth:g}, your price {given:.4g} "
        "is too {side}: at a payoff next to it the best sum {does}.",
    },
)
def dock_price(price: Callable) -> str:
    """price(n, need, worth): the payoff above which the best sum sends n robots with equal lanes to the dock.

    Judged by the exact best sums of whole tables, a little above the student's price and a little below it.
    """
    docks = list(_docks())
    given = [number(call(price, *dock), "What price returns") for dock in docks]
    sides = [_sides(*one) for one in zip(docks, given)]
    wrong = [k for k, side in enumerate(sides) if side != (True, False)]
    if not wrong:
        most = max(given)
        return f"Right at {len(docks)} docks: above your price the best sum sends all, below it none (most: {most:g})."
    (n, need, worth), side = docks[wrong[0]], sides[wrong[0]]
    for kind, rule in WRONG_PRICES:
        if np.allclose(given, [rule(*dock) for dock in docks]):
            raise Mistake(kind, n=n, worth=worth)
    side, does = ("high", "has already sent all") if all(side) else ("low", "still sends none")
    raise Mistake("other answer", n=n, need=need, worth=worth, given=given[wrong[0]], side=side, does=does)


def _docks() -> Iterator[Dock]:
    generator = cases()
    for n in range(2, 6):
        for need in range(1, n + 1):
            yield n, need, float(generator.choice([1.5, 2, 2.5, 3]))


def _sides(dock: Dock, given: float) -> tuple[bool, bool]:
    """Whether the best sum sends all robots a little above a payoff, and a little below it; else it sends none."""
    if given <= 0:
        return False, False
    if given > 1e6:  # of no dock here
        return True, True
    return _all_go(*dock, given * (1 + NEAR)), _all_go(*dock, given * (1 - NEAR))


def _all_go(n: int, need: int, worth: float, pay: float) -> bool:
    rewards = [worth * (n - k) + pay * (k >= need) for k in range(n + 1)]
    return exact.additive(games.by_count(rewards)).greedy == ((1,) * n,)


def _binomial(n: int, need: int, worth: float) -> float:
    return worth * 2 ** (n - 1) / comb(n - 1, need - 1)


def _at_least(n: int, need: int, worth: float) -> float:
    return worth * 2 ** (n - 1) / sum(comb(n - 1, k) for k in range(need - 1, n))


WRONG_PRICES: list[tuple[str, Callable[[int, int, float], float]]] = [
    ("team", lambda n, need, worth: n),
    ("team", lambda n, need, worth: need),
    ("team", lambda n, need, worth: n * worth),
    ("team", lambda n, need, worth: need * worth),
    ("own action", lambda n, need, worth: 2**n),
    ("own action", lambda n, need, worth: worth * 2**n),
    ("own action", lambda n, need, worth: 2 * _binomial(n, need, worth)),
    ("no binomial", lambda n, need, worth: 2 ** (n - 1)),
    ("no binomial", lambda n, need, worth: worth * 2 ** (n - 1)),
    ("counts itself", lambda n, need, worth: worth * 2 ** (n - 1) / comb(n, need)),
    ("counts itself", lambda n, need, worth: worth * 2**n / comb(n, need)),
    ("counts itself", lambda n, need, worth: worth * 2**n / comb(n, need - 1)),
    ("at least", _at_least),
    ("every lane", lambda n, need, worth: n * _binomial(n, need, worth)),
    ("every lane", lambda n, need, worth: need * _binomial(n, need, worth)),
    ("no worth", lambda n, need, worth: _binomial(n, need, 1)),
    ("inverted", lambda n, need, worth: worth * comb(n - 1, need - 1) / 2 ** (n - 1)),
]


CLASSES = ("additive", "convex", "monotone", "joint")  # the simplest first
FOUND = [  # which of the four will do is rare, or not what one would guess
    [[7, 7, 0], [2, 9, 4]],  # the sum, but neither of the next two
    [[8, 0, 6], [2, 5, 8]],  # the same, with two optima
    [[9, 1, 8], [5, 7, 9]],  # the sum and the third, but not the second
    [[6, 5, 9], [7, 9, 8], [8, 7, 0]],  # the third is the first that will do
    [[1, 9, 6], [8, 7, 0], [5, 8, 5]],  # the same, the second ties
    [[3, 9, 2], [0, 0, 2], [7, 4, 9]],
    [[5, 0, 9], [1, 7, 7], [0, 0, 0]],
    [[3, 3, 0], [0, 9, 1], [9, 0, 9]],
    [[4, 3], [1, 5]],  # the dock with lanes worth 3 and 1, and a truck worth 5
    [[4, 3], [1, 9]],
    [[2, 1], [1, 3]],
]
Fits = dict[str, exact.Projection]


@exercise(
    "lecture-08",
    "The simplest mixer",
    {
        "fit error": "You ask which class fits best. On {rows} `{given}` does, but `{right}` is simpler and plays the "
        "optimum too. What the team earns counts, not the error.",
        "from above": "On {rows} you choose `{given}`, since the class below it fails. Classes below that one may do "
        "again: `{right}` does. Test each.",
        "any of them": "On {rows} you choose `{given}`. Its best fits tie, and one of the joint actions in `greedy` "
        "earns {earns:g} where {most:g} is best. All of them must be optimal.",
        "first of them": "On {rows} you choose `{given}`, and look at `greedy[0]` alone. There are {count} entries, "
        "and one earns only {earns:g}.",
        "one optimum": "On {rows} there are several best joint actions, and you count only one of them as right. "
        "Compare what is earned, not where.",
        "every optimum": "On {rows} `{right}` plays an optimum, but not all of them. It need not: one is enough.",
        "largest entry": "You look for the largest entry of `fit`. On {rows} the fit has it in several places. What "
        "the agents play stands in `greedy`.",
        "order": "On {rows} `{given}` will do, but so does `{right}`, which comes first. You take QMIX's class for the "
        "larger one.",
        "not optimal": "On {rows} you choose `{given}`, whose best fit may play {cell}: that earns {earns:g} where "
        "{most:g} is best.",
        "not simplest": "On {rows} you choose `{given}`. It will do, but so does `{right}`, which is simpler.",
    },
)
def simplest_mixer(choose: Callable) -> str:
    """choose(table): the first of "additive", "convex", "monotone" and "joint" whose exact best fit plays optimally.

    That is, every joint action that is greedy in a best fit earns the table's best reward. Tables are of two agents.
    """
    tried = _fitted(CASES.get())
    given = [word(call(choose, table), "What choose returns", CLASSES) for table, _ in tried]
    wrong = [k for k, (table, fits) in enumerate(tried) if given[k] != _simplest(table, fits)]
    if not wrong:
        counts = ", ".join(f"{name} {given.count(name)}" for name in CLASSES)
        return f"Right on {len(tried)} tables: {counts}."
    table, fits = tried[wrong[0]]
    chosen = given[wrong[0]]
    kinds = (kind for kind, rule in WRONG_CHOICES if given == [rule(*one) for one in tried])
    kind = next(kinds, "not simplest" if _will_do(table, fits[chosen]) else "not optimal")
    raise Mistake(kind, **_details(table, fits, chosen))


@lru_cache(2)
def _fitted(seed: int) -> list[tuple[np.ndarray, Fits]]:
    """Named, found and random tables, their actions and agents exchanged, with all best fits."""
    generator = np.random.default_rng(seed)
    tables = [np.array(one, dtype=float) for one in [*games.NAMED.values(), *FOUND]]
    tables = [_disguised(generator, one) for one in tables]
    tables += [generator.integers(0, 9, size=shape).astype(float) for shape in [(2, 2)] * 4 + [(2, 3)] * 2]
    return [(one, {name: getattr(exact, name)(one) for name in CLASSES}) for one in tables]


def _disguised(generator: np.random.Generator, table: np.ndarray) -> np.ndarray:
    """The same game in other words: agents and actions exchanged, rewards in other units."""
    rows, columns = map(generator.permutation, table.shape)
    table = table[rows][:, columns]
    table = table.T if generator.random() < 0.5 else table
    return table * generator.choice([0.5, 1, 2]) + generator.integers(-3, 4)


def _will_do(table: np.ndarray, best: exact.Projection) -> bool:
    return min(table[cell] for cell in best.greedy) == table.max()


def _simplest(table: np.ndarray, fits: Fits) -> str:
    return next(name for name in CLASSES if _will_do(table, fits[name]))


def _details(table: np.ndarray, fits: Fits, given: str) -> dict:
    greedy = fits[given].greedy
    worst = min(greedy, key=lambda cell: table[cell])
    own = {"given": given, "right": _simplest(table, fits), "cell": worst, "earns": table[worst], "count": len(greedy)}
    return {"rows": table.tolist(), "most": table.max(), **own}


def _first(will_do: Callable[[np.ndarray, exact.Projection], bool], order: tuple[str, ...] = CLASSES) -> Callable:
    """The first class of that order that will do, by some notion of it; the last where none will."""
    return lambda table, fits: next((name for name in order if will_do(table, fits[name])), order[-1])


def _best_cell(values: np.ndarray) -> games.Cell:
    return games.joint_action(values.argmax(), values.shape)


def _from_above(table: np.ndarray, fits: Fits) -> str:
    """Down from the joint table, as long as the class will do."""
    k = len(CLASSES) - 1
    while k and _will_do(table, fits[CLASSES[k - 1]]):
        k -= 1
    return CLASSES[k]


WRONG_CHOICES: list[tuple[str, Callable[[np.ndarray, Fits], str]]] = [
    ("fit error", _first(lambda table, best: best.mse < 1e-9)),
    ("fit error", lambda table, fits: "joint"),
    ("from above", _from_above),
    ("any of them", _first(lambda table, best: max(table[cell] for cell in best.greedy) == table.max())),
    ("first of them", _first(lambda table, best: table[best.greedy[0]] == table.max())),
    ("one optimum", _first(lambda table, best: best.greedy == (_best_cell(table),))),
    ("one optimum", _first(lambda table, best: best.greedy[0] == _best_cell(table))),
    ("one optimum", _first(lambda table, best: _best_cell(best.fit) == _best_cell(table))),
    ("every optimum", _first(lambda table, best: best.greedy == best.optima)),
    ("largest entry", _first(lambda table, best: table[_best_cell(best.fit)] == table.max())),
    ("order", _first(_will_do, ("additive", "monotone", "convex", "joint"))),
]
