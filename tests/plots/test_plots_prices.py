"""What a dock must pay, and where teams come to it: the figures draw and say the numbers that they were given."""

import numpy as np

from marl_helpers.plots import commitment as plots_prices

EXACTLY = {"a sum": {2: 2.0, 3: 4.0}, "best team": {2: 2.0, 3: 3.0}}
LEARNED = {"QMIX": {2: (1.5, 2.25), 3: (6.0, np.inf)}}


def test_prices_are_lines_and_what_was_learned_are_bars_or_a_triangle():
    picture = plots_prices.prices(EXACTLY, LEARNED)
    (axes,) = picture.figure.axes
    drawn = [(list(line.get_xdata()), list(line.get_ydata())) for line in axes.get_lines()]
    assert drawn == [([2, 3], [2, 4]), ([2, 3], [2, 3]), ([2, 2], [1.5, 2.25]), ([3], [6])]
    assert axes.get_yscale() == "log" and axes.get_lines()[-1].get_marker() == "^"
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["a sum", "best team", "QMIX"]
    assert picture.alt.splitlines() == [
        "a sum: 2 robots 2, 3 robots 4",
        "best team: 2 robots 2, 3 robots 3",
        "QMIX: 2 robots between 1.5 and 2.25, 3 robots above 6, the most that was tried",
    ]


def test_phases_are_the_median_seeds_share_of_the_way_from_safe_to_optimal():
    returns = np.array([[[10, 14, 12], [20, 20, 0]], [[10, 10, 10], [9, 30, 12]]])  # [needs, pays, seeds]
    safe, optimum = [[10, 10], [10, 10]], [[14, 20], [12.9, 30]]
    picture = plots_prices.docks({"VDN": returns, "QMIX": returns + 2}, safe, optimum, [2, 3], [1, 2.5])
    left, right, _ = picture.figure.axes
    shares = left.images[0].get_array()
    assert np.allclose(shares.filled(-1), [[0.5, 1], [-1, 0.1]])
    assert [text.get_text() for text in left.texts] == ["50", "100", "–", "10"]
    assert [text.get_text() for text in right.texts] == ["100", "120", "–", "20"]
    assert [label.get_text() for label in left.get_xticklabels()] == ["1", "2.5"]
    assert left.images[0].get_clim() == right.images[0].get_clim() == (0, 1)
    assert picture.alt.splitlines()[0] == "VDN, in percent, a truck pays 1 2.5: 2 needed: 50 100; 3 needed: – 10"


def test_a_share_just_below_the_safe_team_is_zero_and_not_minus_zero():
    picture = plots_prices.docks({"VDN": np.full((1, 1, 3), 9.99)}, [[10]], [[14]], [2], [1])
    assert [text.get_text() for text in picture.figure.axes[0].texts] == ["0"]
    assert picture.alt.endswith("2 needed: 0")
