"""What every recording needs: a training that says how it went, and what is kept of it."""

import sys
import time

from marl_helpers import envs
from marl_helpers.training.loop import Run, train

SEEDS = 8


def shortened(options: dict, scale: float) -> dict:
    """The same for a share of the updates, and the exploration that goes with them."""
    most = {"anneal": max(1, round(options["anneal"] * scale))} if "anneal" in options else {}
    return options | {"updates": max(1, round(options["updates"] * scale))} | most


def run(env: str | envs.Env, method: str, seeds: int, options: dict, tests: int = 40) -> Run:
    """Train, and say how it went; a training that was stopped ends the program."""
    start = time.perf_counter()
    trained = train(env, method, seeds=seeds, test_every=max(1, options["updates"] // tests), **options)
    print(trained, f"({time.perf_counter() - start:.0f} s)", flush=True)
    if not trained.finished:
        sys.exit(130)
    return trained


def curve(trained: Run) -> dict:
    """What every test found: "updates" [tests], "steps", "returns" [tests, seeds]."""
    return {name: short(trained.curve[name].tolist()) for name in ("updates", "steps", "returns")}


def short(values: list | float) -> list | float:
    """Numbers to five digits, which is more than two machines share."""
    return [short(one) for one in values] if isinstance(values, list) else float(f"{values:.5g}")
