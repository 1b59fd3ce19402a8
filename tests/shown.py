"""A clock that a test turns, and a training that stands where a test wants it."""

import torch

from marl_helpers import envs
from marl_helpers.training.learner import Settings
from marl_helpers.training.loop import Plan, Training

QUICK = dict(seeds=2, updates=4, parallel=4, batch=4, test_every=2, test_episodes=4, hidden=8, device="cpu")


class Clock:
    """Seconds that pass only where a test says so."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def make(updates: int = 0, total: int = 200) -> Training:
    """A training that stands at `updates` of `total`, with one test behind it."""
    plan = Plan(updates=total, parallel=2, batch=2, test_episodes=2)
    training = Training(envs.make("two_step"), "vdn", 2, 0, "cpu", plan, Settings(hidden=4))
    training.test()
    training.updates = updates
    training.curve[-1]["returns"] = torch.tensor([7.0, 8.0])
    return training
