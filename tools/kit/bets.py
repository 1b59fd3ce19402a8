"""The bets of a lecture, as its notebook keeps their widgets, with the usual wrong answers of bets.toml."""

import re
import tomllib
from dataclasses import dataclass
from math import ceil, log10
from pathlib import Path
from typing import Any

import nbformat

WRONG = tomllib.loads(Path(__file__).with_name("bets.toml").read_text(encoding="utf-8"))
VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"
SIGNS = {r"\cdot": "·", r"\alpha": "α", r"\lambda": "λ", r"\varepsilon": "ε"}


@dataclass(frozen=True)
class Bet:
    """A bet, its texts as HTML. fields and rights: what can be said and what is right, as marl_helpers.widgets.fields
    has them; answer: what the box says of it."""

    name: str
    question: str
    fields: list[dict[str, Any]]
    rights: list[dict[str, Any]]
    answer: str

    @property
    def hall(self) -> int:
        """Minutes of the shortest hall in which it is asked."""
        return WRONG[self.name]["hall"]

    @property
    def choices(self) -> str:
        """What can be said."""
        return "; ".join(_labelled(one, _choices(one)) for one in self.fields)

    @property
    def right(self) -> str:
        """What is right in each field."""
        return "; ".join(_labelled(one, _right(one, right)) for one, right in zip(self.fields, self.rights))

    def said(self, wrong: dict[str, Any], others: "dict[str, Bet]") -> list[tuple[int, Any]]:
        """The fields that a wrong answer fills, by number, with what it says there; `others` has every bet by name."""
        if "says_as" in wrong:
            ends = others[wrong["says_as"]].rights[0]
            return [(0, (ends["low"] + ends["high"]) / 2)]
        says = wrong["says"]
        if not isinstance(says, dict):
            return [(0, says)]
        places = {bare(one["label"]): k for k, one in enumerate(self.fields)}
        return [(places[label], value) for label, value in says.items()]

    def spoken(self, wrong: dict[str, Any], others: "dict[str, Bet]") -> str:
        """A wrong answer in words."""
        return "; ".join(
            _labelled(self.fields[k], _shown(self.fields[k], value)) for k, value in self.said(wrong, others)
        )


def of_notebook(notebook: nbformat.NotebookNode) -> list[list[Bet]]:
    """For each cell of a notebook with stored widgets its bets: none, one, or those of an axis."""
    models = notebook.metadata.widgets[STATE]["state"]
    outputs = [cell.get("outputs", ()) for cell in notebook.cells]
    return [[bet for output in each for bet in _of_output(output, models)] for each in outputs]


def _of_output(output: nbformat.NotebookNode, models: dict) -> list[Bet]:
    view = output.get("data", {}).get(VIEW)
    state = models[view["model_id"]]["state"] if view else {}
    if one := state.get("_bet"):
        texts = plain(one["question"]), plain(one["say"])
        return [Bet(one["name"], texts[0], one["fields"], one["rights"], texts[1])]
    if not (axis := state.get("_bets")):
        return []
    field = {"kind": "axis", "label": "", "unit": "", "low": 0, "high": axis["most"]}
    each = enumerate(zip(axis["questions"], axis["truths"], axis["rights"]), 1)
    asked = plain(axis["question"])
    return [
        Bet(f"{axis['name']}-{k}", f"{asked} {question}", [field], [right], f"it is {round(truth, 6):.3g}")
        for k, (question, truth, right) in each
    ]


def plain(html: str) -> str:
    """HTML with its formulas in letters, for a page without MathJax."""
    return re.sub(r'<span class="math">\\\((.*?)\\\)</span>', lambda found: _letters(found[1]), html)


def _letters(formula: str) -> str:
    for sign, letter in SIGNS.items():
        formula = formula.replace(sign, letter)
    formula = re.sub(r"\\text\{(.*?)\}", r"\1", formula)
    return re.sub(r"_(?:\{(\w+)\}|(\w))", lambda found: f"<sub>{found[1] or found[2]}</sub>", formula)


def bare(html: str) -> str:
    """The text of a label."""
    return re.sub("<.*?>", "", plain(html))


def _labelled(field: dict, text: str) -> str:
    return f"{plain(field['label'])}: {text}" if field["label"] else text


def _choices(field: dict) -> str:
    if "choices" in field:
        every = " · ".join(map(plain, field["labels"]))
        return f"any of {every}" if field["kind"] == "several" else every
    if field["kind"] == "cell":
        return "a cell, (row, column)"
    low, high = field["low"], field["high"]
    ends = "" if low is None else f" from {low:g}" + ("" if high is None else f" to {high:g}")
    return f"a number{ends} {field['unit']}".rstrip()


def _shown(field: dict, said: Any) -> str:
    if "choices" in field:
        every = [said] if field["kind"] == "choice" else said
        return " · ".join(plain(field["labels"][field["choices"].index(one)]) for one in every) or "none"
    if field["kind"] == "cell":
        return "({}, {})".format(*said)
    return f"{said:,.4f}".rstrip("0").rstrip(".") + f" {field['unit']}".rstrip()


def _right(field: dict, right: dict) -> str:
    if "any" in right:
        return " or ".join(_shown(field, one) for one in right["any"])
    low, high = right["low"], right["high"]
    if high is None:
        return f"above {_shown(field, low)}"
    half = (high - low) / 2
    if half < 1e-6 * max(1, abs(high)):  # the room that a computed number is given
        return _shown(field, (low + high) / 2)
    digits = max(0, 2 - ceil(log10(half)))
    low = low if field["low"] is None else max(low, field["low"])
    high = high if field["high"] is None else min(high, field["high"])
    return f"from {_shown(field | {'unit': ''}, round(low, digits))} to {_shown(field, round(high, digits))}"
