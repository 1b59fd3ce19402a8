"""What a person sees while a team trains: a bar in a terminal, and in a notebook the curves so far."""

import sys
import time
from typing import TYPE_CHECKING

from tqdm import tqdm

if TYPE_CHECKING:
    from marl_helpers.training import Training

PATIENCE = 2  # seconds between two pictures, and before the first


def in_kernel() -> bool:
    """Whether this is code of a notebook, and not merely a program in which Jupyter's packages are loaded."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return getattr(shell, "kernel", None) is not None


class Progress:
    """Shows a training as it goes; what it showed is taken away at the end."""

    def __new__(cls, training: "Training"):
        return super().__new__(Notebook if in_kernel() else Terminal)

    def __init__(self, training: "Training"):
        self.training = training

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_) -> None:
        """Take it away."""

    def round(self) -> None:
        """One more round is over; the device may not be through with it yet."""

    def test(self) -> None:
        """There is a new test."""

    def said(self) -> dict[str, str]:
        """The means over the seeds of the last test."""
        row = self.training.curve[-1]
        return {name: f"{row[name].nanmean().item():.3g}" for name in ("returns", "loss", "epsilon") if name in row}


class Terminal(Progress):
    """A bar on the error stream, after two seconds."""

    def __enter__(self) -> "Terminal":
        plan, what = self.training.plan, f"train {self.training.method}"
        self.bar = tqdm(
            total=plan.updates, initial=self.training.updates, desc=what, unit="update", delay=PATIENCE, leave=False
        )
        return self

    def __exit__(self, *_) -> None:
        self.bar.close()

    def round(self) -> None:
        self.bar.update(self.training.updates - self.bar.n)

    def test(self) -> None:
        self.bar.set_postfix(self.said())


class Notebook(Progress):
    """The curves so far, the time left, and a stop button; an empty output stays, however long it took."""

    def __enter__(self) -> "Notebook":
        from IPython.display import HTML, display

        self.began = self.drawn = time.monotonic()
        self.first, self.live = self.training.updates, None
        self.place = display(HTML(""), display_id=True)
        return self

    def __exit__(self, *_) -> None:
        from IPython.display import HTML

        if self.live is not None:
            self.place.update(HTML(""))
            self.live.close()

    def test(self) -> None:
        now = time.monotonic()
        if now - self.drawn < PATIENCE:
            return
        from marl_helpers.plots_training import curves
        from marl_helpers.widgets.live import Live

        done, total = self.training.updates, self.training.plan.updates
        left = (now - self.began) * (total - done) / max(done - self.first, 1)
        said = ", ".join(f"{name} {value}" for name, value in self.said().items())
        text = f"{done} of {total} updates, {said}, about {left:.0f} s left"
        picture = curves({self.training.method: self.training.run()}).png(dpi=100)
        if self.live is None:
            self.live = Live(text=text, picture=picture)
            self.place.update(self.live)
        self.live.text, self.live.picture = text, picture
        self.drawn = time.monotonic()
