"""What is solved, what was tried, and what is still open."""

from pathlib import Path

from marl_helpers.checks.exercise import EXERCISES
from marl_helpers.checks.memory import recall

MARKS = {True: "✔ solved", False: "✘ tried", None: "○ open"}


def progress(notebook: str | None = None) -> None:
    """Print the state of every exercise, or of one notebook's, as its checks left it in this folder.

    Nothing is run for it: it reads the file that the checks write beside the notebooks, so it knows the same after
    closing and reopening. An exercise that was solved once stays solved.

    Raises ValueError for a notebook without exercises.
    """
    exercises = sorted(EXERCISES.values(), key=lambda exercise: exercise.notebook)
    names = list(dict.fromkeys(exercise.notebook for exercise in exercises))
    if notebook is not None and notebook not in names:
        raise ValueError(f"notebook is {notebook!r}: choose one of {', '.join(names)}")
    known = recall(Path.cwd())
    shown = [exercise for exercise in exercises if notebook in (None, exercise.notebook)]
    for exercise in shown:
        print(f"{MARKS[known.get(exercise.name)]:9} {exercise.notebook}: {exercise.title}")
    print(f"{sum(known.get(exercise.name, False) for exercise in shown)} of {len(shown)} solved")
