"""Whole files: written beside under a fresh name, then put in place, so that readers find the old one or the new one.

Nothing is written through a link: what lies in a folder may be from others, and point at what is outside.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

WRITING = ".writing"  # ends the names of files that are not in place yet
LOCK = ".lock"  # in a folder that one program at a time may use
NO_LINKS = getattr(os, "O_NOFOLLOW", 0)  # Windows has no such flag


class NotWritten(OSError):
    """What could not be written, and why; a file that was there before is as it was."""

    def __init__(self, path: Path, error: OSError, remedy: str = ""):
        self.reason = error.strerror or str(error)
        first = f"make {path.parent} first" if isinstance(error, FileNotFoundError) else "make room there"
        remedy = remedy or f"{first}, or give another folder"
        super().__init__(f"{path} cannot be written ({self.reason}): {remedy}")


class InUse(OSError):
    """A folder that another program uses."""


def write(path: Path, content: str | bytes) -> None:
    """Put a text, in UTF-8, or bytes in place; raises NotWritten."""
    with whole(path) as file:
        file.write(content.encode() if isinstance(content, str) else content)


@contextmanager
def whole(path: Path, before: Path | None = None) -> Iterator[BinaryIO]:
    """Lend a file to write, which then takes the place of `path`; what was there goes to `before`, if that is given.

    On any exception nothing is left of it. Raises NotWritten for every OSError, and where a link is in the way.
    """
    beside = path.with_name(f".{path.name}.{uuid4().hex}{WRITING}")
    with written(path):
        for given in filter(None, (path, before)):
            refuse_link(given)
        try:
            with open(beside, "xb") as file:  # x: a new file, whatever may lie at that name
                yield file
                file.flush()
                os.fsync(file.fileno())
            if before and path.exists():
                os.replace(path, before)
            os.replace(beside, path)
        except BaseException:
            with suppress(OSError):
                beside.unlink()
            raise


def append(path: Path, content: bytes, new: bool = False) -> None:
    """Add to the end of a file, all or nothing; `new`: of one that must not be there yet. Raises NotWritten."""

    def opener(name: str, flags: int) -> int:
        return os.open(name, flags | NO_LINKS, 0o666)

    with written(path), open(path, "xb" if new else "ab", buffering=0, opener=opener) as file:
        start, done = file.seek(0, os.SEEK_END), 0
        try:
            while done < len(content):
                done += file.write(content[done:])
        except BaseException:
            if new:
                path.unlink()
            elif file.seek(0, os.SEEK_END) == start + done:  # nobody else has written meanwhile
                file.truncate(start)
            raise


def sweep(folder: Path) -> None:
    """Take away what killed programs were about to write here. Raises NotWritten."""
    for left in folder.glob(f".*.{'[0-9a-f]' * 32}{WRITING}"):
        with written(left):
            left.unlink()


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep other programs that ask for it out of a folder. Raises InUse where one is there, and NotWritten."""
    from filelock import FileLock, Timeout

    lock = FileLock(folder / LOCK)
    with written(folder / LOCK):
        try:
            lock.acquire(blocking=False)
        except Timeout:
            raise InUse(f"{folder} is in use by another program: wait until it ends, or give another folder") from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def written(path: Path) -> Iterator[None]:
    """Turn what the system says into NotWritten, which names the path."""
    try:
        yield
    except (NotWritten, InUse):
        raise
    except OSError as error:
        raise NotWritten(path, error) from error


def refuse_link(path: Path) -> None:
    """Raise NotWritten where there is a link."""
    if path.is_symlink():
        raise NotWritten(path, OSError("it is a link"), "take it away, or give another folder")
