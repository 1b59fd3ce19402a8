"""A film on a plain page, without Python: it says what Python says of every step, and draws it."""

import numpy as np
import pytest
from alone import show
from films import KINDS, recording
from playwright.sync_api import expect

from marl_helpers import recordings, widgets
from marl_helpers.plots.films import Film

HUNT, DOCKS = recordings.read("predator_prey")["episodes"], recordings.read("docks")["episodes"]
LECTURES = {**HUNT, **DOCKS, "spoken": recordings.read("speaker_listener")["episodes"]}
RANDOM = {
    f"{kind} {scale:g}": recording(kind, 3, scale=scale, alike=scale > 1) for kind in KINDS for scale in (1e-8, 7, 1e8)
}

SAID = """cases => cases.map(([episode, step]) => {
    model.set("step", 0);
    model.set("episode", episode);
    model.set("step", step);
    return document.querySelector(".marl-aside").textContent;
})"""


def steps(made):
    return [(k, step) for k, one in enumerate(made["episodes"]) for step in range(len(one["reward"]) + 1)]


@pytest.mark.parametrize("name", [*LECTURES, *RANDOM])
def test_the_page_says_of_every_step_what_python_says(page, name, console_errors):
    made = (LECTURES | RANDOM)[name]
    show(page, widgets.episodes(made))
    films = [Film(made, k) for k in range(len(made["episodes"]))]
    assert page.evaluate(SAID, steps(made)) == [films[k].say(step) for k, step in steps(made)]
    assert console_errors == []


def texts(page, part):
    """Each text of a part of the picture, and where its middle is."""
    return page.locator(f"[data-part={part}] text").evaluate_all(
        "texts => texts.map(one => [one.textContent, Number(one.getAttribute('x')), Number(one.getAttribute('y'))])"
    )


def marks(page, part, kind, *names):
    """Those attributes of each mark of that kind."""
    read = "(marks, names) => marks.map(one => names.map(name => Number(one.getAttribute(name))))"
    return page.locator(f"[data-part={part}] .{kind}").evaluate_all(read, names)


@pytest.mark.parametrize("step", [0, 3])
def test_a_grid_has_a_numbered_disc_in_each_agents_cell_and_a_diamond_for_each_prey(page, step):
    made = recording("grid", n=5)
    show(page, widgets.episodes(made, 0, step))
    scene = made["episodes"][0]["scenes"][step]
    cell = page.locator("[data-part=world] svg").evaluate("svg => (svg.clientWidth - 4) / 6")
    middles = {
        text: [round((y - 2) / cell - 0.5, 3), round((x - 2) / cell - 0.5, 3)] for text, x, y in texts(page, "world")
    }
    assert middles == {str(i + 1): place for i, place in enumerate(scene["agents"]) if place}
    assert page.locator("[data-part=world] polygon.film-thing").count() == sum(
        place is not None for place in scene["prey"]
    )
    chosen = made["episodes"][0]["actions"][step]
    there = [made["actions"][0][action] for action, place in zip(chosen, scene["agents"]) if place]
    assert page.locator(".film-catch").count() == there.count("catch")
    assert page.locator(".film-head").count() == sum(name not in ("stay", "catch") for name in there)


def test_an_arrow_points_where_its_agent_wants_to(page):
    made = recording("grid", n=4)
    made["episodes"][0]["actions"][0] = [0, 1, 2, 3]  # right, down, left, up
    made["episodes"][0]["scenes"][0]["agents"] = [[2, 2], [2, 4], [4, 2], [4, 4]]
    show(page, widgets.episodes(made))
    ends = marks(page, "world", "film-arrow", "x1", "y1", "x2", "y2")
    assert [(np.sign(c - a), np.sign(d - b)) for a, b, c, d in ends] == [(1, 0), (0, 1), (-1, 0), (0, -1)]


def test_a_plane_has_everything_where_it_is_with_paths_and_the_goal_ringed(page):
    made = recording("plane", n=2)
    shown = widgets.episodes(made, 0, 3)
    show(page, shown)
    scene = shown.film["episodes"][0]["scenes"][3]  # what is printed of it
    numbered = {text: (x, y) for text, x, y in texts(page, "world")}
    places = np.array([*scene["agents"], *scene["landmarks"]])
    drawn = np.array([numbered["1"], numbered["2"], *(np.subtract(numbered[k], (15, -15)) for k in "ABC")])
    slope = (drawn[1] - drawn[0]) / (places[1] - places[0])
    assert slope == pytest.approx([slope[0], -slope[0]]) and slope[0] > 0  # one scale, upwards is up
    assert drawn == pytest.approx(drawn[0] + (places - places[0]) * slope)
    assert marks(page, "world", "film-goal", "cx", "cy") == [pytest.approx(drawn[3])]
    paths = page.locator(".film-path").evaluate_all(
        "all => all.map(one => one.getAttribute('points').split(' ').length)"
    )
    assert paths == [4, 4]


def test_tables_have_the_present_states_in_colour_and_the_play_in_brackets(page):
    made = recording("tables", actions=2)
    made["episodes"][0]["scenes"][1]["now"], made["episodes"][0]["actions"][1] = 2, [1, 0]
    show(page, widgets.episodes(made, 0, 1))
    cells = [text for text, _, _ in texts(page, "world") if text.strip("[]").isdecimal()]
    assert cells == ["7"] * 4 + ["0", "1", "[1]", "8"] and page.locator("[data-part=world] .film-heat").count() == 4
    assert page.locator("[data-part=world] .film-bold").all_text_contents() == ["branch 1", "[1]"]


@pytest.mark.parametrize("n", [2, 16])
def test_a_dock_has_each_robot_at_its_place_what_stands_there_and_where_it_goes(page, n):
    made = recording("dock", n, 2)
    scene, chosen = made["episodes"][0]["scenes"][1], made["episodes"][0]["actions"][1]
    made["actions"] = [["lane", "dock"]] * n
    show(page, widgets.episodes(made, 0, 1))
    ((wall,),) = marks(page, "world", "film-wall", "x1")
    discs, arrows = marks(page, "world", "film-agent", "cx"), marks(page, "world", "film-arrow", "x1", "x2")
    assert [wall - x < 50 for (x,) in discs] == scene["at_dock"]
    assert [end > start for start, end in arrows] == [action == 1 for action in chosen]
    assert [abs(end - start) > 50 for start, end in arrows] == [
        at != (a == 1) for at, a in zip(scene["at_dock"], chosen)
    ]
    shelves = ["3.25" if i == 0 else "1" for i in range(n) if scene["shelves"][i]]
    labels = page.locator("[data-part=world] .film-label").all_text_contents()
    assert labels == shelves + ["truck", "pays 12.5", f"needs {n}"] * scene["truck"]
    assert page.locator(".film-lookout").count() == 1
    expect(page.locator("[data-part=note]")).to_contain_text(f"{sum(chosen)} to the dock, {n} are needed")


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("alike", [True, False])
def test_every_utility_is_printed_the_play_framed_the_best_brightest_and_the_unavailable_hatched(page, width, alike):
    page.set_viewport_size({"width": width, "height": 900})
    made = recording(n=3, alike=alike)
    show(page, widgets.episodes(made, 0, 2))
    values, rows = made["episodes"][0]["utilities"][2], Film(made).parts[-2]
    cells = page.locator("[data-part=utilities] .film-heat").evaluate_all(
        """cells => cells.map(cell => {
            const inside = [...cell.parentNode.querySelectorAll("text")].filter(text => {
                const [box, one] = [cell.getBoundingClientRect(), text.getBoundingClientRect()];
                const [x, y] = [one.left + one.width / 2, one.top + one.height / 2];
                return box.left < x && x < box.right && box.top < y && y < box.bottom;
            });
            return [inside.map(text => text.textContent), Number(cell.parentNode.style.getPropertyValue("--heat"))];
        })"""
    )
    there = [(i, a) for i in range(3) for a in range(6) if values[i][a] is not None]
    names = made["actions"]
    printed = [([] if alike else [names[i][a]]) + [rows.label(2, i, a)] for i, a in there]
    assert [text for text, _ in cells] == printed
    for i in range(3):
        own = [(values[i][a], heat) for (_, heat), (k, a) in zip(cells, there) if k == i]
        assert max(own)[1] == 1 and [heat for _, heat in sorted(own)] == sorted(heat for _, heat in own)
    assert page.locator("[data-part=utilities] .film-none").count() == 18 - len(there)
    assert page.locator("[data-part=utilities] .film-played").count() == 3


@pytest.mark.parametrize("step", [0, 3, 5])
def test_the_mixers_output_and_the_rewards_are_drawn_up_to_the_step_that_the_text_names(page, step):
    made = recording(scale=3.0)
    show(page, widgets.episodes(made, 0, step))
    episode, now = made["episodes"][0], min(step, 4)
    ticks = {text: (x, y) for text, x, y in texts(page, "timeline")}
    ((x, y),) = marks(page, "timeline", "film-now", "cx", "cy")
    assert x == pytest.approx(ticks[str(now)][0])
    line = page.locator(".film-mixer").get_attribute("points").split(" ")
    points = np.array([[float(part) for part in point.split(",")] for point in line])
    assert len(points) == now + 1 and points[-1] == pytest.approx([x, y], abs=0.06)
    per = (points[0, 1] - points[1, 1]) / (episode["team"][1] - episode["team"][0]) if step else None
    bars = marks(page, "timeline", "film-bar", "height")
    rewards = [abs(reward) for reward in episode["reward"][: now + 1] if reward]
    assert len(bars) == len(rewards)
    if per:
        assert np.ravel(bars) == pytest.approx(np.array(rewards) * per, rel=0.05)
    expect(page.locator("[data-part=heading]")).to_contain_text(f"step {step} of 5")
    expect(page.locator("output")).to_have_text(f"{step} of 5")
    expect(page.get_by_role("slider")).to_have_value(str(step))
