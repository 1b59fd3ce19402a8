"""What a training shows as it goes: nothing in a short one, a bar in a terminal, text and a stop button in a notebook.

The clock is ours, so that no test depends on how fast this machine is.
"""

from contextlib import nullcontext
from functools import partial
from types import SimpleNamespace

import IPython.display
import pytest
import torch
from tqdm import tqdm

from marl_helpers import envs
from marl_helpers.training import progress
from marl_helpers.training.learner import Settings
from marl_helpers.training.loop import Plan, Training, train
from marl_helpers.training.progress import Progress

QUICK = dict(seeds=2, updates=4, parallel=4, batch=4, test_every=2, test_episodes=4, hidden=8, device="cpu")


class Clock:
    """Seconds that pass only where a test says so."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr("tqdm.std.time", clock)
    monkeypatch.setattr(progress, "tqdm", partial(tqdm, disable=False))  # which all other tests switch off
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=clock))
    return clock


def make(updates: int = 0, total: int = 200) -> Training:
    """A training that stands at `updates` of `total`, with one test behind it."""
    plan = Plan(updates=total, parallel=2, batch=2, test_episodes=2)
    training = Training(envs.make("two_step"), "vdn", 2, 0, "cpu", plan, Settings(hidden=4))
    training.test()
    training.updates = updates
    training.curve[-1]["returns"] = torch.tensor([7.0, 8.0])
    return training


def test_a_training_of_under_two_seconds_prints_nothing(clock, capfd):
    train("two_step", **QUICK)
    assert capfd.readouterr() == ("", "")


def test_one_in_a_terminal_that_takes_longer_shows_a_bar_and_takes_it_away(clock, capfd):
    with Progress(make()) as shown:
        clock.now += 1.9
        for call in (shown.round, shown.test):
            shown.training.updates += 10
            call()
            assert capfd.readouterr().err == ""
        clock.now += 0.2
        shown.training.updates += 10
        shown.round()
        bar = capfd.readouterr().err
        assert "train vdn:  15%" in bar and " 30/200 " in bar and "returns=7.5, epsilon=1" in bar
    assert capfd.readouterr().err.strip() == ""


def test_a_bar_starts_where_a_training_goes_on_and_judges_the_time_left_by_what_it_saw(clock, capfd):
    with Progress(make(updates=100)) as shown:
        clock.now += 30
        shown.training.updates = 110
        shown.round()
        bar = capfd.readouterr().err
    assert " 110/200 [00:30<04:30," in bar  # 10 updates took 30 seconds, and 90 are left


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
    monkeypatch.setattr(progress, "in_kernel", lambda: True)
    monkeypatch.setattr("marl_helpers.widgets.live.Live", Live)
    monkeypatch.setattr(IPython.display, "display", lambda what, display_id: SimpleNamespace(update=page.append))
    return page


def test_a_notebook_shows_text_and_button_by_the_clock_before_any_test(clock, page):
    training = make()
    with Progress(training) as shown:
        clock.now += 1.9
        shown.round()
        assert page == []
        clock.now += 0.2
        shown.round()
        (live,) = page
        assert live.text == "0 of 200 updates, returns 7.5, epsilon 1" and live.picture == b""  # no update to judge by
        training.updates = 10
        clock.now += 1.9
        shown.round()
        assert live.text.startswith("0 of 200")  # not more often
        clock.now += 1
        shown.round()
        assert live.text == "10 of 200 updates, returns 7.5, epsilon 1, about 95 s left"  # 10 in 5 seconds
        assert page == [live] and not live.closed
    assert live.closed and page[-1].data == ""


def test_a_notebook_draws_a_picture_when_there_is_a_test_but_not_too_often(clock, page):
    with Progress(make()) as shown:
        clock.now += 1
        shown.test()
        assert page == []
        clock.now += 1.5
        shown.test()
        (live,) = page
        first = live.picture
        assert first.startswith(b"\x89PNG") and live.text.startswith("0 of 200")
        shown.training.curve.append(shown.training.curve[0] | {"updates": torch.tensor(50)})
        clock.now += 1.9
        shown.test()
        assert live.picture is first
        clock.now += 0.2
        shown.test()
        assert live.picture.startswith(b"\x89PNG") and live.picture != first


def test_the_time_left_of_a_training_that_goes_on_counts_from_there(clock, page):
    with Progress(make(updates=100)) as shown:
        clock.now += 20
        shown.training.updates = 110
        shown.round()
        assert page[0].text.endswith("about 180 s left")  # 2 seconds each, and not 100 of them for nothing


def test_a_short_training_in_a_notebook_leaves_an_empty_output(clock, page):
    train("two_step", **QUICK)
    assert page == []
