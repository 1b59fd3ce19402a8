"""python -m marl_helpers list"""

import argparse
import inspect
from dataclasses import Field, fields

from marl_helpers import envs, mixers


def arguments(command: argparse.ArgumentParser) -> None:
    """There are none."""


def run() -> int:
    """Print every environment with its options, and every method, in a few words."""
    lines = ["environments, for --env; what is in brackets, for --option"]
    for name, env in sorted(envs.ENVS.items()):
        options = [_default(field) for field in fields(env) if field.init]
        name += f"/{env.variant.upper()}" if env.variant else ""
        lines += [f"  {name:19}{_about(env)}", f"{'':21}[{', '.join(options)}]"]
    lines += ["", "methods, for --mixer"]
    lines += [f"  {name:19}{_about(method)}" for name, method in mixers.METHODS.items()]
    lines += [f"  {alias:19}another name for {name}" for alias, name in mixers.ALIASES.items()]
    print("\n".join(lines))
    return 0


def _about(kind: type) -> str:
    return inspect.getdoc(kind).partition("\n")[0]


def _default(field: Field) -> str:
    """An option of an environment with its default, if that is short."""
    short = field.default is None or isinstance(field.default, int | float | str)
    return f"{field.name}={field.default}" if short else field.name
