"""What a training shows as it goes in a notebook: nothing in a short one, then text, curves and a stop button."""

import signal
from contextlib import nullcontext
from types import SimpleNamespace

import pytest
import torch
from shown import QUICK, Clock, make

from marl_helpers import train
from marl_helpers.plots.base import Picture
from marl_helpers.plots.training import curves
from marl_helpers.training.progress import Terminal
from marl_helpers.widgets import live
from marl_helpers.widgets.live import Notebook


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(live, "time", SimpleNamespace(monotonic=clock))
    return clock


class Live:
    """A widget that remembers what it was told."""

    def __init__(self, picture=b"", **values):
        self.closed = False
        vars(self).update(values, picture=picture)

    def hold_sync(self):
        return nullcontext()

    def close(self):
        self.closed = True


@pytest.fixture
def page(monkeypatch):
    """What is displayed, the newest last."""
    page = []
    monkeypatch.setattr(live, "in_kernel", lambda: True)
    monkeypatch.setattr(live, "Live", Live)
    monkeypatch.setattr(live, "display", lambda what, display_id=False: display(what, display_id, page))
    return page


def display(what, display_id, page):
    if not display_id:
        page.append(what)
    return SimpleNamespace(update=page.append)  # with a place of its own it is empty first


def test_a_notebook_shows_text_and_button_by_the_clock_before_any_test(clock, page):
    training = make()
    with Notebook(training) as shown:
        clock.now += 1.9
        shown.round()
        assert page == []
        clock.now += 0.2
        shown.round()
        (seen,) = page
        assert seen.text == "0 of 200 updates, returns 7.5, epsilon 1" and seen.picture == b""  # no update to judge by
        training.updates = 10
        clock.now += 1.9
        shown.round()
        assert seen.text.startswith("0 of 200")  # not more often
        clock.now += 1
        shown.round()
        assert seen.text == "10 of 200 updates, returns 7.5, epsilon 1, about 95 s left"  # 10 in 5 seconds
        assert page == [seen] and not seen.closed
    assert seen.closed and page[-1].data == ""


def test_a_notebook_draws_a_picture_when_there_is_a_test_but_not_too_often(clock, page):
    with Notebook(make()) as shown:
        clock.now += 1
        shown.test()
        assert page == []
        clock.now += 1.5
        shown.test()
        (seen,) = page
        first = seen.picture
        assert first.startswith(b"\x89PNG") and seen.text.startswith("0 of 200")
        shown.training.curve.append(shown.training.curve[0] | {"updates": torch.tensor(50)})
        clock.now += 1.9
        shown.test()
        assert seen.picture is first
        clock.now += 0.2
        shown.test()
        assert seen.picture.startswith(b"\x89PNG") and seen.picture != first


def test_the_time_left_of_a_training_that_goes_on_counts_from_there(clock, page):
    with Notebook(make(updates=100)) as shown:
        clock.now += 20
        shown.training.updates = 110
        shown.round()
        assert page[0].text.endswith("about 180 s left")  # 2 seconds each, and not 100 of them for nothing


def test_a_short_training_in_a_notebook_leaves_an_empty_output(clock, page):
    train("two_step", **QUICK | {"updates": 2})
    assert page == []


def test_the_curve_of_a_training_stays_with_its_updates_steps_and_seconds(clock, page, monkeypatch):
    class Slow(Notebook):
        def round(self):
            clock.now += 4
            super().round()

    monkeypatch.setattr(live, "Notebook", Slow)
    run = train("two_step", "vdn", **QUICK)
    shown, emptied, stays = page
    assert shown.closed and emptied.data == "" and isinstance(stays, Picture)
    line, curve = stays.alt.split("\n")
    assert line == "trained: vdn on two_step: 4 updates, 32 steps a seed, 16 s"
    assert curve == curves({"vdn": run}, x="steps").alt
    assert " ".join(stays.figure.axes[0].get_title().split()) == line.removeprefix("trained: ")
    assert stays.png().startswith(b"\x89PNG")


def test_what_was_learned_before_an_interruption_stays_and_what_goes_on_counts_from_there(
    clock, page, monkeypatch, tmp_path
):
    class Pressed(Notebook):
        def round(self):
            clock.now += 4
            super().round()
            if self.training.updates == 3:
                signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(live, "Notebook", Pressed)
    run = train("two_step", "vdn", folder=tmp_path, **QUICK)
    assert not run.finished and run.curve["updates"].tolist() == [0, 2, 3]  # tested once more, at its end
    line, curve = page[-1].alt.split("\n")
    assert line == "trained: vdn on two_step: stopped after 3 of 4 updates, 24 steps a seed, 12 s"
    assert curve == curves({"vdn": run}, x="steps").alt
    del page[:]
    run = train("two_step", "vdn", folder=tmp_path, **QUICK | {"updates": 6})
    assert run.curve["updates"].tolist() == [0, 2, 4, 6]  # that test is in no folder
    assert page[-1].alt.startswith(
        "trained: vdn on two_step: 6 updates, 48 steps a seed, 12 s for the last 3 updates\n"
    )


def test_a_training_that_fails_leaves_nothing_of_its_curve(clock, page, monkeypatch):
    monkeypatch.setattr(live.loop, "_train", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        train("two_step", **QUICK)
    assert page == []


def test_a_training_shows_curves_in_a_notebook_and_a_bar_elsewhere(clock, page, monkeypatch):
    shown = []
    monkeypatch.setattr(live.loop, "train", lambda *_, progress: shown.append(progress))
    train("two_step")
    monkeypatch.setattr(live, "in_kernel", lambda: False)
    train("two_step")
    assert shown == [Notebook, Terminal]
