"""Read what a student's function returned: numbers, tables and joint actions, or a Mistake that says what to change."""

from collections.abc import Mapping, Sequence
from itertools import islice
from numbers import Integral, Real

import numpy as np

from marl_helpers.checks.exercise import unreadable
from marl_helpers.games import LARGEST, Cell, TableError, validate

MOST_CELLS = 1000  # of a table in an answer: what every projection can still do


def table(value, name: str, agents: int | None = None, shape: tuple[int, ...] | None = None) -> np.ndarray:
    """A table of any number of agents, or of so many, or of that shape."""
    try:
        array = validate(floats(value))
    except TableError as error:
        unreadable(f"{name}: {error}.")
    if agents is not None and array.ndim != agents:
        unreadable(f"{name} has shape {array.shape}: give a table of {agents} agents, one axis for each.")
    if shape is not None and array.shape != shape:
        unreadable(f"{name} has shape {array.shape}: give one number for each joint action, shape {shape}.")
    if array.size > MOST_CELLS or min(array.shape) < 2:
        unreadable(f"{name} has shape {array.shape}: two to some ten actions for each agent are enough.")
    return array


def floats(value):
    """Fractions as floats, which are what tables hold, tensors without their gradients; anything else as it is."""
    value = value.detach() if hasattr(value, "detach") else value
    try:
        array = np.asarray(value)
    except ValueError:  # ragged
        return value
    small = array.dtype == object and all(isinstance(one, Real) and abs(one) <= LARGEST for one in array.flat)
    return array.astype(float) if small and array.size else value


def array(value, name: str, shape: tuple[int, ...]) -> np.ndarray:
    """Finite numbers in an array of that shape."""
    try:
        given = np.asarray(floats(value))
    except (ValueError, TypeError, RuntimeError):  # ragged, or a list of tensors with gradients
        given = np.zeros(())
    if given.shape != shape or given.dtype.kind not in "iuf":
        found = f"has shape {given.shape}" if given.dtype.kind in "iuf" and given.shape else f"is {value!r:.60}"
        unreadable(f"{name} {found}: give an array of numbers of shape {shape}.")
    if not (np.abs(given) <= LARGEST).all():
        unreadable(f"{name} has an entry {given.flat[np.argmax(~(np.abs(given) <= LARGEST))]}: give finite numbers.")
    return given


def number(value, name: str) -> float:
    """A finite real number."""
    if getattr(value, "ndim", 1) == 0 or getattr(value, "size", None) == 1:
        value = value.item()  # of numpy or torch
    if isinstance(value, bool) or not isinstance(value, Real) or not abs(value) <= LARGEST:
        unreadable(f"{name} is {value!r:.60}: give a finite number.")
    return float(value)


def truth(value, name: str) -> bool:
    """True or False, or a 1 or 0 of any kind."""
    if getattr(value, "ndim", 1) == 0:
        value = value.item()  # of numpy or torch
    if not isinstance(value, int) or value not in (0, 1):
        unreadable(f"{name} is {value!r:.60}: return True or False.")
    return bool(value)


def numbers(value, name: str, least: int = 1) -> np.ndarray:
    """A vector of at least so many finite numbers."""
    return np.array([number(one, f"an entry of {name}") for one in items(value, name, least)])


def items(value, name: str, least: int = 0) -> list:
    """A list of at least so many things."""
    try:
        listed = list(islice(value, MOST_CELLS + 1))  # some iterators never end
    except TypeError:
        listed = None
    if listed is None or isinstance(value, str | bytes | Mapping):
        unreadable(f"{name} is {value!r:.60}: give a list.")
    if len(listed) < least:
        unreadable(f"{name} has {len(listed)} entries: give at least {least}.")
    return listed


def parts(value, name: str, wanted: Sequence[str]) -> list:
    """The named parts of a dictionary, in the order asked for."""
    if not isinstance(value, Mapping):
        unreadable(f"{name} returned {value!r:.60}: return a dictionary with {', '.join(map(repr, wanted))}.")
    if absent := [key for key in wanted if key not in value]:
        unreadable(f"The dictionary of {name} lacks {', '.join(map(repr, absent))}.")
    return [value[key] for key in wanted]


def pair(value, name: str) -> list:
    """Two things."""
    listed = items(value, name)
    if len(listed) != 2:
        unreadable(f"{name} returned {len(listed)} things: return two.")
    return listed


def cell(value, name: str, shape: tuple[int, ...]) -> Cell:
    """A joint action of a team with so many actions each."""
    actions = items(value, name)
    fits = len(actions) == len(shape) and all(
        isinstance(a, Integral) and not isinstance(a, bool) and 0 <= a < most for a, most in zip(actions, shape)
    )
    if not fits:
        ranges = ", ".join(f"0 to {most - 1}" for most in shape)
        unreadable(f"{name} is {value!r:.60}: give a joint action, one whole number for each agent ({ranges}).")
    return tuple(int(a) for a in actions)


def cells(value, name: str, shape: tuple[int, ...]) -> set[Cell]:
    """A collection of joint actions."""
    return {cell(one, f"An entry of {name[0].lower()}{name[1:]}", shape) for one in items(value, name)}


def word(value, name: str, choices: Sequence[str]) -> str:
    """One of a few words."""
    if not isinstance(value, str) or value not in choices:
        unreadable(f"{name} is {value!r:.60}: choose one of {', '.join(map(repr, choices))}.")
    return value
