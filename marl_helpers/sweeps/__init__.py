"""Many trainings: a grid of them, in this order: grid, cells, ray_clusters, places, sweeping."""

from marl_helpers.basics.lazy import lazily

__getattr__, __dir__, __all__ = lazily(
    __name__,
    {
        "PLACES": "places:PLACES",
        "Swept": "standing:Swept",
        "look": "standing:look",
        "sweep": "sweeping:sweep",
    },
)
