"""Bets on a plain page, without Python: placed by mouse, keys or number, scored one by one, and kept."""

import alone
import pytest
from playwright.sync_api import Page, expect

from marl_helpers import widgets

TRUTHS = {"where does it end?": 1 / 3, "and <the> other?": 1.5}


@pytest.fixture
def bets(page) -> Page:
    alone.show(page, widgets.bets(TRUTHS, most=2))
    return page


def row(page: Page, number: int):
    return page.get_by_role("region", name=f"bet {number}", exact=True)


def test_a_bet_is_placed_by_mouse_keys_or_number_and_shows_no_truth(bets, console_errors):
    expect(row(bets, 2)).to_contain_text("and <the> other?")
    pin = row(bets, 1).get_by_role("slider", name="bet 1")
    expect(pin).to_have_js_property("ariaValueText", "not placed")
    expect(row(bets, 1).get_by_role("button", name="Score")).to_be_disabled()
    box = row(bets, 1).locator(".marl-track").bounding_box()
    bets.mouse.click(box["x"] + box["width"] / 4, box["y"] + box["height"] / 2)
    assert alone.told(bets, "bets")[-1] == [0.5, None]
    expect(pin).to_be_focused()
    bets.keyboard.press("ArrowLeft")
    assert alone.told(bets, "bets")[-1] == [0.49, None]
    row(bets, 2).get_by_role("textbox").fill("5/4")
    bets.keyboard.press("Enter")
    assert alone.told(bets, "bets")[-1] == [0.49, 1.25]
    row(bets, 2).get_by_role("textbox").fill("5/2")
    bets.keyboard.press("Enter")
    expect(row(bets, 2).get_by_role("alert")).to_have_text("5/2 is not on the axis: give a number from 0 to 2")
    assert alone.told(bets, "bets")[-1] == [0.49, 1.25]
    expect(bets.get_by_text("the truth is")).to_have_count(0)
    assert bets.locator(".marl-truth:visible").count() == 0 and console_errors == []


def test_a_scored_bet_stands_beside_its_truth(bets, console_errors):
    expect(bets.get_by_text("0 of 2 bets scored.")).to_be_visible()
    row(bets, 1).get_by_role("textbox").fill("1")
    bets.keyboard.press("Enter")
    row(bets, 1).get_by_role("button", name="Score").click()
    expect(row(bets, 1)).to_contain_text("the truth is 0.3333: you were 0.67 away")
    expect(bets.get_by_text("1 of 2 bets scored: 0.67 from the truth on average.")).to_be_visible()
    track, truth = (row(bets, 1).locator(one).bounding_box() for one in (".marl-track", ".marl-truth"))
    assert truth["x"] + truth["width"] / 2 - track["x"] == pytest.approx(track["width"] / 6, abs=1)
    row(bets, 1).get_by_role("slider", name="bet 1").press("ArrowRight")
    assert alone.told(bets, "bets")[-1] == [1, None] and alone.told(bets, "scored")[-1] == [True, False]
    assert bets.locator(".marl-truth:visible").count() == 1 and console_errors == []


def test_what_was_bet_is_shown_again(page):
    kept = widgets.bets(TRUTHS, most=2)
    kept.bets, kept.scored = [0.25, 1.5], [False, True]
    alone.show(page, kept)
    expect(row(page, 1).get_by_role("textbox")).to_have_value("0.25")
    expect(row(page, 2)).to_contain_text("the truth is 1.5: you were 0.00 away")


def test_a_truth_that_a_bisection_found_close_to_0_is_0(page):
    kept = widgets.bets({"a sum holds it": 4.4e-10}, most=2)
    kept.bets, kept.scored = [0.25], [True]
    alone.show(page, kept)
    expect(row(page, 1)).to_contain_text("the truth is 0: you were 0.25 away")
