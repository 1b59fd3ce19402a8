"""python -m marl_helpers robots"""

import sys
from pathlib import Path

import numpy as np

from marl_helpers import envs
from marl_helpers.basics.arguments import at_least
from marl_helpers.commands.saying import ERROR, MISUNDERSTOOD, STOPPED, failed, say
from marl_helpers.envs import told
from marl_helpers.envs.adapters.simulators import WorkerLost
from marl_helpers.envs.own import imported, is_own
from marl_helpers.robots import export as deployment
from marl_helpers.robots import team as robots


def run(folder: Path, episodes: int, seed: int, kill: tuple[int, int] | None, env: str | None) -> int:
    """Let a team play, and a second time without one of its robots; say whether it played as the networks do."""
    try:
        team = deployment.read_team(folder)
    except ValueError as error:
        return failed(error)
    try:
        at_least(1, episodes=episodes)
        at_least(0, seed=seed)
        kill = kill and robots.check_kill(kill, team["n_agents"])
        named = imported(env) if env and is_own(env) else told.check_name(team, env)
    except ValueError as error:
        return failed(error, MISUNDERSTOOD)
    try:
        own_class = isinstance(named, type)  # imported now, and so one of those that can be made
        made = named if isinstance(named, envs.Env) else robots.make_env(team, None if own_class else named)
        say(f"{team['n_agents']} robots, each in a process of its own without PyTorch; {team['method']} trained them")
        reports = [robots.play(folder, episodes, seed, None, made)]
        say(reports[0])
        if kill:
            reports.append(robots.play(folder, episodes, seed, kill, made))
            (agent, step), first = kill, reports[1].lost[kill[0]].episode - 1
            say(f"\nthe same games, but robot {agent} is killed before step {step}\n{reports[1]}")
            whole, without = (f"{np.mean(report.returns[first:]):.3g}" for report in reports)
            say(f"mean return from episode {first + 1} on: {without} without robot {agent}, {whole} with it")
    except (ValueError, ModuleNotFoundError, OSError, robots.Lost, WorkerLost) as error:
        return failed(error)
    except KeyboardInterrupt:
        print("\nstopped, and so is every robot's process", file=sys.stderr)
        return STOPPED
    lost = [agent for report in reports for agent in report.lost]
    as_asked = lost == [kill[0]] if kill else not lost
    return 0 if as_asked and all(report.equal == report.steps for report in reports) else ERROR
