"""Slurm's jobs, by submitit's executor for one machine: the same bytes, also where one is killed."""

from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from test_sweeping import GRID, metrics

from marl_helpers import sweep
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
    """Jobs import this checkout."""
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


def kills(monkeypatch, folder: Path) -> Killer:
    """Have it look whenever the sweep looks whether a training has ended."""
    killer, honest = Killer(folder), PLACES["slurm"].ended
    monkeypatch.setattr(PLACES["slurm"], "ended", lambda self, job: (killer.look(), honest(self, job))[1])
    return killer


@pytest.mark.learning
def test_jobs_of_slurm_come_to_the_same_bytes_though_one_is_killed(tmp_path, undisturbed, monkeypatch):
    killer = kills(monkeypatch, tmp_path / NAMES[0])
    swept = sweep(LONG, tmp_path, on="slurm", place=HERE, quiet=True)
    assert swept.done and killer.killed == 1, swept
    same(tmp_path, undisturbed)
    assert sweep(LONG, tmp_path, on="slurm", place=HERE, quiet=True).done
    assert len(list((tmp_path / "slurm").glob("*_submitted.pkl"))) == 3  # two, and the killed one again


def test_what_slurm_does_not_know_is_named(tmp_path, monkeypatch):
    """A wrong option; and that there is no cluster here."""
    with pytest.raises(ValueError, match=r"place is {'cluster': 'local', 'nodez': 3}, and submitit says: "):
        sweep(GRID, tmp_path, on="slurm", place={**HERE, "nodez": 3})
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ValueError, match=r"place is {}, and submitit says: .*slurm cluster.*: correct it"):
        sweep(GRID, tmp_path, on="slurm")
