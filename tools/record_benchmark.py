"""Lecture 08's benchmark: the sweep of benchmark.toml over other projects' environments, and a random team in each.

Trainings are kept in build/benchmark, so what a sweep of the same grid has trained there is not trained again, and a
larger --scale goes on from it.
"""

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from recording import SEEDS, short, shortened

from marl_helpers import envs, layers, sweep
from marl_helpers.sweeps.grid import Cell, cells, read
from marl_helpers.training import TEST_SEED, config
from marl_helpers.training.comparing import metrics
from marl_helpers.training.learner import Learner
from marl_helpers.training.replay import collect

GRID = Path(__file__).parent / "benchmark.toml"
FOLDER = Path(__file__).parent.parent / "build" / "benchmark"
ROWS = 40  # of a curve, at most


def benchmark(scale: float) -> tuple[dict, dict]:
    """Environment -> method -> the curves of all seeds, and the seconds they took; what random teams earn there."""
    grid = scaled(read(GRID), scale)
    with tempfile.TemporaryDirectory() as passing:
        folder = Path(passing) if scale < 1 else FOLDER
        swept = sweep(grid, folder)
        print(swept, flush=True)
        if not swept.done:
            sys.exit("error: not all of the benchmark is trained: the same command goes on from here")
        trained = [(cell, folder / cell.name) for cell in cells(grid)]
        curves = [(cell, metrics(one)) for cell, one in trained]
        commits = {str(program["commit"]) for _, one in trained for program in config.read(one)["programs"]}
    found: dict[str, dict] = {}
    for cell, columns in curves:
        found.setdefault(cell.asked["env"], {})[cell.asked["mixer"]] = thinned(columns)
    seconds = sum(one["seconds"] for methods in found.values() for one in methods.values())
    how = {
        "commit": ", ".join(sorted({f"{one[:7]}{one[40:]}" for one in commits})),  # of the trainings
        "minutes": round(seconds / 60, 1),  # theirs too, one after the other
        "seeds": SEEDS,
        "options": {part["env"]: own(grid, part) for part in grid["parts"]},
    }
    each = {cell.asked["env"]: cell for cell, _ in curves}  # one cell of each environment
    return how, {"runs": found, "random": {env: random_team(cell) for env, cell in each.items()}}


def scaled(grid: Mapping[str, Any], scale: float) -> dict[str, Any]:
    """The grid with a share of the updates, or several times as many; exploration falls as it is, at most."""
    parts = [shortened(part, min(scale, 1)) for part in grid["parts"]]
    for part, whole in zip(parts, grid["parts"], strict=True):
        part["updates"] = max(part["updates"], round(whole["updates"] * scale))
    return {**grid, "parts": parts}


def own(grid: Mapping[str, Any], part: Mapping[str, Any]) -> dict[str, Any]:
    """What all trainings of an environment are asked for."""
    return {name: value for name, value in {**grid, **part}.items() if name not in ("parts", "env", "mixer")}


def thinned(columns: Mapping[str, Any]) -> dict[str, Any]:
    """A curve as other recordings have it, of at most ROWS tests, the last one included, and the seconds in all."""
    rows = {name: columns[name].reshape(-1, SEEDS) for name in ("updates", "steps", "returns", "seconds")}
    every = -(-len(rows["updates"]) // ROWS)
    kept = {name: short(rows[name][::-every][::-1].tolist()) for name in ("steps", "returns")}
    return {
        "updates": short(rows["updates"][::-every, 0][::-1].tolist()),
        **kept,
        "seconds": short(rows["seconds"][-1, 0].item()),
    }


@torch.no_grad()
def random_team(cell: Cell) -> list[float]:
    """What teams earn in the seeds' own test games if all of their actions are random: [seeds]."""
    env, episodes = envs.make(cell.asked["env"]), cell.asked.get("test_episodes", 32)
    learner = Learner(env, "vdn", layers.generators(0, SEEDS, "cpu"))
    played = collect(env, learner.agents, learner.mixer, layers.generators(TEST_SEED, SEEDS, "cpu"), episodes, 1.0)
    return short(played.returns.mean(1).tolist())
