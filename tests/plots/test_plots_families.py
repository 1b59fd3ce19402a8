"""Figures of families: curves, strips and maps are read back from the drawing, and said again in the alt text."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from marl_helpers import exact, families, games
from marl_helpers.fitting.runs import LEARNER, Fit
from marl_helpers.plots import families as plots_families

LINE = families.Family(games.ADDITIVE, games.COORDINATION)
LAMS = families.midpoints(40, 0, 2)


def a_fit(optimal, mse=None):
    """A Fit of which only the runs' errors and whether they are right are looked at."""
    optimal = np.asarray(optimal, bool)
    empty = np.zeros(0)
    mse = np.ones(optimal.shape) if mse is None else np.asarray(mse)
    return Fit("qmix", "gradient", LEARNER, empty, empty, mse=mse, loss=mse, greedy=empty, optimal=optimal)


def strips(axes):
    """label -> its bars as (from, to, hatching), from left to right, in colours that go with their hatching."""
    labels = [label.get_text() for label in axes.get_yticklabels()]
    bars = {label: [] for label in labels}
    for bar in axes.patches:
        row = round(bar.get_y() + bar.get_height() / 2)
        assert (to_hex(bar.get_facecolor()), bar.get_hatch() or "") in plots_families.OUTCOMES.values()
        bars[labels[row]].append((bar.get_x(), bar.get_x() + bar.get_width(), bar.get_hatch() or ""))
    return bars


@pytest.fixture(scope="module")
def figure():
    right = np.tile(LAMS[:, None] < 1, (1, 4))
    projections = families.project(LINE.tables(LAMS))
    return plots_families.interpolation(LAMS, projections, {"QMIX": a_fit(right)}, {"6/7": 6 / 7})


def test_the_curves_are_the_errors_of_the_best_fits(figure):
    lines = {line.get_label(): line for line in figure.figure.axes[0].lines}
    for name, label in plots_families.CLASSES.items():
        errors = [getattr(exact, name)(LINE(lam)).mse for lam in LAMS]
        assert np.array_equal(lines[label].get_data(), [LAMS, errors])
    curves = [lines[label] for label in plots_families.CLASSES.values()]
    assert (
        len({to_hex(line.get_color()) for line in curves}) == len({line._unscaled_dash_pattern for line in curves}) == 3
    )


def test_the_strips_change_where_the_greedy_action_does(figure):
    found = strips(figure.figure.axes[1])
    for label, boundary in (("a sum (VDN)", 6 / 7), ("any monotone mixer", 90 / 73), ("QMIX's class", 1.6532)):
        (start, change, hatch), (again, stop, wrong) = found[label]
        assert start == LAMS[0] and stop == LAMS[-1] and change == again and (hatch, wrong) == ("", "//")
        assert abs(change - boundary) < 0.05  # the grid's step
    texts = [text.get_text() for text in figure.figure.axes[1].texts]
    assert texts == ["(2, 2)", "(0, 0)\nwrong"] * 3


def test_the_panels_say_what_they_show_and_the_strips_come_in_the_order_of_the_curves(figure):
    errors, plays, shares = figure.figure.axes
    titles = [axes.get_title(loc="left") for axes in (errors, plays, shares)]
    assert titles == ["Error of the best fit", "What the best fit plays", "Learned runs that play the optimum"]
    assert (errors.get_ylabel(), shares.get_ylabel(), shares.get_xlabel()) == (
        "mean squared error",
        "share of runs",
        "λ",
    )
    heights = plays.transData.transform([(1, row) for row in plays.get_yticks()])[:, 1]
    from_the_top = [plays.get_yticklabels()[row].get_text() for row in np.argsort(-heights)]
    assert from_the_top == [text.get_text() for text in errors.get_legend().get_texts()]


def test_the_marks_are_lines_with_names(figure):
    for axes in figure.figure.axes:
        assert any(np.array_equal(line.get_xdata(), [6 / 7, 6 / 7]) for line in axes.lines)
    top = figure.figure.axes[0].child_axes[0]
    assert [label.get_text() for label in top.get_xticklabels()] == ["6/7"]


def test_the_shares_are_those_of_the_runs(figure):
    line = figure.figure.axes[2].lines[0]
    assert line.get_label() == "QMIX" and np.array_equal(line.get_data(), [LAMS, LAMS < 1])


def test_the_text_says_errors_actions_and_shares(figure):
    lines = figure.alt.splitlines()
    assert lines[0].startswith("a sum (VDN): least error 0 at λ = 0.025, ")
    assert lines[0].endswith(f"{exact.additive(LINE(LAMS[-1])).mse:.2f} at λ = {LAMS[-1]:.3g}")
    assert "any monotone mixer: best fit plays (2, 2) up to 1.25, then (0, 0) wrong up to 1.98" in lines
    assert "QMIX, runs right: all at λ from 0.025 to 0.975, none or few at λ from 1.18 to 1.98" in lines


def test_a_tie_is_a_stretch_of_its_own():
    lams = np.array([0.8, 6 / 7, 0.9])
    picture = plots_families.interpolation(
        lams, families.project(LINE.tables(lams)), {"VDN": a_fit([[1], [0], [0]])}, {}
    )
    assert [hatch for *_, hatch in strips(picture.figure.axes[1])["a sum (VDN)"]] == ["", "..", "//"]
    assert "(0, 0) or (0, 2) or (2, 0) or (2, 2) a tie up to 0.879, then (0, 0) wrong" in picture.alt


def test_recipes_show_the_run_of_least_error():
    lams = np.array([0.0, 1.0, 2.0])
    fits = a_fit([[1, 1], [1, 0], [1, 0]], mse=[[1, 2], [1, 2], [2, 1]])
    picture = plots_families.recipes(lams, {"narrow": fits}, {})
    shares, best = picture.figure.axes
    assert shares.lines[0].get_ydata().tolist() == [1, 0.5, 0.5]
    assert shares.get_ylim()[0] < 0 and shares.get_ylim()[1] > 1  # also where no share is that low
    assert strips(best)["narrow"] == [(0, 1.5, ""), (1.5, 2, "//")]
    assert "narrow, runs right: all at λ from 0 to 0, about half at λ from 1 to 2" in picture.alt
    assert "narrow, run of least error: right at λ from 0 to 1, wrong at λ from 2 to 2" in picture.alt


@pytest.mark.parametrize(
    ("share", "word"),
    [(0, "none or few"), (0.3, "none or few"), (0.4, "about half"), (0.6, "about half"), (0.7, "most"), (1, "all")],
)
def test_shares_in_words(share, word):
    lams = np.array([0.0, 1.0])
    runs = np.arange(10) < 10 * share
    picture = plots_families.recipes(lams, {"it": a_fit([runs, runs])}, {})
    assert f"it, runs right: {word} at λ from 0 to 1" in picture.alt


def test_a_map_has_x_to_the_right_and_y_upwards():
    shares = np.array([[1.0, 0.0, 0.0], [1.0, 1.0, 0.5]])  # [y, x]
    picture = plots_families.phases({"it": shares}, (0, 3), (0, 2), {"here": (1, 0), "there": (0, 2)})
    (axes,) = picture.figure.axes
    (image,) = axes.images
    assert np.array_equal(image.get_array(), shares) and image.origin == "lower"
    assert list(image.get_extent()) == [0, 3, 0, 2]
    assert [(line.get_xdata()[0], line.get_ydata()[0]) for line in axes.lines] == [(1, 0), (0, 2)]
    assert [text.get_text() for text in axes.texts] == ["here", "there"]
    assert picture.alt == "it: right on about 6 of 10 games"
    picture.figure.draw_without_rendering()
    for text in axes.texts:  # above its point, or below where the map ends above
        assert axes.bbox.y0 < text.get_window_extent().y0 < text.get_window_extent().y1 < axes.bbox.y1


def test_maps_and_their_legend_have_the_colours_of_the_strips_whatever_the_shares():
    maps = {"runs": np.array([[0.25, 0.75]]), "all": np.array([[1.0, 1.0]])}
    figure = plots_families.phases(maps, (0, 1), (0, 1), {}).figure
    runs, best = figure.axes
    assert [runs.get_title(), best.get_title()] == list(maps) and runs.get_ylabel() == "y"
    assert not any(label.get_visible() for label in best.get_yticklabels())  # the axis is that of the first map
    colours = [[to_hex(axes.images[0].to_rgba(share)) for share in (0.0, 0.25, 0.5, 0.75, 1.0)] for axes in figure.axes]
    assert colours[0] == colours[1] and len(set(colours[0])) == 5
    assert [colours[0][k] for k in (0, 2, 4)] == [plots_families.OUTCOMES[name][0] for name in ("no", "tie", "yes")]
    (legend,) = figure.legends
    words = {
        to_hex(box.get_facecolor()): text.get_text() for box, text in zip(legend.get_patches(), legend.get_texts())
    }
    assert [words[colour] for colour in colours[0]] == [
        "wrong",
        "in 1 of 4",
        "in half of them, or a tie",
        "in 3 of 4 runs",
        "right",
    ]


def test_right_and_wrong_differ_in_lightness():
    """So a map reads in print and without colour vision."""
    from matplotlib.colors import to_rgb

    light = {
        name: np.dot(to_rgb(colour), [0.2126, 0.7152, 0.0722]) for name, (colour, _) in plots_families.OUTCOMES.items()
    }
    assert light["tie"] > light["yes"] > light["no"] + 0.04
    hatches = [hatch for _, hatch in plots_families.OUTCOMES.values()]
    assert len(set(hatches)) == 3
