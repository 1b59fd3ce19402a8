"""QMIX on small games: fits per second and errors of both solvers, against the loop that lecture 02 writes by hand.

    python benchmarks/solvers.py                      # a few minutes
    python benchmarks/solvers.py --loop-tables 1000   # the errors of the loop on all tables too: a quarter of an hour

All in one process on one core, so that the ratios compare like with like. The loop is read from the notebook's own
cells; `cell_by_cell` does the same arithmetic without numpy, one joint action at a time.
"""

import argparse
import math
import os
import statistics
import sys
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import nbformat
import numpy as np
import torch

from marl_helpers import exact, fit, games

LECTURE = Path(__file__).parents[1] / "notebooks" / "02-vdn-versus-qmix.ipynb"
TABLES = 1000


def lecture_loop():
    """The functions that the lecture defines by hand, as they stand in its cells."""
    names = {"np": np, "games": games}
    for cell in nbformat.read(LECTURE, 4).cells:
        if "by-hand" in cell.metadata.get("tags", []) and cell.source.startswith("def "):
            exec(cell.source, names)
    return names["fit_mixer"], names["mix"]


def cell_by_cell(table: list[list[float]], rounds: int = 3000, rate: float = 0.05) -> float:
    """The lecture's procedure in plain Python: the mean squared error that it ends with."""

    def softplus(x):
        return math.log1p(math.exp(-abs(x))) + max(x, 0.0)

    def sigmoid(x):
        return 1 / (1 + math.exp(-x))

    q1, q2, p = [0.0] * 3, [0.0] * 3, [0.0] * 5
    actions = range(3)

    def slopes(a, b):  # error and d Q_tot / d z at one joint action
        z = softplus(p[0]) * q1[a] + softplus(p[1]) * q2[b] + p[3]
        v = softplus(p[2])
        return v * softplus(z) + p[4] - table[a][b], v * sigmoid(z), softplus(z)

    for _ in range(rounds):
        for _ in range(8):
            for a in actions:
                moves = [error * by_z for error, by_z, _ in (slopes(a, b) for b in actions)]
                q1[a] -= rate * softplus(p[0]) * sum(moves) / 3
            for b in actions:
                moves = [error * by_z for error, by_z, _ in (slopes(a, b) for a in actions)]
                q2[b] -= rate * softplus(p[1]) * sum(moves) / 3
        total = [0.0] * 5
        for a in actions:
            for b in actions:
                error, by_z, hidden = slopes(a, b)
                for k, slope in enumerate((by_z * q1[a], by_z * q2[b], hidden, by_z, 1.0)):
                    total[k] += error * slope / 9
        for k in actions:
            total[k] *= sigmoid(p[k])
        for k in range(5):
            p[k] -= rate * total[k]
    return sum(slopes(a, b)[0] ** 2 for a in actions for b in actions) / 9


def timed(work, repeats: int):
    """The last result, and the seconds of each repeat."""
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        result = work()
        seconds.append(time.perf_counter() - start)
    return result, seconds


def spread(seconds: list[float]) -> str:
    return f"{statistics.median(seconds):8.3f} s ({min(seconds):.3f} to {max(seconds):.3f})"


def measure_speed(tables, loop, repeats: int, loop_tables: int) -> dict:
    """Print fits per second and the ratios to the loops; return the fits and the loop's errors."""
    fit(tables[:64], runs=1, solver="second_order")  # warm up
    second, second_s = timed(lambda: fit(tables, runs=1, solver="second_order"), repeats)
    searched, searched_s = timed(lambda: fit(tables, runs=16, solver="second_order"), repeats)
    learned, learned_s = timed(lambda: fit(tables, runs=1), repeats)
    _, plain_s = timed(lambda: cell_by_cell(games.COORDINATION.tolist()), 3)
    looped = [timed(lambda table=table: loop(table), 1) for table in tables[:loop_tables]]
    looped_s = [seconds for _, (seconds,) in looped]

    rate = TABLES / statistics.median(second_s)
    many = 16 * TABLES / statistics.median(searched_s)
    print(f"\n{TABLES} random 3x3 tables, QMIX")
    print(f"second order, 1 start each     {spread(second_s)}  {rate:8.0f} fits/s")
    print(f"second order, 16 starts each   {spread(searched_s)}  {many:8.0f} fits/s")
    print(f"gradient recipe, 1 run each    {spread(learned_s)}  {TABLES / statistics.median(learned_s):8.0f} fits/s")
    print(f"lecture's loop, one fit        {spread(looped_s)}  ratio {rate * statistics.median(looped_s):8.0f}")
    print(f"the same cell by cell, one fit {spread(plain_s)}  ratio {rate * statistics.median(plain_s):8.0f}")
    looped_errors = np.array([error for error, _ in looped])
    return {"second": second, "searched": searched, "learned": learned, "looped": looped_errors}


def compare_errors(tables, found: dict, loop) -> None:
    """Print the errors that each way of fitting ends with, on the random tables and on Game 2."""
    looped, n = found["looped"], len(found["looped"])
    errors = {
        "exact bound": np.array([exact.convex(table).mse for table in tables]),
        "second order, best of 16": found["searched"].mse.min(1),
        "second order, 1 start": found["second"].mse[:, 0],
        "gradient recipe, 1 run": found["learned"].mse[:, 0],
    }
    print(f"\nmean (median) squared error on all {TABLES} tables, and on the first {n} that the loop fitted")
    for name, values in errors.items():
        print(f"{name:26} {values.mean():.5f} ({np.median(values):.5f})   {values[:n].mean():.5f}")
    print(f"{'lecture loop, one unit':26} {'':19}   {looped.mean():.5f} ({np.median(looped):.5f})")

    two = games.COORDINATION
    print(f"\nGame 2: bound {exact.convex(two).mse:.4f}; best of 1,000 second-order starts ", end="")
    print(f"{fit(two, runs=1000, solver='second_order').mse.min():.4f}; best of 1,000 gradient runs ", end="")
    print(f"{fit(two, runs=1000).mse.min():.4f}; lecture's loop {loop(two):.4f}", end="")
    print(f"; cell by cell {cell_by_cell(two.tolist()):.4f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5, help="repeats of the fast measurements (default 5)")
    parser.add_argument("--loop-tables", type=int, default=20, help="tables that the slow loop fits (default 20)")
    options = parser.parse_args()
    torch.set_num_threads(1)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    print(f"python {sys.version.split()[0]}, torch {torch.__version__}, numpy {np.__version__}, one core pinned")

    tables = games.random_tables(np.random.default_rng(0), TABLES)
    fit_mixer, mix = lecture_loop()

    def loop(table):
        return float(np.square(mix(*fit_mixer(table))[1] - table).mean())

    compare_errors(tables, measure_speed(tables, loop, options.repeats, options.loop_tables), loop)


if __name__ == "__main__":
    main()
