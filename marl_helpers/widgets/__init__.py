"""What a person sees and touches: widgets that are views on the package's pure functions."""

from marl_helpers.widgets.docks import DockTrial as dock
from marl_helpers.widgets.graph import CoordinationGraph as graph
from marl_helpers.widgets.igm import AskTheSolver as ask_the_solver
from marl_helpers.widgets.igm import LinearMixer as linear_mixer
from marl_helpers.widgets.lab import Laboratory as laboratory
from marl_helpers.widgets.partner import Partner as partner
from marl_helpers.widgets.reward_table import RewardTable
from marl_helpers.widgets.scrubber import Episodes as episodes
from marl_helpers.widgets.slider import Interpolation as interpolation

__all__ = [
    "RewardTable",
    "ask_the_solver",
    "dock",
    "episodes",
    "graph",
    "interpolation",
    "laboratory",
    "linear_mixer",
    "partner",
]
