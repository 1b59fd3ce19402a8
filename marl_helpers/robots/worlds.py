"""The environment of a team, as team.json tells it. Anybody may have written it: it runs no code, and takes little."""

import inspect
from collections.abc import Iterator, Mapping
from typing import Any

from marl_helpers import envs
from marl_helpers.basics import arguments
from marl_helpers.robots.robot import TEAM

MODULES = {"source", "id"}  # options of environments that import a module of that name
MOST = 10**6  # steps, agents or cells that a team.json may ask for: more would take all memory


def check_name(team: Mapping[str, Any], named: str | None) -> str | None:
    """The name that is given for a team's environment, if any; raises ValueError where it has another."""
    if named is None:
        return None
    arguments.instance((str, envs.Env), "an environment, the name of the team's, or None", env=named)
    if named != _name(team):
        arguments.refuse("env", named, f"the team's, {_name(team)!r}, or nothing")
    return named


def make_env(team: Mapping[str, Any], named: str | None = None) -> envs.Env:
    """The environment that a team was trained in. A module that team.json names is imported only if `named` does too.

    Raises ValueError where it cannot be made, or where team.json asks for numbers beyond MOST.
    """
    try:
        options, name = _options(team), _name(team)
        if named != name and (MODULES & options.keys() or ":" in name):
            raise ValueError(f"{name!r} runs a module that {TEAM} names: if you trust it, give that name as env")
        if large := [f"{name} is {value}" for name, value in _numbers(options, "options") if abs(value) > MOST]:
            raise ValueError(f"{large[0]}, and {MOST:,} is the most that is taken from {TEAM}")
        return envs.make(team["env"], **options)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"the team's environment cannot be made ({error}): give it, play(folder, env=...)") from error


def _options(team: Mapping[str, Any]) -> dict[str, Any]:
    """The options that its environment can be given: others it sets itself."""
    free = inspect.signature(envs.find(team["env"])).parameters
    return {name: value for name, value in team["options"].items() if name in free}


def _name(team: Mapping[str, Any]) -> str:
    """What a person would type to have its environment, such as smax/3m."""
    name, variant = str(team.get("env")), getattr(envs.ENVS.get(team.get("env")), "variant", None)
    options = team.get("options")
    return f"{name}/{options[variant]}" if isinstance(options, dict) and variant in options else name


def _numbers(value: Any, name: str) -> Iterator[tuple[str, int]]:
    """Each whole number in plain values, with where it is."""
    if type(value) is int:
        yield name, value
    elif isinstance(value, dict | list):
        for key, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _numbers(one, f"{name}[{key!r}]")
