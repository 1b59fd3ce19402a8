"""Independent learners: every agent predicts the team's reward from its own action (Tan 1993)."""

from torch import Tensor

from marl_helpers.mixers.base import Mixer, chosen


class Independent(Mixer):
    """No team value is learned. What `forward` reports is the mean of the agents' separate estimates."""

    name, label, rank, igm = "iql", "IQL", 0, False
    projections, least_squares = ("independent",), False

    def forward(self, values: Tensor, actions: Tensor, state: Tensor | None = None) -> Tensor:
        return chosen(values, actions).mean(-1)

    def loss(self, values: Tensor, actions: Tensor, target: Tensor, state: Tensor | None = None) -> Tensor:
        return ((chosen(values, actions) - target.unsqueeze(-1)) ** 2).sum(-1)
