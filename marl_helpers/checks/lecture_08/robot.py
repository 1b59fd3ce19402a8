"""The check of a robot that acts alone, for lecture 08: against the package's networks, run together."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

from marl_helpers.checks.exercise import CASES, Mistake, call, exercise, unreadable
from marl_helpers.checks.lecture_08.team import ACTIONS, EPISODES, HIDDEN, LOWER, ROBOTS, Message, Team
from marl_helpers.checks.reading import number
from marl_helpers.robots.robot import NONE


@exercise(
    "lecture-08",
    "A robot alone",
    {
        "argmax first": "You choose before you mask: {place} plays action {given}, which is not available.",
        "times mask": "You multiply the utilities by the mask. An action that is not available then counts as 0, more "
        "than utilities below 0: {place} plays {given}.",
        "finite mask": "Your {place} plays action {given}, which is not available there: this robot's utilities are "
        "low, and your number for what is not available is higher. Minus infinity is lower than any.",
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
    from marl_helpers.checks.lecture_08 import networks  # not above: the other checks need no torch

    team = networks.played(CASES.get())
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
    details = {"place": f"robot {i + 1}, {_when(k)},", "given": given[k, i], "right": team.actions[k, i], "none": NONE}
    for kind, habit in WRONG_HABITS:
        if all(_plays(team, i, habit, given[:, i]) for i in range(ROBOTS)):
            raise Mistake(kind, **details)
    if forbidden == wrong and all(LOWER[i] for _, i in wrong):
        raise Mistake("finite mask", **details)
    raise Mistake("unavailable" if forbidden else "other answer", **details)


def _when(k: int) -> str:
    """Which step of which episode step k of them all is."""
    episode = 0
    while k >= EPISODES[episode]:
        k, episode = k - EPISODES[episode], episode + 1
    return f"step {k + 1} of episode {episode + 1}"


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
