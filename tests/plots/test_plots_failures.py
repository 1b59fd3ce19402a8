"""Figures of failures: arrows, bars and diamonds are read back from the drawing, and said again in the alt text."""

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import FancyArrowPatch
from test_plots import check_contrast
from test_plots_families import a_fit

from marl_helpers import games
from marl_helpers.basics import look
from marl_helpers.exact import habits
from marl_helpers.plots import failures as plots_failures


def test_arrows_lead_where_the_data_lead_and_rings_stand_where_a_team_stays():
    moves = habits.moves(games.COORDINATION, 0.5)
    picture = plots_failures.flow(games.COORDINATION, {"half": moves, "all": habits.moves(games.COORDINATION, 1.0)})
    axes, _ = picture.figure.axes
    arrows = [patch._posA_posB for patch in axes.patches if isinstance(patch, FancyArrowPatch)]
    drawn = {(start[::-1], end[::-1]) for start, end in arrows}
    expected = {(cell, end) for cell, ends in moves.items() for end in ends if end != cell}
    assert drawn == expected and len(arrows) == len(expected)
    rings = {(int(line.get_ydata()[0]), int(line.get_xdata()[0])): line.get_color() for line in axes.lines}
    assert set(rings) == set(habits.stays(games.COORDINATION, 0.5))
    assert rings == {(0, 0): look.WRONG, (2, 2): look.RIGHT}
    assert {text.get_text() for text in axes.texts} == {"6", "4", "2", "3", "1", "8*"}
    half, everything = picture.alt.splitlines()
    assert half.startswith("half: stays at (0, 0) and (2, 2); from (0, 1) to (0, 0)")
    assert everything.count("to (0, 0)") == 8 and "stays at (0, 0);" in everything


def test_arrows_to_one_of_several_that_tie_are_dotted():
    moves = habits.moves(games.MATCHING, 1.0)
    axes = plots_failures.flow(games.MATCHING, {"": moves}).figure.axes[0]
    assert {patch.get_linestyle() for patch in axes.patches if isinstance(patch, FancyArrowPatch)} == {":"}
    assert "stays at none" in plots_failures.flow(games.MATCHING, {"": moves}).alt


def test_basins_count_right_runs_upwards_and_wrong_ones_downwards():
    fit = a_fit([True, True, False, False, False], [1.0, 1.0, 3.0, 3.0, 5.0])
    picture = plots_failures.basins({"a": fit, "b": a_fit([False], [2.0]), "c": a_fit([True], [2.0])})
    axes = picture.figure.axes[0]
    bars = [(bar.get_height(), to_hex(bar.get_facecolor())) for bar in axes.patches if bar.get_height()]
    assert sorted(bars) == [(-2, look.WRONG), (-1, look.WRONG), (2, look.RIGHT)]
    tall = max(axes.patches, key=lambda bar: bar.get_height())
    assert tall.get_x() == pytest.approx(1.0)
    assert picture.alt.splitlines() == [
        "a: about 4 of 10 runs right; right errors from 1, wrong errors from 3",
        "b: no run right; wrong errors from 2",
        "c: all runs right; right errors from 2",
    ]
    assert axes.get_title("left") == "a: 2 of 5 runs right"
    small = plots_failures.basins({"a": a_fit([True, False], [0.0021, 0.0149])})
    assert small.alt == "a: about 5 of 10 runs right; right errors from 0.002, wrong errors from 0.015"


def test_nearly_no_run_and_nearly_all_runs_are_said_as_such():
    for right, said in (
        (0, "no run"),
        (1, "fewer than 1 of 10 runs"),
        (2, "about 1 of 10 runs"),
        (30, "about 9 of 10 "),
    ):
        fit = a_fit([True] * right + [False] * (32 - right), np.ones(32))
        assert plots_failures.basins({"a": fit}).alt.startswith(f"a: {said}")
    for right, said in ((31, "more than 9 of 10 runs right"), (32, "all runs right")):
        fit = a_fit([True] * right + [False] * (32 - right), np.ones(32))
        assert plots_failures.basins({"a": fit}).alt.startswith(f"a: {said}")


@pytest.mark.parametrize("error", [0.0, 1e-20, 1.0, 1e12, 1e17])
def test_errors_that_are_all_equal_still_make_a_bar(error):
    picture = plots_failures.basins({"a": a_fit([True, False], [error, error])})
    bars = [bar for bar in picture.figure.axes[0].patches if bar.get_height()]
    assert sorted(bar.get_height() for bar in bars) == [-1, 1] and min(bar.get_width() for bar in bars) > 0


def test_what_cannot_be_drawn_is_refused():
    for draw, name in (("survey", "shares"), ("grid", "shares"), ("basins", "learned")):
        with pytest.raises(ValueError, match=f"{name} is empty: give one entry or more"):
            getattr(plots_failures, draw)({})
    with pytest.raises(ValueError, match="moves is empty"):
        plots_failures.flow(games.MATCHING, {})
    with pytest.raises(ValueError, match=r"table has shape \(2, 2, 2\): give one of two agents"):
        plots_failures.flow(games.HANDS, {"": habits.moves(games.HANDS, 0.5)})


def test_a_survey_has_a_bar_for_learning_and_a_diamond_for_the_best_fit():
    shares = {
        "uniform": {"VDN": (0.37, 0.36), "QPLEX": (0.9, 0.8)},
        "peak": {"VDN": (0.8, 0.7), "QPLEX": (1.0, 1.0)},
    }
    picture = plots_failures.survey(shares | {"punished": {"VDN": (0.08, 0.1), "QPLEX": (0.4, 0.2)}})
    uniform, peak, punished = picture.figure.axes
    assert [text.get_position()[0] for text in punished.texts] == pytest.approx([0.18, 0.02])  # beside its diamond
    assert [bar.get_width() for bar in uniform.patches] == [0.36, 0.8]
    assert [(line.get_xdata()[0], line.get_ydata()[0]) for line in uniform.lines] == [(0.37, 0), (0.9, 1)]
    assert [bar.get_width() for bar in peak.patches] == [0.7, 1.0]
    assert [text.get_text() for text in uniform.get_yticklabels()] == ["VDN", "QPLEX"]
    assert (
        picture.alt.splitlines()[0]
        == "uniform: VDN best fit 37%, learned a quarter to a half; QPLEX best fit 90%, learned over three quarters"
    )
    assert (
        picture.alt.splitlines()[1]
        == "peak: VDN best fit 80%, learned a half to three quarters; QPLEX best fit 100%, learned all"
    )
    assert np.ptp([axes.get_ylim()[0] for axes in picture.figure.axes]) == 0


def test_a_grid_has_a_row_for_each_method_and_says_every_share():
    picture = plots_failures.grid({"VDN": {"OR": 1.0, "Climbing": 0.0}, "QMIX": {"Climbing": 0.4, "OR": 0.9}})
    (axes,) = picture.figure.axes
    assert axes.images[0].get_array().tolist() == [[1.0, 0.0], [0.9, 0.4]]  # (method, game), whatever a row's order
    assert [text.get_text() for text in axes.texts] == ["100%", "0%", "90%", "40%"]
    assert [text.get_text() for text in axes.get_xticklabels()] == ["OR", "Climbing"]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["VDN", "QMIX"]
    assert plots_failures.grid({"VDN": {"OR": 1}}, "share of cells").figure.axes[0].get_title() == "share of cells"
    assert picture.alt.splitlines() == [
        "VDN: OR most or all, Climbing hardly any",
        "QMIX: OR most or all, Climbing some",
    ]


def test_a_grid_can_be_read_and_says_shares_in_sixths():
    shares = {f"game {share}": share for share in (0.0, 0.16, 0.17, 0.46, 0.49, 0.83, 0.84, 1.0)}
    picture = plots_failures.grid({"QMIX": shares})
    check_contrast(picture.figure.axes[0])
    said = [words.split(maxsplit=2)[2] for words in picture.alt.removeprefix("QMIX: ").split(", ")]
    assert said == ["hardly any"] * 2 + ["some"] * 4 + ["most or all"] * 2
