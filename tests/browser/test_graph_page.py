"""The coordination graph on a plain page: what Python says of every game and set of edges, by mouse and keyboard."""

from itertools import chain, combinations

import alone
import numpy as np
from playwright.sync_api import expect

from marl_helpers import games, graphs, widgets
from marl_helpers.widgets.edges import drawing


def subsets(n: int):
    pairs = graphs.complete(n)
    return chain.from_iterable(combinations(pairs, size) for size in range(len(pairs) + 1))


def test_it_says_what_python_says_of_every_game_and_every_set_of_edges(page, console_errors):
    alone.show(page, widgets.graph())
    cases = []
    for name, table in games.TEAMS.items():
        ways = subsets(table.ndim)
        cases += [({"task": name, "edges": [*map(list, edges)]}, drawing(table, edges)[0]) for edges in ways]
    assert len(cases) == 5 * 8 + 3 * 64
    assert alone.disagreements(page, cases) == []
    assert console_errors == []


def tables_of_many_kinds(rng: np.random.Generator) -> list[np.ndarray]:
    shapes = [(2, 2), (9, 9), (1, 3), (5, 4), (2, 2, 2), (3, 3, 3), (2, 4, 3), (1, 2, 2), (2, 2, 2, 2), (3, 3, 3, 3)]
    found = [rng.integers(0, 4, shape).astype(float) for shape in shapes for _ in range(6)]  # with ties
    found += [rng.normal(size=shape) * 10.0 ** rng.integers(-6, 9) for shape in shapes for _ in range(2)]
    for shape in shapes:  # what some graph holds
        parts = [
            rng.integers(0, 3, [n if i in edge else 1 for i, n in enumerate(shape)])
            for edge in graphs.chain(len(shape))
        ]
        found.append(sum(parts) + np.zeros(shape))
    return [*found, np.full((2, 3, 2), 1e9), np.arange(16.0).reshape(2, 2, 2, 2) / 3]


def test_it_says_what_python_says_of_any_table(page, console_errors):
    rng = np.random.default_rng(0)
    for table in tables_of_many_kinds(rng):
        alone.show(page, widgets.graph(table))
        ways = list(subsets(table.ndim))
        cases = [
            ({"edges": [[*edge] for edge in ways[k]]}, drawing(table, ways[k])[0])
            for k in {0, len(ways) - 1, *rng.integers(0, len(ways), 3).tolist()}
        ]
        assert alone.disagreements(page, cases) == [], table
    assert console_errors == []


def test_edges_are_taken_and_left_by_keys_and_in_the_picture_and_follow_the_task(page, console_errors):
    alone.show(page, widgets.graph())
    card = page.get_by_label("graph", exact=True)
    boxes = page.get_by_role("group", name="edges").get_by_role("checkbox")
    expect(card).to_contain_text("earns 5 of 5")
    expect(boxes).to_have_count(3)
    page.get_by_role("checkbox", name="edge 1–2", exact=True).focus()
    page.keyboard.press("Space")
    expect(card).to_contain_text("error 0.671875")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("checkbox", name="edge 2–3", exact=True)).to_be_focused()
    page.keyboard.press("Space")
    expect(card).to_contain_text("earns 4 of 5")
    expect(page.get_by_role("img", name="3 agents; edges: 1–2, 2–3")).to_be_visible()
    expect(page.get_by_label("messages", exact=True)).to_contain_text("After round 2 the messages repeat.")
    assert alone.told(page, "edges") == [[[0, 1]], [[0, 1], [1, 2]]]

    def click(i: int, j: int) -> None:
        """A click between two agents, nearer to the first: diagonals cross in the middle."""
        boxes = [page.locator("circle").nth(agent).bounding_box() for agent in (i, j)]
        (x, y), (right, down) = ((box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) for box in boxes)
        page.mouse.click(x + 0.4 * (right - x), y + 0.4 * (down - y))

    click(0, 1)
    expect(page.get_by_role("img", name="3 agents; edges: 2–3")).to_be_visible()
    expect(page.get_by_role("checkbox", name="edge 1–2")).not_to_be_checked()
    click(0, 2)
    expect(page.get_by_role("checkbox", name="edge 1–3")).to_be_checked()
    page.get_by_role("combobox", name="task", exact=True).select_option("Ring, 3 a pair")
    expect(boxes).to_have_count(6)
    for i, j in ((0, 1), (2, 3), (0, 3), (0, 2)):
        click(i, j)
    expect(card).to_contain_text("plays (1, 1, 1, 1) and earns 14 of 14")
    expect(page.get_by_role("img", name="4 agents; edges: 1–2, 1–4, 2–3, 3–4")).to_be_visible()
    page.get_by_text("edge 3–4").click()
    expect(page.get_by_role("img", name="4 agents; edges: 1–2, 1–4, 2–3", exact=True)).to_be_visible()
    assert console_errors == []
