"""Runs of a fit on paper: how they start and go on, and what came of them. What runs them is in fits, with torch.

Whether learning finds the optimum depends on the recipe (initial scale, positivity, width, optimiser, steps), so there
is one recipe for each solver, here, and every share of runs is stated with it.
"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from tqdm import tqdm

from marl_helpers.basics import arguments
from marl_helpers.basics.options import settle
from marl_helpers.exact.methods import POSITIVITY


@dataclass(frozen=True)
class Recipe:
    """How a fit starts and how long it goes on.

    Rewards are standardised first (less the table's mean, over its standard deviation), so that a game in cents is
    learned like the same game in euros, and `scale` is in units of that deviation.
    """

    scale: float = 0.1  # standard deviation of the initial utilities
    width: int = 8  # hidden units of the mixing network
    positivity: str = "abs"  # as published; or "softplus"
    steps: int = 1000
    rate: float = 0.03  # Adam's step size; the second-order solver finds its own

    def __post_init__(self):
        settle(self)
        arguments.at_least(1, **{"recipe: width": self.width})
        arguments.at_least(0, **{"recipe: steps": self.steps})
        numbers = {f"recipe: {name}": getattr(self, name) for name in ("scale", "rate")}
        arguments.finite("a finite number of at least 0", 0, **numbers)
        arguments.one_of(POSITIVITY, **{"recipe: positivity": self.positivity})


LEARNER = Recipe()  # what a learner finds: Adam on the whole table
SEARCH = Recipe(scale=1.0, positivity="softplus", steps=50)  # the best found: Levenberg-Marquardt, varied starts
RECIPE = "a Recipe, such as Recipe(steps=500)"
SOLVERS = {"gradient": LEARNER, "second_order": SEARCH}


@dataclass(frozen=True)
class Fit:
    """The outcome of every run. For a batch, every array has a leading axis of tables.

    fitted [runs, |A_1|, ..., |A_n|] in the table's units; utilities [runs, n_agents, most actions] on the standardised
    scale, NaN where an agent has no such action; mse [runs] of `fitted`; loss [runs], what the method minimises, on the
    standardised scale; greedy [runs, n_agents], the joint action that the team plays; optimal [runs], whether that
    joint action earns the table's maximum. moments: where the runs stood after the steps that `fit` was asked to keep.
    """

    method: str
    solver: str
    recipe: Recipe
    fitted: np.ndarray
    utilities: np.ndarray
    mse: np.ndarray
    loss: np.ndarray
    greedy: np.ndarray
    optimal: np.ndarray
    moments: tuple["Moment", ...] = ()

    @property
    def share(self) -> np.ndarray:
        """The share of runs whose greedy joint action is optimal (one number for each table)."""
        return self.optimal.mean(-1)

    def best_runs(self) -> np.ndarray:
        """Of a batch, whether each table's run of least error plays an optimum: picked without knowing any optimum."""
        error = np.where(np.isnan(self.mse), np.inf, self.mse)  # a run that diverged is not the best one
        return np.take_along_axis(self.optimal, error.argmin(-1)[:, None], -1)[:, 0]

    def first(self) -> "Fit":
        """The fit of the first table of a batch, without the leading axis."""
        return _joined(lambda arrays: arrays[0][0], self)

    @staticmethod
    def concatenate(parts: Sequence["Fit"]) -> "Fit":
        """The fits of several batches as one."""
        return _joined(np.concatenate, *parts)


@dataclass(frozen=True)
class Moment:
    """Where a fit stood after so many steps. For a batch, every array has a leading axis of tables.

    fit: what the runs had come to by then, as if the recipe had ended there. parameters: the mixer's own by name,
    [runs, ...] each. mean, unit [runs]: the mixer's team value times `unit`, plus `mean`, is the table's.
    """

    step: int
    fit: Fit
    parameters: Mapping[str, np.ndarray]
    mean: np.ndarray
    unit: np.ndarray


def _joined(join: Callable[[Sequence[np.ndarray]], np.ndarray], *parts: Any) -> Any:
    """One of several: what `join` makes of their arrays, wherever those are in it; of what is no array, the first."""
    first = parts[0]
    if isinstance(first, np.ndarray):
        return join(parts)
    if isinstance(first, Fit | Moment):
        return replace(first, **{name: _joined(join, *(getattr(one, name) for one in parts)) for name in vars(first)})
    if isinstance(first, tuple):
        return tuple(_joined(join, *alike) for alike in zip(*parts, strict=True))
    if isinstance(first, dict):
        return {name: _joined(join, *(one[name] for one in parts)) for name in first}
    return first


def stretches(steps: int, length: int = 50) -> Iterator[int]:
    """`steps` cut into stretches of at most `length`, between which a caller may draw or stop."""
    for start in range(0, steps, length):
        yield min(length, steps - start)


def progress(steps: int, what: str) -> tqdm:
    """A progress bar that appears after two seconds and leaves nothing behind.

    It is text: a notebook saved after a bar made of widgets shows an error in its place when it is opened again.
    """
    out = sys.stdout if "ipykernel" in sys.modules else sys.stderr
    return tqdm(total=steps, desc=what, unit="step", delay=2, leave=False, file=out)
