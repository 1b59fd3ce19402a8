"""A training whose folder fails it, whose program is ended, or whose files are somebody else's."""

import io
import os
import pickle
import re
import shutil
import signal
import subprocess
import sys
import time
import warnings
import zipfile
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from full_disk import names, room_for
from limits import HANG
from quick import QUICK, SMALL
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from test_training import same

from marl_helpers.basics.files import InUse, NotWritten, alone
from marl_helpers.training import checkpoints, events
from marl_helpers.training import loop as training
from marl_helpers.training.checkpoints import CheckpointError
from marl_helpers.training.config import CONFIG
from marl_helpers.training.folders import CHECKPOINT, METRICS
from marl_helpers.training.loop import advance, train

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def sound():
    """A training that nothing went wrong with."""
    return train("two_step", **QUICK)


@pytest.fixture(scope="module")
def size(tmp_path_factory):
    """Bytes of its checkpoint."""
    folder = tmp_path_factory.mktemp("sound")
    train("two_step", folder=folder, **QUICK)
    return (folder / CHECKPOINT).stat().st_size


def rows_in(folder: Path) -> list[int]:
    """Whose rows metrics.csv has: whole ones."""
    _, *lines = (folder / METRICS).read_text().splitlines()
    assert all(line.count(",") == 9 for line in lines)
    return sorted({int(line.partition(",")[0]) for line in lines})


def drawn_in(folder: Path) -> list[int]:
    """The tests that TensorBoard finds of the first seed."""
    read = EventAccumulator(str(folder / "seed_0"), size_guidance={"scalars": 0})
    read.Reload()
    return [point.step for point in read.Scalars("returns")]


SHARES = [0, 0.001, 0.003, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.3, 0.6, 0.9, 0.99, 0.9999, 1]


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("first", [1, 2])
def test_a_disk_that_is_full_at_any_byte_costs_no_result_and_no_good_file(
    share, first, size, sound, tmp_path, monkeypatch
):
    """Full from the first or second test on, for files of more than a share of the checkpoint's size; later emptied."""
    done = []

    def filling(*arguments):
        done.append(arguments)
        advance(*arguments)
        if len(done) == first + 1:
            disk.__enter__()

    disk = room_for(int(share * size))
    monkeypatch.setattr(training, "advance", filling)
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            run = train("two_step", folder=tmp_path, **QUICK)
    finally:
        disk.__exit__(None, None, None)
    same(run, sound)
    assert bool(run.unkept) == bool(said) == (share < 1)
    for one in said:
        assert str(one.message).endswith("cannot be written (File too large): make room there, or give another folder")
    if share < 1:
        assert repr(run).splitlines()[1] == f"not all is kept: {run.unkept}"
    whole = [0, 2, 4, 6]
    kept = checkpoints.load(tmp_path / CHECKPOINT, "cpu")
    assert kept["updates"] in whole[first - 1 :] and (kept["updates"] == 6) == (share == 1)
    for found in (rows_in(tmp_path), drawn_in(tmp_path)):
        assert found == whole[: len(found)] and len(found) >= first
    assert not [name for name in names(tmp_path) if ".writing" in name]
    monkeypatch.undo()
    again = train("two_step", folder=tmp_path, **QUICK)
    same(again, sound)
    assert again.unkept == "" and rows_in(tmp_path) == drawn_in(tmp_path) == whole


def test_room_that_is_made_in_time_leaves_nothing_unkept(tmp_path, monkeypatch, sound):
    rooms = iter([None, 0, 300, None])  # bytes at each of four tests

    def filling(*arguments):
        advance(*arguments)
        nonlocal disk
        disk.__exit__(None, None, None)
        room = next(rooms)
        disk = room_for(room if room is not None else 2**40)
        disk.__enter__()

    disk = room_for(2**40)
    disk.__enter__()
    monkeypatch.setattr(training, "advance", filling)
    try:
        with pytest.warns(UserWarning, match="cannot be written"):
            run = train("two_step", folder=tmp_path, **QUICK)
    finally:
        disk.__exit__(None, None, None)
    same(run, sound)
    assert run.unkept == "" and rows_in(tmp_path) == drawn_in(tmp_path) == [0, 2, 4, 6]
    assert checkpoints.load(tmp_path / CHECKPOINT, "cpu")["updates"] == 6


@pytest.mark.parametrize("gone", ["the folder", "the events"])
def test_a_folder_that_goes_away_costs_no_result(gone, tmp_path, monkeypatch, sound):
    folder = tmp_path / "run"

    def removing(*arguments):
        advance(*arguments)
        if arguments[0].updates == 4:
            shutil.rmtree(folder if gone == "the folder" else folder / "seed_0")

    monkeypatch.setattr(training, "advance", removing)
    with pytest.warns(UserWarning, match=r"cannot be written \(No such file or directory\)"):
        run = train("two_step", folder=folder, **QUICK)
    same(run, sound)
    assert str(folder) in run.unkept and "\n" not in run.unkept
    assert names(tmp_path) == set() if gone == "the folder" else rows_in(folder) == [0, 2, 4, 6]


def test_a_folder_that_fails_from_the_start_is_an_error_before_the_first_round(tmp_path, monkeypatch):
    monkeypatch.setattr(training.Training, "round", None)
    with room_for(10), pytest.raises(NotWritten, match=r"metrics.csv cannot be written \(File too large\)"):
        train("two_step", folder=tmp_path, **QUICK)
    assert names(tmp_path) <= {".lock"}
    (tmp_path / "file").touch()
    with pytest.raises(NotWritten, match=r"file/run cannot be written \(Not a directory\)"):
        train("two_step", folder=tmp_path / "file" / "run", **QUICK)


def test_event_files_of_before_stay_until_there_are_new_ones(tmp_path):
    train("two_step", folder=tmp_path, **QUICK)
    before = drawn_in(tmp_path)
    least = max((tmp_path / name).stat().st_size for name in (METRICS, CONFIG)) + 100  # the events take more
    with room_for(least), pytest.raises(NotWritten, match="tfevents"):
        train("two_step", folder=tmp_path, **QUICK)
    assert drawn_in(tmp_path) == before == [0, 2, 4, 6]


COMMAND = [sys.executable, "-m", "marl_helpers", "train", "--seeds=2", "--batch=4", "--parallel=4", "--test-every=2"]
COMMAND += ["--device=cpu", "--hidden=8", "--capacity=8", "--anneal=40", "--test-episodes=4"]


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1"])
def test_a_program_that_is_ended_from_outside_ends_in_good_order(name, tmp_path):
    """Its only checkpoint is of the start, as a minute is not over; then it goes on as if nothing had happened."""
    number = getattr(signal, name)
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    heard = partial(signal.signal, number, signal.SIG_DFL)  # tests that nohup runs ignore SIGHUP, and so would it
    command = [*COMMAND, "--env=two_step", "--updates=100000", "--folder", tmp_path]
    with subprocess.Popen(command, cwd=ROOT, preexec_fn=heard, **pipes) as program:
        while program.poll() is None and not ((tmp_path / METRICS).exists() and len(rows_in(tmp_path)) > 2):
            time.sleep(0.01)
        assert checkpoints.load(tmp_path / CHECKPOINT, "cpu")["updates"] == 0
        program.send_signal(number)
        out, errors = (text.decode() for text in program.communicate(timeout=HANG))
    assert program.returncode == 130 and errors == ""
    assert out.startswith("qmix on two_step, stopped after ") and out.endswith("the same command goes on from here\n")
    done = checkpoints.load(tmp_path / CHECKPOINT, "cpu")["updates"]
    assert done >= 4 and f"stopped after {done} of" in out
    options = {name: QUICK[name] for name in ("mixer", "seeds", "device")}
    options |= {"plan": replace(SMALL, updates=2 * (done // 2) + 2), "hidden": 8}
    same(train("two_step", folder=tmp_path, **options), train("two_step", **options))


def test_a_second_program_in_the_folder_is_told_so_and_changes_nothing(tmp_path):
    train("two_step", folder=tmp_path, **QUICK)
    before = {name: (tmp_path / name).read_bytes() for name in names(tmp_path) if (tmp_path / name).is_file()}
    with alone(tmp_path):
        with pytest.raises(InUse, match=f"^{tmp_path} is in use by another program"):
            train("two_step", folder=tmp_path, **QUICK)
        done = subprocess.run([*COMMAND, "--folder", tmp_path], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1 and done.stdout == ""
    assert (
        done.stderr == f"error: {tmp_path} is in use by another program: wait until it ends, or give another folder\n"
    )
    assert before == {name: (tmp_path / name).read_bytes() for name in before}


@pytest.mark.parametrize("name", [f"{METRICS}.writing", f"{CHECKPOINT}.writing"])
def test_links_at_names_that_could_be_known_are_left_alone(name, tmp_path, sound):
    outside, folder = tmp_path / "outside", tmp_path / "run"
    outside.write_text("precious")
    folder.mkdir()
    (folder / name).symlink_to(outside)
    same(train("two_step", folder=folder, **QUICK), sound)
    assert outside.read_text() == "precious" and (folder / name).is_symlink()


@pytest.mark.parametrize("name", [METRICS, CHECKPOINT, f"{CHECKPOINT}.previous", ".lock", "seed_0"])
def test_links_in_the_place_of_files_are_refused(name, tmp_path):
    outside, folder = tmp_path / "outside", tmp_path / "run"
    folder.mkdir()
    if name == "seed_0":
        outside.mkdir()
        (outside / f"events.out.tfevents.1.a{events.MINE}").write_text("precious")
    (folder / name).symlink_to(outside)
    before = outside.is_dir() and {path.name: path.read_text() for path in outside.iterdir()}
    if name.startswith(CHECKPOINT):  # it is written when there is something to lose
        with pytest.warns(UserWarning, match=r"checkpoint.*\(it is a link\): take it away"):
            assert "it is a link" in train("two_step", folder=folder, **QUICK).unkept
    else:
        with pytest.raises(NotWritten, match=f"{name} cannot be written"):
            train("two_step", folder=folder, **QUICK)
    assert before == (outside.is_dir() and {path.name: path.read_text() for path in outside.iterdir()})
    assert (folder / name).is_symlink() and (before or not outside.exists())


def test_an_event_file_that_is_a_link_is_not_emptied(tmp_path):
    outside = tmp_path / "outside"
    outside.write_text("precious")
    (tmp_path / "run" / "seed_0").mkdir(parents=True)
    (tmp_path / "run" / "seed_0" / f"events.out.tfevents.1.a{events.MINE}").symlink_to(outside)
    train("two_step", folder=tmp_path / "run", **QUICK)
    assert outside.read_text() == "precious"


def squeezed(path: Path) -> None:
    """A gigabyte of zeros in a few megabytes."""
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("archive/data/0", "w", force_zip64=True) as part,
    ):
        for _ in range(1000):
            part.write(bytes(10**6))


def expanded(path: Path) -> None:
    """A tensor of 10^12 numbers that are all the same one."""
    torch.save({"format": checkpoints.FORMAT, "what": [torch.zeros(1).expand(10**12)]}, path)


def asking(path: Path) -> None:
    """Bytes that are made while it is read."""

    class Asks:
        def __reduce__(self):
            return bytearray, (3 * 10**9,)

    torch.save({"format": checkpoints.FORMAT, "what": Asks()}, path, pickle_module=pickle)


def overlapping(path: Path) -> None:
    """A directory that lists the same bytes a thousand times."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data/0", bytes(10**6))
        archive.filelist *= 1000


def sparse(path: Path) -> None:
    """A file of 10 TB, none of which is there."""
    with open(path, "wb") as file:
        file.truncate(10**13)


def endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize(
    ("forged", "words"),
    [
        (squeezed, r"no checkpoint: its [0-9,]* bytes would unpack to 1,000,000,000"),
        (expanded, r"no checkpoint: it has a tensor of \[1000000000000\] with fewer numbers"),
        (asking, "damaged, or no checkpoint: __builtin__ bytearray is in it"),
        (overlapping, "no checkpoint: its [0-9,]* bytes would unpack to 1,000,000,000"),
        (sparse, r"takes 1e\+04 GB, and \S+ GB of memory are free"),
        (endless, "is no file"),
    ],
)
def test_a_checkpoint_that_asks_for_more_memory_than_it_is_long_is_refused_before_it_gets_it(forged, words, tmp_path):
    """In a program of its own, that may take half a gigabyte more than it has when it begins to read."""
    forged(tmp_path / CHECKPOINT)
    code = (
        "import psutil, resource, sys; from pathlib import Path\n"
        "from marl_helpers.training import checkpoints\n"
        "most = psutil.Process().memory_info().vms + 2**29\n"
        "resource.setrlimit(resource.RLIMIT_AS, (most, most))\n"
        "try: checkpoints.load(Path(sys.argv[1]), 'cpu')\n"
        "except checkpoints.CheckpointError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path / CHECKPOINT], cwd=ROOT, capture_output=True, text=True)
    assert done.stderr == "" and done.stdout.count("\n") == 1
    assert re.search(words, done.stdout)


def test_any_flipped_byte_of_a_checkpoint_is_harmless(tmp_path):
    """It is refused, or makes no difference."""
    train("two_step", folder=tmp_path, **QUICK)
    (tmp_path / f"{CHECKPOINT}.previous").unlink()
    path, rng = tmp_path / CHECKPOINT, np.random.default_rng(0)
    whole, good = path.read_bytes(), io.BytesIO()
    torch.save(checkpoints.load(path, "cpu"), good)
    for place in rng.integers(0, len(whole), 200):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << rng.integers(8)]) + whole[place + 1 :])
        try:
            found = checkpoints.load(path, "cpu")
        except CheckpointError:
            continue
        again = io.BytesIO()
        torch.save(found, again)
        assert again.getvalue() == good.getvalue()


@pytest.mark.parametrize("odd", [-1, float("nan"), "60", None, [1]])
def test_seconds_between_checkpoints_are_a_number(odd):
    with pytest.raises(ValueError, match=r"checkpoint_every is .*: give seconds, 0 or more"):
        train("two_step", **{**QUICK, "checkpoint_every": odd})


def test_a_folder_may_be_in_ones_own(tmp_path, monkeypatch, sound):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    same(train("two_step", folder="~/run", **QUICK), sound)
    assert {"run"} == {path.name for path in tmp_path.iterdir()} and (tmp_path / "run" / CHECKPOINT).exists()
    longer = train("two_step", folder=Path("~/run"), **{**QUICK, "plan": replace(SMALL, updates=8)})
    assert longer.curve["updates"].tolist() == [0, 2, 4, 6, 8] and os.listdir(tmp_path) == ["run"]
