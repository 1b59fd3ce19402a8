"""The view on coordination graphs without a browser: it shows what exact and graphs say, and follows its controls."""

from html import unescape
from html.parser import HTMLParser

import numpy as np
import pytest
from inlined import inlined

from marl_helpers import exact, games, graphs, widgets
from marl_helpers.games import TableError
from marl_helpers.widgets.edges import drawing

TREE = [(0, 1), (1, 2)]


class Page(HTMLParser):
    """The rows of each card's table (a list of texts each), the cards' classes, and the drawing's lines and label."""

    def __init__(self, html):
        super().__init__()
        self.cards, self.states, self.lines, self.clicks, self.label = {}, {}, [], [], ""
        self.open, self.text = [], ""
        self.feed(html)
        assert not self.open

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "section":
            self.card = attributes["aria-label"]
            self.cards[self.card], self.states[self.card] = [], attributes["class"]
        elif tag == "tr":
            self.cards[self.card].append([])
        elif tag == "svg":
            self.label = attributes["aria-label"]
        elif tag == "line" and "data-edge" in attributes:  # where a click is heard
            self.clicks.append(attributes["data-edge"])
        elif tag == "line":
            self.lines.append("stroke-dasharray" not in attributes)
        if not tag.startswith(("circle", "line")):
            self.open.append(tag)
            self.text = ""

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        if tag in ("td", "th"):
            self.cards[self.card][-1].append(self.text)

    def handle_data(self, data):
        self.text += data


def values(rows):
    """The numbers of a table of joint actions, without its headings and marks."""
    return [float(text.strip("[]*")) for row in rows[1:] for text in row[1:]]


@pytest.mark.parametrize("name", games.TEAMS)
@pytest.mark.parametrize("shape", [lambda n: (), graphs.chain, graphs.ring, graphs.complete])
def test_every_team_shows_its_reward_its_best_fit_and_the_messages(name, shape):
    table = games.TEAMS[name]
    edges = shape(table.ndim)
    page, best = Page(drawing(table, edges)[0]), exact.graph(table, edges)
    talk = graphs.max_plus(best.parts)
    assert values(page.cards["reward"]) == pytest.approx(table.ravel())
    assert values(page.cards["best fit"]) == pytest.approx(best.fit.ravel(), abs=6e-4)
    for card in ("reward", "best fit"):
        marked = [text for row in page.cards[card][1:] for text in row[1:]]
        cells = list(np.ndindex(table.shape))
        assert [cell for cell, text in zip(cells, marked) if text.startswith("[")] == [talk.plays]
        assert {cell for cell, text in zip(cells, marked) if "*" in text} == set(best.optima)
    head, *messages, plays, value = page.cards["messages"]
    assert head == ["round", *map(str, range(len(talk.rounds)))]
    assert plays[1:] == [" ".join(map(str, one.plays)) for one in talk.rounds]
    assert [float(text) for text in value[1:]] == pytest.approx([one.value for one in talk.rounds], abs=6e-4)
    assert len(messages) == 2 * len(edges)
    for said, *texts in messages:
        i, j = (int(agent) - 1 for agent in said.split(" to "))
        for text, one in zip(texts, talk.rounds, strict=True):
            assert [float(x) for x in text.split(", ")] == pytest.approx(one.messages[i, j], abs=6e-4)
    assert ("marl-good" in page.states["graph"]) == (table[talk.plays] == table.max())
    assert sum(page.lines) == len(edges) and len(page.lines) == len(graphs.complete(table.ndim))
    assert page.clicks == [f"{i},{j}" for i, j in graphs.complete(table.ndim)]


def test_an_edge_more_loses_the_optimum_and_one_more_does_not_bring_it_back():
    view = widgets.graph()
    assert "earns 5 of 5" in view.text and "error 0.8125" in view.text and "as in VDN" in view.text
    view.edges = [(0, 1)]
    assert "earns 5 of 5" in view.text and "error 0.671875" in view.text
    view.edges = [(2, 1), (0, 1)]
    assert "(1, 0, 1) and earns 4 of 5" in view.text and "error 0.53125" in view.text
    assert "Agents 1 and 3 have a part" in view.text and "After round 2 the messages repeat" in view.text
    view.edges = [*TREE, (0, 2)]
    assert "earns 4 of 5" in view.text and "error 0.390625" in view.text
    assert "Agents 1, 2 and 3 have a part" in view.text and "go round a loop" in view.text
    for html in (view.html, view.text):
        assert "Equally good in the fit: (0, 1, 1), (1, 0, 1), (1, 1, 0)." in html
    view.task = "Odd number (parity)"
    assert "Equally good in the fit: 8 joint actions." in view.text


def test_a_ring_on_which_the_messages_miss_the_best_says_so():
    html, text = drawing(games.TEAMS["Ring, 4 a pair"], graphs.ring(4))
    for shown in (unescape(html), text):
        assert "plays (0, 1, 1, 0) and earns 16 of 17" in shown and "The graph holds this table" in shown
        assert "Messages missed the graph's own best, (1, 1, 1, 1)" in shown


def test_another_task_shows_its_own_edges_and_keeps_those_chosen():
    view = widgets.graph(games.RING, graphs.ring(4))
    assert view.task == "Ring, 3 a pair" and Page(view.html).label == "4 agents; edges: 1–2, 1–4, 2–3, 3–4"
    view.task = "Two crates"
    assert Page(view.html).label == "3 agents; edges: 1–2, 2–3" and "earns 4 of 4" in view.text
    assert view.edges == [[0, 1], [0, 3], [1, 2], [2, 3]] and view.chosen()[1] == ((0, 1), (1, 2))
    view.task = "Ring, 3 a pair"
    assert Page(view.html).label == "4 agents; edges: 1–2, 1–4, 2–3, 3–4"


def test_a_table_of_ones_own():
    table = np.arange(18.0).reshape(3, 2, 3) ** 2
    view = widgets.graph(table, [(2, 0)])
    assert view.task == "the given table" and view.text.splitlines()[0].startswith("edges 1–3. The team plays (2")
    view.task = "Two crates"
    view.task = "the given table"
    assert Page(view.html).label == "3 agents; edges: 1–3"


def test_the_twin_says_the_task_its_edges_and_what_follows():
    view = widgets.graph(games.CRATES, TREE)
    data, _ = view._repr_mimebundle_()
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == view.model_id
    assert data["text/plain"] == f"task: Two crates\nedges: 1–2, 2–3\n{view.text}"
    assert inlined(view.html) in data["text/html"] and "1–2, 2–3</td>" in data["text/html"]


def test_the_page_hears_of_changes_and_tells_its_own():
    view, seen = widgets.graph(), []
    view.observe(lambda change: seen.append(change.new), ["task", "edges"])
    view.set_state({"edges": [[0, 1], [1, 2]]})  # as the page does
    view.set_state({"task": "Two crates"})
    assert seen == [[[0, 1], [1, 2]], "Two crates"] and np.array_equal(view.chosen()[0], games.CRATES)
    assert "earns 4 of 4" in view.text and view.get_state()["_tables"]["Two crates"] == games.CRATES.tolist()


@pytest.mark.parametrize("shape", [(9, 9), (3, 3, 3, 3)])
def test_81_joint_actions_have_room(shape):
    page = Page(drawing(np.arange(81).reshape(shape))[0])
    assert values(page.cards["reward"]) == list(range(81))


def test_what_has_no_room_is_refused_at_once():
    for make in (widgets.graph, drawing):
        with pytest.raises(TableError, match=r"shape \(2, 2, 2, 2, 2\) has no room here: give at most 4 agents"):
            make(np.zeros((2,) * 5))
        with pytest.raises(TableError, match=r"shape \(10, 10\)"):
            make(np.zeros((10, 10)))
        with pytest.raises(ValueError, match=r"edges holds \(0, 3\)"):
            make(games.HANDS, [(0, 3)])
    view = widgets.graph()
    with pytest.raises(ValueError, match="task is 'Three crates': choose one of Enough hands"):
        view.task = "Three crates"
    with pytest.raises(ValueError, match=r"edges holds \(0, 4\)"):
        view.edges = [(0, 4)]
    assert view.task == "Enough hands (0/4/4/5)" and view.edges == []
