"""A robot's process, as its parent sees it: asked, answering, ended. Whatever goes wrong with it is `Lost`."""

import json
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import numpy as np

from marl_helpers.robots import robot

START, ANSWER = 600, 60  # seconds that a process may take to be ready, and to answer or to end
ANSWERS = robot.answer()


class Lost(RuntimeError):
    """A robot's process has ended, or does not answer."""


class Remote:
    """A robot in a process of its own. Whatever takes too long, or finds the process ended, raises Lost.

    Control-C reaches the parent alone, as the process is of another session; and it ends when its input does, so that
    it outlives no parent, however that one ends.
    """

    def __init__(self, folder: str | Path, agent: int, obs_dim: int | None = None):
        # A pipe that nobody empties would hold it up.
        self.errors = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115
        self.socket, its = socket.socketpair()  # a pipe of two ways, whose waits can have an end
        command = [sys.executable, "-P", robot.__file__, str(robot.place(folder)), str(agent)]
        command += [] if obs_dim is None else [str(obs_dim)]
        with its:
            self.process = subprocess.Popen(command, stdin=its, stdout=its, stderr=self.errors, start_new_session=True)
        self.socket.settimeout(START)

    def ready(self) -> dict:
        """Wait until it can be asked; returns what it says of itself."""
        line = b""
        while not line.endswith(b"\n"):
            line += self._receive(1)
        self.socket.settimeout(ANSWER)
        return json.loads(line)

    def ask(self, question: np.void) -> None:
        """Send what the robot sees; its answer is to be received next."""
        try:
            self.socket.sendall(question.tobytes())
        except OSError as error:
            raise Lost(self._why(error)) from error

    def answer(self) -> np.void:
        """The action, and the seconds that deciding took."""
        return np.frombuffer(self._receive(ANSWERS.itemsize), ANSWERS)[0]

    def close(self) -> None:
        """End the process, at once: it has nothing to save."""
        self.process.kill()
        self.process.wait()
        self.socket.close()
        self.errors.close()

    def _receive(self, size: int) -> bytes:
        found = b""
        while len(found) < size:
            try:
                part = self.socket.recv(size - len(found))
            except OSError as error:
                raise Lost(self._why(error)) from error
            if not part:
                raise Lost(self._why(None))
            found += part
        return found

    def _why(self, error: OSError | None) -> str:
        if isinstance(error, TimeoutError):
            return f"did not answer within {self.socket.gettimeout():g} s"
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(ANSWER)  # its end of the pipe closes a moment before
        self.errors.seek(0)
        said = self.errors.read().strip().splitlines()[-1:]
        code = self.process.returncode
        how = f"by {signal.Signals(-code).name}" if code is not None and code < 0 else f"with status {code}"
        return ": ".join([f"ended {how}", *said])
