"""A process that plays a share of the games of `_pool`. It is run as a file, and loads what the games need alone.

A message is (method of Shares, keys of worlds that are dropped, arguments); the answer is (whether it went well, the
result or the pickled error). It ends with its parent, or when it is told to by SIGTERM, and closes what it plays.
"""

import os
import pickle
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection


class Shares:
    """This process's share of every world's games, by the world's key."""

    def __init__(self):
        self.make, self.games = None, {}

    def load(self, path: list[str], make: bytes) -> None:
        """Take what makes a share, pickled, and where it may import from."""
        sys.path[:] = path
        self.make = pickle.loads(make)

    def reset(self, key: int, seeds: Sequence[int]) -> tuple:
        """What `_instances.Games.reset` returns."""
        self.games[key] = self.make()
        return tuple(self.games[key].reset(seeds))

    def step(self, key: int, actions: Sequence[list[int]], over: Sequence[bool]) -> tuple:
        """What `_instances.Games.step` returns, as one tuple."""
        seen, brought = self.games[key].step(actions, over)
        return *seen, brought


def _answer(call: Callable, *arguments) -> tuple[bool, object]:
    try:
        return True, call(*arguments)
    except Exception as error:
        error.add_note(f"In a worker process:\n{traceback.format_exc()}")
        return False, _pickled(error)


def _pickled(error: Exception) -> bytes:
    import cloudpickle  # Gymnasium brings it; needed for errors that are defined in a notebook

    with suppress(Exception):
        pickle.loads(content := cloudpickle.dumps(error))
        return content
    plain = RuntimeError(f"{type(error).__name__}: {error}")  # many errors that take several arguments cannot be read
    plain.__notes__ = error.__notes__
    return pickle.dumps(plain)


def _stop(*_) -> None:
    """End as Python does, which closes the games that there are (see `_instances.Games`)."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough
    sys.exit()


def main() -> None:
    signal.signal(signal.SIGTERM, _stop)
    parent = Connection(os.dup(0))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # whoever asks a person something gets no message of the parent's
    shares = Shares()
    with suppress(EOFError, OSError):  # the parent has ended
        while True:
            method, dropped, arguments = parent.recv()
            for key in dropped:
                shares.games.pop(key, None)
            parent.send(_answer(getattr(shares, method), *arguments))


if __name__ == "__main__":
    main()
