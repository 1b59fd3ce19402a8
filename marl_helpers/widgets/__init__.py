"""What a person sees and touches: widgets that are views on the package's pure functions."""

from marl_helpers.widgets.lab import Laboratory as laboratory
from marl_helpers.widgets.partner import Partner as partner
from marl_helpers.widgets.reward_table import RewardTable

__all__ = ["RewardTable", "laboratory", "partner"]
