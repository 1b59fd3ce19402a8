"""Right answers and planted wrong ones for the section's exercise 1."""

import numpy as np


def first_to_last(values, best):
    return [(*best[:i], *values[i:]) for i in range(len(values) + 1)]


def last_to_first(values, best):
    n = len(values)
    return [np.array([*values[: n - i], *best[n - i :]]) for i in range(n + 1)]


def half_steps(values, best):
    """Not one step for each agent but two: still one agent at a time, and upwards."""
    points, now = [tuple(values)], list(values)
    for i, high in enumerate(best):
        for target in ((now[i] + high) / 2, high):
            now[i] = target
            points.append(tuple(now))
    return points


def in_thirds(values, best):
    points, now = [tuple(values)], list(values)
    for i, high in enumerate(best):
        for _ in range(3):
            now[i] += (high - values[i]) / 3
            points.append(tuple(now))
    return points


def aliased(values, best):
    points, now = [], list(values)
    for i, high in enumerate(best):
        now[i] = high
        points.append(now)
    return points


def detour(values, best):
    low = (values[0] - 1, *values[1:])
    return [values, low, *first_to_last(values, best)[1:]]


def two_only(values, best):
    return [values, (best[0], values[1]), best] if len(values) == 2 else [values, best]


def by_index(values, best):
    """Finds the agent by its value, which is another agent's too."""
    now, points = list(values), [tuple(values)]
    for value, high in zip(values, best):
        now[now.index(value)] = high
        points.append(tuple(now))
    return points


def two_indices(values, best):
    a, b = values
    return [(a, b), (best[0], b), best]


PROOF_STEPS = (
    [(first_to_last,), (last_to_first,), (half_steps,), (in_thirds,)],
    {
        "one list": [(aliased,)],
        "reversed": [(lambda values, best: first_to_last(values, best)[::-1],)],
        "start": [(lambda values, best: first_to_last(values, best)[1:],)],
        "end": [(lambda values, best: first_to_last(values, best)[:-1],)],
        "leap": [(lambda values, best: [values, best],)],
        "down": [(detour,)],
        "two agents": [(two_only,), (two_indices,), (by_index,)],
    },
)


def linear(q1, q2, weights):
    return weights[0] * q1 + weights[1] * q2


def two_layers(q1, q2, weights):
    (w1, w2), (v1, v2) = weights
    return v1 * max(0, w1 * q1 + w2 * q2) + v2 * max(0, w2 * q2)


def matrix(q1, q2, weights):
    return weights @ np.array([q1, q2])


def answer(q1, q2, weights, chosen, mixer=linear, table=None):
    """The two functions that a student would hand in; the table is the mixer's unless another is given."""
    team = [[mixer(a, b, weights) for b in q2] for a in q1] if table is None else table
    return mixer, lambda: {"Q1": q1, "Q2": q2, "weights": weights, "table": team, "chosen": chosen}


def sinking(q1, q2, weights):
    return weights[0] * q1 - 2 * q2 * abs(weights[1])


def clipped(q1, q2, weights):
    return q1 + weights[0] * min(q2, 0)


def dip(q1, q2, weights):
    """Falls with agent 2's value up to 1 and rises after that."""
    return weights[0] * q1 + weights[1] * min(q2, 1) + weights[2] * max(q2 - 1, 0)


def crossed(q1, q2, weights):
    return q1 * q2 * weights[0]


COUNTEREXAMPLE = (
    [
        answer([0, 1], [0, 1], [1, -1], (1, 1)),
        answer([3, 1, 2], [0.5, 4], (-0.5, 2), (0, 1)),
        answer([0, 1], [0, 2], [[1, 1], [-1, 1]], (1, 1), two_layers),
        answer([0, 1], [1, 0], np.array([1.0, -2.0]), (1, 0), matrix),
        answer([0, 1], [0, 1], [np.pi, -np.e], (1, 1), table=[[0, -2.72], [3.14, 0.42]]),  # written with two decimals
        answer([2, 2, 1], [1, 0], [1, -1], (1, 0)),  # agent 1 has two best actions and may play either
        answer([1, 2], [1, 3], [-1], (1, 1), crossed),  # the output's weight is negative
    ],
    {
        "one action": [answer([1], [0, 1], [1, -1], (0, 1))],
        "no negative weight": [answer([0, 1], [0, 1], [1, 0], (1, 1)), answer([0, 1], [0, 1], [1, 2], (1, 1))],
        "negatives cancel": [answer([0, 1], [0, 1], [[-1, 0], [-1, 1]], (1, 1), lambda a, b, w: w[0][0] * w[1][0] * a)],
        "too many": [answer([0, 1], [0, 1], [-1, -1], (1, 1))],
        "harmless": [answer([0, 1], [0, 1], [-1], (1, 0), clipped), answer([2, 2], [0, 1], [-1, 1], (0, 1))],
        "not the weight": [answer([0, 1], [0, 1], [-1, 1], (1, 1), sinking)],
        "transposed": [answer([0, 1], [0, 1], [1, -1], (1, 1), table=[[0, 1], [-1, 0]])],
        "other table": [answer([0, 1], [0, 1], [1, -1], (1, 1), table=[[0, -1], [1, 1]])],
        "still optimal": [answer([0, 1], [0, 1, 3], [1, -1, 2], (1, 2), dip)],
        "tie": [answer([0, 1], [0, 1, 2], [1, -1, 1], (1, 2), dip)],
        "optimum named": [answer([0, 1], [0, 1], [1, -1], (1, 0))],
        "swapped": [answer([0.5, 2, 0], [1, 0.5, 0], [1, -1], (0, 1))],
        "argmin": [answer([0, 1], [0, 1], [1, -1], (0, 0))],
        "other choice": [answer([0, 1, 2], [0, 1, 2], [1, -1], (1, 2))],
    },
)

PLANTED = {"proof_steps": PROOF_STEPS, "igm_counterexample": COUNTEREXAMPLE}
