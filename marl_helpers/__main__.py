"""The command line: python -m marl_helpers train --env two_step --mixer qmix"""

import argparse
import sys
from collections.abc import Sequence

from marl_helpers import envs, mixers
from marl_helpers.checkpoints import CheckpointError
from marl_helpers.learner import Settings
from marl_helpers.options import meanings
from marl_helpers.training import Diverged, Plan, train


def parser() -> argparse.ArgumentParser:
    """Every option with its meaning and its default."""
    whole = argparse.ArgumentParser(prog="python -m marl_helpers", description="Value decomposition, from a terminal.")
    commands = whole.add_subparsers(dest="command", required=True)
    command = commands.add_parser(
        "train",
        help="train a team, several seeds at once",
        description="Train a team with several seeds at once, and print the greedy return of each.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    command.add_argument("--env", default="two_step", choices=sorted(envs.ENVS), metavar="ENV", help=_of(envs.ENVS))
    command.add_argument("--mixer", default="qmix", choices=mixers.METHODS, metavar="MIXER", help=_of(mixers.METHODS))
    command.add_argument("--seeds", type=int, default=8, help="independent seeds, trained side by side")
    command.add_argument("--seed", type=int, default=0, help="of all random numbers: the same gives the same")
    command.add_argument("--device", default="auto", help="where to train; auto takes a GPU if there is one")
    command.add_argument("--folder", help="keep checkpoints and metrics.csv here, and go on from what is there")
    command.add_argument(
        "--option", action="append", default=[], metavar="NAME=VALUE", help="of the environment, such as penalty=-6"
    )
    for kind in (Plan, Settings):
        group = command.add_argument_group(kind.__name__.lower())
        for name, (default, meaning) in meanings(kind).items():
            flag = f"--{name.replace('_', '-')}"
            group.add_argument(flag, dest=name, type=type(default), default=default, help=meaning, metavar="X")
    return whole


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out a command; returns the exit status."""
    given = vars(parser().parse_args(arguments))
    given.pop("command")
    try:
        options = dict(_pair(text) for text in given.pop("option"))
        run = train(envs.make(given.pop("env"), **options), **given)
    except (ValueError, ModuleNotFoundError, CheckpointError, Diverged) as error:  # an optional package may be missing
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(run)
    return 0 if run.finished else 130


def _pair(text: str) -> tuple[str, int | float | str]:
    """NAME=VALUE, the value as a number where it is one."""
    name, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"option is {text!r}: write NAME=VALUE, such as penalty=-6")
    for kind in (int, float):
        try:
            return name, kind(value)
        except ValueError:
            continue
    return name, value


def _of(names) -> str:
    return f"one of {', '.join(names)}"


if __name__ == "__main__":
    sys.exit(main())
