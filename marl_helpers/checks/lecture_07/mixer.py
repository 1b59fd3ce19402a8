"""The check of lecture 07's mixer, whose weights a state writes, and of a mixer that misses its abs."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from marl_helpers.checks.exercise import Mistake, call, cases, exercise, unreadable
from marl_helpers.checks.reading import number, numbers, parts

Case = dict[str, Any]
BROKEN = {  # of a mixer whose w2 misses its abs: team_value's `weights`
    "w1": np.array([[[1.0, 1], [0, 0]], [[1, -1], [1, 1]]]),
    "b1": np.array([[0.5, 0], [0, 0.5]]),
    "w2": np.array([[2.0, 1], [2, -1]]),
    "v": np.array([3.0, -1]),
}
MOST = 10  # the largest utility, up and down, of a counterexample
TINY = 1e-9  # a fall that is no rounding error, of values below 100


@exercise(
    "lecture-07",
    "A state writes the weights",
    {
        "no abs": "You take abs of neither w1 nor w2. {fall}",
        "w1 free": "w1 misses its abs. {fall}",
        "w2 free": "w2 misses its abs. {fall}",
        "abs inside": "You take abs of the hypernetwork's own numbers. They may be of any sign; what they write for a "
        "state is made positive: |W s|, not |W| s.",
        "not monotone": "Your team value is not monotone. {fall}",
        "clipped": "You set negative weights to 0. Asked is their absolute value: a unit that is cut off "
        "learns nothing.",
        "b1 restricted": "You take abs of b1 too, which nobody needs. Then with all utilities 0 your team value is "
        "never below v(s) = {v:.4g}. Asked there is {right:.4g}: {place}.",
        "v restricted": "You take abs of v too, which nobody needs. Then no utilities at all bring your team value "
        "below {least:.4g}, and QMIX's falls to {lowest:.4g}: {place}.",
        "all restricted": "You take abs of b1 and v too, which nobody needs. Then with all utilities 0 your team "
        "value is never below 0. Asked there is {right:.4g}: {place}.",
        "no bend": "Your hidden units are not bent. Without elu the team value is a weighted sum.",
        "relu": "You bend with max(0, x). elu is x above 0, and exp(x) - 1 below.",
        "no v": "You leave v out.",
        "no b1": "You leave b1 out.",
        "other answer": "With utilities {q} and state {state} of the check's mixer {k} your team value is {given:.4g}, "
        "which is not QMIX's.",
        "outside": "{name} of your counterexample has an entry outside {range}.",
        "no such agent": "There is no agent {agent}: the two are agents 1 and 2.",
        "not raised": "Agent {agent} has utility {old:g}, and you set it to {new:g}. Raise it.",
        "rises": "That raises the team value, from {before:.6g} to {after:.6g}. At your state w2 is {w2}.",
        "unchanged": "The team value stays at {before:.6g}, up to rounding errors.",
        "other agent": "Raising agent {agent} does not lower the team value there, but raising agent {other} would.",
    },
)
def hypernetwork(team_value: Callable, counterexample: Callable) -> str:
    """team_value(q, state, weights): QMIX's team value of utilities q [n] in a state [S].

    weights: "w1" [n, H, S], "b1" [H, S], "w2" [H, S], "v" [S], each of which times the state is a part of the
    mixer.
    counterexample(): a dictionary with "q", "state", "agent" and "raised", the utility to which raising the agent's own
    lowers the value of the mixer BROKEN.
    """
    tried = list(_mixers())
    given = [_value(team_value, case) for case in tried]
    wrong = [k for k, case in enumerate(tried) if not _near(given[k], _right(**case))]
    if wrong:
        _name(team_value, tried, given, wrong[0])
    falls = _judge_counterexample(*parts(call(counterexample), "counterexample", ("q", "state", "agent", "raised")))
    return f"Right for {len(tried)} utilities and states, and the mixer without abs falls: {falls}."


def _mixers() -> Iterator[Case]:
    """Random mixers, each with several states and utilities; all utilities 0 among them."""
    generator = cases()
    for n, width, size in ((2, 3, 2), (3, 4, 3), (2, 2, 4)):
        shapes = {"w1": (n, width, size), "b1": (width, size), "w2": (width, size), "v": (size,)}
        weights = {name: generator.normal(size=shape).round(1) for name, shape in shapes.items()}
        for k in range(12):
            q = 2 * generator.normal(size=n).round(1) * (k % 3 > 0) + 0.0
            yield {"q": q, "state": generator.normal(size=size).round(1) + 0.0, "weights": weights}


def _value(team_value: Callable, case: Case) -> float:
    return number(call(team_value, *case.values()), "The team value")


def _near(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-6, abs_tol=1e-6)


def _right(q, state, weights, sign=abs) -> float:
    """Unit by unit, agent by agent; sign is what is done to w2."""

    def written(row) -> float:
        return sum(float(w) * float(s) for w, s in zip(row, state))

    total = written(weights["v"])
    for j in range(len(weights["w2"])):
        x = written(weights["b1"][j]) + sum(abs(written(weights["w1"][i][j])) * q[i] for i in range(len(q)))
        total += sign(written(weights["w2"][j])) * (x if x > 0 else math.expm1(x))
    return total


def _name(team_value: Callable, tried: list[Case], given: list[float], k: int) -> None:
    """Raise the Mistake in values that are wrong at case k."""
    fall = _fall(team_value, tried)
    for kind, rule in WRONG_MIXERS.items():
        if all(_near(one, rule(**case)) for one, case in zip(given, tried)):
            raise Mistake(kind, **_details(kind, fall, tried))
    if fall:
        raise Mistake("not monotone", fall=fall)
    case = tried[k]
    raise Mistake("other answer", q=case["q"].tolist(), state=case["state"].tolist(), k=1 + k // 12, given=given[k])


def _fall(team_value: Callable, tried: list[Case]) -> str:
    """Where raising one utility lowers the student's team value, or ""."""
    for k, case in enumerate(tried):
        before = _value(team_value, case)
        for i in range(len(case["q"])):
            raised = {**case, "q": case["q"] + np.eye(len(case["q"]))[i]}
            after = _value(team_value, raised)
            if after < before - 1e-6:
                place = f"In the check's mixer {1 + k // 12}, state {case['state'].tolist()}, q = {case['q'].tolist()}"
                return f"{place}: raising agent {i + 1}'s by 1 lowers your team value from {before:.4g} to {after:.4g}."
    return ""


def _mix(w1=np.abs, b1=np.asarray, w2=np.abs, v=np.asarray, bend=None, inside=np.asarray) -> Callable:
    """A mixer with something else done to what is written for a state, or to the hypernetwork's own numbers."""
    bend = bend or (lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))))

    def value(q, state, weights) -> float:
        written = {name: (inside(w) if name in ("w1", "w2") else w) @ state for name, w in weights.items()}
        return bend(q @ w1(written["w1"]) + b1(written["b1"])) @ w2(written["w2"]) + v(written["v"])

    return value


def _clip(x: np.ndarray) -> np.ndarray:
    return np.maximum(x, 0)


WRONG_MIXERS: dict[str, Callable[..., float]] = {
    "no abs": _mix(w1=np.asarray, w2=np.asarray),
    "w1 free": _mix(w1=np.asarray),
    "w2 free": _mix(w2=np.asarray),
    "abs inside": _mix(w1=np.asarray, w2=np.asarray, inside=np.abs),
    "clipped": _mix(w1=_clip, w2=_clip),
    "b1 restricted": _mix(b1=np.abs),
    "v restricted": _mix(v=np.abs),
    "all restricted": _mix(b1=np.abs, v=np.abs),
    "no bend": _mix(bend=np.asarray),
    "relu": _mix(bend=_clip),
    "no v": _mix(v=np.zeros_like),
    "no b1": _mix(b1=np.zeros_like),
}


def _details(kind: str, fall: str, tried: list[Case]) -> dict[str, Any]:
    """What the kind's message needs: a fall, or a team value that a needlessly restricted mixer cannot have."""
    if kind == "v restricted":
        for case in tried:
            v, most = (case["weights"][name] @ case["state"] for name in ("v", "w2"))
            least = -np.abs(most).sum()  # every hidden unit is above -1
            if v < 0:
                place = f"state {case['state'].tolist()}, where v(s) = {v:.4g}"
                return {"least": -v + least, "lowest": v + least, "place": place}
    for case in tried:
        v, right = case["weights"]["v"] @ case["state"], _right(**case)
        if not case["q"].any() and right < (0 if kind == "all restricted" else v) - 0.1:
            return {"fall": fall, "v": v, "right": right, "place": f"state {case['state'].tolist()}"}
    raise AssertionError("the check's mixers have no such state")


def _judge_counterexample(q, state, agent, raised) -> str:
    """What falls, in words."""
    q, state, raised = numbers(q, "q"), numbers(state, "state"), number(raised, "raised")
    if (len(q), len(state)) != (2, 2):
        unreadable(f"Give two utilities and a state of two numbers; yours are {len(q)} and {len(state)}.")
    agent = number(agent, "agent")
    if agent not in (1, 2):
        raise Mistake("no such agent", agent=f"{agent:g}")
    for name, values, low, high in (("q", q, -MOST, MOST), ("raised", [raised], -MOST, MOST), ("state", state, 0, 1)):
        if min(values) < low or max(values) > high:
            raise Mistake("outside", name=name, range=f"{low} to {high}")
    i = int(agent) - 1
    if raised <= q[i]:
        raise Mistake("not raised", agent=i + 1, old=q[i], new=raised)
    before, after = _broken(q, state), _broken(np.where(np.arange(2) == i, raised, q), state)
    if after < before - TINY:
        return f"from {before:.4g} to {after:.4g} as agent {i + 1} rises from {q[i]:g} to {raised:g}"
    if _broken(q + (np.arange(2) != i), state) < before - TINY:
        raise Mistake("other agent", agent=i + 1, other=2 - i)
    if after < before + TINY:
        raise Mistake("unchanged", before=before)
    w2 = (BROKEN["w2"] @ state).round(4).tolist()
    raise Mistake("rises", before=before, after=after, w2=w2)


def _broken(q: np.ndarray, state: np.ndarray) -> float:
    return _right(q, state, BROKEN, sign=lambda w: w)
