"""The interface that every method of the family shares."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.functional import softplus

from marl_helpers.basics import arguments
from marl_helpers.basics.options import settle
from marl_helpers.exact.methods import POSITIVITY, Method
from marl_helpers.mixers.layers import Generators

# How weights are kept non-negative, and the derivative of that.
POSITIVE: dict[str, tuple[Callable[[Tensor], Tensor], Callable[[Tensor], Tensor]]] = dict(
    zip(POSITIVITY, [(torch.abs, torch.sign), (softplus, torch.sigmoid)], strict=True)
)


@dataclass(frozen=True)
class Spec:
    """What a mixer must know of its team. An agent with fewer actions than n_actions masks the rest as unavailable.

    Raises ValueError for what makes no team.
    """

    n_agents: int
    n_actions: int
    state_dim: int = 0  # 0: no state, and the mixer's weights are plain parameters
    width: int = 32  # hidden units of the mixing network
    positivity: str = "abs"  # one of POSITIVE: "abs" as published, or "softplus"
    entity_dim: int = 0  # above 0 the state is a table of rows so wide, the agents' first (mixers/entities.py)

    def __post_init__(self):
        settle(self)
        arguments.at_least(1, n_agents=self.n_agents, n_actions=self.n_actions, width=self.width)
        arguments.at_least(0, state_dim=self.state_dim, entity_dim=self.entity_dim)
        if self.entity_dim and (self.state_dim % self.entity_dim or self.state_dim < self.n_agents * self.entity_dim):
            remedy = f"whole rows of entity_dim, {self.entity_dim}, one at least for each of {self.n_agents} agents"
            arguments.refuse("state_dim", self.state_dim, remedy)
        arguments.one_of(POSITIVE, positivity=self.positivity)


class Mixer(Method, nn.Module, entered=False):
    """A rule that builds the team value from the agents' utilities, and the play that follows from it.

    Shapes, for R runs: values [R, ..., n_agents, n_actions] (the utilities Q_i, minus infinity for an action that is
    not available), actions [R, ..., n_agents] (int64), state [R, ..., state_dim] or None, available
    [R, ..., n_agents, n_actions] (bool) or None when `values` says it all. Without a state a mixer's parameters are the
    same for all samples, and "..." is one axis: with parameters, `forward` (called as usual, mixer(...)) and `greedy`
    raise ValueError for another number of axes.
    """

    remembers: ClassVar[bool] = False  # whether it takes whole episodes, [R, N, T, ...], and earlier steps count too

    def __init__(self, spec: Spec, generators: Generators):
        super().__init__()
        self.spec = spec

    def __call__(self, values: Tensor, actions: Tensor, state: Tensor | None = None) -> Tensor:
        self.check_batch(values)
        return super().__call__(values, actions, state)

    def check_batch(self, values: Tensor) -> None:
        """Raise ValueError where plain parameters [R, 1, ...] would meet another run's values: see the shapes above."""
        if values.ndim != 4 and self.spec.state_dim == 0 and list(self.parameters()):
            raise ValueError(
                f"values has shape {tuple(values.shape)}: without a state {self.name!r} takes one batch axis, "
                "[R, B, n_agents, n_actions]; flatten the others into it"
            )

    def forward(self, values: Tensor, actions: Tensor, state: Tensor | None = None) -> Tensor:
        """The team value Q_tot of the given joint actions, [R, ...]."""
        raise NotImplementedError

    def greedy(self, values: Tensor, state: Tensor | None = None, available: Tensor | None = None) -> Tensor:
        """The joint action that the team plays, [R, ..., n_agents]: each agent's own argmax unless stated otherwise."""
        return mask(values, available).argmax(-1)

    def backup(self, values: Tensor, actions: Tensor, state: Tensor | None = None) -> Tensor:
        """What a target takes for the value of the next joint action, [R, ...]: Q_tot unless stated otherwise.

        Or [R, ..., n_agents], a value for each agent alone, where `loss` takes such targets.
        """
        return self(values, actions, state)

    def jacobian(self, utilities: Tensor, actions: Tensor) -> tuple[Tensor, Tensor]:
        """The team value [R, B] and its derivatives [R, B, P], for a mixer without state.

        utilities [R, 1, n_agents, n_actions] and actions [R, B, n_agents]. The P columns are the utilities, then this
        mixer's parameters in their own order, each flattened.
        """
        runs, cells = actions.shape[:2]  # a run for each cell, so that one pass backwards gives every row
        q, *parameters = (x.detach().repeat_interleave(cells, 0) for x in (utilities, *self.parameters()))
        variables = [variable.requires_grad_() for variable in (q, *parameters)]
        names = [name for name, _ in self.named_parameters()]
        with torch.enable_grad():
            team = functional_call(self, dict(zip(names, parameters)), (q, actions.flatten(0, 1).unsqueeze(1)))
            rows = torch.autograd.grad(team.sum(), variables, materialize_grads=True)
        return team.detach().view(runs, cells), torch.cat([row.flatten(1) for row in rows], -1).view(runs, cells, -1)

    def loss(self, values: Tensor, actions: Tensor, target: Tensor, state: Tensor | None = None) -> Tensor:
        """The loss of each sample, [R, ...], against the team's target [R, ...]."""
        return (self(values, actions, state) - target) ** 2


def mask(values: Tensor, available: Tensor | None) -> Tensor:
    """Values with minus infinity where an action is not available."""
    return values if available is None else values.masked_fill(~available, -torch.inf)


def chosen(values: Tensor, actions: Tensor) -> Tensor:
    """The utility of each agent's chosen action, [R, ..., n_agents]."""
    return values.gather(-1, actions.unsqueeze(-1)).squeeze(-1)
