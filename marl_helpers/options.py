"""Options that explain themselves: a default, and the sentence that `--help` prints."""

from dataclasses import field, fields
from typing import Any

import numpy as np


def option(default: Any, meaning: str) -> Any:
    """A field of a frozen dataclass with its meaning in a few words."""
    return field(default=default, metadata={"meaning": meaning})


def meanings(kind: type) -> dict[str, tuple[Any, str]]:
    """Name -> default and meaning of each option."""
    return {f.name: (f.default, f.metadata["meaning"]) for f in fields(kind)}


def at_least(least: int, **values: int) -> None:
    """Raise ValueError unless each is a whole number of at least `least`."""
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
            raise ValueError(f"{name} is {value!r}: give a whole number of at least {least}")
