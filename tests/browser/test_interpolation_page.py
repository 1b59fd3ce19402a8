"""The slider through a family on a plain page, without Python: exact verdicts at every step, its own runs at rest."""

import re

import alone
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from marl_helpers import games, widgets
from marl_helpers.fitting.diagnosis import diagnose_exactly
from marl_helpers.fitting.runs import LEARNER
from marl_helpers.widgets.cards import cards, recipe_line
from marl_helpers.widgets.slider import reward

METHODS = ["vdn", "qmix"]


@pytest.fixture(scope="module")
def made():
    """A slider's state, once for all tests."""
    return widgets.interpolation(lam=1.2, runs=8)


@pytest.fixture
def slider(made, page) -> Page:
    alone.show(page, made)
    return page


def learned(page: Page) -> None:
    expect(page.locator("progress")).to_have_count(0)


def test_it_opens_with_pythons_own_cards(slider, made, console_errors):
    for verdict in made.diagnosis.verdicts.values():
        card = slider.get_by_role("region", name=verdict.label, exact=True)
        expect(card).to_contain_text(verdict.reason)
        expect(card).to_contain_text("of 8 runs right")
    expect(slider.get_by_text(recipe_line(LEARNER))).to_be_visible()
    assert console_errors == []


def test_at_every_step_it_says_what_python_says(slider, made, console_errors):
    waiting, cases = dict.fromkeys(METHODS, 0.0), []
    for lam in {*(np.arange(201) / 100).tolist(), 1.2345} - {made.lam}:  # there Python has answered
        exactly = diagnose_exactly(games.interpolate(lam), METHODS)
        html = cards(exactly, waiting).replace("<details open", "<details")  # it is the reader who opens them
        cases.append(({"lam": lam}, html.replace('"marl-cards">', f'"marl-cards">{reward(exactly)}', 1)))
    assert alone.disagreements(slider, cases) == []
    assert console_errors == []


def test_keys_and_the_mouse_move_it_and_it_learns_when_it_rests(slider, console_errors):
    lam, vdn = slider.get_by_role("slider", name="λ", exact=True), slider.get_by_role("region", name="VDN", exact=True)
    lam.focus()
    slider.keyboard.press("ArrowRight")
    expect(lam).to_have_js_property("ariaValueText", "1.21")
    expect(slider.get_by_role("region", name="reward", exact=True)).to_contain_text("8.84*")
    learned(slider)
    expect(vdn).to_contain_text("0 of 8 runs right")
    box = lam.bounding_box()
    assert box["width"] >= 240 and box["height"] >= 24
    slider.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    slider.mouse.down()
    slider.mouse.move(box["x"] - 40, box["y"] + box["height"] / 2, steps=20)
    slider.mouse.up()
    learned(slider)
    expect(vdn).to_contain_text("8 of 8 runs right")
    assert alone.told(slider, "lam")[-1] == 0 and console_errors == []


def test_the_initial_scale_is_learned_with_and_said(slider, console_errors):
    scales = slider.get_by_role("radiogroup", name="initial scale")
    expect(scales.get_by_role("radio")).to_have_count(6)
    scales.get_by_text("3", exact=True).click()
    expect(slider.get_by_text("utilities start at standard deviation 3;")).to_be_visible()
    learned(slider)
    expect(slider.get_by_role("region", name="QMIX", exact=True)).to_contain_text("of 8 runs right")
    scales.get_by_role("radio", name="3", exact=True).press("ArrowLeft")
    expect(slider.get_by_text("utilities start at standard deviation 1;")).to_be_visible()
    assert alone.told(slider, "scale") == [3, 1] and console_errors == []


def test_an_opened_reason_stays_open_while_it_moves(slider):
    slider.get_by_role("region", name="VDN", exact=True).locator("summary").click()
    slider.get_by_role("slider", name="λ").press("ArrowLeft")
    details = slider.locator("details").evaluate_all("all => all.map(one => one.open)")
    assert details == [True, False]


def test_what_python_says_otherwise_is_shown_as_an_error(made, page):
    answer = {**made.answer, "exact": {**made.answer["exact"], "vdn": ["right", [0, 0], "VDN is always right."]}}
    alone.show(page, made)
    page.evaluate("answer => model.set('answer', answer)", answer)
    expect(page.get_by_role("alert")).to_have_text(re.compile("The page and Python disagree on VDN"))


def test_what_needs_python_says_so_and_keeps_its_last_answer(page, console_errors):
    shown = widgets.interpolation(games.BOTH, games.MATCHING, ["qtran", "vdn"], lam=0.5, runs=2)
    alone.show(page, shown)
    page.get_by_role("slider", name="λ").press("ArrowLeft")
    learned(page)
    card = page.locator(".marl-card").nth(1)
    expect(card).to_contain_text("This one needs Python: in JupyterLab, run this cell and those above it.")
    expect(card).to_contain_text(shown.diagnosis["qtran"].reason)
    assert console_errors == []
