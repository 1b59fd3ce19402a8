"""The map of a line of games on a plain page, without Python: exact verdicts at every step, its own runs at rest."""

import re

import alone
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from marl_helpers import exact, games, widgets
from marl_helpers.fitting.diagnosis import diagnose_exactly
from marl_helpers.fitting.runs import LEARNER
from marl_helpers.widgets.cards import cards, recipe_line
from marl_helpers.widgets.places import reward

METHODS, LABELS = ["vdn", "qmix"], ["VDN", "QMIX"]
BESTS = (exact.additive, exact.convex, exact.monotone)


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


def test_the_map_says_what_python_says_of_every_class(slider, made, console_errors):
    curves = slider.get_by_role("img")
    expect(curves).to_have_accessible_name(re.compile("any monotone mixer: "))
    lines = [f"{label}: {said}" for label, said in made.settings()[2:]]
    assert curves.get_attribute("aria-label").split("\n") == lines
    places = [float(said) for _, text in made.settings()[2:] for said in re.findall(r"up to ([\d.]+)", text)]
    assert places == pytest.approx([6 / 7, 2, 1 / 3, (55 + 4 * 151**0.5) / 63, 2, 1 / 3, 90 / 73, 2], abs=1e-3)
    assert console_errors == []


@pytest.mark.parametrize("width", [390, 640])
def test_no_word_of_the_map_is_cut_or_crossed_by_the_cursor(slider, width, screenshot):
    slider.set_viewport_size({"width": width, "height": 844})
    expect(slider.get_by_role("img")).to_have_accessible_name(re.compile("any monotone mixer: "))
    words = slider.locator(".marl-strip-row span:visible")
    said = slider.locator(".marl-strip-said:visible")
    cut = "all => all.filter(one => one.scrollWidth > one.clientWidth).map(one => one.textContent)"
    assert words.evaluate_all(cut) == []
    assert (words.count(), said.count()) == ((0, 3) if width == 390 else (8, 0))
    assert width == 640 or said.nth(1).text_content().startswith("up to 0.3333: holds it; up to 1.653: (2, 2)")
    over = """all => all.filter(one => {
        const { left, right, top, bottom } = one.getBoundingClientRect();
        const cursor = document.querySelector(".marl-cursor");
        const x = cursor.getBoundingClientRect().x + 1;
        if (x <= left || x >= right) return false;
        return cursor.contains(document.elementFromPoint(x, (top + bottom) / 2));
    }).map(one => one.textContent)"""
    assert slider.locator(".marl-field p:visible, .marl-strip-row :is(span, b):visible").evaluate_all(over) == []
    screenshot(slider, f"interpolation-{width}")


def test_the_curves_are_the_errors_of_pythons_best_fits(slider, made):
    expect(slider.locator("polyline")).to_have_count(3)
    drawn = slider.locator("polyline").evaluate_all(
        "all => all.map(one => [...one.points].map(({ x, y }) => [x / 50, (98 - y) / 96]))"
    )
    exactly = [[best(games.interpolate(lam)).mse for lam, _ in drawn[0]] for best in BESTS]
    top = np.max(exactly)
    assert np.abs(np.array(drawn)[:, :, 1] * top - exactly).max() < 2e-4 * top


def test_other_lines_are_mapped_as_python_does(page, console_errors):
    rng = np.random.default_rng(3)
    for shape in ((2, 2), (2, 3), (3, 3)):
        start, end = rng.integers(-3, 9, (2, *shape))
        made = widgets.interpolation(start, end, ["vdn", "monotone"], lam=0, most=1.5, runs=1)
        alone.show(page, made)
        lines = "\n".join(f"{label}: {said}" for label, said in made.settings()[2:])
        expect(page.locator(".marl-curves")).to_have_attribute("aria-label", lines)
    assert console_errors == []


def test_keys_mouse_and_touch_move_the_cursor_and_it_learns_when_it_rests(slider, console_errors):
    lam, vdn = slider.get_by_role("slider", name="λ", exact=True), slider.get_by_role("region", name="VDN", exact=True)
    field = slider.locator(".marl-field")
    lam.focus()
    slider.keyboard.press("ArrowRight")
    expect(lam).to_have_js_property("ariaValueText", "1.21")
    expect(slider.get_by_role("region", name="reward", exact=True)).to_contain_text("8.84*")
    learned(slider)
    expect(vdn).to_contain_text("0 of 8 runs right")
    box = field.bounding_box()
    assert box["width"] >= 240 and box["height"] >= 200
    slider.mouse.move(box["x"] + box["width"] / 2, box["y"] + 50)
    slider.mouse.down()
    expect(lam).to_have_js_property("ariaValueText", "1")
    expect(lam).to_be_focused()
    slider.mouse.move(box["x"] - 40, box["y"] + 80, steps=20)
    slider.mouse.up()
    learned(slider)
    expect(vdn).to_contain_text("8 of 8 runs right")
    for key, told in (("PageUp", 0.1), ("Shift+ArrowRight", 0.2), ("ArrowDown", 0.19), ("End", 2), ("Home", 0)):
        slider.keyboard.press(key)
        assert alone.told(slider, "lam")[-1] == told
    assert console_errors == []


def test_what_runs_found_stays_in_the_map_where_the_cursor_rested(slider):
    dots = slider.locator(".marl-rested i")
    expect(dots).to_have_count(2)  # Python's, at 1.2
    slider.get_by_role("slider", name="λ").press("PageDown")
    learned(slider)
    expect(dots).to_have_count(4)
    heights = dots.evaluate_all("all => all.map(one => parseFloat(one.style.bottom))")
    cards = [slider.get_by_role("region", name=name, exact=True).inner_text() for name in LABELS]
    assert heights[2:] == [100 * int(re.search(r"(\d) of 8 runs right", card)[1]) / 8 for card in cards]
    slider.get_by_role("radiogroup", name="initial scale").get_by_text("3", exact=True).click()
    learned(slider)
    expect(dots).to_have_count(2)  # of that recipe alone


def test_lambda_can_be_typed_as_a_fraction(slider, console_errors):
    box = slider.get_by_role("textbox", name="λ =")
    box.fill("6/7")
    box.press("Enter")
    assert alone.told(slider, "lam") == [6 / 7]
    expect(box).to_have_value("6/7")
    expect(slider.get_by_role("region", name="VDN", exact=True)).to_contain_text("chance decides which comes first")
    for typed, why in (("15/7", "15/7 is not on the axis: give a number from 0 to 2"), ("1/0", "1/0 divides by zero")):
        box.fill(typed)
        box.press("Enter")
        expect(box).to_have_attribute("aria-invalid", "true")
        expect(slider.get_by_role("alert").filter(has_text=why)).to_be_visible()
        assert alone.told(slider, "lam") == [6 / 7]
    slider.get_by_role("slider", name="λ").press("ArrowRight")
    assert alone.told(slider, "lam")[-1] == 0.86
    expect(box).to_have_value("0.86")
    expect(box).not_to_have_attribute("aria-invalid", "true")
    assert console_errors == []


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
    expect(page.get_by_role("alert").filter(has_text="The page and Python disagree on VDN")).to_be_visible()


def test_what_needs_python_says_so_and_keeps_its_last_answer(page, console_errors):
    shown = widgets.interpolation(games.BOTH, games.MATCHING, ["qtran", "vdn"], lam=0.5, runs=2)
    alone.show(page, shown)
    page.get_by_role("slider", name="λ").press("ArrowLeft")
    learned(page)
    card = page.locator(".marl-card").nth(1)
    expect(card).to_contain_text("This one needs Python: in JupyterLab, run this cell and those above it.")
    expect(card).to_contain_text(shown.diagnosis["qtran"].reason)
    assert console_errors == []
