"""A mixer that spans all monotone functions, for comparison with QMIX (after Runje and Shankaranarayana 2023)."""

import torch
from torch import Tensor
from torch.nn.functional import elu

from marl_helpers.exact import methods
from marl_helpers.mixers.base import POSITIVE, Mixer, Spec, chosen
from marl_helpers.mixers.layers import Generators, Hypernetwork


class Monotone(methods.Monotone, Mixer):
    """QMIX with a second hidden layer, and bounded, convex and concave units in both.

    QMIX's units are convex, so its mixer is supermodular at every depth. Here a unit of the second layer can be one of
    {g_1(q_1) + g_2(q_2) >= 0} with any non-decreasing g_1 and g_2, made of thresholds: for two agents that is every
    upper set, and a monotone function is a sum of upper sets. So the closure for two agents, given enough units, is
    `exact.monotone`; with more agents that is certain for two actions each.

    The bounded unit is tanh, where the paper shifts and joins its convex and concave units: on tables of
    `random_games.monotone` that leaves a tenth of the error (median, in units of a table's variance, 2e-5 against 2e-4
    with the learner's recipe; QMIX's is 2.5e-2).
    """

    def __init__(self, spec: Spec, generators: Generators):
        super().__init__(spec, generators)
        self.positive = POSITIVE[spec.positivity][0]
        n, width, state = spec.n_agents, spec.width, spec.state_dim
        self.w1 = Hypernetwork(state, (n, width), n, 64, generators)
        self.b1 = Hypernetwork(state, (width,), n, 0, generators)
        self.w2 = Hypernetwork(state, (width, width), width, 64, generators)
        self.b2 = Hypernetwork(state, (width,), width, 0, generators)
        self.w3 = Hypernetwork(state, (width,), width, 64, generators)
        self.v = Hypernetwork(state, (1,), width, 32, generators)

    def forward(self, values: Tensor, actions: Tensor, state: Tensor | None = None) -> Tensor:
        w1, w2, w3 = (self.positive(w(state)) for w in (self.w1, self.w2, self.w3))
        hidden = activate((chosen(values, actions).unsqueeze(-1) * w1).sum(-2) + self.b1(state))
        hidden = activate((hidden.unsqueeze(-1) * w2).sum(-2) + self.b2(state))
        return (hidden * w3).sum(-1) + self.v(state).squeeze(-1)


def activate(z: Tensor) -> Tensor:
    """A third of the units bounded, a third convex and a third concave: all of them increasing."""
    bounded, convex, concave = z.tensor_split(3, -1)
    return torch.cat([bounded.tanh(), elu(convex), -elu(-concave)], -1)
