"""Recorded episodes in JupyterLab: the picture follows the slider, the keyboard, the play button and the menu."""

import json
import re

import pytest
from driving import write_notebook
from playwright.sync_api import expect

from marl_helpers import scenes, train

SHOW = """
import json
from marl_helpers import widgets

widgets.episodes(json.load(open("episodes.json")))
"""
SHORT = {"seeds": 1, "device": "cpu", "updates": 1, "batch": 4, "parallel": 4, "test_episodes": 4, "hidden": 8}


@pytest.fixture
def made(folder):
    """A recording in the notebook's folder."""
    made = scenes.record(train("predator_prey", "vdn", **SHORT), 2)
    (folder / "episodes.json").write_text(json.dumps(made))
    return made


@pytest.fixture
def page(made, open_notebook, run_all, folder):
    write_notebook(folder / "episodes.ipynb", SHOW)
    page = open_notebook("episodes.ipynb")
    run_all(page)
    return page


def pixels(page):
    """What is painted of the picture, once it is there."""
    page.wait_for_function("() => document.querySelector('.jp-OutputArea img').complete")
    return page.locator(".jp-OutputArea img").screenshot()


def the_picture_follows_slider_play_button_and_menu(page, made, screenshot):
    image, handle = page.locator(".jp-OutputArea img"), page.locator(".noUi-handle:visible")
    steps = [len(episode["reward"]) for episode in made["episodes"]]
    expect(image).to_have_attribute("alt", re.compile(rf"^predator_prey, VDN, episode 1 of 2, step 0 of {steps[0]}"))
    first = pixels(page)
    handle.focus()
    for step in (1, 2):
        page.keyboard.press("ArrowRight")
        expect(image).to_have_attribute("alt", re.compile(rf"episode 1 of 2, step {step} of"))
    third = pixels(page)
    assert third != first
    screenshot(page, "episodes-third-step")
    page.keyboard.press("Home")
    expect(image).to_have_attribute("alt", re.compile("step 0 of"))
    assert pixels(page) == first

    page.locator(".widget-play button").first.click()
    expect(image).to_have_attribute("alt", re.compile(r"step ([3-9]|\d\d) of"))
    expect(handle).to_have_attribute("aria-valuenow", re.compile(r"[3-9]|\d\d"))
    page.locator(".widget-play button").first.click()  # which now pauses

    page.get_by_role("combobox", name="episode").select_option(index=1)
    expect(image).to_have_attribute("alt", re.compile(rf"episode 2 of 2, step 0 of {steps[1]}"))
    handle.focus()
    page.keyboard.press("End")
    expect(image).to_have_attribute("alt", re.compile(rf"step {steps[1]} of {steps[1]}.*(limit|over)"))


def a_narrow_page_shows_the_whole_picture(page):
    page.set_viewport_size({"width": 800, "height": 900})
    image = page.locator(".jp-OutputArea img")
    expect(image).to_be_visible()
    box, outer = image.bounding_box(), page.locator(".jp-OutputArea-output").first.bounding_box()
    assert box["x"] + box["width"] <= outer["x"] + outer["width"] + 1 and box["width"] > 300


def test_episodes(page, made, screenshot, console_errors):
    the_picture_follows_slider_play_button_and_menu(page, made, screenshot)
    a_narrow_page_shows_the_whole_picture(page)
    assert console_errors == []
