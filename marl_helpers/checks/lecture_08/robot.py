"""The check of a robot that acts alone, for lecture 08: against the package's networks, run together."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, NoReturn

import numpy as np
import torch

from marl_helpers.checks.exercise import CASES, Mistake, call, exercise, unreadable
from marl_helpers.checks.reading import number
from marl_helpers.mixers import layers
from marl_helpers.mixers.base import mask
from marl_helpers.training.agents import NONE, Agents

ROBOTS, SIGHTS, ACTIONS, HIDDEN = 3, 3, 4, 8
EPISODES = (1, 5, 3, 6, 4, 5)  # their steps
Message = dict[str, Any]
Network = Callable[[np.ndarray, int, np.ndarray], tuple[np.ndarray, np.ndarray]]


@exercise(
    "lecture-08",
    "A robot alone",
    {
        "argmax first": "You choose before you mask: {place} plays action {given}, which is not available.",
        "times mask": "You multiply the utilities by the mask. An action that is not available then counts as 0, more "
        "than utilities below 0: {place} plays {given}.",
        "unavailable": "Your {place} plays action {given}, which is not available there.",
        "nothing kept": "Your robot forgets between steps of one episode: {place} would play otherwise if it had kept "
        "what the network returned as its new memory.",
        "nothing reset": "Your robot begins an episode with the memory and the last action of the one before. Where "
        "`begins` is true, both start anew.",
        "memory not reset": "Your robot begins an episode with the memory of the one before.",
        "last not reset": "Your robot begins an episode with the last action of the one before: {none} means none.",
        "last not fed": "The network is never told what the robot played in the step before.",
        "best fed": "You feed back the action of highest utility, available or not. The network is to be told what was "
        "played.",
        "action 0 first": "You feed action 0 before the first step. Action 0 is one of the actions: {none} means none.",
        "last of several": "Where several actions are best you take the last of them. The team takes the first.",
        "state": "With the simulator's messages your robot is right. In its own process it gets none of the `state`, "
        "and there it {trouble}.",
        "shared": "One of your robots alone is right. Several at the same time disturb each other: what each remembers "
        "must be its own (self.memory, not something of the class or the notebook).",
        "other answer": "Your {place} plays action {given}, and the same network in its team plays {right}.",
    },
)
def lone_robot(robot: Callable) -> str:
    """robot(network, hidden): something with act(message), one agent of a team that acts alone.

    network(obs, last, memory) gives the utilities [A] and the new memory [hidden]; last is NONE before the first step,
    and memory zeros. A message has "begins" (of an episode), "obs" and "available" [A] bool; only the simulator's have
    the "state" too. Of several best available actions the first is played.
    """
    team = _team(CASES.get())
    given = np.stack([_alone(robot, team, i, state=True) for i in range(ROBOTS)], axis=1)
    if (given != team.actions).any():
        _name(team, given)
    for i in range(ROBOTS):
        try:
            trouble = "" if _alone(robot, team, i) == team.actions[:, i].tolist() else "plays otherwise"
        except Mistake as mistake:
            trouble = f"stops with {mistake.details['error']}" if mistake.kind == "raised" else "gives no action"
        if trouble:
            raise Mistake("state", trouble=trouble)
    if (_together(robot, team) != team.actions).any():
        raise Mistake("shared")
    steps = sum(EPISODES)
    return f"In {len(EPISODES)} episodes ({steps} steps) {ROBOTS} robots, each alone, act as the networks do together."


@dataclass(frozen=True, eq=False)
class Team:
    """All steps of several episodes: what each robot was told, the simulator's state, and what was played.

    told: [step][robot]. actions: [steps, robots], of the team's networks, run together.
    """

    networks: list[Network]
    told: list[list[Message]]
    states: list[np.ndarray]
    actions: np.ndarray


@lru_cache(2)
@torch.no_grad()
def _team(seed: int) -> Team:
    """Networks with large random weights, whose utilities are rounded, so that several actions are often best."""
    env = SimpleNamespace(n_agents=ROBOTS, n_actions=ACTIONS, obs_dim=SIGHTS)
    agents, generator = Agents(env, layers.generators(seed, 1), HIDDEN), np.random.default_rng(seed)
    for weights in agents.parameters():
        weights *= 3
    told, states, actions = [], [], []
    for t, length in ((t, steps) for steps in EPISODES for t in range(steps)):
        obs, available = generator.integers(2, size=(ROBOTS, SIGHTS)), generator.random((ROBOTS, ACTIONS)) < 0.6
        available[range(ROBOTS), generator.integers(ACTIONS, size=ROBOTS)] = True
        told.append(
            [{"begins": t == 0, "obs": own, "available": can} for own, can in zip(obs.astype(float), available)]
        )
        states.append(np.append(obs.ravel(), 1 - t / length))
        seen = torch.tensor(obs, dtype=torch.float32)[None, None]
        if t == 0:
            last, memory = agents.start(seen)
        q, memory = agents.step(seen, last, memory)
        last = mask(q.round(), torch.tensor(available)).argmax(-1)
        actions.append(last.flatten().tolist())
    return Team([_network(agents, i) for i in range(ROBOTS)], told, states, np.array(actions))


def _network(agents: Agents, i: int) -> Network:
    """Agent i's network for NumPy, without the other agents' observations."""

    @torch.no_grad()
    def network(obs, last, memory):
        obs_of_all, memories = torch.zeros(1, 1, ROBOTS, SIGHTS), torch.zeros(1, 1, ROBOTS, HIDDEN)
        obs_of_all[0, 0, i], memories[0, 0, i] = torch.as_tensor(obs), torch.as_tensor(memory)
        q, after = agents.step(obs_of_all, torch.full((1, 1, ROBOTS), int(last)), memories)
        return q[0, 0, i].round().numpy(), after[0, 0, i].numpy()

    return network


def _alone(robot: Callable, team: Team, i: int, state: bool = False) -> list[int]:
    """What robot i plays, all episodes long; with the simulator's state in its messages, or without."""
    own, actions = _made(robot, team, i), []
    for told, extra in zip(team.told, team.states):
        actions.append(_act(own, told[i] | ({"state": extra} if state else {})))
    return actions


def _together(robot: Callable, team: Team) -> np.ndarray:
    """What the robots play if all are asked in each step."""
    own = [_made(robot, team, i) for i in range(ROBOTS)]
    return np.array([[_act(*one) for one in zip(own, told)] for told in team.told])


def _made(robot: Callable, team: Team, i: int) -> Any:
    own = call(robot, team.networks[i], HIDDEN)
    if not callable(getattr(own, "act", None)):
        unreadable(f"Called with (network, hidden) it gives {own!r:.60}: hand in the class, with a method `act`.")
    return own


def _act(own: Any, message: Message) -> int:
    action = number(call(own.act, message), "What act returns")
    if action not in range(ACTIONS):
        unreadable(f"What act returns is {action:g}: give the number of an action, here from 0 to {ACTIONS - 1}.")
    return int(action)


def _name(team: Team, given: np.ndarray) -> NoReturn:
    """Raise the Mistake of actions that are not the team's, at the first step where one is not available, if any."""
    wrong = [(k, i) for k, i in np.argwhere(given != team.actions).tolist()]
    forbidden = [(k, i) for k, i in wrong if not team.told[k][i]["available"][given[k, i]]]
    k, i = (forbidden or wrong)[0]
    details = {"place": f"robot {i}, {_when(k)},", "given": given[k, i], "right": team.actions[k, i], "none": NONE}
    for kind, habit in WRONG_HABITS:
        if all(_plays(team, i, habit, given[:, i]) for i in range(ROBOTS)):
            raise Mistake(kind, **details)
    raise Mistake("unavailable" if forbidden else "other answer", **details)


def _when(k: int) -> str:
    """Which step of which episode step k of them all is."""
    episode = 0
    while k >= EPISODES[episode]:
        k, episode = k - EPISODES[episode], episode + 1
    return f"step {k} of episode {episode} (counted from 0)"


def _masked(q: np.ndarray, available: np.ndarray) -> int:
    return int(np.where(available, q, -np.inf).argmax())


def _last_best(q: np.ndarray, available: np.ndarray) -> int:
    return ACTIONS - 1 - _masked(q[::-1], available[::-1])


@dataclass(frozen=True)
class Habit:
    """A robot's way to act; as it is by default it is right."""

    choose: Callable[[np.ndarray, np.ndarray], int] = _masked
    feed: Callable[[np.ndarray, int], int] = lambda q, action: action
    keep: float = 1.0  # of the memory, from step to step
    reset_memory: bool = True
    reset_last: bool = True
    none: int = NONE


def _plays(team: Team, i: int, habit: Habit, given: np.ndarray) -> bool:
    """Whether these are the actions of a robot i of that habit."""
    last, memory = habit.none, np.zeros(HIDDEN)
    for told, action in zip(team.told, given):
        message = told[i]
        if message["begins"]:
            last = habit.none if habit.reset_last else last
            memory = 0 * memory if habit.reset_memory else memory
        q, memory = team.networks[i](message["obs"], last, memory)
        if action != habit.choose(q, message["available"]):
            return False
        last, memory = habit.feed(q, action), habit.keep * memory
    return True


WRONG_HABITS: list[tuple[str, Habit]] = [
    ("argmax first", Habit(choose=lambda q, available: int(q.argmax()))),
    ("times mask", Habit(choose=lambda q, available: int((q * available).argmax()))),
    ("nothing kept", Habit(keep=0)),
    ("nothing kept", Habit(keep=0, feed=lambda q, action: NONE)),
    ("nothing reset", Habit(reset_memory=False, reset_last=False)),
    ("memory not reset", Habit(reset_memory=False)),
    ("last not reset", Habit(reset_last=False)),
    ("last not fed", Habit(feed=lambda q, action: NONE)),
    ("best fed", Habit(feed=lambda q, action: int(q.argmax()))),
    ("action 0 first", Habit(none=0)),
    ("last of several", Habit(choose=_last_best)),
]
