"""The event files, as TensorBoard itself reads them: every point once, whatever was written before."""

import time

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from marl_helpers import events
from marl_helpers.training import CHECKPOINT, METRICS, train

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


def accumulator(folder, seed: int = 0) -> EventAccumulator:
    return EventAccumulator(str(folder / f"seed_{seed}"), size_guidance={"scalars": 0})


def points(folder, seed: int = 0) -> dict[str, list[tuple[int, float]]]:
    """Tag -> (step, value) of each point of a seed."""
    read = accumulator(folder, seed).Reload()
    return {tag: [(p.step, p.value) for p in read.Scalars(tag)] for tag in read.Tags()["scalars"]}


def expected(rows, seed: int = 0) -> dict[str, list[tuple[int, float]]]:
    names = [name for name in rows[-1] if name != "updates"]
    return {n: [(int(row["updates"]), row[n][seed].float().item()) for row in rows if n in row] for n in names}


def same(one, other) -> bool:
    """Equal, NaN included."""
    return one.keys() == other.keys() and all(np.array_equal(one[n], other[n], equal_nan=True) for n in one)


def test_tensorboard_reads_every_metric_of_every_seed(tmp_path):
    before = time.time()
    events.write(tmp_path, curve())
    for seed in range(SEEDS):
        assert same(points(tmp_path, seed), expected(curve(), seed))
        times = [p.wall_time for p in accumulator(tmp_path, seed).Reload().Scalars("returns")]
        assert before <= times[0] and times == sorted(times) and times[-1] <= time.time()


def test_one_that_looks_on_sees_each_point_once(tmp_path):
    events.write(tmp_path, curve(length=1))
    looking, seen = accumulator(tmp_path), []
    for length in (1, 2, 2, 5):
        events.write(tmp_path, curve(length=length))
        seen.append([p.step for p in looking.Reload().Scalars("returns")])
    assert seen == [[0], [0, 50], [0, 50], [0, 50, 100, 150, 200]]


@given(
    before=st.integers(1, LENGTH),
    now=st.integers(1, LENGTH),
    cut=st.integers(0, 400),
    tail=st.sampled_from([b"", b"x", b"\0" * 99]),
)
def test_whatever_a_killed_program_left_every_point_is_there_once(tmp_path_factory, before, now, cut, tail):
    """Killed while writing the test number `before`, it goes on from a checkpoint of more or of fewer tests."""
    folder = tmp_path_factory.mktemp("killed")
    events.write(folder, curve(length=before))
    path = folder / "seed_1" / events.FILE
    path.write_bytes(path.read_bytes()[:cut] + tail)
    events.write(folder, curve(length=now))
    for seed in range(SEEDS):
        assert same(points(folder, seed), expected(curve(length=now), seed))


def test_points_that_are_there_keep_their_time(tmp_path):
    def times():
        return [p.wall_time for p in accumulator(tmp_path).Reload().Scalars("returns")]

    events.write(tmp_path, curve(length=3))
    first = times()
    events.write(tmp_path, curve())
    assert times()[:3] == first and times()[3] > first[2]


def test_a_training_that_starts_afresh_leaves_nothing_stale(tmp_path):
    events.write(tmp_path, curve())
    events.write(tmp_path, [])
    events.write(tmp_path, curve(start=9, length=2))
    assert same(points(tmp_path), expected(curve(start=9, length=2)))


@pytest.mark.parametrize("fresh", [False, True])
def test_a_training_and_its_table_agree(fresh, tmp_path):
    train("two_step", updates=4, folder=tmp_path, **QUICK)
    path = tmp_path / "seed_0" / events.FILE
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
