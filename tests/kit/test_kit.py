"""The kit as a whole: run sheets that add up, pages whose answers are computed, and nothing outside of its folder."""

import re
import subprocess
import sys
from html import unescape
from itertools import permutations
from pathlib import Path

import make_kit
import numpy as np
import pytest
from kit import pages, printables, sheets
from limits import HANG
from scipy.optimize import minimize

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("lecture", sheets.SHEETS)
@pytest.mark.parametrize("k", range(3))
def test_the_minutes_of_a_run_sheet_add_up(lecture, k):
    assert sum(part["minutes"][k] for part in sheets.SHEETS[lecture]["part"]) == sheets.LENGTHS[k]


@pytest.mark.parametrize("lecture", sheets.SHEETS)
def test_a_run_sheet_has_every_bet_of_its_lecture_and_a_misconception_from_the_checks(lecture):
    text = "\n".join(sheets.said_by(cell) for cell in sheets.notebook(lecture).cells)
    text = text[text.index(sheets.SHEETS[lecture]["part"][0]["heading"]) :]
    asked = sheets.bets(lecture)
    assert sum(map(len, asked.values())) == len(sheets.BET.findall(text)) > 0
    shown = unescape(sheets.sheet(lecture))
    for part in sheets.SHEETS[lecture]["part"]:
        assert part["heading"] in shown and part["minutes"][2] >= part["minutes"][1] > 0
        assert ("wrong" in part) == ("behind" in part) and ("wrong" in part or "kinds" not in part), part["heading"]
        assert all(sheets.said(named) in shown for named in part.get("kinds", ()))
    assert sum("behind" in part for part in sheets.SHEETS[lecture]["part"]) >= 3
    assert sum("kinds" in part for part in sheets.SHEETS[lecture]["part"]) >= 2


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
