"""The exact projections: median milliseconds by shape and class, and what importing the numpy part takes.

    python benchmarks/projections.py              # half a minute
    python benchmarks/projections.py --tables 100

One core. "random" entries are uniform on [0, 1); "weighted" ones are seen with random weights, a third of them zero;
"constant", "matching" (1 where all agents choose the same action) and "few values" (0, 1 or 2) tables have many ties.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

os.environ.setdefault("OMP_NUM_THREADS", "1")  # read when numpy loads

import numpy as np

from marl_helpers import exact, games

SHAPES = [(2, 2), (3, 3), (4, 4), (5, 5), (3, 3, 3), (2, 2, 2, 2)]


def kinds(shape: tuple[int, ...], tables: int) -> Iterator[tuple[str, list[tuple[np.ndarray, np.ndarray | None]]]]:
    """Each kind's name and its tables, with their weights."""
    generator = np.random.default_rng(0)
    random = games.random_tables(generator, tables, shape)
    yield "random", [(table, None) for table in random]
    weights = [generator.random(shape) * (generator.random(shape) > 1 / 3) for _ in random]
    yield "weighted", [(table, w) for table, w in zip(random, weights) if w.any()]
    yield "few values", [(generator.integers(0, 3, shape), None) for _ in random]
    yield "constant", [(np.ones(shape), None)]
    yield "matching", [((np.indices(shape) == np.indices(shape)[0]).all(axis=0).astype(float), None)]


def milliseconds(project: Callable, cases: list[tuple[np.ndarray, np.ndarray | None]]) -> list[float]:
    project(*cases[0])  # the first call of all loads SciPy
    times = []
    for table, weights in cases:
        start = time.perf_counter()
        project(table, weights)
        times.append(1000 * (time.perf_counter() - start))
    return times


def import_seconds(what: str) -> float:
    """Wall time of an import in a fresh interpreter, less the interpreter's own start; median of five."""

    def run(code):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        return time.perf_counter() - start

    return statistics.median(run(what) - run("pass") for _ in range(5))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", type=int, default=30, help="random tables of each shape and kind")
    tables = parser.parse_args().tables
    print(f"{'shape':10}{'tables':12}" + "".join(f"{name + ' ms':>20}" for name in ("additive", "convex", "monotone")))
    for shape in SHAPES:
        for kind, cases in kinds(shape, tables):
            line = f"{'x'.join(map(str, shape)):10}{kind:12}"
            for project in (exact.additive, exact.convex, exact.monotone):
                if project is exact.convex and len(shape) > 2:
                    line += f"{'two agents only':>20}"
                    continue
                times = milliseconds(project, cases)
                line += f"{f'{statistics.median(times):.2f} (max {max(times):.1f})':>20}"
            print(line, flush=True)
    print(f"import of games and exact: {import_seconds('from marl_helpers import games, exact'):.2f} s, once more")
    print(f"{import_seconds('from scipy.optimize import nnls'):.2f} s for SciPy at the first convex or monotone fit")


if __name__ == "__main__":
    main()
