"""Lecture 01 as a student takes it: bet, then drag the partner's exploration and watch the best reply reverse."""

import pytest
from playwright.sync_api import expect


@pytest.fixture
def lecture(open_notebook, run_all):
    page = open_notebook("01-one-reward-many-decisions.ipynb")
    run_all(page)
    page.get_by_label("your own values").scroll_into_view_if_needed()
    return page


def a_place_on_the_axis_is_bet_and_stands_beside_the_truth(lecture, screenshot):
    expect(lecture.locator(".box")).to_have_count(8)
    expect(lecture.locator(".box-open")).to_have_count(0)  # running all cells opens none
    box = lecture.get_by_role("region", name="bet 01-partner")
    box.get_by_role("textbox").fill("50")
    box.get_by_role("button", name="Place", exact=True).click()
    expect(box).to_contain_text("Not right. You said 50 %; it changes at 57.9 %.")
    screenshot(lecture, "lecture-01-bet")


def dragging_the_exploration_reverses_the_best_reply(lecture, screenshot):
    card = lecture.get_by_label("your own values")
    expect(card).to_contain_text("Your best reply: 2, worth 1.67 on average.")
    screenshot(lecture, "lecture-01-partner-explores")
    explores = lecture.get_by_role("slider", name="it explores", exact=True)
    explores.hover()  # waits until the page has stopped moving
    box = explores.bounding_box()
    right, middle = box["x"] + box["width"] - 8, box["y"] + box["height"] / 2
    lecture.mouse.move(right, middle)
    lecture.mouse.down()
    lecture.mouse.move(box["x"] - 50, middle, steps=10)  # beyond the left end
    lecture.mouse.up()
    expect(card).to_contain_text("Your best reply: 0, worth 11 on average.")
    screenshot(lecture, "lecture-01-partner-keeps-to-its-favourite")

    favourites = lecture.get_by_role("radiogroup", name="its favourite")
    for spot in (explores, lecture.get_by_text("Your partner, agent 2:"), favourites.get_by_text("0", exact=True)):
        spot.click()
        for key in ("d", "d", "m", "x", "r"):  # each of them edits a notebook in command mode, and r resets the table
            lecture.keyboard.press(key)
    expect(card).to_be_visible()

    explores.press("Home")
    expect(card).to_contain_text("worth 11 ")
    for _ in range(5):
        lecture.keyboard.press("PageUp")
    expect(card).not_to_contain_text("worth 11 ")  # the slider obeys the keyboard too
    reward = lecture.get_by_label("reward when agent 1 plays 1 and agent 2 plays 0")
    reward.focus()
    lecture.keyboard.type("20")
    lecture.keyboard.press("Enter")
    expect(card).to_contain_text("Your best reply: 1")
    favourites.get_by_text("2", exact=True).click()
    card.locator("summary").click()
    expect(card.get_by_text("1 is best however much it explores")).to_be_visible()


# Opening a lecture and running it takes long, so one run serves both stories.
def test_lecture_01(lecture, screenshot, console_errors):
    a_place_on_the_axis_is_bet_and_stands_beside_the_truth(lecture, screenshot)
    dragging_the_exploration_reverses_the_best_reply(lecture, screenshot)
    assert console_errors == []
