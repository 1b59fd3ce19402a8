"""Right answers and planted wrong ones for the exercise of lecture 07 on the loss of its hundred lines, and for VDN."""

import torch
from torch.nn.functional import one_hot


def vdn(q, state):
    return q.sum(-1)


def loss(
    chooses="online",
    agent="target",
    mixer="target",
    end=True,
    later=slice(1, None),
    at=slice(1, None),
    discounted=True,
    over_all=torch.mean,
    gives=lambda error, value, aim: error,
):
    """The lecture's loss, or one with these changes."""

    def td_loss(online, target, batch, discount):
        pair = {"online": online, "target": target}
        places, actions, reward, over = batch
        state, before = one_hot(places, 3).float(), one_hot(actions, 2).float()
        last = torch.cat([torch.zeros_like(before[:, :1]), before], 1)
        q = {name: networks[0](state, last)[0] for name, networks in pair.items()}
        value = online[1](q["online"][:, :-1].gather(-1, actions.unsqueeze(-1)).squeeze(-1), state[:, :-1])
        best = q[chooses][:, later].argmax(-1, keepdim=True)
        after = pair[mixer][1](q[agent][:, later].gather(-1, best).squeeze(-1), state[:, at])
        aim = (reward + (discount if discounted else 1) * after * (~over if end else 1)).detach()
        return gives(over_all((value - aim) ** 2), value, aim)

    return td_loss


def step_by_step(online, target, batch, discount):
    """In loops over episodes and steps."""
    places, actions, reward, over = batch
    state, before = torch.eye(3)[places], torch.eye(2)[actions]
    last = torch.cat([before[:, :1] * 0, before], 1)
    (q, _), (old, _) = online[0](state, last), target[0](state, last)
    errors = []
    for k in range(len(places)):
        for t in (0, 1):
            own = torch.stack([q[k, t, i, actions[k, t, i]] for i in (0, 1)])
            follows = 0.0
            if not over[k, t]:
                after = torch.stack([old[k, t + 1, i, q[k, t + 1, i].argmax()] for i in (0, 1)])
                follows = target[1](after[None, None], state[k, t + 1][None, None]).item()
            errors.append(online[1](own[None, None], state[k, t][None, None]) - reward[k, t] - discount * follows)
    return torch.cat(errors).square().mean()


def through_the_target(online, target, batch, discount):
    """Its value is right, and its gradient half of what it should be."""
    error = loss()(online, target, batch, discount)
    return (error + error.detach()) / 2


now = slice(None, -1)
LOSSES = {
    "live mixer": [loss(mixer="online")],
    "live agents": [loss(agent="online")],
    "live": [loss(agent="online", mixer="online")],
    "target chooses": [loss(chooses="target")],
    "no end": [loss(end=False)],
    "this step": [loss(later=now, at=now)],
    "state before": [loss(at=now)],
    "not discounted": [loss(discounted=False)],
    "sum": [loss(over_all=torch.sum)],
    "gradient": [through_the_target],
    "other loss": [loss(over_all=torch.median), loss(mixer="online", end=False)],
}
RIGHT = [loss(), loss(gives=lambda *parts: parts), step_by_step]


class Mixing(torch.nn.Module):
    """QMIX's, with weights of its own."""

    def forward(self, q, state):
        return torch.nn.functional.elu(q * (1 + state[..., :2])).sum(-1)


PLANTED = {
    "one_line": (
        [*((vdn, one) for one in RIGHT), (lambda q, state: q[..., 0] + q[..., 1], RIGHT[0])],
        {
            **{kind: [(vdn, one) for one in wrong] for kind, wrong in LOSSES.items()},
            "still mixes": [(Mixing(), RIGHT[0])],
            "mean": [(lambda q, state: q.mean(-1), RIGHT[0])],
            "state": [(lambda q, state: q.sum(-1) + state[..., 1], RIGHT[0])],
            "other value": [(lambda q, state: q[..., 0], RIGHT[0]), (lambda q, state: 2 * q.sum(-1), RIGHT[0])],
        },
    )
}
