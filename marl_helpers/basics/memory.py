"""What a student has tried, solved and bet: lines of JSON in one small file beside the notebook.

Lines are only ever added, one for each first try and each first success, and one for each bet that is placed or taken
back, so two notebooks that are open at the same time lose nothing of each other. Each begins with its own line break,
so that a damaged one costs no other.
"""

import json
from collections.abc import Iterator
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
    found: dict[str, bool] = {}
    for entry in _entries(folder):
        if isinstance(name := entry.get("exercise"), str) and "solved" in entry:
            found[name] = found.get(name, False) or entry["solved"] is True
    return found


def remember(folder: Path, exercise: str, solved: bool) -> str:
    """Add what is new; returns "", or a sentence about why nothing can be written here."""
    known = recall(folder)
    if exercise in known and known[exercise] >= solved:
        return ""
    return _add(folder, {"exercise": exercise, "solved": solved})


def recall_bets(folder: Path) -> dict[str, dict]:
    """Bets by name: the newest that was kept of each, as `remember_bet` was given it."""
    found: dict[str, dict] = {}
    for entry in _entries(folder):
        name, at = entry.pop("bet", None), entry.get("at")
        if isinstance(name, str) and isinstance(at, int | float) and at >= found.get(name, {"at": 0})["at"]:
            found[name] = entry
    return found


def remember_bet(folder: Path, bet: str, placed: dict) -> str:
    """Add a bet with `at`, its time in milliseconds since 1970, unless a newer one is known; returns as `remember`."""
    if recall_bets(folder).get(bet, {"at": 0})["at"] >= placed["at"]:
        return ""
    return _add(folder, {"bet": bet, **placed})


def _entries(folder: Path) -> Iterator[dict]:
    try:
        lines = (folder / FILE).read_bytes().splitlines()
    except OSError:
        return
    for line in lines:
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(entry, dict):
            yield entry


def _add(folder: Path, entry: dict) -> str:
    try:  # at the end, in one piece: whole, whoever else writes
        files.append(folder / FILE, b"\n" + json.dumps(entry).encode())
    except files.NotWritten as error:
        return f"check.progress() will not know of this: {folder / FILE} cannot be written ({error.reason})."
    return ""
