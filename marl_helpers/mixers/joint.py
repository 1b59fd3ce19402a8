"""The unrestricted joint value: one number for every joint action, and nobody can act on it alone."""

import math
from itertools import pairwise

import torch
from torch import Tensor, nn

from marl_helpers.exact import TooMuchWork, methods
from marl_helpers.mixers.base import Mixer, Spec, chosen, mask
from marl_helpers.mixers.layers import Generators, Hypernetwork, Linear, check_state, one_hot, uniform

MOST_ROWS = 10**7  # of a table


class Joint(methods.Joint, Mixer):
    """Q_tot(a_1, ..., a_n) straight from a table of n_actions ** n_agents values, generated from the state.

    It ignores the utilities, and its greedy play needs the joint argmax: execution is centralised.
    """

    def __init__(self, spec: Spec, generators: Generators):
        super().__init__(spec, generators)
        self.table = Hypernetwork(spec.state_dim, (rows(spec),), 1, 64, generators)

    def forward(self, values: Tensor, actions: Tensor, state: Tensor | None = None) -> Tensor:
        index = row(actions, self.spec.n_actions).unsqueeze(-1)
        return self.table(state).expand(*actions.shape[:-1], -1).gather(-1, index).squeeze(-1)

    def greedy(self, values: Tensor, state: Tensor | None = None, available: Tensor | None = None) -> Tensor:
        self.check_batch(values)
        n, m = self.spec.n_agents, self.spec.n_actions
        team = self.table(state).expand(*values.shape[:-2], -1)
        every = torch.cartesian_prod(*[torch.arange(m, device=values.device)] * n).view(-1, n)  # of one agent flat
        actions = every.expand(*values.shape[:-2], -1, -1)
        available = mask(values, available) > -torch.inf
        playable = chosen(available.unsqueeze(-3).expand(*actions.shape, m), actions).all(-1)
        best = mask(team, playable).argmax(-1, keepdim=True).unsqueeze(-1).expand(*values.shape[:-2], 1, n)
        return actions.gather(-2, best).squeeze(-2)


class JointFunction(nn.Module):
    """An unrestricted function of the state and the joint action, [R, ..., outputs]: what methods build their Q_jt of.

    Without a state it is a table with a row for each joint action. With one it is a network of the state and the
    actions' one-hot codes, whose size does not grow with the number of joint actions.
    """

    def __init__(self, spec: Spec, outputs: int, generators: Generators):
        super().__init__()
        self.n_actions = spec.n_actions
        if spec.state_dim == 0:
            self.table = uniform(generators, (rows(spec), outputs), 1)
            return
        self.table = None
        sizes = (spec.state_dim + spec.n_agents * spec.n_actions, 64, 64, outputs)
        first, second, last = (Linear(a, b, generators) for a, b in pairwise(sizes))
        self.network = nn.Sequential(first, nn.ReLU(), second, nn.ReLU(), last)

    def forward(self, actions: Tensor, state: Tensor | None) -> Tensor:
        if self.table is None:
            check_state(state)
            return self.network(torch.cat([state, one_hot(actions, self.n_actions, state.dtype).flatten(-2)], -1))
        rows = row(actions, self.n_actions).flatten(1).unsqueeze(-1).expand(-1, -1, self.table.shape[-1])
        return self.table.gather(1, rows).view(*actions.shape[:-1], -1)


def rows(spec: Spec) -> int:
    """How many joint actions there are; raises TooMuchWork for more than MOST_ROWS."""
    if spec.n_agents * math.log10(spec.n_actions) > math.log10(MOST_ROWS):
        raise TooMuchWork(
            f"{spec.n_agents} agents with {spec.n_actions} actions have {spec.n_actions}**{spec.n_agents} joint "
            f"actions, and {MOST_ROWS:.0e} is the most that a table holds: take fewer, or a method without a table, "
            "such as qmix"
        )
    return spec.n_actions**spec.n_agents


def row(actions: Tensor, n_actions: int) -> Tensor:
    """The position [...] of joint actions [..., n_agents] in a table of all of them, in the order of np.ndindex."""
    place = n_actions ** torch.arange(actions.shape[-1] - 1, -1, -1, device=actions.device)
    return (actions * place).sum(-1)
