"""Qatten: attention of the whole over its agents shares out the weights of a sum (Yang et al. 2020, equation 9)."""

import math

import torch
from torch import Tensor

from marl_helpers.exact import methods
from marl_helpers.mixers.base import POSITIVE, Mixer, Spec, chosen
from marl_helpers.mixers.entities import Team, row_width
from marl_helpers.mixers.layers import Generators, Hypernetwork, uniform

EMBED = 32  # units of queries and keys


class Qatten(methods.Qatten, Mixer):
    """Q_tot = c(s) + sum_h w_h(s) sum_i share_hi Q_i, with w_h >= 0 and each head's shares a softmax over agents.

    A share is large where an agent's key, linear in its own row, fits the query, which a small network makes of the
    whole. As published a head's shares sum to 1, so it is an average: Q_tot does not grow with the team by itself.
    Absent agents have no share.

    Deviations: where the state is a table the whole is a sum over its rows, so that a team may have any size; the
    published one is the flat state. The paper's second variant, whose keys also take the utilities themselves, is left
    out: it is not monotone. Without a state shares and weights are constants: the class is VDN's, and a constant.
    """

    def __init__(self, spec: Spec, generators: Generators):
        super().__init__(spec, generators)
        self.positive = POSITIVE[spec.positivity][0]
        self.team = Team(spec, generators)
        row, whole = row_width(spec), self.team.whole
        self.query = Hypernetwork(whole, (self.heads, EMBED), EMBED, 64, generators)
        self.key = uniform(generators, (row, self.heads * EMBED), row)  # no bias, which all shares would have alike
        self.w = Hypernetwork(whole, (self.heads,), 1, 64, generators)
        self.c = Hypernetwork(whole, (1,), 1, 32, generators)

    def shares(self, own: Tensor, whole: Tensor | None, present: Tensor) -> Tensor:
        """Each head's shares of the agents, [R, ..., heads, n], as Team gives the rest."""
        keys = (own.flatten(1, -2) @ self.key).reshape(*own.shape[:-1], self.heads, EMBED)
        scores = (keys * self.query(whole).unsqueeze(-3)).sum(-1).transpose(-1, -2) / math.sqrt(EMBED)
        there = present.unsqueeze(-2)
        least = torch.finfo(scores.dtype).min  # and not minus infinity: after an episode's end nobody is present
        return scores.masked_fill(~there, least).softmax(-1) * there

    def forward(self, values: Tensor, actions: Tensor, state: Tensor | None = None) -> Tensor:
        own, whole, present = self.team(values, state)
        weights = (self.positive(self.w(whole)).unsqueeze(-1) * self.shares(own, whole, present)).sum(-2)
        return (weights * chosen(values, actions)).sum(-1) + self.c(whole).squeeze(-1)
