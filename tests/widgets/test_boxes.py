"""Bets' boxes without a browser: what is right, what is shown of the answer, what is refused, what is remembered."""

import json
import math
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from limits import HANG

from marl_helpers import check, games, widgets
from marl_helpers.basics.memory import FILE, recall_bets, remember_bet
from marl_helpers.widgets.boxes import NEW, asked, body
from marl_helpers.widgets.fields import is_right


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def bet(field, right, name="02-it"):
    with widgets.bet(name, "Which $x$?", field) as made:
        print("the answer's", "output")  # as it would be printed
        made.answer(right, "it is *that*", "Since $a < b$.")
    return made


def say(made, *said, at=1):
    made.set_state({"placed": {"at": at, "open": True, "said": list(said)}})
    return made.right


CHOICES = ["one", "two", "three"]


@given(st.integers(0, 2), st.sets(st.sampled_from(CHOICES), min_size=1))
def test_a_choice_is_right_where_it_counts(k, right):
    field = widgets.bet("02-it", "?", CHOICES).fields[""]
    assert is_right(field.right(right), CHOICES[k]) == (CHOICES[k] in right)


@given(st.sets(st.sampled_from(CHOICES)), st.lists(st.sampled_from(CHOICES)))
def test_of_several_all_must_be_ticked_and_no_other(right, said):
    field = widgets.several(CHOICES)
    assert is_right(field.right(right), field.said(said)) == (right == {*said})


@given(st.floats(-9, 9), st.floats(-9, 9), st.floats(-9, 9))
def test_a_number_is_right_between_the_ends(low, high, said):
    low, high = sorted([low, high])
    number = widgets.number()
    assert is_right(number.right((low, high)), said) == (low <= said <= high)
    assert is_right(number.right((math.nextafter(low, math.inf), math.inf)), said) == (said > low)
    assert is_right(number.right(low), low) and not is_right(number.right(low), low + 1e-6)


def test_a_computed_number_need_not_be_hit_to_the_last_digit():
    assert is_right(widgets.axis(2).right(0.1 + 0.2), 0.3)


@given(st.tuples(*[st.integers(0, 2)] * 2), st.lists(st.tuples(*[st.integers(0, 2)] * 2), min_size=1))
def test_a_cell_is_right_where_it_is_one_of_them(said, right):
    cell = widgets.cell(games.COORDINATION)
    assert is_right(cell.right(right), cell.said(said)) == (said in right)
    assert is_right(cell.right(right[0]), cell.said(said)) == (said == right[0])


def test_each_part_has_its_own_right_answer():
    made = bet({"Game 1": widgets.cell(games.ADDITIVE), "runs": widgets.number(low=0)}, {"Game 1": (2, 2), "runs": 6})
    assert made.right == []
    assert say(made, [2, 2], 5) == [True, False]


def test_the_box_has_the_body_without_its_answer_and_what_it_printed():
    made = bet(CHOICES, "two")
    assert made.html.startswith("<pre><code>print(&quot;the answer&#x27;s&quot;, &quot;output&quot;)  # as it would be")
    assert "made.answer" not in made.html and "<p>Since <span" in made.html
    assert made.html.count("answer's output".replace("'", "&#x27;")) == 1


def test_the_twin_is_closed_and_the_text_has_the_question_and_the_output():
    data, _ = bet(CHOICES, "two")._repr_mimebundle_()
    assert data["text/plain"] == "Bet: Which $x$?\nthe answer's output\nit is *that*"
    before, after = data["text/html"].split("<details>")
    assert "that" not in before and "output" not in before and "<em>that</em>" in after


def test_what_somebody_has_bet_changes_no_twin():
    before = bet(CHOICES, "two")
    twin = before._repr_mimebundle_()[0]["text/html"]
    say(before, "one")
    assert bet(CHOICES, "two")._repr_mimebundle_()[0]["text/html"] == twin


def test_an_error_in_the_body_is_the_cells_and_what_was_printed_shows(capsys):
    with pytest.raises(KeyError, match="gone"), widgets.bet("02-it", "?", CHOICES):  # noqa: PT012
        print("so far")
        raise KeyError("gone")
    assert capsys.readouterr().out == "so far\n"


def test_a_body_without_an_answer_is_named():
    with (
        pytest.raises(RuntimeError, match="bet 02-it has no answer: end its body with"),
        widgets.bet("02-it", "?", CHOICES),
    ):
        pass


@pytest.mark.parametrize(
    ("field", "right", "message"),
    [
        (CHOICES, "four", "right is 'four': choose one of one, two, three"),
        (widgets.several(CHOICES), ["four"], "a choice is 'four'"),
        (widgets.number(), "9", "right is '9': give a number, or the two ends of an interval"),
        (widgets.number(), (3, 2), r"right is \(3, 2\)"),
        (widgets.cell([[1, 2]]), (1, 0), r"right is \[1, 0\]: give each agent's action"),
        ({"a": CHOICES, "b": CHOICES}, {"a": "one"}, "give a dictionary with the entries a, b"),
    ],
)
def test_a_right_answer_that_nobody_could_say_is_refused(field, right, message):
    with pytest.raises(ValueError, match=message):
        bet(field, right)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: widgets.bet("peak", "?", CHOICES), "name is 'peak': give the lecture's number and a word"),
        (lambda: widgets.bet("02-it", 3, CHOICES), "question is 3: give a text"),
        (lambda: widgets.bet("02-it", "?", "one"), "fields is 'one': give a list of choices, or a field"),
        (lambda: widgets.bet("02-it", "?", ["one"]), r"fields is \['one'\]: give a list of choices"),
        (lambda: widgets.number(low=1, high=0), "high is 0: give at least low, which is 1"),
        (lambda: widgets.axis(0), "most is 0: give a number above 0"),
        (lambda: widgets.cell([1, 2]), r"the table has shape \(2,\), which is not a team"),
    ],
)
def test_bad_arguments_are_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    "placed",
    [
        {},
        {"at": 1, "open": 1, "said": None},
        {"at": 1, "open": True, "said": ["four"]},
        {"at": 1, "open": True, "said": []},
    ],
)
def test_what_no_page_of_ours_would_say_is_refused(placed):
    made = bet(CHOICES, "two")
    with pytest.raises(ValueError, match="is"):
        made.set_state({"placed": placed})
    assert made.placed == NEW


def test_what_was_placed_is_there_again_and_the_newer_wins(folder):
    made = bet(CHOICES, "two")
    say(made, "one", at=5)
    assert bet(CHOICES, "two").placed == {"at": 5, "open": True, "said": ["one"]}
    made.set_state({"placed": {"at": 7, "open": False, "said": None}})  # taken back
    assert bet(CHOICES, "two").placed["open"] is False
    remember_bet(folder, "02-it", {"at": 6, "open": True, "said": ["two"]})  # another notebook, late
    assert bet(CHOICES, "two").placed["at"] == 7
    assert (folder / FILE).read_text().count("\n") == 2
    assert bet(["new", "choices"], "new").placed["said"] is None


def test_damaged_lines_cost_no_bet(folder):
    remember_bet(folder, "02-it", {"at": 1, "open": True, "said": ["one"]})
    with (folder / FILE).open("a") as file:
        file.write('\n{"bet": []}\n{"bet": "02-it", "at": "later"}\n{"bet"\n[]')
    assert [*recall_bets(folder)] == ["02-it"]
    remember_bet(folder, "02-it", {"at": 9, "open": True, "said": ["nonsense"]})
    assert bet(CHOICES, "two").placed == NEW


PROGRESS = """from marl_helpers import check; check.progress()"""


def test_an_overview_has_a_line_for_each_lecture(folder, capsys):
    say(bet(CHOICES, "two", "02-0"), "two")
    capsys.readouterr()
    check.overview()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("lecture 01: 0 of ")
    assert lines[1] == "lecture 02: bets: 1 placed, 1 right; 0 of 2 exercises solved"


def test_progress_tells_of_bets_a_lecture_a_line(folder):
    for lecture, count in (("02", 3), ("03", 1)):
        source = "\n".join(f'with widgets.bet("{lecture}-{k}"' for k in range(count))
        cells = [{"cell_type": "code", "source": [line]} for line in source.splitlines()]
        (folder / f"{lecture}-a-lecture.ipynb").write_text(json.dumps({"cells": cells}))
    say(bet(CHOICES, "two", "02-0"), "two")
    say(bet(CHOICES, "two", "02-1"), "one")
    bet(CHOICES, "two", "02-2").set_state({"placed": {"at": 1, "open": True, "said": None}})
    done = subprocess.run([sys.executable, "-c", PROGRESS], capture_output=True, text=True, timeout=HANG, check=True)
    assert done.stdout.splitlines()[-2:] == [
        "lecture 02: bets: 2 of 3 placed, 1 right",
        "lecture 03: bets: 0 of 1 placed, 0 right",
    ]


SOURCE = """from marl_helpers import widgets

with widgets.bet(
    "02-it", "What  does\\n   it play?", [
    "a", "b"],
) as bet:
    # first
    with open("x") as file:
        pass

    bet.answer("a", "b", "c")
"""


def test_a_cells_bet_is_found_in_its_source():
    assert asked(SOURCE) == ("02-it", "What does it play?")
    assert asked("x = 1") is None and asked("'widgets.bet('") is None
    assert body(SOURCE, 3) == '# first\nwith open("x") as file:\n    pass'
    assert body("x = 1", 1) == ""
