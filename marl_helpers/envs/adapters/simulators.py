"""What the adapters of other projects' environments share: an optional package, and simulators that only go forward."""

from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

from torch import Tensor

from marl_helpers.envs.base import Outcome, World

PINS = {  # what is optional, in the versions that are tested: pyproject.toml says the same
    "gymnasium": "gymnasium>=1.3,<1.4",
    "jaxmarl": "jaxmarl>=0.2,<0.3",
    "lbforaging": "lbforaging>=2,<3",
    "mpe2": "mpe2>=1.1.1,<2",
    "pettingzoo": "pettingzoo>=1.25,<2",
    "rware": "rware>=2,<3",
    "vmas": "vmas>=1.5.2,<1.6",
}


def optional(module: str, env: str) -> ModuleType:
    """That module; raises ModuleNotFoundError, with what to install, where it is of a package above and missing."""
    try:
        import_module(module.partition(".")[0])  # first, so that it is the one to be named
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name not in PINS:
            raise
        raise ModuleNotFoundError(
            f"the environment {env!r} needs {error.name}: pip install '{PINS[error.name]}'"
        ) from None


class WorkerLost(RuntimeError):
    """A process that played a share of the games has ended, and the games with it."""


@dataclass
class Running:
    """A simulator and the observation of the only world that it can go on from."""

    simulator: object
    newest: Tensor


class Forward:
    """Put before Env in a class's bases: its worlds have `obs`, and `running`, whose newest world alone can be stepped.

    Raises ValueError for an older one.
    """

    def step(self, world: World, actions: Tensor, noise: Tensor) -> tuple[World, Outcome]:
        if world["running"].newest is not world["obs"]:
            raise ValueError("world is an old one, and its simulator has gone on: step the newest, or reset")
        after, outcome = super().step(world, actions, noise)
        after["running"].newest = after["obs"]
        return after, outcome
