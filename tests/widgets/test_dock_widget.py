"""The dock on sliders without a browser: exact lines at once, learning as `train` does it, an end to it, a twin."""

import asyncio
import threading
from base64 import b64encode

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from limits import HANG

from marl_helpers import widgets
from marl_helpers.envs.dock import Dock
from marl_helpers.exact import TooMuchWork, dock
from marl_helpers.plots.training import curves
from marl_helpers.training.learner import Settings
from marl_helpers.training.loop import train
from marl_helpers.training.runs import Plan

PLAN = Plan(updates=6, parallel=4, batch=4, test_every=2, test_episodes=4)
SMALL = Settings(hidden=8, width=4)


def trial(methods=("vdn", "qmix"), **rules):
    return widgets.dock(PLAN, SMALL, methods, seeds=2, **rules)


def said(env):
    return f"the best team: {dock.optimum(env):.2f}", f"never to the dock: {dock.safe(env):.2f}"


def test_what_is_exactly_known_follows_the_sliders():
    shown = trial(pay=4, lookouts=2)
    for name, value, rules in (("pay", 7.5, {"pay": 7.5}), ("shelves", 0.9, {"pay": 7.5, "shelves": 0.9})):
        setattr(shown, name, value)
        env = Dock(lookouts=2, **rules)
        assert all(line in shown.html and line in shown.text for line in said(env))
        assert (shown.env.pay, shown.env.shelves, shown.env.lookouts) == (env.pay, env.shelves, 2)


def test_no_more_robots_can_be_needed_than_there_are():
    shown = trial(n_robots=4)
    shown.n_robots = 2
    assert (shown.need, shown.env.needed) == (2, 2) and said(shown.env)[0] in shown.text
    shown.set_state({"n_robots": 6, "need": 5})  # as the page says it
    assert (shown.need, shown.env.n_robots) == (5, 6) and said(Dock(n_robots=6, need=5))[0] in shown.text


@pytest.mark.parametrize(("name", "value"), [("n_robots", 1), ("need", 4), ("pay", -1.0), ("shelves", 1.1)])
def test_a_rule_that_cannot_be_is_refused(name, value):
    shown = trial()
    before = getattr(shown, name)
    with pytest.raises(ValueError, match=f"{name} is {value}: give"):
        setattr(shown, name, value)
    assert getattr(shown, name) == before and said(Dock())[0] in shown.text


def test_it_learns_what_a_training_learns():
    shown = trial(pay=4)
    shown.wanted = True
    assert list(shown.runs) == ["vdn", "qmix"] and not shown.wanted and not shown.learning
    for method, run in shown.runs.items():
        expected = train(Dock(pay=4), method, seeds=2, device="cpu", plan=PLAN, settings=SMALL)
        assert np.array_equal(run.curve["returns"], expected.curve["returns"])
    assert shown.picture.startswith("<svg") and shown.said.splitlines()[1].startswith("QMIX: median")
    assert shown.learned == {"n_robots": 3, "need": 3, "pay": 4, "shelves": 0.8, "trucks": 0.5}
    data, _ = shown._repr_mimebundle_()
    assert all(line in data["text/plain"] and line in data["text/html"] for line in shown.said.splitlines())
    assert b64encode(shown.picture.encode()).decode() in data["text/html"]


def stopped_by(change):
    """What a trial shows once `change` came in the middle of its learning, and how far it was then."""

    async def page():
        shown = trial()
        shown.wanted = True
        while "vdn" not in shown.runs:
            assert shown.learning and not shown.task.done()
            await asyncio.sleep(0.001)
        change(shown)
        assert not shown.learning and not shown.wanted
        await shown.task  # ends by itself
        return shown

    return asyncio.run(page())


def test_the_button_ends_the_learning_and_keeps_what_was_learned():
    shown = stopped_by(lambda shown: shown.set_state({"wanted": False}))
    assert list(shown.runs) == ["vdn"] and not shown.runs["vdn"].finished and shown.said.startswith("VDN")


def test_a_slider_ends_the_learning_and_forgets_it():
    shown = stopped_by(lambda shown: shown.set_state({"pay": 9.0}))
    assert shown.runs == {} and shown.picture == shown.said == "" and shown.learned == {}
    assert said(Dock(pay=9))[0] in shown.text


def test_a_slider_is_heard_from_another_thread_while_curves_are_drawn(monkeypatch):
    shown, drawing, done = trial(), threading.Event(), threading.Event()

    def slow(*given):
        drawing.set()
        assert done.wait(HANG)
        return curves(*given)

    monkeypatch.setattr("marl_helpers.widgets.docks.curves", slow)

    def move():
        assert drawing.wait(HANG)
        shown.set_state({"pay": 9.0})
        done.set()

    mover = threading.Thread(target=move)
    mover.start()
    shown.wanted = True
    mover.join()
    assert shown.runs == {} and shown.picture == shown.said == "" and not shown.learning and shown.pay == 9


def test_an_error_shows_and_is_raised(monkeypatch):
    shown = trial()
    monkeypatch.setattr("marl_helpers.widgets.docks.Training", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        shown.wanted = True
    assert shown.error.startswith("ZeroDivisionError") and not shown.learning and not shown.wanted


@pytest.mark.parametrize(
    ("given_", "error"),
    [
        ({"methods": ["no"]}, ValueError),
        ({"pay": "much"}, ValueError),
        ({"n_robots": 16, "need": 8, "lanes": [*range(16)]}, TooMuchWork),
    ],
)
def test_what_it_cannot_show_is_refused(given_, error):
    with pytest.raises(error):
        trial(**given_)


@given(
    n=st.integers(2, 9),
    pay=st.integers(0, 5000).map(lambda pay: pay / 100),
    chance=st.integers(0, 1000).map(lambda share: share / 1000),
    lookouts=st.integers(0, 4),
    alike=st.booleans(),
)
@settings(max_examples=50)
def test_a_slider_can_stand_wherever_it_opens_and_goes_nowhere_that_cannot_be(n, pay, chance, lookouts, alike):
    lookouts = min(lookouts, n)
    shown = trial(
        n_robots=n, pay=pay, shelves=chance, lookouts=lookouts, lanes=1.5 if alike else [1.0, *[2.0] * (n - 1)]
    )
    for name, slider in shown.sliders.items():
        steps = (getattr(shown, name) - slider["least"]) / slider["step"]
        assert slider["least"] <= getattr(shown, name) <= slider["most"] and abs(steps - round(steps)) < 1e-6
    for end in ("least", "most"):
        for name in ("n_robots", "pay", "shelves", "trucks"):
            setattr(shown, name, shown.sliders[name][end])
        assert shown.env.n_robots == shown.sliders["n_robots"][end] and (alike or shown.env.n_robots == n)
