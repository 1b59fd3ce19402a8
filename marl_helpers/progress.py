"""What a person sees while a team trains: a bar in a terminal, and in a notebook the curves so far."""

import sys
import time
from typing import TYPE_CHECKING

from tqdm import tqdm

if TYPE_CHECKING:
    from marl_helpers.training import Training

PATIENCE = 2  # seconds before anything shows, and in a notebook between two changes of it


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
        self.bar.set_postfix(self.said(), refresh=False)  # refreshing would not heed the delay


class Notebook(Progress):
    """How far it is, the time left and a stop button, with the curves so far; an empty output stays.

    The line changes by the clock, the picture with the tests: drawing one without anything new would be a waste.
    """

    def __enter__(self) -> "Notebook":
        from IPython.display import HTML, display

        self.began = self.written = self.drawn = time.monotonic()
        self.first, self.live = self.training.updates, None
        self.place = display(HTML(""), display_id=True)
        return self

    def __exit__(self, *_) -> None:
        from IPython.display import HTML

        if self.live is not None:
            self.place.update(HTML(""))
            self.live.close()

    def round(self) -> None:
        now = time.monotonic()
        if now - self.written >= PATIENCE:
            self._show(text=self.text(now))
            self.written = now

    def test(self) -> None:
        now = time.monotonic()
        if now - self.drawn >= PATIENCE:
            from marl_helpers.plots_training import curves

            picture = curves({self.training.method: self.training.run()}).png(dpi=100)
            self._show(text=self.text(now), picture=picture)
            self.drawn = self.written = now

    def text(self, now: float) -> str:
        """How far it is, what the last test said, and the time left, once there are updates to judge it by."""
        done, total = self.training.updates, self.training.plan.updates
        parts = [f"{done} of {total} updates", *(f"{name} {value}" for name, value in self.said().items())]
        if done > self.first:
            parts.append(f"about {(now - self.began) * (total - done) / (done - self.first):.0f} s left")
        return ", ".join(parts)

    def _show(self, **values) -> None:
        if self.live is None:
            from marl_helpers.widgets.live import Live

            self.live = Live(**values)
            self.place.update(self.live)
        with self.live.hold_sync():  # one message for text and picture
            for name, value in values.items():
                setattr(self.live, name, value)
