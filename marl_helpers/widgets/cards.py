"""Verdicts as HTML, one card a method: plain functions of a diagnosis, so that a page without a kernel shows them."""

from html import escape

import numpy as np

from marl_helpers.exact.methods import find
from marl_helpers.fitting.diagnosis import Diagnosis, Verdict, headline
from marl_helpers.fitting.reasons import error_text, runs_right
from marl_helpers.fitting.runs import Recipe
from marl_helpers.plots.base import label, places


def cards(diagnosis: Diagnosis, pending: dict[str, float | None] | None = None) -> str:
    """A card for each verdict.

    pending: every method in its order -> share of the learner's steps done, or None where learning is over. One that
    has no verdict yet gets a card that waits for it.
    """
    inner = []
    for name, done in (pending or dict.fromkeys(diagnosis.verdicts)).items():
        if verdict := diagnosis.verdicts.get(name):
            inner.append(_card(diagnosis, verdict, done))
        elif done is not None:
            inner.append(_waiting(find(name).label, done))
    return "\n".join(['<div class="marl-cards">', *inner, "</div>"])


def recipe_line(recipe: Recipe) -> str:
    """The recipe that every share of runs rests on, as one sentence."""
    return (
        f"Learned with Adam ({recipe.steps} steps of {recipe.rate:g}) on standardised rewards; utilities start at "
        f"standard deviation {recipe.scale:g}; a mixing network has {recipe.width} units and positivity "
        f"{recipe.positivity}. Errors are mean squared errors. The page and Python start their runs from different "
        "random numbers, so that their shares differ a little."
    )


def _card(diagnosis: Diagnosis, verdict: Verdict, done: float | None) -> str:
    state = "wait" if done is not None else "good" if verdict.outcome == "right" else "bad"
    details = "".join(f"<li>{escape(line)}</li>" for line in verdict.details)
    label = escape(verdict.label)
    return (
        f'<section class="marl-card marl-{state}" aria-label="{label}" data-outcome="{verdict.outcome}">'
        f"<h4>{label}</h4>"
        f"<p><strong>{headline(verdict, diagnosis.table.max())}</strong></p>"
        f"{_table(diagnosis, verdict)}"
        f"<p>{_runs(verdict, done)}</p>"
        f"<details open><summary>{escape(verdict.reason)}</summary><ul>{details}</ul></details></section>"
    )


def _waiting(label: str, done: float) -> str:
    """The card of a method whose exact best fit is not known, until it has learned."""
    return (
        f'<section class="marl-card marl-wait" aria-label="{escape(label)}"><h4>{escape(label)}</h4>'
        f"<p>{_progress(done)}</p></section>"
    )


def _table(diagnosis: Diagnosis, verdict: Verdict) -> str:
    """The fitted table, [ ] around what the team plays and * at the optima; --heat is 0 to 1 over table and fit."""
    values = verdict.fitted
    low, high = (pick([pick(diagnosis.table), pick(values)]) for pick in (np.min, np.max))
    digits = places(diagnosis.table, values)
    rows = []
    for a, row in enumerate(values):
        cells = ""
        for b, value in enumerate(row):
            text = label(value, digits, (a, b) in diagnosis.optima, (a, b) == verdict.plays)
            played = ' class="marl-played"' if (a, b) == verdict.plays else ""
            cells += f'<td{played} style="--heat: {round((value - low) / ((high - low) or 1), 6):.2f}">{text}</td>'
        rows.append(f"<tr>{cells}</tr>")
    error = error_text(verdict.mse, diagnosis.table)
    what = "best fit" if verdict.learned is None else "learned fit"
    return f"<table><caption>{what}, error {error}</caption><tbody>{''.join(rows)}</tbody></table>"


def _runs(verdict: Verdict, done: float | None) -> str:
    if verdict.learned is None:
        return "" if done is None else _progress(done)
    right = verdict.learned.optimal
    strip = "".join("●" if one else "○" for one in sorted(right, reverse=True))
    return f'<span class="marl-strip" aria-hidden="true">{strip}</span> {runs_right(verdict.learned)}'


def _progress(done: float) -> str:
    return f'learning <progress aria-label="learning" value="{done:.2f}">{done:.0%}</progress>'
