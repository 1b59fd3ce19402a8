"""A process that plays a share of the games of `_pool`. It is run as a file, and loads what the games need alone.

A message is (method of Shares, keys of worlds that are dropped, arguments); the answer is (whether it went well, the
result or the pickled error). It ends with its parent, or when that hangs up and tells it to by SIGTERM, and closes what
it plays. A cluster that tells every process of a job to end tells the parent too, which decides when.
"""

import os
import pickle
import select
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


def _gone(parent: Connection) -> bool:
    """Whether the other end has hung up, also with a message of it still to be read."""
    line = select.poll()
    line.register(parent.fileno(), 0)  # which tells of nothing but this
    return bool(line.poll(0))


def _listen(parent: Connection) -> None:
    """Heed SIGTERM once the parent has hung up, and no other signal that ends a training."""

    def stop(*_) -> None:
        if _gone(parent):
            sys.exit()  # as Python does, which closes the games that there are (see `_instances.Games`)

    signal.signal(signal.SIGTERM, stop)
    for name in ("SIGINT", "SIGHUP", "SIGUSR1"):
        if hasattr(signal, name):  # Windows has not all of them
            signal.signal(
                getattr(signal, name), lambda *_: None
            )  # SIG_IGN would pass on to programs that a game starts


def main() -> None:
    parent = Connection(os.dup(0))
    _listen(parent)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # whoever asks a person something gets no message of the parent's
    shares = Shares()
    try:
        with suppress(EOFError, OSError):  # the parent has ended
            while True:
                method, dropped, arguments = parent.recv()
                for key in dropped:
                    shares.games.pop(key, None)
                parent.send(_answer(getattr(shares, method), *arguments))
    finally:  # the games are closed from here on, and being told again must not end that
        signal.signal(signal.SIGTERM, signal.SIG_IGN)


if __name__ == "__main__":
    main()
