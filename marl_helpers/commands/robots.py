"""python -m marl_helpers robots"""

import sys
from pathlib import Path

import numpy as np

from marl_helpers import envs
from marl_helpers.basics.arguments import at_least
from marl_helpers.commands.asking import pairs
from marl_helpers.commands.saying import ERROR, MISUNDERSTOOD, STOPPED, failed, say
from marl_helpers.envs import told
from marl_helpers.envs.adapters.simulators import WorkerLost
from marl_helpers.envs.own import imported, is_own
from marl_helpers.robots import export as deployment
from marl_helpers.robots import team as robots


def run(
    folder: Path,
    episodes: int,
    seed: int,
    kill: tuple[int, int] | None,
    join: tuple[int, int] | None,
    env: str | None,
    option: list[str],
) -> int:
    """Let a team play, and a second time while its robots change; say whether it played as the networks do."""
    try:
        team = deployment.read_team(folder)
    except ValueError as error:
        return failed(error)
    try:
        at_least(1, episodes=episodes)
        at_least(0, seed=seed)
        options = pairs(option)
        named = imported(env) if env and is_own(env) else told.check_name(team, env)
        if options and isinstance(named, envs.Env):
            raise ValueError(f"env is {env!r}, an instance, which has its options: leave out --option")
    except ValueError as error:
        return failed(error, MISUNDERSTOOD)
    try:
        own_class = isinstance(named, type)  # imported now, and so one of those that can be made
        made = named if isinstance(named, envs.Env) else robots.make_env(team, None if own_class else named, options)
        try:
            robots.check_changes(kill, join, made.n_agents)
        except ValueError as error:
            return failed(error, MISUNDERSTOOD)
        say(f"{made.n_agents} robots, each in a process of its own without PyTorch; {team['method']} trained them")
        return _played(folder, episodes, seed, kill, join, made)
    except (ValueError, ModuleNotFoundError, OSError, robots.Lost, WorkerLost) as error:
        return failed(error)
    except KeyboardInterrupt:
        print("\nstopped, and so is every robot's process", file=sys.stderr)
        return STOPPED


def _played(folder: Path, episodes: int, seed: int, kill: tuple | None, join: tuple | None, env: envs.Env) -> int:
    """Say how they played, as the whole team and while it changes; returns the exit status."""
    reports = [robots.play(folder, episodes, seed, None, env)]
    say(reports[0])
    words = [f"robot {kill[0]} is killed before step {kill[1]}"] if kill else []
    words += [f"robot {join[0]} joins before step {join[1]}"] if join else []
    if words:
        reports.append(robots.play(folder, episodes, seed, kill, env, join))
        changed = reports[1]
        say(f"\nthe same games, but {', and '.join(words)}\n{changed}")
        first = min(episode for episode, *_ in (*changed.lost.values(), *changed.joined.values())) - 1
        before, after = (f"{np.mean(report.returns[first:]):.3g}" for report in reports)
        say(f"mean return from episode {first + 1} on: {after}, and {before} without the change")
    lost = [agent for report in reports for agent in report.lost]
    as_asked = lost == [kill[0]] if kill else not lost
    return 0 if as_asked and all(report.equal == report.steps for report in reports) else ERROR
