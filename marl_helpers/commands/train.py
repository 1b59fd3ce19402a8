"""python -m marl_helpers train"""

import ast
import re
import sys
from importlib.util import find_spec
from pathlib import Path
from shlex import quote
from typing import Any

from marl_helpers import envs, mixers
from marl_helpers.basics.arguments import at_least, finite
from marl_helpers.basics.devices import find_device
from marl_helpers.basics.options import meanings
from marl_helpers.commands.saying import DIVERGED, ERROR, MISUNDERSTOOD, STOPPED, failed, say
from marl_helpers.envs.adapters.simulators import WorkerLost
from marl_helpers.robots import export as deployment
from marl_helpers.training import events
from marl_helpers.training.loop import Diverged, train
from marl_helpers.training.plan import METRICS, Plan, Settings
from marl_helpers.training.runs import Run

OUT_OF_MEMORY = re.compile("can't allocate memory|out of memory", re.IGNORECASE)


def run(env: str, mixer: str, option: list[str], folder: Path | None, export: Path | None, **given: Any) -> int:
    """Train, say what came of it, and how to go on from there."""
    try:
        made = _checked(env, option, given)
    except ValueError as error:
        return failed(error, MISUNDERSTOOD)
    except (ModuleNotFoundError, WorkerLost) as error:  # an optional package may be missing
        return failed(error)
    try:
        if export:
            deployment.check(mixers.find(mixer), export)
        trained = train(made, mixer, folder=folder, **given)
    except (ValueError, ModuleNotFoundError, Diverged, WorkerLost, OSError) as error:
        return failed(error)
    except (MemoryError, RuntimeError) as error:  # torch has a MemoryError of its own, which is a RuntimeError
        if not isinstance(error, MemoryError) and not OUT_OF_MEMORY.search(str(error)):
            raise
        return failed("there is not enough memory: give a smaller --capacity, or fewer --seeds")
    except KeyboardInterrupt:  # the second one: the first ends the training in good order
        print(f"\nbroken off; {_on(folder, 'the last checkpoint')}", file=sys.stderr)
        return STOPPED
    return _tell(trained, folder, export)


def _checked(env: str, option: list[str], given: dict[str, Any]) -> envs.Env:
    """The environment; raises ValueError for what is wrong with it or with the options."""
    made = envs.make(env, **dict(map(_pair, option)))
    for kind in (Plan, Settings):
        kind(**{name: given[name] for name in meanings(kind)})
    find_device(given["device"])
    at_least(1, seeds=given["seeds"])
    at_least(0, seed=given["seed"])
    finite("seconds, 0 or more", 0, checkpoint_every=given["checkpoint_every"])
    return made


def _tell(trained: Run, folder: Path | None, export: Path | None) -> int:
    """Say what came of a training, export its team where that is asked for, and say how to go on."""
    say(trained)
    if export:
        try:
            deployment.export(trained, export)
        except (OSError, ValueError) as error:
            return failed(f"the team cannot be exported: {error}")
        say(f"{export} has the agents alone; to see them act: python -m marl_helpers robots {quote(str(export))}")
    if trained.unkept:
        return ERROR
    if folder:
        say(f"{folder} has {METRICS}{_curves(folder)}")
    if not trained.finished:
        say(_on(folder, "here"))
        return STOPPED
    if folder:
        say("to train on: the same command with more --updates")
    return DIVERGED if trained.diverged else 0


def _curves(folder: Path) -> str:
    if find_spec("tensorboard") and any(file.stat().st_size for file in folder.glob(events.FILES)):
        return f", and the curves for: tensorboard --logdir {quote(str(folder))}"
    return "; for curves in TensorBoard: pip install tensorboard, then the same command"


def _on(folder: Path | None, place: str) -> str:
    if folder is None:
        return "nothing is kept: with --folder PATH it could go on later"
    return f"the same command goes on from {place}"


def _pair(text: str) -> tuple[str, Any]:
    """NAME=VALUE, the value as a number, a list, None and so on where Python would read it so, or as it is."""
    name, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"option is {text!r}: write NAME=VALUE, such as penalty=-6")
    try:
        return name, ast.literal_eval(value)
    except (ValueError, SyntaxError, TypeError):  # the last for a list as a name in a dictionary
        return name, value
