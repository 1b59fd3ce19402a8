"""What a place adds to a sweep: the same trainings in processes and as Ray's tasks, with all that runs for them.

    python benchmarks/places.py             # some minutes; needs Ray: pip install -c lock.txt ".[ray]"
    python benchmarks/places.py --count 8   # more trainings

Processor seconds (user and system) and memory are those of every program that the sweep starts, seen by psutil every
0.2 s. Memory is what a program has for itself (USS): pages that several share, such as PyTorch's files, are in none.
"""

import argparse
import os
import sys
import tempfile
import threading
import time
from contextlib import suppress

import psutil

from marl_helpers import sweep

GRID = {"env": "two_step", "mixer": "qmix", "seeds": 8, "updates": 100, "device": "cpu"}


class Watch(threading.Thread):
    """Looks at what this program has started, until it is told that all is over."""

    def __init__(self):
        super().__init__(daemon=True)
        self.spent: dict[psutil.Process, float] = {}
        self.most, self.largest, self.over = 0, 0, threading.Event()

    def run(self) -> None:
        while not self.over.wait(0.2):
            now = []
            for child in psutil.Process().children(recursive=True):
                with suppress(psutil.Error):
                    self.spent[child] = sum(child.cpu_times()[:2])
                    now.append(child.memory_full_info().uss)
            self.most, self.largest = max(self.most, sum(now)), max([self.largest, *now])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=4, help="trainings (default: 4)")
    count = parser.parse_args().count
    print(f"{count} trainings, two at once; load {os.getloadavg()[0]:.0f} on {os.cpu_count()} cores")
    print(
        "| on | s of processor | of that, a training | MB at most, of all | of the largest program | s by the clock |"
    )
    print("|---|---|---|---|---|---|")
    for on in ("local", "ray"):
        watch, began = Watch(), time.monotonic()
        watch.start()
        with tempfile.TemporaryDirectory() as folder:
            swept = sweep({**GRID, "seed": list(range(count))}, folder, on=on, workers=2, quiet=True)
            if not swept.done:
                sys.exit(str(swept))
        watch.over.set()
        watch.join()
        spent, memory = sum(watch.spent.values()), (watch.most / 1e6, watch.largest / 1e6)
        row = [f"{spent:.0f}", f"{spent / count:.1f}", *(f"{one:.0f}" for one in memory)]
        print(f"| {on} | {' | '.join(row)} | {time.monotonic() - began:.0f} |", flush=True)


if __name__ == "__main__":
    main()
