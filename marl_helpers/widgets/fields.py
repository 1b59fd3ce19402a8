"""The fields of a bet: what can be said in each, and which of it is right.

What is said is a text, a list of texts, a number or a cell. What is right is kept in one of two forms, which the page
reads as well (static/fields.js): {"any": [...]}, what counts, or {"low": ..., "high": ...}, an interval with both its
ends, where None is no end.
"""

import math
from collections.abc import Collection, Sequence
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from marl_helpers import games
from marl_helpers.basics import arguments
from marl_helpers.widgets import markdown

NEAR = 1e-9  # of a number that is right: it may have been computed
A_TABLE = "a table of two agents, such as games.COORDINATION"


class Field:
    """A place to say one thing; `look` is what the page needs to show it."""

    look: dict[str, Any]

    def said(self, value: Any) -> Any:
        """What the page may have said, as it is; raises ValueError for what it cannot have."""
        raise NotImplementedError(f"{type(self).__name__} takes no answer")

    def right(self, value: Any) -> dict[str, Any]:
        """What is right, in one of the two forms; raises ValueError for what nobody could say here."""
        raise NotImplementedError(f"{type(self).__name__} has no right answer")


def is_right(right: dict[str, Any], said: Any) -> bool:
    """Whether what was said is what is right."""
    if "any" in right:
        return said in right["any"]
    low, high = right["low"], right["high"]
    return (low is None or low <= said) and (high is None or said <= high)


class Choice(Field):
    """One of some texts, in Markdown. Right is a text, or a collection of those that count."""

    def __init__(self, choices: Sequence[str]):
        self.choices = list(arguments.names(choices=choices))
        self.look = {"kind": "choice", "choices": self.choices, "labels": [*map(markdown.inline, self.choices)]}

    def said(self, value: Any) -> str:
        return arguments.one_of(self.choices, **{"what was said": value})

    def right(self, value: str | Collection[str]) -> dict[str, Any]:
        every = [value] if isinstance(value, str) else arguments.several("a choice, or several", right=value)
        return {"any": [arguments.one_of(self.choices, right=one) for one in every]}


class Several(Choice):
    """As many of some texts as there are right ones: right is the collection of all that must be ticked."""

    def __init__(self, choices: Sequence[str]):
        super().__init__(choices)
        self.look["kind"] = "several"

    def said(self, value: Any) -> list[str]:
        return self._ordered(arguments.several("a list of choices", 0, **{"what was said": value}))

    def right(self, value: Collection[str]) -> dict[str, Any]:
        return {"any": [self._ordered(arguments.several("a collection of choices", 0, right=value))]}

    def _ordered(self, chosen: list[str]) -> list[str]:
        known = {arguments.one_of(self.choices, **{"a choice": one}) for one in chosen}
        return [one for one in self.choices if one in known]


class Number(Field):
    """A number from `low` to `high`, None for no end, in some `unit`. Right is a number, or the ends of an interval."""

    def __init__(self, unit: str = "", low: float | None = None, high: float | None = None):
        remedy = "a finite number, or None for no end"
        self.low, self.high = (
            None if end is None else arguments.finite(remedy, **{name: end})
            for name, end in (("low", low), ("high", high))
        )
        if None not in (self.low, self.high) and self.low > self.high:
            arguments.refuse("high", high, f"at least low, which is {low}")
        unit = arguments.instance(str, "a text", unit=unit)
        self.look = {"kind": "number", "unit": unit, "low": self.low, "high": self.high}

    def said(self, value: Any) -> float:
        ends = (-math.inf if self.low is None else self.low, math.inf if self.high is None else self.high)
        return arguments.finite("a number from {:g} to {:g}".format(*ends), *ends, **{"what was said": value})

    def right(self, value: float | Sequence[float]) -> dict[str, Any]:
        if isinstance(one := arguments.scalar(value), Real):
            one = arguments.finite("a number, or the two ends of an interval", right=one)
            value = one - NEAR * max(1, abs(one)), one + NEAR * max(1, abs(one))
        low, high = arguments.ends(_end, "a number, or the two ends of an interval, such as (9, math.inf)", right=value)
        return {"low": None if low == -math.inf else low, "high": None if high == math.inf else high}


class Axis(Number):
    """A place on an axis from 0 to `most`. Right is as of a number; the page shows it on the axis."""

    def __init__(self, most: float, unit: str = ""):
        super().__init__(unit, 0, arguments.finite("a number above 0", arguments.ABOVE_0, most=most))
        self.look["kind"] = "axis"


class Cell(Field):
    """A cell of a table of two agents. Right is a joint action, or a list of those that count."""

    def __init__(self, table: ArrayLike):
        self.table = games.validate(table)
        if self.table.ndim != 2:
            arguments.refuse("table", table, A_TABLE)
        self.look = {"kind": "cell", "rows": [[f"{value:g}" for value in row] for row in self.table.tolist()]}

    def said(self, value: Any) -> list[int]:
        return list(arguments.cell(self.table.shape, **{"what was said": value}))

    def right(self, value: Any) -> dict[str, Any]:
        every = arguments.several("a joint action, or a list of some", right=value)
        every = [every] if np.ndim(every[0]) == 0 else every
        return {"any": [list(arguments.cell(self.table.shape, right=one)) for one in every]}


def _end(**value: float) -> float:
    """An end of an interval, which may be an infinity."""
    ((name, one),) = value.items()
    return float(one) if one in (-math.inf, math.inf) else arguments.finite(**{name: one})


def field(value: "Field | Sequence[str]", name: str) -> Field:
    """A field, or a list of texts to choose one of."""
    if isinstance(value, Field):
        return value
    arguments.several("a list of choices, or a field such as widgets.number()", 2, **{name: value})
    return Choice(value)
