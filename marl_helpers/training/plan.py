"""What a training is asked for: how long to train, and how to learn. No torch, so that `--help` is quick."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marl_helpers.basics import arguments
from marl_helpers.basics.options import option, plain, settle

METRICS = "metrics.csv"  # in a training's folder, beside its checkpoint
X = ("updates", "steps", "seconds")  # of its columns, what returns are held against
EVERY = 60.0  # seconds between checkpoints: with a large replay, one at every test would take longer than the training
OPTIMISERS = ("rmsprop", "adam")
POOLINGS = ("sum", "mean", "both", "attention", "none", "slots")


@dataclass(frozen=True)
class Plan:
    """How long to train, and on what. The defaults are PyMARL's where not said otherwise."""

    updates: int = option(2000, "updates of the networks, one after each round of episodes")
    parallel: int = option(8, "episodes played side by side in each round (PyMARL: 1, which leaves a batch idle)")
    batch: int = option(32, "episodes in an update")
    capacity: int = option(5000, "episodes that the replay keeps")
    epsilon_start: float = option(1.0, "exploration at the start: the probability of a random action")
    epsilon_end: float = option(0.05, "exploration once annealed")
    anneal: int = option(50_000, "environment steps of a seed over which exploration falls, in a straight line")
    test_every: int = option(50, "updates between tests")
    test_episodes: int = option(32, "greedy episodes in a test")

    def __post_init__(self):
        settle(self)
        counts = ("updates", "parallel", "batch", "capacity", "anneal", "test_every", "test_episodes")
        arguments.at_least(1, **{name: getattr(self, name) for name in counts})
        arguments.probability(epsilon_start=self.epsilon_start, epsilon_end=self.epsilon_end)
        least = max(self.batch, self.parallel)
        if self.capacity < least:
            raise ValueError(f"capacity is {self.capacity}: give at least {least}, room for a batch and for a round")


@dataclass(frozen=True)
class Settings:
    """How to learn. The defaults are PyMARL's (Samvelyan et al. 2019)."""

    optimiser: str = option("rmsprop", f"how gradients become steps: {' or '.join(OPTIMISERS)}")
    rate: float = option(5e-4, "step size of the optimiser")
    clip: float = option(10.0, "largest norm of a seed's gradient")
    discount: float = option(0.99, "what a reward one step later is worth")
    td_lambda: float = option(0.0, "0: targets of one reward and a learned value; 1: of all rewards to the end")
    target_every: int = option(200, "episodes played between two copies to the target networks")
    tau: float = option(0.0, "above 0: targets move this share of the way at every update, and are never copied")
    hidden: int = option(64, "units of the agents' layers")
    width: int = option(32, "units of the mixing network")
    pooling: str = option("sum", f"how agents see others in tables of rows: {', '.join(POOLINGS)}, which are numbered")
    mixer_options: Mapping[str, Any] | None = option(None, "what else is chosen of the method, as {'alpha': 0.01}")

    def __post_init__(self):
        settle(self)
        self._settle_mixer()
        arguments.one_of(OPTIMISERS, optimiser=self.optimiser)
        arguments.one_of(POOLINGS, pooling=self.pooling)
        arguments.at_least(1, target_every=self.target_every, hidden=self.hidden, width=self.width)
        arguments.finite("a number above 0", arguments.ABOVE_0, rate=self.rate, clip=self.clip)
        shares = {"discount": self.discount, "td_lambda": self.td_lambda, "tau": self.tau}
        arguments.finite("a number from 0 to 1", 0, 1, **shares)

    def _settle_mixer(self) -> None:
        """Make the mixer's options plain values, and a width among them the width."""
        given = {} if self.mixer_options is None else self.mixer_options
        arguments.instance(Mapping, "a dictionary, such as {'alpha': 0.01}", mixer_options=given)
        given = plain(dict(given), "mixer_options")
        object.__setattr__(self, "width", given.pop("width", self.width))
        object.__setattr__(self, "mixer_options", given)


PYMARL = Settings()
