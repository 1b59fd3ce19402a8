"""One training of a sweep, in a program of its own: it goes on from what its folder has, and says there how it ended.

    python -m marl_helpers.sweeps.cells FOLDER WHAT

WHAT: what `train` is asked for, as JSON. The program ends in good order, with a checkpoint, when its input does: so it
never outlives the sweep, however that ends.
"""

import json
import os
import signal
import sys
import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

from marl_helpers.basics import files
from marl_helpers.basics.files import InUse, NotWritten
from marl_helpers.envs import own
from marl_helpers.training.loop import train
from marl_helpers.training.progress import Progress

ENDED = "ended.json"  # in a training's folder: how it ended in a sweep, and what it was asked for then
DONE, FAILED, STOPPED, IN_USE, LOST = KINDS = ("done", "failed", "stopped", "in use", "lost")
LARGEST = 10**6  # bytes of a file that was written here


@dataclass(frozen=True)
class Ended:
    """How a training stands. kind: done; failed, and why; stopped in good order; in use by another program; lost, as
    its program was killed. why: what else is to be said, such as which seeds diverged."""

    kind: str
    why: str = ""

    def __str__(self) -> str:
        return f"{self.kind} ({self.why})" if self.why else self.kind


def carry_out(asked: Mapping[str, Any], folder: str | Path) -> Ended:
    """Train, or train on, and return how it ended; whatever fails, nothing is raised."""
    folder = Path(folder)
    try:
        how = {name: value for name, value in asked.items() if name not in ("env", "options")}
        run = train(own.made(asked["env"], asked["options"]), folder=folder, progress=Progress, **how)
    except InUse as error:
        return Ended(IN_USE, str(error))
    except Exception as error:  # one training that fails stops no other
        traceback.print_exc()
        ended = Ended(FAILED, " ".join(f"{type(error).__name__}: {error}".split()))
    else:
        updates = int(run.curve["updates"][-1])
        stopped = Ended(STOPPED, f"after {updates} of {run.plan.updates} updates")
        ended = Ended(DONE, "; ".join(run.diverged.values())) if run.finished else stopped
        ended = Ended(FAILED, run.unkept) if run.unkept else ended
    try:
        files.write(folder / ENDED, json.dumps({"kind": ended.kind, "why": ended.why, "asked": asked}, indent=1) + "\n")
    except NotWritten as error:
        return Ended(FAILED, str(error))
    return ended


def ended(asked: Mapping[str, Any], folder: Path) -> Ended | None:
    """What `carry_out` left in the folder, if it was asked for the same; None where it was not, or where it is gone."""
    path = folder / ENDED
    with suppress(OSError, ValueError, RecursionError):
        if path.stat().st_size <= LARGEST:
            found = json.loads(path.read_text(encoding="utf-8"))
            if isinstance(found, dict) and found.get("asked") == asked and found.get("kind") in KINDS:
                return Ended(found["kind"], str(found.get("why", "")))
    return None


def _follow() -> None:
    """Wait for the end of the input, and then end in good order."""
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> int:
    """Carry out what the arguments say; returns the place in KINDS of how it ended."""
    folder, asked = sys.argv[1:]
    Thread(target=_follow, daemon=True).start()
    return KINDS.index(carry_out(json.loads(asked), folder).kind)


if __name__ == "__main__":
    sys.exit(main())
