"""How a sweep stands: what each of its trainings has come to, and all of them compared."""

import csv
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from marl_helpers.basics import arguments
from marl_helpers.basics.files import InUse, NotWritten, alone
from marl_helpers.sweeps.cells import DONE, FAILED, Ended, ended
from marl_helpers.sweeps.grid import Cell, cells
from marl_helpers.training.comparing import Comparison, compare
from marl_helpers.training.plan import METRICS

GOING, BEGUN, NOT_BEGUN = "going on", "begun", "not begun"


@dataclass(frozen=True)
class Swept:
    """What a sweep has come to. folder: of its trainings' folders. trainings: the name of each -> how it stands."""

    folder: Path
    trainings: Mapping[str, Ended]

    @property
    def tested(self) -> list[Path]:
        """The folders of those that have been tested at least once."""
        return [self.folder / name for name in self.trainings if updates(self.folder / name) is not None]

    @property
    def done(self) -> bool:
        """Whether all is trained."""
        return all(one.kind == DONE for one in self.trainings.values())

    def compare(self, x: str = "updates", seed: int = 0) -> Comparison:
        """All trainings that have been tested, as `marl_helpers.compare` compares them; raises what that raises."""
        if not (tested := self.tested):
            raise ValueError(
                f"folder is {arguments.shown(str(self.folder))}, where nothing is tested yet: wait a while"
            )
        return compare(tested, x, seed)

    def __repr__(self) -> str:
        counts = Counter(one.kind for one in self.trainings.values())
        states = ", ".join(f"{count} {kind}" for kind, count in counts.most_common())
        told = [f"{name}: {one}" for name, one in self.trainings.items() if one.why]
        return "\n".join([f"{len(self.trainings)} trainings in {self.folder}: {states}", *told])


def look(grid: Mapping[str, Any] | str | Path, folder: str | Path) -> Swept:
    """How the sweep of this grid in this folder stands, while it goes on or after; trains nothing.

    Raises ValueError for a bad argument.
    """
    folder, found = arguments.path(folder=folder), cells(grid)
    return Swept(folder, {cell.name: stands(cell, folder / cell.name) for cell in found})


def stands(cell: Cell, folder: Path) -> Ended:
    """How a training stands, by its folder alone."""
    told, reached = ended(cell.asked, folder), updates(folder)
    if told and told.kind == DONE:
        return told
    if folder.is_dir() and in_use(folder):
        return Ended(GOING, f"{reached or 0} of {cell.updates} updates")
    if told and told.kind == FAILED:
        return told
    return Ended(NOT_BEGUN) if reached is None else Ended(BEGUN, f"{reached} of {cell.updates} updates")


def in_use(folder: Path) -> bool:
    """Whether a program trains in a folder that there is."""
    try:
        with alone(folder):
            return False
    except InUse:
        return True
    except NotWritten:  # the training will say why
        return False


def updates(folder: Path) -> int | None:
    """How many updates the last test in a training's folder came after; None where there was none yet."""
    with suppress(OSError, ValueError, IndexError), open(folder / METRICS, encoding="utf-8", newline="") as file:
        return int(list(csv.reader(file))[1:][-1][0])
    return None
