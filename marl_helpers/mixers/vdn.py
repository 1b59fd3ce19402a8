"""VDN: the team value is the sum of the agents' utilities (Sunehag et al. 2018, equation 1)."""

from torch import Tensor

from marl_helpers.exact import methods
from marl_helpers.mixers.base import Mixer, chosen


class VDN(methods.VDN, Mixer):
    """Q_tot = sum_i Q_i. A sum is largest where every term is, so IGM holds."""

    def forward(self, values: Tensor, actions: Tensor, state: Tensor | None = None) -> Tensor:
        return chosen(values, actions).sum(-1)
