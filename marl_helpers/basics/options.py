"""Options that explain themselves: a default, and the sentence that `--help` prints."""

import os
from dataclasses import field, fields
from typing import Any

from marl_helpers.basics.arguments import scalar


def option(default: Any, meaning: str) -> Any:
    """A field of a frozen dataclass with its meaning in a few words."""
    return field(default=default, metadata={"meaning": meaning})


def meanings(kind: type) -> dict[str, tuple[Any, str]]:
    """Name -> default and meaning of each option."""
    return {f.name: (f.default, f.metadata["meaning"]) for f in fields(kind)}


def plain(value: Any, name: str) -> Any:
    """The value in numbers, strings, booleans, None, lists and dictionaries, which every file format knows.

    Arrays and tensors become lists, paths strings. Raises ValueError that names the value where it has no such form.
    """
    if value is None or type(value) in (bool, int, float, str):
        return value
    if callable(getattr(value, "tolist", None)):  # NumPy's and PyTorch's, which is not loaded for this
        return value.tolist()
    if isinstance(value, os.PathLike):
        return plain(os.fspath(value), name)
    if isinstance(value, list | tuple):
        return [plain(one, f"{name}[{k}]") for k, one in enumerate(value)]
    if isinstance(value, dict):
        return {plain(key, f"a key of {name}"): plain(one, f"{name}[{key!r}]") for key, one in value.items()}
    raise ValueError(
        f"{name} is {value!r}, which no checkpoint can hold: make it of numbers, strings, None, lists and dictionaries"
    )


def settle(options: Any) -> None:
    """Make NumPy's numbers in a frozen dataclass Python's."""
    for f in fields(options):
        object.__setattr__(options, f.name, scalar(getattr(options, f.name)))
