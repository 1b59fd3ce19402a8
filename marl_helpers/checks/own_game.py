"""A table of one's own: a student's name or number seeds the game, and the check computes that student's key.

`game_of` has drawn the table again when an answer is judged, so no key is kept anywhere. The table is drawn so that
none of the known mistakes gives a right number by accident (but one agent's comparison alone, of rows or of columns,
decides the peak on every table).
"""

import os
import unicodedata
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import numpy as np

from marl_helpers import exact
from marl_helpers.basics import arguments
from marl_helpers.checks.exercise import Mistake, call, exercise
from marl_helpers.checks.lecture_02 import WRONG_PEAKS
from marl_helpers.checks.reading import cell, number, pair, parts, unreadable
from marl_helpers.games import Cell

APART = 0.1  # a wrong rule's number keeps at least this distance from the right one
CLOSE = 0.006  # to two decimals
LARGEST_ENTRY = 19
PEAKS = (
    "rows only",
    "columns only",
    "by how much",
    "average",
    "largest entry",
)  # one of two sides is right
WORTHS = {  # what a best sum is taken for: the table, its best cell -> the value there
    "mean forgotten": lambda one, best: _averages(one, best).sum(),
    "halved": lambda one, best: _averages(one, best).mean(),
    "true reward": lambda one, best: one[best],
}
ASKED = ("plays", "worth", "peak", "reversal")


def game_of(student: str) -> np.ndarray:
    """The game of whoever has this name or number: a table of shape (3, 3) of whole numbers from 0 to 19.

    Capitals and spaces do not matter. VDN loses the one best cell and plays one other, and no monotone mixer holds the
    table. Raises ValueError where `student` is no text, or holds neither letter nor digit.
    """
    generator = np.random.default_rng(int.from_bytes(sha256(_same(student).encode()).digest()))
    while True:
        one = generator.integers(0, LARGEST_ENTRY + 1, size=(3, 3)).astype(float)
        if _asks_well(one):
            return one


def is_mine(student: str) -> bool:
    """Whether nbgrader is grading this name's own submission; True wherever nbgrader does not grade.

    nbgrader runs a submission in the folder autograded/STUDENT/ASSIGNMENT. Raises ValueError like `game_of`.
    """
    student = _same(student)
    return "NBGRADER_EXECUTION" not in os.environ or student == _same(Path.cwd().parent.name)


def _same(student: str) -> str:
    """A name as it is compared; raises ValueError where it is none."""
    if not isinstance(student, str) or not any(letter.isalnum() for letter in student):
        arguments.refuse("student", student, "your name or number as text, such as 'Ada' or '4711'")
    return "".join(unicodedata.normalize("NFKC", student).casefold().split())


def _asks_well(one: np.ndarray) -> bool:
    """Whether one best cell, one joint action of VDN's, and no number that a wrong rule gives too."""
    fit = exact.additive(one)
    if len(fit.optima) != 1 or len(fit.greedy) != 1 or not _rows_cross(one):
        return False
    best, plays = fit.optima[0], fit.greedy[0]
    if plays == best or plays in (best[::-1], cautious(one)) or plays[0] == plays[1]:
        return False
    if min(abs(rule(one, best) - fit.fit[best]) for rule in WORTHS.values()) < APART:
        return False
    distances = [abs(WRONG_PEAKS[kind](one, best) - _peak(one, best)) for kind in PEAKS]
    return min(max(distances[:2]), *distances[2:]) > APART


def _rows_cross(one: np.ndarray) -> bool:
    """Whether two of agent 1's actions change places, so that no monotone mixer holds the table."""
    return any((one[a] > one[c]).any() and (one[a] < one[c]).any() for a in range(3) for c in range(a))


def _averages(one: np.ndarray, best: Cell) -> np.ndarray:
    return np.array([one[best[0]].mean(), one[:, best[1]].mean()])


def _peak(one: np.ndarray, best: Cell) -> float:
    return WRONG_PEAKS["by how much"](one, best) + one[best]


def cautious(one: np.ndarray) -> Cell:
    """Each agent plays the action whose worst entry is best."""
    return int(one.min(axis=1).argmax()), int(one.min(axis=0).argmax())


@exercise(
    "own-table",
    "A table of your own",
    {
        "best cell": "{plays} is your table's best cell. Asked is what VDN's agents play, each by its averages.",
        "swapped": "The two actions of 'plays' are in the wrong order: agent 1's (the row) comes first.",
        "cautious": "At {plays} each agent avoids its worst entry. VDN's agents compare averages.",
        "other cell": "VDN's agents do not play {plays} on your table. Each takes the action with the best average.",
        "true reward": "{given:g} is the reward of your best cell. Asked is what the best sum makes of it.",
        "mean forgotten": "You add the two averages, and so count the level of the whole table twice.",
        "halved": "You take the middle of the two averages. A sum adds what the row and the column deviate.",
        "other worth": "The best sum does not give {given:g} to your best cell. Row average plus column average, less "
        "the average of all nine.",
        "rows only": "Your peak convinces agent 1, who compares rows. Agent 2 compares columns.",
        "columns only": "Your peak convinces agent 2, who compares columns. Agent 1 compares rows.",
        "by how much": "For 'peak' you return by how much to raise the entry. Asked is its new value.",
        "average": "For 'peak' that is the best rival average. The entry is only one part of its own row's average.",
        "largest entry": "For 'peak' that is the largest other entry. To a sum only averages count.",
        "other peak": "At {given:g} something else changes, or nothing. Is this your own table, with the other eight "
        "entries as they are?",
        "one action": "Your 'reversal' names the same {who} twice. Two different ones are needed.",
        "no reversal": "Against column {b} row {a} earns {first:g} and row {c} {second:g}; against column {d} "
        "they earn {third:g} and {fourth:g}. That is the same order twice, or a tie.",
    },
)
def own_table(name: Callable, answers: Callable) -> str:
    """name(): your name or number as text. answers(): for the table game_of(name()), a dictionary with `plays`, the
    joint action of VDN's agents; `worth`, what the best sum gives to the best cell; `peak`, what the best cell's entry
    must exceed for VDN to play it, all others unchanged; `reversal`, two rows and two columns ((a, c), (b, d)) such
    that agent 1 prefers row a to c against column b, and c to a against d."""
    try:
        one = game_of(call(name))
    except ValueError as error:
        unreadable(f"{error}.")
    plays, worth, peak, reversal = parts(call(answers), "answers", ASKED)
    _check_play(one, cell(plays, "plays", one.shape))
    best = exact.additive(one).optima[0]
    _check_worth(one, best, number(worth, "worth"))
    _check_peak(one, best, number(peak, "peak"))
    rows, columns = (cell(two, "Each part of reversal", one.shape) for two in pair(reversal, "reversal"))
    _check_reversal(one, rows, columns)
    return f"Right for your table: VDN earns {one[plays[0], plays[1]]:g} of {one.max():g} there."


def _check_play(one: np.ndarray, plays: Cell) -> None:
    fit = exact.additive(one)
    if plays not in fit.greedy:
        known = {"best cell": fit.optima[0], "swapped": fit.greedy[0][::-1], "cautious": cautious(one)}
        raise Mistake(next((kind for kind, other in known.items() if plays == other), "other cell"), plays=plays)


def _check_worth(one: np.ndarray, best: Cell, given: float) -> None:
    if abs(given - exact.additive(one).fit[best]) > CLOSE:
        kinds = (kind for kind, rule in WORTHS.items() if abs(given - rule(one, best)) <= CLOSE)
        raise Mistake(next(kinds, "other worth"), given=given)


def _check_peak(one: np.ndarray, best: Cell, given: float) -> None:
    if abs(given - _peak(one, best)) > CLOSE:
        kinds = (kind for kind in PEAKS if abs(given - WRONG_PEAKS[kind](one, best)) <= CLOSE)
        raise Mistake(next(kinds, "other peak"), given=given)


def _check_reversal(one: np.ndarray, rows: Cell, columns: Cell) -> None:
    for who, two in (("row", rows), ("column", columns)):
        if two[0] == two[1]:
            raise Mistake("one action", who=who)
    (a, c), (b, d) = rows, columns
    if not (one[a, b] > one[c, b] and one[a, d] < one[c, d]):
        seen = dict(first=one[a, b], second=one[c, b], third=one[a, d], fourth=one[c, d])
        raise Mistake("no reversal", a=a, b=b, c=c, d=d, **seen)
