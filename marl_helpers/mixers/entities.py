"""What mixers for teams of any size look at: each agent's own row, and the whole team as one vector.

A state that is a table (envs/entities.py) is seen row by row, by the same weights for every row. So permuting agents
permutes what is written for each and leaves the whole as it is, and absent rows add nothing. On a fixed team, whose
state is no table, a row is the agent's number, one-hot, and the whole is the state itself.
"""

import torch
from torch import Tensor, nn

from marl_helpers.mixers.base import Spec
from marl_helpers.mixers.layers import Generators, Hypernetwork, Linear, check_state, one_hot

EMBED = 64  # units of what is made of a row before all are summed


def row_width(spec: Spec) -> int:
    """How wide a row is."""
    return spec.entity_dim or spec.n_agents


def rows_of(spec: Spec, values: Tensor, state: Tensor | None) -> tuple[Tensor, Tensor]:
    """All rows [R, ..., slots, row], the agents' first, and who is present [R, ..., slots]."""
    if spec.state_dim:
        check_state(state)
    if spec.entity_dim:
        rows = state.unflatten(-1, (-1, spec.entity_dim))
        return rows, rows[..., 0] > 0
    number = torch.arange(values.shape[-2], device=values.device)
    rows = one_hot(number, spec.n_agents, values.dtype).expand(*values.shape[:-1], -1)
    return rows, torch.ones_like(values[..., 0], dtype=torch.bool)


class Team(nn.Module):
    """Rows and whole of a team; `whole` is the width of the second, 0 where there is no state."""

    def __init__(self, spec: Spec, generators: Generators):
        super().__init__()
        self.spec, self.whole = spec, EMBED if spec.entity_dim else spec.state_dim
        self.embed = Linear(spec.entity_dim, EMBED, generators) if spec.entity_dim else None

    def forward(self, values: Tensor, state: Tensor | None) -> tuple[Tensor, Tensor | None, Tensor]:
        """The agents' rows [R, ..., n, row], the whole [R, ..., whole] or None, and who is present [R, ..., n].

        Of a table the whole is the sum over all rows that are present of ReLU(linear(row)).
        """
        rows, present = rows_of(self.spec, values, state)
        whole = (self.embed(rows).relu() * present.unsqueeze(-1)).sum(-2) if self.embed else state
        agents = values.shape[-2]
        return rows[..., :agents, :], whole, present[..., :agents]


class PerAgent(nn.Module):
    """Generates a tensor for each agent from its own row and the whole: [R, ..., n, *shape].

    Without a state it is a plain parameter for each agent, [R, 1, n, *shape], as a Hypernetwork's is.
    """

    def __init__(self, spec: Spec, team: Team, shape: tuple[int, ...], inputs: int, generators: Generators):
        super().__init__()
        self.plain = spec.state_dim == 0
        if self.plain:
            self.network = Hypernetwork(0, (spec.n_agents, *shape), inputs, 0, generators)
        else:
            self.network = Hypernetwork(row_width(spec) + team.whole, shape, inputs, 64, generators)

    def forward(self, own: Tensor, whole: Tensor | None) -> Tensor:
        """own [R, ..., n, row] and whole [R, ..., whole], as Team gives them."""
        if self.plain:
            return self.network(None)
        return self.network(torch.cat([own, whole.unsqueeze(-2).expand(*own.shape[:-1], -1)], -1))
