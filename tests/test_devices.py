"""Devices: what can be said of them on a machine that may have no GPU."""

import pytest
import torch

from marl_helpers.devices import describe, no_waiting, wait


def test_a_cpu_has_nothing_to_wait_for():
    wait("cpu")
    with no_waiting("cpu"):
        assert torch.ones(1).item() == 1
    assert f"CPU, {torch.get_num_threads()} threads" in describe("cpu")


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
