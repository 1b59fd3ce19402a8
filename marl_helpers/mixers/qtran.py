"""QTRAN: a joint value without limits, and a sum of utilities held above it (Son et al. 2019)."""

import torch
from torch import Tensor

from marl_helpers.exact import methods
from marl_helpers.mixers.base import Mixer, Spec, chosen
from marl_helpers.mixers.joint import JointFunction
from marl_helpers.mixers.layers import Generators, Hypernetwork


class QTRAN(methods.QTRAN, Mixer):
    """QTRAN-base: Q_jt learns the target, and the agents play by sum_i Q_i, pressed onto Q_jt from above.

    With `excess` D = sum_i Q_i + V - Q_jt, theorem 1 asks for D = 0 at the agents' greedy joint action and D >= 0
    elsewhere, and then that joint action maximises Q_jt. The loss adds both conditions, squared, to the squared error
    of Q_jt. So IGM is promised at zero loss only, for the joint action that `greedy` returns: flat utilities reach zero
    loss as well, and then a tie decides, so ask for a margin between an agent's best utility and its next.

    Both conditions have weight 1. With .1 for the second, as in common code, the learner's recipe finds the optimum of
    Game 2 in 60 of 160 runs, and with 1 in all.

    `forward` is Q_jt. Unlike the paper's, its network reads the state in place of the agents' hidden features, since a
    mixer is given utilities only; without a state it is a table.
    """

    def __init__(self, spec: Spec, generators: Generators):
        super().__init__(spec, generators)
        self.joint = JointFunction(spec, 1, generators)
        self.v = Hypernetwork(spec.state_dim, (1,), 1, 64, generators)

    def forward(self, values: Tensor, actions: Tensor, state: Tensor | None = None) -> Tensor:
        return self.joint(actions, state).squeeze(-1)

    def excess(self, values: Tensor, actions: Tensor, state: Tensor | None = None) -> Tensor:
        """D, how far sum_i Q_i + V lies above Q_jt, [R, ...]; gradients reach the utilities and V only."""
        team = self(values, actions, state).detach()
        return chosen(values, actions).sum(-1) + self.v(state).squeeze(-1) - team

    def elsewhere(self, values: Tensor, actions: Tensor, state: Tensor | None = None) -> Tensor:
        """The squared violation of the condition away from the greedy joint action, [R, ...]."""
        return self.excess(values, actions, state).clamp(max=0) ** 2

    def loss(self, values: Tensor, actions: Tensor, target: Tensor, state: Tensor | None = None) -> Tensor:
        at_greedy = self.excess(values, self.greedy(values), state) ** 2
        opt, nopt = self.weights
        conditions = opt * at_greedy + nopt * self.elsewhere(values, actions, state)
        return super().loss(values, actions, target, state) + conditions


class QTRANAlt(methods.QTRANAlt, QTRAN):
    """QTRAN-alt: whatever the others play, some action of each agent must reach D = 0 (theorem 3).

    That is a stronger condition on the agents' other actions: a utility too high for all that the others play is drawn
    down, where QTRAN-base leaves it.
    """

    def elsewhere(self, values: Tensor, actions: Tensor, state: Tensor | None = None) -> Tensor:
        n, m = values.shape[-2:]
        own, choices = torch.eye(n, dtype=torch.bool, device=actions.device), torch.arange(m, device=actions.device)
        # Joint actions [R, ..., agent, its choice, n_agents] in which one agent deviates from `actions`.
        deviations = torch.where(own[:, None], choices[:, None], actions[..., None, None, :])
        repeated = None if state is None else state[..., None, None, :].expand(*deviations.shape[:-1], -1)
        q, v = chosen(values, actions), self.v(state).unsqueeze(-1)
        total = (q.sum(-1, keepdim=True) - q).unsqueeze(-1) + values  # [R, ..., agent, its choice]
        excess = total + v - self(values, deviations, repeated).detach()
        return excess.masked_fill(excess == -torch.inf, torch.inf).amin(-1).square().mean(-1)
