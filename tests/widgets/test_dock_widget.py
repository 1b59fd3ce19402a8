"""The dock on sliders without a browser: exact lines at once, learning as `train` does it, an end to it, a twin."""

import asyncio

import numpy as np
import pytest
import traitlets

from marl_helpers import widgets
from marl_helpers.envs.dock import Dock
from marl_helpers.exact import dock
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
    for slider, value, rules in ((2, 7.5, {"pay": 7.5}), (3, 0.9, {"pay": 7.5, "shelves": 0.9})):
        shown.controls[slider].value = value
        env = Dock(lookouts=2, **rules)
        assert all(line in shown.panel.html and line in shown.text for line in said(env))
        assert (shown.env.pay, shown.env.shelves, shown.env.lookouts) == (env.pay, env.shelves, 2)


def test_no_more_robots_can_be_needed_than_there_are():
    shown = trial(n_robots=4)
    robots, needed, *_ = shown.controls
    robots.value = 2
    assert (needed.value, needed.max, shown.env.needed) == (2, 2, 2) and said(shown.env)[0] in shown.text
    robots.value = 6
    assert (needed.value, needed.max) == (2, 6) and said(Dock(n_robots=6, need=2))[0] in shown.text


def test_it_learns_what_a_training_learns():
    shown = trial(pay=4)
    shown.button.click()
    assert list(shown.runs) == ["vdn", "qmix"] and shown.button.description == "Learn"
    for method, run in shown.runs.items():
        expected = train(Dock(pay=4), method, seeds=2, device="cpu", plan=PLAN, settings=SMALL)
        assert np.array_equal(run.curve["returns"], expected.curve["returns"])
    assert shown.still.picture.startswith(b"\x89PNG") and shown.still.alt.splitlines()[1].startswith("QMIX: median")
    bundle = shown._repr_mimebundle_()
    assert all(line in bundle["text/plain"] and line in bundle["text/html"] for line in shown.still.alt.splitlines())


def stopped_by(change):
    """What a trial shows once `change` came in the middle of its learning, and how far it was then."""

    async def page():
        shown = trial()
        shown.button.click()
        while "vdn" not in shown.runs:
            assert not shown.task.done()
            await asyncio.sleep(0.001)
        assert shown.button.description == "Stop"
        task = shown.task
        change(shown)
        await asyncio.wait([task])
        assert task.cancelled() and shown.task is None and shown.button.description == "Learn"
        return shown

    return asyncio.run(page())


def test_the_button_ends_the_learning_and_keeps_what_was_learned():
    shown = stopped_by(lambda shown: shown.button.click())
    assert list(shown.runs) == ["vdn"] and not shown.runs["vdn"].finished and shown.still.alt.startswith("VDN")


def test_a_slider_ends_the_learning_and_forgets_it():
    shown = stopped_by(lambda shown: setattr(shown.controls[2], "value", 9))
    assert shown.runs == {} and shown.still.picture == b"" and said(Dock(pay=9))[0] in shown.text


def test_an_error_shows(monkeypatch):
    shown = trial()
    monkeypatch.setattr("marl_helpers.widgets.docks.Training", lambda *_: 1 / 0)
    shown.button.click()  # ipywidgets tells the kernel's log
    assert 'role="alert">ZeroDivisionError' in shown.panel.html and shown.button.description == "Learn"


@pytest.mark.parametrize(("given", "error"), [({"methods": ["no"]}, ValueError), ({"pay": "much"}, ValueError)])
def test_what_it_cannot_show_is_refused(given, error):
    with pytest.raises(error):
        trial(**given)


def test_it_opens_with_more_robots_than_the_slider_has_else():
    shown = trial(n_robots=7, pay=50)
    assert (shown.controls[0].max, shown.controls[2].max) == (7, 50)
    with pytest.raises(traitlets.TraitError):
        shown.controls[0].max = 1
