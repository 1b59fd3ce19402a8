"""Files that a killed program leaves whole: written beside, then put in place; the one before is kept.

A checkpoint holds tensors, numbers, strings, lists and dictionaries. Loading one never executes anything.
"""

import os
import warnings
import zipfile
from pathlib import Path
from pickle import UnpicklingError

import torch

FORMAT = "marl_helpers training 1"


class CheckpointError(ValueError):
    """A file that is no checkpoint, or not one of this training."""


def write(path: Path, text: str) -> None:
    """Put a text file in place: readers find the old one or the new one, whole, whenever this is interrupted."""
    beside = path.with_name(f"{path.name}.writing")
    with open(beside, "w", encoding="utf-8") as file:
        file.write(text)
        _to_disk(file)
    os.replace(beside, path)


def save(path: Path, content: dict) -> None:
    """Put a checkpoint in place, and keep the one before as `<name>.previous`."""
    beside = path.with_name(f"{path.name}.writing")
    with open(beside, "wb") as file:
        torch.save({"format": FORMAT, **content}, file)
        _to_disk(file)
    if path.exists():
        os.replace(path, previous(path))
    os.replace(beside, path)


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
    """One file's content; raises CheckpointError where it is damaged or something else."""
    try:
        with zipfile.ZipFile(path) as archive:
            broken = archive.testzip()  # reads every byte against its checksum
        if broken:
            raise CheckpointError(f"{path} is damaged, in {broken}")
        content = torch.load(path, map_location=device, weights_only=True)
    except (zipfile.BadZipFile, UnpicklingError, UnicodeDecodeError, RuntimeError, EOFError, OSError) as error:
        raise CheckpointError(f"{path} is damaged, or no checkpoint ({type(error).__name__})") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise CheckpointError(f"{path} is no checkpoint of this version: it lacks the line {FORMAT!r}")
    return content


def previous(path: Path) -> Path:
    """Where `save` keeps the checkpoint before."""
    return path.with_name(f"{path.name}.previous")


def _to_disk(file) -> None:
    file.flush()
    os.fsync(file.fileno())
