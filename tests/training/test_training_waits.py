"""A round of training, from the first random number to new targets, never makes the host wait for a device.

On a CPU, where looking costs nothing, it looks when games end: so here it is told that it may not.
The optimiser's own step is left out: on a CPU it counts its steps on the host, and on a GPU, where the learner asks for
a `capturable` one, on the device. What it does there benchmarks/device.py sees.
"""

import pytest
import torch
from torch.utils._python_dispatch import _disable_current_modes
from waiting import NoWaiting

from marl_helpers import envs, mixers
from marl_helpers.training import replay
from marl_helpers.training.learner import Settings
from marl_helpers.training.loop import Plan, Training

GAMES = {"two_step": {}, "predator_prey": dict(limit=4)}
FAST = dict(hidden=4, width=4)


@pytest.fixture(autouse=True)
def as_on_a_gpu(monkeypatch):
    monkeypatch.setattr(replay, "may_look", lambda device: torch.device(device).type == "cuda")  # the other way round


def make(game: str, method: str, **options) -> Training:
    plan = Plan(parallel=2, batch=4, capacity=6)  # the replay is full after three rounds, and then overwritten
    training = Training(envs.make(game, **GAMES[game]), method, 2, 0, "cpu", plan, Settings(**FAST, **options))
    step = training.learner.optimiser.step

    def unseen() -> None:
        with _disable_current_modes():
            step()

    training.learner.optimiser.step = unseen
    return training


@pytest.mark.parametrize("game", GAMES)
@pytest.mark.parametrize("method", mixers.METHODS)
def test_a_round_never_waits(game, method):
    training = make(game, method, target_every=4)
    training.round()  # constants go to the device, and the optimiser makes its state, only once
    training.round()
    before = [parameter.clone() for parameter in training.learner.online.parameters()]
    with NoWaiting():
        for _ in range(4):  # with updates, copies to the targets, and a replay that goes round
            training.round()
    assert training.updates == 5 and training.replay.added > training.replay.capacity
    assert any(not torch.equal(old, new) for old, new in zip(before, training.learner.online.parameters()))


@pytest.mark.parametrize("options", [dict(td_lambda=0.8), dict(tau=0.01)], ids=str)
def test_neither_do_other_settings(options):
    training = make("two_step", "qmix", **options)
    training.round()
    training.round()
    with NoWaiting():
        training.round()
    assert training.updates == 2


def test_that_a_cpu_looks_is_noticed(monkeypatch):
    monkeypatch.undo()
    with NoWaiting(), pytest.raises(AssertionError):
        make("predator_prey", "vdn").round()


def test_a_round_that_looks_at_its_loss_would_be_noticed(monkeypatch):
    training = make("two_step", "qmix")
    training.round()
    training.round()
    update = training.learner.update

    def look(episodes):
        metrics = update(episodes)
        assert metrics["loss"].isfinite().all()
        return metrics

    monkeypatch.setattr(training.learner, "update", look)
    with NoWaiting(), pytest.raises(AssertionError):
        training.round()
