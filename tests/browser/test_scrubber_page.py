"""Recorded episodes in JupyterLab: page and Python stand at the same step, and the page goes on without a kernel."""

import json

import pytest
from driving import python, python_has, write_notebook
from playwright.sync_api import expect

from marl_helpers import scenes, train

SHOW = """
import json
from marl_helpers import widgets

film = widgets.episodes(json.load(open("episodes.json")))
film
"""
SHORT = {"seeds": 1, "device": "cpu", "updates": 1, "batch": 4, "parallel": 4, "test_episodes": 4, "hidden": 8}
KERNEL_IS_GONE = "() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()"
PLACE = """() => [
    window.jupyterapp.shell.currentWidget.content.activeCellIndex,
    document.querySelector('.jp-WindowedPanel-outer').scrollTop,
]"""


@pytest.fixture
def made(folder):
    """A recording in the notebook's folder."""
    made = scenes.record(train("predator_prey", "vdn", **SHORT), 2)
    (folder / "episodes.json").write_text(json.dumps(made))
    return made


@pytest.fixture
def page(made, open_notebook, run_all, folder):
    write_notebook(folder / "episodes.ipynb", SHOW, *["1 + 1"] * 20)
    page = open_notebook("episodes.ipynb")
    run_all(page)
    page.evaluate("() => window.jupyterapp.shell.currentWidget.content.activeCellIndex = 0")
    return page


def both_stand(page, episode, step, steps):
    """The page shows this step, Python has it, and they say the same of it."""
    expect(page.locator(".marl-stage output")).to_have_text(f"{step} of {steps}")
    said = page.get_by_role("img", name=f"episode {episode + 1} of 2, step {step} of {steps}").get_attribute(
        "aria-label"
    )
    python_has(page, "[film.episode, film.step, film.text]", [episode, step, said])


def test_episodes(page, made, screenshot, console_errors):
    first, second = (len(episode["reward"]) for episode in made["episodes"])
    page.get_by_role("slider", name="step").focus()
    place = page.evaluate(PLACE)
    for step in (1, 2):
        page.keyboard.press("ArrowRight")
        both_stand(page, 0, step, first)
    screenshot(page, "episodes-third-step")
    page.get_by_role("img", name="step 2 of").focus()
    for key, step in (("ArrowLeft", 1), ("End", first), ("Home", 0)):
        page.keyboard.press(key)
        both_stand(page, 0, step, first)
    page.keyboard.press(" ")  # it plays, until somebody steps
    expect(page.get_by_role("img", name=f"step 0 of {first}")).to_have_count(0)
    page.keyboard.press("Home")
    both_stand(page, 0, 0, first)
    assert page.evaluate(PLACE) == place  # no key was the notebook's
    page.get_by_role("combobox", name="episode").select_option(index=1)
    both_stand(page, 1, 0, second)
    python(page, "setattr(film, 'step', 1)")
    both_stand(page, 1, 1, second)
    assert console_errors == []
    page.evaluate(KERNEL_IS_GONE)
    page.get_by_role("button", name="next step").click()
    expect(page.get_by_role("img", name="step 2 of")).to_be_visible()
    page.get_by_role("combobox", name="episode").select_option(index=0)
    expect(page.get_by_role("img", name="episode 1 of 2, step 0 of")).to_be_visible()
    assert all("Could not send widget sync message" in error for error in console_errors)  # to the kernel that is gone
