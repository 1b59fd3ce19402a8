"""python -m marl_helpers film"""

import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np

from marl_helpers.basics import files
from marl_helpers.basics.arguments import at_least
from marl_helpers.commands.loaded import loaded
from marl_helpers.commands.saying import MISUNDERSTOOD, failed, say
from marl_helpers.envs.adapters.simulators import WorkerLost
from marl_helpers.envs.adapters.theirs import EnvError
from marl_helpers.plots.films import gif, mp4
from marl_helpers.training.runs import Run
from marl_helpers.training.scenes import record

WRITERS = {".gif": gif, ".mp4": mp4}


def run(
    folders: list[Path], env: str | None, out: Path | None, episodes: int, seed: int, which: int | None, pause: int
) -> int:
    """Film greedy games of the team of each folder."""
    try:
        at_least(1, episodes=episodes, pause=pause)
        at_least(0, seed=seed)
        if out and (len(folders) > 1 or out.suffix not in WRITERS):
            raise ValueError(f"out is {str(out)!r}: give the name of a .gif or an .mp4, for one folder")
    except ValueError as error:
        return failed(error, MISUNDERSTOOD)
    for folder in folders:
        path = out or Path(f"{folder.resolve().name}.gif")
        try:
            filmed = recorded(loaded(folder, env), episodes, seed, which)
            files.write(path, WRITERS[path.suffix](filmed, pause))
        except (ValueError, ModuleNotFoundError, OSError, WorkerLost) as error:
            return failed(error)
        returns = ", ".join(f"{sum(one['reward']):.4g}" for one in filmed["episodes"])
        games = "a game that earns" if episodes == 1 else f"{episodes} games that earn"
        best = ", the best in its last test" if which is None else ""
        say(f"{path} has seed {filmed['which']} of {folder}{best}, in {games} {returns}")
    return 0


def recorded(run: Run, episodes: int, seed: int, which: int | None) -> dict:
    """Games of one seed, the best one in its last test where none is asked for; drawn by the environment if it can."""
    if which is None:
        which = int(np.nanargmax(run.returns)) if np.isfinite(run.returns).any() else 0
    if hasattr(run.env, "render"):
        try:
            return record(replace(run, env=replace(run.env, render=True, workers=0)), episodes, seed, which)
        except (EnvError, ValueError, ModuleNotFoundError) as error:
            warnings.warn(f"the world is not drawn: {error}", stacklevel=2)
    return record(run, episodes, seed, which)
