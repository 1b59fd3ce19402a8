"""Checks for lecture 04, interpolating the reward: boundaries on paper, in a formula, and between two safe games."""

from collections.abc import Callable
from functools import cache

import numpy as np

from marl_helpers import exact
from marl_helpers.checks.exercise import CASES, Mistake, call, exercise
from marl_helpers.checks.reading import number, pair, parts, table, unreadable
from marl_helpers.checks.section_2 import EXACT, GRID, NEAR, first_failure
from marl_helpers.exact.families import Family, boundaries
from marl_helpers.games import ADDITIVE, joint_action

PLACES = ("additive", "monotone", "VDN")
PATH_END = np.array([[6, 5, 2], [6, 1, 0], [3, 0, 8]])  # of the path that starts at Game 1


@exercise(
    "lecture-04",
    "Three places on another path",
    {
        "additive": "On your path the table is no sum any more from an earlier lambda on: a mixture with a part, "
        "however small, of a game that is no sum is no sum.",
        "outside": "For '{name}' you give {value:g}, but lambda runs from 0 to 1 on this path.",
        "exchanged": "You have exchanged the monotone class and VDN's greedy action.",
        "mirrored": "For '{name}' that would be right if lambda counted from the other end.",
        "grid point": "For '{name}' that is close, but not the place itself. Write down the equation and solve it.",
        "monotone too early": "Just above {value:g} every agent still has one ranking that is always valid.",
        "monotone too late": "Just below {value:g} some ranking reverses already. There are two agents to ask, and "
        "several pairs of actions.",
        "VDN by its error": "That is where VDN's fit gets an error. Asked is where its agents stop playing the best "
        "cell.",
        "VDN too early": "Just above {value:g} the best sum still plays the best cell.",
        "VDN too late": "Just below {value:g} the best sum has lost the best cell already. Both agents compare "
        "averages, one of rows and one of columns.",
    },
)
def path_places(places: Callable) -> str:
    """places(): a dictionary of places on the path from Game 1 to PATH_END, to three decimals.

    additive: the last lambda at which the table is a sum; monotone: at which it is monotone; VDN: at which the best
    sum's greedy team is certain to play the best cell up to there.
    """
    path = Family(ADDITIVE, PATH_END)
    given = [number(value, name) for name, value in zip(PLACES, parts(call(places), "places", PLACES))]
    judges = (lambda one: bool(exact.is_additive(one)), lambda one: bool(exact.is_monotone(one)))
    right = [boundaries(path, judge, GRID)[0] for judge in judges] + [first_failure(path)[0]]
    wrong = [k for k in range(3) if abs(given[k] - right[k]) > EXACT]
    if not wrong:
        return "All three are right. Two classes are left behind, and the team is lost only at the third place."
    if wrong == [1, 2] and abs(given[1] - right[2]) <= EXACT and abs(given[2] - right[1]) <= EXACT:
        raise Mistake("exchanged")
    raise _misplaced(wrong[0], given[wrong[0]], right)


def _misplaced(k: int, value: float, right: list[float]) -> Mistake:
    if not 0 <= value <= 1:
        return Mistake("outside", name=PLACES[k], value=value)
    if k == 0:
        return Mistake("additive")
    if k == 2 and abs(value - right[0]) <= EXACT:
        return Mistake("VDN by its error")
    if abs(value - (1 - right[k])) <= EXACT:
        return Mistake("mirrored", name=PLACES[k])
    if abs(value - right[k]) <= NEAR / 2:
        return Mistake("grid point", name=PLACES[k])
    return Mistake(f"{PLACES[k]} too {'early' if value < right[k] else 'late'}", value=value)


@exercise(
    "lecture-04",
    "The boundary in one formula",
    {
        "rows only": "You follow the row averages only. Agent 2 compares columns.",
        "columns only": "You follow the column averages only. Agent 1 compares rows.",
        "last crossing": "You return the last place at which some average overtakes. The team is lost at the first.",
        "final rival": "You ask only when the action that wins in the second game overtakes. Another may overtake "
        "earlier.",
        "first rival": "You follow the rival that is closest in the first game. Another may overtake earlier.",
        "growing lead": "You also solve for leads that grow. They are zero outside of 0 to 1, or nowhere.",
        "corner": "You follow the last action of each agent. The best cell may stand anywhere.",
        "mirrored": "Your answer counts from the second game. At lambda = 0 the table is the first one.",
        "grid": "Your answers are close, but not exact: {given:.4f} is off. Averages move on straight lines in lambda, "
        "so their crossing has a formula.",
        "one path": "Your answer is the same number for every pair of games.",
        "too early": "On the path from {first} to {second} the best sum still plays the best cell beyond {given:.4f}.",
        "too late": "On the path from {first} to {second} the best sum has lost the best cell before {given:.4f}.",
    },
)
def boundary_formula(boundary: Callable) -> str:
    """boundary(first, second): the lambda at which the best sum stops playing the best cell of (1 - lambda) first +
    lambda second, for any two games with the same best cell of which the sum plays it in the first only."""
    paths = _paths(CASES.get())
    given = [number(call(boundary, *path), "The boundary") for path in paths]
    right = _first_failures(CASES.get())
    wrong = [k for k in range(len(paths)) if abs(given[k] - right[k]) > 1e-5]
    if not wrong:
        return f"Right on {len(paths)} paths, to five digits, with {len({a.shape for a, _ in paths})} shapes of tables."
    if len(set(given)) == 1:
        raise Mistake("one path")
    for kind, rule in WRONG_FORMULAS.items():
        if np.allclose(given, [rule(*path) for path in paths], rtol=0, atol=1e-5):
            raise Mistake(kind)
    k = wrong[0]
    first, second = (one.tolist() for one in paths[k])
    kind = "too early" if given[k] < right[k] else "too late"
    close = np.abs(np.subtract(given, right)).max() <= NEAR / 2
    raise Mistake("grid" if close else kind, first=first, second=second, given=given[k])


@cache
def _paths(seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Pairs of games on which the wrong formulas go wrong, and no two of them alike.

    The best cell is never in the last row and column, and each wrong formula fails by far on some path.
    """
    generator, found = np.random.default_rng(seed), []
    while not _told_apart(found):
        found = [_path(generator, k) for k in range(len(TELLING))]
    return found


def _path(generator: np.random.Generator, k: int) -> tuple[np.ndarray, np.ndarray]:
    shape, place = ((3, 3), (3, 4), (4, 3), (4, 4))[k], (k % 2, (k + 1) % 2)
    while True:
        first, second = generator.integers(0, 10, size=(2, *shape)).astype(float)
        first[place], second[place] = 20, 11  # the best cell of both
        if _telling(first, second, TELLING[k]):
            return first, second


def _told_apart(paths: list[tuple[np.ndarray, np.ndarray]]) -> bool:
    """Whether no two wrong formulas give the same on all paths."""
    answers = [tuple(round(rule(*path), 3) for path in paths) for rule in WRONG_FORMULAS.values()]
    return len(set(answers)) == len(answers)


TELLING = (  # for each path, the wrong formulas that must fail on it
    ("columns only", "last crossing", "corner"),
    ("rows only", "final rival", "mirrored"),
    ("columns only", "first rival", "growing lead"),
    ("rows only", "last crossing", "final rival", "corner"),
)


@cache
def _first_failures(seed: int) -> list[float]:
    return [first_failure(Family(*path))[0] for path in _paths(seed)]


def _telling(first: np.ndarray, second: np.ndarray, kinds: tuple[str, ...]) -> bool:
    if exact.additive(first).finds_optimum != "yes" or exact.additive(second).finds_optimum != "no":
        return False
    right = min(map(min, _crossings(first, second)))
    places = {kind: rule(first, second) for kind, rule in WRONG_FORMULAS.items()}
    return np.isfinite([*places.values()]).all() and all(abs(places[kind] - right) > 0.01 for kind in kinds)


def _crossings(first: np.ndarray, second: np.ndarray) -> tuple[list[float], list[float]]:
    """Where the averages of the other rows, and of the other columns, meet those of the best cell (inf: nowhere)."""
    rows, columns = (
        [float(s / (s - e)) if e < 0 else np.inf for s, e in zip(start, end)] for start, end in _leads(first, second)
    )
    return rows, columns


def _leads(first: np.ndarray, second: np.ndarray, cell: tuple[int, int] | None = None) -> list[list[np.ndarray]]:
    """By how much the averages of the cell (by default the best) lead the other rows', and the other columns', in both
    games."""
    cell = joint_action(first.argmax(), first.shape) if cell is None else cell
    averages = [[one.mean(axis=1 - axis) for one in (first, second)] for axis in (0, 1)]
    return [[a[own] - np.delete(a, own) for a in both] for own, both in zip(cell, averages)]


def _one_rival(first: np.ndarray, second: np.ndarray, game: int) -> float:
    """For each agent only the rival that is closest in the first game (0), or wins in the second (1)."""
    pairs = zip(_crossings(first, second), _leads(first, second))
    return min(crossings[int(leads[game].argmin())] for crossings, leads in pairs)


def _unfiltered(leads: list[list[np.ndarray]]) -> float:
    """The least place at which any lead is zero, also one that grows."""
    return min(
        (float(s / (s - e)) for start, end in leads for s, e in zip(start, end) if abs(s - e) > 1e-9), default=np.inf
    )


WRONG_FORMULAS: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "rows only": lambda first, second: min(_crossings(first, second)[0]),
    "columns only": lambda first, second: min(_crossings(first, second)[1]),
    "last crossing": lambda first, second: max(x for part in _crossings(first, second) for x in part if x < np.inf),
    "final rival": lambda first, second: _one_rival(first, second, 1),
    "first rival": lambda first, second: _one_rival(first, second, 0),
    "growing lead": lambda first, second: _unfiltered(_leads(first, second)),
    "corner": lambda first, second: _unfiltered(_leads(first, second, (-1, -1))),
    "mirrored": lambda first, second: 1 - min(map(min, _crossings(first, second))),
}


@exercise(
    "lecture-04",
    "Two safe games, and a wrong one half way",
    {
        "end lost": "The best sum loses your {which} game. It must be right at both ends.",
        "end ties": "In your {which} game a right and a wrong joint action tie in the best sum.",
        "additive": "Both games are sums, so every mixture is one, and VDN is right all the way.",
        "same cell": "In both games the sum's agents play the same best cell. That cell's row and column then have the "
        "best average all the way, and it stays the best cell, so the middle is right too.",
        "middle ties": "Half way a right and a wrong joint action tie. Move an entry a little.",
        "middle right": "Half way the best sum still plays a best cell: it earns {earned:g} of {most:g} there.",
    },
)
def lost_half_way(games: Callable) -> str:
    """games(): two tables of the same shape whose best cell the best sum plays, and half way between them it does
    not."""
    first, second = (table(one, "A game", agents=2) for one in pair(call(games), "games"))
    if first.shape != second.shape:
        unreadable(f"Your games have shapes {first.shape} and {second.shape}: give two of one shape.")
    ends = [exact.additive(one) for one in (first, second)]
    for which, end in zip(("first", "second"), ends):
        if end.finds_optimum != "yes":
            raise Mistake("end lost" if end.finds_optimum == "no" else "end ties", which=which)
    middle = (first + second) / 2
    best = exact.additive(middle)
    if best.finds_optimum == "no":
        return (
            f"Half way the sum's team earns {middle[best.greedy[0]]:g} of {middle.max():g}, though both ends are safe."
        )
    if all(exact.is_additive(one) for one in (first, second)):
        raise Mistake("additive")
    if set(ends[0].greedy) & set(ends[1].greedy):
        raise Mistake("same cell")
    if best.finds_optimum == "tie":
        raise Mistake("middle ties")
    raise Mistake("middle right", earned=middle[best.greedy[0]], most=middle.max())
