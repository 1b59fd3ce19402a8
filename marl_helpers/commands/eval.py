"""python -m marl_helpers eval"""

from pathlib import Path

from marl_helpers.basics.arguments import at_least
from marl_helpers.commands.loaded import loaded
from marl_helpers.commands.saying import MISUNDERSTOOD, failed, say
from marl_helpers.envs.adapters.simulators import WorkerLost


def run(folders: list[Path], env: str | None, episodes: int, seed: int) -> int:
    """Let the teams of these folders play the same games, and say what they earn."""
    try:
        at_least(1, episodes=episodes)
        at_least(0, seed=seed)
    except ValueError as error:
        return failed(error, MISUNDERSTOOD)
    for folder in folders:
        try:
            found = loaded(folder, env).evaluate(episodes, seed)
        except (ValueError, ModuleNotFoundError, OSError, WorkerLost) as error:
            return failed(error)
        say(f"{folder}: {found}")
    return 0
