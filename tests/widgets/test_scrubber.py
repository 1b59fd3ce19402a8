"""The scrubber without a browser: its picture follows the controls, errors show and are raised, a twin says it all."""

import json
from base64 import b64decode
from html import escape

import pytest
from films import recording

from marl_helpers import widgets
from marl_helpers.plots.films import Film
from marl_helpers.plots.steps import Timeline


def episodes(*lengths):
    """A recording of episodes of so many steps."""
    made = recording(steps=lengths[0])
    made["episodes"] = [recording(steps=steps, seed=seed)["episodes"][0] for seed, steps in enumerate(lengths)]
    return made


def same(shown, made, episode, step):
    """The scrubber shows this step, in every way it has."""
    film = Film(made, episode)
    said = film.show(step)
    assert (shown.episode.value, shown.step.value, shown.text, shown.still.alt) == (episode, step, said, said)
    assert shown.still.picture == film.png()


def test_the_picture_follows_the_slider_and_the_choice_of_episode():
    made = episodes(5, 3, 7)
    shown = widgets.episodes(made)
    same(shown, made, 0, 0)
    for step in (4, 5, 1):
        shown.step.value = step
        same(shown, made, 0, step)
    for episode, steps in ((2, 7), (1, 3), (0, 5)):
        shown.episode.value = episode
        same(shown, made, episode, 0)
        assert shown.step.max == shown.play.max == steps and shown.play.value == 0
        shown.step.value = steps
        same(shown, made, episode, steps)


def test_it_draws_once_for_each_change(monkeypatch):
    shown, drawn = widgets.episodes(episodes(5, 3)), []
    draw = Film.show
    monkeypatch.setattr(Film, "show", lambda film, step: drawn.append((film.number, step)) or draw(film, step))
    shown.step.value = 4
    shown.episode.value = 1
    shown.episode.value = 0
    assert drawn == [(0, 4), (1, 0), (0, 0)]


def test_it_opens_where_it_is_told_and_names_the_episodes():
    made = episodes(5, 3)
    made["episodes"][1] |= {"reward": [0, -3, 10], "terminated": True}
    shown = widgets.episodes(made, episode=1, step=2)
    same(shown, made, 1, 2)
    assert (shown.play.value, shown.play.max, shown.step.max) == (2, 3, 3)
    assert shown.episode.label == "2: earns 7 in 3 steps, the game is over"


def test_the_twin_has_the_controls_the_picture_and_its_text():
    made = episodes(5, 3)
    shown = widgets.episodes(made, 1)
    shown.step.value = 2
    data = shown._repr_mimebundle_()
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == shown.model_id
    film = Film(made, 1)
    said = film.show(2)
    assert data["text/plain"] == f"episode: {shown.episode.label}\nstep: 2 of 3\n{said}"
    html = data["text/html"]
    assert f"<td>{shown.episode.label}</td>" in html and "<td>2 of 3</td>" in html and f'alt="{escape(said)}"' in html
    assert b64decode(html.split("base64,")[1].split('"')[0]) == film.png()
    assert "Run this cell, and those above it, to try it yourself." in html


def test_a_recording_from_a_file_is_shown_too():
    made = episodes(4)
    same(widgets.episodes(json.loads(json.dumps(made))), made, 0, 0)


def test_an_error_shows_below_until_the_next_change_and_is_raised(monkeypatch):
    made = episodes(5, 3)
    shown = widgets.episodes(made)

    def stops(*_):
        raise RuntimeError("no <line>")

    with monkeypatch.context() as patch:
        patch.setattr(Timeline, "show", stops)
        with pytest.raises(RuntimeError, match="no <line>"):
            shown.step.value = 3
    assert shown.panel.html == '<p role="alert">RuntimeError: no &lt;line&gt;</p>' and shown.text == ""
    assert "no &lt;line&gt;" in shown._repr_mimebundle_()["text/html"]
    shown.step.value = 4
    same(shown, made, 0, 4)
    assert shown.panel.html == ""


def test_an_episode_that_cannot_be_drawn_is_told_and_others_still_can():
    made = episodes(5, 3, 4)
    del made["episodes"][1]["team"]
    shown = widgets.episodes(made, step=2)
    with pytest.raises(KeyError, match="team"):
        shown.episode.value = 1
    assert "KeyError" in shown.panel.html
    shown.episode.value = 2
    same(shown, made, 2, 0)


def test_where_it_cannot_open_is_refused():
    made = episodes(5, 3)
    with pytest.raises(ValueError, match="episode is 2: give one of the recording's, from 0 to 1"):
        widgets.episodes(made, 2)
    for step in (6, -1):
        with pytest.raises(ValueError, match=f"step is {step}: give a step of this episode, from 0 to 5"):
            widgets.episodes(made, 0, step)
