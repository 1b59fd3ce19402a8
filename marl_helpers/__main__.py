"""The command line: python -m marl_helpers train --env two_step --mixer qmix"""

import argparse
import os
import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType

from marl_helpers.commands import options
from marl_helpers.commands.saying import STOPPED, UNHEARD, failed, program

EXAMPLES = """examples:
  %(prog)s list
  %(prog)s train --env two_step --mixer qmix
  %(prog)s train --env predator_prey --option penalty=-6 --mixer wqmix --folder hunters
  %(prog)s train --folder hunters --updates 4000
  %(prog)s eval hunters
  %(prog)s plot hunters others --x steps
  %(prog)s film hunters
  %(prog)s sweep grid.toml
  %(prog)s train --env smax/3m --mixer qmix
  %(prog)s train --help
  %(prog)s train --env predator_prey --mixer qmix --export team
  %(prog)s robots team --kill 1@40
"""

COMMANDS = {  # each with what it does, in short and, for its own help, at length
    "list": ("name every environment, with its options, and every method", None),
    "train": (
        "train a team, several seeds at once",
        "Train a team with several seeds at once, and print the mean return of each one's greedy episodes.",
    ),
    "eval": (
        "let trained teams play, all of them the same games",
        "Let the teams of these folders play greedily, all of them the same games, and print what they earn.",
    ),
    "plot": (
        "compare trainings: a figure, and a table with intervals",
        "Compare the trainings of these folders, as far as they have come: interquartile means over seeds with "
        "stratified bootstrap intervals (Agarwal et al. 2021), as a figure and as a table.",
    ),
    "film": (
        "write a trained team's games as a GIF or MP4",
        "Let each folder's team play greedily, and write its games (GIF or MP4): the world, utilities and rewards.",
    ),
    "sweep": (
        "train whatever a grid names, on one machine or many",
        "Train each of a grid's trainings in a folder of its own. What is done is skipped, what was begun goes on, and "
        "one that fails stops no other. Write one figure of all of it, and print one table.",
    ),
    "robots": (
        "let an exported team play, each robot in a process of its own",
        "Let a team that `train --export` wrote play, each robot in a process of its own that is told only what it "
        "sees itself, and compare every joint action with the one that the networks take together.",
    ),
}


def parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    """What understands these arguments: every command, and the options of the one that they name."""
    whole = argparse.ArgumentParser(
        prog=program(),
        description="Value decomposition, from a terminal.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    chosen = next((word for word in arguments if word in COMMANDS), None)
    commands = whole.add_subparsers(dest="command", metavar="COMMAND")
    for name, (short, long) in COMMANDS.items():
        command = commands.add_parser(name, help=short, description=long)
        if name == chosen and hasattr(options, name):
            getattr(options, name)(command)
    return whole


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out a command; returns the exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    whole = parser(arguments)
    try:
        given = vars(whole.parse_args(arguments))
        name = given.pop("command")
        if name is None:
            whole.print_help()
            return 0
        return _module(name).run(**given)
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        return failed("this needs PyTorch, which is not installed: pip install torch")
    except KeyboardInterrupt:  # of what has nothing to save
        print("\nstopped", file=sys.stderr)
        return STOPPED


def _module(name: str) -> ModuleType:
    """What carries a command out, which may load torch: no help waits for it."""
    return import_module(f"marl_helpers.commands.{name}")


def _program() -> int:
    """`main` for a terminal: a warning is one line, and so is an output that cannot be written."""
    warnings.formatwarning = lambda message, *_: f"warning: {message}\n"
    status = main()
    try:
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left would be tried again at the end
        UNHEARD.append(error)
    return failed(f"the output cannot be written ({UNHEARD[0].strerror})") if UNHEARD else status


if __name__ == "__main__":
    sys.exit(_program())
