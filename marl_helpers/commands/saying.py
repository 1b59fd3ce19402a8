"""What every command says, and how it ends."""

import os
import shlex
import shutil
import sys
from pathlib import Path

UNHEARD: list[OSError] = []  # why something could not be said
ERROR, MISUNDERSTOOD, DIVERGED, STOPPED = 1, 2, 3, 130  # how a command ends where not well, which is 0


def program() -> str:
    """What to type for this command line again: of a Python that is not `python` there, its path."""
    used, found = Path(sys.executable), shutil.which("python")
    if found and Path(found).absolute().parent == used.parent:
        return "python -m marl_helpers"
    near = os.path.relpath(used) if used.is_relative_to(Path.cwd()) else str(used)
    return f"{shlex.quote(near)} -m marl_helpers"


def failed(why: object, status: int = ERROR) -> int:
    """Say why; returns the status."""
    print(f"error: {why}", file=sys.stderr)
    return status


def say(what: object) -> None:
    """Print it; go on where that fails, as when the terminal was closed or the disk of its file is full."""
    try:
        print(what)
    except OSError as error:
        UNHEARD.append(error)
