"""Run sheets: what to show of a lecture in 50, 75 and 110 minutes, with its bets and the mistakes behind them.

The sentences stand in sheets.toml. Headings and bets come from the notebook, and what an exercise says from its check.
"""

import re
import tomllib
from html import escape
from pathlib import Path

import nbformat

from kit.pages import page
from marl_helpers import check
from marl_helpers.widgets.boxes import asked

ROOT = Path(__file__).resolve().parents[2]
SHEETS = tomllib.loads(Path(__file__).with_name("sheets.toml").read_text(encoding="utf-8"))
LENGTHS = (50, 75, 110)  # minutes
BET = re.compile(r"\*\*((?:Your bets?|A last bet|Bet \d)[^*]*)\*\*([^\n]*)")


def notebook(lecture: str) -> nbformat.NotebookNode:
    return nbformat.read(ROOT / "notebooks" / f"{SHEETS[lecture]['notebook']}.ipynb", as_version=4)


def bets(lecture: str) -> dict[str, list[str]]:
    """The heading of each part of the run sheet -> the bets from there to the next part's, as the lecture words them.

    Raises ValueError for a part whose heading is not in the notebook.
    """
    cells = [said_by(cell) for cell in notebook(lecture).cells]
    found: dict[str, list[str]] = {part["heading"]: [] for part in SHEETS[lecture]["part"]}
    reached = []
    for line in "\n".join(cells).splitlines():
        if line.startswith("##") and line.lstrip("# ") in found:
            reached.append(line.lstrip("# "))
        elif reached:
            found[reached[-1]] += [_plain(f"{start}{rest}") for start, rest in BET.findall(line)]
    if reached != [*found]:
        raise ValueError(f"lecture {lecture} has the headings {reached}, its run sheet {[*found]}: change sheets.toml")
    return found


def said_by(cell: nbformat.NotebookNode) -> str:
    """A cell's text; of one of code its bet's question, in the form of the bets that stand in a text, or nothing."""
    if cell.cell_type == "markdown":
        return cell.source
    bet = asked(cell.source)
    return f"**Your bet:** {bet[1]}" if bet else ""


def _plain(text: str) -> str:
    """Without the signs of Markdown and LaTeX."""
    return re.sub(r"\\text\{(\w+)\}|[*$\\]", r"\1", text).strip()


def said(named: str) -> str:
    """The message of a check's kind of mistake, named "check: kind"; what it fills in for each answer is left open."""
    exercise, kind = named.split(": ", 1)
    return re.sub(r"\{.*?\}", "…", check.EXERCISES[exercise].mistakes[kind])


def sheet(lecture: str) -> str:
    """A lecture's run sheet as a page."""
    asked, rows = bets(lecture), []
    for part in SHEETS[lecture]["part"]:
        minutes = "".join(f"<td class='minutes'>{one or 'skip'}</td>" for one in part["minutes"])
        lines = [f"<p>{escape(part['show'])}</p>"]
        lines += [f"<p><i>{escape(bet)}</i></p>" for bet in asked[part["heading"]]]
        if "wrong" in part:
            lines.append(f"<p><b>Usual wrong answer:</b> {escape(part['wrong'])}</p>")
            lines.append(f"<p><b>Behind it:</b> {escape(part['behind'])}</p>")
        lines += [f"<p><b>The exercises' check says:</b> {escape(said(one))}</p>" for one in part.get("kinds", ())]
        lines += [f"<p><b>Where a hall gets stuck:</b> {escape(part['stuck'])}</p>"] if "stuck" in part else []
        rows.append(f"<tr>{minutes}<td><b>{escape(part['heading'])}</b>{''.join(lines)}</td></tr>")
    head = "".join(f"<th scope='col' class='minutes'>{length}</th>" for length in LENGTHS)
    table = f"<table><tr>{head}<th scope='col'>part</th></tr>{''.join(rows)}</table>"
    body = f"<p>Minutes of each part, where there are {LENGTHS[0]}, {LENGTHS[1]} or {LENGTHS[2]} in all.</p>{table}"
    return page(f"Run sheet · {title(lecture)}", body)


def title(lecture: str) -> str:
    return notebook(lecture).cells[0].source.splitlines()[0].lstrip("# ")
