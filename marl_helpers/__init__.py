"""Value decomposition in cooperative multi-agent reinforcement learning: the package behind the lectures.

The names below load on first use, so that games, exact and plots work (and import fast) without torch.
"""

from importlib import import_module

_HOME = {
    "games": "games",
    "exact": "exact",
    "graphs": "graphs",
    "igm": "igm",
    "families": "families",
    "plots": "plots",
    "recordings": "recordings",
    "scenes": "scenes",
    "layers": "layers",
    "mixers": "mixers",
    "envs": "envs",
    "widgets": "widgets",
    "fit": "fitting:fit",
    "diagnose": "diagnosis:diagnose",
    "train": "training:train",
    "check": "checks",
    "deployment": "deployment",
    "robots": "robots",
}
__all__ = list(_HOME)


def __getattr__(name: str):
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it offers {', '.join(__all__)}")
    home, _, attribute = _HOME[name].partition(":")
    module = import_module(f"{__name__}.{home}")
    globals()[name] = getattr(module, attribute) if attribute else module
    return globals()[name]


def __dir__():
    return sorted([*globals(), *__all__])
