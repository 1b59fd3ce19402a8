"""The plane of games on a plain page, without Python: its maps are Python's, and so are the cards at every point."""

import alone
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from marl_helpers import exact, families, games, widgets
from marl_helpers.fitting.diagnosis import diagnose_exactly
from marl_helpers.widgets.cards import cards
from marl_helpers.widgets.places import reward

PLANE = families.Family(games.ADDITIVE, games.COORDINATION, games.QTRAN)
BESTS = (exact.additive, exact.convex, exact.monotone)


@pytest.fixture(scope="module")
def made():
    return widgets.plane(x=0.5, y=0.3, runs=8)


@pytest.fixture
def plane(made, page) -> Page:
    alone.show(page, made)
    return page


def test_the_maps_are_pythons(plane, console_errors):
    expect(plane.locator(".marl-map path")).to_have_count(9)
    shown = plane.evaluate(
        """() => [...document.querySelectorAll(".marl-map svg")].map(svg => {
            const sign = (x, y) => [...svg.children].find(path => path.isPointInFill(new DOMPoint(x, y)))
                .className.baseVal.replace("marl-", "");
            return Array.from({ length: 3000 }, (_, k) => sign(k % 60 + 0.5, 49.5 - Math.floor(k / 60)));
        })"""
    )
    tables = PLANE.tables(families.midpoints(60, 0, 2), families.midpoints(50, 0, 1))
    some = np.random.default_rng(0).choice(3000, 400, replace=False)
    for best, signs in zip(BESTS, shown, strict=True):
        assert [signs[k] for k in some] == [best(tables[k]).finds_optimum for k in some]
    x, y = np.meshgrid(families.midpoints(60, 0, 2), families.midpoints(50, 0, 1))
    two_lines = (7 * x + 2 * y < 6) == (x + 6 * y < 2)
    assert [sign == "yes" for sign in shown[0]] == two_lines.ravel().tolist()
    assert console_errors == []


def test_at_every_point_the_cards_are_pythons(plane, made):
    waiting, cases = dict.fromkeys(["vdn", "qmix"], 0.0), []
    rng = np.random.default_rng(1)
    for x, y in zip(rng.integers(0, 201, 60) / 100, rng.integers(0, 101, 60) / 100):
        exactly = diagnose_exactly(PLANE(x, y), ["vdn", "qmix"])
        html = cards(exactly, waiting).replace("<details open", "<details")
        cases.append(
            ({"x": float(x), "y": float(y)}, html.replace('"marl-cards">', f'"marl-cards">{reward(exactly)}', 1))
        )
    assert alone.disagreements(plane, cases) == []


def test_a_click_opens_the_game_there_and_it_is_learned(plane, console_errors):
    box = plane.locator(".marl-map").nth(1).bounding_box()
    plane.mouse.click(box["x"] + 0.9 * box["width"], box["y"] + 0.98 * box["height"])
    x, y = alone.told(plane, "x")[-1], alone.told(plane, "y")[-1]
    assert (x, y) == pytest.approx((1.8, 0.02), abs=0.011)
    found = diagnose_exactly(PLANE(x, y), ["vdn"])
    card = plane.get_by_role("region", name="VDN", exact=True)
    expect(card).to_contain_text(found["vdn"].reason)
    expect(plane.locator("progress")).to_have_count(0)
    expect(card).to_contain_text("0 of 8 runs right")
    point = plane.get_by_role("slider", name="point in the plane")
    expect(point).to_have_js_property("ariaValueText", f"x {x:g}, y {y:g}")
    assert console_errors == []


def test_keys_and_fractions_move_the_point(plane, console_errors):
    point = plane.get_by_role("slider", name="point in the plane")
    point.focus()
    for key, place in (
        ("ArrowRight", (0.51, 0.3)),
        ("ArrowUp", (0.51, 0.31)),
        ("Shift+ArrowLeft", (0.41, 0.31)),
        ("PageUp", (0.41, 0.41)),
        ("End", (2, 0.41)),
        ("Shift+ArrowDown", (2, 0.31)),
    ):
        plane.keyboard.press(key)
        assert (alone.told(plane, "x")[-1], alone.told(plane, "y")[-1]) == place
    plane.get_by_role("textbox", name="x =").fill("4/5")
    plane.get_by_role("textbox", name="y =").fill("1/3")
    plane.keyboard.press("Enter")
    assert (alone.told(plane, "x")[-1], alone.told(plane, "y")[-1]) == (0.8, 1 / 3)
    plane.get_by_role("textbox", name="y =").fill("4/3")
    plane.keyboard.press("Enter")
    expect(plane.get_by_role("alert").filter(has_text="give a number from 0 to 1")).to_be_visible()
    assert console_errors == []
