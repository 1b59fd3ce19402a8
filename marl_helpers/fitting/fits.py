"""Fit any method of the family to one-shot games: every joint action equally often, many runs at once."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from marl_helpers import games, mixers
from marl_helpers.basics import arguments
from marl_helpers.basics.devices import find_device, one_thread
from marl_helpers.fitting.runs import RECIPE, SOLVERS, Fit, Moment, Recipe, progress, stretches
from marl_helpers.fitting.second_order import CHUNK, levenberg_marquardt
from marl_helpers.mixers import layers
from marl_helpers.mixers.base import mask


class Learner:
    """Fits of one method to tables of one shape, T tables times `runs` runs, advanced step by step.

    Run k starts from the same draw on every table and for any number of runs. Its fits in another batch are the same
    up to rounding, which may grow along the way; the same call gives the same bits.
    """

    def __init__(
        self, tables: Sequence[np.ndarray], method: str, runs: int, seed: int, recipe: Recipe, device: str = "cpu"
    ):
        self.tables = np.stack(tables)
        self.method, self.runs, self.recipe = method, runs, recipe
        shape = self.tables.shape[1:]
        spec = mixers.Spec(len(shape), max(shape), width=recipe.width, positivity=recipe.positivity)
        generators = layers.generators(seed, runs, device)
        start = recipe.scale * layers.draw(generators, (1, spec.n_agents, spec.n_actions), Tensor.normal_)
        sizes = torch.tensor(shape, device=device)
        self.available = torch.arange(spec.n_actions, device=device) < sizes[:, None]  # [n_agents, n_actions]
        start = mask(start.double(), self.available)  # minus infinity stays so: nobody chooses it
        self.mixer = mixers.make(method, spec, generators).double()
        layers.tile(self.mixer, len(tables))
        self.utilities = nn.Parameter(start.repeat(len(tables), 1, 1, 1))
        self.optimiser = torch.optim.Adam([self.utilities, *self.mixer.parameters()], lr=recipe.rate, fused=True)

        flat = torch.tensor(self.tables, device=device).flatten(1).repeat_interleave(runs, 0)
        self.mean = flat.mean(1, keepdim=True)
        size = (flat - self.mean).abs().amax(1, keepdim=True)
        size = torch.where(size > 0, size, 1.0)  # a constant table is learned as zeros
        deviation = ((flat - self.mean) / size).std(1, keepdim=True, correction=0)  # of numbers near 1: no underflow
        self.unit = size * torch.where(deviation > 0, deviation, 1.0)
        self.target = (flat - self.mean) / self.unit
        cells = torch.tensor(list(np.ndindex(shape)), device=device)
        self.actions = cells.expand(len(flat), *cells.shape)

    def _values(self) -> Tensor:
        return self.utilities.expand(*self.actions.shape[:2], *self.utilities.shape[2:])

    def _loss(self) -> Tensor:
        """The mean loss of each run over its table."""
        return self.mixer.loss(self._values(), self.actions, self.target).mean(1)

    @one_thread()
    @torch.enable_grad()
    def descend(self, steps: int) -> None:
        """Take that many steps of Adam on each run's mean loss over the table."""
        for _ in range(steps):
            self.optimiser.zero_grad()
            self._loss().sum().backward()
            self.optimiser.step()

    @one_thread()
    def solve(self, steps: int) -> None:
        """Take that many Levenberg-Marquardt steps on each run's squared error."""
        levenberg_marquardt(self.mixer, self.utilities, self.actions, self.target, steps)

    def _split(self, tensor: Tensor, *shape: int) -> np.ndarray:
        """Of each run of each table, an array of that shape."""
        return tensor.cpu().numpy().reshape(len(self.tables), self.runs, *shape)

    @torch.no_grad()
    def moment(self, step: int) -> Moment:
        """Where the runs stand now, after so many steps of Adam, with copies of the mixer's parameters."""
        own = {name: self._split(one.clone(), *one.shape[1:]) for name, one in self.mixer.named_parameters()}
        return Moment(step, self.result(), own, mean=self._split(self.mean), unit=self._split(self.unit))

    @one_thread()
    @torch.no_grad()
    def result(self, solver: str = "gradient") -> Fit:
        """Where the runs stand now."""
        team = self.mixer(self._values(), self.actions) * self.unit + self.mean
        greedy = self.mixer.greedy(self.utilities)[:, 0]
        utilities = self.utilities[:, 0].masked_fill(~self.available, torch.nan)

        fitted = self._split(team, *self.tables.shape[1:])
        actions = self._split(greedy, greedy.shape[-1])
        table_index = np.arange(len(self.tables))[:, None]
        earned = self.tables[(table_index, *np.moveaxis(actions, -1, 0))]
        cells = tuple(range(1, self.tables.ndim))
        best, spread = self.tables.max(cells), np.ptp(self.tables, cells)
        return Fit(
            self.method,
            solver,
            self.recipe,
            fitted=fitted,
            utilities=self._split(utilities, *utilities.shape[1:]),
            mse=np.square(fitted - self.tables[:, None]).reshape(*actions.shape[:2], -1).mean(-1),
            loss=self._split(self._loss()),
            greedy=actions,
            optimal=earned >= (best - 1e-9 * spread)[:, None],
        )


def fit(
    tables,
    method: str = "qmix",
    runs: int = 32,
    seed: int = 0,
    solver: str = "gradient",
    recipe: Recipe | None = None,
    device: str = "cpu",
    moments: Sequence[int] = (),
) -> Fit:
    """Fit a method to a reward table, or to a batch: a list of numpy tables that share one shape.

    solver "gradient" is what a learner finds (Adam, recipe LEARNER); "second_order" searches for the best fit
    (Levenberg-Marquardt, recipe SEARCH). The same seed gives the same numbers. Shows a progress bar after two seconds.
    moments: steps of the learner, ever later, after which the result's `moments` keep where all runs stood. That
    changes nothing else. `network` of fitting/moments.py makes a mixing network of one.

    Raises games.TableError for a bad table, ValueError for an unknown method or solver, fewer than one run, tables of
    different shapes, moments that are no steps of the recipe's or of a second-order fit, and a second-order fit of a
    method that minimises something else than a squared error.
    """
    batch = isinstance(tables, list | tuple) and len(tables) > 0 and isinstance(tables[0], np.ndarray)
    batch = batch and tables[0].ndim >= 2  # a list of lists is one table, and so is a list of rows
    arguments.one_of(SOLVERS, solver=solver)
    if not mixers.find(method).least_squares and solver == "second_order":
        raise ValueError(f"{method!r} does not minimise the squared error of a team value: use solver='gradient'")
    layers.check_runs(seed, runs)
    recipe = SOLVERS[solver] if recipe is None else arguments.instance(Recipe, RECIPE, recipe=recipe)
    kept = _check_moments(moments, solver, recipe)
    runs, seed, device = int(runs), int(seed), find_device(device)
    tables = [games.validate(table) for table in (tables if batch else [tables])]
    if len(shapes := {table.shape for table in tables}) > 1:
        raise ValueError(f"the batch holds tables of shapes {sorted(shapes)}: fit one shape at a time")
    size = max(1, CHUNK // runs)
    chunks = [tables[start : start + size] for start in range(0, len(tables), size)]
    parts = []
    with progress(len(chunks) * recipe.steps, f"fit {method}") as bar:
        for chunk in chunks:
            learner = Learner(chunk, method, runs, seed, recipe, device)
            parts.append(_follow(learner, solver, kept, bar.update))
    result = Fit.concatenate(parts)
    return result if batch else result.first()


def _check_moments(moments: Sequence[int], solver: str, recipe: Recipe) -> list[int]:
    remedy = f"steps from 0 to the recipe's {recipe.steps}, ever later, such as [0, {recipe.steps}]"
    steps = [arguments.scalar(one) for one in arguments.several(remedy, 0, moments=moments)]
    if steps and solver != "gradient":
        raise ValueError(f"moments are kept of a learner's steps, and solver is {solver!r}: use solver='gradient'")
    whole = all(type(one) is int and 0 <= one <= recipe.steps for one in steps)
    return steps if whole and steps == sorted({*steps}) else arguments.refuse("moments", moments, remedy)


def _follow(learner: Learner, solver: str, kept: Sequence[int], tell: Callable[[int], object]) -> Fit:
    """Carry out a learner's recipe, keeping those moments of it; `tell` hears of the steps done."""
    step, moments = 0, []
    for stop in [*kept, learner.recipe.steps]:
        for steps in stretches(stop - step):
            learner.descend(steps) if solver == "gradient" else learner.solve(steps)
            tell(steps)
        step = stop
        if len(moments) < len(kept):
            moments.append(learner.moment(step))
    return replace(learner.result(solver), moments=tuple(moments))
