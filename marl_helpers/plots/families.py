"""Figures of families of games: what each class fits and plays along a line or on a plane, and what learners find."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

import numpy as np

from marl_helpers.basics import arguments, look
from marl_helpers.exact import Projection
from marl_helpers.plots.base import FIT, WIDTH, Picture, decimals, drawn, matrix, spread, stroke

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from marl_helpers.fitting.runs import Fit

CLASSES = {"additive": "a sum (VDN)", "convex": "QMIX's class", "monotone": "any monotone mixer"}
OUTCOMES = {  # colour and hatching
    "yes": (look.RIGHT_AREA, look.HATCHES["right"]),
    "tie": (look.TIE_AREA, look.HATCHES["tie"]),
    "no": (look.WRONG_AREA, look.HATCHES["wrong"]),
}
Span = tuple[float, float, str, str]  # from, to, outcome (a key of OUTCOMES), text


@drawn
def interpolation(
    lams: Sequence[float],
    projections: Mapping[str, Sequence[Projection]],
    learned: Mapping[str, "Fit"],
    marks: Mapping[str, float],
) -> Picture:
    """Along a line of games: every class's least error, what its best fit plays, and the share of learned runs right.

    lams: increasing, [T]. projections: a class of families.CLASSES -> T projections. learned: label -> the fit of the
    T tables; without any there is no panel of it. marks: label -> a lambda to mark.
    """
    from matplotlib.figure import Figure

    lams, learned, marks = _line(lams, learned, marks, 0)
    arguments.mapping(projections=projections)
    for name in projections:
        arguments.one_of(CLASSES, **{"a class of projections": name})
    panels = 3 if learned else 2
    figure = Figure(figsize=(WIDTH, 2.0 * panels), layout="constrained")
    errors, plays, *shares = figure.subplots(panels, 1, sharex=True, height_ratios=[3, 2, 2][:panels])
    curves = {CLASSES[name]: np.array([best.mse for best in fits]) for name, fits in projections.items()}
    strips = {CLASSES[name]: _spans(lams, map(_play, fits)) for name, fits in projections.items()}
    _draw_curves(errors, lams, curves, "mean squared error", "Error of the best fit")
    _draw_strips(plays, strips, "What the best fit plays")
    for axes in shares:
        _draw_shares(axes, lams, learned)
    _mark(figure, marks)
    at = np.linspace(0, len(lams) - 1, 5).astype(int)
    texts = [
        f"{label}: least error {', '.join(f'{decimals(curve[k], 2)} at λ = {lams[k]:.3g}' for k in at)}"
        for label, curve in curves.items()
    ]
    plays_text = [f"{label}: best fit plays {_say_strip(spans)}" for label, spans in strips.items()]
    return Picture(figure, "\n".join([*texts, *plays_text, *_say_shares(lams, learned)]))


@drawn
def recipes(lams: Sequence[float], learned: Mapping[str, "Fit"], marks: Mapping[str, float]) -> Picture:
    """Along a line of games, for several recipes: the share of learned runs right, and whether the best run is.

    lams: increasing, [T]. learned: label -> the fit of the T tables. marks: label -> a lambda to mark.
    """
    from matplotlib.figure import Figure

    lams, learned, marks = _line(lams, learned, marks)
    figure = Figure(figsize=(WIDTH, 5), layout="constrained")
    shares, best = figure.subplots(2, 1, sharex=True, height_ratios=[3, 2])
    _draw_shares(shares, lams, learned)
    strips = {
        label: _spans(lams, [("yes", "right") if right else ("no", "wrong") for right in fit.best_runs()])
        for label, fit in learned.items()
    }
    _draw_strips(best, strips, "What the run of least error plays")
    _mark(figure, marks)
    best_text = [
        f"{label}, run of least error: {_say_runs(lams, ['right' if right else 'wrong' for right in fit.best_runs()])}"
        for label, fit in learned.items()
    ]
    return Picture(figure, "\n".join([*_say_shares(lams, learned), *best_text]))


@drawn
def phases(
    maps: Mapping[str, np.ndarray],
    width: tuple[float, float],
    height: tuple[float, float],
    points: Mapping[str, tuple[float, float]],
) -> Picture:
    """A plane of games, one map for each class and each learner: where greedy play finds the optimum.

    maps: title -> shares from 0 (wrong) to 1 (right), [games along y, games along x] at the midpoints of a grid over
    x in `width` and y in `height`. points: named games, label -> (x, y).
    """
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.patches import Patch

    maps, points = arguments.entries(matrix, maps=maps), arguments.mapping(0, points=points)
    width, height = arguments.numbers(2, width=width, height=height)
    shades = LinearSegmentedColormap.from_list("share", [OUTCOMES[name][0] for name in ("no", "tie", "yes")])
    figure, every = spread(len(maps), 2, 2.6, sharex=True, sharey=True)
    for axes, (title, shares) in zip(every, maps.items()):
        axes.imshow(shares, cmap=shades, vmin=0, vmax=1, origin="lower", extent=(*width, *height), aspect="auto")
        for label, (x, y) in points.items():
            axes.plot(x, y, "o", color=look.ON_BRIGHT, clip_on=False)
            below = y > sum(height) / 2
            side = "right" if x > sum(width) / 2 else "left"  # inside the map
            place = (-7 if side == "right" else 7, -14 if below else 7)
            style = {"color": look.ON_BRIGHT, "bbox": {"facecolor": look.TIE_AREA, "edgecolor": "none", "pad": 1}}
            axes.annotate(label, (x, y), place, textcoords="offset points", ha=side, **style)
        axes.set(title=title, xlabel="x")
    figure.axes[0].set_ylabel("y")
    words = {1.0: "right", 0.75: "in 3 of 4 runs", 0.5: "in half of them, or a tie", 0.25: "in 1 of 4", 0.0: "wrong"}
    if all(np.isin(shares, (0, 0.5, 1)).all() for shares in maps.values()):  # of best fits, not of runs
        words = {1.0: "right", 0.5: "a tie", 0.0: "wrong"}
    handles = [Patch(facecolor=shades(share), edgecolor=look.QUIET, label=word) for share, word in words.items()]
    figure.legend(handles=handles, loc="outside lower center", ncols=3, frameon=False)
    alt = [f"{title}: right on about {round(10 * np.mean(shares))} of 10 games" for title, shares in maps.items()]
    return Picture(figure, "\n".join(alt))


def _line(lams: Sequence[float], learned: Mapping[str, "Fit"], marks: Mapping[str, float], least: int = 1) -> tuple:
    """The lambdas, at least so many fits, and the marks of a line of games, checked."""
    places = arguments.entries(arguments.finite, 0, marks=marks)
    return arguments.numbers(lams=lams).tolist(), arguments.entries(FIT, least, learned=learned), places


def _draw_curves(
    axes: "Axes", lams: Sequence[float], curves: Mapping[str, np.ndarray], ylabel: str, title: str
) -> None:
    for (label, values), mark in zip(curves.items(), look.marks(curves)):
        axes.plot(lams, values, label=label, **stroke(label, mark))
    axes.set(ylabel=ylabel)
    axes.set_title(title, loc="left")
    axes.legend(loc="best", framealpha=0.8)


def _draw_shares(axes: "Axes", lams: Sequence[float], learned: Mapping[str, "Fit"]) -> None:
    shares = {label: fit.share for label, fit in learned.items()}
    _draw_curves(axes, lams, shares, "share of runs", "Learned runs that play the optimum")
    axes.set_ylim(-0.05, 1.05)


def _draw_strips(axes: "Axes", strips: Mapping[str, list[Span]], title: str) -> None:
    for row, spans in enumerate(strips.values()):
        for start, stop, outcome, text in spans:
            colour, hatch = OUTCOMES[outcome]
            axes.barh(row, stop - start, 0.8, start, color=colour, hatch=hatch, edgecolor=look.ON_BRIGHT, linewidth=0)
            if stop - start > 0.1 * (spans[-1][1] - spans[0][0]):  # else it has no room
                box = {"facecolor": colour, "edgecolor": "none", "pad": 2}
                style = {"ha": "center", "va": "center", "zorder": 4, "color": look.ON_BRIGHT}
                axes.text((start + stop) / 2, row, text, bbox=box, **style)
    axes.set(yticks=range(len(strips)), yticklabels=list(strips))
    axes.set_title(title, loc="left")
    axes.invert_yaxis()


def _mark(figure: "Figure", marks: Mapping[str, float]) -> None:
    for place in marks.values():
        for axes in figure.axes:
            axes.axvline(place, color=look.QUIET, linewidth=0.8, zorder=3)
    top = figure.axes[0].secondary_xaxis("top")
    top.set_xticks(list(marks.values()), list(marks))
    figure.axes[-1].set_xlabel("λ")


def _spans(lams: Sequence[float], judged: Iterable[tuple[str, str]]) -> list[Span]:
    """Neighbours of equal outcome and text joined; a span ends half way to the next lambda."""
    ends = [lams[0], *((a + b) / 2 for a, b in pairwise(lams)), lams[-1]]
    groups = [(key, [k for k, _ in group]) for key, group in groupby(enumerate(judged), key=lambda pair: pair[1])]
    return [(ends[places[0]], ends[places[-1] + 1], *key) for key, places in groups]


def _play(best: Projection) -> tuple[str, str]:
    cells = " or ".join(map(str, best.greedy))
    return best.finds_optimum, cells + {"yes": "", "tie": "\na tie", "no": "\nwrong"}[best.finds_optimum]


def _say_strip(spans: list[Span]) -> str:
    return ", then ".join(f"{' '.join(text.split())} up to {stop:.3g}" for _, stop, _, text in spans)


def _say_runs(lams: Sequence[float], words: Sequence[str]) -> str:
    """Words at eleven places only: runs vary a little from machine to machine, as rounding errors grow on the way."""
    at = np.linspace(0, len(lams) - 1, 11).astype(int)
    groups = [(word, list(places)) for word, places in groupby(at, key=lambda k: words[k])]
    return ", ".join(f"{word} at λ from {lams[k[0]]:.3g} to {lams[k[-1]]:.3g}" for word, k in groups)


def _say_shares(lams: Sequence[float], learned: Mapping[str, "Fit"]) -> list[str]:
    return [
        f"{label}, runs right: {_say_runs(lams, [_amount(s) for s in fit.share])}" for label, fit in learned.items()
    ]


def _amount(share: float) -> str:
    words = ["none or few", "about half", "most", "all"]
    return words[int(np.searchsorted([1 / 3, 2 / 3, 1.0], share, side="right"))]
