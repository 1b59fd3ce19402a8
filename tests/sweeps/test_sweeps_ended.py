"""Sweeps whose workers or own program are ended from outside, and two in one folder: the numbers stay the same."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from limits import HANG
from test_sweeping import GRID, metrics

from marl_helpers import sweeps
from marl_helpers.sweeps.cells import DONE
from marl_helpers.sweeps.standing import updates
from marl_helpers.training.config import CONFIG
from marl_helpers.training.loop import train

ROOT = Path(__file__).parents[2]
LONG = {**GRID, "seed": 0, "updates": 240, "test_every": 4}  # a second or two
NAMES = ["two_step,vdn,seed=0", "two_step,qmix,seed=0"]
pytestmark = pytest.mark.learning


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """Name -> the metrics of each training of LONG, by `train` alone."""
    folder = tmp_path_factory.mktemp("undisturbed")
    how = {name: value for name, value in LONG.items() if name not in ("mixer", "checkpoint_every")}
    for name, mixer in zip(NAMES, LONG["mixer"]):
        train("two_step", mixer=mixer, folder=folder / name, **how)
    return {name: metrics(folder / name) for name in NAMES}


# A program inherits what its shell ignores, SIGHUP under nohup and SIGINT in the background, and so a sweep would here.
SIGNALS_AS_USUAL = "from signal import *; signal(SIGHUP, SIG_DFL); signal(SIGINT, default_int_handler); "


class Program:
    """A sweep in a program of its own, which is ended with what it started when the test is over."""

    def __init__(self, folder: Path, grid: dict, workers: int | None, python: str | Path = sys.executable, **how):
        code = (
            SIGNALS_AS_USUAL
            + f"from marl_helpers import sweep; print(sweep({grid!r}, {str(folder)!r}, workers={workers}, **{how!r}))"
        )
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        self.folder, self.process = folder, subprocess.Popen([python, "-c", code], env=environment, **pipes)
        self.known: set[psutil.Process] = set()

    def children(self) -> list[psutil.Process]:
        """The programs that it has started and that run now, those of trainings among them."""
        try:
            found = psutil.Process(self.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            found = []
        self.known.update(found)
        return found

    def training(self, name: str) -> psutil.Process | None:
        """The program that trains this one now."""
        for child in self.children():
            with suppress(psutil.Error):
                if name in " ".join(child.cmdline()):
                    return child
        return None

    def wait(self, ready: Callable[[], bool]) -> None:
        while self.process.poll() is None and not ready():
            self.children()
            time.sleep(0.01)
        assert self.process.poll() is None, self.process.communicate()

    def end(self) -> tuple[int, str, str]:
        out, errors = self.process.communicate(timeout=HANG)
        return self.process.returncode, out, errors

    def all_gone(self) -> bool:
        return not psutil.wait_procs(self.known, timeout=HANG)[1]


@pytest.fixture
def begin(tmp_path):
    programs = []

    def begin_(grid=LONG, workers=2, **how) -> Program:
        programs.append(Program(tmp_path, grid, workers, **how))
        return programs[-1]

    yield begin_
    for program in programs:
        for process in (program.process, *program.known):
            if process.poll() is None if process is program.process else process.is_running():
                process.kill()
        program.process.communicate()


def trains(folder: Path, more_than: int = 8) -> bool:
    """Whether a training has come some way, and not all."""
    return more_than < (updates(folder) or 0) < LONG["updates"]


def same(folder: Path, undisturbed: dict[str, str]) -> None:
    assert {name: metrics(folder / name) for name in NAMES} == undisturbed
    assert [one.kind for one in sweeps.look(LONG, folder).trainings.values()] == [DONE] * 2


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_worker_that_is_ended_is_tried_again_and_comes_to_the_same_bytes(number, begin, tmp_path, undisturbed):
    program = begin()
    program.wait(lambda: trains(tmp_path / NAMES[0]))
    program.training(NAMES[0]).send_signal(number)
    status, out, _ = program.end()
    assert (status, out) == (0, f"2 trainings in {tmp_path}: 2 done\n")
    same(tmp_path, undisturbed)
    assert program.all_gone()


def test_every_worker_killed_again_and_again_still_comes_to_the_same_bytes(begin, tmp_path, undisturbed):
    program, killed, due = begin(), 0, dict.fromkeys(NAMES, 4)
    while program.process.poll() is None:
        for name in NAMES:
            reached = updates(tmp_path / name) or 0
            if due[name] < reached < 100 and (child := program.training(name)):
                child.kill()
                killed, due[name] = killed + 1, reached + 40
        time.sleep(0.01)
    assert killed >= 4 and program.end()[0] == 0
    same(tmp_path, undisturbed)


def test_a_sweep_that_is_killed_leaves_no_program_and_goes_on(begin, tmp_path, undisturbed):
    program = begin()
    program.wait(lambda: all(trains(tmp_path / name) for name in NAMES))
    program.process.kill()
    program.end()
    assert program.all_gone()
    states = sweeps.look(LONG, tmp_path).trainings.values()
    assert [one.kind for one in states] == ["begun"] * 2 and all(updates(tmp_path / name) >= 8 for name in NAMES)
    assert begin().end()[0] == 0
    same(tmp_path, undisturbed)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1])
def test_a_sweep_that_is_told_to_end_does_in_good_order(number, begin, tmp_path, undisturbed):
    """One of two is trained at a time: the other is not begun."""
    program = begin(workers=1)
    program.wait(lambda: trains(tmp_path / NAMES[0]))
    program.process.send_signal(number)
    status, out, errors = program.end()
    assert status == 0 and "Traceback" not in errors and program.all_gone()
    assert out.startswith(f"2 trainings in {tmp_path}: 1 begun, 1 not begun\n{NAMES[0]}: begun (")
    assert json.loads((tmp_path / NAMES[0] / "ended.json").read_text())["kind"] == "stopped"
    assert begin().end()[0] == 0
    same(tmp_path, undisturbed)


def test_two_sweeps_in_one_folder_share_its_trainings(begin, tmp_path, undisturbed):
    """Both return when all is done, and each training was in one program only."""
    first = begin(workers=1)
    first.wait(lambda: trains(tmp_path / NAMES[0], 0))
    second = begin(workers=1)
    for status, out, errors in (first.end(), second.end()):
        assert (status, out) == (0, f"2 trainings in {tmp_path}: 2 done\n") and "Traceback" not in errors
    same(tmp_path, undisturbed)
    for name in NAMES:
        assert len(json.loads((tmp_path / name / CONFIG).read_text())["programs"]) == 1
        assert "Traceback" not in (tmp_path / name / "sweep.log").read_text()


def test_a_second_sweep_takes_over_where_the_first_is_killed(begin, tmp_path, undisturbed):
    first = begin()
    first.wait(lambda: all(trains(tmp_path / name, 0) for name in NAMES))
    second = begin()
    time.sleep(0.5)
    first.process.kill()
    first.end()
    assert second.end()[0] == 0 and first.all_gone()
    same(tmp_path, undisturbed)
