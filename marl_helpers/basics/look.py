"""The one dictionary of colour and mark: what a colour, a dash and a marker mean, in every figure and every widget.

Colours of lines and marks have a contrast of at least 3 with white and with the dark themes' grounds, and differ from
one another by at least 12 (CIE 1976) for readers with and without protanopia, deuteranopia or tritanopia.
"""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple


class Mark(NamedTuple):
    """How a curve or a point looks: colour, dash (lengths on and off in line widths, () for a solid line), marker."""

    colour: str
    dash: tuple[float, ...] = ()
    marker: str = "o"  # in matplotlib's letters

    @property
    def line(self) -> tuple[float, tuple[float, ...] | None]:
        """The dash as matplotlib takes it."""
        return 0, self.dash or None


SOLID, LONG, MIXED, DOTS, TWICE = (), (4, 1.5), (5, 1.5, 1, 1.5), (1, 1.2), (5, 1.5, 1, 1.5, 1, 1.5)

SETS = "#8634ff"  # of all mixers for teams of any size: as many colours more could not be told apart, so dashes do it
METHODS: Mapping[str, Mark] = MappingProxyType(
    {
        "iql": Mark("#6a7495", DOTS, "X"),
        "vdn": Mark("#9145da", LONG, "s"),
        "qmix": Mark("#1f9e4f", SOLID, "o"),
        "monotone": Mark("#8d992d", MIXED, "D"),
        "cw_qmix": Mark("#cc1085", LONG, "<"),
        "ow_qmix": Mark("#077c3d", TWICE, ">"),
        "qtran": Mark("#d22538", DOTS, "v"),
        "qtran_alt": Mark("#cc7995", MIXED, "^"),
        "graph": Mark("#b92dae", MIXED, "h"),
        "qplex": Mark("#b172dd", TWICE, "P"),
        "joint": Mark("#a05b66", DOTS, "*"),
        "qatten": Mark(SETS, LONG, "p"),
        "set_hyper": Mark(SETS, SOLID, "d"),
        "deep_set": Mark(SETS, MIXED, "H"),
        "transformer": Mark(SETS, DOTS, "8"),
        "trajectory": Mark(SETS, TWICE, "1"),
    }
)
# How a label speaks of a method; the first that is found counts.
_WORDS = (
    ("cw_qmix", r"cw[-_ ]?qmix"),
    ("ow_qmix", r"ow[-_ ]?qmix|wqmix"),
    ("qtran_alt", r"qtran[-_ ]?alt"),
    ("qtran", r"qtran"),
    ("qplex", r"qplex"),
    ("qatten", r"qatten"),
    ("set_hyper", r"set[-_ ]?hyper"),
    ("deep_set", r"deep[-_ ]?set"),
    ("transformer", r"transformer"),
    ("trajectory", r"trajectory"),
    ("qmix", r"qmix|convex"),
    ("vdn", r"vdn|additive|\bsum\b"),
    ("iql", r"iql|independent"),
    ("graph", r"graph"),
    ("monotone", r"monotone"),
    ("joint", r"joint"),
)

# Verdicts, never a method's colours: as a line or mark, and as an area under black text, which is hatched as well.
RIGHT, WRONG, TIE = "#0072b2", "#d55e00", "#8a8a8a"
RIGHT_AREA, WRONG_AREA, TIE_AREA = "#9fcbea", "#f5a55f", "#d6d6d6"
HATCHES: Mapping[str, str] = MappingProxyType({"right": "", "wrong": "//", "tie": ".."})

# The one scale of tables: less, the middle, more. More is the bright end, in both themes, printed and live.
LESS, MIDDLE, MORE = "#00224e", "#7d7c78", "#fee838"
ON_DARK, ON_BRIGHT = "#ffffff", "#000000"  # text in a cell
TURN = 0.465  # the shade from which a cell's text is black: there both have a contrast of 4.5

AGENTS = ("#a089c9", "#b58277", "#2681ff")  # agent 1, 2 and 3, where colour tells them apart; text on them is black
REWARD = "#e69f00"  # what a step pays, and what pays in a world: prey, landmarks, trucks; under black text

# What a theme changes, in light and in dark. The light ones are used for nothing else, so that they can be found.
THEMED: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "ink": ("#1b1b1b", "#f2f2f2"),  # text and axes
        "quiet": ("#4f4f4f", "#c6c6c6"),  # less important text
        "faint": ("#8b8b8b", "#8b8b8b"),  # lines that only guide
        "grid": ("#dedede", "#3c3c3c"),
        "paper": ("#fefefe", "#111111"),  # behind a label that lies on lines
    }
)
INK, QUIET, FAINT, GRID, PAPER = (light for light, _ in THEMED.values())

# Whatever is no method: initial scales, actions, parts left out. Ink alone, so that no colour says something false.
NEUTRAL = (
    Mark(INK, SOLID, "o"),
    Mark(FAINT, LONG, "s"),
    Mark(QUIET, DOTS, "D"),
    Mark(FAINT, SOLID, "^"),
    Mark(QUIET, MIXED, "v"),
)
CELL = "rgba(128, 128, 128, 0.15)"  # the ground of a cell that is compared with nothing, in both themes
COMPARISON = Mark(FAINT, (1, 2), "")  # a level to compare with, such as an optimum


def method(label: str) -> str | None:
    """The method that a label such as "VDN, trained" or "QMIX's class" speaks of; None where it speaks of none."""
    return next((name for name, words in _WORDS if re.search(words, label.lower())), None)


def marks(labels: Iterable[str]) -> list[Mark]:
    """The look of each of these curves of one figure: its method's, and of a method's second curve another dash."""
    found: list[Mark] = []
    neutral = 0
    for label in labels:
        name = method(label)
        mark = METHODS[name] if name else NEUTRAL[neutral % len(NEUTRAL)]
        neutral += name is None
        taken = {(other.colour, other.dash) for other in found}
        other_dashes = (dash for dash in (LONG, DOTS, MIXED, TWICE, SOLID) if (mark.colour, dash) not in taken)
        if (mark.colour, mark.dash) in taken:
            mark = mark._replace(dash=next(other_dashes, mark.dash))
        found.append(mark)
    return found


def shade(heat: float) -> str:
    """The colour of the tables' scale at `heat`, from 0 (least) to 1 (most)."""
    low, high, part = (LESS, MIDDLE, 2 * heat) if heat < 0.5 else (MIDDLE, MORE, 2 * heat - 1)
    mixed = (round(a + part * (b - a)) for a, b in zip(_channels(low), _channels(high), strict=True))
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def ink(heat: float) -> str:
    """The colour of text on `shade(heat)`."""
    return ON_DARK if heat < TURN else ON_BRIGHT


def properties() -> dict[str, str]:
    """The same as custom properties of CSS, for widgets: --marl-right, --marl-method-vdn, --marl-dash-vdn, ...

    What a theme changes is JupyterLab's own there, and is in static/look.css.
    """
    plain = {"right": RIGHT, "wrong": WRONG, "tie": TIE, "faint": FAINT, "reward": REWARD}
    scale = {"less": LESS, "middle": MIDDLE, "more": MORE}
    areas = {"right-area": RIGHT_AREA, "wrong-area": WRONG_AREA, "tie-area": TIE_AREA}
    texts = {"on-dark": ON_DARK, "on-bright": ON_BRIGHT, "turn": f"{TURN}"}
    agents = {f"agent-{i + 1}": colour for i, colour in enumerate(AGENTS)}
    methods = {f"method-{name.replace('_', '-')}": mark.colour for name, mark in METHODS.items()}
    dashes = {f"dash-{name.replace('_', '-')}": css_dash(mark) for name, mark in METHODS.items()}
    every = plain | scale | areas | texts | agents | methods | dashes
    return {f"--marl-{key}": value for key, value in every.items()}


def css_dash(mark: Mark, width: float = 2) -> str:
    """A dash as SVG's stroke-dasharray takes it, for a line so many pixels wide."""
    return " ".join(f"{width * length:g}" for length in mark.dash) or "none"


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[k : k + 2], 16) for k in (1, 3, 5))
