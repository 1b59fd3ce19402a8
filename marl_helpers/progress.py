"""What a person sees while a team trains: a bar, and in a notebook the curves so far."""

import sys
import time
from typing import TYPE_CHECKING

from tqdm import tqdm

if TYPE_CHECKING:
    from marl_helpers.training import Training

PATIENCE = 2  # seconds before anything is shown


class Progress:
    """Shows a training as it goes; what it showed is taken away at the end."""

    def __init__(self, training: "Training"):
        self.training, self.began = training, time.monotonic()

    def __enter__(self) -> "Progress":
        plan, self.in_notebook = self.training.plan, "ipykernel" in sys.modules
        self.bar = tqdm(
            total=plan.updates,
            initial=self.training.updates,
            desc=f"train {self.training.method}",
            unit="update",
            delay=PATIENCE,
            leave=False,
            file=sys.stdout if self.in_notebook else sys.stderr,
        )
        return self

    def __exit__(self, *_) -> None:
        self.bar.close()

    def round(self) -> None:
        """One more round is over; the device may not be through with it yet."""
        self.bar.update(self.training.updates - self.bar.n)

    def test(self) -> None:
        """There is a new test."""
        row = self.training.curve[-1]
        said = {name: f"{row[name].nanmean().item():.3g}" for name in ("returns", "loss", "epsilon") if name in row}
        self.bar.set_postfix(said)
