"""The pictures of a mixer: lines, bars and dots are read back from the drawing and are the network's own numbers."""

import numpy as np
import pytest
from matplotlib.text import Text

from marl_helpers import games
from marl_helpers.basics import look
from marl_helpers.exact.networks import Network
from marl_helpers.plots import mixing
from marl_helpers.plots.base import DPI

GAME = np.array(games.COORDINATION, dtype=float)


def network(seed: int, sizes=(3, 2), units: int = 4) -> Network:
    rng = np.random.default_rng(seed)
    w1, b1, w2 = rng.normal(size=(len(sizes), units)), rng.normal(size=units), rng.normal(size=units)
    return Network([rng.normal(size=size) for size in sizes], w1, b1, w2, rng.normal())


@pytest.mark.parametrize("seed", range(10))
def test_a_line_is_as_thick_as_its_weight_and_a_negative_one_is_dashed(seed):
    one = network(seed)
    axes = mixing.machine(one, (2, 1)).figure.axes[0]
    lines = [line for line in axes.lines if line.get_alpha()]  # the others are zero lines
    into, out = [], []
    for line in lines:
        thick = line.get_linewidth() * (-1 if line.get_linestyle() == "--" else 1)
        assert (line.get_color() == look.WRONG) == (thick < 0)
        (out if line.get_xdata()[0] > 0.5 else into).append(thick)
    for drawn, weights in ((into, one.w1.T.ravel()), (out, one.w2)):
        thin = np.abs(weights) * mixing.THICK < 0.5 * np.abs(weights).max()  # which have a least width
        expected = mixing.THICK * weights / np.abs(weights).max()
        assert np.allclose(np.array(drawn)[~thin], expected[~thin]) and len(drawn) == weights.size
    ports = {line.get_ydata()[0] for line in lines if line.get_xdata()[0] < 0.5}
    played = [bar.get_y() + bar.get_height() / 2 for bar in axes.patches if bar.get_facecolor()[0] < 0.2]
    assert sorted(ports) == pytest.approx(sorted(played))


def test_bars_are_as_long_as_utilities_and_what_is_not_available_has_none():
    one = Network([[1.0, -2.0, -np.inf], [0.5, 2.0]])
    picture = mixing.machine(one, (0, 1))
    bars = [bar.get_width() for bar in picture.figure.axes[0].patches]
    assert np.array(bars) / bars[0] == pytest.approx([1, -2, 0.5, 2])
    said = [text.get_text() for text in picture.figure.axes[0].texts]
    assert "2:  not available" in said and "no hidden units" in said and "Q_tot\n3" in said
    assert picture.alt == "the utilities of 2 agents, mixed by a sum into Q_tot"


@pytest.mark.parametrize("seed", range(3))
def test_dots_stand_at_utilities_and_q_tot_and_lines_lead_to_rewards(seed):
    one = network(seed, (3, 3))
    picture = mixing.bends(GAME, {"after 0 steps": {"QMIX": one}}, 35)
    (axes,) = picture.figure.axes
    drawn = {kind: [] for kind in (":", "_", "o")}
    for line in axes.lines:
        drawn[line.get_marker() if line.get_linestyle() == "None" else line.get_linestyle()].append(line)
    cells = list(np.ndindex(3, 3))
    for cell, dot, way in zip(cells, drawn["o"], drawn[":"], strict=True):
        place = [one.utilities[0][cell[0]], one.utilities[1][cell[1]], one.team(cell)]
        assert np.ravel(dot.get_data_3d()) == pytest.approx(place)
        assert way.get_data_3d()[2] == pytest.approx([one.team(cell), GAME[cell]])
        best = look.RIGHT if GAME[cell] == GAME.max() else look.WRONG
        assert dot.get_color() == (best if cell == one.greedy else look.INK)


def test_text_is_large_enough():
    for picture in (mixing.machine(network(0), (0, 0)), mixing.bends(GAME, {"then": {"VDN": network(0, (3, 3))}}, 0)):
        found = picture.figure.findobj(lambda artist: isinstance(artist, Text) and artist.get_text().strip())
        assert found and min(text.get_fontsize() for text in found) * DPI / 72 >= 12
