"""Independent learners: every agent predicts the team's reward from its own action (Tan 1993)."""

from torch import Tensor

from marl_helpers.exact import methods
from marl_helpers.mixers.base import Mixer, chosen


class Independent(methods.Independent, Mixer):
    """No team value is learned. What `forward` reports is the mean of the agents' separate estimates."""

    def forward(self, values: Tensor, actions: Tensor, state: Tensor | None = None) -> Tensor:
        return chosen(values, actions).mean(-1)

    def backup(self, values: Tensor, actions: Tensor, state: Tensor | None = None) -> Tensor:
        """Each agent's own value, [R, ..., n_agents]."""
        return chosen(values, actions)

    def loss(self, values: Tensor, actions: Tensor, target: Tensor, state: Tensor | None = None) -> Tensor:
        """The loss of each sample, [R, ...], a mean over agents, as over samples; target [R, ...], or each
        agent's own [R, ..., n]."""
        own = target if target.ndim == actions.ndim else target.unsqueeze(-1)
        return ((chosen(values, actions) - own) ** 2).mean(-1)
