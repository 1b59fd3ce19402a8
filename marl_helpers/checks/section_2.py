"""Check of the section's exercise 2: a family of games from Game 1 to Game 2, and where on it VDN first fails."""

from collections.abc import Callable
from functools import cache
from itertools import pairwise

import numpy as np

from marl_helpers import exact
from marl_helpers.checks.exercise import Mistake, call, exercise
from marl_helpers.checks.reading import number, pair, table, unreadable, word
from marl_helpers.exact.families import boundaries
from marl_helpers.games import ADDITIVE, COORDINATION

GRID = np.linspace(0, 1, 201)  # a failure that comes and goes within a step is not seen
EXACT = 5e-4  # what a place may be off: three decimals are enough
NEAR = 0.06  # a grid point beside the place
BESIDE = 0.02  # where the record is asked on both sides of the place
LEAST_RUNS = 8

Game = Callable[[float], np.ndarray]


@exercise(
    "section-2-interpolation",
    "Where VDN first fails",
    {
        "reversed": "Your family runs backwards: it is Game 2 at lambda = 0 and Game 1 at lambda = 1.",
        "start": "At lambda = 0 your family is not Game 1.",
        "end": "At lambda = 1 your family is not Game 2.",
        "jump": "Your family jumps near lambda = {place:.3f}. To interpolate is to go over gradually.",
        "one run": "{count} run(s) of QMIX at a lambda: one unlucky start would decide. Give at least {least}.",
        "judged by error": "At lambda = {lam:.3f} you count VDN as failing, but its greedy agents play the optimum. "
        "Does your record fit family(lam)? Judge by what the agents play (the argmax), and not by the error.",
        "lists exchanged": "Your two lists look exchanged: VDN's comes first, then QMIX's.",
        "VDN not settled": "At lambda = {lam:.3f} your VDN does not do what the best sum does. Did it converge? "
        "Compare with exact.additive there.",
        "QMIX unlucky": "At lambda = {lam:.3f} most of your QMIX runs miss the optimum, but fit(family(lam), 'qmix') "
        "finds it in {share:.0%} of its runs. More steps, or a start closer to zero?",
        "separable": "Just above that lambda the table stops being a sum. VDN then has an error, but an error is no "
        "failure yet: what do its agents play?",
        "monotone": "Just above that lambda the table stops being monotone. That is a boundary of what QMIX can "
        "represent. Asked is where VDN's agents stop playing the optimum.",
        "mirrored": "That would be right if lambda counted from Game 2. Which end is lambda = 0?",
        "Game 2": "VDN fails on Game 2, yes, but not there for the first time.",
        "outside": "{value:g} is no place between the two games.",
        "grid point": "Close, but that looks like a point of your grid. Find the place itself. What changes there, "
        "the order of two averages or the best cell?",
        "elsewhere": "Just below {value:g} and just above it the best sum does equally well, so nothing begins there.",
        "tie hidden": "At the boundary itself your word is '{word}'. np.argmax shows one maximiser even where there "
        "are two: look at both averages.",
        "optimum moves": "At the boundary of your family the best sum changes nothing, it is the optimum that moves. "
        "What do the agents earn there?",
    },
)
def interpolation(family: Callable, record: Callable, boundary: Callable) -> str:
    """family(lam): a 3x3 table, continuous, Game 1 at lam = 0 and Game 2 at lam = 1.

    record(lam): (VDN's runs, QMIX's runs), one True or False for each run: did its greedy agents play an optimum?
    boundary(): (lam, word), where VDN first fails on your family, to three decimals, and what its best fit does
    exactly there: "right", "wrong" or "tie".
    """

    def game(lam: float) -> np.ndarray:
        found = table(call(family, float(lam)), f"family({lam:g})", agents=2)
        if found.shape != ADDITIVE.shape:
            unreadable(f"family({lam:g}) has shape {found.shape}: give tables of shape {ADDITIVE.shape}.")
        return found

    _check_ends(game(0), game(1))
    _check_continuity(game)
    place, word_there = pair(call(boundary), "boundary")
    place = number(place, "the boundary")
    word(word_there, "the word", ("right", "wrong", "tie"))
    last_right, first_wrong = first_failure(game)
    beside = (max(last_right - BESIDE, 0.0), min(first_wrong + BESIDE, 1.0))
    for lam in (last_right / 2, *beside, (first_wrong + 1) / 2):
        _check_record(call(record, lam), game(lam), lam)
    if not last_right - EXACT <= place <= first_wrong + EXACT:
        raise _misplaced(game, place, last_right)
    before, after = (exact.additive(game(lam)).greedy for lam in (last_right - 1e-6, first_wrong + 1e-6))
    if before != after and word_there != "tie":
        raise Mistake("tie hidden", word=word_there)
    if before == after and word_there != "right":
        raise Mistake("optimum moves")
    return f"On your family the best sum first fails at lambda = {place:g}, and your record agrees near it."


def first_failure(game: Game) -> tuple[float, float]:
    """From 0 to 1: where the best sum is last certainly right, and where it is first wrong (a tie lies between)."""
    found = cache(lambda lam: exact.additive(game(lam)).finds_optimum)
    last_right, first_wrong = (boundaries(found, judge, GRID)[0] for judge in ("yes".__eq__, "no".__ne__))
    return last_right, first_wrong


def _check_ends(first: np.ndarray, last: np.ndarray) -> None:
    if np.allclose(first, COORDINATION) and np.allclose(last, ADDITIVE):
        raise Mistake("reversed")
    if not np.allclose(first, ADDITIVE):
        raise Mistake("start")
    if not np.allclose(last, COORDINATION):
        raise Mistake("end")


def _check_continuity(game: Game) -> None:
    """Follow the largest step of the grid into its larger half, again and again: only a jump stays large."""

    def size(one: float, other: float) -> float:
        return np.abs(game(one) - game(other)).max()

    low, high = max(pairwise(GRID), key=lambda ends: size(*ends))
    for _ in range(40):
        middle = (low + high) / 2
        low, high = max((low, middle), (middle, high), key=lambda ends: size(*ends))
    if size(low, high) > 1e-3:
        raise Mistake("jump", place=low)


def _check_record(record, one: np.ndarray, lam: float) -> None:
    vdn, qmix = (_outcomes(runs, name) for runs, name in zip(pair(record, "record"), ("VDN", "QMIX")))
    best = exact.additive(one)
    right = best.finds_optimum == "yes"
    if right and not vdn.any() and best.mse > 0:
        raise Mistake("judged by error", lam=lam)
    if not right and vdn.all() and not qmix.any():
        raise Mistake("lists exchanged")
    if not (vdn == right).all():
        raise Mistake("VDN not settled", lam=lam)
    if qmix.size < LEAST_RUNS:
        raise Mistake("one run", count=qmix.size, least=LEAST_RUNS)
    if qmix.mean() < 0.5 and (share := _usual_share(one)) > 0.9:
        raise Mistake("QMIX unlucky", lam=lam, share=share)


def _usual_share(one: np.ndarray) -> float:
    """Of the package's own runs of QMIX: beyond what they find, a student's may fail too."""
    from marl_helpers.fitting.fits import fit  # loads torch, and is seldom asked

    return float(fit(one, "qmix").share)


def _outcomes(runs, name: str) -> np.ndarray:
    try:
        array = np.asarray(runs).ravel()
    except ValueError:  # ragged
        array = np.array([])
    if array.size == 0 or array.dtype.kind not in "biuf" or not np.isin(array, (0, 1)).all():
        unreadable(f"For {name} record returned {runs!r:.60}: give one True or False for each run.")
    return array.astype(bool)


def _misplaced(game: Game, place: float, right: float) -> Mistake:
    if not 0 <= place <= 1:
        return Mistake("outside", value=place)
    for kind, holds in (("separable", exact.is_additive), ("monotone", exact.is_monotone)):
        ends = boundaries(game, lambda one, holds=holds: bool(holds(one)), GRID)
        if ends and abs(place - ends[0]) <= EXACT:
            return Mistake(kind)
    for kind, known, reach in (("mirrored", 1 - right, EXACT), ("Game 2", 1, EXACT), ("grid point", right, NEAR)):
        if abs(place - known) <= reach:
            return Mistake(kind)
    return Mistake("elsewhere", value=place)
