"""The plane of games without a browser: the game at the point, its verdicts, its twin, and what it refuses."""

import numpy as np
import pytest

from marl_helpers import diagnose, families, games, widgets


def test_it_shows_the_game_at_its_point_and_follows_it():
    shown = widgets.plane(x=0.5, y=0.25, runs=2)
    plane = families.Family(games.ADDITIVE, games.COORDINATION, games.QTRAN)
    assert np.array_equal(shown.diagnosis.table, plane(0.5, 0.25))
    shown.y = 1.0
    expected = diagnose(plane(0.5, 1), ["vdn", "qmix"], 2)
    assert str(shown.diagnosis) == str(expected)
    assert shown.answer["right"] == {name: expected[name].learned.optimal.mean() for name in ("vdn", "qmix")}


def test_the_twin_says_where_it_stands_and_what_the_methods_do_there():
    data, _ = widgets.plane(x=1.8, y=0.02, runs=2)._repr_mimebundle_()
    place = "plane: Game 1 at (0, 0), Game 2 at (1, 0), QTRAN's game at (0, 1)\nx, y: 1.8, 0.02\ninitial scale: 0.1\n"
    assert data["text/plain"].startswith(place) and "<table" in data["text/html"]


def test_a_game_without_a_name_has_none():
    shown = widgets.plane(games.BOTH, [[0, 4], [0, 1]], games.EITHER, ["vdn"], runs=1)
    assert shown._corners == ["Both (AND)", "", "Either (OR)"]


@pytest.mark.parametrize("point", [{"x": 2.1}, {"y": -0.1}, {"y": np.inf}])
def test_a_point_beyond_the_plane_is_refused(point):
    ((name, value),) = point.items()
    with pytest.raises(ValueError, match=f"{name} is {value}: give a number from 0 to"):
        widgets.plane(**point)
    shown = widgets.plane(methods=["vdn"], runs=1)
    with pytest.raises(ValueError, match=f"{name} is {value}"):
        shown.set_state(point)
    assert (shown.x, shown.y) == (1, 0) and f"{name} is" in shown.error


@pytest.mark.parametrize("up", [games.EITHER, np.zeros((3, 3, 3))])
def test_games_that_it_cannot_show_are_refused(up):
    with pytest.raises(games.TableError):
        widgets.plane(up=up)
