"""Devices: what can be said of them on a machine that may have no GPU."""

import os
import tempfile
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from marl_helpers.basics import devices
from marl_helpers.basics.devices import (
    V1,
    V2,
    describe,
    find_device,
    left_by_cgroups,
    may_look,
    memory,
    no_waiting,
    wait,
)


def test_a_cpu_has_nothing_to_wait_for():
    wait("cpu")
    with no_waiting("cpu"):
        assert torch.ones(1).item() == 1
    assert f"CPU, {torch.get_num_threads()} threads" in describe("cpu")


def test_only_on_a_cpu_looking_costs_nothing():
    assert may_look("cpu") and may_look(torch.zeros(1).device)
    assert not any(may_look(device) for device in ("cuda", "cuda:1", "mps", torch.device("meta")))


@pytest.mark.parametrize(("there", "device"), [(True, "cuda"), (False, "cpu")])
def test_auto_takes_a_gpu_where_there_is_one(there, device, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: there)
    assert find_device() == find_device("auto") == device
    assert find_device("cpu") == "cpu"


def test_a_cpus_memory_is_what_is_free_and_no_more_than_its_groups_leave(monkeypatch):
    available = psutil.virtual_memory().available
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=available))
    monkeypatch.setattr(devices, "left_by_cgroups", lambda root: [available + 1])
    assert memory("cpu") == available < os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    monkeypatch.setattr(devices, "left_by_cgroups", lambda root: [available // 2, available // 3])
    assert memory("cpu") == available // 3


GROUPS = {  # version -> what /proc/self/cgroup says, where the files are, and their names
    1: ("5:cpu:/else\n4:memory:/a/b\n0::/\n", "memory", V1),
    2: ("0::/a/b\n", "", V2),
}


@pytest.mark.parametrize("version", GROUPS)
@given(
    most=st.lists(st.one_of(st.none(), st.integers(0, 10**12)), min_size=3, max_size=3),
    used=st.lists(st.integers(0, 10**10), min_size=3, max_size=3),
    there=st.lists(st.booleans(), min_size=3, max_size=3),
)
def test_each_control_group_leaves_its_limit_less_what_is_used_and_does_not_make_way(version, most, used, there):
    """Of three groups, one in the other, some may be hidden, as in a container, or without a limit."""
    said, place, (limit, now, cache) = GROUPS[version]
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        (root / "proc/self").mkdir(parents=True)
        (root / "proc/self/cgroup").write_text(said)
        expected = []
        for inner, cap, taken, here in zip(("a/b", "a", ""), most, used, there):
            group = root / "sys/fs/cgroup" / place / inner
            group.mkdir(parents=True, exist_ok=True)
            none = "max" if version == 2 else "9223372036854771712"
            if here:
                (group / limit).write_text(f"{none if cap is None else cap}\n")
                (group / now).write_text(f"{taken}\n")
                (group / "memory.stat").write_text(f"x{cache} 1\n{cache} {taken // 3}\n{cache}x 2\n")
            if here and not (cap is None and version == 2):
                expected.append(max((int(none) if cap is None else cap) - taken + taken // 3, 0))
        assert list(left_by_cgroups(root)) == expected


def test_where_there_are_no_control_groups_there_is_no_such_limit(tmp_path):
    assert list(left_by_cgroups(tmp_path)) == []


def test_a_gpus_memory_is_what_is_free_and_what_torch_has_in_store(monkeypatch):
    for name, value in (("mem_get_info", (70, 100)), ("memory_reserved", 20), ("memory_allocated", 5)):
        monkeypatch.setattr(torch.cuda, name, lambda device, value=value: value)
    assert memory("cuda:0") == 85


@pytest.mark.parametrize("error", [None, RuntimeError("the host waits")])
def test_waiting_for_a_gpu_is_an_error_within_and_as_before_afterwards(monkeypatch, error):
    modes = ["before"]
    monkeypatch.setattr(torch.cuda, "get_sync_debug_mode", lambda: modes[-1])
    monkeypatch.setattr(torch.cuda, "set_sync_debug_mode", modes.append)

    def work():
        with no_waiting("cuda:0"):
            assert modes == ["before", "error"]
            if error:
                raise error

    if error:
        with pytest.raises(RuntimeError, match="the host waits"):
            work()
    else:
        work()
    assert modes == ["before", "error", "before"]
