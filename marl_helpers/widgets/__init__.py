"""What a person sees and touches: widgets that are views on the package's pure functions."""

from marl_helpers.basics.lazy import lazily

__getattr__, __dir__, __all__ = lazily(
    __name__,
    {
        "RewardTable": "reward_table:RewardTable",
        "ask_the_solver": "igm:AskTheSolver",
        "axis": "fields:Axis",
        "bet": "boxes:Bet",
        "bets": "betting:Bets",
        "cell": "fields:Cell",
        "dock": "docks:DockTrial",
        "episodes": "scrubber:Episodes",
        "graph": "edges:CoordinationGraph",
        "growing_team": "growing:GrowingTeam",
        "interpolation": "slider:Interpolation",
        "laboratory": "lab:Laboratory",
        "linear_mixer": "igm:LinearMixer",
        "number": "fields:Number",
        "several": "fields:Several",
        "machine": "machines:Machine",
        "partner": "partners:Partner",
        "surface": "surfaces:Surface",
        "proof": "proofs:Proof",
        "plane": "planes:Plane",
    },
)
