"""The unrestricted joint value: one number for every joint action, and nobody can act on it alone."""

import torch
from torch import Tensor

from marl_helpers.layers import Generators, Hypernetwork
from marl_helpers.mixers.base import Mixer, Spec, chosen, mask


class Joint(Mixer):
    """Q_tot(a_1, ..., a_n) straight from a table of n_actions ** n_agents values, generated from the state.

    It ignores the utilities, and its greedy play needs the joint argmax: execution is centralised.
    """

    name, label, rank, igm = "joint", "Joint table", 9, False
    projections = ("joint",)

    def __init__(self, spec: Spec, generators: Generators):
        super().__init__(spec, generators)
        self.table = Hypernetwork(spec.state_dim, (spec.n_actions**spec.n_agents,), 1, 64, generators)

    def forward(self, values: Tensor, actions: Tensor, state: Tensor | None = None) -> Tensor:
        place = self.spec.n_actions ** torch.arange(self.spec.n_agents - 1, -1, -1, device=actions.device)
        index = (actions * place).sum(-1, keepdim=True)
        return self.table(state).expand(*actions.shape[:-1], -1).gather(-1, index).squeeze(-1)

    def greedy(self, values: Tensor, state: Tensor | None = None, available: Tensor | None = None) -> Tensor:
        n, m = self.spec.n_agents, self.spec.n_actions
        team = self.table(state).expand(*values.shape[:-2], -1)
        actions = torch.cartesian_prod(*[torch.arange(m, device=values.device)] * n).expand(*values.shape[:-2], -1, -1)
        if available is not None:
            playable = chosen(available.unsqueeze(-3).expand(*actions.shape, m), actions).all(-1)
            team = mask(team, playable)
        best = team.argmax(-1, keepdim=True).unsqueeze(-1).expand(*values.shape[:-2], 1, n)
        return actions.gather(-2, best).squeeze(-2)
