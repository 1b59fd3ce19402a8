"""A program: whole rounds of training on a device that is none, where what needs the host or another device raises.

Its tensors have sizes and places, but no numbers (FakeTensorMode), on a device that torch's Python backend makes up: so
a value that is read, a size that is a value, and tensors of two devices in one operator are errors, as on a GPU they
are errors or waits. torch is told of the device once and for all, so this runs in a process of its own:

    python tests/standin.py     # prints, as JSON, what became of each environment and method
"""

import json
import warnings
from collections.abc import Callable
from contextlib import ExitStack
from copy import deepcopy
from unittest import mock

import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils.backend_registration import _setup_privateuseone_for_python_backend
from waiting import Calls

from marl_helpers import envs, mixers
from marl_helpers.envs.two_step import TwoStep
from marl_helpers.mixers import layers
from marl_helpers.training import learner, replay
from marl_helpers.training.learner import Settings
from marl_helpers.training.loop import Plan, Training

DEVICE = "standin"
GAMES = {"two_step": {}, "matrix": {}, "dock": dict(limit=2), "predator_prey": dict(limit=2)}
GAMES |= {"dock_teams": dict(limit=2)}
VARIANTS = {"mirrored_two_step": {}, "predator_prey_loop": dict(limit=2), "predator_prey_full": dict(limit=1)}
VARIANTS |= {"predator_prey_teams": dict(limit=2), "scout": {}}
PLAN = Plan(parallel=2, batch=2, capacity=3)  # the replay is overwritten from the second round on
SETTINGS = {"td_lambda": 0.5, "hidden": 4, "width": 4, "target_every": 4}


class Generator(torch.Generator):
    """The device's own, which draws nothing."""

    device = DEVICE


def draw(generators: list[Generator], shape: tuple[int, ...], fill: Callable) -> Tensor:
    return torch.stack([fill(torch.empty(shape, device=g.device)) for g in generators])


def to_device(*numbers, device: str = "cpu", made: Callable = torch.tensor, **options) -> Tensor:
    """torch.tensor by way of the host."""
    return made(*numbers, **options).to(device)


class Looking(TwoStep):
    """It reads a value."""

    name = "looking"

    def play(self, world, actions, noise):
        after, reward, finished = super().play(world, actions, noise)
        return after, reward if reward.sum() > 0 else -reward, finished


class Fetching(TwoStep):
    """It takes the rewards to the host."""

    name = "fetching"

    def play(self, world, actions, noise):
        after, reward, finished = super().play(world, actions, noise)
        return after, reward.cpu().to(reward.device), finished


class Forgetting(TwoStep):
    """It leaves a constant on the host."""

    name = "forgetting"

    def play(self, world, actions, noise):
        after, reward, finished = super().play(world, actions, noise)
        return after, reward + torch.ones(reward.shape), finished


PLANTED = {kind.name: envs.ENVS.pop(kind.name) for kind in (Looking, Fetching, Forgetting)}  # for this alone


def train(env: envs.Env, method: str) -> None:
    """Rounds with updates, copies to the targets, and a replay that goes round."""
    with mock.patch.object(torch, "tensor", to_device):  # not in a round: there one would have to wait
        training = Training(env, method, 2, 0, DEVICE, PLAN, Settings(**SETTINGS))
    with Calls():
        for _ in range(3):
            training.round()
    assert training.updates == 3 and training.replay.added > training.replay.capacity
    assert all(x.device.type == DEVICE for x in (*training.learner.online.parameters(), training.steps))


def outcome(env: envs.Env, method: str) -> str:
    try:
        train(env, method)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "done"


def main() -> None:
    warnings.simplefilter("ignore")  # torch tries a data pointer where a parameter is copied
    _setup_privateuseone_for_python_backend(DEVICE)
    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(layers, "generators", return_value=[Generator(), Generator()]))
        for module in (layers, replay):
            stack.enter_context(mock.patch.object(module, "draw", draw))
        for module in (layers, mixers):
            stack.enter_context(mock.patch.object(module, "check_generators", lambda generators: generators))
        stack.enter_context(mock.patch.object(envs, "check"))  # before the first round it may look
        mode = stack.enter_context(FakeTensorMode())
        stack.enter_context(mock.patch.object(learner, "deepcopy", lambda x: deepcopy(x, {id(mode): mode})))  # not it
        games = {name: envs.make(name, **options) for name, options in (GAMES | VARIANTS).items()}
        games |= {name: planted() for name, planted in PLANTED.items()}
        cases = [(name, method) for name in games for method in (mixers.METHODS if name in GAMES else ["vdn"])]
        print(json.dumps({f"{name} {method}": outcome(games[name], method) for name, method in cases}))


if __name__ == "__main__":
    main()
