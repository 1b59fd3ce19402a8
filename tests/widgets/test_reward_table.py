"""RewardTable without a page: what it accepts, what it sends and tells, and its twins for readers without a kernel."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from inlined import inlined

from marl_helpers import exact, games
from marl_helpers.games import TableError
from marl_helpers.widgets import RewardTable
from marl_helpers.widgets.reward_table import table_html, table_text

rewards = st.floats(-games.LARGEST, games.LARGEST)
tables = hnp.arrays(np.float64, st.tuples(st.integers(2, 5), st.integers(2, 5)), elements=rewards)
GAME_2 = games.COORDINATION.tolist()


@given(tables)
def test_every_table_of_two_agents_comes_back_as_it_was(table):
    widget = RewardTable(table)
    assert widget.table == table.tolist() and np.array_equal(widget.array, table)
    assert widget.array.dtype == np.float64


BAD = [
    ([[[1, 2], [3, 4]], [[5, 6], [7, 8]]], r"3 agents .* shows two"),
    ([[1, 2]], r"shape \(1, 2\): .* 2 to 5 actions"),
    (np.zeros((2, 6)), r"shape \(2, 6\): .* 2 to 5 actions"),
    ([1, 2, 3], "two or more agents"),
    ([[1, 2], [3]], "ragged"),
    ([[1, "six"], [2, 3]], "plain numbers"),
    ([[1, None], [2, 3]], "plain numbers"),
    ([[1, float("nan")], [2, 3]], r"\(0, 1\) is nan"),
    ([[1, 2], [2e9, 3]], r"\(1, 0\) is 2e\+09"),
    ({"a": 1}, "plain numbers"),
]


@pytest.mark.parametrize(("bad", "message"), BAD)
def test_a_bad_table_is_refused_and_the_last_valid_one_stands(bad, message):
    with pytest.raises(TableError, match=message):
        RewardTable(bad)
    widget, seen = RewardTable([[1, 2], [3, 4]]), []
    widget.on_edit(seen.append)
    with pytest.raises(TableError, match=message):
        widget.table = bad
    assert widget.table == [[1, 2], [3, 4]] and seen == []


@pytest.mark.parametrize(("bad", "message"), BAD)
def test_a_bad_table_from_the_page_is_refused_told_and_put_right_there(bad, message, monkeypatch):
    widget, seen, told = RewardTable(), [], {}
    widget.on_edit(seen.append)
    monkeypatch.setattr(widget.comm, "send", lambda data, buffers: told.update(data["state"]))
    widget.set_state({"table": bad})
    assert widget.table == GAME_2 and seen == []
    assert told["table"] == GAME_2 and told["failed"] and re.search(message, told["message"])
    widget.set_state({"table": [[0, 1], [1, 1]]})
    assert widget.table == [[0, 1], [1, 1]] and len(seen) == 1


def test_an_edit_on_the_page_is_one_change_of_floats():
    widget, seen = RewardTable(), []
    widget.observe(lambda change: seen.append(change.new), names="table")
    widget.set_state({"table": [[6, 4, 2], [4, 3, 1], [2, 1, -0.0]]})
    assert seen == [[[6, 4, 2], [4, 3, 1], [2, 1, 0]]]
    assert all(type(value) is float for row in seen[0] for value in row)
    assert games.share(widget.table) == "game(3x3: 6 4 2, 4 3 1, 2 1 0)"  # no "-0", which the page cannot show
    widget.set_state({"table": [[6, 4, 2], [4, 3, 1], [2, 1, 0]]})
    assert len(seen) == 1  # the same table again is no change


def test_the_array_is_a_copy():
    widget = RewardTable()
    widget.array[0, 0] = 99
    assert widget.table == GAME_2 and games.COORDINATION[0, 0] == 6


def test_two_tables_are_independent():
    one, two = RewardTable(), RewardTable()
    one.table = [[0, 1], [1, 1]]
    assert two.table == GAME_2


def test_game_names_the_table_and_a_name_shows_its_table():
    widget = RewardTable()
    for name, game in games.NAMED.items():
        widget.game = name
        assert np.array_equal(widget.array, game) and widget.game == name
    widget.table = [[0, 1], [1, 2]]
    assert widget.game == ""
    with pytest.raises(TableError, match=r"no game is named 'Chess': choose one of .*'Climbing'"):
        widget.game = "Chess"
    assert widget.table == [[0, 1], [1, 2]]


def test_on_edit_calls_with_the_new_array_and_is_a_decorator():
    widget, seen = RewardTable(), []

    @widget.on_edit
    def remember(table):
        seen.append(table)

    widget.table = [[0, 1], [1, 1]]
    assert callable(remember) and len(seen) == 1
    assert isinstance(seen[0], np.ndarray) and seen[0].tolist() == [[0, 1], [1, 1]]


def test_an_error_in_a_callback_shows_is_raised_and_goes_with_the_next_edit():
    widget = RewardTable()

    @widget.on_edit
    def best(table):
        if table.max() > 9:
            raise ArithmeticError("too good to be true")
        widget.message = f"at best {table.max():g}"

    with pytest.raises(ArithmeticError):
        widget.table = [[0, 10], [1, 1]]
    assert widget.failed and widget.message == "ArithmeticError: too good to be true"
    with pytest.raises(ArithmeticError):  # as it comes from the page
        widget.set_state({"table": [[0, 11], [1, 1]]})
    assert widget.failed and widget.table == [[0, 11], [1, 1]]
    widget.table = [[0, 3], [1, 1]]
    assert not widget.failed and widget.message == "at best 3"


class Reader(HTMLParser):
    """What a reader of sanitised HTML gets: the words of each table cell and all attributes."""

    def __init__(self, text: str):
        super().__init__()
        self.cells, self.attributes, self.tags = {"td": [], "th": [], "caption": [], "code": []}, [], set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes += [name for name, _ in attributes]
        if tag in self.cells:
            self.cells[tag].append("")
        self.current = tag

    def handle_data(self, data):
        if self.current in self.cells and data.strip():
            self.cells[self.current][-1] += data


@given(tables)
def test_the_html_twin_holds_the_whole_table_in_plain_elements(table):
    reader = Reader(table_html(table))
    rows, columns = table.shape
    entries = reader.cells["td"][1:]  # the first is the empty corner
    assert [float(entry.lstrip("*")) for entry in entries] == table.ravel().tolist()
    best = table >= table.max() - exact.TOLERANCE * np.ptp(table)
    assert [entry.startswith("*") for entry in entries] == best.ravel().tolist()
    assert reader.cells["th"] == [f"agent 2 plays {j}" for j in range(columns)] + [
        f"agent 1 plays {i}" for i in range(rows)
    ]
    assert np.array_equal(games.parse(reader.cells["code"][0]), table)
    assert set(reader.attributes) == {"scope"}
    assert reader.tags == {"table", "caption", "thead", "tbody", "tr", "td", "th", "p", "code"}


@given(tables)
def test_the_text_twin_is_aligned_and_ends_with_the_share_line(table):
    _, head, *rows, line = table_text(table).split("\n")
    assert len({len(row) for row in (head, *rows)}) == 1
    assert [float(word.lstrip("*")) for row in rows for word in row.split()[4:]] == table.ravel().tolist()
    assert np.array_equal(games.parse(line), table)


def test_the_twins_of_game_2_read_well():
    assert table_text(games.COORDINATION) == (
        "Team reward (* optimum)\n"
        "agent 2 plays     0   1   2\n"
        "agent 1 plays 0   6   4   2\n"
        "agent 1 plays 1   4   3   1\n"
        "agent 1 plays 2   2   1  *8\n"
        "game(3x3: 6 4 2, 4 3 1, 2 1 8)"
    )
    assert '<tr><th scope="row">agent 1 plays 2</th><td>2</td><td>1</td><td>*8</td></tr>' in table_html(GAME_2)


def test_the_bundle_is_the_live_view_with_twins_that_name_no_address():
    widget = RewardTable([[0, 1], [1, 3]])
    data, _ = widget._repr_mimebundle_()
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == widget.model_id
    assert inlined(table_html(widget.table)) in data["text/html"] and "Run this cell" in data["text/html"]
    assert data["text/plain"] == table_text(widget.table)
    widget.table = [[9, 1], [1, 3]]
    assert "*9" in widget._repr_mimebundle_()[0]["text/plain"]  # the table of the moment, not the first one


def test_an_interrupt_shows_under_the_table_and_is_raised():
    table = RewardTable([[0, 1], [1, 2]])
    with pytest.raises(KeyboardInterrupt), table.reporting():
        raise KeyboardInterrupt
    assert table.failed and table.message.startswith("KeyboardInterrupt")
