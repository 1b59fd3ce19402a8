"""Value decomposition in cooperative multi-agent reinforcement learning: the package behind the lectures.

The names below load on first use, so that games, exact and plots work (and import fast) without torch. README.md in
this folder shows the house.
"""

from marl_helpers.basics.lazy import lazily

__getattr__, __dir__, __all__ = lazily(
    __name__,
    {
        "games": "games",
        "exact": "exact",
        "graphs": "exact.graphs",
        "igm": "exact.igm",
        "families": "exact.families",
        "plots": "plots",
        "recordings": "training.recordings",
        "scenes": "training.scenes",
        "layers": "mixers.layers",
        "mixers": "mixers",
        "envs": "envs",
        "widgets": "widgets",
        "fit": "fitting:fit",
        "diagnose": "fitting:diagnose",
        "train": "widgets.live:train",
        "load": "training.loading:load",
        "evaluate": "training.loading:evaluate",
        "compare": "training.comparing:compare",
        "sweep": "sweeps.sweeping:sweep",
        "sweeps": "sweeps",
        "check": "checks",
        "deployment": "robots.export",
        "robots": "robots",
    },
)
