"""The proof on a plain page: it says what Python says of any table, utilities and start, and takes mouse and keys."""

import alone
import numpy as np
import pytest
from playwright.sync_api import expect

from marl_helpers import igm, widgets
from marl_helpers.widgets.proofs import AGENTS, MOST, drawing

BREAKS = [[0, 1, 1], [1, 3, 4], [2, 3, 2]]


def cases(rng, count):
    """Tables with and without falls and ties, in whole numbers and not, and a start in each."""
    for k in range(count):
        shape = tuple(rng.integers(2, MOST + 1, size=2).tolist())
        table = rng.normal(scale=3, size=shape).round(k % 4)
        if k % 3 == 0:
            table = abs(table).cumsum(axis=0).cumsum(axis=1)
        utilities = [rng.normal(scale=2, size=MOST).round(k % 3).tolist() for _ in AGENTS]
        if k % 5 == 0:
            utilities = [sorted(own) for own in utilities]
        found = igm.Decomposition(tuple(np.array(own[:n]) for own, n in zip(utilities, shape)), table + 0.0)
        start = tuple(rng.integers(shape).tolist())
        state = {"table": (table + 0.0).tolist(), "settings": dict(zip(AGENTS, utilities)), "start": [*start]}
        yield state, drawing(found, start)[0]


def test_the_page_says_what_python_says(page, console_errors):
    alone.show(page, widgets.proof())
    assert alone.disagreements(page, [*cases(np.random.default_rng(0), 400)]) == []
    assert console_errors == []


def test_an_edit_of_q_tot_breaks_a_step_and_the_page_says_which_and_undo_mends_it(page, console_errors):
    alone.show(page, widgets.proof())
    walk, steps, sets = (page.get_by_label(name, exact=True) for name in ("the walk", "the steps of the proof", "IGM"))
    expect(walk).to_contain_text("Q_tot along the walk: 1 → 3 → 6. It never falls.")
    expect(walk.locator(".map-falling")).to_have_count(0)
    corner = page.get_by_label("Q_tot when agent 1 plays 2 and agent 2 plays 2")
    corner.click()
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    expect(walk).to_contain_text("1 → 3 → 2. It falls in agent 2's step.")
    expect(walk.locator("line.map-falling")).to_have_count(1)
    why = "Step 4 fails. From (2, 1) to (2, 2) agent 2 raises its utility from 1 to 2, and Q_tot falls from 3 to 2."
    expect(steps).to_contain_text(why)
    expect(sets).to_contain_text("IGM fails: the agents play (2, 2), worth 2 to the team, but (1, 2) is worth 4.")
    expect(sets.get_by_role("row", name="Q_tot never falls as Q_1 rises")).to_contain_text("no: (1, 2) → (2, 2), 4 → 2")
    assert alone.told(page, "table")[-1] == BREAKS
    page.keyboard.press("Control+z")
    expect(walk).to_contain_text("It never falls.")
    assert console_errors == []


def test_the_verdict_is_in_view_beside_the_walk_in_a_narrow_notebook(page, screenshot):
    page.set_viewport_size({"width": 640, "height": 640})  # what 1024x768 has beside the file browser
    alone.show(page, widgets.proof())
    walk, verdict = (page.get_by_label(name, exact=True).bounding_box() for name in ("the walk", "IGM"))
    assert verdict["y"] == walk["y"] and verdict["x"] > walk["x"] and verdict["y"] + 100 < 640
    screenshot(page, "proof-narrow")


def test_an_edited_utility_moves_the_greedy_action_and_the_walk(page, console_errors):
    alone.show(page, widgets.proof())
    page.get_by_label("utility of agent 2's action 0").focus()
    page.keyboard.type("9")
    page.keyboard.press("Enter")  # down, to Q_tot below it
    expect(page.get_by_label("Q_tot when agent 1 plays 0 and agent 2 plays 0")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_label("utility of agent 1's action 0")).to_be_focused()
    expect(page.get_by_label("the walk", exact=True)).to_contain_text("1 → 3 → 2. It falls in agent 2's step.")
    assert alone.told(page, "settings")[-1]["Q_2"] == [9, 1, 2, 3, 4]
    page.get_by_role("button", name="reset").click()
    expect(page.get_by_label("the walk", exact=True)).to_contain_text("1 → 3 → 6. It never falls.")
    assert console_errors == []


def test_every_start_can_be_chosen_by_mouse_and_by_keys(page, console_errors):
    alone.show(page, widgets.proof(BREAKS))
    walk = page.get_by_label("the walk", exact=True)
    for a in range(3):
        for b in range(3):
            page.locator(f"[data-cell='{a},{b}'].map-cell").click()
            expect(page.get_by_label("the steps of the proof")).to_contain_text(f"a = ({a}, {b})")
    assert alone.told(page, "start") == [[a, b] for a in range(3) for b in range(3)]
    first = page.get_by_role("radiogroup", name="agent 1 starts with")
    first.get_by_role("radio", name="2").focus()
    page.keyboard.press("ArrowUp")
    expect(walk.get_by_role("img")).to_have_accessible_name(
        "Q_tot by the agents' utilities; the walk goes (1, 2), (2, 2), (2, 2)"
    )
    assert console_errors == []


def test_a_lost_action_takes_the_start_along_and_comes_back_with_its_utility(page, console_errors):
    alone.show(page, widgets.proof(BREAKS, [[0, 1, 2], [5, 6, 4]], start=(2, 2)))
    steps = page.get_by_label("the steps of the proof")
    expect(steps).to_contain_text("a = (2, 2)")
    page.get_by_role("button", name="remove the last action of agent 2").click()
    expect(steps).to_contain_text("a = (2, 1)")
    page.get_by_role("button", name="add an action for agent 2").click()
    expect(steps).to_contain_text("a = (2, 2)")
    expect(page.get_by_label("utility of agent 2's action 2")).to_have_value("4")
    assert console_errors == []


def test_what_is_no_number_is_refused_and_the_utility_stands(page):
    alone.show(page, widgets.proof())
    page.get_by_label("utility of agent 1's action 1").focus()
    page.keyboard.type("one")
    page.keyboard.press("Tab")
    expect(page.get_by_role("alert").first).to_contain_text("is not a finite number")
    expect(page.get_by_label("the walk", exact=True)).to_contain_text("1 → 3 → 6")
    page.get_by_label("utility of agent 1's action 1").focus()
    page.keyboard.press("Escape")
    expect(page.get_by_label("utility of agent 1's action 1")).to_have_value("1")


def test_a_dragged_utility_follows_the_mouse(page, console_errors):
    alone.show(page, widgets.proof())
    box = page.get_by_label("utility of agent 1's action 0").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y - 6 * 30, steps=10)
    page.mouse.up()
    assert alone.told(page, "settings")[-1]["Q_1"] == [0.3, 1, 2, 3, 4]  # a hundredth for every six pixels
    expect(page.get_by_label("the steps of the proof").get_by_role("row", name="agent 1")).to_contain_text(
        "0.3 → 1 → 2"
    )
    assert console_errors == []


@pytest.mark.parametrize("width", [390, 1024])
def test_no_sideways_scroll_and_no_small_text(page, width):
    page.set_viewport_size({"width": width, "height": 800})
    alone.show(page, widgets.proof(np.arange(25).reshape(5, 5) / 8 - 1))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    sizes = page.evaluate(
        "[...document.querySelectorAll('.marl-lab *')].filter(e => e.textContent.trim() && e.checkVisibility())"
        ".map(e => parseFloat(getComputedStyle(e).fontSize))"
    )
    assert min(sizes) >= 12
