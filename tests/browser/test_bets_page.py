"""Bets on an axis on a plain page, without Python: placed by mouse, keys or number, opened one by one, and kept."""

import alone
import pytest
from driving import python_has, write_notebook
from playwright.sync_api import Page, expect

from marl_helpers import widgets
from marl_helpers.basics.memory import FILE

CELL = """from marl_helpers import widgets

axis = widgets.bets("04-it", "Up to which $x$?", {"here?": 0.5, "there?": 1.5}, most=2)
axis
"""
TRUTHS = {"where does it end?": 1 / 3, "and <the> other?": 1.5}


@pytest.fixture(autouse=True)
def folder_of_bets(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def show(page) -> callable:
    """show(truths) -> the page with such bets; of an origin, so that it can keep something."""

    def shown(truths=TRUTHS):
        page.route("http://bets.test/", lambda route: route.fulfill(content_type="text/html", body="<p>"))
        page.goto("http://bets.test/")
        alone.show(page, widgets.bets("04-it", "Up to <i>which</i> x?", truths, most=2))
        return page

    return shown


def row(page: Page, number: int):
    return page.get_by_role("region", name=f"bet {number}", exact=True)


def said(page: Page) -> list:
    """What Python heard last, without when."""
    return [(one["open"], one["said"]) for one in alone.told(page, "placed")[-1]]


def place(page: Page, number: int, text: str) -> None:
    row(page, number).get_by_role("textbox").fill(text)
    page.keyboard.press("Enter")


def press(page: Page, number: int, name: str) -> None:
    row(page, number).get_by_role("button", name=name, exact=True).click()


def is_closed(page: Page) -> None:
    expect(page.get_by_text("the truth is")).to_have_count(0)
    assert page.locator(".marl-truth:visible").count() == 0


def test_a_bet_is_placed_by_mouse_keys_or_number_and_shows_no_truth(show, console_errors):
    page = show()
    expect(page.locator(".box-asked")).to_contain_text("Up to <i>which</i> x? Within 0.05 is right.")
    expect(row(page, 2)).to_contain_text("and <the> other?")
    pin = row(page, 1).get_by_role("slider", name="bet 1")
    expect(pin).to_have_js_property("ariaValueText", "not placed")
    track = row(page, 1).locator(".marl-track").bounding_box()
    page.mouse.click(track["x"] + track["width"] / 4, track["y"] + track["height"] / 2)
    assert said(page) == [(False, [0.5]), (False, None)]
    expect(pin).to_be_focused()
    page.keyboard.press("ArrowLeft")
    assert said(page) == [(False, [0.49]), (False, None)]
    place(page, 2, "5/4")
    assert said(page) == [(False, [0.49]), (False, [1.25])]
    place(page, 2, "5/2")
    expect(row(page, 2).get_by_role("alert")).to_have_text("5/2 is not on the axis: give a number from 0 to 2")
    assert said(page) == [(False, [0.49]), (False, [1.25])]
    is_closed(page)
    assert console_errors == []


def test_a_bet_that_is_compared_stands_beside_its_truth_until_it_is_taken_back(show, console_errors, screenshot):
    page = show()
    expect(page.get_by_text("0 of 2 bets compared.")).to_be_visible()
    place(page, 1, "1")
    press(page, 1, "Compare")
    expect(row(page, 1)).to_contain_text("✘ Not right. You said 1; the truth is 0.3333, 0.67 away.")
    expect(page.get_by_text("1 of 2 bets compared: 0.67 from the truth on average.")).to_be_visible()
    track, truth = (row(page, 1).locator(one).bounding_box() for one in (".marl-track", ".marl-truth"))
    assert truth["x"] + truth["width"] / 2 - track["x"] == pytest.approx(track["width"] / 6, abs=1)
    row(page, 1).get_by_role("slider", name="bet 1").press("ArrowRight")
    assert said(page) == [(True, [1]), (False, None)]
    assert page.locator(".marl-truth:visible").count() == 1
    place(page, 2, "1.54")
    press(page, 2, "Compare")
    expect(row(page, 2)).to_contain_text("✔ Right. You said 1.54; the truth is 1.5, 0.04 away.")
    screenshot(page, "bets-open")
    for number in (1, 2):
        press(page, number, "Take back")
    is_closed(page)
    expect(row(page, 1).get_by_role("textbox")).to_have_value("")
    assert console_errors == []


def test_who_waives_sees_the_truth_and_no_score(show):
    page = show()
    press(page, 2, "Show me")
    expect(row(page, 2)).to_contain_text("The truth is 1.5.")
    assert said(page) == [(False, None), (True, None)]
    expect(page.get_by_text("0 of 2 bets compared.")).to_be_visible()


def test_the_page_alone_remembers_pins_and_what_is_open(show, console_errors):
    page = show()
    place(page, 1, "1/4")
    place(page, 2, "1.5")
    press(page, 2, "Compare")
    page = show()
    expect(row(page, 1).get_by_role("textbox")).to_have_value("0.25")
    expect(row(page, 1).get_by_role("button")).to_have_text("Compare")
    expect(row(page, 2)).to_contain_text("You said 1.5; the truth is 1.5, 0.00 away.")
    place(page, 1, "1/3")
    page = show()
    expect(row(page, 1).get_by_role("textbox")).to_have_value("0.333333")
    assert console_errors == []


def test_a_truth_that_a_bisection_found_close_to_0_is_0(show):
    page = show({"a sum holds it": 4.4e-10})
    place(page, 1, "0.25")
    press(page, 1, "Compare")
    expect(row(page, 1)).to_contain_text("the truth is 0, 0.25 away")


def test_pins_and_what_is_open_stand_through_run_all_and_a_new_kernel(folder, open_notebook, run_all, console_errors):
    write_notebook(folder / "bets.ipynb", CELL)
    page = open_notebook("bets.ipynb")
    run_all(page)
    expect(page.locator(".box-asked mjx-container")).to_be_visible()
    is_closed(page)
    place(page, 1, "0.52")
    place(page, 2, "1")
    press(page, 1, "Compare")
    verdict = "✔ Right. You said 0.52; the truth is 0.5, 0.02 away."
    expect(row(page, 1)).to_contain_text(verdict)
    python_has(page, "[*axis.distances]", ["here?"])
    run_all(page)
    expect(row(page, 1)).to_contain_text(verdict)
    expect(row(page, 2).get_by_role("textbox")).to_have_value("1")
    assert page.locator(".marl-truth:visible").count() == 1
    assert '"04-it-1"' in (folder / FILE).read_text() and '"04-it-2"' not in (folder / FILE).read_text()
    page.evaluate("() => localStorage.clear()")
    run_all(page)
    expect(row(page, 1)).to_contain_text(verdict)  # Python remembers what is open
    press(page, 1, "Take back")
    run_all(page)
    is_closed(page)
    assert console_errors == []
