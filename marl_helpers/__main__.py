"""The command line: python -m marl_helpers train --env two_step --mixer qmix"""

import argparse
import ast
import inspect
import os
import re
import sys
import warnings
from collections.abc import Sequence
from dataclasses import Field, fields
from importlib.util import find_spec
from pathlib import Path
from shlex import quote
from typing import Any

import numpy as np

from marl_helpers import envs, mixers
from marl_helpers.basics.arguments import at_least, finite, path
from marl_helpers.basics.devices import find_device
from marl_helpers.basics.options import meanings
from marl_helpers.envs.adapters.simulators import WorkerLost
from marl_helpers.robots import export as deployment
from marl_helpers.robots import team as robots
from marl_helpers.robots import worlds
from marl_helpers.training import events
from marl_helpers.training.folders import EVERY, METRICS
from marl_helpers.training.learner import Settings
from marl_helpers.training.loop import Diverged, Plan, train

EXAMPLES = """examples:
  python -m marl_helpers list
  python -m marl_helpers train --env two_step --mixer qmix
  python -m marl_helpers train --env predator_prey --option penalty=-6 --mixer wqmix --folder hunters
  python -m marl_helpers train --env smax/3m --mixer qmix
  python -m marl_helpers train --help
  python -m marl_helpers train --env predator_prey --mixer qmix --export team
  python -m marl_helpers robots team --kill 1@40
"""

STATUS = """exit status: 0 trained; 1 an error, among them every seed diverged and a result that could not be kept or
exported; 2 a command that is not understood, a wrong name or value; 3 trained, but a seed diverged; 130 stopped in good
order by Control-C, SIGTERM, SIGHUP or SIGUSR1"""
UNHEARD: list[OSError] = []  # why something could not be said
ERROR, MISUNDERSTOOD, DIVERGED, STOPPED = 1, 2, 3, 130
OUT_OF_MEMORY = re.compile("can't allocate memory|out of memory", re.IGNORECASE)

GENERAL = {
    "seeds": (8, "independent seeds, trained side by side"),
    "seed": (0, "start of all random numbers: the same gives the same training"),
    "device": ("auto", "where to train, such as cpu or cuda; auto takes a GPU if there is one"),
    "checkpoint_every": (
        EVERY,
        "seconds between two checkpoints in the folder, which is a wish: there is one at a test",
    ),
}


def parser() -> argparse.ArgumentParser:
    """Every command and every option, with its meaning and its default."""
    whole = argparse.ArgumentParser(
        prog="python -m marl_helpers",
        description="Value decomposition, from a terminal.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = whole.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser("list", help="name every environment, with its options, and every method")
    command = commands.add_parser(
        "train",
        help="train a team, several seeds at once",
        usage="%(prog)s [options]",
        description="Train a team with several seeds at once, and print the mean return of each one's greedy episodes.",
        epilog=STATUS,
    )
    explained = "`python -m marl_helpers list` explains them"
    meaning = (
        f"{', '.join(sorted(envs.ENVS))}, or a family and its member, such as smax/3m (default: two_step; {explained})"
    )
    command.add_argument("--env", default="two_step", type=_env, metavar="NAME", help=meaning)
    methods = [*mixers.METHODS, *mixers.ALIASES]
    meaning = f"{', '.join(methods)} (default: qmix; {explained})"
    command.add_argument("--mixer", default="qmix", choices=methods, metavar="NAME", help=meaning)
    repeated = "an option of the environment, such as penalty=-6; may be given several times"
    command.add_argument("--option", action="append", default=[], metavar="NAME=VALUE", help=repeated)
    kept = f"checkpoints and {METRICS} go here, and event files for TensorBoard where that is installed"
    on = "a training goes on from what is here (default: nothing is kept)"
    command.add_argument("--folder", type=_path, metavar="PATH", help=f"{kept}; {on}")
    alone = "write the agents of the best seed here, without the mixer, for robots (default: they are not written)"
    command.add_argument("--export", type=_path, metavar="PATH", help=alone)
    groups = [(kind.__name__.lower(), inspect.getdoc(kind), meanings(kind)) for kind in (Plan, Settings)]
    for title, about, options in [(None, None, GENERAL), *groups]:
        group = command.add_argument_group(title, about)
        for name, (default, meaning) in options.items():
            kind, text = type(default), f"{meaning} (default: {default})"
            flag = f"--{name.replace('_', '-')}"
            group.add_argument(flag, type=kind, default=default, metavar=kind.__name__.upper(), help=text)
    _add_robots(commands)
    return whole


def _add_robots(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser(
        "robots",
        help="let an exported team play, each robot in a process of its own",
        description="Let a team that `train --export` wrote play, each robot in a process of its own that is told only "
        "what it sees itself, and compare every joint action with the one that the networks take together.",
        epilog="exit status: 0 always the same joint action; 1 an error, a difference or a robot that was lost without "
        "being killed; 2 a command that is not understood, a wrong name or value; 130 stopped by Control-C, SIGTERM, "
        "SIGHUP or SIGUSR1, once an episode has ended",
    )
    command.add_argument("folder", type=_path, metavar="FOLDER", help="what `train --export` wrote")
    trusted = "the team's environment, where it runs a module that FOLDER names, such as pettingzoo/MODULE:FUNCTION: "
    trusted += "give it if you trust that module (default: only this project's own environments)"
    command.add_argument("--env", type=_env, metavar="NAME", help=trusted)
    command.add_argument("--episodes", type=int, default=100, metavar="INT", help="games to play (default: 100)")
    command.add_argument("--seed", type=int, default=0, metavar="INT", help="of the games (default: 0)")
    killed = "play them a second time, and kill this robot before this step, both counted from 0 (default: nobody)"
    command.add_argument("--kill", type=_kill, metavar="AGENT@STEP", help=killed)


def _env(name: str) -> str:
    try:
        envs.find(name.partition("/")[0])
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return name


def _path(text: str) -> Path:
    return path(path=text)


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out a command; returns the exit status."""
    whole = parser()
    given = vars(whole.parse_args(arguments))
    match given.pop("command"):
        case "train":
            return _train(**given)
        case "robots":
            return _robots(**given)
        case "list":
            print(_list())
        case None:
            whole.print_help()
    return 0


def _train(env: str, mixer: str, option: list[str], folder: Path | None, export: Path | None, **given: Any) -> int:
    """Train, say what came of it, and how to go on from there."""
    try:
        made = envs.make(env, **dict(map(_pair, option)))
        for kind in (Plan, Settings):
            kind(**{name: given[name] for name in meanings(kind)})
        find_device(given["device"])
        at_least(1, seeds=given["seeds"])
        at_least(0, seed=given["seed"])
        finite("seconds, 0 or more", 0, checkpoint_every=given["checkpoint_every"])
    except ValueError as error:
        return _failed(error, MISUNDERSTOOD)
    except (ModuleNotFoundError, WorkerLost) as error:  # an optional package may be missing
        return _failed(error)
    try:
        if export:
            deployment.check(mixers.find(mixer), export)
        run = train(made, mixer, folder=folder, **given)
    except (ValueError, ModuleNotFoundError, Diverged, WorkerLost, OSError) as error:
        return _failed(error)
    except (MemoryError, RuntimeError) as error:  # torch has a MemoryError of its own, which is a RuntimeError
        if not isinstance(error, MemoryError) and not OUT_OF_MEMORY.search(str(error)):
            raise
        return _failed("there is not enough memory: give a smaller --capacity, or fewer --seeds")
    except KeyboardInterrupt:  # the second one: the first ends the training in good order
        print(f"\nbroken off; {_on(folder, 'the last checkpoint')}", file=sys.stderr)
        return STOPPED
    _say(run)
    if export:
        try:
            deployment.export(run, export)
        except (OSError, ValueError) as error:
            return _failed(f"the team cannot be exported: {error}")
        _say(f"{export} has the agents alone; to see them act: python -m marl_helpers robots {quote(str(export))}")
    if run.unkept:
        return ERROR
    if folder:
        _say(f"{folder} has {METRICS}{_curves(folder)}")
    if not run.finished:
        _say(_on(folder, "here"))
        return STOPPED
    if folder:
        _say("to train on: the same command with more --updates")
    return DIVERGED if run.diverged else 0


def _robots(folder: Path, episodes: int, seed: int, kill: tuple[int, int] | None, env: str | None) -> int:
    """Let a team play, and a second time without one of its robots; say whether it played as the networks do."""
    try:
        team = deployment.read_team(folder)
    except ValueError as error:
        return _failed(error)
    try:
        at_least(1, episodes=episodes)
        at_least(0, seed=seed)
        kill = kill and robots.check_kill(kill, team["n_agents"])
        worlds.check_name(team, env)
    except ValueError as error:
        return _failed(error, MISUNDERSTOOD)
    try:
        made = worlds.make_env(team, env)
        _say(f"{team['n_agents']} robots, each in a process of its own without PyTorch; {team['method']} trained them")
        reports = [robots.play(folder, episodes, seed, None, made)]
        _say(reports[0])
        if kill:
            reports.append(robots.play(folder, episodes, seed, kill, made))
            (agent, step), first = kill, reports[1].lost[kill[0]].episode
            _say(f"\nthe same games, but robot {agent} is killed before step {step}\n{reports[1]}")
            whole, without = (f"{np.mean(report.returns[first:]):.3g}" for report in reports)
            _say(f"mean return from episode {first} on: {without} without robot {agent}, {whole} with it")
    except (ValueError, ModuleNotFoundError, OSError, robots.Lost, WorkerLost) as error:
        return _failed(error)
    except KeyboardInterrupt:
        print("\nstopped, and so is every robot's process", file=sys.stderr)
        return STOPPED
    lost = [agent for report in reports for agent in report.lost]
    as_asked = lost == [kill[0]] if kill else not lost
    return 0 if as_asked and all(report.equal == report.steps for report in reports) else ERROR


def _kill(text: str) -> tuple[int, int]:
    """AGENT@STEP, two whole numbers."""
    agent, _, step = text.partition("@")
    if not (agent.isdecimal() and step.isdecimal()):
        raise argparse.ArgumentTypeError(f"it is {text!r}: write AGENT@STEP, such as 1@40")
    return int(agent), int(step)


def _failed(why: object, status: int = ERROR) -> int:
    print(f"error: {why}", file=sys.stderr)
    return status


def _say(what: object) -> None:
    """Print it; go on where that fails, as when the terminal was closed or the disk of its file is full."""
    try:
        print(what)
    except OSError as error:
        UNHEARD.append(error)


def _curves(folder: Path) -> str:
    if find_spec("tensorboard") and any(file.stat().st_size for file in folder.glob(events.FILES)):
        return f", and the curves for: tensorboard --logdir {quote(str(folder))}"
    return "; for curves in TensorBoard: pip install tensorboard, then the same command"


def _on(folder: Path | None, place: str) -> str:
    if folder is None:
        return "nothing is kept: with --folder PATH it could go on later"
    return f"the same command goes on from {place}"


def _list() -> str:
    """Every environment with its options, and every method, in a few words."""
    lines = ["environments, for --env; what is in brackets, for --option"]
    for name, env in sorted(envs.ENVS.items()):
        options = [_default(field) for field in fields(env) if field.init]
        name += f"/{env.variant.upper()}" if env.variant else ""
        lines += [f"  {name:19}{_about(env)}", f"{'':21}[{', '.join(options)}]"]
    lines += ["", "methods, for --mixer"]
    lines += [f"  {name:19}{_about(method)}" for name, method in mixers.METHODS.items()]
    lines += [f"  {alias:19}another name for {name}" for alias, name in mixers.ALIASES.items()]
    return "\n".join(lines)


def _about(kind: type) -> str:
    return inspect.getdoc(kind).partition("\n")[0]


def _default(field: Field) -> str:
    """An option of an environment with its default, if that is short."""
    short = field.default is None or isinstance(field.default, int | float | str)
    return f"{field.name}={field.default}" if short else field.name


def _pair(text: str) -> tuple[str, Any]:
    """NAME=VALUE, the value as a number, a list, None and so on where Python would read it so, or as it is."""
    name, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"option is {text!r}: write NAME=VALUE, such as penalty=-6")
    try:
        return name, ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return name, value


def _program() -> int:
    """`main` for a terminal: a warning is one line, and so is an output that cannot be written."""
    warnings.formatwarning = lambda message, *_: f"warning: {message}\n"
    status = main()
    try:
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left would be tried again at the end
        UNHEARD.append(error)
    return _failed(f"the output cannot be written ({UNHEARD[0].strerror})") if UNHEARD else status


if __name__ == "__main__":
    sys.exit(_program())
