"""The checks of a loss by double Q through a mixer, for lecture 07: against a plain loop over steps, on made networks.

Both take td_loss(online, target, batch, discount): online and target are pairs of an agents' network, called with
states [N, T+1, 3] and last actions [N, T+1, 2, 2], which returns utilities [N, T+1, 2, 2] and a memory, and of a mixer,
called with utilities [N, T, 2] and states [N, T, 3]. batch: places [N, T+1], actions [N, T, 2], reward and over [N, T].
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from marl_helpers.checks.exercise import Mistake, call, cases, exercise, part, unreadable
from marl_helpers.checks.reading import array, number

if TYPE_CHECKING:
    from torch import Tensor

Case = dict[str, Any]
SAME = {"rtol": 1e-4, "atol": 1e-5}
LOSS = {
    "live mixer": "The target's utilities go through the online mixer. It moves with every step of descent, and the "
    "target with it: take the target networks' own.",
    "live agents": "The target's utilities come from the online agents. They only choose the next actions; the target "
    "networks value them.",
    "live": "Your target comes from the online networks alone, so every step of descent moves what it aims at.",
    "target chooses": "The target networks choose the next actions and value them too. Double Q lets the online ones "
    "choose.",
    "no end": "You add a value after the last step as well. The game is over there: nothing follows.",
    "this step": "You take the value of the step's own place. What follows a step stands one place later.",
    "state before": "The target's mixer reads the state before the step. What follows has the next one.",
    "not discounted": "You do not discount what follows.",
    "sum": "You add up the squared errors. A larger batch would then take larger steps: take their mean.",
    "gradient": "The loss is right, but its gradient is not: it runs through all of Q_tot, and no target.",
    "other loss": "On a batch of {games} episodes your loss is {given:.4g}, and not the mean of the squared errors.",
}


def judge_loss(td_loss: Callable) -> int:
    """The number of batches on which a loss and its gradient are right; raises Mistake."""
    tried = list(_batches())
    given, slopes = zip(*[_asked(td_loss, case) for case in tried])
    wrong = [k for k, case in enumerate(tried) if not np.isclose(given[k], _loss(case).item(), **SAME)]
    if wrong:
        for kind, change in RULES.items():
            if np.allclose(given, [_loss(case, **change).item() for case in tried], **SAME):
                raise Mistake(kind)
        raise Mistake("other loss", games=len(tried[wrong[0]]["batch"][0]), given=given[wrong[0]])
    for case, slope in zip(tried, slopes):
        agent, _ = case["online"]
        agent.q.grad = None
        _loss(case).backward()
        if not np.allclose(slope, agent.q.grad, **SAME):
            raise Mistake("gradient")
    return len(tried)


@part(LOSS)
def built_loss(td_loss: Callable) -> str:
    """td_loss(online, target, batch, discount): the mean squared error of Q_tot, as this file's first lines say."""
    return f"Right on {judge_loss(td_loss)} batches, and so is its gradient."


@exercise(
    "lecture-07",
    "One line, one bug",
    {
        **LOSS,
        "still mixes": "`vdn` still goes through the mixing network. VDN's team value is the sum of the utilities.",
        "mean": "`vdn` takes the mean of the utilities. VDN's team value is their sum.",
        "state": "`vdn` adds something that depends on the state. VDN's team value knows the utilities alone.",
        "other value": "For utilities {q} `vdn` says {given:.4g}, which is not VDN's team value.",
    },
)
def one_line(vdn: Callable, td_loss: Callable) -> str:
    """vdn(q, state): the team value [N, T] of utilities [N, T, 2] and states [N, T, 3]; td_loss: see `built_loss`."""
    import torch

    generator = cases()
    q = torch.tensor(generator.normal(size=(3, 2, 2)).round(2)).float()
    state = torch.eye(3)[torch.tensor([[0, 1], [0, 2], [1, 2]])]
    given = array(call(vdn, q, state), "What vdn returns", (3, 2))
    if not np.allclose(given, q.sum(-1), **SAME):
        _name_value(vdn, given, q, state)
    return f"The sum is VDN's, and the loss is right on {judge_loss(td_loss)} batches."


def _name_value(vdn: Callable, given: np.ndarray, q: "Tensor", state: "Tensor") -> None:
    """Raise the Mistake of a team value that is not the sum."""
    if np.allclose(given, q.mean(-1), **SAME):
        raise Mistake("mean")
    raised = array(call(vdn, q + 1, state), "What vdn returns", given.shape)
    if np.allclose(raised - given, 2, **SAME):
        raise Mistake("state")
    doubled = array(call(vdn, 2 * q, state), "What vdn returns", given.shape)
    zero = array(call(vdn, 0 * q, state), "What vdn returns", given.shape)
    if not np.allclose(doubled - given, given - zero, **SAME):
        raise Mistake("still mixes")
    raise Mistake("other value", q=[round(x, 2) for x in q[0, 0].tolist()], given=given[0, 0])


def _batches() -> Iterator[Case]:
    """Episodes of two steps, the last of which ends the game; and networks whose values are known one by one."""
    import torch

    generator = cases()
    for games in (1, 3, 4, 8):
        actions = torch.tensor(generator.integers(2, size=(games, 2, 2)))
        branch = 1 + actions[:, 0, 0]
        places = torch.stack([torch.zeros_like(branch), branch, branch], 1)
        reward = torch.tensor(generator.integers(-3, 4, size=(games, 2)) + 0.5).float()
        over = torch.tensor([[False, True]]).expand(games, 2)
        online, target = ((_made_agent(generator, games), _made_mixer(generator)) for _ in range(2))
        yield {"online": online, "target": target, "batch": (places, actions, reward, over), "discount": 0.9}


def _made_agent(generator: np.random.Generator, games: int):
    import torch

    class Known(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.q = torch.nn.Parameter(torch.tensor(generator.normal(size=(games, 3, 2, 2))).float())

        def forward(self, state, last, memory=None):
            return self.q, memory

    return Known()


def _made_mixer(generator: np.random.Generator):
    import torch

    class Known(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.by_state = torch.nn.Parameter(torch.tensor(generator.uniform(0.5, 2, size=(3, 3))).float())

        def forward(self, q, state):
            w = state @ self.by_state
            return (w[..., :2] * q.exp()).sum(-1) + w[..., 2]

    return Known()


def _asked(td_loss: Callable, case: Case) -> tuple[float, np.ndarray]:
    """The loss that an answer returns, and its gradient by the online utilities."""
    import torch

    held = {}

    def both(online, target, batch, discount):
        answer = td_loss(online, target, batch, discount)
        held["loss"] = answer[0] if isinstance(answer, tuple) else answer
        held["agent"] = online[0]
        return held["loss"]

    both.__name__ = getattr(td_loss, "__name__", "td_loss")
    value = number(call(both, *case.values()), "What td_loss returns")
    if not isinstance(held["loss"], torch.Tensor) or not held["loss"].requires_grad:
        unreadable("The loss has no gradient: keep it a tensor, and compute only the targets under torch.no_grad().")
    held["loss"].backward()
    slope = held["agent"].q.grad
    return value, np.zeros(()) if slope is None else slope.numpy()


def _loss(
    case: Case,
    chooses="online",
    agent="target",
    mixer="target",
    end=True,
    later=1,
    state=1,
    discounted=True,
    total=False,
):
    """The loss step by step, or what it would be with these changes."""
    import torch

    places, actions, reward, over = case["batch"]
    discount, eye, errors = case["discount"] if discounted else 1, torch.eye(3), []
    for k, t in np.ndindex(*reward.shape):
        own, mix = case["online"]
        value = mix(torch.stack([own.q[k, t, i, actions[k, t, i]] for i in (0, 1)]), eye[places[k, t]])
        best = case[chooses][0].q[k, t + later].argmax(-1)
        valued = torch.stack([case[agent][0].q[k, t + later, i, best[i]] for i in (0, 1)])
        follows = case[mixer][1](valued, eye[places[k, t + state]]).detach()
        goes_on = not (end and over[k, t])
        errors.append((value - reward[k, t] - discount * goes_on * follows) ** 2)
    return sum(errors) / (1 if total else len(errors))


RULES: dict[str, dict[str, Any]] = {
    "live mixer": {"mixer": "online"},
    "live agents": {"agent": "online"},
    "live": {"agent": "online", "mixer": "online"},
    "target chooses": {"chooses": "target"},
    "no end": {"end": False},
    "this step": {"later": 0, "state": 0},
    "state before": {"state": 0},
    "not discounted": {"discounted": False},
    "sum": {"total": True},
}
