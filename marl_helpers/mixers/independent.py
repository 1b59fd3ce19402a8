"""Independent learners: every agent predicts the team's reward from its own action (Tan 1993)."""

from torch import Tensor

from marl_helpers.exact import methods
from marl_helpers.mixers.base import Mixer, chosen
from marl_helpers.mixers.entities import rows_of


class Independent(methods.Independent, Mixer):
    """No team value is learned. What `forward` reports is the mean of the agents' separate estimates.

    Where the state is a table (mixers/entities.py) means are over the agents that are present.
    """

    def forward(self, values: Tensor, actions: Tensor, state: Tensor | None = None) -> Tensor:
        return self._mean(chosen(values, actions), values, state)

    def _mean(self, each: Tensor, values: Tensor, state: Tensor | None) -> Tensor:
        """Over agents, [R, ...]; 0 where nobody is present."""
        if not self.spec.entity_dim:
            return each.mean(-1)
        present = rows_of(self.spec, values, state)[1][..., : each.shape[-1]]
        return (each * present).sum(-1) / present.sum(-1).clamp(min=1)

    def backup(self, values: Tensor, actions: Tensor, state: Tensor | None = None) -> Tensor:
        """Each agent's own value, [R, ..., n_agents]."""
        return chosen(values, actions)

    def loss(self, values: Tensor, actions: Tensor, target: Tensor, state: Tensor | None = None) -> Tensor:
        """The loss of each sample, [R, ...], a mean over agents, as over samples; target [R, ...], or each
        agent's own [R, ..., n]."""
        own = target if target.ndim == actions.ndim else target.unsqueeze(-1)
        return self._mean((chosen(values, actions) - own) ** 2, values, state)
