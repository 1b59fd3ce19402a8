"""The picture of IGM: bands where agents pick, stars where the team is best, and the same as text."""

import numpy as np
import pytest
from matplotlib.patches import Rectangle

from marl_helpers import igm, plots
from marl_helpers.basics import look


def drawn(axes):
    """The cells in a band of each kind (a row's or a column's), and those with a star."""
    bands = [patch for patch in axes.patches if isinstance(patch, Rectangle) and not patch.get_fill()]
    boxes = {patch.get_bbox().bounds for patch in bands}
    rows = {y + h / 2 for x, y, w, h in boxes if w > h}
    columns = {x + w / 2 for x, y, w, h in boxes if h > w}
    stars = {tuple(reversed(text.get_position())) for text in axes.texts if text.get_text().endswith("*")}
    return {(round(row), round(column)) for row in rows for column in columns}, stars


@pytest.mark.parametrize("seed", range(20))
def test_bands_cross_where_play_is_greedy_and_stars_stand_where_q_tot_is_largest(seed):
    rng = np.random.default_rng(seed)
    team = igm.Decomposition((rng.integers(0, 3, 3), rng.integers(0, 3, 4)), rng.integers(0, 3, (3, 4)).astype(float))
    picture = plots.two_sets({"mine": team})
    crossings, stars = drawn(picture.figure.axes[0])
    assert crossings == team.greedy and stars == team.optimal
    said = {(True, True): "IGM holds", (True, False): "inclusion only", (False, False): "IGM fails"}
    assert picture.figure.axes[0].get_xlabel() == f"agent 2's action: utility\n{said[team.inclusion, team.equality]}"
    assert [text.get_text() for text in picture.figure.axes[0].get_yticklabels()] == [
        f"{action}: {q}" for action, q in enumerate(team.utilities[0])
    ]
    assert picture.alt == f"mine: {team}"


def test_more_is_brighter_and_equal_team_values_are_all_alike():
    axes, other = plots.two_sets(
        {"sum": igm.mix(lambda x, y: x + y, [[0, 1], [0, 2]]), "7": igm.mix(lambda x, y: 7, [[0, 1], [0, 2]])}
    ).figure.axes[:2]
    shades = [patch for patch in axes.patches if patch.get_fill()]
    assert [patch.get_facecolor()[:3] for patch in shades] == [
        tuple(int(look.shade(heat)[k : k + 2], 16) / 255 for k in (1, 3, 5)) for heat in (0, 2 / 3, 1 / 3, 1)
    ]
    assert len({patch.get_facecolor() for patch in other.patches if patch.get_fill()}) == 1


def test_a_team_of_three_and_what_is_none_are_refused():
    with pytest.raises(ValueError, match=r"panels\['three'\] is .*: give what igm\.mix returned, for two agents"):
        plots.two_sets({"three": igm.mix(lambda x, y, z: x, [[0], [1], [2]])})
    with pytest.raises(ValueError, match=r"give what igm\.mix returned"):
        plots.two_sets({"a table": [[1, 2], [3, 4]]})
