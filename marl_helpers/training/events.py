"""The metrics of a training as TensorBoard draws them: one of its runs for each seed, a point for each test."""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from torch import Tensor

Curve = Sequence[Mapping[str, Tensor]]
MINE = ".marl_helpers"  # ends the names of the files written here: no others are touched
FILES = f"seed_*/events.out.tfevents.*{MINE}"  # in a training's folder; those of earlier programs are empty


@contextmanager
def drawn(folder: Path | None, seeds: int) -> Iterator[Callable[[Curve], None]]:
    """Lend a function that brings folder/seed_<k>/ up to date with a training's curve, by adding what is new in it.

    What earlier programs wrote there goes, and the first call writes every test so far: none is lost or doubled,
    wherever the one before was killed. Nothing is written, nor taken away, without a folder, or without the package
    tensorboard; where that is there but broken, with a warning.
    """
    with ExitStack() as stack:
        writers = [stack.enter_context(writer) for writer in _writers(folder, seeds)]
        done = 0

        def draw(curve: Curve) -> None:
            nonlocal done
            for row in curve[done:]:
                for name in [name for name in row if name != "updates"]:
                    for writer, value in zip(writers, row[name]):
                        writer.add_scalar(name, value, row["updates"])
            for writer in writers:
                writer.flush()
            done = len(curve)

        yield draw


def _writers(folder: Path | None, seeds: int) -> Iterator:
    if folder is None:
        return
    try:
        from torch.utils.tensorboard import SummaryWriter  # takes a moment, and tensorboard may not be installed
    except Exception as error:  # whatever a broken install raises: no training ends for want of a drawing
        if not isinstance(error, ModuleNotFoundError) or error.name != "tensorboard":
            warnings.warn(f"no event files are written: tensorboard is broken ({error})", stacklevel=2)
        return  # what is there stays: the next program that can write it anew does so
    for stale in folder.glob(FILES):
        stale.write_bytes(b"")  # a TensorBoard that looks on waits for a file that is gone, and never takes the next
    for k in range(seeds):  # purge_step: one that looks on forgets what it has read
        yield SummaryWriter(str(folder / f"seed_{k}"), purge_step=0, filename_suffix=MINE)
