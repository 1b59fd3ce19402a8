"""What is solved, what was tried, and what is still open."""

from marl_helpers.checks.exercise import EXERCISES
from marl_helpers.checks.memory import here, recall

BY_HAND = {"section-1-igm": 1, "section-2-interpolation": 1, "section-3-graphs": 2}  # answers that a person marks
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
    known = recall(here())
    shown = [exercise for exercise in exercises if notebook in (None, exercise.notebook)]
    for exercise in shown:
        print(f"{MARKS[known.get(exercise.name)]:9} {exercise.notebook}: {exercise.title}")
    written = sum(count for name, count in BY_HAND.items() if notebook in (None, name))
    more = f", and {written} answer{'s' * (written > 1)} in words, which a person marks" if written else ""
    print(f"{sum(known.get(exercise.name, False) for exercise in shown)} of {len(shown)} solved{more}")
