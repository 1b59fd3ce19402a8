"""QMIX: a mixing network that is monotone in every agent's utility (Rashid et al. 2018, section 4.1)."""

import torch
from torch import Tensor
from torch.nn.functional import elu, one_hot

from marl_helpers.exact import methods
from marl_helpers.mixers.base import POSITIVE, Mixer, Spec, chosen
from marl_helpers.mixers.layers import Generators, Hypernetwork


class QMIX(methods.QMIX, Mixer):
    """Q_tot = w2 . elu(W1 q + b1) + v with W1, w2 >= 0, all four generated from the state.

    Non-negative weights and an increasing activation make Q_tot non-decreasing in every Q_i, so the tuple of the
    agents' own maximisers is a maximiser of Q_tot. The state may bend this as it likes: it enters through the weights.
    """

    def __init__(self, spec: Spec, generators: Generators):
        super().__init__(spec, generators)
        self.positive, self.positive_slope = POSITIVE[spec.positivity]
        n, width, state = spec.n_agents, spec.width, spec.state_dim
        self.w1 = Hypernetwork(state, (n, width), n, 64, generators)
        self.b1 = Hypernetwork(state, (width,), n, 0, generators)
        self.w2 = Hypernetwork(state, (width,), width, 64, generators)
        self.v = Hypernetwork(state, (1,), width, 32, generators)

    def mixing(self, state: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The mixing network that the state writes: w1 [R, ..., n, H] and w2 [R, ..., H], both non-negative,
        b1 [R, ..., H] and v [R, ..., 1], as w1, b1, w2, v."""
        return self.positive(self.w1(state)), self.b1(state), self.positive(self.w2(state)), self.v(state)

    def forward(self, values: Tensor, actions: Tensor, state: Tensor | None = None) -> Tensor:
        w1, b1, w2, v = self.mixing(state)
        hidden = elu((chosen(values, actions).unsqueeze(-1) * w1).sum(-2) + b1)
        return (hidden * w2).sum(-1) + v.squeeze(-1)

    @torch.no_grad()
    def jacobian(self, utilities: Tensor, actions: Tensor) -> tuple[Tensor, Tensor]:
        """By hand, and many times faster than autograd: the chain rule through the two layers (see Mixer.jacobian)."""
        q = chosen(utilities.expand(*actions.shape[:-1], *utilities.shape[2:]), actions)  # [R, B, n]
        raw1, raw2 = self.w1.plain, self.w2.plain  # [R, 1, n, H] and [R, 1, H]
        w1, w2 = self.positive(raw1), self.positive(raw2)
        z = torch.baddbmm(self.b1.plain, q, w1[:, 0])  # [R, B, H]
        hidden = elu(z)
        by_z = w2 * torch.exp(z.clamp(max=0))  # dQ/dz = w2 elu'(z), and elu'(z) = exp(min(z, 0))
        by_q = by_z @ w1[:, 0].mT  # [R, B, n]
        by_utility = by_q.unsqueeze(-1) * one_hot(actions, utilities.shape[-1]).to(q)  # only the chosen action's
        by_w1 = q.unsqueeze(-1) * (by_z.unsqueeze(-2) * self.positive_slope(raw1))
        by_w2 = hidden * self.positive_slope(raw2)
        blocks = [by_utility.flatten(2), by_w1.flatten(2), by_z, by_w2, torch.ones_like(q[..., :1])]
        return (hidden * w2).sum(-1) + self.v.plain.squeeze(-1), torch.cat(blocks, -1)
