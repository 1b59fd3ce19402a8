"""The laboratory on a plain page, without Python: edited, scrubbed, learned, presented, read in both themes."""

import json
import re

import numpy as np
import pytest
from alone import show, told
from driving import CONTRASTS, METHODS, Lab
from playwright.sync_api import expect

from marl_helpers import games, mixers, widgets
from marl_helpers.fitting.diagnosis import diagnose_exactly
from marl_helpers.fitting.runs import LEARNER
from marl_helpers.widgets.cards import recipe_line

AWAKE = [[6, 4, 2], [4, 3, 1], [2, 1, 12]]
HEADLINES = "() => [...document.querySelectorAll('.marl-card')].map(card => card.querySelector('strong')?.textContent)"


@pytest.fixture(scope="module")
def made():
    """A laboratory's state, once for all tests."""
    return widgets.laboratory(methods=METHODS, runs=8)


@pytest.fixture
def lab(made, page) -> Lab:
    show(page, made)
    return Lab(page)


def learned(lab: Lab) -> None:
    expect(lab.panel.locator("progress")).to_have_count(0)


def runs_right(lab: Lab, label: str) -> int:
    return int(lab.card(label).locator("p").filter(has_text="runs right").inner_text().split()[-5])


def says_the_exact_verdict(lab: Lab, table) -> None:
    for verdict in diagnose_exactly(table, METHODS).verdicts.values():
        expect(lab.card(verdict.label)).to_contain_text(verdict.reason)


def test_it_opens_with_pythons_own_cards(lab, made, console_errors):
    assert lab.panel.locator(".marl-answer").inner_text().split("\n")[0] == "VDN"
    for verdict in made.diagnosis.verdicts.values():
        expect(lab.card(verdict.label)).to_contain_text(verdict.reason)
        expect(lab.card(verdict.label)).to_contain_text("runs right")
    expect(lab.panel.locator(".marl-recipe")).to_have_text(recipe_line(LEARNER))
    assert console_errors == []


def test_an_edit_is_judged_and_learned_without_python(lab, console_errors):
    for corner, right in (("8.5", 0), ("12", 8)):
        lab.type(2, 2, corner)
        table = np.array([[6, 4, 2], [4, 3, 1], [2, 1, float(corner)]])
        lab.shows(games.share(table))
        learned(lab)
        says_the_exact_verdict(lab, table)
        assert runs_right(lab, "VDN") == right and runs_right(lab, "QMIX") == 8
    lab.click("reset")  # back to what Python has answered
    expect(lab.card("VDN")).to_contain_text("0 of 8 runs right")
    assert console_errors == []


def test_the_verdict_follows_the_finger_and_a_drag_is_one_step_to_undo(lab, page):
    place = lab.cell(2, 2).bounding_box()
    x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    headlines = []
    for up in range(0, 70, 3):
        page.mouse.move(x, y - up)
        headlines.append(page.evaluate(HEADLINES)[0])
    page.mouse.up()
    played = [line.partition("plays ")[2][:6] for line in headlines]
    assert played[0] == "(0, 0)" and played[-1] == "(2, 2)"  # between them several tie
    corners = [table[2][2] for table in told(page, "table")]
    assert corners == sorted(corners) and corners[0] == 8.1 and corners[-1] > 9
    assert all(round(corner, 1) == corner for corner in corners)
    learned(lab)
    assert runs_right(lab, "VDN") == 8
    lab.press("Control+z")
    lab.shows(games.share(games.COORDINATION))


def test_a_drag_ends_with_its_button_also_where_that_is_released_elsewhere(lab, page):
    place = lab.cell(2, 2).bounding_box()
    x, y = place["x"] + 20, place["y"] + 20
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 400, y)  # sideways: no drag yet, so nothing is captured
    page.mouse.up()
    page.mouse.move(x, y - 15)
    page.mouse.move(x, y)
    lab.shows(games.share(games.COORDINATION))


def test_a_reason_opens_with_one_click_while_a_method_learns(lab, page):
    learned(lab)
    summary = lab.card("QMIX").locator("summary")
    box = summary.bounding_box()
    page.mouse.move(box["x"] + 30, box["y"] + 8)
    page.mouse.down()
    page.evaluate("() => model.set('table', [[6, 4, 2], [4, 3, 1], [2, 1, 7.6]])")
    page.mouse.up()
    expect(lab.card("QMIX").locator("details")).to_have_attribute("open", "")


def test_a_touch_scrubs_too(made, browser):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    show(page, made)
    lab = Lab(page)
    client = context.new_cdp_session(page)

    def swipe():
        place = lab.cell(2, 2).bounding_box()
        x, y = place["x"] + 20, place["y"] + 20
        client.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
        for up in range(5, 95, 10):
            client.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": y - up}]})
        client.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    swipe()  # over the page, which may scroll
    lab.shows(games.share(games.COORDINATION))
    page.evaluate("scrollTo(0, 0)")
    lab.cell(2, 2).tap()
    expect(lab.cell(2, 2)).to_be_focused()
    swipe()
    lab.shows(games.share([[6, 4, 2], [4, 3, 1], [2, 1, told(page, "table")[-1][2][2]]]))
    assert told(page, "table")[-1][2][2] > 9
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()


def test_alt_and_an_arrow_scrub_in_steps_that_are_one_to_undo(lab, page):
    lab.cell(2, 2).focus()
    lab.press(*["Alt+ArrowUp"] * 3, "Alt+ArrowDown")
    lab.shows(games.share([[6, 4, 2], [4, 3, 1], [2, 1, 8.2]]))
    lab.focus_is_at(2, 2)
    lab.press("Control+z")
    lab.shows(games.share(games.COORDINATION))


@pytest.mark.parametrize(("scale", "steps"), [(1e-3, 0.0001), (1e6, 100000), (1, 0.1)])
def test_a_step_suits_the_tables_spread(scale, steps, page):
    show(page, widgets.RewardTable(games.COORDINATION * scale))
    lab = Lab(page)
    lab.cell(0, 0).focus()
    lab.press("Alt+ArrowUp")
    assert told(page, "table")[-1][0][0] == pytest.approx(6 * scale + steps, rel=1e-12)


def test_a_text_that_is_no_number_is_not_scrubbed(lab, page):
    lab.type(0, 0, "four")
    lab.cell(0, 0).focus()
    before = len(told(page, "table"))
    lab.press("Alt+ArrowUp")
    place = lab.cell(0, 0).bounding_box()
    page.mouse.move(place["x"] + 5, place["y"] + 5)
    page.mouse.down()
    page.mouse.move(place["x"] + 5, place["y"] - 60)
    page.mouse.up()
    assert len(told(page, "table")) == before
    expect(lab.alert).to_contain_text("“four” is not a finite number")


def test_the_last_of_many_edits_wins(lab, page):
    lab.cell(2, 2).focus()
    for value in ("20", "1", "30", "8.5", "12"):
        page.keyboard.type(value)
        lab.press("Control+a")
    learned(lab)
    says_the_exact_verdict(lab, np.array(AWAKE))
    assert runs_right(lab, "VDN") == 8


def test_a_recipe_is_learned_and_said(lab, page):
    lab.choose("mixer width", "1")
    lab.choose("positivity", "softplus")
    learned(lab)
    expect(lab.panel.locator(".marl-recipe")).to_contain_text("has 1 units and positivity softplus")
    assert told(page, "settings")[-1] == {"initial scale": 0.1, "mixer width": 1, "positivity": "softplus"}


def test_what_needs_python_says_so_and_keeps_its_last_answer_in_its_place(page):
    lab = widgets.laboratory(games.BOTH, ["vdn", "qtran", "qmix"], runs=2)
    show(page, lab)
    lab_page = Lab(page)
    label = mixers.find("qtran").label
    lab_page.type(0, 0, "5")
    learned(lab_page)
    card = lab_page.card(label)
    expect(card).to_contain_text("This one needs Python: in JupyterLab, run this cell and those above it.")
    expect(card).to_contain_text(lab.diagnosis["qtran"].reason)
    names = "() => [...document.querySelectorAll('.marl-card')].map(card => card.ariaLabel)"
    assert page.evaluate(names) == ["VDN", label, "QMIX"]


def test_a_method_of_ones_own_has_a_card_though_laboratories_were_shown_before(lab, page, console_errors):
    class Wider(mixers.find("qmix")):
        name, label, rank = "wider", "Wider QMIX", 2.5

    try:
        show(page, widgets.laboratory(methods=["vdn", "wider"], runs=2))
        lab = Lab(page)
        lab.type(2, 2, "12")
        learned(lab)
        expect(lab.card("Wider QMIX")).to_contain_text("best fit plays (2, 2), earns 12 of 12")
        expect(lab.card("Wider QMIX")).to_contain_text("what it learns needs Python")
        expect(lab.card("VDN")).not_to_contain_text("needs Python")
        heard = re.compile(r"VDN: .*12.*\. Wider QMIX: best fit plays \(2, 2\), earns 12 of 12")
        expect(page.locator(".marl-aside")).to_have_text(heard)
        assert console_errors == []
    finally:
        mixers.METHODS.pop("wider")


def test_what_python_says_otherwise_is_shown_as_an_error(page):
    lab = widgets.laboratory(methods=METHODS, runs=2)
    answer = json.loads(json.dumps(lab.answer))
    answer["exact"]["vdn"][2] = "VDN is always right."
    lab.answer = answer
    show(page, lab)
    expect(Lab(page).notice).to_contain_text("The page and Python disagree on VDN: Python says “VDN is always right.”")


def test_pythons_answer_takes_the_pages_place(lab, page):
    """And one to an older table does not."""
    twelve = widgets.laboratory(AWAKE, METHODS, runs=4)
    lab.type(2, 2, "12")
    learned(lab)
    expect(lab.card("VDN")).to_contain_text("8 of 8 runs right")
    page.evaluate("answer => model.set('answer', answer)", twelve.answer)
    expect(lab.card("VDN")).to_contain_text("4 of 4 runs right")
    lab.type(2, 2, "13")
    page.evaluate("answer => model.set('answer', answer)", {**twelve.answer, "html": "an older one"})
    learned(lab)
    expect(lab.card("VDN")).to_contain_text("8 of 8 runs right")
    expect(lab.notice).to_be_empty()


def test_a_large_mode_is_one_key_away(lab, page, screenshot):
    size = "cell => cell.getBoundingClientRect().height"
    height, card_height = (one.evaluate(size) for one in (lab.cell(0, 0), lab.card("VDN").locator("h4")))
    lab.card("VDN").locator("h4").click()
    lab.press("l")
    assert lab.cell(0, 0).evaluate(size) >= 1.5 * height
    assert lab.card("VDN").locator("h4").evaluate(size) >= 1.5 * card_height
    screenshot(page, "laboratory-large")
    lab.press("l")
    assert lab.cell(0, 0).evaluate(size) == height


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_is_readable_and_nothing_sticks_out(scheme, made, browser, screenshot):
    context = browser.new_context(viewport={"width": 1024, "height": 768}, color_scheme=scheme)
    page = context.new_page()
    show(page, made, scheme)
    lab = Lab(page)
    lab.type(2, 2, "7")
    learned(lab)
    texts = [".rt-cell:not([hidden]) input", ".rt-choice span", ".marl-card td", ".marl-card strong", ".marl-strip"]
    for selector in texts:
        contrasts = page.evaluate(CONTRASTS, f".marl-lab {selector}")
        least = 3 if selector == ".marl-strip" else 4.5  # a picture, and words
        assert contrasts and min(contrasts) >= least, (selector, contrasts)
    screenshot(page, f"laboratory-alone-{scheme}")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out sideways"
    screenshot(page, f"laboratory-alone-{scheme}-phone")
    context.close()
