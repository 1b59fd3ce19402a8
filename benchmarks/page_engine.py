"""The page's engine beside Python: milliseconds for the exact fits of a table, and for its verdict on five methods.

    python benchmarks/page_engine.py              # a minute; needs Chromium, as the browser tests do
    python benchmarks/page_engine.py --tables 200

One core. Both sides get the same tables, one after the other, a shape at a time: "random" entries are uniform on
[0, 1), "few values" are 0, 1 or 2 and have many ties. The page's clock has ticks of 0.1 ms. A ratio is the page's
median over Python's.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # read when numpy loads

import numpy as np

from marl_helpers import exact
from marl_helpers.fitting.diagnosis import diagnose_exactly
from marl_helpers.widgets import cards, engine

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "browser"))
import serving

SHAPES = [(2, 2), (3, 3), (4, 4), (5, 5)]
METHODS = ["iql", "vdn", "qmix", "monotone", "joint"]
JOBS: dict[str, tuple[Callable, str]] = {  # what is timed -> Python's function of a table, and the page's
    "monotone": (exact.monotone, 'table => exactFits(table, ["monotone"])'),
    "convex": (exact.convex, 'table => exactFits(table, ["convex"])'),
    "verdicts as cards": (
        lambda table: cards.cards(diagnose_exactly(table, METHODS)),
        f"table => cards(diagnoseExactly(table, {METHODS}))",
    ),
}
TIMED = """tables => tables.map(table => {
    const start = performance.now();
    (%s)(table);
    return performance.now() - start;
})"""
WARM_UP = 20  # tables that are not counted: a browser compiles what it has run a while, and SciPy loads at the first


def milliseconds(job: Callable, tables: list[np.ndarray]) -> list[float]:
    times = []
    for table in tables:
        start = time.perf_counter()
        job(table)
        times.append(1000 * (time.perf_counter() - start))
    return times


def summary(times: list[float]) -> str:
    return f"{statistics.median(times):7.2f} (95%: {statistics.quantiles(times, n=20)[-1]:.1f})"


def compare(page, tables: list[np.ndarray]) -> None:
    for name, (python, script) in JOBS.items():
        ours = page.evaluate(TIMED % script, [table.tolist() for table in tables])[WARM_UP:]
        theirs = milliseconds(python, tables)[WARM_UP:]
        ratio = statistics.median(ours) / statistics.median(theirs)
        print(f"    {name:20} page {summary(ours):24} Python {summary(theirs):24} ratio {ratio:.2f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", type=int, default=60, help="tables of each shape and kind, besides the warm-up")
    count = WARM_UP + parser.parse_args().tables
    generator = np.random.default_rng(0)
    kinds = {"random": generator.random, "few values": lambda shape: generator.integers(0, 3, shape) * 1.0}
    with serving.chromium() as browser:
        page = browser.new_page()
        page.add_script_tag(content=engine.script())
        print(f"the engine is {len(engine.script()) / 1000:.0f} kB of script; milliseconds, medians")
        for shape in SHAPES:
            for kind, draw in kinds.items():
                print(f"{shape[0]}x{shape[1]}, {kind}")
                compare(page, [draw(shape) for _ in range(count)])


if __name__ == "__main__":
    main()
