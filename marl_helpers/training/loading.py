"""A training that is over, or not yet: its run, read from its folder, without training and without touching a file."""

from contextlib import suppress
from pathlib import Path

import torch

from marl_helpers import envs
from marl_helpers.basics import arguments
from marl_helpers.basics.devices import find_device
from marl_helpers.envs import told
from marl_helpers.mixers import layers
from marl_helpers.training import checkpoints, config
from marl_helpers.training.checkpoints import CheckpointError
from marl_helpers.training.evaluation import Evaluation
from marl_helpers.training.folders import CHECKPOINT
from marl_helpers.training.learner import Learner
from marl_helpers.training.plan import Plan, Settings
from marl_helpers.training.runs import Run, columns


def load(folder: str | Path, env: str | envs.Env | None = None, device: str = "auto") -> Run:
    """The run of a training's last checkpoint, as `train` would have returned it then.

    Nothing is trained, written or locked, so that a training that goes on in the folder may be looked at. env: the
    environment, where it is none of this project's; or its name, where a module makes it that the checkpoint names:
    that is imported only if it is given here again, as anybody may have written the files. device: where its networks
    go, whichever it was trained on.

    Raises CheckpointError for a folder without a checkpoint, and for one that is damaged, foreign, or of another
    environment; ValueError for a bad argument, and for an environment that cannot be made.
    """
    folder, device = arguments.path(folder=folder), find_device(device)
    state = checkpoints.load(folder / CHECKPOINT, device)
    if state is None:
        raise CheckpointError(
            f"{folder} holds no training: it lacks {CHECKPOINT}, which train(folder=...) writes, or train --folder"
        )
    what = config.complete(state.get("what"))
    made = _made(what, env, folder)
    try:
        return _run(made, what, state, config.asked(folder, state["updates"]), device)
    except (AttributeError, KeyError, IndexError, RuntimeError, TypeError, ValueError) as error:
        why = f"{type(error).__name__}: {error}".splitlines()[0]
        raise CheckpointError(
            f"the checkpoint of {folder} does not fit its environment and method ({why}): were they changed since?"
        ) from error


def evaluate(run: Run | str | Path, episodes: int = 100, seed: int = 0) -> Evaluation:
    """What `Run.evaluate` says, for a run that `train` or `load` returned, or for a folder, as `load` takes it.

    Raises ValueError for bad arguments, and what `load` raises.
    """
    if not isinstance(run, Run):
        run = load(arguments.instance((str, Path), "a run that train returned, or its folder", run=run))
    return run.evaluate(episodes, seed)


def what(folder: str | Path) -> dict | None:
    """What the training in a folder is: its config.json, or what its checkpoint says where an older version left none.

    None where there is neither. Raises CheckpointError where there are damaged checkpoints only.
    """
    folder = arguments.path(folder=folder)
    with suppress(config.ConfigError):  # the checkpoint says it too
        if found := config.read(folder):
            return found
    state = checkpoints.load(folder / CHECKPOINT, "cpu")
    return state and config.complete(state.get("what"))


def _made(what: dict, env: str | envs.Env | None, folder: Path) -> envs.Env:
    """The environment: the one that is given, if it is the training's, or as the checkpoint tells it."""
    if isinstance(env, envs.Env):
        if other := config.difference(what, {**what, **envs.describe(env)}):
            raise CheckpointError(f"{other}: give the environment of {folder}")
        return env
    named = told.check_name(what, env, "training")
    remedy = "give it, load(folder, env=...), or in a terminal --env MODULE:CLASS"
    return told.make_told(what, named, "training", CHECKPOINT, remedy)


def _run(env: envs.Env, what: dict, state: dict, updates: int, device: str) -> Run:
    seeds, settings = what["seeds"], Settings(**what["settings"])
    learner = Learner(env, what["method"], layers.generators(0, seeds, device), settings)
    learner.load_state_dict(state["learner"])
    plan = Plan(**{**what["plan"], "updates": updates})
    curve = [{name: x.cpu() for name, x in row.items()} for row in state["curve"]]
    bad = enumerate(torch.as_tensor(state["bad"]).tolist())
    diverged = {k: f"seed {k} diverged at update {update}" for k, update in bad if update}
    return Run(
        env,
        learner.mixer.name,
        plan,
        settings,
        learner,
        columns(curve, seeds),
        diverged,
        state["updates"] >= updates,
    )
