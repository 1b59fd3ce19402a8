"""What a training shows as it goes in a notebook: nothing in a short one, then text, curves and a stop button."""

from contextlib import nullcontext
from types import SimpleNamespace

import pytest
import torch
from shown import QUICK, Clock, make

from marl_helpers import train
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
    monkeypatch.setattr(live, "display", lambda what, display_id: SimpleNamespace(update=page.append))
    return page


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
    train("two_step", **QUICK)
    assert page == []


def test_a_training_shows_curves_in_a_notebook_and_a_bar_elsewhere(clock, page, monkeypatch):
    shown = []
    monkeypatch.setattr(live.loop, "train", lambda *_, progress: shown.append(progress))
    train("two_step")
    monkeypatch.setattr(live, "in_kernel", lambda: False)
    train("two_step")
    assert shown == [Notebook, Terminal]
