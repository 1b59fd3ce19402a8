"""What all figures share: pictures with the same content as text, colours, and how numbers are written."""

from base64 import b64encode
from collections.abc import Callable
from html import escape
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from marl_helpers.basics import arguments
from marl_helpers.basics.rounding import steady

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS = "cividis"  # readable without colour vision, and in print
# Told apart without colour vision, by the dashes too.
LINES = (("#0072b2", "-"), ("#d55e00", "--"), ("#009e73", "-."), ("#cc79a7", ":"), ("#000000", (0, (1, 1))))


class Picture:
    """A matplotlib `figure` with `alt`, the text that says what it shows."""

    def __init__(self, figure: "Figure", alt: str):
        self.figure, self.alt = figure, alt

    def __repr__(self) -> str:
        return self.alt

    def png(self, dpi: int = 200) -> bytes:
        """The figure as the bytes of a PNG file."""
        buffer = BytesIO()
        self.figure.savefig(buffer, format="png", dpi=dpi, bbox_inches="tight", facecolor="white")
        return buffer.getvalue()

    def _repr_mimebundle_(self, include=None, exclude=None):
        png = self.png()
        data = b64encode(png).decode()
        width = int.from_bytes(png[16:20], "big") // 2  # shown at 100 dots an inch, sharp on dense screens
        # JupyterLab gives an image no alt text of its own, so the picture is an <img> where HTML can be shown.
        html = f'<img src="data:image/png;base64,{data}" width="{width}" alt="{escape(self.alt)}">'
        return {"text/html": html, "image/png": data, "text/plain": self.alt}, {"image/png": {"width": width}}


def ink(shade: float) -> str:
    """The colour of text on that shade of COLOURS, from 0 to 1: where they meet either has a contrast of 4.5."""
    return "white" if shade < 0.47 else "black"


def label(value: float, places: int = 1, optimal: bool = False, played: bool = False) -> str:
    """A cell's text: * marks an optimum, [ ] what the team plays."""
    text = decimals(value, places) + ("*" if optimal else "")
    return f"[{text}]" if played else text


def matrix(**values: object) -> np.ndarray:
    """What is drawn as a table: numbers in rows and columns; raises ValueError for anything else."""
    ((name, value),) = values.items()
    found = arguments.array(name, value, "a table of numbers, with rows and columns", "biuf").astype(float)
    if found.ndim != 2 or not found.size:
        raise ValueError(f"{name} has shape {found.shape}: give one of two agents, rows and columns")
    return found


def made_by(attribute: str, remedy: str) -> Callable[..., Any]:
    """A check of things that have this attribute, for arguments.entries."""

    def check(**values: object) -> Any:
        ((name, value),) = values.items()
        return value if hasattr(value, attribute) else arguments.refuse(name, value, remedy)

    return check


FIT = made_by("optimal", "a fit, as marl_helpers.fit returns it")
CURVE = made_by("curve", "a run, or anything else with a curve")
RUN = made_by("learner", "a run that train returned")


def places(*arrays: np.ndarray) -> int:
    """How many decimals tell the values of these arrays apart: 1 for rewards of common size, more for tiny spreads."""
    spread = steady(max(map(np.max, arrays)) - min(map(np.min, arrays)))
    least = 1 if spread < 1000 else 0
    return least if spread == 0 else min(max(1 - int(np.floor(np.log10(spread))), least), 9)


def decimals(value: float, places: int = 1) -> str:
    """A value to that many decimals, without trailing zeros, a minus sign before zero, or more than seven digits."""
    if abs(value) >= 1e7:
        return f"{value:.2e}"
    text = f"{round(steady(value), places) + 0.0:.{places}f}"
    return text.rstrip("0").removesuffix(".") if "." in text else text
