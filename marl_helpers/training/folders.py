"""Where a training is kept: what it is, its metrics, drawn for TensorBoard too, and a checkpoint now and then."""

import math
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Protocol

from torch import Tensor

from marl_helpers.basics import files
from marl_helpers.training import checkpoints, config, events
from marl_helpers.training.plan import METRICS, Plan
from marl_helpers.training.runs import table

CHECKPOINT = "checkpoint.pt"


class Training(Protocol):
    """What is kept of a training: loop.Training."""

    env: object
    seeds: int
    device: str
    plan: Plan
    curve: list[dict[str, Tensor]]

    def what(self) -> dict: ...

    def state(self) -> dict: ...

    def load(self, state: dict) -> None: ...


@contextmanager
def kept(path: Path | None, training: Training, every: float) -> Iterator["Folder | None"]:
    """Lend the folder where a training is kept, to this program alone; the training goes on from what is there.

    Raises what `train` raises for a folder.
    """
    if path is None:
        yield None
        return
    training.what()  # raises before the first round, instead of at the first checkpoint
    with files.written(path):
        path.mkdir(parents=True, exist_ok=True)
    with files.alone(path), events.drawn(path, training.seeds) as draw:
        files.sweep(path)
        if state := checkpoints.load(path / CHECKPOINT, training.device):
            training.load(state)
        yield Folder(path, training, every, draw)


class Folder:
    """The metrics of every test, drawn too, and a checkpoint now and then. The first must be possible to write."""

    def __init__(self, path: Path, training: Training, every: float, draw: Callable[[events.Curve], None]):
        self.path, self.training, self.every, self.draw = path, training, every, draw
        self.saved, self.unkept = -math.inf, ""  # when there was a checkpoint, and what the last call could not write
        self._write()  # what is there may be newer than the checkpoint, or another training's
        self._draw()
        config.write(path, training)

    def keep(self, last: bool) -> None:
        """After a test: write the metrics so far, and a checkpoint if it is the last chance or time for one."""
        self.unkept = ""
        for part in (self._write, self._draw, partial(self._save, last)):
            try:
                part()
            except files.NotWritten as error:
                warnings.warn(str(error), stacklevel=4)
                self.unkept = self.unkept or str(error)

    def _write(self) -> None:
        files.write(self.path / METRICS, table(self.training.curve))

    def _draw(self) -> None:
        self.draw(self.training.curve)

    def _save(self, last: bool) -> None:
        if last or time.monotonic() - self.saved >= self.every:
            self.saved = time.monotonic()
            checkpoints.save(self.path / CHECKPOINT, self.training.state())
