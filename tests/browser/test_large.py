"""Large: every widget on the whole screen, which holds all that is in view, in text that the back row can read."""

import alone
import pytest
from driving import LABORATORY, Table, comes_to, write_notebook
from playwright.sync_api import expect

from marl_helpers import fit, games, recordings, widgets
from marl_helpers.training import Plan, Settings

SIZES = [(1280, 720), (1024, 768), (1440, 900)]
EIGHT = ["iql", "vdn", "qmix", "monotone", "cw_qmix", "qtran", "qplex", "joint"]
TWELVE = [[6, 4, 2, 1], [4, 3, 1, -12], [2, 1, 8, 0.25]]
TRUTHS = {
    "A sum holds the game, without any error": 0,
    "A monotone mixer holds it": 1 / 3,
    "The best sum plays (2, 2)": 6 / 7,
    "The best monotone fit plays (2, 2)": 1.233,
    "The best fit in QMIX's class plays (2, 2)": 1.653,
    "Most of 32 runs of trained QMIX do": 1.475,
}
PLACED = [{"at": 1, "open": True, "said": [bet]} for bet in (2, 0, 1.5, 0.5, 0.25, 1)]


def laboratory(table=games.COORDINATION, methods=("vdn", "qmix")):
    """Without learning beforehand, which the page does."""
    lab = widgets.laboratory(table, methods=["vdn"], runs=1)
    lab.methods, lab.answer = [*methods], {**lab.answer, "state": {"table": [], "settings": {}}}
    return lab


def fits(moments):
    return [fit(games.COORDINATION, method, moments=moments) for method in ("vdn", "qmix")]


def set_to(widget, **settings):
    for name, value in settings.items():
        setattr(widget, name, value)
    return widget


def machine(shown):
    vdn, qmix = (one.moments[0] for one in fits([40]))
    return set_to(widgets.machine({"VDN": vdn, "QMIX": qmix}), shown=shown, negative=shown)


def film(recording, name=None):
    episodes = recordings.read(recording)["episodes"]
    return widgets.episodes(episodes[name] if name else episodes)


def growing():
    return widgets.growing_team(recordings.read("teams")["team"])


# Each widget, and where its verdict or its picture is.
WIDGETS = {
    "table": (widgets.RewardTable, ".rt-grid"),
    "table of 25": (lambda: widgets.RewardTable([[-12.25] * 5] * 5), ".rt-grid"),
    "laboratory": (laboratory, ".marl-card[aria-label=QMIX] strong"),
    "laboratory of 8 methods": (lambda: laboratory(TWELVE, EIGHT), ".marl-card:last-child strong"),
    "laboratory of 25 cells": (lambda: laboratory([[6, 4, 2, 1, -9]] * 5), ".marl-card[aria-label=QMIX] strong"),
    "interpolation": (lambda: widgets.interpolation(lam=1.2), ".marl-card[aria-label=QMIX] strong"),
    "plane": (lambda: widgets.plane(x=2, y=0), ".marl-card[aria-label=QMIX] strong"),
    "proof": (lambda: widgets.proof([[0, 1, 1], [1, 3, 4], [2, 3, 6]]), ".marl-card[aria-label=IGM] strong"),
    "proof broken": (lambda: widgets.proof([[9, 1, 1], [1, 3, 4], [2, 3, 6]]), ".marl-card[aria-label=IGM] strong"),
    "partner": (lambda: widgets.partner(games.CLIMBING, favourite=0, exploration=1.0), ".marl-card strong"),
    "linear mixer": (lambda: widgets.linear_mixer([[0, 1, 3], [0, 4, 2]]), ".marl-card > p:last-child"),
    "linear mixer of 3": (lambda: widgets.linear_mixer([[0, 1], [0, 4], [1, 2]]), ".marl-card > p:last-child"),
    "solver": (lambda: widgets.ask_the_solver(agents=2, actions=3), ".marl-card strong"),
    "solver refuted": (lambda: set_to(widgets.ask_the_solver(2, 3), axioms=[True, False]), ".marl-card strong"),
    "machine of a sum": (lambda: machine(0), ".machine-said:last-child"),
    "machine of a mixer": (lambda: machine(1), ".machine-said:last-child"),
    "surface": (lambda: widgets.surface(games.COORDINATION, fits([0, 40])), ".marl-card:last-child svg"),
    "surface learned": (
        lambda: set_to(widgets.surface(games.COORDINATION, fits([0, 1000])), moment=1),
        ".marl-card:last-child svg",
    ),
    "film": (lambda: film("predator_prey", "graph -6"), "[data-part=world] svg"),
    "film of a plane": (lambda: film("speaker_listener"), "[data-part=world] svg"),
    "film of docks": (lambda: film("docks", "qmix"), "[data-part=world] svg"),
    "graph": (lambda: widgets.graph(games.HANDS), ".marl-card[aria-label=graph] strong"),
    "graph with edges": (
        lambda: set_to(widgets.graph(games.HANDS), edges=[[0, 1], [0, 2], [1, 2]]),
        ".marl-card[aria-label=graph] strong",
    ),
    "growing team": (growing, "[data-part=world] svg"),
    "growing team of 12": (lambda: set_to(growing(), size=12), "[data-part=world] svg"),
    "dock": (lambda: widgets.dock(Plan(updates=20), Settings("adam")), ".marl-answer > p"),
    "bets": (lambda: widgets.bets("04-line", "Where?", TRUTHS, most=2), ".marl-score"),
    "bets scored": (
        lambda: set_to(widgets.bets("04-line", "Where?", TRUTHS, most=2), placed=PLACED),
        ".marl-score",
    ),
}

FAULTS = """() => {
    const name = one => `${one.tagName} ${one.getAttribute('class')} ${one.textContent.trim().slice(0, 20)}`;
    const typed = "input:not([type=range], [type=radio], [type=checkbox])";
    const says = one => one.matches(typed) || [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    const scale = one => {
        const { width } = one.closest("svg")?.viewBox.baseVal ?? {};
        return width ? one.closest("svg").getBoundingClientRect().width / width : one.currentCSSZoom;
    };
    const outside = ({ left, top, right, bottom }) =>
        left < -0.5 || top < -0.5 || right > innerWidth + 0.5 || bottom > innerHeight + 0.5;
    const isCut = one => {
        const { overflowX, overflowY } = getComputedStyle(one);
        if (one.matches("svg, svg *, select") || (overflowX === "visible" && overflowY === "visible")) return false;
        const words = document.createRange();
        words.selectNodeContents(one);
        if (words.getBoundingClientRect().top > one.getBoundingClientRect().bottom - 1) return false; // unseen
        return one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1;
    };
    const seen = one => one.checkVisibility({ visibilityProperty: true }) && !one.closest(".marl-aside");
    const all = [...document.querySelectorAll(".marl-hall *")].filter(one => {
        const { width, height } = one.getBoundingClientRect();
        return seen(one) && width && height;
    });
    const small = all.filter(says).map(one => [one, parseFloat(getComputedStyle(one).fontSize) * scale(one)]);
    return [
        ...all.filter(one => outside(one.getBoundingClientRect())).map(one => `outside: ${name(one)}`),
        ...all.filter(isCut).map(one => `cut: ${name(one)}`),
        ...small.filter(([, size]) => size < 23.99).map(([one, size]) => `${size} px: ${name(one)}`),
    ];
}"""
SEEN = "one => { const { top, bottom } = one.getBoundingClientRect(); return top >= 0 && bottom <= innerHeight; }"


def enlarge(page):
    page.get_by_role("button", name="large, for the back of a room").click()
    hall = page.get_by_role("dialog", name="Large view")
    expect(hall).to_be_visible()
    return hall


@pytest.mark.parametrize("name", WIDGETS)
def test_a_hall_sees_all_of_it(name, page, console_errors, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # where bets are remembered
    make, verdict = WIDGETS[name]
    widget = make()
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        alone.show(page, widget)
        hall = enlarge(page)
        expect(hall.locator("progress")).to_have_count(0)
        expect(hall.locator(verdict)).to_be_visible()
        comes_to(f"{width} x {height}", [], page.evaluate, FAULTS)
        assert hall.locator(verdict).evaluate(SEEN)
    assert console_errors == []


def test_a_screen_without_room_is_noticed(page):
    page.set_viewport_size({"width": 1280, "height": 720})
    alone.show(page, widgets.RewardTable())
    enlarge(page)
    page.locator(".marl-large caption").evaluate("one => (one.style.font = '13px serif')")
    assert [fault[:5] for fault in page.evaluate(FAULTS)] == [f"{13 * 720 / 420:.14f}"[:5]]
    page.locator(".rt-grid").evaluate("one => (one.style.marginTop = '500px')")
    assert any(fault.startswith("outside: ") for fault in page.evaluate(FAULTS))


def test_keys_lead_there_and_back(page):
    alone.show(page, laboratory())
    before = page.locator(".marl-lab").bounding_box()
    page.get_by_label("reward when agent 1 plays 1 and agent 2 plays 2").focus()
    page.keyboard.press("l")
    cell = Table(page).cell(1, 2)
    expect(cell).to_be_focused()
    expect(page.locator(".marl-lab.marl-large")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(cell).to_be_focused()
    assert page.locator(".marl-lab").bounding_box() == before
    assert page.locator("[class*=marl-large], [class*=marl-hall], [class*=marl-more]").count() == 0
    page.keyboard.press("l")
    page.keyboard.press("l")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_keys_of_a_widget_without_a_table(page):
    alone.show(page, WIDGETS["film"][0]())
    page.locator("[data-part=world]").click()
    page.keyboard.press("L")
    heading = page.get_by_role("dialog").locator("[data-part=heading]")
    expect(heading).to_contain_text("step 0 of")
    page.keyboard.press("ArrowRight")
    expect(heading).to_contain_text("step 1 of")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(heading).to_have_count(0)


def test_an_edit_changes_the_verdict(page):
    alone.show(page, laboratory())
    hall = enlarge(page)
    vdn, cell = hall.get_by_role("region", name="VDN"), Table(page).cell(2, 2)
    expect(vdn).to_contain_text("plays (0, 0), earns 6 of 8")
    cell.fill("12")
    expect(vdn).to_contain_text("plays (2, 2), earns 12 of 12")
    page.keyboard.press("Escape")  # takes back what is being typed
    expect(vdn).to_contain_text("plays (0, 0), earns 6 of 8")
    expect(hall).to_be_visible()
    page.keyboard.press("Escape")
    expect(hall).to_have_count(0)


def test_more_brings_the_rest(page):
    alone.show(page, laboratory())
    hall = enlarge(page)
    more, line = hall.get_by_role("button", name="More"), hall.get_by_label("share line", exact=True)
    expect(line).to_be_hidden()
    more.click()
    expect(more).to_have_attribute("aria-expanded", "true")
    expect(line).to_be_visible()
    hall.get_by_role("button", name="Leave").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(enlarge(page).get_by_label("share line", exact=True)).to_be_hidden()


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_over_jupyterlab(theme, folder, open_notebook, run_all, screenshot, console_errors):
    write_notebook(folder / "large.ipynb", LABORATORY)
    page = open_notebook("large.ipynb")
    page.evaluate("theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", theme)
    run_all(page)
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        Table(page).cell(0, 0).click()
        page.keyboard.press("l")
        hall = page.get_by_role("dialog", name="Large view")
        expect(hall).to_be_visible()
        assert hall.bounding_box() == {"x": 0, "y": 0, "width": width, "height": height}
        comes_to(f"{width} x {height}", [], page.evaluate, FAULTS)
        screenshot(page, f"large-{theme.split()[1].lower()}-{width}")
        page.keyboard.press("Escape")
        expect(hall).to_have_count(0)
        expect(Table(page).cell(0, 0)).to_be_focused()
    assert page.locator(".jp-mod-editMode.jp-Notebook").count() == 0
    assert console_errors == []


QUESTION = """In the trained QMIX we make agent 1's weights negative. Utilities stay. Which joint action has the largest
Q_tot then, and what do the agents play?"""
GAMES = {"Game 1": games.ADDITIVE, "Game 2": games.COORDINATION}
# The fields of a bet, what is right, and how hands are raised: each a key, a text to type or labels to click.
BETS = {
    "choice": (["in all of the 32 runs", "in most", "in half or fewer", "in none"], "in most", ["1", "2", "2", "4"]),
    "several": (widgets.several(["a sum", "a mixer", "a table", "a graph"]), ["a sum", "a table"], ["1", "1", "3"]),
    "number": (widgets.number("runs", 0, 32), (20, 26), ["32", "7", "23", "20", "31", "12", "0", "16", "24", "30"]),
    "thirty numbers": (widgets.number("games", 0, 1000), (9, 400), [*"77345", *(f"{31 * k}" for k in range(30))]),
    "sixty numbers of three": (
        {name: widgets.number() for name in ("the best team", "the best fit of a sum", "the best fit of a mixer")},
        {"the best team": 8, "the best fit of a sum": (-9, 9), "the best fit of a mixer": 0},
        [f"{k / 4 - 2:g}" for k in range(20)],
    ),
    "axis": (widgets.axis(2), (0.9, 1.1), ["1", "0.5", "1.85"]),
    "cells": (
        {name: widgets.cell(table) for name, table in GAMES.items()},
        {"Game 1": (2, 2), "Game 2": (0, 0)},
        [(k, cell) for k in range(2) for cell in ("(0, 0)", "(1, 1)", "(2, 2)", "(0, 2)", "(2, 2)")],
    ),
    "three parts": (
        {f"after {k} steps": ["a plane", "a ramp", "a valley"] for k in (0, 100, 1000)},
        {f"after {k} steps": "a ramp" for k in (0, 100, 1000)},
        ["1", "2", "5", "8", "9"],
    ),
}


def bet(fields, right):
    with widgets.bet("02-it", QUESTION, fields) as made:
        print("THE OUTPUT")
        made.answer(right, "it is (0, 2), and for the agents it stays (2, 2), which earns them 8", "Explained.\n" * 9)
    return made


def raise_hand(page, hall, hand):
    if isinstance(hand, tuple):
        part, label = hand
        hall.locator("fieldset").nth(part).get_by_label(label, exact=True).click()
    elif hall.get_by_role("textbox").count():
        for box in hall.get_by_role("textbox").all():
            box.fill(hand)
        hall.get_by_role("button", name="Add a hand").click()
    else:
        page.keyboard.press(hand)


@pytest.mark.parametrize("name", BETS)
def test_a_hall_votes_on_one_screen(name, page, console_errors, screenshot, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    fields, right, hands = BETS[name]
    shown = bet(fields, right)
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        alone.show(page, shown)
        hall = enlarge(page)
        comes_to(f"{width} x {height}", [], page.evaluate, FAULTS)
        for hand in hands:
            raise_hand(page, hall, hand)
        counted = hall.locator(".box-hands td:last-child").all_inner_texts()
        assert sum(map(int, counted)) == len(hands) * max(hall.get_by_role("textbox").count(), 1)
        comes_to(f"{width} x {height}", [], page.evaluate, FAULTS)
        screenshot(page, f"vote-{name}-{width}")
        hall.get_by_role("button", name="Show the answer").click()
        expect(hall.locator(".box-verdict")).to_contain_text("It is (0, 2)")
        expect(hall.locator(".box-hands .box-right").first).to_be_visible()
        expect(hall.locator(".box-answer")).to_be_hidden()
        comes_to(f"{width} x {height}", [], page.evaluate, FAULTS)
        screenshot(page, f"vote-{name}-{width}-open")
        hall.get_by_role("button", name="More").click()
        expect(hall.get_by_text("THE OUTPUT", exact=True)).to_be_visible()
    assert console_errors == []
