"""Lecture 03 as a student takes it: bet, edit the table of the proof, take an axiom away, drag a weight below zero."""

import pytest
from driving import python_has
from playwright.sync_api import expect

from marl_helpers import igm

CORNER = "Q_tot when agent 1 plays 2 and agent 2 plays 2"


@pytest.fixture
def lecture(open_notebook, run_all):
    page = open_notebook("03-the-igm-property.ipynb")
    run_all(page)
    return page


def a_bet_is_right_when_all_that_hold_are_ticked(lecture, screenshot):
    expect(lecture.locator(".box")).to_have_count(9)
    expect(lecture.locator(".box-open")).to_have_count(0)  # running all cells opens none
    box = lecture.get_by_role("region", name="bet 03-activations")
    for name in ("ReLU", "ELU", "tanh"):
        box.get_by_role("checkbox", name=name, exact=True).check()
    box.get_by_role("button", name="Place", exact=True).click()
    expect(box).to_contain_text("Right. You said ReLU, ELU, tanh; it holds for all but SiLU.")
    screenshot(lecture, "lecture-03-bet")


def the_proof_follows_an_edit_and_python_hears_of_it(lecture, screenshot):
    walk, steps = (lecture.get_by_label(name, exact=True).first for name in ("the walk", "the steps of the proof"))
    walk.scroll_into_view_if_needed()
    expect(walk).to_contain_text("1 → 3 → 6. It never falls.")
    lecture.get_by_label(CORNER).first.focus()
    lecture.keyboard.type("2")
    lecture.keyboard.press("Enter")
    expect(walk).to_contain_text("1 → 3 → 2. It falls in agent 2's step.")
    expect(steps).to_contain_text("Of all 9 starts, 5 have a walk without a falling step.")
    screenshot(lecture, "lecture-03-falling-step")
    python_has(lecture, "[proof.found.inclusion, proof.steps[1].fall.drop, race.found.inclusion]", [False, 1, True])
    lecture.locator(".map-cell[data-cell='0,0']").first.click()
    expect(steps).to_contain_text("a = (0, 0)")
    python_has(lecture, "proof.start", [0, 0])


def an_axiom_taken_away_brings_the_solvers_counterexample(lecture, screenshot):
    card = lecture.get_by_label("the solver's answer")
    card.scroll_into_view_if_needed()
    expect(card).to_contain_text("Proved")
    second = lecture.get_by_role("checkbox", name="raising Q_2 never lowers Q_tot")
    second.focus()
    lecture.keyboard.press("Space")
    found = igm.counterexample(2, 3, (True, False))
    (played,) = found.greedy
    expect(card.locator("td.marl-played")).to_have_text(found.label(played))
    expect(card).to_contain_text(found.verdict.splitlines()[1])
    screenshot(lecture, "lecture-03-counterexample")
    second.click()
    expect(card).to_contain_text("Proved")


def a_weight_dragged_below_zero_breaks_igm(lecture, screenshot):
    card = lecture.get_by_label("the linear mixer")
    card.scroll_into_view_if_needed()
    expect(card).to_contain_text("IGM holds: the agents play (2, 1), and nothing else is as good.")
    lecture.get_by_role("slider", name="weight of Q_2", exact=True).focus()
    for _ in range(4):
        lecture.keyboard.press("ArrowLeft")
    expect(card).to_contain_text("IGM holds as an inclusion only")
    lecture.keyboard.press("ArrowLeft")
    expect(card).to_contain_text("Q_tot = 1 Q_1 - 0.25 Q_2")
    expect(card).to_contain_text("IGM fails: the agents play (2, 1), worth 2 to the team, but (2, 0) is worth 3.")
    screenshot(lecture, "lecture-03-weight-below-zero")


# Opening a lecture and running it takes long, so one run serves all stories.
def test_lecture_03(lecture, screenshot, console_errors):
    a_bet_is_right_when_all_that_hold_are_ticked(lecture, screenshot)
    an_axiom_taken_away_brings_the_solvers_counterexample(lecture, screenshot)
    a_weight_dragged_below_zero_breaks_igm(lecture, screenshot)
    the_proof_follows_an_edit_and_python_hears_of_it(lecture, screenshot)
    assert console_errors == []
