"""A table and a method: what it learns, and why it fails."""

from marl_helpers.basics.lazy import lazily

__getattr__, __dir__, __all__ = lazily(
    __name__,
    {
        "LEARNER": "runs:LEARNER",
        "SEARCH": "runs:SEARCH",
        "Fit": "runs:Fit",
        "Learner": "fits:Learner",
        "Recipe": "runs:Recipe",
        "fit": "fits:fit",
        "diagnose": "diagnosis:diagnose",
        "two_step": "two_step",
    },
)
