"""Every figure under one name, with the same content as text for those who cannot see it.

Each function returns a Picture: shown in a notebook it is an image with alt text. matplotlib loads on first use.
"""

from marl_helpers.basics.lazy import lazily

_FIGURES = {
    "base": ("Picture",),
    "rewards": ("lines", "tables", "verdicts"),
    "sets": ("two_sets",),
    "families": ("CLASSES", "interpolation", "phases", "recipes"),
    "failures": ("basins", "flow", "grid", "survey"),
    "training": ("curves", "panels", "surfaces", "weights"),
    "commitment": ("docks", "prices"),
    "compare": ("comparison",),
    "films": ("frame",),
}
__getattr__, __dir__, __all__ = lazily(
    __name__, {name: f"{module}:{name}" for module, names in _FIGURES.items() for name in names}
)
