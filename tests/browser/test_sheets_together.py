"""Widgets on one page share class names: each looks as it does alone, whatever style sheets come after its own."""

import alone
import pytest
from playwright.sync_api import Page, expect

from marl_helpers import fit, games, recordings, widgets

LOOK = """() => [...document.querySelectorAll("main *")].map(one => {
    const { x, y, width, height } = one.getBoundingClientRect();
    const { color, backgroundColor, borderTopWidth } = getComputedStyle(one);
    const name = `${one.tagName} ${one.className.baseVal ?? one.className}`;
    return one.checkVisibility() ? [name, x, y, width, height, color, backgroundColor, borderTopWidth] : [name];
})"""


def a_bet():
    with widgets.bet("02-it", "How much?", widgets.number("points")) as made:
        made.answer(9, "it is that", "Explained.")
    return made


def moments(method: str):
    return fit(games.COORDINATION, method, runs=1, moments=[0, 1000])


SHOWN = {
    "bet": a_bet,
    "bets": lambda: widgets.bets("04-it", "Up to which x?", {"here?": 0.5, "there?": 1.5}, most=2),
    "laboratory": lambda: widgets.laboratory(methods=["vdn", "qmix"], runs=8),
    "partner": lambda: widgets.partner(games.CLIMBING, favourite=0, exploration=1.0),
    "proof": lambda: widgets.proof([[0, 1, 1], [1, 3, 4], [2, 3, 6]]),
    "solver": lambda: widgets.ask_the_solver(agents=2, actions=3),
    "linear mixer": lambda: widgets.linear_mixer([[0, 1, 3], [0, 4, 2]]),
    "machine": lambda: widgets.machine({"QMIX": moments("qmix").moments[0]}),
    "surface": lambda: widgets.surface(games.COORDINATION, [moments("vdn"), moments("qmix")]),
    "interpolation": lambda: widgets.interpolation(lam=1.2),
    "plane": lambda: widgets.plane(x=0.5, y=0.3),
    "graph": lambda: widgets.graph(games.HANDS),
    "film": lambda: widgets.episodes(recordings.read("docks")["episodes"]["qmix"]),
    "growing": lambda: widgets.growing_team(recordings.read("teams")["team"]),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("bets"))  # where bets are remembered
        yield {name: make() for name, make in SHOWN.items()}


# The plane learns on by itself, so two looks at it need not agree.
@pytest.mark.parametrize("name", [*(name for name in SHOWN if name != "plane"), "opened bet"])
def test_the_styles_of_other_widgets_change_nothing(name, made, page: Page):
    page.route("http://bets.test/", lambda route: route.fulfill(content_type="text/html", body="<p>"))
    page.goto("http://bets.test/")  # of an origin, so that a bet can keep something
    alone.show(page, made[name.removeprefix("opened ")])
    if name == "opened bet":
        page.get_by_role("button", name="Show me").click()
    if name == "interpolation":
        expect(page.locator(".marl-strip")).to_have_count(2)  # the page has learned with both methods
        expect(page.locator(".marl-top")).not_to_be_empty()  # it has drawn its curves
    expect(page.locator("progress")).to_have_count(0)  # nothing is being learned
    before = page.evaluate(LOOK)
    for other in made.values():
        page.add_style_tag(content=str(other._css))
    after = page.evaluate(LOOK)
    assert len(before) == len(after) > 5
    assert [pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]] == []
