"""Mixers that are functions of a set of agents: a hypernetwork that writes each one's weights, and a deep set.

Both take teams of any size, and know no agent's number where the state is a table: mixers/entities.py.
"""

from torch import Tensor
from torch.nn.functional import elu

from marl_helpers.exact import methods
from marl_helpers.mixers.base import POSITIVE, Mixer, Spec, chosen
from marl_helpers.mixers.entities import PerAgent, Team
from marl_helpers.mixers.layers import Generators, Hypernetwork
from marl_helpers.mixers.monotone import activate


class SetHypernetwork(methods.SetHypernetwork, Mixer):
    """Q_tot = w2(g) . elu(sum_i W(e_i, g) Q_i + b(g)) + v(g): QMIX whose weights of an agent come from its own row.

    e_i is the agent's row, g the whole team's vector, and W, w2 >= 0. In the line of REFIL (Iqbal et al. 2021), whose
    hypernetworks attend to entities, and of HPN (Hao et al. 2023), which writes each entity's weights from that entity;
    deviations: the whole is a plain sum over rows, in place of attention, and REFIL's random factors are left out.

    Agents with equal rows get equal weights. Then Q_tot is a convex function of the sum of their utilities.
    """

    def __init__(self, spec: Spec, generators: Generators):
        super().__init__(spec, generators)
        self.positive = POSITIVE[spec.positivity][0]
        self.team = Team(spec, generators)
        n, width, whole = spec.n_agents, spec.width, self.team.whole
        self.w1 = PerAgent(spec, self.team, (width,), n, generators)
        self.b1 = Hypernetwork(whole, (width,), n, 0, generators)
        self.w2 = Hypernetwork(whole, (width,), width, 64, generators)
        self.v = Hypernetwork(whole, (1,), width, 32, generators)

    def forward(self, values: Tensor, actions: Tensor, state: Tensor | None = None) -> Tensor:
        own, whole, present = self.team(values, state)
        weights = self.positive(self.w1(own, whole)) * present.unsqueeze(-1)
        hidden = elu((chosen(values, actions).unsqueeze(-1) * weights).sum(-2) + self.b1(whole))
        return (hidden * self.positive(self.w2(whole))).sum(-1) + self.v(whole).squeeze(-1)


class DeepSet(methods.DeepSet, Mixer):
    """Q_tot = rho(sum_i phi_i(Q_i)), rho and every phi_i increasing: a deep set (Zaheer et al. 2017) kept monotone.

    phi_i is a layer of bounded, convex and concave units of one utility, its weights from the agent's own row and the
    whole; rho is one more such layer of their sums. So for two agents the closure is that of `monotone`, whose proof
    asks for no more, and for equal agents it holds every non-decreasing function of how many chose the better action.
    An absent agent's phi is 0.
    """

    def __init__(self, spec: Spec, generators: Generators):
        super().__init__(spec, generators)
        self.positive = POSITIVE[spec.positivity][0]
        self.team = Team(spec, generators)
        width, whole = spec.width, self.team.whole
        self.w1 = PerAgent(spec, self.team, (width,), 1, generators)
        self.b1 = PerAgent(spec, self.team, (width,), 1, generators)
        self.w2 = Hypernetwork(whole, (width, width), width, 64, generators)
        self.b2 = Hypernetwork(whole, (width,), width, 0, generators)
        self.w3 = Hypernetwork(whole, (width,), width, 64, generators)
        self.v = Hypernetwork(whole, (1,), width, 32, generators)

    def forward(self, values: Tensor, actions: Tensor, state: Tensor | None = None) -> Tensor:
        own, whole, present = self.team(values, state)
        w2, w3 = (self.positive(w(whole)) for w in (self.w2, self.w3))
        q = chosen(values, actions).unsqueeze(-1)
        each = activate(q * self.positive(self.w1(own, whole)) + self.b1(own, whole))
        total = (each * present.unsqueeze(-1)).sum(-2)
        hidden = activate((total.unsqueeze(-1) * w2).sum(-2) + self.b2(whole))
        return (hidden * w3).sum(-1) + self.v(whole).squeeze(-1)
