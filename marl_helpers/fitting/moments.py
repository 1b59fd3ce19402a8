"""A kept moment of a fit as a mixing network, in the units of its table."""

import torch

from marl_helpers import mixers
from marl_helpers.basics import arguments
from marl_helpers.exact.networks import Network
from marl_helpers.fitting.runs import Moment
from marl_helpers.mixers import layers
from marl_helpers.mixers.written import network as written


def network(moment: Moment, run: int = 0) -> Network:
    """The mixing network of one run at a moment that `fit` has kept, over utilities in the table's units.

    Raises ValueError for a moment of a batch of tables, a run that it has not, and a method other than VDN and QMIX.
    """
    arguments.instance(Moment, "a moment that fit has kept, such as fit(table, moments=[0]).moments[0]", moment=moment)
    fit = moment.fit
    if fit.utilities.ndim != 3:
        raise ValueError(f"moment is one of {len(fit.utilities)} tables: give one of a fit to a single table")
    run = arguments.place(len(fit.mse), "one of the fit's runs", run=run)
    _, n_agents, n_actions = fit.utilities.shape
    spec = mixers.Spec(n_agents, n_actions, width=fit.recipe.width, positivity=fit.recipe.positivity)
    mixer = mixers.make(fit.method, spec, layers.generators(0, 1)).double()
    mixer.load_state_dict({name: torch.tensor(own[run : run + 1]) for name, own in moment.parameters.items()})
    values = torch.tensor(fit.utilities[run]).nan_to_num(nan=-torch.inf)
    return written(mixer, values).rescaled(moment.mean[run], moment.unit[run])
