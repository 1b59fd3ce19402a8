"""Where trainings run: on this machine, each in a process of its own, or on a Slurm cluster.

Each place starts trainings, tells whether one has ended, stops one in good order, and closes. None judges by what a
training returns whether it is done: its folder says that.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from marl_helpers.basics import arguments
from marl_helpers.basics.files import NotWritten, written
from marl_helpers.sweeps.cells import FAILED, KINDS, LOST, Ended, carry_out, ended
from marl_helpers.sweeps.grid import Cell

LOG = "sweep.log"  # in a training's folder: whatever it said
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
Started = tuple[Cell, Path]


class Local:
    """Processes on this machine, one thread each. Control-C reaches the sweep alone, and they end with it."""

    def __init__(self, folder: Path, workers: int | None, options: Mapping[str, Any]):
        if options:
            raise ValueError(f"place is {arguments.shown(options)}: give none, as local has no options")
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        self.room, self.going = workers or cores or 1, set()

    def start(self, cells: Sequence[Started]) -> list:
        """A job for each of these trainings, which begin."""
        return [self._start(*one) for one in cells]

    def _start(self, cell: Cell, folder: Path) -> tuple[subprocess.Popen, Started] | Ended:
        command = [sys.executable, "-m", "marl_helpers.sweeps.cells", str(folder), json.dumps(cell.asked)]
        paths = os.pathsep.join(path or os.getcwd() for path in sys.path)  # what can be imported here can be there
        environment = {**os.environ, **ONE_THREAD, "PYTHONPATH": paths}
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
            raise ModuleNotFoundError("on='slurm' needs submitit: pip install 'marl_helpers[slurm]'") from None
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
            return Ended(LOST, " ".join(f"{type(error).__name__}: {error}".split())[:300])

    def stop(self, job: Any) -> None:
        """Cancel a job: Slurm's SIGTERM has it end in good order."""
        job.cancel()

    def close(self) -> None:
        """What was submitted needs no program here."""


PLACES = {"local": Local, "slurm": Slurm}
