"""A team of processes: each robot in one of its own, told only what it sees itself, beside the centralised team.

The parent plays the environment and asks all robots at every step. What it holds against their actions is the joint
action of the trained networks in PyTorch, run together. A robot that crashes, or does not answer, is survived.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from marl_helpers import envs
from marl_helpers.basics import arguments
from marl_helpers.basics.devices import one_thread
from marl_helpers.basics.interruptions import interruptions
from marl_helpers.envs import told
from marl_helpers.mixers import layers
from marl_helpers.mixers.base import mask
from marl_helpers.robots import robot
from marl_helpers.robots.export import load_agents
from marl_helpers.robots.remote import Lost, Remote
from marl_helpers.training.agents import Agents
from marl_helpers.training.progress import PATIENCE

IDLE = ("stay", "noop", "no-op", "wait")  # what an action that does nothing is called


class Loss(NamedTuple):
    """When a robot was lost, the step counted from 1 over all episodes, as they are, and why."""

    episode: int
    step: int
    why: str


@dataclass
class Report:
    """What came of the episodes. A step counts as equal where all robots that are left act as the networks do."""

    returns: list[float] = field(default_factory=list)  # of each episode
    steps: int = 0
    equal: int = 0
    decisions: list[float] = field(default_factory=list)  # seconds, in the robots' processes
    round_trips: list[float] = field(default_factory=list)  # seconds, from the first question to the last answer
    lost: dict[int, Loss] = field(default_factory=dict)  # by agent, from 1
    joined: dict[int, tuple[int, int]] = field(default_factory=dict)  # by agent: the episode and the step, as in Loss

    def __str__(self) -> str:
        same = f"{self.equal} of {self.steps} steps"
        lines = [f"{len(self.returns)} episodes: the robots act as the centralised greedy team would at {same}"]
        for agent, (episode, step) in self.joined.items():
            lines.append(f"robot {agent} joined at step {step}, in episode {episode}")
        for agent, (episode, step, why) in self.lost.items():
            lines.append(f"robot {agent} was lost at step {step}, in episode {episode} ({why}); the others went on")
        times = {"one decision": self.decisions, "a step of the team": self.round_trips}
        lines += [f"{name} takes {_times(seconds)}" for name, seconds in times.items() if seconds]
        return "\n".join([*lines, f"mean return {np.mean(self.returns):.3g}"])


def _times(seconds: list[float]) -> str:
    half, most = 1000 * np.quantile(seconds, [0.5, 0.95])
    return f"{half:.3f} ms (median), {most:.3f} ms (95th percentile)"


@one_thread()
@torch.no_grad()
def play(
    folder: str | Path,
    episodes: int = 100,
    seed: int = 0,
    kill: tuple[int, int] | None = None,
    env: envs.Env | str | None = None,
    join: tuple[int, int] | None = None,
) -> Report:
    """Play greedy episodes with a process for each robot of the team that `deployment.export` wrote to the folder.

    seed: the same gives the same games. kill: (agent, step), both counted from 1, the step over all episodes: that
    robot's process is killed before that step. join: likewise, that robot has no process and is absent before that
    step, and is present from then on, whatever an episode begins with. env: an environment, where it is none that
    `envs.make` knows or has other options, such as room for more; or its name, where a module that team.json names
    makes it: that is imported only if it is given here again, as anybody may have written team.json.

    A robot that is lost leaves the team where the world has `present` (envs/entities.py): from the next step on nobody
    sees a row of it. Elsewhere it plays an action called as in IDLE from then on, else its first available one: a
    dock's robot stays in its lane. Shows progress after two seconds. Every process has ended when this returns or
    raises. Control-C, SIGTERM, SIGHUP or SIGUSR1 raises KeyboardInterrupt once the robots have started or the episode
    has ended, and a Control-C after that at once.

    Raises TeamError for missing, damaged or foreign files; ValueError for bad arguments, a step to kill or to join at
    that did not come, and for `join` where a world has no `present`; ModuleNotFoundError for missing packages; Lost
    where a robot does not start, or none is left.
    """
    episodes, seed = arguments.at_least(1, episodes=episodes), arguments.at_least(0, seed=seed)
    team = robot.read_team(arguments.path(folder=folder))
    known = env if isinstance(env, envs.Env) else make_env(team, told.check_name(team, env))
    kill, join = check_changes(kill, join, known.n_agents)
    agents, generators = load_agents(folder, known), layers.generators(seed, 1)
    with interruptions() as stop, _starting(folder, known) as start:
        games = _Games(known, agents, start, robot.question(team | {"obs_dim": known.obs_dim}), kill, join)
        for _ in tqdm(range(episodes), desc="play", unit="episode", delay=PATIENCE, leave=False, disable=None):
            if stop.is_set():
                break
            games.play(layers.draw(generators, (known.limit + 1, 1, known.noise), Tensor.uniform_))
    if stop.is_set():  # while the processes ended, too
        raise KeyboardInterrupt
    for name, change in {"kill": kill, "join": join}.items():
        if change is not None and games.report.steps < change[1]:
            raise ValueError(f"{name} is {change}: there were {games.report.steps} steps only; give an earlier one")
    return games.report


def make_env(team: dict[str, Any], named: str | None = None, options: dict[str, Any] | None = None) -> envs.Env:
    """The environment that a team was trained in, `options` over its own; the rest as in told.make_told."""
    remedy = "give it, play(folder, env=...), or in a terminal --env MODULE:CLASS"
    return told.make_told(team, named, "team", robot.TEAM, remedy, options)


def check_changes(kill: Any, join: Any, n_agents: int) -> tuple[tuple[int, int] | None, tuple[int, int] | None]:
    """Both as they are used; raises ValueError for what is no agent and step, and for a death before the joining."""
    remedy, found = f"an agent from 1 to {n_agents}, and a step from 1", []
    for name, change in {"kill": kill, "join": join}.items():
        try:
            agent, step = (1, 1) if change is None else arguments.several(remedy, **{name: change})
            checked = arguments.at_most(1, n_agents, **{name: agent}), arguments.at_least(1, **{name: step})
        except ValueError:
            arguments.refuse(name, change, remedy)
        found.append(None if change is None else checked)
    kill, join = found
    if kill and join and kill[0] == join[0] and kill[1] <= join[1]:
        arguments.refuse("kill", kill, f"a step after {join[1]}, before which robot {join[0]} joins")
    return kill, join


@contextmanager
def _starting(folder: str | Path, env: envs.Env) -> Iterator[Callable[[list[int]], dict[int, Remote]]]:
    """Lend what starts a process for each of these robots, ready to be asked; all have ended afterwards."""
    with ExitStack() as stack:

        def start(numbers: list[int]) -> dict[int, Remote]:
            made = {k: closing(Remote(folder, k, env.obs_dim)) for k in numbers}
            remotes = {k: stack.enter_context(one) for k, one in made.items()}  # they start together
            for k, remote in remotes.items():
                try:
                    remote.ready()
                except Lost as lost:
                    raise Lost(f"robot {k} did not start: its process {lost}") from lost
            return remotes

        yield start


class _Games:
    """Games in progress, one after the other: R = 1 run of N = 1 episode to the environment and the networks."""

    def __init__(
        self,
        env: envs.Env,
        agents: Agents,
        start: Callable[[list[int]], dict[int, Remote]],
        question: np.dtype,
        kill: tuple[int, int] | None,
        join: tuple[int, int] | None,
    ):
        self.env, self.agents, self.start, self.kill, self.join = env, agents, start, kill, join
        self.report, self.questions = Report(), np.zeros(env.n_agents, question)
        later = join[0] if join else None
        self.left = start([k for k in range(1, env.n_agents + 1) if k != later])  # those that are there, by number

    def play(self, noise: Tensor) -> None:
        """Play an episode; noise [1, T + 1, 1, env.noise]."""
        world, begins = self.env.reset(noise[:, 0]), True
        none, empty = self.agents.start(noise.new_zeros(1, 1, self.env.n_agents, self.env.obs_dim))
        last, memory = none.clone(), empty.clone()
        self.report.returns.append(0.0)
        for t in range(self.env.limit):
            self.report.steps += 1
            if (joined := self._change()) is not None:  # it remembers nothing, as its process does
                last[..., joined], memory[..., joined, :] = none[..., joined], empty[..., joined, :]
            world = self._staffed(world)
            seen = self.env.observe(world)
            q, memory = self.agents.step(seen.obs, last, memory)
            greedy = mask(q, seen.available).argmax(-1).flatten().tolist()
            answered = self._ask(seen, begins)
            self.report.equal += all(action == greedy[agent - 1] for agent, action in answered.items())
            numbers = range(1, self.env.n_agents + 1)
            actions = [answered[k] if k in answered else self._idle(k - 1, seen) for k in numbers]
            last, begins = torch.tensor(actions, device=last.device).view_as(last), False
            world, outcome = self.env.step(world, last, noise[:, t + 1])
            self.report.returns[-1] += outcome.reward.item()
            if (outcome.terminated | outcome.truncated).item():
                return

    def _change(self) -> int | None:
        """Kill who is to be killed before this step, and start who joins; returns that one's place."""
        now = self.report.steps
        if self.kill and self.kill[1] == now and self.kill[0] in self.left:
            self.left[self.kill[0]].process.kill()
        if not self.join or self.join[1] != now:
            return None
        self.left |= self.start([self.join[0]])
        self.report.joined[self.join[0]] = (len(self.report.returns), now)
        return self.join[0] - 1

    def _staffed(self, world: envs.World) -> envs.World:
        """The world in which whoever has no process is absent, and whoever has joined is present."""
        if "present" not in world:
            if self.join:
                raise ValueError(f"join is {self.join}: in {self.env.name} nobody can, its world has no 'present'")
            return world
        present = world["present"].clone()
        present[..., [k for k in range(self.env.n_agents) if k + 1 not in self.left]] = False
        present[..., [agent - 1 for agent in self.report.joined if agent in self.left]] = True
        return world | {"present": present}

    def _ask(self, seen: envs.Observation, begins: bool) -> dict[int, int]:
        """The action of each robot that is left, by its number; all of them decide at the same time."""
        self.questions["begins"] = begins
        self.questions["obs"], self.questions["available"] = seen.obs[0, 0], seen.available[0, 0]
        began, found = time.perf_counter(), {}
        for agent in list(self.left):
            self._try(agent, Remote.ask, self.questions[agent - 1])
        for agent in list(self.left):
            if (answer := self._try(agent, Remote.answer)) is not None:
                found[agent] = int(answer["action"])
                self.report.decisions.append(float(answer["seconds"]))
        self.report.round_trips.append(time.perf_counter() - began)
        return found

    def _try(self, agent: int, talk: Callable[..., Any], *words: Any) -> Any:
        """What a robot says; None where it is lost, which is noted."""
        try:
            return talk(self.left[agent], *words)
        except Lost as lost:
            self.left.pop(agent).close()
            self.report.lost[agent] = Loss(len(self.report.returns), self.report.steps, str(lost))
            if not self.left:
                raise Lost(f"no robot is left: the last, robot {agent}, {lost}") from lost
            return None

    def _idle(self, agent: int, seen: envs.Observation) -> int:
        """What a lost robot plays; agent: its place, 0 for the first."""
        available = seen.available[0, 0, agent].nonzero().flatten().tolist()
        names = self.env.action_names[agent] if self.env.action_names else []
        return next((a for a in available if a < len(names) and names[a] in IDLE), available[0])
