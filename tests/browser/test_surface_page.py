"""The bending surface on a plain page: at each moment it says what Python says, and it answers to mouse and keys."""

import re

import alone
import numpy as np
import pytest
from driving import text_sizes
from playwright.sync_api import expect

from marl_helpers import fit, games, widgets
from marl_helpers.fitting import Recipe

R, STEPS = games.COORDINATION, [0, 20, 60, 100, 1000]


@pytest.fixture(scope="module")
def made():
    return [fit(R, method, runs=2, moments=STEPS) for method in ("vdn", "qmix")]


@pytest.fixture
def surface(made, page):
    page.clock.install()
    page.clock.pause_at("2030-01-01")
    alone.show(page, widgets.surface(R, made))
    return page


def cards(html):
    """A widget's cards without their drawings."""
    return re.findall(r"<section.*?</section>", re.sub(r"<svg.*?</svg>", "", html, flags=re.S), flags=re.S)


AS_SHOWN = "html => Object.assign(document.createElement('div'), { innerHTML: html }).innerHTML"


def test_every_moment_has_the_numbers_of_python(page, made, console_errors):
    odd = np.array([[1.0, -2, 3], [2, 5, 4]])
    cases = [(R, made, STEPS)]
    for scale in (1e-3, 1, 1e4):
        one = fit(scale * odd, "qmix", runs=1, recipe=Recipe(steps=100, width=3, scale=1.0), moments=[0, 50, 100])
        cases.append((scale * odd, [one], [0, 50, 100]))
    for table, fits, steps in cases:
        shown = widgets.surface(table, fits)
        alone.show(page, shown)
        for k in range(len(steps)):
            page.evaluate("k => model.set('moment', k)", k)
            expected = page.evaluate(AS_SHOWN, shown.cards(k))
            assert cards(page.locator(".marl-answer").inner_html()) == cards(expected)
    assert console_errors == []


HEIGHTS = """() => [...document.querySelectorAll("section")].map(card => ({
    dots: [...card.querySelectorAll(".surface-dot")].map(dot => [dot.cx.baseVal.value, dot.cy.baseVal.value]),
    patches: [...card.querySelectorAll(".surface-patch")].map(one => [...one.points].map(({ x, y }) => [x, y])),
}))"""


def flatness(patches):
    """How much the first sides of a drawn surface's patches differ, over their length: a plane's are all the same."""
    steps = np.array([[b[0] - a[0], b[1] - a[1]] for a, b, *_ in patches])
    return np.ptp(steps, axis=0).max() / np.abs(steps).max()


def test_vdns_surface_is_a_plane_at_every_moment_and_qmixs_becomes_none(page, made):
    alone.show(page, widgets.surface(R, made))
    bends = []
    for k in range(len(STEPS)):
        page.evaluate("k => model.set('moment', k)", k)
        vdn, qmix = page.evaluate(HEIGHTS)
        assert len(vdn["dots"]) == len(qmix["dots"]) == 9
        bends.append((flatness(vdn["patches"]), flatness(qmix["patches"])))
    assert max(vdn for vdn, _ in bends[1:]) < 0.1  # what rounding to tenths of a pixel leaves
    assert bends[-1][1] > 0.5


def stands(page, moment):
    expect(page.get_by_role("slider", name="step")).to_have_value(str(moment))
    expect(page.locator("output").first).to_have_text(f"{STEPS[moment]} of 1000")
    expect(page.get_by_role("img")).to_have_accessible_name(re.compile(f"after {STEPS[moment]} steps"))
    expect(page.locator("[role=status]")).to_contain_text(f"after {STEPS[moment]} steps")
    assert alone.told(page, "moment")[-1] == moment


def test_it_is_scrubbed_by_buttons_keys_and_the_slider(surface, console_errors):
    surface.get_by_role("button", name="next step").click()
    stands(surface, 1)
    surface.get_by_role("img").focus()
    for key, moment in (("ArrowRight", 2), ("End", 4), ("ArrowLeft", 3), ("Home", 0)):
        surface.keyboard.press(key)
        stands(surface, moment)
    surface.get_by_role("slider", name="step").focus()
    surface.keyboard.press("ArrowRight")
    stands(surface, 1)
    assert console_errors == []


def test_it_plays_to_the_end(surface):
    surface.get_by_role("button", name="Play").click()
    for moment in (1, 2, 3, 4):
        surface.clock.run_for(400)
        stands(surface, moment)
    expect(surface.get_by_role("button", name="Play")).to_be_visible()
    expect(surface.locator(".marl-bad h4")).to_have_text(["VDN"])
    expect(surface.locator(".marl-good h4")).to_have_text(["QMIX"])


def test_it_turns_by_keys_and_the_moment_stays(surface):
    before = surface.locator("svg").first.inner_html()
    turn = surface.get_by_role("slider", name="turn")
    turn.press("ArrowRight")
    expect(turn).to_have_attribute("aria-valuetext", "36°")
    assert alone.told(surface, "turn") == [36] and alone.told(surface, "moment") == [0]
    assert surface.locator("svg").first.inner_html() != before


@pytest.mark.parametrize("width", [390, 1024])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_any_width_with_readable_text_inside_its_drawing(page, made, width, scheme):
    page.set_viewport_size({"width": width, "height": 800})
    alone.show(page, widgets.surface(R, made), scheme)
    for turn in (0, 35, 90):
        page.evaluate("turn => model.set('turn', turn)", turn)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert min(text_sizes(page)) >= 12
        cut = page.evaluate(
            """() => [...document.querySelectorAll("svg text")].filter(text => {
                const [inside, around] = [text, text.ownerSVGElement].map(one => one.getBoundingClientRect());
                return inside.left < around.left || inside.right > around.right + 1
                    || inside.top < around.top || inside.bottom > around.bottom;
            }).map(text => text.textContent)"""
        )
        assert cut == []


def test_it_is_drawn_once_a_hidden_page_has_room(page, made, console_errors):
    """A page that hides what is not yet looked at gives a drawing almost no width."""
    alone.show(page, widgets.surface(R, made))
    page.add_style_tag(content="main { width: 4px }")
    page.wait_for_function("document.querySelector('main').clientWidth === 4")
    page.add_style_tag(content="main { width: 900px }")
    page.wait_for_function("document.querySelector('.marl-card svg').clientWidth > 300")
    assert console_errors == []
