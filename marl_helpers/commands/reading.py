"""Arguments of commands that take more than a number or a word."""

import argparse
from pathlib import Path

from marl_helpers.basics import arguments


def path(text: str) -> Path:
    """The place of a file or a folder."""
    return arguments.path(path=text)


def environment(name: str) -> str:
    """The name of an environment, or of a family and its member."""
    from marl_helpers import envs  # with torch, which help does not wait for

    try:
        envs.find(name.partition("/")[0])
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return name


def kill(text: str) -> tuple[int, int]:
    """AGENT@STEP, two whole numbers."""
    agent, _, step = text.partition("@")
    if not (agent.isdecimal() and step.isdecimal()):
        raise argparse.ArgumentTypeError(f"it is {text!r}: write AGENT@STEP, such as 1@40")
    return int(agent), int(step)
