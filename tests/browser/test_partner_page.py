"""The partner on a plain page: what Python says, driven by mouse and keyboard, with the table beside it."""

import alone
import numpy as np
import pytest
from driving import Table
from playwright.sync_api import expect

from marl_helpers import games, widgets
from marl_helpers.widgets.partners import replies_html


def games_of_many_kinds(rng: np.random.Generator) -> list[np.ndarray]:
    shapes = [tuple(rng.integers(2, 6, 2)) for _ in range(100)]
    found = [rng.integers(-3, 4, shape).astype(float) for shape in shapes]  # with ties
    found += [rng.normal(size=shape) * 10.0 ** rng.integers(-8, 9) for shape in shapes]
    return [*found, *(game for game in games.NAMED.values() if game.ndim == 2), np.full((3, 3), 2.5)]


def test_it_says_what_python_says_of_any_table_favourite_and_exploration(page, console_errors):
    rng, cases = np.random.default_rng(0), []
    for table in games_of_many_kinds(rng):
        for favourite in range(table.shape[1]):
            exploration = int(rng.integers(0, 101)) / 100
            settings = {"table": table.tolist(), "favourite": favourite, "exploration": exploration}
            cases.append((settings, replies_html(table, favourite, exploration)))
    alone.show(page, widgets.partner())
    assert alone.disagreements(page, cases) == []
    assert console_errors == []


@pytest.fixture
def partner(page):
    alone.show(page, widgets.partner(games.CLIMBING))
    return page.get_by_label("your own values")


def test_dragging_the_exploration_reverses_the_best_reply(partner, page, console_errors):
    expect(partner).to_contain_text("Your best reply: 2, worth 1.67 on average.")
    partner.locator("summary").click()
    explores = page.get_by_role("slider", name="it explores", exact=True)
    box = explores.bounding_box()
    assert box["width"] >= 240 and box["height"] >= 24
    right, middle = box["x"] + box["width"] - 8, box["y"] + box["height"] / 2
    page.mouse.move(right, middle)
    page.mouse.down()
    page.mouse.move(box["x"] - 50, middle, steps=10)
    page.mouse.up()
    expect(partner).to_contain_text("Your best reply: 0, worth 11 on average.")
    expect(explores).to_have_js_property("ariaValueText", "0%")
    expect(partner.locator("details")).to_have_js_property("open", True)  # though the answer is a new one
    explores.focus()
    for _ in range(6):
        page.keyboard.press("PageUp")
    expect(partner).to_contain_text("Your best reply: 2,")
    assert alone.told(page, "exploration")[-1] == 0.6 and console_errors == []


def test_the_favourite_is_chosen_by_mouse_and_keyboard_and_follows_the_table(partner, page, console_errors):
    favourites, table = page.get_by_role("radiogroup", name="its favourite").get_by_role("radio"), Table(page)
    assert favourites.evaluate_all("radios => radios.map(radio => radio.labels[0].textContent)") == ["0", "1", "2"]
    page.get_by_role("radio", name="2", exact=True).locator("..").click()
    page.get_by_role("slider", name="it explores").press("Home")
    expect(partner).to_contain_text("Your partner plays 0 in 0%, 1 in 0%, 2 in 100% of the rounds.")
    favourites.nth(2).press("ArrowLeft")
    expect(partner).to_contain_text("1 in 100%")
    favourites.nth(1).press("ArrowRight")
    table.click("remove the last action of agent 2")
    expect(favourites).to_have_count(2)
    expect(favourites.nth(1)).to_be_checked()
    expect(partner).to_contain_text("Your partner plays 0 in 0%, 1 in 100% of the rounds.")
    table.type(0, 1, "20")
    expect(partner).to_contain_text("Your best reply: 0, worth 20 on average.")
    table.click("undo")
    expect(partner).to_contain_text("Your best reply: 1, worth 7 on average.")
    table.click("undo")
    expect(favourites).to_have_count(3)
    assert alone.told(page, "favourite")[-1] == 1 and console_errors == []


def test_letters_on_the_slider_are_the_tables_keys(partner, page):
    page.evaluate("window.heard = []; document.onkeydown = event => void heard.push(event.key); 0")
    Table(page).type(0, 0, "3")
    explores = page.get_by_role("slider", name="it explores")
    explores.focus()
    for key in ("d", "m", "x", "ArrowLeft", "r"):
        page.keyboard.press(key)
    expect(page.get_by_label("reward when agent 1 plays 0 and agent 2 plays 0")).to_have_value("11")
    expect(explores).to_have_value("99")
    assert page.evaluate("heard") == []
