"""The linear mixer and the solver's answers on a plain page: what Python says, driven by mouse and keyboard."""

from itertools import product

import alone
import numpy as np
from playwright.sync_api import expect

from marl_helpers import widgets
from marl_helpers.widgets.igm import answer, weighted


def test_the_mixer_says_what_python_says_of_any_utilities_and_weights(page, console_errors):
    rng = np.random.default_rng(0)
    for agents in (2, 3, 4):
        alone.show(page, widgets.linear_mixer([[0, 1]] * agents))
        cases = []
        for k in range(200):
            utilities = [rng.normal(size=rng.integers(1, 4)).round(k % 4).tolist() for _ in range(agents)]
            weights = [(k % 17 - 8) / 4, *(rng.integers(-8, 9, agents - 1) / 4).tolist()]  # other ones each time
            cases.append(({"_utilities": utilities, "weights": weights}, weighted(weights, utilities)[0]))
        assert alone.disagreements(page, cases) == []
    assert console_errors == []


def test_every_pair_of_weights_of_the_lecture(page, console_errors):
    utilities = [[0, 1, 3], [0, 4, 2]]
    alone.show(page, widgets.linear_mixer(utilities))
    quarters = (np.arange(-8, 9) / 4).tolist()
    cases = [({"weights": [*pair]}, weighted(pair, utilities)[0]) for pair in product(quarters, repeat=2)]
    assert alone.disagreements(page, cases) == []
    assert console_errors == []


def test_a_weight_is_moved_by_keys_and_dragged_by_the_mouse(page, console_errors):
    alone.show(page, widgets.linear_mixer())
    card, second = page.get_by_label("the linear mixer"), page.get_by_role("slider", name="weight of Q_2", exact=True)
    expect(card).to_contain_text("IGM holds: the agents play (2, 1), and nothing else is as good.")
    second.focus()
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    expect(second).to_have_js_property("ariaValueText", "-0.25")
    expect(card).to_contain_text("IGM fails: the agents play (2, 1), worth 2 to the team, but (2, 0) is worth 3.")
    expect(page.get_by_role("status").last).to_have_text("the linear mixer: Q_tot = 1 Q_1 - 0.25 Q_2")
    assert alone.told(page, "weights") == [[1, 1 - k / 4] for k in range(1, 6)]
    box = second.bounding_box()
    assert box["width"] >= 240 and box["height"] >= 24
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] + 50, middle, steps=5)
    page.mouse.up()
    expect(card).to_contain_text("Q_tot = 1 Q_1 + 2 Q_2")
    assert console_errors == []


def test_the_solver_answers_every_question_without_python(page, console_errors):
    solver = widgets.ask_the_solver()
    alone.show(page, solver)
    ways = [[*axioms] for axioms in product((False, True), repeat=2)]
    cases = [({"axioms": axioms}, answer(2, 3, axioms)[0]) for axioms in ways]
    assert alone.disagreements(page, cases) == []
    card = page.get_by_label("the solver's answer")
    second = page.get_by_role("checkbox", name="raising Q_2 never lowers Q_tot", exact=True)
    expect(card).to_contain_text("Proved")
    second.focus()
    page.keyboard.press("Space")
    expect(card).to_contain_text("The solver found a counterexample.")
    page.get_by_text("raising Q_2 never lowers Q_tot").click()
    expect(card).to_contain_text("Proved")
    expect(page.get_by_role("checkbox")).to_have_count(2)
    assert alone.told(page, "axioms") == [[True, False], [True, True]] and console_errors == []


def test_for_a_larger_team_it_says_that_python_must_answer_and_keeps_the_last_answer(page, console_errors):
    alone.show(page, widgets.ask_the_solver(4, 2))
    card, wait = page.get_by_label("the solver's answer"), page.get_by_text("Python and its solver are asked")
    expect(wait).to_have_count(0)
    page.get_by_role("checkbox", name="raising Q_3 never lowers Q_tot").uncheck()
    expect(wait).to_be_visible()
    expect(card).to_contain_text("Proved")
    expect(page.locator(".marl-stale")).to_have_count(1)
    found = answer(4, 2, [True, True, False, True])[0]
    page.evaluate("html => model.set('_answers', { ...model.get('_answers'), '1101': html })", found)
    expect(card).to_contain_text("counterexample")
    expect(wait).to_have_count(0)
    assert console_errors == []


def test_pythons_error_shows_and_goes(page):
    alone.show(page, widgets.ask_the_solver())
    page.evaluate("model.set('error', 'RuntimeError: no <answer>')")
    expect(page.get_by_role("alert")).to_have_text("RuntimeError: no <answer>")
    page.evaluate("model.set('error', '')")
    expect(page.get_by_role("alert")).to_be_empty()


def test_keys_on_a_control_never_reach_the_notebook_but_the_browsers_own_do(page):
    alone.show(page, widgets.linear_mixer())
    page.evaluate("window.heard = []; document.onkeydown = event => void heard.push(event.key); 0")
    page.get_by_role("slider").first.focus()
    for key in ("ArrowDown", "PageUp", "Home", "d", "m", "Enter", "Space", "Shift+Enter", "Control+s", "Escape", "Tab"):
        page.keyboard.press(key)
    heard = [key for key in page.evaluate("heard") if key not in ("Shift", "Control")]
    assert heard == ["Enter", "s", "Escape", "Tab"]
