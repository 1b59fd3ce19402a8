"""A check for each kind of argument: what is no such thing is refused with its name, its value and the remedy.

Most take name=value, for one argument or several, and return the plain value, or a list of them: NumPy's numbers, and
arrays and tensors of one number, become Python's own, and so count as much. No check loads torch: a tensor is known by
what it can do.
"""

import math
import os
import warnings
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from numbers import Integral, Real
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

BEYOND = 2**63  # what neither arrays nor tensors count with
ABOVE_0 = math.ulp(0.0)  # the least number that is larger
TEXT = (str, bytes, bytearray)


def shown(value: object) -> str:
    """The value on one short line, whatever it is."""
    try:
        text = " ".join(repr(value).split())
    except Exception:  # of an unfinished object, or a number of more digits than Python prints
        text = f"of type {type(value).__name__}"
    return text if len(text) <= 80 else f"{text[:77]}..."


def refuse(name: str, value: object, remedy: str) -> NoReturn:
    """Raise the ValueError that every refused argument gets; remedy: what to give."""
    raise ValueError(f"{name} is {shown(value)}: give {remedy}")


def scalar(value: object) -> Any:
    """A number of NumPy or of a tensor as Python's own; anything else as it is."""
    if getattr(value, "shape", None) != () or isinstance(value, np.ma.MaskedArray):
        return value
    try:
        return value.item()
    except (AttributeError, RuntimeError):  # no number, or a tensor that has none
        return value


def _all(check: Callable[[str, Any], Any], values: Mapping[str, object]) -> Any:
    found = [check(name, value) for name, value in values.items()]
    return found if len(found) > 1 else found[0]


def at_least(least: int, /, **values: object) -> Any:
    """Whole numbers from `least` on."""
    return _whole(least, math.inf, f"a whole number of at least {least}", values)


def at_most(least: int, most: int, what: str = "", /, **values: object) -> Any:
    """Whole numbers from `least` to `most`; what: where the second comes from, for whoever gives too much."""
    at_least(least, **values)
    return _whole(least, most, f"at most {most}{', ' if what else ''}{what}", values)


def place(count: int, what: str, /, **values: object) -> Any:
    """Whole numbers from 0 to count - 1, which number `what`."""
    return _whole(0, count - 1, f"{what}, from 0 to {count - 1}", values)


def _whole(least: float, most: float, remedy: str, values: Mapping[str, object]) -> Any:
    def check(name: str, value: object) -> int:
        one = scalar(value)
        if _is_whole(one, BEYOND, math.inf):
            refuse(name, value, "a number below 2**63")
        return int(one) if _is_whole(one, least, most) else refuse(name, value, remedy)

    return _all(check, values)


def _is_whole(one: object, least: float, most: float) -> bool:
    return isinstance(one, Integral) and not isinstance(one, bool) and least <= one <= most


def finite(remedy: str = "a finite number", low: float = -math.inf, high: float = math.inf, /, **values: object) -> Any:
    """Finite numbers from `low` to `high`; whole ones stay whole."""

    def check(name: str, value: object) -> float:
        one = scalar(value)
        if isinstance(one, bool) or not isinstance(one, Real):
            refuse(name, value, remedy)
        try:
            sound = math.isfinite(one) and low <= one <= high
        except OverflowError:  # a whole number beyond all floats
            sound = False
        if not sound:
            refuse(name, value, remedy)
        return int(one) if isinstance(one, Integral) else float(one)

    return _all(check, values)


def ends(check: Callable[..., Any], remedy: str, /, **values: object) -> Any:
    """Lists of two, the second no less than the first, with what `check` makes of each; remedy: what to give."""

    def each(name: str, value: object) -> list:
        found = several(remedy, **{name: value})
        try:
            low, high = (check(**{name: one}) for one in found)
        except ValueError:
            refuse(name, value, remedy)
        return [low, high] if low <= high else refuse(name, value, remedy)

    return _all(each, values)


def probability(**values: object) -> Any:
    """Numbers from 0 to 1."""
    return finite("a probability, from 0 to 1", 0, 1, **values)


def truth(**values: object) -> Any:
    """True or False."""

    def check(name: str, value: object) -> bool:
        one = scalar(value)
        return one if isinstance(one, bool) else refuse(name, value, "True or False")

    return _all(check, values)


def function(**values: object) -> Any:
    """What can be called."""
    return _all(lambda name, value: value if callable(value) else refuse(name, value, "a function"), values)


def instance(kind: type | tuple[type, ...], remedy: str, /, **values: object) -> Any:
    """Instances of that class, or of one of them."""
    return _all(lambda name, value: value if isinstance(value, kind) else refuse(name, value, remedy), values)


def one_of(choices: Iterable[str], /, **values: object) -> Any:
    """Words among these."""

    def check(name: str, value: object) -> str:
        known = list(choices)
        if not isinstance(value, str) or value not in known:
            raise ValueError(f"{name} is {shown(value)}: choose one of {', '.join(known)}")
        return str(value)  # NumPy's text too

    return _all(check, values)


def path(**values: object) -> Any:
    """Places of files, where `~` is one's own folder."""

    def check(name: str, value: object) -> Path:
        return Path(os.path.expanduser(instance((str, os.PathLike), "a path", **{name: value})))

    return _all(check, values)


def generator(**values: object) -> Any:
    """Random generators of NumPy."""
    return instance(np.random.Generator, "a generator, such as numpy.random.default_rng(0)", **values)


def mapping(least: int = 1, /, **values: object) -> Any:
    """Dictionaries of at least so many entries."""

    def check(name: str, value: object) -> Mapping:
        remedy = "a dictionary, each entry with its title"
        if isinstance(value, Mapping) and len(value) < least:
            raise ValueError(f"{name} is empty: give one entry or more, each with its title")
        return instance(Mapping, remedy, **{name: value})

    return _all(check, values)


def entries(check: Callable[..., Any], least: int = 1, /, **values: object) -> Any:
    """Dictionaries of at least so many entries, with what `check` makes of each."""

    def each(name: str, value: object) -> dict:
        return {key: check(**{f"{name}[{key!r:.40}]": one}) for key, one in mapping(least, **{name: value}).items()}

    return _all(each, values)


def several(remedy: str, least: int = 1, /, **values: object) -> Any:
    """Lists of at least so many things, out of whatever can be gone through; text and dictionaries are none."""

    def check(name: str, value: object) -> list:
        try:
            found = None if isinstance(value, (*TEXT, Mapping)) else list(value)
        except TypeError:
            found = None
        return refuse(name, value, remedy) if found is None or len(found) < least else found

    return _all(check, values)


def names(**values: object) -> Any:
    """Tuples of one name or more, no two alike."""

    def check(name: str, value: object) -> tuple[str, ...]:
        remedy = "a list of different names, such as ['vdn', 'qmix']"
        found = several(remedy, **{name: value})
        if not all(isinstance(one, str) for one in found) or len({*found}) < len(found):
            refuse(name, value, remedy)
        return tuple(map(str, found))

    return _all(check, values)


def sizes(least: int = 1, /, **values: object) -> Any:
    """Shapes, as tuples of whole numbers of at least 1; `least`: of how many."""

    def check(name: str, value: object) -> tuple[int, ...]:
        remedy = f"{least} or more whole numbers of at least 1, such as (3, 3)"
        found = [scalar(one) for one in several(remedy, least, **{name: value})]
        fits = all(_is_whole(one, 1, math.inf) for one in found)
        return tuple(map(int, found)) if fits else refuse(name, value, remedy)

    return _all(check, values)


def cell(shape: Sequence[int], /, **values: object) -> Any:
    """Joint actions, as tuples of each agent's action."""

    def check(name: str, value: object) -> tuple[int, ...]:
        remedy = f"each agent's action, counted from 0, of as many as {tuple(shape)}"
        found = [scalar(one) for one in several(remedy, **{name: value})]
        fits = len(found) == len(shape) and all(_is_whole(one, 0, count - 1) for one, count in zip(found, shape))
        return tuple(map(int, found)) if fits else refuse(name, value, remedy)

    return _all(check, values)


def array(what: str, value: object, remedy: str, kinds: Collection[str] = "iuf") -> np.ndarray:
    """Numbers in an array of whatever shape, not copied where they are one; what: "the table", or "the weights".

    A tensor counts as its numbers, whether or not it needs gradients, is sparse or lives on a device. kinds: of dtypes.
    """
    holds, is_ = ("hold", "are") if what.endswith("weights") else ("holds", "is")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is masked is refused below
            found = np.asarray(_dense(value))
    except (ValueError, OverflowError):
        raise ValueError(f"{what} {is_} ragged: give {remedy}") from None
    except (TypeError, RuntimeError):  # a tensor without numbers, or a list that holds itself
        raise ValueError(f"{what} {is_} {shown(value)}, which cannot be read: give {remedy}") from None
    if found.dtype.kind not in kinds:
        entries = "text" if found.dtype.kind in "US" else f"{found.dtype.name} entries"
        raise ValueError(f"{what} {holds} {entries}: give {remedy}")
    if _masked(value):
        raise ValueError(f"{what} {holds} masked entries: give {remedy}; numpy.ma.filled(values, 0) makes them 0")
    return found


def numbers(least: int = 1, /, **values: object) -> Any:
    """Arrays of one axis with at least so many finite numbers."""

    def check(name: str, value: object) -> np.ndarray:
        remedy = f"a list of {least} or more finite numbers"
        found = array(name, value, remedy)
        if found.ndim != 1 or found.size < least or not np.isfinite(found).all():
            refuse(name, value, remedy)
        return found

    return _all(check, values)


def _dense(value: object) -> Any:
    """A tensor's numbers, on the CPU and of a type that NumPy has, in lists too; anything else as it is."""
    if isinstance(value, list | tuple):
        return [_dense(one) for one in value]
    if not (callable(getattr(value, "detach", None)) and callable(getattr(value, "to_dense", None))):
        return value
    value = value.detach().to_dense()
    return (value.double() if value.is_floating_point() else value).cpu().numpy()


def _masked(value: object) -> bool:
    if isinstance(value, list | tuple):
        return any(map(_masked, value))
    return isinstance(value, np.ma.MaskedArray) and bool(np.ma.is_masked(value))
