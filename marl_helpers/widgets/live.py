"""A training in a notebook: its curves so far, a button that stops it, and the curves that stay when it is over."""

import re
import sys
import time
from functools import wraps
from textwrap import fill

import anywidget
import ipykernel
import traitlets
from IPython.display import HTML, display

from marl_helpers.plots.base import styled
from marl_helpers.plots.training import curves
from marl_helpers.training import loop
from marl_helpers.training.progress import PATIENCE, Progress, Terminal
from marl_helpers.training.runs import Run
from marl_helpers.widgets.alive import STATIC

CURVE = 3  # tests, from which on there is a curve to look at
WIDE = 66  # characters of a line above it


class Live(anywidget.AnyWidget):
    """A picture, a line of text, and a stop button that works while the kernel is busy.

    A busy kernel hears no widget. So the button does what the toolbar's does: it asks Jupyter's server to interrupt the
    kernel, whose number is `kernel`. Where there is no such server it says so.
    """

    _esm = STATIC / "live.js"
    _css = STATIC / "panel.css"
    kernel = traitlets.Unicode().tag(sync=True)
    text = traitlets.Unicode().tag(sync=True)
    picture = traitlets.Bytes().tag(sync=True)  # a PNG

    def __init__(self, **values):
        found = re.search(r"kernel-(.+)\.json$", ipykernel.get_connection_file())
        super().__init__(kernel=found.group(1) if found else "", **values)


class Notebook(Progress):
    """How far it is, the time left and a stop button, with the curves so far; at the end a picture of them stays.

    The line changes by the clock, the picture with the tests: drawing one without anything new would be a waste. What
    was over before anything showed, and was tested too seldom for a curve, leaves an empty output.
    """

    def __enter__(self) -> "Notebook":
        self.began = self.written = self.drawn = time.monotonic()
        self.first, self.live, self.seconds = self.training.updates, None, 0.0
        self.place = display(HTML(""), display_id=True)
        return self

    def __exit__(self, *_) -> None:
        self.seconds = time.monotonic() - self.began
        if self.live is not None:
            self.place.update(HTML(""))
            self.live.close()

    def ended(self, run: Run) -> None:
        if self.live is None and len(run.curve["updates"]) < CURVE:
            return
        picture = curves({run.method: run}, x="steps")
        line = self.summary(run)
        with styled():
            picture.figure.axes[0].set_title(fill(line, WIDE))
        picture.alt = f"trained: {line}\n{picture.alt}"
        display(picture)  # not in that place: nbval, which runs stored notebooks, looks at no update

    def summary(self, run: Run) -> str:
        """How long it was, in updates, in steps of the environment (of one seed, on average), and in seconds."""
        updates, steps = int(run.curve["updates"][-1]), int(run.curve["steps"][-1].mean())
        done = f"{updates} updates" if run.finished else f"stopped after {updates} of {run.plan.updates} updates"
        now = f" for the last {updates - self.first} updates" if self.first else ""
        return f"{run.method} on {run.env}: {done}, {steps:,} steps a seed, {self.seconds:.0f} s{now}"

    def round(self) -> None:
        now = time.monotonic()
        if now - self.written >= PATIENCE:
            self._show(text=self.text(now))
            self.written = now

    def test(self) -> None:
        now = time.monotonic()
        if now - self.drawn >= PATIENCE:
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
            self.live = Live(**values)
            self.place.update(self.live)
        with self.live.hold_sync():  # one message for text and picture
            for name, value in values.items():
                setattr(self.live, name, value)


def in_kernel() -> bool:
    """Whether this is code of a notebook, and not merely a program in which Jupyter's packages are loaded."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return getattr(shell, "kernel", None) is not None


@wraps(loop.train)
def train(*arguments, **options) -> Run:
    return loop.train(*arguments, **{"progress": Notebook if in_kernel() else Terminal, **options})
