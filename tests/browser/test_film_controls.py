"""A film on a plain page, without Python, answers to mouse, keyboard and touch, and can be read at any width."""

from itertools import combinations

import pytest
from alone import show, told
from driving import comes_to
from films import KINDS, recording
from playwright.sync_api import expect

from marl_helpers import widgets


@pytest.fixture
def made():
    """Episodes of 6, 3 and 9 steps."""
    made = recording("plane", 2, steps=6)
    made["episodes"] = [recording("plane", 2, steps=steps, seed=steps)["episodes"][0] for steps in (6, 3, 9)]
    return made


@pytest.fixture
def film(made, page):
    """Them on a page whose clock stands still."""
    page.clock.install()
    page.clock.pause_at("2030-01-01")
    show(page, widgets.episodes(made))
    return page


def stands(page, episode, step, steps):
    """Every part of the page shows this step, and Python would have heard of it."""
    expect(page.get_by_role("slider")).to_have_value(str(step))
    expect(page.get_by_role("combobox")).to_have_value(page.get_by_role("option").nth(episode).inner_text())
    expect(page.locator("output")).to_have_text(f"{step} of {steps}")
    said = f"game, QMIX, episode {episode + 1} of 3, step {step} of {steps}: "
    expect(page.locator("[data-part=heading]")).to_contain_text(said)
    expect(page.get_by_role("img", name=said)).to_be_visible()
    expect(page.locator("[role=status]")).to_contain_text(said)
    assert (told(page, "episode")[-1], told(page, "step")[-1]) == (episode, step)


def test_buttons_slider_and_menu_answer_to_the_mouse(film):
    for name, step in (("next step", 1), ("next step", 2), ("previous step", 1)):
        film.get_by_role("button", name=name).click()
        stands(film, 0, step, 6)
    film.get_by_role("button", name="previous step").click(click_count=3)
    stands(film, 0, 0, 6)
    box = film.get_by_role("slider").bounding_box()
    film.mouse.move(box["x"] + 8, box["y"] + box["height"] / 2)
    film.mouse.down()
    film.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=5)
    stands(film, 0, 3, 6)
    film.mouse.move(box["x"] + box["width"] + 40, box["y"], steps=5)
    film.mouse.up()
    stands(film, 0, 6, 6)
    film.get_by_role("button", name="next step").click()
    stands(film, 0, 6, 6)
    film.get_by_role("combobox", name="episode").select_option(index=1)
    stands(film, 1, 0, 3)


@pytest.mark.parametrize("role", ["slider", "img", "button"])
def test_keys_move_it_wherever_the_focus_is(film, role):
    film.add_style_tag(content="main { height: 4000px }")
    film.get_by_role(role).first.focus()
    for key, step in (
        ("ArrowRight", 1),
        ("ArrowRight", 2),
        ("ArrowLeft", 1),
        ("End", 6),
        ("ArrowRight", 6),
        ("Home", 0),
    ):
        film.keyboard.press(key)
        if (key, step) != ("ArrowRight", 6):
            stands(film, 0, step, 6)
        assert film.evaluate("scrollY") == 0  # no key scrolls the page


def test_keys_on_the_menu_choose_an_episode(film):
    film.get_by_role("combobox").focus()
    film.keyboard.press("ArrowDown")
    film.keyboard.press("ArrowDown")
    stands(film, 2, 0, 9)


def test_every_control_has_a_name_is_reached_by_tab_and_keeps_its_keys_from_the_page(film):
    film.evaluate("window.heard = []; document.addEventListener('keydown', event => heard.push(event.key))")
    reached = []
    for _ in range(7):
        film.keyboard.press("Tab")
        reached.append(
            film.evaluate("(document.activeElement.ariaLabel || document.activeElement.textContent).slice(0, 13)")
        )
        film.keyboard.press("End" if len(reached) != 2 else "Shift")
    assert reached[0].startswith("large") and reached[3:6] == ["previous step", "Play", "next step"]
    assert reached[6].startswith("game, QMIX")
    assert set(film.evaluate("heard")) <= {"Tab", "Shift"}
    expect(film.get_by_role("combobox", name="episode")).to_be_visible()
    expect(film.get_by_role("slider", name="step")).to_have_attribute("aria-valuetext", "6 of 6")
    expect(film.get_by_role("group", name="recorded episodes of game, QMIX")).to_be_visible()


@pytest.mark.parametrize("by", ["mouse", "space on the picture", "space on the slider", "space on the button"])
def test_it_plays_to_the_end_pauses_and_begins_again(film, by):
    def press():
        if by == "mouse":
            film.locator(".film-buttons button").nth(1).click()
        else:
            place = {"picture": ".film-picture", "slider": "input", "button": ".film-buttons button:nth-child(2)"}
            film.locator(place[by.split()[-1]]).focus()
            film.keyboard.press(" ")

    press()
    expect(film.get_by_role("button", name="Pause")).to_be_visible()
    expect(film.locator("[role=status]")).to_have_attribute("aria-live", "off")
    for step in (1, 2):
        film.clock.run_for(400)
        stands(film, 0, step, 6)
    press()
    film.clock.run_for(4000)
    stands(film, 0, 2, 6)
    expect(film.locator("[role=status]")).to_have_attribute("aria-live", "polite")
    press()
    film.clock.run_for(9000)
    stands(film, 0, 6, 6)
    expect(film.get_by_role("button", name="Play")).to_be_visible()
    press()
    stands(film, 0, 0, 6)
    film.clock.run_for(400)
    stands(film, 0, 1, 6)
    film.get_by_role("button", name="next step").click()  # whoever steps has it stand
    film.clock.run_for(4000)
    stands(film, 0, 2, 6)


def test_it_follows_python_wherever_that_goes(film):
    film.evaluate("model.set('step', 4)")
    expect(film.locator("output")).to_have_text("4 of 6")
    film.evaluate("model.set('episode', 1)")  # before its step, which is beyond this episode
    expect(film.locator("output")).to_have_text("3 of 3")
    film.evaluate("model.set('error', 'ValueError: no')")
    expect(film.get_by_role("alert")).to_have_text("ValueError: no")


def test_buttons_and_slider_answer_to_touch(browser, made):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.clock.install()
    page.clock.pause_at("2030-01-01")
    show(page, widgets.episodes(made))
    page.get_by_role("button", name="next step").tap()
    stands(page, 0, 1, 6)
    slider = page.get_by_role("slider").bounding_box()
    assert round(slider["height"]) >= 44 and all(
        round(one.bounding_box()["height"]) >= 32 for one in page.get_by_role("button").all()
    )
    x, y = slider["x"], slider["y"] + slider["height"] / 2
    touch = context.new_cdp_session(page)
    for kind, share in (("touchStart", 1 / 6), ("touchMove", 0.4), ("touchMove", 0.99), ("touchEnd", None)):
        points = [] if share is None else [{"x": x + share * slider["width"], "y": y}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    stands(page, 0, 6, 6)
    page.get_by_role("button", name="Play").tap()
    page.clock.run_for(800)
    stands(page, 0, 2, 6)
    page.get_by_role("button", name="Pause").tap()
    page.clock.run_for(4000)
    stands(page, 0, 2, 6)
    context.close()


TEXTS = """() => [...document.querySelectorAll("svg:not(svg svg)")].map(svg => {
    const outer = svg.getBoundingClientRect();
    return [...svg.querySelectorAll("text")].filter(text => text.textContent).map(text => {
        const { left, top, right, bottom } = text.getBoundingClientRect();
        const size = parseFloat(getComputedStyle(text).fontSize) * outer.width / svg.width.baseVal.value;
        const across = left >= outer.left - 1 && right <= outer.right + 1;
        const inside = across && top >= outer.top - 1 && bottom <= outer.bottom + 1;
        return { text: text.textContent, left, top, right, bottom, size, inside };
    });
})"""


@pytest.mark.parametrize(
    ("n", "actions", "alike"), [(2, 2, True), (2, 6, False), (4, 6, True), (8, 6, True), (3, 9, True)]
)
@pytest.mark.parametrize("kind", KINDS)
def test_no_text_is_small_cut_off_or_on_another(page, kind, n, actions, alike):
    made = recording(kind, n, actions, scale=99.0, alike=alike)
    made["agents"][:2] = ["1 first speaker", "2 second listener"]
    show(page, widgets.episodes(made, 0, 1))
    for width in (1440, 1024, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        comes_to(f"at {width}", [], faults, page, kind, width)


def faults(page, kind, width):
    """What a reader could not read, and what is wider than the page."""
    parts = page.evaluate(TEXTS)
    assert len(parts) == (2 if kind == "none" else 3)
    found = []
    for texts in parts:
        found += [("small", one["text"]) for one in texts if one["size"] < 12]
        if kind != "plane" or texts is not parts[0]:  # there whatever is close may overlap
            found += [("cut off", one["text"]) for one in texts if not one["inside"]]
            found += [
                ("over", one["text"], other["text"]) for one, other in combinations(texts, 2) if overlap(one, other)
            ]
    return found + ["wide"] * (page.evaluate("document.documentElement.scrollWidth") > width)


def overlap(one, other):
    across = min(one["right"], other["right"]) - max(one["left"], other["left"])
    down = min(one["bottom"], other["bottom"]) - max(one["top"], other["top"])
    return across > 1 and down > 4  # a line is higher than its letters


PAINTED = """kind => [...document.querySelectorAll(kind)].map(text => {
    const rgba = colour => {
        const context = new OffscreenCanvas(1, 1).getContext("2d");
        context.fillStyle = getComputedStyle(document.documentElement).colorScheme === "dark" ? "#121212" : "#ffffff";
        context.fillRect(0, 0, 1, 1);
        context.fillStyle = colour;
        context.fillRect(0, 0, 1, 1);
        return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3).map(part => part / 255);
    };
    const light = colour => rgba(colour).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
        .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
    const { left, top, width, height } = text.getBoundingClientRect();
    const [x, y] = [left + width / 2, top + height / 2];
    const below = document.elementsFromPoint(x, y).slice(1).map(one => getComputedStyle(one))
        .find(({ fill }) => fill !== "none" && fill !== "rgb(0, 0, 0)");  // which is what has none
    const [low, high] = [light(getComputedStyle(text).fill), light(below?.fill ?? "#0000")].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
})"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_text_can_be_read_in_both_themes(page, kind, scheme):
    show(page, widgets.episodes(recording(kind, 3), 0, 1), scheme)
    contrasts = page.evaluate(PAINTED, ".film-picture text")
    assert len(contrasts) > 10 and min(contrasts) >= 4.5
