"""Figures: what they draw is read back from the drawing, and said again in the alt text."""

import base64
import re
from io import BytesIO

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from marl_helpers import diagnose, games, plots
from marl_helpers.plots.base import decimals, places


def drawn(picture):
    """title -> the texts in its cells, in reading order."""
    return {axes.get_title(): [text.get_text() for text in axes.texts] for axes in picture.figure.axes}


def test_a_table_shows_every_value_the_optimum_and_the_play():
    picture = plots.tables({"R": games.COORDINATION, "fit": games.COORDINATION / 3}, [(2, 2)], {"fit": (0, 0)})
    shown = drawn(picture)
    assert shown["R"] == ["6", "4", "2", "4", "3", "1", "2", "1", "8*"]
    assert shown["fit"] == ["[2]", "1.3", "0.7", "1.3", "1", "0.3", "0.7", "0.3", "2.7*"]
    for title, texts in shown.items():
        line = next(line for line in picture.alt.splitlines() if line.startswith(f"{title}: "))
        assert line.removeprefix(f"{title}: ").replace(",", "").split() == texts


def test_rows_are_agent_1s_actions_and_columns_agent_2s():
    values = np.array([[0, 1, 2], [5, 6, 7]])
    axes = plots.tables({"R": values}, [(0, 2)], {"R": (1, 0)}).figure.axes[0]
    shown = {text.get_position(): text.get_text() for text in axes.texts}  # x is the column, y the row
    assert shown == {(0, 0): "0", (1, 0): "1", (2, 0): "2*", (0, 1): "[5]", (1, 1): "6", (2, 1): "7"}
    assert np.asarray(axes.images[0].get_array()) == pytest.approx(values / 7)
    assert axes.yaxis_inverted() and not axes.xaxis_inverted()  # row 0 on top, column 0 on the left
    assert axes.get_xlabel() == "agent 2 plays" and axes.get_ylabel() == "agent 1 plays"
    assert list(axes.get_xticks()) == [0, 1, 2] and list(axes.get_yticks()) == [0, 1]


def check_contrast(axes):
    """The text of each cell can be read on its colour."""
    image = axes.images[0]

    def luminance(rgb):
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb]
        return np.dot(linear, [0.2126, 0.7152, 0.0722])

    for text, shade in zip(axes.texts, np.ravel(image.get_array()), strict=True):
        bright, dark = sorted([luminance(to_rgb(text.get_color())), luminance(image.cmap(shade)[:3])], reverse=True)
        assert (bright + 0.05) / (dark + 0.05) >= 4.5  # WCAG AA


def test_text_stands_out_from_its_cell():
    check_contrast(plots.tables({"R": np.linspace(0, 1, 100).reshape(10, 10)}).figure.axes[0])


def test_a_notebook_gets_an_svg_with_alt_text_and_a_png_beside_it():
    from matplotlib.image import imread

    data, metadata = plots.tables({"R": games.BOTH})._repr_mimebundle_()
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert "data:image/svg+xml;base64," in data["text/html"] and 'alt="R: 0 0, 0 1"' in data["text/html"]
    assert data["text/plain"] == "R: 0 0, 0 1"
    width = imread(BytesIO(base64.b64decode(data["image/png"]))).shape[1]
    shown = int(re.search(r' width="(\d+)" ', data["text/html"])[1])
    assert metadata["image/png"]["width"] == width and shown == pytest.approx(width * 4 / 3, abs=3)
    assert width == pytest.approx(220, abs=30)  # at 100 dots an inch, trimmed


def test_verdicts_show_each_methods_fit_and_share():
    picture = plots.verdicts(diagnose(games.COORDINATION, ["vdn", "qmix"], runs=4))
    shown = drawn(picture)
    assert list(shown) == ["reward R", "VDN", "QMIX"]
    assert shown["VDN"][0] == "[4.6]" and shown["QMIX"][8] == "[8*]"
    assert "earns 6 of 8" in picture.figure.axes[1].get_xlabel()
    assert "(earns 6 of 8; 0 of 4 runs right)" in picture.alt


@pytest.mark.parametrize(
    ("values", "digits"), [([0, 8], 1), ([3, 3], 1), ([0, 0.08], 3), ([-12, 8], 1), ([0, 60000], 0), ([0, 1e-300], 9)]
)
def test_as_many_decimals_as_the_spread_needs(values, digits):
    assert places(np.array(values)) == digits


@pytest.mark.parametrize(
    ("value", "text"), [(-0.04, "0"), (8.0, "8"), (2.96, "3"), (-1.25, "-1.2"), (1e6, "1000000"), (1e9, "1.00e+09")]
)
def test_decimals(value, text):
    assert decimals(value) == text


def test_curves_run_as_x_does_and_are_named_in_the_alt_text():
    x = np.array([100.0, 50.0, 0.0])
    picture = plots.lines(x, {"one": {"a": x, "b": -x}, "two": {"a": x + 1, "b": x}}, "exploration, %", "own value")
    assert picture.alt.splitlines() == [
        "own value against exploration, %, 100 to 0.",
        "one: a from 100 to 0; b from -100 to 0",
        "two: a from 101 to 1; b from 100 to 0",
    ]
    first, second = picture.figure.axes
    assert [axes.get_title() for axes in (first, second)] == ["one", "two"]
    assert first.get_xlim() == (100, 0) and first.get_ylim() == second.get_ylim()
    for line, values in zip(second.lines, (x + 1, x)):
        assert np.array_equal(line.get_ydata(), values) and np.array_equal(line.get_xdata(), x)
    assert len({(line.get_color(), line.get_linestyle()) for line in first.lines}) == 2
