"""The engine in the page: the exact verdict on a two-agent table, its reason and its card, with no kernel.

The files of FILES say in JavaScript what `exact`, fitting/reasons and widgets/cards say in Python, the reference:
tests/browser/test_engine.py compares them. What both must know stands in Python alone, and reaches the page as RULES.
"""

import json
from collections.abc import Iterable

from marl_helpers.exact import rankings
from marl_helpers.exact.methods import METHODS, on_tables
from marl_helpers.fitting import reasons
from marl_helpers.widgets.alive import module

FILES = ("numbers", "rankings", "span", "nnls", "isotonic", "fits", "reasons", "cards")


def facts(names: Iterable[str]) -> dict[str, dict]:
    """What the page must know of each of these methods."""
    return {name: {"label": METHODS[name].label, "projections": METHODS[name].projections} for name in names}


def rules() -> dict:
    """Limits, classes and the package's own methods, as plain values; a widget names a notebook's methods itself."""
    methods = facts(name for name in on_tables() if METHODS[name].__module__.startswith("marl_helpers."))
    return {
        "tolerance": rankings.TOLERANCE,
        "stationary": rankings.STATIONARY,
        "classes": reasons.CLASSES,
        "linear": reasons.LINEAR,
        "methods": methods,
    }


def script() -> str:
    """The engine as the beginning of a module: its functions are diagnoseExactly, withLearned, exactFits and cards."""
    return f"const RULES = {json.dumps(rules())};\n{module(*FILES)}"
