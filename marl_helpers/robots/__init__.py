"""A trained team without its mixer: each robot acts on what it sees itself, in a process of its own."""

from marl_helpers.basics.lazy import lazily

__getattr__, __dir__, __all__ = lazily(
    __name__, {name: f"team:{name}" for name in ("Loss", "Lost", "Remote", "Report", "play")}
)
