"""Weighted QMIX: a fit that cares less for joint actions which cannot be the best (Rashid et al. 2020)."""

import torch
from torch import Tensor

from marl_helpers.exact import methods
from marl_helpers.mixers.base import Spec
from marl_helpers.mixers.joint import JointFunction
from marl_helpers.mixers.layers import Generators
from marl_helpers.mixers.qmix import QMIX


class CWQMIX(methods.CWQMIX, QMIX):
    """Centrally weighted: weight 1 for the greedy joint action and what beats it, `alpha` for all else.

    A joint action beats the greedy one where its target is larger than the unrestricted Q* of the greedy one. Q* learns
    the same targets beside Q_tot. In a one-shot game a target is the reward, and a joint action has weight 1 where its
    reward is larger than what Q* has learned of the greedy one's.

    `forward` is Q_tot, QMIX's, so what it represents and IGM are QMIX's too. Unlike the paper's, Q* reads the state and
    the actions in place of agents of its own; without a state it is a table. The authors' code has the target network's
    Q* judge what beats the greedy joint action, and here it is the online one's: a one-shot game has no target network,
    and the newer copy is nearer to the targets that it judges. Where the two are equal, so are the losses.
    """

    def __init__(self, spec: Spec, generators: Generators):
        super().__init__(spec, generators)
        self.central = JointFunction(spec, 1, generators)

    def q_star(self, actions: Tensor, state: Tensor | None = None) -> Tensor:
        """The unrestricted value of joint actions, [R, ...]."""
        return self.central(actions, state).squeeze(-1)

    def backup(self, values: Tensor, actions: Tensor, state: Tensor | None = None) -> Tensor:
        """Q*, [R, ...]: Q_tot, too low for what alpha weighs down, would mislead the targets."""
        return self.q_star(actions, state)

    @torch.no_grad()
    def weights(self, values: Tensor, actions: Tensor, target: Tensor, state: Tensor | None = None) -> Tensor:
        """The weight of each sample's squared error, [R, ...]."""
        greedy = self.greedy(values)
        keep = (actions == greedy).all(-1) | (target > self.q_star(greedy, state))
        return torch.full_like(target, self.alpha).masked_fill(keep, 1)

    def loss(self, values: Tensor, actions: Tensor, target: Tensor, state: Tensor | None = None) -> Tensor:
        error = super().loss(values, actions, target, state)
        return self.weights(values, actions, target, state) * error + (self.q_star(actions, state) - target) ** 2


class OWQMIX(methods.OWQMIX, CWQMIX):
    """Optimistically weighted: weight 1 for what Q_tot underestimates, `alpha` for all else.

    In a one-shot game Q_tot is compared with the reward itself and nothing reads Q*, which serves the targets of
    sequential tasks.
    """

    @torch.no_grad()
    def weights(self, values: Tensor, actions: Tensor, target: Tensor, state: Tensor | None = None) -> Tensor:
        return torch.full_like(target, self.alpha).masked_fill(self(values, actions, state) < target, 1)
