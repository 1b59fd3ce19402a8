"""The deep pipeline, to be read in this order: agents, replay, learner, loop. The rest serves long trainings."""

from marl_helpers.basics.lazy import lazily

__getattr__, __dir__, __all__ = lazily(
    __name__,
    {
        "Diverged": "runs:Diverged",
        "Plan": "plan:Plan",
        "Run": "runs:Run",
        "Settings": "plan:Settings",
        "Terminal": "progress:Terminal",
        "TEST_SEED": "loop:TEST_SEED",
        "Training": "loop:Training",
        "pack": "packing:pack",
        "train": "loop:train",
        "transfer": "carrying:transfer",
        "recordings": "recordings",
        "scenes": "scenes",
        "two_step": "two_step",
    },
)
