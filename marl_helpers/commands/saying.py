"""What every command says, and how it ends."""

import sys

UNHEARD: list[OSError] = []  # why something could not be said
ERROR, MISUNDERSTOOD, DIVERGED, STOPPED = 1, 2, 3, 130  # how a command ends where not well, which is 0


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
