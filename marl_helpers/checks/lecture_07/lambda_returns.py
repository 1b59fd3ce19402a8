"""The check of TD(lambda) for lecture 07, deep QMIX."""

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import numpy as np

from marl_helpers.checks.exercise import Mistake, call, cases, exercise
from marl_helpers.checks.reading import array

Case = dict[str, Any]  # the arguments of a student's function, by name
SAME = {"rtol": 0, "atol": 1e-6}


@exercise(
    "lecture-07",
    "TD(lambda)",
    {
        "one step": "Your targets are those of lambda = 0 for every lambda: no later reward reaches them.",
        "all rewards": "Your targets are those of lambda = 1 for every lambda: no learned value is in them.",
        "exchanged": "You exchanged the shares: lambda belongs to the later target, 1 - lambda to the learned value.",
        "shares": "The shares of the learned value and of the later target must add up to 1: 1 - lambda and lambda.",
        "from the front": "You go from the first step to the last. Then the later target is not there yet: go "
        "backwards.",
        "not discounted": "You do not discount what follows a step.",
        "half discounted": "You discount only one of the two: the learned value and the later target both come one "
        "step later.",
        "cut": "At the last step of an episode that a time limit cut there is no later target. The learned value takes "
        "its place, whole: you give it the share 1 - lambda, or none.",
        "after the end": "At a step that terminated the game the target is the reward alone. You add a learned value.",
        "padding": "You begin at the end of the array. Behind the last step played there is padding, and the values "
        "there mean nothing.",
        "other answer": "With lambda = {share:g}, at step {t} of {length} your target is {given:.4g}, which is not the "
        "target there.",
    },
)
def lambda_returns(lambda_targets: Callable) -> str:
    """lambda_targets(reward, after, terminated, filled, discount, share): targets of one padded episode, [T].

    after[t] is the learned value of what step t led to, and share is lambda. In padding anything may be returned.
    """
    tried = list(_episodes())
    shape, name = tried[0]["reward"].shape, "What lambda_targets returns"
    given = [array(call(lambda_targets, *case.values()), name, shape) for case in tried]
    wrong = [k for k, case in enumerate(tried) if not _agree(given[k], _forward_view(**case), case)]
    if not wrong:
        return f"Right on {len(tried)} episodes, the sums of all their n-step returns."
    for kinds in product(SHARES, STARTS, CUTS, ENDS):
        if all(_agree(one, _backwards(case, *kinds), case) for one, case in zip(given, tried)):
            raise Mistake(next(kind for kind, _ in kinds if kind))
    case, one = tried[wrong[0]], given[wrong[0]]
    length, right = case["filled"].sum(), _forward_view(**case)
    t = max(t for t in range(length) if not np.isclose(one[t], right[t], **SAME))  # a mistake there spoils those before
    raise Mistake("other answer", share=case["share"], t=t, length=length, given=one[t])


def _episodes() -> Iterator[Case]:
    """Padded episodes, some of which terminated and some were cut, before the end of the array or there."""
    generator = cases()
    for k, length in enumerate(generator.permutation([1, 2, 3, 4, 5, 6, 6, 6, 2, 3, 4, 5])):
        filled = np.arange(6) < length
        yield {
            "reward": np.where(filled, generator.integers(-3, 4, size=6) + 0.5, 0),
            "after": generator.normal(size=6).round(2) + 5,
            "terminated": (np.arange(6) == length - 1) & (k % 2 == 0),
            "filled": filled,
            "discount": [0.9, 0.99][k % 2],
            "share": [0.5, 0.8, 0.3][k % 3] if k < 9 else [0, 1, 1][k % 3],
        }


def _agree(one: np.ndarray, other: np.ndarray, case: Case) -> bool:
    return np.allclose(one[case["filled"]], np.asarray(other)[case["filled"]], **SAME)


def _forward_view(reward, after, terminated, filled, discount, share) -> np.ndarray:
    """The n-step returns of each step, weighed by lambda: Sutton and Barto 2018, 12.1, not the recursion."""
    found, length = np.zeros(len(reward)), filled.sum()
    for t in range(length):
        returns = []
        for n in range(1, length - t + 1):
            earned = sum(discount**k * reward[t + k] for k in range(n))
            returns.append(earned + (0 if terminated[t + n - 1] else discount**n * after[t + n - 1]))
        weighed = [(1 - share) * share**n * one for n, one in enumerate(returns[:-1])]
        found[t] = sum(weighed) + share ** (len(returns) - 1) * returns[-1]
    return found


# What a recursion may do: kind of mistake ("": none) and rule. Shares, of lambda and the discount: of the learned value
# and the later target, and of the value that a cut episode ends on.
SHARES: list[tuple[str, Callable[[float, float], tuple[float, float, float]]]] = [
    ("", lambda share, d: (d * (1 - share), d * share, d)),
    ("one step", lambda share, d: (d, 0, d)),
    ("all rewards", lambda share, d: (0, d, d)),
    ("exchanged", lambda share, d: (d * share, d * (1 - share), d)),
    ("shares", lambda share, d: (d, d * share, d)),
    ("shares", lambda share, d: (d * (1 - share), d, d)),
    ("from the front", lambda share, d: (d * (1 - share), 0, d)),
    ("not discounted", lambda share, d: (1 - share, share, 1)),
    ("half discounted", lambda share, d: (d * (1 - share), share, d)),
    ("half discounted", lambda share, d: (1 - share, d * share, 1)),
]
STARTS = [("", False), ("padding", True)]  # whether it begins at the end of the array
CUTS = [("", lambda share: 1), ("cut", lambda share: 1 - share), ("cut", lambda share: 0)]
ENDS = [("", lambda share: 0), ("after the end", lambda share: 1), ("after the end", lambda share: 1 - share)]


def _backwards(case: Case, shares: tuple, start: tuple, cut: tuple, end: tuple) -> np.ndarray:
    reward, after, found = case["reward"], case["after"], np.zeros(len(case["reward"]))
    learned, later, whole = shares[1](case["share"], case["discount"])
    last = len(reward) - 1 if start[1] else case["filled"].sum() - 1
    for t in reversed(range(last + 1)):
        if case["terminated"][t]:
            found[t] = reward[t] + end[1](case["share"]) * whole * after[t]
        elif t == last:
            found[t] = reward[t] + cut[1](case["share"]) * whole * after[t]
        else:
            found[t] = reward[t] + learned * after[t] + later * found[t + 1]
    return found
