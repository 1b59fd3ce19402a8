"""Checkpoints that a killed program leaves whole; the one before is kept.

A checkpoint holds tensors, numbers, strings, lists and dictionaries. Loading one never executes anything, and takes no
more memory than the file is long.
"""

import pickletools
import re
import warnings
import zipfile
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch

from marl_helpers.basics import files
from marl_helpers.basics.devices import memory

FORMAT = "marl_helpers training 1"
MADE = r"collections OrderedDict|torch \w+Storage|torch\._utils _rebuild_tensor_v2"  # all that one is made of


class CheckpointError(ValueError):
    """A file that is no checkpoint, or not one of this training."""


def save(path: Path, content: dict) -> None:
    """Put a checkpoint in place, and keep the one before as `<name>.previous`; raises files.NotWritten."""
    with files.whole(path, before=previous(path)) as file:
        try:
            torch.save({"format": FORMAT, **content}, file)
        except RuntimeError as error:  # after a write that failed torch stumbles over its own end of the file
            raise error.__context__ if isinstance(error.__context__, OSError) else error from None


def load(path: Path, device: str | torch.device) -> dict | None:
    """The newest good checkpoint, or None where there is none at all.

    Where the newest is damaged the one before is taken, with a warning. Raises CheckpointError where every file that
    there is is damaged or foreign.
    """
    problems = []
    for candidate in (path, previous(path)):
        if not candidate.exists():
            continue
        try:
            content = read(candidate, device)
        except CheckpointError as error:
            problems.append(str(error))
            continue
        if problems:
            warnings.warn(f"{problems[0]}; going on from {candidate.name}, the checkpoint before", stacklevel=2)
        return content
    if problems:
        raise CheckpointError(f"{'; '.join(problems)}. Move the folder away, or give another one, to start afresh")
    return None


def read(path: Path, device: str | torch.device) -> dict:
    """One file's content; raises CheckpointError where it is damaged, something else, or too large for the memory."""
    try:
        _check_size(path)
        with zipfile.ZipFile(path) as archive:
            _check(archive, path)
        content = torch.load(path, map_location=device, weights_only=True)
        _check_tensors(content, path)
    except CheckpointError:
        raise
    except (zipfile.BadZipFile, UnpicklingError, ValueError, RuntimeError, EOFError, OSError) as error:
        raise CheckpointError(f"{path} is damaged, or no checkpoint ({type(error).__name__})") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise CheckpointError(f"{path} is no checkpoint of this version: it lacks the line {FORMAT!r}")
    return content


def _check_size(path: Path) -> None:
    if not path.is_file():  # what is no file may have no end
        raise CheckpointError(f"{path} is no file")
    size, there = path.stat().st_size, memory("cpu")
    if size > there:
        raise CheckpointError(f"{path} takes {size / 1e9:.3g} GB, and {there / 1e9:.3g} GB of memory are free")


def _check(archive: zipfile.ZipFile, path: Path) -> None:
    """Raise CheckpointError before anything is unpacked that is damaged, or larger than the file, or something else."""
    parts = archive.infolist()
    unpacked, size = sum(part.file_size for part in parts), path.stat().st_size
    if unpacked > size:  # torch does not compress
        raise CheckpointError(f"{path} is no checkpoint: its {size:,} bytes would unpack to {unpacked:,}")
    if broken := archive.testzip():  # reads every byte against its checksum
        raise CheckpointError(f"{path} is damaged, in {broken}")
    for part in parts:
        if part.filename.endswith("data.pkl"):
            for code, name, _ in pickletools.genops(archive.read(part)):
                if code.name == "GLOBAL" and not re.fullmatch(MADE, name):
                    raise CheckpointError(f"{path} is damaged, or no checkpoint: {name} is in it")


def _check_tensors(content: Any, path: Path) -> None:
    """Raise CheckpointError for a tensor that pretends to be larger than its numbers are."""
    left, seen = [content], set()
    while left:
        one = left.pop()
        if id(one) in seen:  # a list may hold itself
            continue
        seen.add(id(one))
        if isinstance(one, torch.Tensor) and one.numel() * one.element_size() > one.untyped_storage().nbytes():
            raise CheckpointError(f"{path} is no checkpoint: it has a tensor of {list(one.shape)} with fewer numbers")
        left += one.values() if isinstance(one, dict) else one if isinstance(one, list | tuple) else ()


def previous(path: Path) -> Path:
    """Where `save` keeps the checkpoint before."""
    return path.with_name(f"{path.name}.previous")
