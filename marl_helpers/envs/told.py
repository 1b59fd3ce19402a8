"""An environment as a file tells it, in an "env" and its "options": those of `describe`.

Anybody may have written the file: what it tells runs no code, and takes little memory.
"""

import inspect
from collections.abc import Iterator, Mapping
from typing import Any

from marl_helpers.basics import arguments
from marl_helpers.envs.base import ENVS, Env, find, make

MODULES = {"source", "id"}  # options of environments that import a module of that name
MOST = 10**6  # steps, agents or cells that a file may ask for: more would take all memory


def check_name(told: Mapping[str, Any], named: str | None, whose: str = "team") -> str | None:
    """The name that is given for an environment, if any; raises ValueError where the file tells another."""
    if named is None:
        return None
    arguments.instance((str, Env), f"an environment, the name of the {whose}'s, or None", env=named)
    if named != typed(told):
        arguments.refuse("env", named, f"the {whose}'s, {typed(told)!r}, or nothing")
    return named


def make_told(
    told: Mapping[str, Any],
    named: str | None,
    whose: str,
    file: str,
    remedy: str,
    options: Mapping[str, Any] | None = None,
) -> Env:
    """The environment that a file tells. A module that it names is imported only if `named` does too.

    whose, file and remedy: of whoever asks, for the error. options: what a person gives in place of the file's. Raises
    ValueError where it cannot be made, or where the file asks for numbers beyond MOST.
    """
    name = told.get("env")
    if not isinstance(name, str) or name not in ENVS:
        raise ValueError(f"the {whose}'s environment cannot be made, as {name!r} is none of this project's: {remedy}")
    try:
        return make(name, **takes(told, named, file) | dict(options or {}))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        if options and isinstance(error, ValueError):
            raise  # it names the option
        raise ValueError(f"the {whose}'s environment cannot be made ({error}): {remedy}") from error


def takes(told: Mapping[str, Any], named: str | None, file: str) -> dict[str, Any]:
    """The options that the environment can be given, and may be: others it sets itself. Raises as `make_told`."""
    free, name = inspect.signature(find(told["env"])).parameters, typed(told)
    options = {option: value for option, value in told["options"].items() if option in free}
    if named != name and (MODULES & options.keys() or ":" in name):
        raise ValueError(f"{name!r} runs a module that {file} names: if you trust it, give that name as env")
    if large := [f"{option} is {value}" for option, value in _numbers(options, "options") if abs(value) > MOST]:
        raise ValueError(f"{large[0]}, and {MOST:,} is the most that is taken from {file}")
    return options


def typed(told: Mapping[str, Any]) -> str:
    """What a person would type to have the environment, such as smax/3m."""
    name, variant = str(told.get("env")), getattr(ENVS.get(told.get("env")), "variant", None)
    options = told.get("options")
    return f"{name}/{options[variant]}" if isinstance(options, dict) and variant in options else name


def _numbers(value: Any, name: str) -> Iterator[tuple[str, int]]:
    """Each whole number in plain values, with where it is."""
    if type(value) is int:
        yield name, value
    elif isinstance(value, dict | list):
        for key, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _numbers(one, f"{name}[{key!r}]")
