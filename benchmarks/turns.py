"""Trainings in processes of their own, which take turns: for benchmarks whose trainings cannot share a process."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

HERE = Path(__file__).resolve().parent
WARMING = 3  # updates before anything is measured


class Worker:
    """A training that waits to be told to go on; see workers/pace.py. script: in workers/. told: what to train.

    paths: where it finds modules; variables: of its environment.
    """

    def __init__(
        self,
        script: str,
        told: dict,
        python: str | Path = sys.executable,
        paths: tuple[Path, ...] = (HERE.parent,),
        variables: Mapping[str, str] = MappingProxyType({"OMP_NUM_THREADS": "1"}),
    ):
        (ours, answers), (commands, theirs) = os.pipe(), os.pipe()
        self.folder = tempfile.TemporaryDirectory()
        self.log = Path(self.folder.name) / "log"
        self.process = subprocess.Popen(
            [python, HERE / "workers" / f"{script}.py", json.dumps(told), str(commands), str(answers)],
            pass_fds=(commands, answers),
            stdin=subprocess.DEVNULL,
            stdout=self.log.open("wb"),
            stderr=subprocess.STDOUT,
            cwd=self.folder.name,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths)), **variables},
        )
        os.close(commands), os.close(answers)
        self.commands, self.answers = os.fdopen(theirs, "w"), os.fdopen(ours)

    def __enter__(self) -> "Worker":
        self.update(WARMING)
        return self

    def __exit__(self, *_) -> None:
        self.commands.close()
        self.process.wait(timeout=60)
        self.folder.cleanup()

    def ask(self, command: str) -> dict:
        try:
            print(command, file=self.commands, flush=True)
            line = self.answers.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            sys.exit(
                f"a worker has ended. Its last words:\n{self.log.read_text(encoding='utf-8', errors='replace')[-2000:]}"
            )
        return json.loads(line)

    def update(self, count: int, time: str = "seconds") -> tuple[int, float]:
        """Train for that many updates: the environment steps and the seconds that took; those of its "processor"."""
        answer = self.ask(f"update {count}")
        return answer["steps"], answer[time]

    def test(self, count: int) -> list[float]:
        """The mean return, of each seed, of that many greedy episodes."""
        return self.ask(f"test {count}")["returns"]


def spread(values: list[float], form: str) -> str:
    """The median, and between what it lies."""
    return f"{statistics.median(values):{form}} ({min(values):{form}} to {max(values):{form}})"


def pin() -> None:
    """Stay on one core, as do all workers from now on; where that can be done."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
