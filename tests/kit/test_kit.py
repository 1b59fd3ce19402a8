"""The kit as a whole: run sheets that add up, pages whose answers are computed, and nothing outside of its folder."""

import re
import subprocess
import sys
from html import escape, unescape
from itertools import permutations
from pathlib import Path

import make_kit
import numpy as np
import pytest
from kit import bets, pages, printables, sheets
from limits import HANG
from scipy.optimize import minimize

from marl_helpers.widgets.fields import is_right

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("lecture", sheets.SHEETS)
@pytest.mark.parametrize("k", range(3))
def test_the_minutes_of_a_run_sheet_add_up(lecture, k):
    assert sum(part["minutes"][k] for part in sheets.SHEETS[lecture]["part"]) == sheets.LENGTHS[k]


@pytest.mark.parametrize("lecture", sheets.SHEETS)
def test_a_run_sheet_has_every_bet_of_its_lecture_with_its_answer(lecture):
    names = [name for cell in sheets.notebook(lecture).cells for name in asked(cell.source)]
    found = [bet for part in sheets.bets(lecture).values() for bet in part]
    assert [bet.name for bet in found] == names
    shown = sheets.sheet(lecture)
    for bet in found:
        assert bet.question in shown and bet.answer in shown and bet.choices in shown and bet.right in shown
    for part in sheets.SHEETS[lecture]["part"]:
        assert escape(part["heading"]) in shown and part["minutes"][2] >= part["minutes"][1]
        assert "kinds" not in part or "stuck" in part
        assert all(escape(sheets.said(named)) in shown for named in part.get("kinds", ()))
    assert not re.search(r"[\\$]|undefined|None", re.sub("<style>.*?</style>", "", shown, flags=re.DOTALL))


def asked(source):
    """The names of the bets in a cell's source, as its text has them."""
    one = re.findall(r"widgets\.bet\(\s*\"(.*?)\"", source)
    axis = re.findall(r"widgets\.bets\(\"(.*?)\"", source)
    return one + [f"{name}-{k}" for name in axis for k in range(1, source.count('\n    "') + 1)]


def test_every_bet_has_a_usual_wrong_answer_that_could_be_given_and_is_wrong():
    every = {bet.name: bet for lecture in sheets.SHEETS for part in sheets.bets(lecture).values() for bet in part}
    assert every.keys() == bets.WRONG.keys()
    for name, bet in every.items():
        shown = unescape(sheets.sheet(name[:2]))
        for wrong in bets.WRONG[name]["wrong"]:
            assert {*wrong} <= {"says", "says_as", "behind", "kinds"} and wrong["behind"] in shown
            assert all(sheets.said(named) in shown for named in wrong.get("kinds", ()))
            assert bet.said(wrong, every)
            for k, value in bet.said(wrong, every):
                assert could_be_said(bet.fields[k], value), (name, value)
                assert not is_right(bet.rights[k], value), (name, value)


def could_be_said(field, value):
    if field["kind"] == "choice":
        return value in field["choices"]
    if field["kind"] == "several":
        return value == [one for one in field["choices"] if one in value]
    if field["kind"] == "cell":
        return 0 <= value[0] < len(field["rows"]) and 0 <= value[1] < len(field["rows"][0])
    return (field["low"] is None or field["low"] <= value) and (field["high"] is None or value <= field["high"])


@pytest.mark.parametrize("k", range(3))
@pytest.mark.parametrize("lecture", sheets.SHEETS)
def test_there_are_two_minutes_for_every_bet_that_is_asked(lecture, k):
    for part in sheets.SHEETS[lecture]["part"]:
        now = [bet for bet in sheets.bets(lecture)[part["heading"]] if bet.hall <= sheets.LENGTHS[k]]
        assert part["minutes"][k] >= sum(1 if "-line-" in bet.name else 2 for bet in now), part["heading"]


@pytest.mark.parametrize("lecture", sheets.SHEETS)
def test_some_misconceptions_of_a_lecture_are_caught_by_its_checks(lecture):
    wrong = [one for name, bet in bets.WRONG.items() if name.startswith(lecture) for one in bet["wrong"]]
    kinds = [kind for one in [*sheets.SHEETS[lecture]["part"], *wrong] for kind in one.get("kinds", ())]
    assert len({*kinds}) >= 2


def test_a_heading_that_a_lecture_has_lost_is_named(monkeypatch):
    changed = {"notebook": sheets.SHEETS["02"]["notebook"], "part": [{"heading": "Gone"}]}
    monkeypatch.setitem(sheets.SHEETS, "02", changed)
    with pytest.raises(ValueError, match="Gone"):
        sheets.bets("02")


def rising(target):
    """The closest table that never falls along rows or columns, by a general solver."""
    rows, columns = target.shape
    steps = [((a, b), (a + 1, b)) for a in range(rows - 1) for b in range(columns)]
    steps += [((a, b), (a, b + 1)) for a in range(rows) for b in range(columns - 1)]
    rules = [
        {"type": "ineq", "fun": lambda x, s=s, e=e: x.reshape(rows, columns)[e] - x.reshape(rows, columns)[s]}
        for s, e in steps
    ]
    start = np.sort(np.sort(target, axis=0), axis=1).ravel()
    return minimize(lambda x: ((x - target.ravel()) ** 2).mean(), start, constraints=rules, tol=1e-12).fun


def test_the_fit_by_hand_has_the_answers_of_a_general_solver():
    solved = printables.monotone_fit(True)
    given, best = (float(one) for one in re.findall(r"<b>(\d+\.\d+)</b>", solved))
    one = printables.BY_HAND
    assert given == pytest.approx(rising(one), abs=1e-3)
    orders = [one[list(r)][:, list(c)] for r in permutations(range(2)) for c in permutations(range(3))]
    assert best == pytest.approx(min(rising(order) for order in orders), abs=1e-3)
    assert best < given  # so that the second question has a point


def test_pages_to_hand_out_hold_no_answers():
    found = printables.pages()
    assert {
        "blank-tables.html",
        "monotone-fit.html",
        "monotone-fit-answers.html",
        "proof.html",
        "proof-answers.html",
    } == {*found}
    gaps = re.findall(r"\[(.*?)\]", printables.PROOF)
    assert found["proof.html"].count('class="blank"') == len(gaps) > 8
    assert (
        "<b>" not in found["proof.html"] + found["monotone-fit.html"] and "maximiser</b>" in found["proof-answers.html"]
    )


def test_the_kit_is_whole_and_offline_and_nothing_else_is_written(tmp_path):
    before = {path: path.stat().st_mtime_ns for path in (ROOT / "exercises").iterdir()}
    make_kit.write(tmp_path / "kit", 1)
    names = {str(path.relative_to(tmp_path / "kit")) for path in (tmp_path / "kit").rglob("*") if path.is_file()}
    assert len(names) == 1 + len(printables.pages()) + 4 * len(sheets.SHEETS)
    for path in (tmp_path / "kit").rglob("*.html"):
        assert not re.search(r"(?:src|href)=|@import|url\(", path.read_text(encoding="utf-8")), path
    assert before == {path: path.stat().st_mtime_ns for path in (ROOT / "exercises").iterdir()}


def test_a_seed_that_is_none_is_refused():
    command = [sys.executable, ROOT / "tools" / "make_kit.py", "--seed", "-1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=HANG)
    assert done.returncode == 2 and "seed is -1: give a whole number" in done.stderr


def test_a_table_shows_numbers_and_leaves_room():
    assert "<td>2.333</td>" in pages.table("x", [[7 / 3]]) and "<td></td>" in pages.table("x", [[""]])
