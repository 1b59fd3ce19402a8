"""Where trainings run: on this machine, each in a process of its own, or on a cluster of Slurm or of Ray.

Each place starts trainings, tells whether one has ended, stops one in good order, and closes. None judges by what a
training returns whether it is done: its folder says that.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from marl_helpers.basics import arguments
from marl_helpers.basics.files import NotWritten, written
from marl_helpers.sweeps import ray_clusters
from marl_helpers.sweeps.cells import FAILED, KINDS, LOST, Ended, carry_out, ended
from marl_helpers.sweeps.grid import Cell

PIN = "submitit>=1.5.4,<1.6"
LOG = "sweep.log"  # in a training's folder: whatever it said
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
Started = tuple[Cell, Path]


def cores() -> int:
    """How many this program may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def paths() -> str:
    """PYTHONPATH for a program on this machine that is to import what this one can."""
    return os.pathsep.join(path or os.getcwd() for path in sys.path)


class Local:
    """Processes on this machine, one thread each. Control-C reaches the sweep alone, and they end with it."""

    def __init__(self, folder: Path, workers: int | None, options: Mapping[str, Any]):
        if options:
            raise ValueError(f"place is {arguments.shown(options)}: give none, as local has no options")
        self.room, self.going = workers or cores(), set()

    def start(self, cells: Sequence[Started]) -> list:
        """A job for each of these trainings, which begin."""
        return [self._start(*one) for one in cells]

    def _start(self, cell: Cell, folder: Path) -> tuple[subprocess.Popen, Started] | Ended:
        command = [sys.executable, "-m", "marl_helpers.sweeps.cells", str(folder), json.dumps(cell.asked)]
        environment = {**os.environ, **ONE_THREAD, "PYTHONPATH": paths()}
        try:
            with written(folder / LOG), open(folder / LOG, "ab") as log:
                how = {"stdin": subprocess.PIPE, "stdout": log, "stderr": log, "env": environment}
                process = subprocess.Popen(command, start_new_session=True, **how)
        except NotWritten as error:
            return Ended(FAILED, str(error))
        self.going.add(process)
        return process, (cell, folder)

    def ended(self, job: tuple[subprocess.Popen, Started] | Ended) -> Ended | None:
        """How a job has ended; None while it goes on."""
        if isinstance(job, Ended):  # it could not even begin
            return job
        process, (cell, folder) = job
        status = process.poll()
        if status is None:
            return None
        self.going.discard(process)
        process.stdin.close()
        if status < 0:
            return Ended(LOST, f"its process was ended by {signal.Signals(-status).name}")
        kind = KINDS[status] if status < len(KINDS) else FAILED
        told = ended(cell.asked, folder)
        if told and told.kind == kind:
            return told
        return Ended(kind, f"see {folder / LOG}" if kind == FAILED else "")

    def stop(self, job: tuple[subprocess.Popen, Started] | Ended) -> None:
        """Tell a job to end in good order."""
        if not isinstance(job, Ended):
            job[0].stdin.close()

    def close(self) -> None:
        """End whatever still runs at once."""
        for process in self.going:
            process.kill()
            process.wait()
            process.stdin.close()


class Slurm:
    """Jobs of a Slurm cluster, by submitit; its logs go to the folder `slurm` of the sweep."""

    def __init__(self, folder: Path, workers: int | None, options: Mapping[str, Any]):
        try:
            import submitit
        except ModuleNotFoundError:
            raise ModuleNotFoundError(f"on='slurm' needs submitit: pip install '{PIN}'") from None
        asked = {"name": "sweep", "cpus_per_task": 1, "mem_gb": 2, "timeout_min": 60, **options}
        cluster = asked.pop("cluster", "slurm")
        try:
            self.executor = submitit.AutoExecutor(folder / "slurm", cluster=cluster)
            self.executor.update_parameters(**asked)
        except (NameError, RuntimeError, TypeError, ValueError) as error:  # all of them submitit's
            why = " ".join(str(error).split())
            raise ValueError(f"place is {arguments.shown(options)}, and submitit says: {why}: correct it") from None
        self.room = workers or sys.maxsize

    def start(self, cells: Sequence[Started]) -> list:
        """A job for each of these trainings, all in one array."""
        with self.executor.batch():
            return [self.executor.submit(carry_out, dict(cell.asked), str(folder.resolve())) for cell, folder in cells]

    def ended(self, job: Any) -> Ended | None:
        """How a job has ended; None while it waits or goes on."""
        if not job.done():
            return None
        try:
            return job.result()
        except Exception as error:  # its process, its node or its time is gone
            return Ended(LOST, _said(error))

    def stop(self, job: Any) -> None:
        """Cancel a job: Slurm's SIGTERM has it end in good order."""
        job.cancel()

    def close(self) -> None:
        """What was submitted needs no program here."""


class Ray:
    """Tasks of Ray, a program and a CPU each, on a cluster that runs, or one on this machine for this sweep alone."""

    def __init__(self, folder: Path, workers: int | None, options: Mapping[str, Any]):
        asked = {"num_cpus": 1, **options}
        address = asked.pop("address", None) or os.environ.get("RAY_ADDRESS")
        self.room = workers or (sys.maxsize if address else cores())
        environment = ONE_THREAD if address else {**ONE_THREAD, "PYTHONPATH": paths()}
        cluster = ray_clusters.running(address) if address else ray_clusters.started(self.room)
        with ExitStack() as stack:
            self.ray = stack.enter_context(cluster)
            try:
                # A fresh program for each training, as elsewhere; what is lost is tried again by the sweep, not by Ray.
                task = self.ray.remote(max_calls=1, max_retries=0)(_logged)
                self.task = task.options(runtime_env={"env_vars": environment}, **asked)
            except (TypeError, ValueError) as error:
                why = " ".join(str(error).split())
                raise ValueError(f"place is {arguments.shown(options)}, and Ray says: {why}: correct it") from None
            if not address:  # a cluster that runs may grow, this one does not
                there = self.ray.cluster_resources()
                for name, resource in {"num_cpus": "CPU", "num_gpus": "GPU", "memory": "memory"}.items():
                    if (asked.get(name) or 0) > (most := there.get(resource, 0)):
                        raise ValueError(f"{name} is {asked[name]}: give at most {most:g}, which is what is here")
            self.leave = stack.pop_all()

    def start(self, cells: Sequence[Started]) -> list:
        """A job for each of these trainings, which begin where Ray has room."""
        refs = [self.task.remote(dict(cell.asked), str(folder.resolve())) for cell, folder in cells]
        return [(ref, ref.future()) for ref in refs]

    def ended(self, job: tuple[Any, Future]) -> Ended | None:
        """How a job has ended; None while it waits or goes on."""
        future = job[1]
        if not future.done():
            return None
        try:
            return future.result()
        except Exception as error:  # its program or its node is gone
            if "No module named 'marl_helpers'" in str(error):
                return Ended(FAILED, "a machine of the cluster lacks marl_helpers: install it there, and start again")
            return Ended(LOST, _said(error))

    def stop(self, job: tuple[Any, Future]) -> None:
        """Cancel a job: Ray's KeyboardInterrupt has it end in good order."""
        self.ray.cancel(job[0])

    def close(self) -> None:
        """Leave the cluster, or end it where it is this sweep's."""
        self.leave.close()


def _logged(asked: Mapping[str, Any], folder: str) -> Ended:
    """`carry_out` in a program of Ray's, which writes into the training's log whatever it says."""
    try:
        path = Path(folder) / LOG
        with written(path), open(path, "a", encoding="utf-8") as log, redirect_stdout(log), redirect_stderr(log):
            return carry_out(asked, folder)
    except NotWritten as error:
        return Ended(FAILED, f"{error}, which every machine of the cluster sees")


def _said(error: Exception) -> str:
    """What an error of a cluster says, in one line that is not too long."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]


PLACES = {"local": Local, "slurm": Slurm, "ray": Ray}
