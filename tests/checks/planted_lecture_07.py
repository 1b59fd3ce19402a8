"""Right answers and planted wrong ones for the exercises of lecture 07 on masks, targets and TD(lambda)."""

import numpy as np
import torch

from marl_helpers.mixers.base import mask
from marl_helpers.training.learner import td_lambda
from marl_helpers.training.replay import Episodes


def masked(q, available):
    return np.where(available, q, -np.inf)


def greedy(q, available):
    return masked(q, available).argmax(-1)


def greedy_of_the_package(q, available):
    return mask(torch.tensor(q), torch.tensor(available)).argmax(-1)


def greedy_in_loops(q, available):
    actions = np.zeros(q.shape[:3], int)
    for at in np.ndindex(*actions.shape):
        actions[at] = max(np.flatnonzero(available[at]), key=lambda a, at=at: q[at][a])
    return actions.tolist()


def by_sorting(q, available):
    """The first available action from the best down."""
    order, actions = np.argsort(-q, -1), np.zeros(q.shape[:3])
    for at in np.ndindex(*actions.shape):
        actions[at] = next(a for a in order[at] if available[at][a])
    return actions


def after_each_step(q, available):
    return masked(q, available)[:, 1:].max(-1).sum(-1)


def next_mean(q, available, filled):
    return after_each_step(q, available)[filled].mean()


def by_weights(q, available, filled):
    return (after_each_step(q, available) * filled).sum() / filled.sum()


def in_torch(q, available, filled):
    values = mask(torch.tensor(q), torch.tensor(available))[:, 1:].amax(-1).sum(-1)
    return values.masked_select(torch.tensor(filled)).mean()


def lowest_instead(q, available, filled):
    return by_weights(np.where(available, q, q.min() - 1), np.ones_like(available), filled)


def means(values, over=lambda x, filled: x[filled].mean()):
    """Answers whose means take other values or other steps."""
    return (greedy, lambda q, available, filled: over(values(q, available), filled))


def zeros_where_padded(q, available):
    return np.where(available, masked(q, available), 0).argmax(-1)


def second_best(q, available):
    best = masked(q, available)
    np.put_along_axis(best, best.argmax(-1)[..., None], -1e6, -1)
    return best.argmax(-1)


def agent_0_for_all(q, available):
    return np.repeat(greedy(q, available)[..., :1], q.shape[2], -1)


MASKS = (
    [
        (greedy, next_mean),
        (greedy_of_the_package, in_torch),
        (greedy_in_loops, by_weights),
        (by_sorting, lowest_instead),
    ],
    {
        "argmax first": [
            (lambda q, available: q.argmax(-1), next_mean),
            (lambda q, available: q.argmax(-1).tolist(), next_mean),
        ],
        "times mask": [
            (lambda q, available: (q * available).argmax(-1), next_mean),
            (zeros_where_padded, next_mean),
        ],
        "unavailable": [
            (agent_0_for_all, next_mean),
            (lambda q, available: np.zeros(q.shape[:3], int), next_mean),
            (lambda q, available: greedy(q, available) + 4, next_mean),
        ],
        "finite mask": [
            (lambda q, available: np.where(available, q, -100).argmax(-1), next_mean),
            (lambda q, available: np.where(available, q, -1000).argmax(-1).tolist(), next_mean),
        ],
        "not largest": [
            (lambda q, available: available.argmax(-1), next_mean),
            (lambda q, available: np.where(available, q, np.inf).argmin(-1), next_mean),
        ],
        "next unmasked": [means(lambda q, available: q[:, 1:].max(-1).sum(-1))],
        "next times mask": [
            means(lambda q, available: (q * available)[:, 1:].max(-1).sum(-1)),
            means(lambda q, available: (q * available)[:, 1:].max(-1).sum(-1), lambda x, filled: (x * filled).mean()),
        ],
        "mask one step off": [means(lambda q, available: masked(q[:, 1:], available[:, :-1]).max(-1).sum(-1))],
        "this step": [means(lambda q, available: masked(q, available).max(-1).sum(-1)[:, :-1])],
        "padding counts": [
            means(after_each_step, lambda x, filled: x.mean()),
            means(after_each_step, lambda x, filled: x.sum() / x.size),
        ],
        "padding divides": [means(after_each_step, lambda x, filled: np.where(filled, x, 0).mean())],
        "end left out": [
            means(after_each_step, lambda x, filled: (x[:, :-1] * filled[:, 1:]).sum() / filled[:, 1:].sum())
        ],
        "mean of means": [
            means(after_each_step, lambda x, filled: np.mean([one[there].mean() for one, there in zip(x, filled)]))
        ],
        "mean over agents": [means(lambda q, available: masked(q, available)[:, 1:].max(-1).mean(-1))],
        "other mean": [
            means(lambda q, available: masked(q, available)[:, 1:].max(-1).max(-1)),
            means(after_each_step, lambda x, filled: np.median(x[filled])),
            means(after_each_step, lambda x, filled: x[filled].sum()),
        ],
    },
)


def double(online, target):
    return target[np.argmax(online)]


def step_targets(value=double, cut="final", end=None, total=lambda r, d, v: r + d * v):
    """Targets in a loop: how a next row is valued, and which row is taken at a cut and at an end (None: none)."""

    def targets(reward, terminated, truncated, online, target, final, discount):
        found = []
        for t in range(len(reward)):
            row = end if terminated[t] else cut if truncated[t] else "next"
            rows = {
                "next": (online[t + 1], target[t + 1]),
                "final": final.get(t),
                "now": (online[t], target[t]),
                None: None,
            }
            found.append(total(reward[t], discount, 0 if rows[row] is None else value(*rows[row])))
        return found

    return (targets,)


def vectorised(reward, terminated, truncated, online, target, final, discount):
    online, target = online[1:].copy(), target[1:].copy()
    for t, (o, v) in final.items():
        online[t], target[t] = o, v
    best = online.argmax(1)
    return reward + discount * ~terminated * np.take_along_axis(target, best[:, None], 1)[:, 0]


def through_the_package(reward, terminated, truncated, online, target, final, discount):
    """Each step as an episode of one step, of which td_lambda makes a target."""
    rows = [final.get(t, (online[t + 1], target[t + 1])) for t in range(len(reward))]
    after = torch.tensor([double(*one) for one in rows]).view(1, -1, 1)
    shape, nothing = (1, len(reward), 1), torch.zeros(0)
    episodes = Episodes(
        nothing,
        nothing,
        nothing,
        nothing,
        reward=torch.tensor(reward).view(shape),
        filled=torch.ones(shape, dtype=torch.bool),
        terminated=torch.tensor(terminated).view(shape),
    )
    return td_lambda(episodes, after, discount, 0.0).flatten()


def this_row(reward, terminated, truncated, online, target, final, discount):
    return reward + discount * ~terminated * np.take_along_axis(target, online.argmax(1)[:, None], 1)[:-1, 0]


STEP_TARGETS = (
    [step_targets(), (vectorised,), (through_the_package,)],
    {
        "target chooses": [
            step_targets(lambda o, v: max(v)),
            step_targets(lambda o, v: max(v), cut=None),
            step_targets(lambda o, v: max(v), end="final"),
        ],
        "online values": [step_targets(lambda o, v: max(o)), step_targets(lambda o, v: max(o), cut="next", end="next")],
        "exchanged": [step_targets(lambda o, v: double(v, o))],
        "this row": [(this_row,), step_targets(cut="now")],
        "not discounted": [step_targets(total=lambda r, d, v: r + v)],
        "reward discounted": [step_targets(total=lambda r, d, v: d * (r + v))],
        "cut": [step_targets(cut=None), step_targets(cut=None, end="final")],
        "next episode": [step_targets(cut="next"), step_targets(cut="next", end="next")],
        "after the end": [step_targets(end="final"), step_targets(end="next")],
        "other answer": [
            step_targets(lambda o, v: np.mean(v)),
            step_targets(total=lambda r, d, v: r - d * v),
            step_targets(total=lambda r, d, v: r + d * v if v else 0),
        ],
    },
)


def returns(shares=lambda s: (1 - s, s), cut=lambda s: 1, end=lambda s: 0, discounts=lambda d: (d, d), padded=False):
    """The recursion, with the shares of the learned value and of the later target."""

    def targets(reward, after, terminated, filled, discount, share):
        length = len(reward) if padded else int(filled.sum())
        found, (of_value, of_later) = [0.0] * len(reward), discounts(discount)
        for t in range(length - 1, -1, -1):
            learned, later = shares(share)
            if terminated[t]:
                learned, later = end(share), 0
            elif t == length - 1:
                learned, later = cut(share), 0
            found[t] = reward[t] + of_value * learned * after[t] + (of_later * later * found[t + 1] if later else 0)
        return found

    return (targets,)


def by_the_package(reward, after, terminated, filled, discount, share):
    one = {"reward": reward, "terminated": terminated, "filled": filled}
    nothing = torch.zeros(0)
    episodes = Episodes(
        nothing, nothing, nothing, nothing, **{key: torch.tensor(x)[None, None] for key, x in one.items()}
    )
    return td_lambda(episodes, torch.tensor(after)[None, None], discount, share)[0, 0].numpy()


def errors_summed(reward, after, terminated, filled, discount, share):
    """after[t - 1] is the value before step t, so a target is a value and the discounted sum of later errors."""
    length, found = filled.sum(), np.full(len(reward), 1e3)  # anything goes in padding
    follows = after * ~terminated
    for t in range(length):
        found[t] = reward[t] + discount * follows[t]
        for k in range(t + 1, length):
            error = reward[k] + discount * follows[k] - after[k - 1]
            found[t] += (discount * share) ** (k - t) * error
    return found


def forwards(reward, after, terminated, filled, discount, share):
    found, last = np.zeros(len(reward)), filled.sum() - 1
    for t in range(last + 1):
        if t == last:
            found[t] = reward[t] + discount * after[t] * (not terminated[t])
        else:
            found[t] = reward[t] + discount * ((1 - share) * after[t] + share * found[t + 1])
    return found


LAMBDA_RETURNS = (
    [returns(), (by_the_package,), (errors_summed,)],
    {
        "one step": [returns(lambda s: (1, 0)), returns(lambda s: (1, 0), end=lambda s: 1)],
        "all rewards": [returns(lambda s: (0, 1)), returns(lambda s: (0, 1), cut=lambda s: 0)],
        "exchanged": [returns(lambda s: (s, 1 - s))],
        "shares": [returns(lambda s: (1, s)), returns(lambda s: (1 - s, 1))],
        "from the front": [(forwards,)],
        "not discounted": [returns(discounts=lambda d: (1, 1))],
        "half discounted": [returns(discounts=lambda d: (d, 1))],
        "cut": [returns(cut=lambda s: 1 - s), returns(cut=lambda s: 0), returns(cut=lambda s: 0, end=lambda s: 1 - s)],
        "after the end": [returns(end=lambda s: 1), returns(end=lambda s: 1 - s)],
        "padding": [returns(padded=True), returns(padded=True, cut=lambda s: 1 - s)],
        "other answer": [
            returns(cut=lambda s: s),
            returns(lambda s: (1 - s, s * s)),
            (lambda reward, *rest: reward,),
        ],
    },
)

PLANTED = {"masks": MASKS, "step_targets": STEP_TARGETS, "lambda_returns": LAMBDA_RETURNS}
