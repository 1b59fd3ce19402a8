"""python -m marl_helpers train"""

import re
import sys
from importlib.util import find_spec
from pathlib import Path
from shlex import quote
from typing import Any

from marl_helpers import mixers
from marl_helpers.basics.arguments import at_least, finite
from marl_helpers.basics.devices import find_device
from marl_helpers.basics.options import meanings
from marl_helpers.commands import asking
from marl_helpers.commands.options import GENERAL
from marl_helpers.commands.saying import DIVERGED, ERROR, MISUNDERSTOOD, STOPPED, failed, program, python, say
from marl_helpers.envs.adapters.simulators import WorkerLost
from marl_helpers.robots import export as deployment
from marl_helpers.training import events
from marl_helpers.training.checkpoints import CheckpointError
from marl_helpers.training.loading import what
from marl_helpers.training.loop import Diverged, train
from marl_helpers.training.plan import METRICS, Plan, Settings
from marl_helpers.training.progress import Lines, Progress, Terminal
from marl_helpers.training.runs import Run

OUT_OF_MEMORY = re.compile("can't allocate memory|out of memory", re.IGNORECASE)


KEPT = ("seeds", "seed", "device")  # of what a folder keeps, beside the environment, the method, plan and settings


def run(folder: Path | None, export: Path | None, quiet: bool, lines: bool, **given: Any) -> int:
    """Train, say what came of it, and how to go on from there."""
    named = given.get("env")
    try:
        asked = _asked(folder, given)
    except CheckpointError as error:
        return failed(error)
    except ValueError as error:
        return failed(error, MISUNDERSTOOD)
    except (ModuleNotFoundError, WorkerLost) as error:  # an optional package may be missing
        return failed(error)
    try:
        if export:
            deployment.check(mixers.find(asked["mixer"]), export)
        trained = train(folder=folder, progress=Progress if quiet else Lines if lines else Terminal, **asked)
    except (ValueError, ModuleNotFoundError, Diverged, WorkerLost, OSError) as error:
        return failed(error)
    except (MemoryError, RuntimeError) as error:  # torch has a MemoryError of its own, which is a RuntimeError
        if not isinstance(error, MemoryError) and not OUT_OF_MEMORY.search(str(error)):
            raise
        return failed("there is not enough memory: give a smaller --capacity, or fewer --seeds")
    except KeyboardInterrupt:  # the second one: the first ends the training in good order
        print(f"\nbroken off; {_on(folder, 'the last checkpoint')}", file=sys.stderr)
        return STOPPED
    return _tell(trained, folder, export, named)


def _asked(folder: Path | None, given: dict[str, Any]) -> dict[str, Any]:
    """What is given, over what the folder has, over the defaults; raises ValueError for what is wrong."""
    before = what(folder) if folder else None
    begins = folder and not before and not given.get("env")  # perhaps a slip of the pen in the folder's name
    option, mixer_option = (asking.pairs(given.pop(name, [])) for name in ("option", "mixer_option"))
    env = asking.environment(given.pop("env", None), option, before)
    name, mixer_options = asking.mixer(given.pop("mixer", None), mixer_option, before)
    kept = {**before["plan"], **before["settings"], **{one: before[one] for one in KEPT}} if before else {}
    asked = {**{one: default for one, (default, _) in GENERAL.items()}, **kept, **given}
    asked["mixer_options"] = mixer_options
    for kind in (Plan, Settings):
        kind(**{one: asked[one] for one in meanings(kind) if one in asked})
    find_device(asked["device"])
    at_least(1, seeds=asked["seeds"])
    at_least(0, seed=asked["seed"])
    finite("seconds, 0 or more", 0, checkpoint_every=asked["checkpoint_every"])
    if begins:
        print(f"{folder} has no training yet: a new one begins, {name} on {env.name}", file=sys.stderr)
    return {"env": env, "mixer": name, **asked}


def _tell(trained: Run, folder: Path | None, export: Path | None, named: str | None) -> int:
    """Say what came of a training, export its team where that is asked for, and say how to go on."""
    say(trained)
    if export:
        try:
            deployment.export(trained, export)
        except (OSError, ValueError) as error:
            return failed(f"the team cannot be exported: {error}")
        team = asking.where(named, quote(str(export)))
        say(f"{export} has the agents alone; to see them act: {program()} robots {team}")
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
        return f", and the curves for: {python()} -m tensorboard.main --logdir {quote(str(folder))}"
    return f"; for curves in TensorBoard: {python()} -m pip install tensorboard, then the same command"


def _on(folder: Path | None, place: str) -> str:
    if folder is None:
        return "nothing is kept: with --folder PATH it could go on later"
    return f"the same command goes on from {place}"
