"""What a sweep makes of trainings that are done, begun, failing, lost or another's, in this program; then in others."""

import json
import os
import sys
from collections import deque
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from quick import LITTLE, SMALL

from marl_helpers import load, sweep, sweeps
from marl_helpers.basics.files import alone
from marl_helpers.sweeps import sweeping
from marl_helpers.sweeps.cells import DONE, ENDED, FAILED, LOST, Ended, carry_out
from marl_helpers.sweeps.places import LOG, Local
from marl_helpers.training.loop import Training, train
from marl_helpers.training.plan import METRICS

LEARN = {name: value for part in (SMALL, LITTLE) for name, value in asdict(part).items() if name != "mixer_options"}
GRID = {"mixer": ["vdn", "qmix"], "seed": [0, 1], "seeds": 2, "device": "cpu", "checkpoint_every": 0, **LEARN}
NAMES = [f"two_step,{mixer},seed={seed}" for mixer in ("vdn", "qmix") for seed in (0, 1)]


def metrics(folder: Path) -> str:
    """metrics.csv without its last column, the seconds."""
    return "\n".join(line.rpartition(",")[0] for line in (folder / METRICS).read_text().splitlines())


def kinds(swept) -> list[str]:
    return [one.kind for one in swept.trainings.values()]


class Here:
    """A place in this program, where each training runs when it is asked for; `how` may have it end otherwise."""

    started: list[str]

    def __init__(self, *_):
        self.room = 1

    def start(self, cells):
        self.started.extend(cell.name for cell, _ in cells)
        return cells

    def ended(self, job):
        cell, folder = job
        return carry_out(cell.asked, folder)

    def stop(self, job):
        pass

    def close(self):
        self.started.append("closed")


@pytest.fixture
def here(monkeypatch):
    monkeypatch.setattr(sweeping, "PAUSE", 0.0)
    place = type("Here", (Here,), {"started": []})
    monkeypatch.setitem(sweeping.PLACES, "local", place)
    return place


@pytest.fixture(scope="module")
def alone_(tmp_path_factory):
    """Name -> the metrics of each training of GRID, by `train` alone."""
    found = {}
    for name in NAMES:
        _, mixer, seed = name.split(",")
        folder = tmp_path_factory.mktemp("alone") / name
        how = {"seed": int(seed.removeprefix("seed=")), "seeds": 2, "device": "cpu", "plan": SMALL, "settings": LITTLE}
        train("two_step", mixer=mixer, folder=folder, **how)
        found[name] = metrics(folder)
    return found


def test_each_is_trained_as_if_alone_and_once(here, alone_, tmp_path, capsys):
    swept = sweep(GRID, tmp_path)
    assert list(swept.trainings) == NAMES and kinds(swept) == [DONE] * 4 and swept.done
    assert {name: metrics(tmp_path / name) for name in NAMES} == alone_
    assert here.started == [*NAMES, "closed"]
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(";")[0] for line in lines] == [f"{k + 1} of 4: {name} done" for k, name in enumerate(NAMES)]
    assert all(line.endswith(" left") for line in lines[:3]) and "left" not in lines[3]
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.name != ".lock"}
    assert kinds(sweep(GRID, tmp_path, quiet=True)) == [DONE] * 4
    assert here.started[5:] == ["closed"] and capsys.readouterr().err == ""
    assert before == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.name != ".lock"}


def test_all_of_it_is_one_table_with_the_seeds_of_each_method_together(here, tmp_path):
    swept = sweep(GRID, tmp_path, quiet=True)
    (task,) = swept.compare("steps").curves.values()
    for mixer, curve in task.items():
        returns = [load(tmp_path / f"two_step,{mixer},seed={seed}").returns for seed in (0, 1)]
        assert np.allclose(sorted(curve.last), sorted(np.concatenate(returns)))
    assert repr(swept) == f"4 trainings in {tmp_path}: 4 done"


def test_more_updates_go_on_and_another_rate_is_told(here, alone_, tmp_path):
    sweep({**GRID, "updates": 2}, tmp_path, quiet=True)
    swept = sweep(GRID, tmp_path, quiet=True)
    assert swept.done and {name: metrics(tmp_path / name) for name in NAMES} == alone_
    swept = sweep({**GRID, "rate": 0.5}, tmp_path, quiet=True)
    assert kinds(swept) == [FAILED] * 4
    assert all(
        "the checkpoint's rate is 0.0005, and this training's 0.5" in one.why for one in swept.trainings.values()
    )


def test_one_that_fails_is_told_and_stops_no_other(here, tmp_path, monkeypatch, capfd):
    honest = Training.round

    def round_(self):
        if self.seed == 1 and self.method == "vdn":
            raise ZeroDivisionError("of a test\nin two lines")
        honest(self)

    monkeypatch.setattr(Training, "round", round_)
    swept = sweep(GRID, tmp_path, quiet=True)
    assert kinds(swept) == [DONE, FAILED, DONE, DONE] and not swept.done
    assert swept.trainings[NAMES[1]].why == "ZeroDivisionError: of a test in two lines"
    assert "Traceback" in capfd.readouterr().err  # which a process writes into its log
    assert repr(swept).splitlines()[1] == f"{NAMES[1]}: failed (ZeroDivisionError: of a test in two lines)"
    assert sweeps.look(GRID, tmp_path) == swept
    monkeypatch.undo()
    monkeypatch.setitem(sweeping.PLACES, "local", here)
    assert sweep(GRID, tmp_path, quiet=True).done


def test_seeds_that_diverged_are_told(here, tmp_path, monkeypatch):
    honest = Training.test

    def test(self):
        self.bad[0] = 2 * (self.updates > 2)
        return honest(self)

    monkeypatch.setattr(Training, "test", test)
    swept = sweep({**GRID, "seed": 0}, tmp_path, quiet=True)
    assert swept.done and all(one.why.startswith("seed 0 diverged at update 2") for one in swept.trainings.values())


def test_a_folder_that_another_program_uses_is_waited_for(here, tmp_path, monkeypatch):
    """As where two sweeps share a folder: the rest is trained meanwhile, and what the other has done is skipped."""
    monkeypatch.setattr(sweeping, "LATER", 0.01)
    other = tmp_path / NAMES[0]
    other.mkdir()
    lock, looks = alone(other), deque()
    lock.__enter__()
    honest = sweeping.in_use

    def in_use(folder):
        found = honest(folder)
        looks.append(folder)
        if looks.count(other) == 5:
            assert here.started == NAMES[1:]
            assert sweeps.look(GRID, tmp_path).trainings[NAMES[0]] == Ended("going on", "0 of 6 updates")
            lock.__exit__(None, None, None)
            asked = next(one for one in sweeping.cells(GRID) if one.name == NAMES[0]).asked
            assert carry_out(asked, other).kind == DONE
        return found

    monkeypatch.setattr(sweeping, "in_use", in_use)
    assert sweep(GRID, tmp_path, quiet=True).done
    assert here.started == [*NAMES[1:], "closed"]


def test_what_gets_lost_goes_on_while_it_comes_further_and_is_given_up_else(here, alone_, tmp_path, monkeypatch):
    """Each try of the first comes two updates further; the second is lost before it begins."""
    tries = dict.fromkeys(NAMES, 0)

    def ended(self, job):
        cell, folder = job
        tries[cell.name] += 1
        if cell.name == NAMES[0] and tries[cell.name] < 3:
            asked = {**cell.asked, "updates": 2 * tries[cell.name]}
            assert carry_out(asked, folder).kind == DONE
            return Ended(LOST, "its process was ended by SIGKILL")
        return Ended(LOST, "its node is gone") if cell.name == NAMES[1] else carry_out(cell.asked, folder)

    monkeypatch.setattr(here, "ended", ended)
    swept = sweep(GRID, tmp_path, quiet=True)
    assert kinds(swept) == [DONE, LOST, DONE, DONE] and list(tries.values()) == [3, 3, 1, 1]
    assert swept.trainings[NAMES[1]].why == "its node is gone, 3 times after 0 updates"
    assert metrics(tmp_path / NAMES[0]) == alone_[NAMES[0]]


def test_a_folder_that_cannot_be_made_stops_no_other(here, tmp_path):
    (tmp_path / NAMES[2]).write_text("a file")
    swept = sweep(GRID, tmp_path, quiet=True)
    assert kinds(swept) == [DONE, DONE, FAILED, DONE] and "cannot be written" in swept.trainings[NAMES[2]].why


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"kind": "done"}', "null", '{"kind": 3, "asked": {}}', "[" * 10**5]
)
def test_what_is_no_note_of_an_end_counts_for_none(content, here, tmp_path):
    sweep({**GRID, "seed": 0}, tmp_path, quiet=True)
    (tmp_path / NAMES[0] / ENDED).write_text(content)
    assert sweeps.look(GRID, tmp_path).trainings[NAMES[0]] == Ended("begun", "6 of 6 updates")
    assert sweep({**GRID, "seed": 0}, tmp_path, quiet=True).done  # the checkpoint has it all


def test_looking_tells_what_is_not_begun_and_needs_a_test_to_compare(tmp_path):
    swept = sweeps.look(GRID, tmp_path / "nowhere")
    assert kinds(swept) == ["not begun"] * 4 and not (tmp_path / "nowhere").exists()
    with pytest.raises(ValueError, match="nothing is tested yet"):
        swept.compare()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"on": "mars"}, "on is 'mars': choose one of local, slurm, ray"),
        ({"workers": 0}, "workers is 0: give a whole number of at least 1"),
        ({"place": {"partition": "cpu"}}, r"place is {'partition': 'cpu'}: give none"),
        ({"place": 3}, "place is 3: give a dictionary"),
    ],
)
def test_a_bad_argument_is_named(given, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        sweep(GRID, tmp_path, **given)


@pytest.mark.parametrize(("on", "package"), [("slurm", "submitit"), ("ray", "ray")])
def test_what_is_not_installed_is_named_with_what_to_install(on, package, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ModuleNotFoundError, match=f"needs {package}: pip install '{package}>="):
        sweep(GRID, tmp_path, on=on)


def test_processes_train_to_the_same_bytes_on_one_thread_each(alone_, tmp_path):
    names = [NAMES[0], NAMES[2]]
    swept = sweep({**GRID, "seed": 0}, tmp_path, workers=2, quiet=True)
    assert swept.done, [(tmp_path / name / LOG).read_text() for name in names]
    assert {name: metrics(tmp_path / name) for name in names} == {name: alone_[name] for name in names}
    for name in names:
        (program,) = json.loads((tmp_path / name / "config.json").read_text())["programs"]
        assert program["device"].endswith("CPU, 1 threads") and "marl_helpers.sweeps.cells" in program["command"]


def test_there_is_room_for_as_many_as_there_are_cores_or_as_are_asked_for(tmp_path):
    assert Local(tmp_path, None, {}).room == len(os.sched_getaffinity(0)) and Local(tmp_path, 3, {}).room == 3
