"""The mixing network that a mixer has written, in plain numbers: what a picture of it is made of."""

import torch
from torch import Tensor

from marl_helpers.basics import arguments
from marl_helpers.exact.networks import Network
from marl_helpers.mixers.base import Mixer
from marl_helpers.mixers.qmix import QMIX
from marl_helpers.mixers.vdn import VDN


@torch.no_grad()
def network(mixer: Mixer, values: Tensor, state: Tensor | None = None, run: int = 0) -> Network:
    """The mixing network of one run's sample: a sum, or what QMIX's hypernetworks make of the state.

    values [n_agents, n_actions]: the utilities; state [state_dim], or None where the mixer has none.
    Raises ValueError for a mixer that is neither a sum nor QMIX's, and for a run or a state that it has not.
    """
    arguments.instance((VDN, QMIX), "a mixer of VDN or QMIX: no other has this network", mixer=mixer)
    if isinstance(mixer, VDN):
        return Network(values.tolist())
    runs = len(next(mixer.parameters()))
    run = arguments.place(runs, "one of the mixer's runs", run=run)
    given = None if state is None else state.expand(runs, 1, -1)
    w1, b1, w2, v = (part[run, 0].double().cpu().numpy() for part in mixer.mixing(given))
    return Network(values.tolist(), w1, b1, w2, v.item())
