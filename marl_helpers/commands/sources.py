"""What the environments and the methods say of themselves, read in their files: to import them would load torch."""

import ast
import inspect
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HOUSE = Path(__file__).parents[1]
Classes = dict[str, ast.ClassDef]


@dataclass(frozen=True)
class Environment:
    """An environment as its class has it."""

    variant: str | None  # the option that NAME/VALUE sets
    about: str  # the first line of its docstring
    options: tuple[str, ...]  # each with its default, if that is short


@cache
def environments() -> dict[str, Environment]:
    """Every environment of the package by name, sorted."""
    classes, found = _classes("games", "envs"), {}
    for defined in classes.values():
        if name := _constants(defined).get("name"):
            options = tuple(_shown(*one) for one in _fields(defined, classes).items() if one[1] is not None)
            found[name] = Environment(_variant(defined, classes), _about(defined), options)
    return dict(sorted(found.items()))


@cache
def networks() -> dict[str, str]:
    """What each class of mixers says it is, by the class's name, such as "QMIX"."""
    return {name: _about(defined) for name, defined in _classes("mixers").items() if ast.get_docstring(defined)}


def _classes(*wings: str) -> Classes:
    paths = [path for wing in wings for path in sorted((HOUSE / wing).rglob("*.py"))]
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in paths]
    return {node.name: node for tree in trees for node in tree.body if isinstance(node, ast.ClassDef)}


def _about(defined: ast.ClassDef) -> str:
    return inspect.cleandoc(ast.get_docstring(defined)).partition("\n")[0]


def _constants(defined: ast.ClassDef) -> dict[str, object]:
    """What a class's own body assigns in plain values, as name = "smax" or name, variant = "smax", "map"."""
    found = {}
    for node in defined.body:
        if isinstance(node, ast.Assign) and isinstance(target := node.targets[0], ast.Name | ast.Tuple):
            single = isinstance(target, ast.Name)
            names, values = ([target], [node.value]) if single else (target.elts, getattr(node.value, "elts", []))
            found |= {one.id: value.value for one, value in zip(names, values) if isinstance(value, ast.Constant)}
    return found


def _bases(defined: ast.ClassDef, classes: Classes) -> list[ast.ClassDef]:
    return [classes[base.id] for base in defined.bases if isinstance(base, ast.Name) and base.id in classes]


def _variant(defined: ast.ClassDef, classes: Classes) -> str | None:
    """Its own, or the first of its bases' that has one."""
    own = _constants(defined)
    return (
        own["variant"] if "variant" in own else next((_variant(one, classes) for one in _bases(defined, classes)), None)
    )


def _fields(defined: ast.ClassDef, classes: Classes) -> dict[str, ast.expr | None]:
    """A dataclass's fields with their defaults, those of its bases first; None for what cannot be given."""
    found = {}
    for base in reversed(_bases(defined, classes)):
        found |= _fields(base, classes)
    if any("dataclass" in ast.unparse(one) for one in defined.decorator_list):
        for node in defined.body:
            if isinstance(node, ast.AnnAssign):
                found[node.target.id] = _given(node.value)
    return found


def _given(default: ast.expr) -> ast.expr | None:
    """What `field(...)` takes for a default; None where it says init=False."""
    if not (isinstance(default, ast.Call) and ast.unparse(default.func) == "field"):
        return default
    words = {word.arg: word.value for word in default.keywords}
    return None if "init" in words else words.get("default", default)


def _shown(name: str, default: ast.expr) -> str:
    try:
        return f"{name}={ast.literal_eval(default)}"
    except ValueError:  # more than a number or a word
        return name
