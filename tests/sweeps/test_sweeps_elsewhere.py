"""Slurm's jobs, by submitit's executor for one machine, and Ray's tasks: the same bytes, also where some are killed."""

import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from limits import HANG
from test_sweeping import GRID, metrics

from marl_helpers import sweep, sweeps
from marl_helpers.sweeps.cells import DONE
from marl_helpers.sweeps.places import PLACES
from marl_helpers.sweeps.standing import updates
from marl_helpers.training.loop import train

ROOT = Path(__file__).parents[2]
LONG = {**GRID, "mixer": "qmix", "seed": [0, 1], "updates": 240, "test_every": 4}
NAMES = ["two_step,qmix,seed=0", "two_step,qmix,seed=1"]
HERE = {"cluster": "local"}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """Name -> the metrics of each training of LONG, by `train` alone."""
    folder = tmp_path_factory.mktemp("undisturbed")
    how = {name: value for name, value in LONG.items() if name != "checkpoint_every"}
    for seed, name in enumerate(NAMES):
        train("two_step", folder=folder / name, **{**how, "seed": seed})
    return {name: metrics(folder / name) for name in NAMES}


@pytest.fixture(autouse=True)
def found_by_others(monkeypatch):
    """Jobs and tasks import this checkout."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


def same(folder: Path, undisturbed: dict[str, str]) -> None:
    assert {name: metrics(folder / name) for name in NAMES} == undisturbed


class Killer:
    """Kills, once it has come some way, the process that trains in a folder: the one that has its lock open."""

    def __init__(self, folder: Path):
        self.folder, self.killed = folder, 0

    def look(self) -> None:
        if not self.killed and 8 < (updates(self.folder) or 0) < LONG["updates"] - 40:
            for process in psutil.process_iter():
                with suppress(psutil.Error):
                    if any(file.path == str(self.folder / ".lock") for file in process.open_files()):
                        process.kill()
                        self.killed += 1


def kills(monkeypatch, on: str, folder: Path) -> Killer:
    """Have it look whenever the sweep looks whether a training has ended."""
    killer, honest = Killer(folder), PLACES[on].ended
    monkeypatch.setattr(PLACES[on], "ended", lambda self, job: (killer.look(), honest(self, job))[1])
    return killer


@pytest.mark.learning
def test_jobs_of_slurm_come_to_the_same_bytes_though_one_is_killed(tmp_path, undisturbed, monkeypatch):
    killer = kills(monkeypatch, "slurm", tmp_path / NAMES[0])
    swept = sweep(LONG, tmp_path, on="slurm", place=HERE, quiet=True)
    assert swept.done and killer.killed == 1, swept
    same(tmp_path, undisturbed)
    assert sweep(LONG, tmp_path, on="slurm", place=HERE, quiet=True).done
    assert len(list((tmp_path / "slurm").glob("*_submitted.pkl"))) == 3  # two, and the killed one again


def test_what_slurm_does_not_know_is_named(tmp_path, monkeypatch):
    """A wrong option; and that there is no cluster here."""
    with pytest.raises(
        ValueError, match=r"place is {'cluster': 'local', 'nodez': 3}, and submitit says: "
    ):
        sweep(GRID, tmp_path, on="slurm", place={**HERE, "nodez": 3})
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ValueError, match=r"place is {}, and submitit says: .*slurm cluster.*: correct it"):
        sweep(GRID, tmp_path, on="slurm")


RAY = """
from marl_helpers import sweep
import test_sweeps_elsewhere as elsewhere, pytest
from pathlib import Path
patch, folder = pytest.MonkeyPatch(), Path({folder!r})
killer = elsewhere.kills(patch, "ray", folder / elsewhere.NAMES[0])
swept = sweep(elsewhere.LONG, folder, on="ray", workers=2, quiet=True, place={place!r})
print(killer.killed, swept.done, swept)
"""


def listening(parent: psutil.Process) -> set[str]:
    """The addresses that a program and all that it started listen at."""
    found = set()
    for process in [parent, *parent.children(recursive=True)]:
        with suppress(psutil.Error):
            found |= {one.laddr.ip for one in process.net_connections("inet") if one.status == psutil.CONN_LISTEN}
    return found


@pytest.mark.learning
def test_tasks_of_ray_come_to_the_same_bytes_though_a_worker_is_killed(tmp_path, undisturbed):
    """In a program of its own, as Ray leaves traces in one; all that it starts listens on loopback only."""
    folder = str(tmp_path / "ray")
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "sweeps")])
    code = RAY.format(folder=folder, place={"_temp_dir": "/tmp/ray"})
    addresses: set[str] = set()
    with subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": paths},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as program:
        while program.poll() is None:
            addresses |= listening(psutil.Process(program.pid))
            time.sleep(0.5)
        out, errors = program.communicate(timeout=HANG)
    if program.returncode and "ConnectionError: ray cannot be reached or started" in errors:
        pytest.skip("Ray gives itself 30 seconds to start, which this machine missed three times")
    assert out == f"1 True 2 trainings in {folder}: 2 done\n", errors
    assert addresses and addresses <= {"127.0.0.1", "::1"}
    same(Path(folder), undisturbed)
    assert [one.kind for one in sweeps.look(LONG, folder).trainings.values()] == [DONE] * 2
