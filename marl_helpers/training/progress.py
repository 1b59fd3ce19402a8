"""What a person sees of a training: a bar in a terminal; widgets/live.py has the curves for a notebook."""

import sys
from collections.abc import Sequence
from typing import Protocol

from torch import Tensor
from tqdm import tqdm

from marl_helpers.training.plan import Plan
from marl_helpers.training.runs import Run

PATIENCE = 2  # seconds before anything shows, and in a notebook between two changes of it


class Training(Protocol):
    """What is seen of a training: loop.Training."""

    plan: Plan
    method: str
    updates: int
    curve: Sequence[dict[str, Tensor]]

    def run(self) -> Run: ...


class Progress:
    """What is told of a training, as it goes and at its end; this one shows nothing of it."""

    def __init__(self, training: Training):
        self.training = training

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_) -> None:
        """Take away what was shown as it went."""

    def round(self) -> None:
        """One more round is over; the device may not be through with it yet."""

    def test(self) -> None:
        """There is a new test."""

    def ended(self, run: Run) -> None:
        """The training is over, or was interrupted, and this came of it."""

    def said(self) -> dict[str, str]:
        """The means over the seeds of the last test."""
        row = self.training.curve[-1]
        return {name: f"{row[name].nanmean().item():.3g}" for name in ("returns", "loss", "epsilon") if name in row}


class Terminal(Progress):
    """A bar on the error stream, after two seconds, where that is a terminal: a file would fill with it."""

    def __enter__(self) -> "Terminal":
        plan, what = self.training.plan, f"train {self.training.method}"
        how = {"unit": "update", "delay": PATIENCE, "leave": False, "disable": not sys.stderr.isatty()}
        self.bar = tqdm(total=plan.updates, initial=self.training.updates, desc=what, **how)
        return self

    def __exit__(self, *_) -> None:
        self.bar.close()

    def round(self) -> None:
        self.bar.update(self.training.updates - self.bar.n)

    def test(self) -> None:
        self.bar.set_postfix(self.said(), refresh=False)  # refreshing would not heed the delay


class Lines(Progress):
    """A line on the error stream for each test, for a log."""

    def test(self) -> None:
        training, row = self.training, self.training.curve[-1]
        said = ", ".join(f"{name} {value}" for name, value in self.said().items())
        steps, seconds = (row[name].float().mean().item() for name in ("steps", "seconds"))
        done = f"{training.updates} of {training.plan.updates} updates, {steps:,.0f} steps, {seconds:.0f} s"
        print(f"{done}: {said}", file=sys.stderr, flush=True)
