"""python -m marl_helpers robots"""

import argparse
import sys
from pathlib import Path

import numpy as np

from marl_helpers.basics.arguments import at_least
from marl_helpers.commands import reading
from marl_helpers.commands.saying import ERROR, MISUNDERSTOOD, STOPPED, failed, say
from marl_helpers.envs import told
from marl_helpers.envs.adapters.simulators import WorkerLost
from marl_helpers.robots import export as deployment
from marl_helpers.robots import team as robots

STATUS = (
    "exit status: 0 always the same joint action; 1 an error, a difference or a robot that was lost without being "
    "killed; 2 a command that is not understood, a wrong name or value; 130 stopped by Control-C, SIGTERM, SIGHUP or "
    "SIGUSR1, once an episode has ended"
)


def arguments(command: argparse.ArgumentParser) -> None:
    """Every option, with its meaning and its default."""
    command.epilog = STATUS
    command.add_argument("folder", type=reading.path, metavar="FOLDER", help="what `train --export` wrote")
    trusted = "the team's environment, where it runs a module that FOLDER names, such as pettingzoo/MODULE:FUNCTION: "
    trusted += "give it if you trust that module (default: only this project's own environments)"
    command.add_argument("--env", type=reading.environment, metavar="NAME", help=trusted)
    command.add_argument("--episodes", type=int, default=100, metavar="INT", help="games to play (default: 100)")
    command.add_argument("--seed", type=int, default=0, metavar="INT", help="of the games (default: 0)")
    killed = "play them a second time, and kill this robot before this step, both counted from 0 (default: nobody)"
    command.add_argument("--kill", type=reading.kill, metavar="AGENT@STEP", help=killed)


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
        told.check_name(team, env)
    except ValueError as error:
        return failed(error, MISUNDERSTOOD)
    try:
        made = robots.make_env(team, env)
        say(f"{team['n_agents']} robots, each in a process of its own without PyTorch; {team['method']} trained them")
        reports = [robots.play(folder, episodes, seed, None, made)]
        say(reports[0])
        if kill:
            reports.append(robots.play(folder, episodes, seed, kill, made))
            (agent, step), first = kill, reports[1].lost[kill[0]].episode
            say(f"\nthe same games, but robot {agent} is killed before step {step}\n{reports[1]}")
            whole, without = (f"{np.mean(report.returns[first:]):.3g}" for report in reports)
            say(f"mean return from episode {first} on: {without} without robot {agent}, {whole} with it")
    except (ValueError, ModuleNotFoundError, OSError, robots.Lost, WorkerLost) as error:
        return failed(error)
    except KeyboardInterrupt:
        print("\nstopped, and so is every robot's process", file=sys.stderr)
        return STOPPED
    lost = [agent for report in reports for agent in report.lost]
    as_asked = lost == [kill[0]] if kill else not lost
    return 0 if as_asked and all(report.equal == report.steps for report in reports) else ERROR
