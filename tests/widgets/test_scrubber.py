"""The film without a browser: its state is what is printed of the recording, its traits hold, a twin says it all."""

import json
from base64 import b64decode
from html import escape

import numpy as np
import pytest
from films import KINDS, recording
from hypothesis import given, settings
from hypothesis import strategies as st
from inlined import inlined

from marl_helpers import recordings, widgets
from marl_helpers.plots.base import Picture
from marl_helpers.plots.films import Film
from marl_helpers.widgets.frames import numbers

HUNT, DOCKS = recordings.read("predator_prey")["episodes"], recordings.read("docks")["episodes"]
SHOWN = {**HUNT, **DOCKS, "spoken": recordings.read("speaker_listener")["episodes"]}  # in lectures 07 and 08


def episodes(*lengths):
    """A recording of episodes of so many steps."""
    made = recording(steps=lengths[0])
    made["episodes"] = [recording(steps=steps, seed=seed)["episodes"][0] for seed, steps in enumerate(lengths)]
    return made


def same(shown, made, episode, step):
    """The film stands at this step, in every way it has."""
    said = Film(made, episode).show(step)
    assert (shown.episode, shown.step, shown.text) == (episode, step, said)


def test_its_text_follows_its_episode_and_step():
    made = episodes(5, 3, 7)
    shown = widgets.episodes(made)
    same(shown, made, 0, 0)
    for step in (4, 5, 1):
        shown.step = step
        same(shown, made, 0, step)
    for episode, steps in ((2, 7), (1, 3), (0, 5)):
        shown.episode = episode
        same(shown, made, episode, 0)
        shown.step = steps
        same(shown, made, episode, steps)
    shown.set_state({"episode": 2, "step": 0})  # as the page says it
    same(shown, made, 2, 0)


def test_it_opens_where_it_is_told_and_names_the_episodes():
    made = episodes(5, 3)
    made["episodes"][1] |= {"reward": [0, -3, 10], "terminated": True}
    shown = widgets.episodes(made, episode=1, step=2)
    same(shown, made, 1, 2)
    assert shown.settings() == [("episode", "2: earns 7 in 3 steps, the game is over"), ("step", "2 of 3")]


def test_the_twin_has_the_settings_the_picture_and_its_text():
    made = episodes(5, 3)
    shown = widgets.episodes(made, 1)
    shown.step = 2
    data, _ = shown._repr_mimebundle_()
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == shown.model_id
    film = Film(made, 1)
    said, (_, name) = film.show(2), shown.settings()[0]
    assert data["text/plain"] == f"episode: {name}\nstep: 2 of 3\n{said}"
    html = data["text/html"]
    assert (
        inlined(f"<td>{name}</td>") in html and inlined("<td>2 of 3</td>") in html and f'alt="{escape(said)}"' in html
    )
    assert b64decode(html.split("base64,")[1].split('"')[0]) == Picture(film.figure, said).svg().encode()
    assert "Run this cell, and those above it, to try it yourself." in html


@given(seed=st.integers(0, 999), kind=st.sampled_from(KINDS), scale=st.sampled_from([1e-9, 0.01, 1.0, 1e4, 1e9]))
@settings(max_examples=30)
def test_every_number_of_its_state_is_one_of_the_recording_as_it_is_printed(seed, kind, scale):
    made = recording(kind, n=3, seed=seed, scale=scale)
    there, film = made["episodes"][0], Film(made)
    found = numbers(made)["episodes"][0]
    assert json.loads(json.dumps(found)) == found and found["actions"] == there["actions"]
    rows = film.parts[-2]
    for step, i, a in np.ndindex(5, 3, 6):
        value = found["utilities"][step][i][a]
        printed = None if there["utilities"][step][i][a] is None else float(rows.label(step, i, a).strip("[]"))
        assert value == printed
    for step in range(5):
        output, reward = found["team"][step], found["reward"][step]
        words = film.parts[-1].say(step).replace("mixer's output (line) ", "").split(", reward (bars) ")
        assert [output, reward] == [*map(float, words)]
        assert film.title(step).endswith(f"earned {found['earned'][step]}")
    for scene, short in zip(there["scenes"], found["scenes"], strict=True):
        again = found["always"] | short
        places = [scene, again] if kind == "grid" else [{}]  # elsewhere they are rounded
        assert set(again) == set(scene) and all(one == places[0] for one in places)


@pytest.mark.parametrize("name", SHOWN)
def test_the_state_of_each_film_in_the_lectures_is_small(name):
    assert len(json.dumps(widgets.episodes(SHOWN[name]).film)) < 20_000


def test_a_recording_from_a_file_is_shown_too():
    made = episodes(4)
    same(widgets.episodes(json.loads(json.dumps(made))), made, 0, 0)


def test_where_it_cannot_open_or_go_is_refused():
    made = episodes(5, 3)
    with pytest.raises(ValueError, match="episode is 2: give one of the recording's, from 0 to 1"):
        widgets.episodes(made, 2)
    shown = widgets.episodes(made)
    for step in (6, -1):
        with pytest.raises(ValueError, match=f"step is {step}: give a step of this episode, from 0 to 5"):
            widgets.episodes(made, 0, step)
        with pytest.raises(ValueError, match=f"step is {step}: give a step of this episode, from 0 to 5"):
            shown.step = step
    with pytest.raises(ValueError, match="episode is 2: give one of the recording's, from 0 to 1"):
        shown.episode = 2
    same(shown, made, 0, 0)


def test_an_episode_with_something_missing_is_refused():
    made = episodes(5, 3)
    del made["episodes"][1]["team"]
    with pytest.raises(ValueError, match="episode 1 of the recording has no team: record it again"):
        widgets.episodes(made)
