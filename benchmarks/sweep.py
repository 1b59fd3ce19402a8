"""The sweep of lecture 04: 200 games between Game 1 and beyond Game 2, 32 runs each, as one batch; median seconds.

    python benchmarks/sweep.py              # a few minutes
    python benchmarks/sweep.py --repeats 1

One core. Beside it the same number of runs game by game, from a few of the games, and the 200 exact best fits.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable

os.environ.setdefault("OMP_NUM_THREADS", "1")  # read when numpy loads

import numpy as np
import torch

from marl_helpers import families, fit, games

GAMES, RUNS = 200, 32
SOLVERS = {"gradient": "what a learner finds (Adam)", "second_order": "the search for the best fit"}


def timed(work: Callable, repeats: int) -> tuple[object, float, str]:
    """The last result, the median of the seconds, and a line that shows their spread too."""
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        result = work()
        seconds.append(time.perf_counter() - start)
    middle = statistics.median(seconds)
    return result, middle, f"{middle:7.2f} s ({min(seconds):.2f} to {max(seconds):.2f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=3, help="repeats of each measurement (default 3)")
    repeats = parser.parse_args().repeats
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    print(f"python {sys.version.split()[0]}, torch {torch.__version__}, numpy {np.__version__}, one core pinned")

    lams = families.midpoints(GAMES, 0, 2)
    tables = families.Family(games.ADDITIVE, games.COORDINATION).tables(lams)
    families.project(tables[:1])  # loads SciPy
    print(f"exact best fits, {GAMES} games x 3 classes       {timed(lambda: families.project(tables), repeats)[2]}")
    for method, solver in (("vdn", "gradient"), ("qmix", "gradient"), ("qmix", "second_order")):
        found, seconds, line = timed(lambda m=method, s=solver: fit(tables, m, runs=RUNS, solver=s), repeats)
        print(f"\n{method}, {SOLVERS[solver]}\n  {GAMES} games x {RUNS} runs, one batch            {line}")
        few = tables[:: GAMES // 5]
        alone = timed(lambda m=method, s=solver, f=few: [fit(table, m, runs=RUNS, solver=s) for table in f], repeats)[1]
        per_game = alone / len(few)
        print(f"  game by game, from {len(few)} games               {GAMES * per_game:7.2f} s, ratio ", end="")
        print(f"{GAMES * per_game / seconds:.1f}")
        half = lams[np.argmax(found.share < 0.5)]
        last = lams[np.flatnonzero(found.best_runs())[-1]]
        print(f"  fewer than half of the runs right from λ = {half:.3f}; the run of least error right up to {last:.3f}")


if __name__ == "__main__":
    main()
