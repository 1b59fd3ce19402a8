"""What a training shows as it goes in a terminal: nothing in a short one, then a bar.

The clock is ours, so that no test depends on how fast this machine is.
"""

import pytest
from shown import QUICK, Clock, make
from tqdm import tqdm

from marl_helpers.training import progress
from marl_helpers.training.loop import train
from marl_helpers.training.progress import Terminal


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr("tqdm.std.time", clock)
    monkeypatch.setattr(progress, "tqdm", lambda **how: tqdm(**{**how, "disable": False}))  # as in a terminal
    return clock


def test_a_training_of_under_two_seconds_prints_nothing(clock, capfd):
    train("two_step", **QUICK)
    assert capfd.readouterr() == ("", "")


def test_one_in_a_terminal_that_takes_longer_shows_a_bar_and_takes_it_away(clock, capfd):
    with Terminal(make()) as shown:
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
    with Terminal(make(updates=100)) as shown:
        clock.now += 30
        shown.training.updates = 110
        shown.round()
        bar = capfd.readouterr().err
    assert " 110/200 [00:30<04:30," in bar  # 10 updates took 30 seconds, and 90 are left
