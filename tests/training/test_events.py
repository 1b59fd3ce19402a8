"""The event files, as TensorBoard itself reads them: every point once, whatever was written before."""

import subprocess
import sys
import threading
import time

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from limits import HANG
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from marl_helpers.training import events
from marl_helpers.training import loop as training
from marl_helpers.training.folders import CHECKPOINT, METRICS
from marl_helpers.training.loop import advance, train

SEEDS, LENGTH = 2, 6
QUICK = {"seeds": SEEDS, "device": "cpu", "parallel": 4, "batch": 4, "test_every": 2, "test_episodes": 4, "hidden": 8}


def curve(start: int = 0, length: int = LENGTH) -> list[dict[str, torch.Tensor]]:
    """Tests as a training has them: none of the first one's metrics are a learner's."""
    rows = []
    for k in range(length):
        values = torch.tensor([[start + k / 3, -1e30 * k], [torch.nan, start + torch.inf]])
        row = {"updates": torch.tensor(50 * k), "returns": values[0], "steps": torch.tensor([1000 * k, 2**40])}
        rows.append(row | ({"loss": values[1]} if k else {}))
    return rows


def write(folder, *curves) -> None:
    with events.drawn(folder, SEEDS) as draw:
        for rows in curves:
            draw(rows)


def age(folder) -> None:
    """Make the files an hour older: TensorBoard takes them in the order of their names, which begin with the time."""
    for path in folder.glob(events.FILES):
        *head, then, host = path.name.split(".", 4)
        path.rename(path.with_name(".".join([*head, f"{int(then) - 3600:010d}", host])))


def accumulator(folder, seed: int = 0) -> EventAccumulator:
    return EventAccumulator(str(folder / f"seed_{seed}"), size_guidance={"scalars": 0})


def points(folder, seed: int = 0) -> dict[str, list[tuple[int, float]]]:
    """Tag -> (step, value) of each point of a seed."""
    return shown(accumulator(folder, seed))


def shown(read: EventAccumulator) -> dict[str, list[tuple[int, float]]]:
    read.Reload()
    return {tag: [(p.step, p.value) for p in read.Scalars(tag)] for tag in read.Tags()["scalars"]}


def expected(rows, seed: int = 0) -> dict[str, list[tuple[int, float]]]:
    names = [name for name in rows[-1] if name != "updates"]
    return {n: [(int(row["updates"]), row[n][seed].float().item()) for row in rows if n in row] for n in names}


def same(one, other) -> bool:
    """Equal, NaN included."""
    return one.keys() == other.keys() and all(np.array_equal(one[n], other[n], equal_nan=True) for n in one)


def test_tensorboard_reads_every_metric_of_every_seed(tmp_path):
    before = time.time()
    write(tmp_path, curve())
    for seed in range(SEEDS):
        assert same(points(tmp_path, seed), expected(curve(), seed))
        times = [p.wall_time for p in accumulator(tmp_path, seed).Reload().Scalars("returns")]
        assert before <= times[0] and times == sorted(times) and times[-1] <= time.time()


def test_one_that_looks_on_sees_each_point_once(tmp_path):
    looking, seen = accumulator(tmp_path), []
    with events.drawn(tmp_path, SEEDS) as draw:
        for length in (1, 2, 2, 5):
            draw(curve(length=length))
            seen.append([p.step for p in looking.Reload().Scalars("returns")])
    assert seen == [[0], [0, 50], [0, 50], [0, 50, 100, 150, 200]]


def test_one_that_looks_on_sees_where_a_training_goes_on(tmp_path):
    write(tmp_path, curve())
    age(tmp_path)
    looking = accumulator(tmp_path)
    assert same(shown(looking), expected(curve()))
    with events.drawn(tmp_path, SEEDS) as draw:
        for length in (3, 4):
            draw(curve(start=9, length=length))
            assert same(shown(looking), expected(curve(start=9, length=length)))


@given(
    before=st.integers(1, LENGTH),
    now=st.integers(1, LENGTH),
    cut=st.integers(0, 400),
    tail=st.sampled_from([b"", b"x", b"\0" * 99]),
)
def test_whatever_a_killed_program_left_every_point_is_there_once(tmp_path_factory, before, now, cut, tail):
    """Killed while writing the test number `before`, it goes on from a checkpoint of more or of fewer tests."""
    folder = tmp_path_factory.mktemp("killed")
    write(folder, curve(length=before))
    for path in folder.glob(events.FILES):
        path.write_bytes(path.read_bytes()[:cut] + tail)
    write(folder, curve(length=now))
    for seed in range(SEEDS):
        assert same(points(folder, seed), expected(curve(length=now), seed))


def test_the_files_of_others_stay(tmp_path):
    other = tmp_path / "seed_0" / "events.out.tfevents.1700000000.another"
    other.parent.mkdir()
    other.write_bytes(b"not ours")
    write(tmp_path, curve())
    assert other.read_bytes() == b"not ours"


@pytest.mark.parametrize("fresh", [False, True])
def test_a_training_and_its_table_agree(fresh, tmp_path):
    train("two_step", updates=4, folder=tmp_path, **QUICK)
    for path in tmp_path.glob(events.FILES):
        path.write_bytes(path.read_bytes()[:-50])  # killed in the middle of writing
    if fresh:
        (tmp_path / CHECKPOINT).unlink()
        (tmp_path / f"{CHECKPOINT}.previous").unlink()
    run = train("two_step", updates=8, seed=int(fresh), folder=tmp_path, **QUICK)
    table = np.genfromtxt(tmp_path / METRICS, delimiter=",", names=True)
    assert len(table) == SEEDS * 5 and set(table.dtype.names) == {"seed", *run.curve}
    for seed in range(SEEDS):
        drawn, rows = points(tmp_path, seed), table[table["seed"] == seed]
        assert drawn.keys() == run.curve.keys() - {"updates"}
        for name, found in drawn.items():
            steps, values = np.transpose(found)
            there = ~np.isnan(rows[name])
            assert steps.tolist() == rows["updates"][there].tolist()
            assert values == pytest.approx(rows[name][there], rel=1e-6)
            assert values == pytest.approx(run.curve[name][-len(values) :, seed], rel=1e-6)


def test_each_test_is_on_disk_with_its_checkpoint_and_an_error_closes_the_files(tmp_path, monkeypatch):
    threads, seen = threading.active_count(), []

    def watched(*arguments):
        seen.append([step for step, _ in points(tmp_path).get("returns", [])])
        if len(seen) == 3:
            raise RuntimeError("broken off")
        advance(*arguments)

    monkeypatch.setattr(training, "advance", watched)
    with pytest.raises(RuntimeError, match="broken off"):
        train("two_step", updates=4, folder=tmp_path, **QUICK)
    assert seen == [[], [0], [0, 2]]
    assert threading.active_count() == threads  # a file that is open has a thread


def test_without_tensorboard_a_training_is_the_same_and_the_curves_so_far_stay(tmp_path, monkeypatch, recwarn):
    with_it = train("two_step", updates=4, folder=tmp_path / "with", **QUICK)
    folder = tmp_path / "without"
    train("two_step", updates=2, folder=folder, **QUICK)
    before = points(folder)
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    monkeypatch.delitem(sys.modules, "torch.utils.tensorboard")
    without = train("two_step", updates=4, folder=folder, **QUICK)
    assert without.returns.tolist() == with_it.returns.tolist()
    tables = [(place / METRICS).read_text().splitlines() for place in (folder, tmp_path / "with")]
    assert timeless(tables[0]) == timeless(tables[1])
    monkeypatch.undo()
    assert points(folder) == before and not any("tensorboard" in str(warning.message) for warning in recwarn)
    train("two_step", updates=4, folder=folder, **QUICK)  # now that it is installed, nothing is left to do
    assert untimed(points(folder)) == untimed(points(tmp_path / "with"))


def timeless(table: list[str]) -> list[str]:
    """Lines without how long it took, which is their last column."""
    return [line.rpartition(",")[0] for line in table]


def untimed(drawn: dict) -> dict:
    return {name: found for name, found in drawn.items() if name != "seconds"}


@pytest.mark.parametrize(
    "broken", ["raise AttributeError('np.bool8')", "import a_part_that_is_missing", "from sys import a_part", ""]
)
def test_a_broken_tensorboard_stops_no_training_and_takes_no_curves_away(broken, tmp_path, monkeypatch):
    train("two_step", updates=2, folder=tmp_path / "run", **QUICK)
    before = points(tmp_path / "run")
    (tmp_path / "tensorboard.py").write_text(broken)
    with monkeypatch.context() as patch:
        patch.syspath_prepend(tmp_path)
        for name in [
            name for name in sys.modules if name.split(".")[0] == "tensorboard" or name.endswith(".tensorboard")
        ]:
            patch.delitem(sys.modules, name)
        with pytest.warns(UserWarning, match="no event files are written: tensorboard is broken"):
            run = train("two_step", updates=4, folder=tmp_path / "run", **QUICK)
        sys.modules.pop("tensorboard", None)
    assert run.finished and points(tmp_path / "run") == before


def test_a_training_that_keeps_nothing_imports_no_tensorboard():
    program = f"""import sys; from marl_helpers.training import train
train("two_step", updates=1, **{QUICK}); print("tensorboard" in sys.modules)"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=HANG)
    assert done.stdout == "False\n"
