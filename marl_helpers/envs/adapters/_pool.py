"""Games divided over several processes. Loaded by parallel.py with its first use, as it needs Gymnasium.

Gymnasium's AsyncVectorEnv has one space for all its processes and all its time; here the number of games changes with
every reset, and need not divide evenly. multiprocessing's own processes would run a script without a main guard again.
"""

import itertools
import pickle
import signal
import socket
import subprocess
import sys
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

import cloudpickle  # Gymnasium brings it
import numpy as np

from marl_helpers.envs.adapters import _instances, _listed, _reading, _worker, theirs
from marl_helpers.envs.adapters.simulators import WorkerLost

BY_VALUE = (_instances, _listed, _reading, theirs)  # to import them there would load PyTorch
AGAIN = 1  # seconds until a process is told to end once more
GRACE = 5  # seconds for processes that are told to end: what they play is closed meanwhile
INSTEAD = "give a source that another process can import, such as 'module:function', or workers=0"


class Worker:
    """One process. Control-C reaches its parent alone, and it ends with that one, however that ends."""

    def __init__(self):
        mine, its = socket.socketpair()
        with its:
            command = [sys.executable, "-P", _worker.__file__]
            self.process = subprocess.Popen(command, stdin=its, start_new_session=True)
        self.connection = Connection(mine.detach())

    def end(self, seconds: float) -> None:
        """It was told to, and is told again: Python ignores exceptions here and there, and a game may catch one.

        It is killed if it has not ended within some seconds.
        """
        last = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < last:
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(min(AGAIN, max(0, last - time.monotonic())))
            self.process.terminate()
        self.process.kill()
        self.process.wait()

    def how(self) -> str:
        """How the process ended."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(60)  # its end of the connection closes a moment before
        code = self.process.returncode
        return f"by {signal.Signals(-code).name}" if code is not None and code < 0 else f"with status {code}"


class Pool:
    """Processes that play games, until an error or Control-C, or until nobody has this pool any more.

    Raises ValueError where the processes cannot have what makes the games.
    """

    def __init__(self, count: int, make: Callable[[], _instances.Games], name: str):
        self.name, self.count, self.keys, self.dropped = name, count, itertools.count(), deque()
        self.lock, self.workers = threading.Lock(), []
        self.end = weakref.finalize(self, _end, self.workers)
        content = self._pickled(make)
        self.workers.extend(Worker() for _ in range(count))
        try:
            self.ask("load", [(sys.path, content)] * count)
        except WorkerLost:
            raise
        except Exception as error:
            what = f"a worker process cannot load what makes a game ({type(error).__name__}: {error})"
            raise ValueError(f"{name}: {what}: {INSTEAD}") from error

    def ask(self, method: str, arguments: Sequence[tuple]) -> list[Any]:
        """What that method of each process's Shares returns; raises what it raises, and WorkerLost for one that ended.

        After an error, or Control-C, no process is left.
        """
        if not self.end.alive:
            raise WorkerLost(f"{self.name}: the world's games ended with an error or Control-C: reset for new ones")
        with self.lock:
            dropped = [self.dropped.popleft() for _ in range(len(self.dropped))]
            try:
                for k, own in enumerate(arguments):
                    self._with(k, self.workers[k].connection.send, (method, dropped, own))
                return [self._answer(k) for k in range(self.count)]
            except BaseException:
                self.end()
                raise

    def _answer(self, k: int) -> Any:
        well, answer = self._with(k, self.workers[k].connection.recv)
        if not well:
            raise pickle.loads(answer)
        return answer

    def _with(self, k: int, call: Callable, *arguments) -> Any:
        try:
            return call(*arguments)
        except (EOFError, OSError):
            what = f"worker process {k + 1} of {self.count} ended {self.workers[k].how()}"
            remedy = "reset for new ones; if it happens again give fewer workers, or workers=0 to see why"
            raise WorkerLost(f"{self.name}: {what}, and its games with it: {remedy}") from None

    def _pickled(self, make: Callable) -> bytes:
        for module in BY_VALUE:
            cloudpickle.register_pickle_by_value(module)
        try:
            return cloudpickle.dumps(make)
        except Exception as error:
            what = f"what makes a game cannot be sent to a worker process ({error})"
            raise ValueError(f"{self.name}: {what}: {INSTEAD}") from error
        finally:
            for module in BY_VALUE:
                cloudpickle.unregister_pickle_by_value(module)


class Divided:
    """A world's games in the processes of a pool; `reset` and `step` are those of `_instances.Games`."""

    def __init__(self, pool: Pool):
        self.pool, self.key = pool, next(pool.keys)
        weakref.finalize(self, pool.dropped.append, self.key).atexit = False  # said with the next message

    def reset(self, seeds: Sequence[int]) -> _instances.Seen:
        return _instances.Seen(*self._ask("reset", seeds))

    def step(self, actions: Sequence[list[int]], over: Sequence[bool]) -> tuple[_instances.Seen, np.ndarray]:
        *seen, brought = self._ask("step", actions, over)
        return _instances.Seen(*seen), brought

    def _ask(self, function: str, *lists: Sequence) -> list[np.ndarray]:
        count, games = self.pool.count, len(lists[0])
        bounds = [games * k // count for k in range(count + 1)]
        shares = [(self.key, *(x[a:b] for x in lists)) for a, b in itertools.pairwise(bounds)]
        return [np.concatenate(parts) for parts in zip(*self.pool.ask(function, shares))]


def _end(workers: list[Worker]) -> None:
    for worker in workers:
        worker.connection.close()  # without which it does not heed the signal
        worker.process.terminate()
    end = time.monotonic() + GRACE
    for worker in workers:
        worker.end(max(0, end - time.monotonic()))
    workers.clear()
