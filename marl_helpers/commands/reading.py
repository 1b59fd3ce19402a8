"""Arguments of commands that take more than a number or a word."""

import argparse
import ast
from pathlib import Path
from typing import Any

from marl_helpers.basics import arguments


def path(text: str) -> Path:
    """The place of a file or a folder."""
    return arguments.path(path=text)


def environment(name: str) -> str:
    """The name of an environment, of a family and its member, or of a class or an instance, my.module:Game."""
    from marl_helpers import envs  # with torch, which help does not wait for
    from marl_helpers.envs.own import is_own

    if is_own(name):
        return name
    try:
        envs.find(name.partition("/")[0])
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return name


def pair(text: str) -> tuple[str, Any]:
    """NAME=VALUE, the value as a number, a list, None and so on where Python would read it so, or as it is."""
    name, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"option is {text!r}: write NAME=VALUE, such as penalty=-6")
    try:
        return name, ast.literal_eval(value)
    except (ValueError, SyntaxError, TypeError):  # the last for a list as a name in a dictionary
        return name, value


def change(text: str) -> tuple[int, int]:
    """AGENT@STEP, two whole numbers."""
    agent, _, step = text.partition("@")
    if not (agent.isdecimal() and step.isdecimal()):
        raise argparse.ArgumentTypeError(f"it is {text!r}: write AGENT@STEP, such as 1@40")
    return int(agent), int(step)
