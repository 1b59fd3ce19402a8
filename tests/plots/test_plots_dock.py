"""Pictures of the shared dock: shelves, robots, where they go and the truck, read back from what is drawn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.patches import Rectangle
from matplotlib.text import Annotation

from marl_helpers import envs, scenes, train
from marl_helpers.basics import look
from marl_helpers.plots.films import Film


def made(n, steps=2, seed=0, **rules):
    """A recording of random numbers."""
    rng = np.random.default_rng(seed)
    rules = {"worth": [1.0] * n, "pay": 5.0, "need": n, "lookouts": 1} | rules
    frames = [
        {
            "kind": "dock",
            **{name: (rng.random(n) < 0.5).tolist() for name in ("shelves", "at_dock")},
            "truck": bool(rng.random() < 0.5),
            **rules,
        }
        for _ in range(steps + 1)
    ]
    actions, utilities = rng.integers(2, size=(steps, n)), rng.normal(size=(steps, n, 2))
    episode = {"scenes": frames, "actions": actions.tolist(), "utilities": utilities.tolist(), "terminated": True}
    episode |= {"team": [0.0] * steps, "reward": [1.0] * steps}
    names = {"agents": [f"{i + 1} robot" for i in range(n)], "actions": [["lane", "dock"]] * n}
    return {"env": "dock", "method": "QMIX", **names, "episodes": [episode]}


def drawn(recording, step=0):
    film = Film(recording)
    said = film.show(step)
    return film.parts[0].axes, said


def on_a_disc(text):
    return text.get_text().isdecimal() and text.get_va() == "center_baseline"


def arrows(axes):
    """Where each arrow starts -> where it ends."""
    found = [text for text in axes.texts if isinstance(text, Annotation) and text.arrow_patch]
    return {tuple(arrow.xyann): tuple(arrow.xy) for arrow in found}


@given(n=st.integers(2, 16), seed=st.integers(0, 99))
@settings(max_examples=6)
def test_each_robot_has_a_row_and_stands_where_it_is(n, seed):
    recording = made(n, seed=seed)
    axes, _ = drawn(recording)
    here = recording["episodes"][0]["scenes"][0]
    discs = {text.get_text(): text.get_position() for text in axes.texts if on_a_disc(text)}
    assert list(discs) == [str(i + 1) for i in range(n)]
    rows = [y for _, y in discs.values()]
    assert rows == sorted(rows) and axes.yaxis_inverted()
    (wall,) = [lines.get_segments()[0][0][0] for lines in axes.collections if len(lines.get_segments()) == 1]
    for there, (x, _) in zip(here["at_dock"], discs.values()):
        assert (wall - 0.5 < x < wall) if there else x < wall - 1


@given(n=st.integers(2, 16), seed=st.integers(0, 99))
@settings(max_examples=6)
def test_an_arrow_goes_to_the_lane_or_to_the_dock_and_is_long_for_who_moves(n, seed):
    recording = made(n, seed=seed)
    axes, _ = drawn(recording)
    here, chosen = recording["episodes"][0]["scenes"][0], recording["episodes"][0]["actions"][0]
    discs = [text.get_position() for text in axes.texts if on_a_disc(text)]
    found = arrows(axes)
    assert set(found) == set(discs)
    for place, there, action in zip(discs, here["at_dock"], chosen):
        way = found[place][0] - place[0]
        assert found[place][1] == place[1] and (way > 0) == (action == 1) and (abs(way) > 0.5) == (there != action)
    assert not arrows(drawn(recording, 2)[0])  # at the end nobody goes anywhere


def test_shelves_and_truck_are_full_with_their_worth_or_an_outline():
    recording = made(3, worth=[3.0, 1.0, 2.5], pay=7.5, need=2)
    frame = recording["episodes"][0]["scenes"][0]
    frame |= {"shelves": [True, False, True], "truck": True}
    recording["episodes"][0]["actions"][0] = [1, 0, 1]
    axes, said = drawn(recording)
    boxes = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    assert [box.get_fill() for box in boxes] == [True, False, True, True]
    texts = [text.get_text() for text in axes.texts]
    assert [text for text in texts if text in ("3", "1", "2.5")].count("2.5") == 1
    assert "truck\npays 7.5\nneeds 2" in texts and any(text.startswith("2 to the dock, 2 are needed") for text in texts)
    assert "a truck that pays 7.5 and needs 2; robot 1" in said
    assert "lane 1 with a shelf worth 3" in said and "lane 2 with no shelf" in said
    frame["truck"] = False
    axes, said = drawn(recording)
    assert [patch.get_fill() for patch in axes.patches][-1] is False and "no truck; robot 1" in said


@pytest.mark.parametrize("lookouts", [0, 1, 3])
def test_lookouts_have_a_ring_and_the_caption_says_so(lookouts):
    axes, _ = drawn(made(3, lookouts=lookouts))
    edges = [line for line in axes.lines if line.get_color() == look.INK]
    assert len(edges) == lookouts
    numbers = [text.get_position() for text in axes.texts if on_a_disc(text)]
    assert [tuple(edge.get_xydata()[0]) for edge in edges] == numbers[:lookouts]
    assert any("ringed" in text.get_text() for text in axes.texts) == (lookouts > 0)


def test_a_recorded_shift_shows_the_world_that_the_environment_had():
    env = envs.make("dock", n_robots=4, need=2, lanes=[1, 2, 1, 1], pay=5, limit=5)
    run = train(env, "vdn", seeds=1, updates=1, batch=4, parallel=4, test_episodes=4, hidden=8)
    recording = scenes.record(run, 3)
    assert recording["agents"] == ["1 lookout", "2 robot", "3 robot", "4 robot"]
    for episode in recording["episodes"]:
        assert len(episode["reward"]) == 5 and episode["terminated"]
        for k, (here, after) in enumerate(zip(episode["scenes"], episode["scenes"][1:])):
            came = [action == 1 for action in episode["actions"][k]]
            assert after["at_dock"] == came and (after["worth"], after["need"]) == ([1, 2, 1, 1], 2)
            cleared = [worth for worth, shelf, dock in zip(here["worth"], here["shelves"], came) if shelf and not dock]
            assert episode["reward"][k] == sum(cleared) + 5 * (here["truck"] and sum(came) >= 2)
        Film(recording).show(5)
