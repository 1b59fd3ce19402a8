"""The metrics of a training as TensorBoard draws them: one of its runs for each seed, a point for each test."""

import io
import os
import socket
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from types import SimpleNamespace

from torch import Tensor

from marl_helpers.basics import files

Curve = Sequence[Mapping[str, Tensor]]
MINE = ".marl_helpers"  # ends the names of the files written here: no others are touched
FILES = f"seed_*/events.out.tfevents.*{MINE}"  # in a training's folder; those of earlier programs are empty
NUMBERS = count()


@contextmanager
def drawn(folder: Path | None, seeds: int) -> Iterator[Callable[[Curve], None]]:
    """Lend a function that brings folder/seed_<k>/ up to date with a training's curve, by adding what is new in it.

    The first call writes every test so far, and then what earlier programs wrote there goes: none is lost or doubled,
    wherever the one before was killed. One that raises files.NotWritten leaves whole points only, and the next makes up
    for it. Nothing is written, nor taken away, without a folder, or without the package tensorboard; where that is
    there but broken, with a warning.
    """
    tensorboard = None if folder is None else _tensorboard()
    if tensorboard is None:
        yield lambda curve: None
        return
    old = list(folder.glob(FILES))
    seeds_files = [_Events(folder / f"seed_{k}", k, tensorboard) for k in range(seeds)]

    def draw(curve: Curve) -> None:
        for events in seeds_files:
            events.draw(curve)
        while old:  # a TensorBoard that looks on waits for a file that is gone, and never takes the next
            with files.written(old[-1]):
                _empty(old[-1])
            old.pop()

    yield draw


class _Events:
    """The file of one seed. It is fresh: there is none before the first call of `draw`."""

    def __init__(self, folder: Path, seed: int, tensorboard: SimpleNamespace):
        self.folder, self.seed, self.tensorboard = folder, seed, tensorboard
        self.path, self.done = None, 0

    def draw(self, curve: Curve) -> None:
        """Add the tests that are new."""
        event, log, framed = self.tensorboard.Event, self.tensorboard.SessionLog, io.BytesIO()
        rows = [event(file_version="brain.Event:2"), event(session_log=log(status=log.START))]  # who looks on forgets
        rows = [] if self.path else rows
        for row in curve[self.done :]:
            for name in [name for name in row if name != "updates"]:
                summary = self.tensorboard.scalar(name, row[name][self.seed])
                rows.append(event(summary=summary, step=int(row["updates"])))
        write = self.tensorboard.RecordWriter(framed).write
        for one in rows:
            one.wall_time = time.time()
            write(one.SerializeToString())
        if self.path:
            files.append(self.path, framed.getvalue())
        else:
            self.path = self._begin(framed.getvalue())
        self.done = len(curve)

    def _begin(self, content: bytes) -> Path:
        """A new file, named as TensorBoard looks for it and orders by time."""
        with files.written(self.folder):
            files.refuse_link(self.folder)
            self.folder.mkdir(exist_ok=True)
        name = f"events.out.tfevents.{int(time.time()):010d}.{socket.gethostname()}.{os.getpid()}.{next(NUMBERS)}{MINE}"
        files.append(self.folder / name, content, new=True)
        return self.folder / name


def _empty(path: Path) -> None:
    if not (path.is_symlink() or path.parent.is_symlink()):  # it may be somewhere else, and somebody else's
        os.truncate(path, 0)


def _tensorboard() -> SimpleNamespace | None:
    """What is used of it; None where it is not installed or, with a warning, broken."""
    try:
        from torch.utils.tensorboard import RecordWriter, summary  # isort: skip

        # (It takes a moment, and tells if tensorboard is too old.)
        from tensorboard.compat.proto.event_pb2 import Event, SessionLog
    except Exception as error:  # whatever a broken install raises: no training ends for want of a drawing
        if not isinstance(error, ModuleNotFoundError) or error.name != "tensorboard":
            warnings.warn(f"no event files are written: tensorboard is broken ({error})", stacklevel=2)
        return None
    return SimpleNamespace(Event=Event, SessionLog=SessionLog, RecordWriter=RecordWriter, scalar=summary.scalar)
