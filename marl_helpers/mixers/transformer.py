"""A transformer writes the mixing network: attention over the team's rows (TransfQMIX, Gallici et al. 2023)."""

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import elu, layer_norm

from marl_helpers.exact import methods
from marl_helpers.mixers.base import POSITIVE, Mixer, Spec, chosen
from marl_helpers.mixers.entities import row_width, rows_of
from marl_helpers.mixers.layers import Generators, Hypernetwork, Linear, uniform

EMBED = 32  # units of a token
LONGEST = 1000.0  # steps, about, in a period of the slowest sine


class Block(nn.Module):
    """A transformer's layer (Vaswani et al. 2017): attention, then a network for each token, each added and normed.

    Norms have no weights of their own. Raises ValueError for heads that do not divide the units of a token.
    """

    def __init__(self, heads: int, generators: Generators):
        super().__init__()
        if EMBED % heads:
            raise ValueError(f"heads is {heads}: give a divisor of {EMBED}, the units of a token")
        self.heads = heads
        self.attend = uniform(generators, (EMBED, 3 * EMBED), EMBED)
        self.gather = Linear(EMBED, EMBED, generators)
        self.think = nn.Sequential(
            Linear(EMBED, 2 * EMBED, generators), nn.ReLU(), Linear(2 * EMBED, EMBED, generators)
        )

    def forward(self, tokens: Tensor, seen: Tensor) -> Tensor:
        """tokens [R, M, L, EMBED]; seen [R, M, 1 or L, L] or what broadcasts to it: which tokens each attends to."""
        parts = (tokens.flatten(1, 2) @ self.attend).unflatten(1, tokens.shape[1:3]).unflatten(-1, (3, self.heads, -1))
        query, key, value = parts.permute(3, 0, 1, 4, 2, 5)  # each [R, M, heads, L, EMBED / heads]
        scores = query @ key.mT / math.sqrt(query.shape[-1])
        share = scores.masked_fill(~seen.unsqueeze(2), torch.finfo(scores.dtype).min).softmax(-1)
        gathered = (share @ value).movedim(2, 3).flatten(3)
        tokens = layer_norm(tokens + self.gather(gathered), [EMBED])
        return layer_norm(tokens + self.think(tokens), [EMBED])


class Transformer(methods.Transformer, Mixer):
    """Q_tot = w2 . elu(sum_i W_i Q_i + b) + v, with W_i >= 0 written by agent i's token and the rest by the team's.

    Tokens are the rows of whoever is present, each by the same linear layer, and one more for the team, which starts as
    a constant. After a block of attention an agent's token has seen all the others, and its weights depend on them.

    Deviations from TransfQMIX: its tokens also hold the agents' own memories, and its last tokens are handed on from
    step to step (`trajectory` has memory by attention); three tokens write b, w2 and v where here it is one; one block
    of norms without weights, after attention as published. On a fixed team, whose state is no table, an agent's row is
    its number, and the team's token comes from the state.
    """

    def __init__(self, spec: Spec, generators: Generators):
        super().__init__(spec, generators)
        self.positive = POSITIVE[spec.positivity][0]
        width, state = spec.width, 0 if spec.entity_dim else spec.state_dim
        self.first = Hypernetwork(state, (EMBED,), EMBED, 0, generators)  # the team's token
        self.token = Linear(row_width(spec), EMBED, generators)
        self.block = Block(self.heads, generators)
        self.w1 = Linear(EMBED, width, generators)
        self.rest = Linear(EMBED, 2 * width + 1, generators)

    def tokens(self, values: Tensor, state: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        """After attention the agents' tokens [R, ..., n, EMBED] and the team's [R, ..., EMBED]; who is present."""
        rows, present = rows_of(self.spec, values, state)
        team = self.first(None if self.spec.entity_dim else state)
        if self.first.plain is not None:
            team = team.view(len(team), *[1] * (rows.ndim - 3), EMBED)  # for all batch axes, of which there may be many
        team = team.expand(*rows.shape[:-2], -1)
        tokens = torch.cat([self.token(rows), team.unsqueeze(-2)], -2)
        seen = torch.cat([present, torch.ones_like(present[..., :1])], -1)
        tokens = self.block(tokens.flatten(1, -3), seen.flatten(1, -2).unsqueeze(-2)).view_as(tokens)
        return tokens[..., : values.shape[-2], :], tokens[..., -1, :], present[..., : values.shape[-2]]

    def forward(self, values: Tensor, actions: Tensor, state: Tensor | None = None) -> Tensor:
        agents, team, present = self.tokens(values, state)
        weights = self.positive(self.w1(agents)) * present.unsqueeze(-1)
        b1, w2, v = self.rest(team).split([self.spec.width, self.spec.width, 1], -1)
        hidden = elu((chosen(values, actions).unsqueeze(-1) * weights).sum(-2) + b1)
        return (hidden * self.positive(w2)).sum(-1) + v.squeeze(-1)


class Trajectory(methods.Trajectory, Transformer):
    """The transformer with a memory: the team's token of a step also attends to those of the steps before it.

    So what happened earlier, to whomever, may decide what the utilities are worth now: the mixing network of a step is
    written from the joint trajectory up to it, and never from what comes after. Values [R, N, T, n_agents, n_actions]
    are N episodes of T steps; those without an axis of steps, [R, B, n_agents, n_actions], are B first steps.

    In the line of TransfQMIX, which hands tokens on from step to step as a recurrent network does; here it is causal
    attention, with sines of the step added to its tokens. Only the team's token remembers; the agents' tokens are
    given what it remembers.
    """

    remembers = True

    def __init__(self, spec: Spec, generators: Generators):
        super().__init__(spec, generators)
        self.recall = Block(self.heads, generators)

    def tokens(self, values: Tensor, state: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        """As the transformer's, after the team's token has attended to itself earlier."""
        agents, team, present = super().tokens(values, state)
        steps = team if team.ndim == 4 else team.unsqueeze(2)
        time = torch.arange(steps.shape[2], device=team.device)
        past = (time <= time.unsqueeze(-1)).expand(1, 1, -1, -1)
        team = self.recall(steps + sines(time).to(team), past).view_as(team)
        return agents + team.unsqueeze(-2), team, present


def sines(time: Tensor) -> Tensor:
    """Where a step stands, [T, EMBED]: sines and cosines of it, of ever longer periods (Vaswani et al. 2017, 3.5)."""
    rates = LONGEST ** (-torch.arange(0, EMBED, 2, device=time.device) / EMBED)
    angles = time.unsqueeze(-1) * rates
    return torch.cat([angles.sin(), angles.cos()], -1)
