"""A round of training needs one device alone, and no value of it: see tests/standin.py."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from standin import GAMES, VARIANTS

from marl_helpers import envs, mixers

pytestmark = pytest.mark.learning
TESTS = Path(__file__).parents[1]
OTHERS = {"gymnasium", "lbf", "mpe2", "pettingzoo", "rware", "smax", "speaker_listener", "vmas"}  # simulate on the host


@pytest.fixture(scope="module")
def outcomes():
    done = subprocess.run([sys.executable, TESTS / "standin.py"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def test_every_environment_made_of_tensors_is_tried():
    """Every method on every kind of game; of what only has other options one."""
    assert GAMES.keys() | VARIANTS.keys() == envs.ENVS.keys() - OTHERS


@pytest.mark.parametrize("game", GAMES)
@pytest.mark.parametrize("method", mixers.METHODS)
def test_rounds_of_training_need_nothing_of_the_host(outcomes, game, method):
    assert outcomes[f"{game} {method}"] == "done"


@pytest.mark.parametrize("game", VARIANTS)
def test_nor_do_those_of_other_sizes(outcomes, game):
    assert outcomes[f"{game} vdn"] == "done"


@pytest.mark.parametrize(
    ("game", "fault"),
    [
        ("looking", "DataDependentOutputException"),
        ("fetching", "AssertionError"),
        ("forgetting", "FakeTensorDeviceMismatchError"),
    ],
)
def test_what_does_is_noticed(outcomes, game, fault):
    assert outcomes[f"{game} vdn"].startswith(fault)


def test_the_host_is_told_of_no_other_device():
    with pytest.raises(RuntimeError, match="device type at start of device string: standin"):
        torch.zeros(1, device="standin")
