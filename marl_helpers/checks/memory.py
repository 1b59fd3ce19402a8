"""What a student has tried and solved: lines of JSON in one small file beside the notebook.

Lines are only ever added, one for each first try and each first success, so two notebooks that are open at the same
time lose nothing of each other. Each begins with its own line break, so that a damaged one costs no other.
"""

import json
from pathlib import Path

from marl_helpers.basics import files

FILE = "progress.jsonl"


def here() -> Path:
    """The folder of the notebook that runs, also where somebody has removed it meanwhile."""
    try:
        return Path.cwd()
    except OSError:
        return Path()


def recall(folder: Path) -> dict[str, bool]:
    """Exercises by name: whether they were solved, or only tried. Empty where nothing was written yet."""
    try:
        lines = (folder / FILE).read_bytes().splitlines()
    except OSError:
        return {}
    found: dict[str, bool] = {}
    for line in lines:
        try:
            entry = json.loads(line)
            found[entry["exercise"]] = found.get(entry["exercise"], False) or entry["solved"] is True
        except (ValueError, KeyError, TypeError, RecursionError):
            continue
    return found


def remember(folder: Path, exercise: str, solved: bool) -> str:
    """Add what is new; returns "", or a sentence about why nothing can be written here."""
    known = recall(folder)
    if exercise in known and known[exercise] >= solved:
        return ""
    try:  # at the end, in one piece: whole, whoever else writes
        files.append(folder / FILE, b"\n" + json.dumps({"exercise": exercise, "solved": solved}).encode())
    except files.NotWritten as error:
        return f"check.progress() will not know of this: {folder / FILE} cannot be written ({error.reason})."
    return ""
