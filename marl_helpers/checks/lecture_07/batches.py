"""Checks for lecture 07, deep QMIX: masks on padded episodes, and targets by double Q.

Those of its other exercises are in lambda_returns.py, losses.py, mixer.py, play.py and seeds.py; built.py checks what
the lecture builds.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from marl_helpers.checks.exercise import Mistake, call, cases, exercise
from marl_helpers.checks.reading import array, number

Case = dict[str, Any]  # the arguments of a student's function, by name
SAME = {"rtol": 0, "atol": 1e-6}
FAR = 5_000  # below 0


@exercise(
    "lecture-07",
    "Masks",
    {
        "argmax first": "You choose before you mask. At {place} that is action {action}, which is not available.",
        "times mask": "You multiply the utilities by the mask. An action that is not available then counts as 0, more "
        "than utilities below 0: at {place} you choose action {action}.",
        "unavailable": "At {place} you choose action {action}, which is not available there.",
        "finite mask": "At {place} you choose action {action}, which is not available there: all utilities are low, "
        "and your number for what is not available is higher. Minus infinity is lower than any.",
        "not largest": "At {place} you choose action {action}. Action {better} is available too, and worth more.",
        "next unmasked": "`next_mean` counts utilities of actions that are not available at the next step.",
        "next times mask": "`next_mean` multiplies utilities by the mask. An action that is not available then counts "
        "as 0, more than utilities below 0.",
        "mask one step off": "`next_mean` masks the utilities of observation t + 1 by what is available at t.",
        "this step": "`next_mean` takes the values before each step. Asked are those after it, at observation t + 1.",
        "padding counts": "`next_mean` averages over padding too. There is nothing to learn from what nobody played.",
        "padding divides": "You leave padding out of the sum, but divide by all steps. Divide by how many were played.",
        "end left out": "You leave out the last step of each episode. It was played, and the observation after it is "
        "kept: `filled[k, t]` belongs to step t, which leads to observation t + 1.",
        "mean of means": "You average each episode on its own, and then the episodes. So a step of a short episode "
        "counts more. Asked is one mean over all steps played.",
        "mean over agents": "You average over the agents. VDN's team value is the sum of their utilities.",
        "other mean": "With {episodes} episodes of {played} steps played your mean is {given:.4g}, and that is not the "
        "mean, over the steps played, of the next step's best available utilities, added up over the agents.",
    },
)
def masks(greedy: Callable, next_mean: Callable) -> str:
    """greedy(q, available): each agent's best available action at every observation, [N, T+1, n].

    next_mean(q, available, filled): the greedy team value of VDN after a step, averaged over the steps played.
    q and available are [N, T+1, n, A], filled [N, T]; padding has every action available, and any utilities.
    """
    tried = list(_batches())
    _judge_greedy(greedy, tried)
    means = [number(call(next_mean, *case.values()), "What next_mean returns") for case in tried]
    wrong = [k for k, case in enumerate(tried) if not np.isclose(means[k], _next_mean(**case), **SAME)]
    if wrong:
        for (value, values), (share, over) in product(VALUES.items(), MEANS.items()):
            guesses = [over(values(case["q"], case["available"]), case["filled"]) for case in tried]
            if np.allclose(means, guesses, **SAME):
                raise Mistake(value or share)
        filled = tried[wrong[0]]["filled"]
        raise Mistake("other mean", episodes=len(filled), played=filled.sum(), given=means[wrong[0]])
    return f"Right on {len(tried)} batches, with forbidden actions, early ends, and an agent with fewer actions."


def _batches() -> Iterator[Case]:
    """Episodes of several lengths. What is not available looks good; in every other batch all utilities are below 0,
    and in the last far below."""
    generator = cases()
    for k in range(8):
        lengths, n = generator.permutation([1, 2, 4]), 2 + k % 3
        q = generator.normal(size=(3, 5, n, 4)).round(2) + 3
        available = generator.random(q.shape) < 0.6
        available[..., -1, 3] = False  # the last agent has only three actions
        np.put_along_axis(available, generator.integers(3, size=(*q.shape[:3], 1)), True, -1)  # at least one of each
        available |= (np.arange(5) > lengths[:, None])[..., None, None]
        yield {
            "q": np.where(available, q, q + 2) - (FAR if k == 7 else 8 * (k % 2)),
            "available": available,
            "filled": np.arange(4) < lengths[:, None],
        }


def _judge_greedy(greedy: Callable, tried: list[Case]) -> None:
    asked = [(case["q"], case["available"]) for case in tried]
    given = [array(call(greedy, *one), "What greedy returns", one[0].shape[:3]) for one in asked]
    wrong = [found for case, actions in zip(tried, given) for found in _not_greedy(actions, **case)]
    if not wrong:
        return
    first = next((found for found in wrong if not found["there"]), wrong[0])
    for kind, rule in WRONG_GREEDY.items():
        if all((actions == rule(*one)).all() for actions, one in zip(given, asked)):
            raise Mistake(kind, **first)
    if not any(found for case, actions in zip(tried[:-1], given) for found in _not_greedy(actions, **case)):
        raise Mistake("finite mask", **first)
    raise Mistake("not largest" if first["there"] else "unavailable", **first)


def _not_greedy(actions: np.ndarray, q: np.ndarray, available: np.ndarray, filled: np.ndarray) -> Iterator[dict]:
    """Where an action is not the best available one; padding is not looked at."""
    for k, t, i in np.ndindex(*actions.shape):
        if t > filled[k].sum():
            continue
        values = {a: q[k, t, i, a] for a in range(q.shape[3]) if available[k, t, i, a]}
        action, better = actions[k, t, i].item(), max(values, key=values.get)
        if action not in values or values[action] < values[better]:
            place = f"entry [{k}, {t}, {i}], agent {i + 1} of episode {k + 1},"
            yield {"place": place, "action": f"{action:g}", "better": better, "there": action in values}


def _next_mean(q: np.ndarray, available: np.ndarray, filled: np.ndarray) -> float:
    """One step and agent after the other."""
    total, played = 0.0, 0
    for k, t in np.argwhere(filled):
        played += 1
        for values, there in zip(q[k, t + 1], available[k, t + 1]):
            total += max(value for value, offered in zip(values, there) if offered)
    return total / played


WRONG_GREEDY: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "argmax first": lambda q, available: q.argmax(-1),
    "times mask": lambda q, available: (q * available).argmax(-1),
}
VALUES: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {  # team values [N, T] after each step, "": right
    "": lambda q, available: np.where(available, q, -np.inf)[:, 1:].max(-1).sum(-1),
    "next unmasked": lambda q, available: q[:, 1:].max(-1).sum(-1),
    "next times mask": lambda q, available: (q * available)[:, 1:].max(-1).sum(-1),
    "mask one step off": lambda q, available: np.where(available[:, :-1], q[:, 1:], -np.inf).max(-1).sum(-1),
    "this step": lambda q, available: np.where(available, q, -np.inf)[:, :-1].max(-1).sum(-1),
    "mean over agents": lambda q, available: np.where(available, q, -np.inf)[:, 1:].max(-1).mean(-1),
}
MEANS: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {  # of such values, where `filled` says what was played
    "": lambda values, filled: values[filled].mean(),
    "padding counts": lambda values, filled: values.mean(),
    "padding divides": lambda values, filled: (values * filled).mean(),
    "end left out": lambda values, filled: values[:, :-1][filled[:, 1:]].mean(),
    "mean of means": lambda values, filled: ((values * filled).sum(1) / filled.sum(1)).mean(),
}


@exercise(
    "lecture-07",
    "Targets",
    {
        "target chooses": "You take the largest of the target networks' values. They value the joint action; the "
        "online networks choose it.",
        "online values": "You take the online networks' value of what they choose. The target networks value it.",
        "exchanged": "You exchanged the networks: the online ones choose, the target ones value.",
        "this row": "You bootstrap from the row of step {t} itself. What it led to stands in row {after}, or in "
        "`final` where an episode ended.",
        "not discounted": "You do not discount the value of what follows.",
        "reward discounted": "You discount the reward too. It is paid at once.",
        "cut": "At step {t} a time limit cut the episode, and you add nothing to the reward. The game would have gone "
        "on: `final[{t}]` has the values of where it stood.",
        "next episode": "At step {t} an episode ended and the game began anew: row {after} already belongs to the next "
        "episode, and you bootstrap from it. Where the old one stood is in `final[{t}]`.",
        "after the end": "At step {t} the game terminated. Nothing follows, so the target is the reward "
        "alone, whatever rows there are.",
        "other answer": "At step {t}, {what}, your target is {given:.4g}, which is not the target there.",
    },
)
def step_targets(targets: Callable) -> str:
    """targets(reward, terminated, truncated, online, target, final, discount): targets by double Q, one for each step.

    The steps [T] are those of a game that begins anew after each ending. online and target, [T+1, joint actions], hold
    what the networks say at the observation before each step; final[t] is the pair of rows that step t led to, where it
    ended an episode.
    """
    tried = list(_streams())
    given = [array(call(targets, *case.values()), "What targets returns", case["reward"].shape) for case in tried]
    steps = [step for case, values in zip(tried, given) for step in _steps(values, **case)]
    wrong = [step for step in steps if not np.isclose(step.given, _target(step), **SAME)]
    if not wrong:
        ends = sum(step.end > 0 for step in steps)
        return f"All {len(steps)} targets are right, also at the {ends} steps that end an episode."
    first = min(wrong, key=lambda step: step.end)  # mistakes at plain steps are named before those at endings
    for kind, rule in WRONG_TARGETS:
        if all(np.isclose(step.given, rule(step), **SAME) for step in steps if step.end == first.end):
            raise Mistake(kind, t=first.t, after=first.t + 1)
    raise Mistake("other answer", t=first.t, what=ENDINGS[first.end], given=first.given)


Rows = tuple[np.ndarray, np.ndarray]  # of the online networks, and of the target ones
ENDINGS = ["which ends nothing", "which a time limit cut", "which terminated the game"]


@dataclass(frozen=True)
class Step:
    """All that a target may depend on, and the target that a student gave it."""

    t: int
    given: float
    reward: float
    discount: float
    end: int  # which of ENDINGS
    now: Rows  # at the observation before the step
    row: Rows  # in the next row, whosever episode that is
    led: Rows  # where the step led to


def _streams() -> Iterator[Case]:
    """Steps of a game that begins anew after each ending; one stream without any, and one of endings only."""
    generator = cases()
    for k in range(6):
        ends = generator.permutation([0, 0, 0, 0, 1, 1, 2, 2])
        ends = np.zeros(8, int) if k == 0 else 1 + np.arange(8) % 2 if k == 1 else ends
        online, target = generator.normal(size=(2, 9, 4)).round(2) + 5
        yield {
            "reward": generator.integers(-3, 4, size=8) + 0.5,
            "terminated": ends == 2,
            "truncated": ends == 1,
            "online": online,
            "target": target,
            "final": {t: tuple(generator.normal(size=(2, 4)).round(2) + 5) for t in np.flatnonzero(ends).tolist()},
            "discount": [0.9, 0.99, 0.5][k % 3],
        }


def _steps(given, reward, terminated, truncated, online, target, final, discount) -> Iterator[Step]:
    for t, (value, earned) in enumerate(zip(given.tolist(), reward.tolist())):
        now, row = ((online[k], target[k]) for k in (t, t + 1))
        yield Step(t, value, earned, discount, 2 * terminated[t] + truncated[t], now, row, final.get(t, row))


def _target(step: Step) -> float:
    """In plain words."""
    if ENDINGS[step.end] == "which terminated the game":
        return step.reward
    chooses, values = step.led
    best = max(range(len(chooses)), key=lambda a: chooses[a])
    return step.reward + step.discount * values[best]


def _double(rows: Rows) -> float:
    return rows[1][rows[0].argmax()]


def _unless_over(step: Step, value: float) -> float:
    return step.reward + (step.end < 2) * step.discount * value


WRONG_TARGETS: list[tuple[str, Callable[[Step], float]]] = [
    ("target chooses", lambda step: _unless_over(step, step.led[1].max())),
    ("online values", lambda step: _unless_over(step, step.led[0].max())),
    ("exchanged", lambda step: _unless_over(step, _double(step.led[::-1]))),
    ("this row", lambda step: _unless_over(step, _double(step.now))),
    ("not discounted", lambda step: step.reward + (step.end < 2) * _double(step.led)),
    ("reward discounted", lambda step: step.discount * (step.reward + (step.end < 2) * _double(step.led))),
    ("cut", lambda step: step.reward),
    ("next episode", lambda step: _unless_over(step, _double(step.row))),
    ("after the end", lambda step: step.reward + step.discount * _double(step.led)),
    ("after the end", lambda step: step.reward + step.discount * _double(step.row)),
]
