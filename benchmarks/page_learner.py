"""The learner in the page: milliseconds for VDN and QMIX together by the documented recipe, also in a Worker.

    python benchmarks/page_learner.py    # half a minute; needs Chromium, as the browser tests do

One table a size, 32 runs, all steps. "on the page" is `learn` alone; "in a Worker" goes from the request to the last
result, with a Worker that runs already; "first" counts the start of one. "processor" is what Chromium's processes took
in all, which says more than the clock where other programs run.
"""

import argparse
import os
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import psutil

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "browser"))
import serving
from page_learning import SCRIPT, options

from marl_helpers import games

METHODS = ["vdn", "qmix"]
ON_PAGE = """([table, methods, options]) => {
    const start = performance.now();
    methods.forEach(method => learn(table, method, options));
    return performance.now() - start;
}"""
IN_WORKER = """([table, methods, options, fresh]) => new Promise(resolve => {
    if (fresh) window.runner?.stop();
    window.runner ??= new LearnerWorker();
    const start = performance.now();
    runner.start(table, methods, options, ({ method, result }) => {
        if (method === methods.at(-1) && result) resolve(performance.now() - start);
    });
})"""


def processor() -> float:
    """Seconds of processor that this program's children have taken so far."""
    return sum(sum(child.cpu_times()[:2]) for child in psutil.Process().children(recursive=True))


def report(what: str, page, script: str, request: list, times: int) -> None:
    page.evaluate(script, request)
    before, taken = processor(), [page.evaluate(script, request) for _ in range(times)]
    cost = 1000 * (processor() - before) / times
    p95 = statistics.quantiles(taken, n=20)[-1]
    print(
        f"{what:28} median {statistics.median(taken):5.0f} ms, 95th percentile {p95:5.0f}, processor {cost:5.0f}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=20)
    times = parser.parse_args().times
    five = np.random.default_rng(0).integers(0, 10, (5, 5)).astype(float)
    print(f"{time.strftime('%H:%M')}, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with serving.chromium() as browser:
        page = browser.new_page()
        page.add_script_tag(content=SCRIPT)
        for name, table in {"3x3": games.COORDINATION, "5x5": five}.items():
            request = [table.tolist(), METHODS, options(32)]
            report(f"{name} on the page", page, ON_PAGE, request, times)
            report(f"{name} in a Worker", page, IN_WORKER, [*request, False], times)
            report(f"{name} in a Worker, first", page, IN_WORKER, [*request, True], times)


if __name__ == "__main__":
    main()
