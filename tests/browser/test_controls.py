"""Every control has a name of its own, is wide and high enough to aim at, and all text reads in both themes."""

import alone
import pytest
from driving import CONTRASTS

from marl_helpers import games, graphs, widgets

MAKE = {
    "partner": lambda: widgets.partner(),
    "solver": lambda: widgets.ask_the_solver(3, 2),
    "mixer": lambda: widgets.linear_mixer(),
    "graph": lambda: widgets.graph(games.RING, graphs.ring(4)),
    "interpolation": lambda: widgets.interpolation(runs=2),
    "plane": lambda: widgets.plane(runs=2),
    "bets": lambda: widgets.bets("04-line", "Where?", {"here?": 0.3, "there?": 1}, most=2),
}
TEXTS = ".marl-stage :is(p, td, th, caption, h4, summary, output, label > span, option)"
CONTROLS = """() => [...document.querySelectorAll(".marl-stage :is(input, select, summary)")].map(control => {
    const { type, labels } = control;
    const aimed = { radio: control.nextSibling, checkbox: control.parentNode }[type] ?? control;
    const { width, height } = aimed.getBoundingClientRect();
    const group = control.closest("[role=radiogroup]")?.ariaLabel ?? "";
    const name = [...labels ?? [control]].map(label => label.textContent.trim()).join();
    return { kind: type ?? "", name: `${group} ${name}`.trim(), width, height, shown: control.checkVisibility() };
})"""


@pytest.fixture(scope="module", params=MAKE)
def made(request):
    """Each widget's state, once for all tests."""
    return MAKE[request.param]()


@pytest.mark.parametrize("width", [1280, 390])
def test_controls_have_names_and_room(made, width, page, console_errors):
    page.set_viewport_size({"width": width, "height": 844})
    alone.show(page, made)
    controls = [control for control in page.evaluate(CONTROLS) if control["shown"]]
    names = [control["name"] for control in controls if control["kind"]]
    assert controls and all(names) and len({*names}) == len(names)
    for control in controls:
        assert control["width"] >= {"range": 240}.get(control["kind"], 24) and control["height"] >= 24, control
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert console_errors == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_reads_in_both_themes(made, scheme, page):
    alone.show(page, made, scheme)
    assert min(page.evaluate(CONTRASTS, TEXTS)) >= 4.5
