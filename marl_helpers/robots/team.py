"""A team of processes: each robot in one of its own, told only what it sees itself, beside the centralised team.

The parent plays the environment and asks all robots at every step. What it holds against their actions is the joint
action of the trained networks in PyTorch, run together. A robot that crashes, or does not answer, is survived.
"""

import json
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
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
from marl_helpers.training.agents import Agents
from marl_helpers.training.progress import PATIENCE

START, ANSWER = 600, 60  # seconds that a process may take to be ready, and to answer or to end
IDLE = ("stay", "noop", "no-op", "wait")  # what an action that does nothing is called
ANSWERS = robot.answer()


class Lost(RuntimeError):
    """A robot's process has ended, or does not answer."""


class Remote:
    """A robot in a process of its own. Whatever takes too long, or finds the process ended, raises Lost.

    Control-C reaches the parent alone, as the process is of another session; and it ends when its input does, so that
    it outlives no parent, however that one ends.
    """

    def __init__(self, folder: str | Path, agent: int, obs_dim: int | None = None):
        # A pipe that nobody empties would hold it up.
        self.errors = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115
        self.socket, its = socket.socketpair()  # a pipe of two ways, whose waits can have an end
        command = [sys.executable, "-P", robot.__file__, str(robot.place(folder)), str(agent)]
        command += [] if obs_dim is None else [str(obs_dim)]
        with its:
            self.process = subprocess.Popen(command, stdin=its, stdout=its, stderr=self.errors, start_new_session=True)
        self.socket.settimeout(START)

    def ready(self) -> dict:
        """Wait until it can be asked; returns what it says of itself."""
        line = b""
        while not line.endswith(b"\n"):
            line += self._receive(1)
        self.socket.settimeout(ANSWER)
        return json.loads(line)

    def ask(self, question: np.void) -> None:
        """Send what the robot sees; its answer is to be received next."""
        try:
            self.socket.sendall(question.tobytes())
        except OSError as error:
            raise Lost(self._why(error)) from error

    def answer(self) -> np.void:
        """The action, and the seconds that deciding took."""
        return np.frombuffer(self._receive(ANSWERS.itemsize), ANSWERS)[0]

    def close(self) -> None:
        """End the process, at once: it has nothing to save."""
        self.process.kill()
        self.process.wait()
        self.socket.close()
        self.errors.close()

    def _receive(self, size: int) -> bytes:
        found = b""
        while len(found) < size:
            try:
                part = self.socket.recv(size - len(found))
            except OSError as error:
                raise Lost(self._why(error)) from error
            if not part:
                raise Lost(self._why(None))
            found += part
        return found

    def _why(self, error: OSError | None) -> str:
        if isinstance(error, TimeoutError):
            return f"did not answer within {self.socket.gettimeout():g} s"
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(ANSWER)  # its end of the pipe closes a moment before
        self.errors.seek(0)
        said = self.errors.read().strip().splitlines()[-1:]
        code = self.process.returncode
        how = f"by {signal.Signals(-code).name}" if code is not None and code < 0 else f"with status {code}"
        return ": ".join([f"ended {how}", *said])


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

    def __str__(self) -> str:
        same = f"{self.equal} of {self.steps} steps"
        lines = [f"{len(self.returns)} episodes: the robots act as the centralised greedy team would at {same}"]
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
) -> Report:
    """Play greedy episodes with a process for each robot of the team that `deployment.export` wrote to the folder.

    seed: the same gives the same games. kill: (agent, step), both counted from 1, the step over all episodes: that
    robot's process is killed before that step. env: an environment, where it is none that `envs.make` knows or has
    other options; or its name, where a module that team.json names makes it: that is imported only if it is given here
    again, as anybody may have written team.json. A robot that is lost plays an action called as in IDLE from then on,
    else its first available one: a dock's robot stays in its lane. Shows progress after two seconds. Every process has
    ended when this returns or raises. Control-C, SIGTERM, SIGHUP or SIGUSR1 raises KeyboardInterrupt once the robots
    have started or the episode has ended, and a Control-C after that at once.

    Raises TeamError for missing, damaged or foreign files; ValueError for bad arguments, and a step to kill at that did
    not come; ModuleNotFoundError for missing packages; Lost where a robot does not start, or none is left.
    """
    episodes, seed = arguments.at_least(1, episodes=episodes), arguments.at_least(0, seed=seed)
    team = robot.read_team(arguments.path(folder=folder))
    known = env if isinstance(env, envs.Env) else make_env(team, told.check_name(team, env))
    kill = None if kill is None else check_kill(kill, known.n_agents)
    agents, generators = load_agents(folder, known), layers.generators(seed, 1)
    with interruptions() as stop, _started(folder, known) as remotes:
        games = _Games(known, agents, remotes, robot.question(team | {"obs_dim": known.obs_dim}))
        for _ in tqdm(range(episodes), desc="play", unit="episode", delay=PATIENCE, leave=False, disable=None):
            if stop.is_set():
                break
            games.play(layers.draw(generators, (known.limit + 1, 1, known.noise), Tensor.uniform_), kill)
    if stop.is_set():  # while the processes ended, too
        raise KeyboardInterrupt
    if kill is not None and games.report.steps < kill[1]:
        raise ValueError(f"kill is {kill}: there were {games.report.steps} steps only; give an earlier one")
    return games.report


def make_env(team: dict[str, Any], named: str | None = None) -> envs.Env:
    """The environment that a team was trained in; `named` and what is raised: as in told.make_told."""
    return told.make_told(team, named, "team", robot.TEAM, "play(folder, env=...)")


def check_kill(kill: tuple[int, int], n_agents: int) -> tuple[int, int]:
    remedy = f"an agent from 1 to {n_agents}, and a step from 1"
    try:
        agent, step = arguments.several(remedy, kill=kill)
        return arguments.at_most(1, n_agents, kill=agent), arguments.at_least(1, kill=step)
    except ValueError:
        arguments.refuse("kill", kill, remedy)


@contextmanager
def _started(folder: str | Path, env: envs.Env) -> Iterator[list[Remote]]:
    """Lend a process for each robot, ready to be asked; all have ended afterwards."""
    with ExitStack() as stack:
        numbers = range(1, env.n_agents + 1)
        made = (closing(Remote(folder, k, env.obs_dim)) for k in numbers)
        remotes = [stack.enter_context(one) for one in made]  # they start together
        for k, remote in enumerate(remotes, 1):
            try:
                remote.ready()
            except Lost as lost:
                raise Lost(f"robot {k} did not start: its process {lost}") from lost
        yield remotes


class _Games:
    """Games in progress, one after the other: R = 1 run of N = 1 episode to the environment and the networks."""

    def __init__(self, env: envs.Env, agents: Agents, remotes: list[Remote], question: np.dtype):
        self.env, self.agents, self.report = env, agents, Report()
        self.left = dict(enumerate(remotes, 1))  # the robots that have not been lost, by number
        self.questions = np.zeros(len(remotes), question)

    def play(self, noise: Tensor, kill: tuple[int, int] | None) -> None:
        """Play an episode; noise [1, T + 1, 1, env.noise]."""
        world, begins = self.env.reset(noise[:, 0]), True
        seen = self.env.observe(world)
        last, memory = self.agents.start(seen.obs)
        self.report.returns.append(0.0)
        for t in range(self.env.limit):
            self.report.steps += 1
            if kill is not None and kill[1] == self.report.steps:
                self.left[kill[0]].process.kill()
            q, memory = self.agents.step(seen.obs, last, memory)
            greedy = mask(q, seen.available).argmax(-1).flatten().tolist()
            answered = self._ask(seen, begins)
            self.report.equal += all(action == greedy[agent - 1] for agent, action in answered.items())
            numbers = range(1, self.env.n_agents + 1)
            actions = [answered[k] if k in answered else self._idle(k - 1, seen) for k in numbers]
            last, begins = torch.tensor(actions, device=last.device).view_as(last), False
            world, outcome = self.env.step(world, last, noise[:, t + 1])
            seen = self.env.observe(world)
            self.report.returns[-1] += outcome.reward.item()
            if (outcome.terminated | outcome.truncated).item():
                return

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
