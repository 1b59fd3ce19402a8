"""Lecture 09 as a student takes it: bet on eight robots, then add them to the team on the page, which plays on."""

import re

import pytest
from driving import python_has
from playwright.sync_api import expect


@pytest.fixture
def lecture(open_notebook, run_all):
    page = open_notebook("09-teams-of-any-size.ipynb")
    run_all(page)
    return page


def a_number_for_each_size_is_bet(lecture, screenshot):
    expect(lecture.locator(".box")).to_have_count(9)
    expect(lecture.locator(".box-open")).to_have_count(0)  # running all cells opens none
    box = lecture.get_by_role("region", name="bet 09-grown")
    for field, percent in zip(box.get_by_role("textbox").all(), ("70", "20"), strict=True):
        field.fill(percent)
    box.get_by_role("button", name="Place", exact=True).click()
    expect(box).to_contain_text(re.compile(r"You said .*70 %.*20 %.*; it is 65 and 55"))
    screenshot(lecture, "lecture-09-bet")


def robots_join_and_leave_while_the_team_plays_on(lecture, screenshot):
    team = lecture.get_by_role("group", name="a trained team that grows and shrinks")
    heading = team.locator("[data-part=heading]")
    expect(heading).to_have_text("4 robots, step 0 of 10: earned 0.00")
    add = team.get_by_role("button", name="add a robot")
    for _ in range(8):
        add.click()
    expect(heading).to_contain_text("12 robots, step 0 of 10")
    expect(team.locator("[data-part=world] .film-agent")).to_have_count(12)
    team.get_by_role("button", name="next step").click()
    expect(heading).to_contain_text("12 robots, step 1 of 10")
    team.get_by_role("img").press("-")
    expect(heading).to_contain_text("11 robots, step 1 of 10")
    team.get_by_role("button", name="100 shifts").click()
    expect(team.locator("[data-part=found]")).to_contain_text("In 100 shifts, 11 robots earned")
    screenshot(lecture, "lecture-09-eleven-robots")


def python_hears_of_the_size(lecture):
    made = "[one.size for one in __import__('gc').get_objects() if type(one).__name__ == 'GrowingTeam']"
    python_has(lecture, made, [11])


# Opening a lecture and running it takes long, so one run serves all stories.
def test_lecture_09(lecture, screenshot, console_errors):
    a_number_for_each_size_is_bet(lecture, screenshot)
    robots_join_and_leave_while_the_team_plays_on(lecture, screenshot)
    python_hears_of_the_size(lecture)
    assert console_errors == []
