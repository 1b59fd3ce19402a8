"""Bets on an axis without a browser: what is compared, the closed twin, what is remembered, and what is refused."""

import json

import pytest

from marl_helpers import check, widgets
from marl_helpers.basics.memory import FILE, recall_bets
from marl_helpers.widgets.boxes import NEW
from marl_helpers.widgets.saving import STATE

TRUTHS = {"where does it end?": 1 / 3, "and the other?": 1.5}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def bets(truths=TRUTHS):
    return widgets.bets("04-it", "Up to which $x$?", truths, most=2)


def one(said=None, opened=False, at=1):
    return {"at": at, "open": opened, "said": None if said is None else [said]}


def test_a_bet_counts_once_it_is_compared():
    made = bets()
    assert made.distances == {} and made.text.endswith("0 of 2 bets compared.")
    made.placed = [one(1), one(1.25)]
    assert made.distances == {}
    made.placed = [one(1), one(1.25, True)]
    assert made.distances == {"and the other?": 0.25}
    assert made.text.endswith("1 of 2 bets compared: 0.25 from the truth on average.")
    made.placed = [one(opened=True), one(1.25, True)]  # the first was only looked at
    assert made.distances == {"and the other?": 0.25}


def test_the_twin_is_closed_and_the_text_has_the_truths():
    data, _ = bets()._repr_mimebundle_()
    lines = ["where does it end?: 0.333", "and the other?: 1.5", "0 of 2 bets compared."]
    assert data["text/plain"].splitlines() == lines
    before, after = data["text/html"].split("<details>")
    assert "where does it end?" in before and "0.333" not in before and "0.333" in after and "<svg" not in before


def test_what_was_opened_is_remembered_and_a_pin_that_moves_is_not(folder):
    made = bets()
    made.set_state({"placed": [one(0.3), one(1)]})
    assert not (folder / FILE).exists() and bets().placed == [NEW, NEW]
    made.set_state({"placed": [one(0.3, True, at=2), one(1)]})
    assert recall_bets(folder) == {"04-it-1": {**one(0.3, True, at=2), "right": [True]}}
    assert bets().placed == [one(0.3, True, at=2), NEW]
    made.set_state({"placed": [one(at=3), one(1, True, at=3)]})  # taken back; and another
    assert bets().placed == [one(at=3), one(1, True, at=3)]
    assert recall_bets(folder)["04-it-2"]["right"] == [False]
    assert bets({"it": 1, "another": 1, "a third": 1}).placed[2] == NEW
    assert widgets.bets("04-it", "?", {"a": 0.1, "b": 0.2}, most=0.5).placed == [NEW, NEW]  # of another axis


def test_progress_counts_each(folder, capsys):
    models = {"an axis": {"state": bets().get_state()}, "else": {"state": {}}}
    cells = [{"cell_type": "code", "source": ['with widgets.bet("04-x"']}]
    notebook = {"cells": cells, "metadata": {"widgets": {STATE: {"state": models}}}}
    (folder / "04-a-lecture.ipynb").write_text(json.dumps(notebook, default=str))
    bets().set_state({"placed": [one(0.32, True), one(1, True)]})
    check.progress()
    assert capsys.readouterr().out.splitlines()[-1] == "lecture 04: bets: 2 of 3 placed, 1 right"


@pytest.mark.parametrize(
    ("placed", "message"),
    [
        ([one(3), NEW], "a bet is 3: give a number from 0 to 2, where the axis ends"),
        ([NEW], "placed is .*: give a list with an entry for each of the 2 questions"),
        ([one(1, 1), NEW], "open is 1: give True or False"),
        ([{**NEW, "said": [1, 2]}, NEW], r"said is \[1, 2\]: give a list of one number, or None"),
    ],
)
def test_what_no_page_of_ours_would_say_is_refused(placed, message):
    made = bets()
    with pytest.raises(ValueError, match=message):
        made.set_state({"placed": placed})
    assert made.placed == [NEW, NEW]


def test_what_makes_no_bets_is_refused():
    with pytest.raises(ValueError, match=r"truths\['it'\] is 3: give a number from 0 to 2, where the axis ends"):
        bets({"it": 3})
    with pytest.raises(ValueError, match="name is 'line': give the lecture's number and a word, such as '04-line'"):
        widgets.bets("line", "?", TRUTHS)
