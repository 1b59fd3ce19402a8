"""The dock on a plain page, without Python: the exact returns are Python's, and it answers to everything but Learn."""

import numpy as np
import pytest
from alone import show, told
from playwright.sync_api import expect

from marl_helpers import widgets
from marl_helpers.exact import dock
from marl_helpers.games.dock import DockRules
from marl_helpers.training import Plan, Settings
from marl_helpers.widgets.alive import module

PIXEL = '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"></svg>'
LABELS = {"n_robots": "robots", "need": "needed", "pay": "a truck pays"}
LABELS |= {"shelves": "chance of a shelf", "trucks": "chance of a truck"}


def trial(**rules):
    return widgets.dock(Plan(updates=10), Settings(), **rules)


def rules(rng, on_sliders):
    """Random rules: where sliders go, or anything, with lanes of several worths."""
    n = int(rng.integers(2, 7 if on_sliders else 13))
    chances = rng.integers(0, 11, 2) / 10 if on_sliders or rng.random() < 0.3 else rng.random(2)
    found = {"n_robots": n, "need": int(rng.integers(1, n + 1)), "shelves": chances[0], "trucks": chances[1]}
    if on_sliders:
        return DockRules(**found, pay=rng.integers(0, 41) / 2)
    worths = [0.0, 0.5, 3.25, 100.0][: rng.integers(1, 4)]
    return DockRules(
        **found,
        pay=rng.random() * 10.0 ** rng.integers(-3, 4),
        lanes=rng.choice(worths, n).tolist(),
        limit=int(rng.integers(1, 20)),
    )


def test_the_returns_of_thousands_of_docks_are_those_of_python(page):
    rng = np.random.default_rng(0)
    docks = [rules(rng, k % 2 == 0) for k in range(3000)]
    page.add_script_tag(content=module("dock_returns"))
    names = ("worth", "needed", "pay", "shelves", "trucks", "limit")
    cases = [{name: getattr(one, name) for name in names} for one in docks]
    found = page.evaluate("cases => cases.map(one => [bestReturn(one), safeReturn(one)])", cases)
    assert np.array(found) == pytest.approx(np.array([[dock.optimum(one), dock.safe(one)] for one in docks]), rel=1e-9)


def test_the_page_writes_them_as_python_does(page):
    shown = trial(lookouts=2, lanes=1.5, limit=7)
    show(page, shown)
    rng, cases, expected = np.random.default_rng(1), [], []
    for _ in range(300):
        one = rules(rng, True)
        cases.append({name: getattr(one, name) for name in LABELS} | {"need": one.needed})
        shown.set_state(cases[-1])
        expected.append(shown.html)
    found = page.evaluate(
        """cases => cases.map(case_ => {
            for (const [name, value] of Object.entries(case_)) model.set(name, value);
            return document.querySelector(".marl-answer > p").textContent;
        })""",
        cases,
    )
    assert [f"<p>{one}</p>" for one in found] == expected


def slider(page, name):
    return page.get_by_role("slider", name=LABELS[name], exact=True)


def stands(page, **values):
    """These sliders show these values, of which Python would have heard, and the returns are those of all sliders."""
    for name, value in values.items():
        expect(slider(page, name)).to_have_value(f"{value:g}")
        expect(slider(page, name)).to_have_attribute("aria-valuetext", f"{value:g}")
        assert told(page, name)[-1] == value
    shown = {name: float(slider(page, name).input_value()) for name in LABELS}
    env = DockRules(**shown | {name: int(shown[name]) for name in ("n_robots", "need")})
    expect(page.locator("[aria-live=polite]")).to_have_text(
        f"In a shift, on average, the best team: {dock.optimum(env):.2f}; never to the dock: {dock.safe(env):.2f}."
    )


def test_every_slider_answers_to_the_keyboard(page):
    show(page, trial())
    for name, key, value in (
        ("n_robots", "ArrowRight", 4),
        ("need", "ArrowRight", 4),
        ("pay", "ArrowLeft", 3.5),
        ("shelves", "End", 1),
        ("trucks", "Home", 0),
        ("trucks", "PageUp", 0.1),
    ):
        slider(page, name).focus()
        page.keyboard.press(key)
        stands(page, **{name: value})
    slider(page, "n_robots").focus()
    page.keyboard.press("Home")
    stands(page, n_robots=2, need=2)  # no more can be needed
    slider(page, "need").focus()
    page.keyboard.press("ArrowRight")
    stands(page, n_robots=2, need=2)
    slider(page, "n_robots").focus()
    page.keyboard.press("End")
    stands(page, n_robots=6, need=2)


@pytest.mark.parametrize("by", ["mouse", "touch"])
def test_every_slider_can_be_dragged(browser, by):
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=by == "touch", is_mobile=by == "touch"
    )
    page = context.new_page()
    show(page, trial())
    touch = context.new_cdp_session(page)
    for name, least, most in (("n_robots", 2, 6), ("pay", 0, 20), ("shelves", 0, 1), ("trucks", 0, 1), ("need", 1, 2)):
        box = slider(page, name).bounding_box()
        assert by == "mouse" or round(box["height"]) >= 44
        y = box["y"] + box["height"] / 2
        before, ends = told(page, name), [box["x"] + box["width"] - 3, box["x"] + 3]
        if by == "mouse":
            page.mouse.move(box["x"] + box["width"] / 2, y)
            page.mouse.down()
            for x in ends:
                page.mouse.move(x, y, steps=4)
            page.mouse.up()
        else:
            points = [("touchStart", box["x"] + box["width"] / 2), *(("touchMove", x) for x in ends)]
            for kind, x in points:
                touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
            touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        stands(page, **{name: least})
        assert most in told(page, name)[len(before) :]  # heard while it was dragged
    context.close()


def test_without_a_kernel_learn_says_so_and_keeps_what_was_learned(page):
    shown = trial()
    shown.picture, shown.said = PIXEL, "VDN: median return 24 at first and 25 at the end"
    shown.learned = {"n_robots": 3, "need": 3, "pay": 4.0, "shelves": 0.8, "trucks": 0.5}
    page.clock.install()
    page.clock.pause_at("2030-01-01")
    show(page, shown)
    picture, caption = page.get_by_role("img", name=shown.said), page.locator("figcaption")
    expect(picture).to_be_visible()
    expect(caption).to_have_text(shown.said)
    for press in ("click", "Enter", " "):
        if press == "click":
            page.get_by_role("button", name="Learn").click()
        else:
            page.get_by_role("button", name="Learn").focus()
            page.keyboard.press(press)
        expect(page.get_by_role("button", name="Asking Python")).to_be_visible()
        expect(page.get_by_role("status").filter(has_text="Python")).to_have_count(0)
        assert told(page, "wanted")[-1] is True  # after False, where it was asked before
        page.clock.run_for(2000)
        expect(page.get_by_role("button", name="Learn")).to_be_visible()
        expect(page.get_by_role("status").filter(has_text="only Python can learn here. Run this cell")).to_be_visible()
    assert told(page, "wanted") == [True, False, True, False, True]
    slider(page, "pay").focus()
    page.keyboard.press("ArrowRight")
    expect(picture).to_be_visible()
    where = "robots 3, needed 3, a truck pays 4, chance of a shelf 0.8, chance of a truck 0.5"
    expect(caption).to_have_text(f"learned in another dock ({where}):\n{shown.said}")
    page.keyboard.press("ArrowLeft")
    expect(caption).to_have_text(shown.said)


def test_where_it_is_known_that_there_is_no_kernel_it_says_so_at_once(page):
    page.clock.install()
    page.clock.pause_at("2030-01-01")
    show(page, trial())
    page.evaluate("model.widget_manager = { kernel: null }")
    page.get_by_role("button", name="Learn").click()
    page.clock.run_for(1)
    expect(page.get_by_role("status").filter(has_text="only Python can learn here")).to_be_visible()


def test_a_busy_python_is_waited_for_and_its_learning_can_be_stopped(page):
    page.clock.install()
    page.clock.pause_at("2030-01-01")
    show(page, trial())
    page.evaluate("model.widget_manager = { kernel: { status: 'busy' } }")
    page.get_by_role("button", name="Learn").click()
    for _ in range(3):
        page.clock.run_for(2000)
        expect(page.get_by_role("status").filter(has_text="Python is busy elsewhere")).to_be_visible()
    assert told(page, "wanted") == [True]
    page.evaluate("model.set('learning', true)")
    expect(page.get_by_role("status").filter(has_text="Python")).to_have_count(0)
    page.evaluate(f"model.set('picture', `{PIXEL}`); model.set('said', 'VDN: 3')")
    expect(page.get_by_role("img", name="VDN: 3")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    assert told(page, "wanted") == [True, False]
    page.evaluate("model.set('wanted', false); model.set('learning', false)")
    expect(page.get_by_role("button", name="Learn")).to_be_visible()
    page.clock.run_for(9000)
    expect(page.get_by_role("status").filter(has_text="Python")).to_have_count(0)


def test_an_answer_that_comes_late_is_heard(page):
    page.clock.install()
    page.clock.pause_at("2030-01-01")
    show(page, trial())
    for button, learning in (("Learn", True), ("Stop", False)):
        page.get_by_role("button", name=button).click()
        page.clock.run_for(2000)
        expect(page.get_by_role("status").filter(has_text="has not answered")).to_be_visible()
        page.evaluate("learning => { model.set('learning', learning); model.set('wanted', learning); }", learning)
        expect(page.get_by_role("status").filter(has_text="has not answered")).to_have_count(0)
    expect(page.get_by_role("button", name="Learn")).to_be_visible()
    assert told(page, "wanted") == [True, False]
