"""Run sheets: what to show of a lecture in 50, 75 and 110 minutes, with its bets and the mistakes behind them.

The sentences stand in sheets.toml and bets.toml. Headings and bets, with what is right, come from the notebook, and
what an exercise says from its check.
"""

import re
import tomllib
from html import escape
from itertools import accumulate
from pathlib import Path

import nbformat

from kit.bets import WRONG, Bet, of_notebook
from kit.pages import page
from marl_helpers import check

ROOT = Path(__file__).resolve().parents[2]
SHEETS = tomllib.loads(Path(__file__).with_name("sheets.toml").read_text(encoding="utf-8"))
LENGTHS = (50, 75, 110)  # minutes


def notebook(lecture: str) -> nbformat.NotebookNode:
    return nbformat.read(ROOT / "notebooks" / f"{SHEETS[lecture]['notebook']}.ipynb", as_version=4)


def bets(lecture: str) -> dict[str, list[Bet]]:
    """The heading of each part of the run sheet -> the bets from there to the next part's.

    Raises ValueError for a part whose heading is not in the notebook.
    """
    found: dict[str, list[Bet]] = {part["heading"]: [] for part in SHEETS[lecture]["part"]}
    reached, lesson = [], notebook(lecture)
    for cell, asked in zip(lesson.cells, of_notebook(lesson)):
        lines = cell.source.splitlines() if cell.cell_type == "markdown" else ()
        reached += [line.lstrip("# ") for line in lines if line.startswith("##") and line.lstrip("# ") in found]
        if reached:
            found[reached[-1]] += asked
    if reached != [*found]:
        raise ValueError(f"lecture {lecture} has the headings {reached}, its run sheet {[*found]}: change sheets.toml")
    return found


def said(named: str) -> str:
    """The message of a check's kind of mistake, named "check: kind"; what it fills in for each answer is left open."""
    exercise, kind = named.split(": ", 1)
    return re.sub(r"\{.*?\}", "…", check.EXERCISES[exercise].mistakes[kind])


def sheet(lecture: str) -> str:
    """A lecture's run sheet as a page: the clock, then what to show in each part."""
    found, parts = bets(lecture), SHEETS[lecture]["part"]
    every = {bet.name: bet for asked in found.values() for bet in asked}
    start = (
        f"<p>The notebook is <code>notebooks/{SHEETS[lecture]['notebook']}.ipynb</code>: open it with "
        f"<code>make lab</code>, or as slides with <code>make slides LECTURE={lecture}</code>. The day before, "
        f"<code>make rehearse LECTURE={lecture}</code> runs it on the machine of the hall. A bet is asked in every "
        "hall, unless it names a length.</p>"
    )
    shown = "".join(_part(part, found[part["heading"]], every) for part in parts)
    return page(f"Run sheet · {title(lecture)}", start + clock(parts) + shown)


def clock(parts: list[dict]) -> str:
    """A table of the parts' minutes in each length, and in brackets the minute at which a part ends."""
    head = "".join(f"<th scope='col'>{length} min</th>" for length in LENGTHS)
    columns = []
    for k in range(len(LENGTHS)):
        minutes = [part["minutes"][k] for part in parts]
        columns.append([f"{one} (to {end})" if one else "skip" for one, end in zip(minutes, accumulate(minutes))])
    rows = zip((escape(part["heading"]) for part in parts), *columns)
    lines = ["<tr>" + "".join(f"<td>{one}</td>" for one in row) + "</tr>" for row in rows]
    return f"<table class='clock'><tr><th scope='col'>part</th>{head}</tr>{''.join(lines)}</table>"


def _part(part: dict, asked: list[Bet], every: dict[str, Bet]) -> str:
    minutes = " · ".join(f"{length}: {one or 'skip'}" for length, one in zip(LENGTHS, part["minutes"]))
    lines = [f"<h2>{escape(part['heading'])} <small>{minutes}</small></h2><p>{escape(part['show'])}</p>"]
    lines += [f"<p><b>Where a hall gets stuck:</b> {escape(part['stuck'])}</p>"] if "stuck" in part else []
    lines += [_checked(part)] if "kinds" in part else []
    return "".join([*lines, *(_bet(bet, every) for bet in asked)])


def _bet(bet: Bet, every: dict[str, Bet]) -> str:
    late = f" <small>(from {bet.hall} minutes on)</small>" if bet.hall > LENGTHS[0] else ""
    lines = [f"<p><b>Bet{late}:</b> <i>{bet.question}</i> <small>[{bet.choices}]</small></p>"]
    lines.append(f"<p><b>Right:</b> {bet.right} <small>(the box says: {bet.answer})</small></p>")
    for wrong in WRONG[bet.name]["wrong"]:
        lines.append(f"<p><b>Usual wrong answer:</b> {bet.spoken(wrong, every)}. ")
        lines.append(f"<b>Behind it:</b> {escape(wrong['behind'])}</p>{_checked(wrong) if 'kinds' in wrong else ''}")
    return f"<div class='whole bet'>{''.join(lines)}</div>"


def _checked(wrong: dict) -> str:
    return "".join(f"<p><b>The exercises' check says:</b> {escape(said(one))}</p>" for one in wrong["kinds"])


def title(lecture: str) -> str:
    return notebook(lecture).cells[0].source.splitlines()[0].lstrip("# ")
