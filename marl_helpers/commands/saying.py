"""What every command says, and how it ends."""

import os
import shlex
import shutil
import sys
from contextlib import suppress
from pathlib import Path

UNHEARD: list[OSError] = []  # why something could not be said
ERROR, MISUNDERSTOOD, DIVERGED, STOPPED = 1, 2, 3, 130  # how a command ends where not well, which is 0


def python() -> str:
    """What to type to run this Python again: `python` where that is this one, or else its path."""
    used, found = Path(sys.executable or "python"), shutil.which("python")
    with suppress(OSError):  # the folder that one was in may be gone
        if found and Path(found).absolute().parent == used.parent and used.samefile(found):
            return "python"
        if used.is_relative_to(Path.cwd()):
            near = os.path.relpath(used)
            return shlex.quote(near if os.sep in near else os.path.join(".", near))
    return shlex.quote(str(used))


def program() -> str:
    """What to type to run this command line again."""
    return f"{python()} -m marl_helpers"


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
