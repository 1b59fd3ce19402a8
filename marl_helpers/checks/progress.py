"""What is solved, what was tried, what is still open; and the bets that are placed, and how they went."""

import json
from pathlib import Path

from marl_helpers.basics.memory import here, recall, recall_bets
from marl_helpers.checks.exercise import EXERCISES

BY_HAND = {"section-1-igm": 1, "section-2-interpolation": 1, "section-3-graphs": 2}  # answers that a person marks
MARKS = {True: "✔ solved", False: "✘ tried", None: "○ open"}


def progress(notebook: str | None = None) -> None:
    """Print the state of every exercise, or of one notebook's, as its checks left it; and a line for a lecture's bets.

    Nothing is run for it: it reads the files that checks and bets write beside the notebooks, so it knows the same
    after closing and reopening. An exercise that was solved once stays solved. Lectures and exercises are found in this
    folder, and in `notebooks` and `exercises` beside it.

    Raises ValueError for a notebook without exercises.
    """
    exercises = sorted(EXERCISES.values(), key=lambda exercise: exercise.notebook)
    names = list(dict.fromkeys(exercise.notebook for exercise in exercises))
    if notebook is not None and notebook not in names:
        raise ValueError(f"notebook is {notebook!r}: choose one of {', '.join(names)}")
    known = _known()
    shown = [exercise for exercise in exercises if notebook in (None, exercise.notebook)]
    for exercise in shown:
        print(f"{MARKS[known.get(exercise.name)]:9} {exercise.notebook}: {exercise.title}")
    written = sum(count for name, count in BY_HAND.items() if notebook in (None, name))
    more = f", and {written} answer{'s' * (written > 1)} in words, which a person marks" if written else ""
    print(f"{sum(known.get(exercise.name, False) for exercise in shown)} of {len(shown)} solved{more}")
    if notebook is None:
        for lecture, said in _bets().items():
            print(f"lecture {lecture}: {said}")


def overview() -> None:
    """Print a line for each lecture: its bets, and its exercises. As `progress`, it runs nothing."""
    known, bets = _known(), _bets()
    ours: dict[str, list[bool]] = {}
    for exercise in EXERCISES.values():
        if exercise.notebook.startswith("lecture-"):
            ours.setdefault(exercise.notebook[-2:], []).append(known.get(exercise.name, False))
    for lecture in sorted({*bets, *ours}):
        solved = ours.get(lecture, [])
        said = [f"{sum(solved)} of {len(solved)} exercises solved"] if solved else []
        print(f"lecture {lecture}: {'; '.join([*filter(None, [bets.get(lecture)]), *said])}")


def _known() -> dict[str, bool]:
    """Exercises by name: whether they were solved, or only tried."""
    known: dict[str, bool] = {}
    for folder in _folders():
        known |= {name: solved or known.get(name, False) for name, solved in recall(folder).items()}
    return known


def _folders() -> list[Path]:
    """This folder, and those beside it in which lectures and exercises lie."""
    return [*dict.fromkeys([here(), here().parent / "notebooks", here().parent / "exercises"])]


def _bets() -> dict[str, str]:
    """What to say of each lecture's bets, by its number."""
    said: dict[str, str] = {}
    placed, asked = {}, {}
    for folder in _folders():
        placed |= {name: one for name, one in recall_bets(folder).items() if one.get("said") is not None}
        for path in folder.glob("[0-9][0-9]-*.ipynb"):
            asked[path.stem[:2]] = _count(path)
    for lecture in sorted({name[:2] for name in placed} | {number for number, count in asked.items() if count}):
        ours = [one for name, one in placed.items() if name.startswith(lecture)]
        right = sum(one.get("right") == [True] * len(one["said"]) for one in ours)
        total = f" of {asked[lecture]}" if lecture in asked else ""
        said[lecture] = f"bets: {len(ours)}{total} placed, {right} right"
    return said


def _count(path: Path) -> int:
    """The bets in a notebook; 0 where it cannot be read."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        return sum("widgets.bet(" in "".join(cell["source"]) for cell in cells)
    except (OSError, ValueError, KeyError, TypeError):
        return 0
