"""What all figures share: pictures with the same content as text, colours, and how numbers are written."""

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from html import escape
from io import BytesIO, StringIO
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import numpy as np

from marl_helpers.basics import arguments, look
from marl_helpers.basics.rounding import steady

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

WIDTH = 5.7  # inches at most: what a notebook shows on a screen of 1024 pixels beside the file browser
DPI = 100  # at which text has 12 pixels or more; where there is room, a figure is shown larger by GROWTH
GROWTH = 4 / 3
SMALL = 9  # points, of the smallest text
STYLE = {
    "font.size": 9.5,
    "axes.titlesize": 10,
    "figure.titlesize": 10,
    "axes.labelsize": SMALL,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "legend.fontsize": SMALL,
    "legend.edgecolor": look.GRID,
    "legend.facecolor": look.PAPER,
    "text.color": look.INK,
    "axes.labelcolor": look.INK,
    "axes.titlecolor": look.INK,
    "axes.edgecolor": look.QUIET,
    "xtick.color": look.QUIET,
    "ytick.color": look.QUIET,
    "xtick.labelcolor": look.INK,
    "ytick.labelcolor": look.INK,
    "grid.color": look.GRID,
    "patch.edgecolor": look.INK,
    "hatch.color": look.ON_BRIGHT,
    "hatch.linewidth": 0.6,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "axes.axisbelow": True,
    "svg.fonttype": "path",  # so that text is as wide as it was laid out, whatever fonts there are
    "svg.hashsalt": "marl_helpers",
}
# An image has no theme of its own: JupyterLab and the website say theirs in an attribute. Where style sheets are not
# kept, the image stays light on white paper. In a notebook that nobody trusts JupyterLab drops the color-scheme too, so
# that inks follow its theme, and with it light-dark(), so that no white paper stays behind them.
THEMES = (
    "<style>[data-jp-theme-light] img.marl-picture {background: none !important}"
    '[data-jp-theme-light="true"] img.marl-picture {color-scheme: light !important}'
    '[data-jp-theme-light="false"] img.marl-picture {color-scheme: dark !important}</style>'
)
PLAIN = "background: light-dark({}, {}); color-scheme: light".format(*look.THEMED["paper"])
P, R = ParamSpec("P"), TypeVar("R")


@contextmanager
def styled() -> Iterator[None]:
    """matplotlib's settings as the figures here have them, and as the user has them again afterwards."""
    from matplotlib import rc_context

    with rc_context(STYLE):
        yield


def drawn(draw: Callable[P, R]) -> Callable[P, R]:
    """A function that draws with those settings."""

    @wraps(draw)
    def within(*args: P.args, **kwargs: P.kwargs) -> R:
        with styled():
            return draw(*args, **kwargs)

    return within


class Picture:
    """A matplotlib `figure` with `alt`, the text that says what it shows."""

    def __init__(self, figure: "Figure", alt: str):
        self.figure, self.alt = figure, alt

    def __repr__(self) -> str:
        return self.alt

    def png(self, dpi: int = DPI) -> bytes:
        """The figure on white paper as the bytes of a PNG file, with a palette of its own."""
        from matplotlib.image import imread
        from PIL import Image

        buffer, small = BytesIO(), BytesIO()
        with styled():
            self.figure.savefig(buffer, format="png", dpi=dpi, bbox_inches="tight", facecolor=look.PAPER)
        buffer.seek(0)
        pixels = np.round(255 * imread(buffer)[..., :3]).astype(np.uint8)
        Image.fromarray(pixels).quantize(128).save(small, "PNG", optimize=True)
        return small.getvalue()

    @drawn
    def svg(self) -> str:
        """The figure as SVG without a ground, whose inks follow the color-scheme of the image that shows it."""
        buffer = StringIO()
        still = {"format": "svg", "metadata": {"Date": None}}
        pixels = 2 * DPI  # of maps, which are images in it
        self.figure.savefig(buffer, dpi=pixels, bbox_inches="tight", facecolor="none", **still)
        return _themed(buffer.getvalue())

    def html(self) -> str:
        """An <img> of the SVG that follows the theme of the page.

        JupyterLab gives an image no alt text of its own, so the picture is an <img> where HTML can be shown.
        """
        return THEMES + image(self.svg(), self.alt).replace("<img", '<img class="marl-picture"')

    def _repr_mimebundle_(self, include=None, exclude=None):
        data = b64encode(png := self.png()).decode()  # for code hosts
        width = int.from_bytes(png[16:20], "big")
        return (
            {"text/html": self.html(), "image/png": data, "text/plain": self.alt},
            {"image/png": {"width": width}},
        )


def image(svg: str, alt: str) -> str:
    """An <img> of a picture's SVG, on white paper: its text has 12 pixels or more, where there is room."""
    points = float(re.search(r'<svg[^>]* width="([\d.]+)pt"', svg)[1])
    data, width = b64encode(svg.encode()).decode(), round(GROWTH * DPI * points / 72)
    return f'<img style="{PLAIN}" src="data:image/svg+xml;base64,{data}" width="{width}" alt="{escape(alt)}">'


def _themed(svg: str) -> str:
    """An SVG of matplotlib's, smaller: themed inks as variables, lengths in hundredths of a point, maps in palettes."""
    svg = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->|<\?xml.*?\?>|<!DOCTYPE.*?>", "", svg, flags=re.DOTALL)
    for k, name in enumerate(dict.fromkeys(re.findall(r'id="(p[0-9a-f]{10})"', svg))):
        svg = svg.replace(name, f"clip{k}")  # the same for the same figure
    for name, (light, _) in look.THEMED.items():
        svg = svg.replace(light, f"var(--{name})")
    svg = re.sub(r"(?<=data:image/png;base64,)[\w+/=\s]+", lambda found: _paletted(found[0]), svg)
    places = r'(?<= d=")[^"]+|(?<=translate\()[^)]+'
    svg = re.sub(places, lambda found: re.sub(r"-?\d+\.\d{3,}", _hundredths, found[0]), svg)
    svg = re.sub(r"\s*\n\s*", "\n", svg).strip()
    light, dark = ("".join(f"--{name}: {inks[k]};" for name, inks in look.THEMED.items()) for k in (0, 1))
    themes = f"<style>:root {{{light}}} @media (prefers-color-scheme: dark) {{:root {{{dark}}}}}</style>"
    return svg.replace("<defs>", f"{themes}<defs>", 1)


def _hundredths(number: re.Match) -> str:
    return f"{float(number[0]):.2f}"


def _paletted(png: str) -> str:
    """The same image in base64, with a palette where that is shorter; a map in one scale has 256 colours at most."""
    from PIL import Image

    buffer = BytesIO()
    with Image.open(BytesIO(b64decode(png))) as image:
        pixels = np.array(image.convert("RGBA"))
    colours, places = np.unique(pixels.view("<u4"), return_inverse=True)
    if len(colours) > 256:
        return png
    image = Image.fromarray(places.reshape(pixels.shape[:2]).astype(np.uint8), "P")
    image.putpalette(colours.tobytes(), "RGBA")
    image.save(buffer, "PNG", optimize=True)
    return min(png, b64encode(buffer.getvalue()).decode(), key=len)


def spread(
    count: int, columns: int, height: float, width: float | None = None, **shared: object
) -> tuple["Figure", list["Axes"]]:
    """A figure with so many axes in rows of at most `columns`, each row `height` inches high.

    width: inches of one of the axes; by default so that a full row has WIDTH. shared: sharex and sharey.
    """
    from matplotlib.figure import Figure

    columns = min(count, columns)
    rows = -(-count // columns)
    figure = Figure(figsize=(min(WIDTH, columns * width) if width else WIDTH, rows * height), layout="constrained")
    every = np.ravel(figure.subplots(rows, columns, **shared))
    for axes in every[count:]:
        axes.remove()
    return figure, list(every[:count])


def stroke(label: str, mark: look.Mark) -> dict[str, object]:
    """How matplotlib draws a curve: QMIX's solid line is wide and lies below, so that one on it hides no part of it."""
    width, order = (3.5, 2) if look.method(label) == "qmix" else (2, 2.1)
    return {"color": mark.colour, "linestyle": mark.line, "linewidth": width, "zorder": order}


def scale() -> "Colormap":
    """The one scale of tables as matplotlib has it."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("more", [look.LESS, look.MIDDLE, look.MORE])


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
