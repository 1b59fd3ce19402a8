"""Devices: what can be said of them on a machine that may have no GPU."""

from pathlib import Path

import pytest
import torch

from marl_helpers.basics.devices import describe, find_device, may_look, memory, no_waiting, wait


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


@pytest.mark.skipif(not Path("/proc/meminfo").exists(), reason="the system says its memory elsewhere")
def test_a_cpus_memory_is_the_machines():
    total = Path("/proc/meminfo").read_text().split()[1]  # MemTotal, in kB
    assert memory("cpu") == pytest.approx(1024 * int(total), rel=0.01)


def test_where_the_system_does_not_say_its_memory_nobody_knows(monkeypatch):
    monkeypatch.delattr("os.sysconf")
    assert memory("cpu") is None


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
