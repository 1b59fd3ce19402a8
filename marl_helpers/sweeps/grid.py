"""A grid of trainings: which there are, each in plain values, and how its folder is called."""

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from marl_helpers import mixers
from marl_helpers.basics import arguments
from marl_helpers.basics.options import meanings, plain
from marl_helpers.envs import own
from marl_helpers.training.plan import EVERY, Plan, Settings

WHICH = {"env": "two_step", "mixer": "qmix", "seeds": 8, "seed": 0, "device": "auto"}  # as `train` has them
WHICH |= {"checkpoint_every": EVERY}
INNER = ("options", "mixer_options")  # of the environment and of the method: dictionaries of axes
NAMED = ("env",), ("mixer",), ("seed",)  # what is in every folder's name
PARTS = "parts"
LONGEST = 120  # characters of a folder's name
REMEDY = "a dictionary such as {'env': 'two_step', 'mixer': ['vdn', 'qmix'], 'seed': [0, 1]}, or a .toml file of one"


@dataclass(frozen=True)
class Cell:
    """One training. name: its folder's. asked: what `train` is asked for, in plain values."""

    name: str
    asked: Mapping[str, Any]

    @property
    def updates(self) -> int:
        """How many it is to learn."""
        return self.asked.get("updates", Plan.updates)


def cells(grid: Mapping[str, Any] | str | Path) -> list[Cell]:
    """Every training of a grid, the last axis fastest; raises ValueError for what none can be asked for.

    A list is an axis, each of its values tried with each of all others, and what is in a list is in the folder's name;
    so are env, mixer and seed. A value that is a list itself is a list in a list. "options" are the environment's and
    "mixer_options" the method's. "parts": a list of grids, each of which is joined to the rest.
    """
    if isinstance(grid, str | Path):
        grid = read(arguments.path(grid=grid))
    arguments.instance(Mapping, REMEDY, grid=grid)
    common = plain({key: value for key, value in grid.items() if key != PARTS}, "grid")
    parts = arguments.several("a list of grids", **{PARTS: grid.get(PARTS, [{}])})
    found: dict[str, Cell] = {}
    for part in parts:
        for cell in _product(_joined(common, plain(arguments.instance(Mapping, REMEDY, parts=part), PARTS))):
            if cell.name in found:
                raise ValueError(f"grid has {cell.name!r} twice: give each once, and in a list what tells them apart")
            found[cell.name] = cell
    made: dict[str, None] = {}
    for cell in found.values():
        _check(cell, made)
    return list(found.values())


def read(path: Path) -> dict[str, Any]:
    """The grid in a file; raises ValueError where it cannot be read."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"grid is {str(path)!r}, which cannot be read ({error}): give a .toml file") from None


def _joined(common: Mapping[str, Any], part: Mapping[str, Any]) -> dict[str, Any]:
    """A part's values over those that all parts have."""
    inner = {key: {**_inner(key, common), **_inner(key, part)} for key in INNER}
    return {**common, **part, **{key: value for key, value in inner.items() if value}}


def _inner(key: str, grid: Mapping[str, Any]) -> Mapping[str, Any]:
    return arguments.instance(Mapping, "a dictionary, such as {'penalty': [0, -6]}", **{key: grid.get(key, {})})


def _product(grid: Mapping[str, Any]) -> list[Cell]:
    """Each value of each axis with each of all others."""
    known = [*WHICH, *meanings(Plan), *meanings(Settings), "options"]
    if strange := [key for key in grid if key not in known]:
        raise ValueError(f"grid has no {strange[0]!r}: choose from {', '.join([*known, PARTS])}")
    axes = {}
    for key, value in grid.items():
        axes |= {(key, name): one for name, one in value.items()} if key in INNER else {(key,): value}
    if empty := [path[-1] for path, values in axes.items() if values == []]:
        raise ValueError(f"{empty[0]} is []: give one value or more")
    listed = [path for path, values in axes.items() if isinstance(values, list) and path not in NAMED]
    found = []
    for values in product(*(one if isinstance(one, list) else [one] for one in axes.values())):
        given = dict(zip(axes, values))
        asked = WHICH | {path[0]: one for path, one in given.items() if len(path) == 1}
        asked |= {key: {path[1]: one for path, one in given.items() if path[0] == key} for key in INNER}
        words = [str(asked["env"]), str(asked["mixer"]), *(f"{path[-1]}={_text(given[path])}" for path in listed)]
        found.append(Cell(_name([*words, f"seed={asked['seed']}"]), asked))
    return found


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _name(words: list[str]) -> str:
    """A folder's name of these words: one that every system allows, and told from others where it had to be changed."""
    whole = ",".join(words)
    name = re.sub(r"[^\w.=+,-]+", "-", whole)[:LONGEST]
    same = name == whole.replace("/", "-")  # as of smax/3m
    return name if same else f"{name}-{hashlib.sha256(whole.encode()).hexdigest()[:8]}"


def _check(cell: Cell, made: dict[str, None]) -> None:
    """Raise ValueError where `train` would, as far as that is known before; made: environments that could be."""
    asked = cell.asked
    method = mixers.find(asked["mixer"])
    method.configured({name: value for name, value in asked["mixer_options"].items() if name != "width"})
    for kind in (Plan, Settings):
        kind(**{name: asked[name] for name in meanings(kind) if name in asked})
    arguments.at_least(1, seeds=asked["seeds"])
    arguments.at_least(0, seed=asked["seed"])
    arguments.finite("seconds, 0 or more", 0, checkpoint_every=asked["checkpoint_every"])
    arguments.instance(str, "a name, such as 'cpu' or 'auto'", device=asked["device"])
    arguments.instance(str, "a name, such as 'two_step'", env=asked["env"])
    if (key := json.dumps([asked["env"], asked["options"]])) not in made:
        with suppress(ModuleNotFoundError, OSError):  # this machine may lack what others have: the training will tell
            own.made(asked["env"], asked["options"])
        made[key] = None
