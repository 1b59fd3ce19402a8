"""Surroundings that fail, for real: a disk that takes so many bytes of a file, and a folder that takes none."""

import os
import resource
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file can grow beyond that size: the rest of a write fails, as on a full disk, at that very byte.

    Python ignores the signal that comes with it. What has the limit is this process.
    """
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def read_only() -> Iterator[Path]:
    """A folder that nobody may write to, not even root, who is somebody else for that long."""
    with tempfile.TemporaryDirectory() as name:
        folder, root = Path(name), os.geteuid() == 0
        folder.chmod(0o555)
        if root:
            os.seteuid(65534)
        try:
            yield folder
        finally:
            if root:
                os.seteuid(0)
            folder.chmod(0o755)


def names(folder: Path) -> set[str]:
    """All that is in a folder, and in those within."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}
