"""Agents for teams of any size: what they know of the others is a pooled set of rows, not numbered slots.

Observations are tables, as envs/entities.py describes them: an agent's own row first. The network is the same for all
agents and any number of them, and knows nobody's number, so agents with the same rows and memories act alike.
"""

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from marl_helpers.basics import arguments
from marl_helpers.envs.entities import table
from marl_helpers.mixers.layers import Generators, Linear
from marl_helpers.training.agents import Agents
from marl_helpers.training.plan import POOLINGS

if TYPE_CHECKING:
    from marl_helpers.envs import Env

PARTS = {"none": 0, "sum": 1, "mean": 1, "both": 2, "attention": 1}  # how many vectors a pooled set is


class EntityAgents(Agents):
    """Utilities of an agent's own row, its last action and a pooled set of the other rows, remembered by a GRU.

    Each other row becomes a vector v(own row, other row) = ReLU(linear): a set function of pairs, as in Zaheer et al.
    (2017, Deep Sets), since what another's row means depends on one's own. `pooling` says what is made of these
    vectors: their sum, their mean (of those present), both, attention, whose weights are a softmax over scores of own
    and other rows, or none. Of an empty set all are zeros. A mean and a softmax cannot count what they go over: of 3
    and of 5 equal rows they are the same.

    In the line of HPN (Hao et al. 2023), which sums over entities, with weights for each written from its row alone,
    and of REFIL (Iqbal et al. 2021), whose attention has several heads and goes over an agent's own row too.
    """

    def __init__(self, env: "Env", generators: Generators, hidden: int = 64, pooling: str = "sum"):
        """Raises ValueError for an environment without rows, and for a pooling that is none of PARTS."""
        arguments.at_least(1, **{"entity_dim of the environment": env.entity_dim})
        self.pooling = arguments.one_of(PARTS, pooling=pooling)
        super().__init__(env, generators, hidden)

    def look(self, env: "Env", generators: Generators) -> None:
        """Make what `see` needs."""
        row, parts = env.entity_dim, PARTS[self.pooling]
        self.encode = Linear(row + env.n_actions + parts * self.hidden, self.hidden, generators)
        if parts:
            self.meet = Linear(2 * row, self.hidden, generators)
        if self.pooling == "attention":
            self.ask, self.answer = (Linear(row, self.hidden, generators) for _ in range(2))

    def see(self, obs: Tensor, before: Tensor) -> Tensor:
        """What the memory is told of a step, [..., n, hidden]; obs [..., n, slots * entity_dim], actions one-hot."""
        rows = table(obs, self.entity_dim)
        own, others = rows[..., 0, :], rows[..., 1:, :]
        return self.encode(torch.cat([own, before, *self._pooled(own, others)], -1)).relu()

    def _pooled(self, own: Tensor, others: Tensor) -> list[Tensor]:
        """Vectors [..., hidden] of the set of other rows [..., slots - 1, entity_dim], seen from one's own."""
        if self.pooling == "none":
            return []
        present = others[..., :1]
        met = self.meet(torch.cat([own.unsqueeze(-2).expand_as(others), others], -1)).relu() * present
        total = met.sum(-2)
        if self.pooling == "attention":
            scores = (self.answer(others) @ self.ask(own).unsqueeze(-1)) / math.sqrt(self.hidden)
            share = scores.masked_fill(present == 0, torch.finfo(scores.dtype).min).softmax(-2)
            return [(share * met).sum(-2)]
        mean = total / present.sum(-2).clamp(min=1)
        return {"sum": [total], "mean": [mean], "both": [total, mean]}[self.pooling]


def make_agents(env: "Env", generators: Generators, hidden: int, pooling: str) -> Agents:
    """The agents that an environment asks for: those above where it has rows and these are not to be numbered slots."""
    arguments.one_of(POOLINGS, pooling=pooling)
    if env.entity_dim and pooling != "slots":
        return EntityAgents(env, generators, hidden, pooling)
    return Agents(env, generators, hidden)
