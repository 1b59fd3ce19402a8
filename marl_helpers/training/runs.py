"""What comes of a training: learning curves, and their table, written and read."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from marl_helpers.training.evaluation import Evaluation, evaluation
from marl_helpers.training.learner import Learner
from marl_helpers.training.plan import METRICS, Plan, Settings

if TYPE_CHECKING:
    from marl_helpers.envs import Env


COLUMNS = ("returns", "epsilon", "steps", "loss", "gradient", "value", "target", "seconds")  # with a value a seed


class Diverged(RuntimeError):
    """Every seed of a training has diverged."""


@dataclass(frozen=True)
class Run:
    """What a training has come to.

    curve: name -> array with a row for each test: updates [K], and COLUMNS, each [K, seeds]; `returns` of a test are
    means over its greedy episodes, what an update says of itself is NaN before the first one, and `seconds` are those
    that the training took so far, of all seeds together, whichever programs it took. diverged: seed -> what happened.
    finished: whether the plan was carried out. learner: the networks; `learner.agents` act alone. unkept: what could
    not be written at the end into the folder that was asked for, and why.
    """

    env: "Env"
    method: str
    plan: Plan
    settings: Settings
    learner: Learner
    curve: Mapping[str, np.ndarray]
    diverged: Mapping[int, str]
    finished: bool
    unkept: str = ""

    @property
    def returns(self) -> np.ndarray:
        """The mean return of the last test's greedy episodes, one for each seed; NaN where it diverged."""
        return self.curve["returns"][-1]

    @property
    def name(self) -> str:
        """The method with what was chosen of it: "ow_qmix (alpha=0.01)"."""
        chosen = ", ".join(f"{name}={value}" for name, value in self.settings.mixer_options.items())
        return f"{self.method} ({chosen})" if chosen else self.method

    def evaluate(self, episodes: int = 100, seed: int = 0) -> Evaluation:
        """Let the team play greedily: each of its seeds the same games, and so whichever team is asked.

        seed: of the games, whose first ones do not change with their number. Trains nothing and writes nothing.
        Raises ValueError for bad arguments, and for games that do not fit into memory.
        """
        return evaluation(self, episodes, seed)

    def __repr__(self) -> str:
        updates = int(self.curve["updates"][-1])
        state, asked = f"{updates} updates", self.plan.updates
        if updates > asked:
            state += f" (its folder was beyond the {asked} asked for)"
        elif not self.finished:
            state = f"stopped after {updates} of {asked} updates"
        returns = np.round(self.returns.astype(float), 2).tolist()  # float64, or -10.17 is printed as -10.170000076
        lines = [f"{self.name} on {self.env}, {state}: greedy returns {returns}"]
        lines += [*self.diverged.values(), *([f"not all is kept: {self.unkept}"] if self.unkept else [])]
        return "\n".join(lines)


def columns(curve: Sequence[Mapping[str, Tensor]], seeds: int) -> dict[str, np.ndarray]:
    """The rows of a curve by name, as Run.curve has them; NaN where a row lacks a value."""
    none = torch.full((seeds,), torch.nan)
    return {name: np.stack([row.get(name, none).numpy() for row in curve]) for name in ("updates", *COLUMNS)}


def table(curve: Sequence[Mapping[str, Tensor]]) -> str:
    """A curve as comma-separated values, a line for each test and seed; empty where there was no update yet."""
    lines = [",".join(["updates", "seed", *COLUMNS])]
    for row in curve:
        for k in range(len(row["returns"])):
            values = (f"{row[name][k].item():.7g}" if name in row else "" for name in COLUMNS)
            lines.append(",".join([str(row["updates"].item()), str(k), *values]))
    return "\n".join(lines) + "\n"


def metrics(folder: Path) -> dict[str, np.ndarray]:
    """metrics.csv by its columns, NaN where a cell is empty; raises ValueError where it is missing or damaged."""
    path = folder / METRICS
    try:
        with open(path, encoding="utf-8", newline="") as file:
            names, *rows = csv.reader(file)
        values = np.array([[float(cell or "nan") for cell in row] for row in rows]).reshape(-1, len(names))
    except (OSError, ValueError, csv.Error) as error:
        raise ValueError(f"{path} cannot be read ({error}): train there again, or leave it out") from None
    return dict(zip(names, values.T))
