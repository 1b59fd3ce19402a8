"""Bets on an axis: a figure of several, each closed until it is compared with the truth or waived, as a bet's box is.

    widgets.bets("04-line", "Up to which $x$?", {"A sum": last(exact.is_additive), ...}, most=2)

Pins may all be placed long before the first is compared. The truths are computed by the cell, whose source stays in
view: no number of theirs stands in it.
"""

from collections.abc import Mapping
from contextlib import suppress
from html import escape
from typing import Any

import anywidget
import traitlets

from marl_helpers.basics import arguments, memory
from marl_helpers.basics.rounding import steady
from marl_helpers.widgets import markdown
from marl_helpers.widgets.alive import Alive, Drawing, checks, module, styles
from marl_helpers.widgets.boxes import NAME, NEW
from marl_helpers.widgets.fields import is_right
from marl_helpers.widgets.twins import inline

WITHIN = 1 / 40  # of the axis: a bet so near is right


class Bets(Alive):
    """Questions whose answers are numbers from 0 to `most`, each with a pin on an axis and a button to compare.

    truths: question -> the number that is right, which the page shows of no question before it is compared. `placed`
    has for each what a box keeps: `at`, when, in milliseconds since 1970; `open`, whether it was compared; `said`, a
    list of the one number, or None. What is open is remembered beside the notebook, as the bets "name-1", "name-2"...
    Raises ValueError for a name that is none, for no question, and for a truth that is not on the axis.
    """

    _esm = module("table", "numbers", "controls", "moving", "entry", "kept", "bets")
    _css = styles("controls", "maps", "box")

    placed = traitlets.List().tag(sync=True)
    _bets = traitlets.Dict().tag(sync=True)  # name, question, questions, truths, most, and which numbers are right

    def __init__(self, name: str, question: str, truths: Mapping[str, float], most: float = 1.0):
        if not isinstance(name, str) or not NAME.fullmatch(name):
            arguments.refuse("name", name, "the lecture's number and a word, such as '04-line'")
        question = markdown.inline(arguments.instance(str, "a text", question=question))
        self._most = most = arguments.finite("a number above 0", arguments.ABOVE_0, most=most)
        truths = arguments.entries(lambda **one: _on_the_axis(most, **one), truths=truths)
        near = most * WITHIN
        rights = [{"low": truth - near, "high": truth + near} for truth in truths.values()]
        shown = {"name": name, "question": question, "questions": list(map(str, truths)), "most": most, "near": near}
        shown |= {"truths": list(truths.values()), "rights": rights}
        super().__init__(placed=[NEW] * len(truths), _bets=shown)
        known = memory.recall_bets(memory.here())
        with suppress(ValueError):  # it may have been kept of another axis
            self.placed = [known.get(one, NEW) for one in self.names]
        self.observe(self._remember, "placed")

    @property
    def names(self) -> list[str]:
        """What each bet is remembered as."""
        return [f"{self._bets['name']}-{k}" for k, _ in enumerate(self._bets["questions"], 1)]

    @checks("placed")
    def _are_placed(self, placed: list) -> list[dict[str, Any]]:
        if len(placed) != (count := len(self._bets["questions"])):
            arguments.refuse("placed", placed, f"a list with an entry for each of the {count} questions")
        return [self._is_placed(one) for one in placed]

    def _is_placed(self, placed: dict) -> dict[str, Any]:
        at = arguments.finite("milliseconds since 1970", 0, at=placed.get("at"))
        said = placed.get("said")
        if said is not None:
            if not isinstance(said, list) or len(said) != 1:
                arguments.refuse("said", said, "a list of one number, or None")
            said = [_on_the_axis(self._most, **{"a bet": said[0]})]
        return {"at": at, "open": arguments.truth(open=placed.get("open")), "said": said}

    @property
    def distances(self) -> dict[str, float]:
        """Question -> how far the bet was from the truth, for those that are compared."""
        each = zip(self._bets["questions"], self._bets["truths"], self.placed)
        return {name: abs(one["said"][0] - truth) for name, truth, one in each if one["open"] and one["said"]}

    def _remember(self, change) -> None:
        """Keep what was opened or closed: a pin that only moves is kept by the page."""
        each = zip(self.names, self._bets["rights"], change.old, change.new)
        for name, right, old, new in each:
            if old != new and (old["open"] or new["open"]):
                rights = [is_right(right, one) for one in new["said"] or []] if new["open"] else []
                self.error = memory.remember_bet(memory.here(), name, {**new, "right": rights}) or self.error

    def settings(self) -> list[tuple[str, str]]:
        """The questions, and what was bet."""
        return [(name, _words(one["said"])) for name, one in zip(self._bets["questions"], self.placed)]

    def drawing(self) -> Drawing:
        """The truths, and the score so far."""
        each = zip(self._bets["questions"], self._bets["truths"])
        truths = [(name, f"{round(truth, 6):.3g}") for name, truth in each]
        rows = "".join(f'<tr><th scope="row">{escape(n)}</th><td>{value}</td></tr>' for n, value in truths)
        said = score(list(self.distances.values()), len(self.placed))
        text = "\n".join([*(f"{name}: {value}" for name, value in truths), said])
        return f"<table><tbody>{rows}</tbody></table>", text

    def _repr_mimebundle_(self, **kwargs) -> tuple[dict, dict]:
        data, metadata = anywidget.AnyWidget._repr_mimebundle_(self, **kwargs)
        html, text = self.drawing()
        asked = "".join(f"<li>{escape(name)}</li>" for name in self._bets["questions"])
        closed = f"<details><summary>The answers, once you have yours</summary>{html}</details>"
        twin = inline(f"<p><b>Bets.</b> {self._bets['question']}</p><ol>{asked}</ol>{closed}")
        return {**data, "text/plain": text, "text/html": twin}, metadata


def score(distances: list[float], count: int) -> str:
    """How far the compared bets were from the truth, in a sentence."""
    if not distances:
        return f"0 of {count} bets compared."
    mean = steady(sum(distances) / len(distances))
    return f"{len(distances)} of {count} bets compared: {mean:.2f} from the truth on average."


def _words(said: list[float] | None) -> str:
    return "no bet yet" if said is None else f"{said[0]:g}"


def _on_the_axis(most: float, **value: float) -> float:
    return arguments.finite(f"a number from 0 to {most:g}, where the axis ends", 0, most, **value)
