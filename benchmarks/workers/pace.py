"""A training in portions: benchmarks/peers.py asks each worker for some updates, and then the other one for as many."""

import json
import multiprocessing
import os
import sys
import time
from collections.abc import Callable


class Pace:
    """What a worker does at the end of every update: go on, or answer its parent and wait for the next command.

    Commands are lines: "update 20" trains on, and the answer is the environment steps and the seconds that it took, by
    the clock and of this process's own work ("processor");
    "test 32" plays that many greedy episodes, and the answer is their returns. The worker ends with its parent.
    """

    def __init__(self, test: Callable[[int], list[float]]):
        commands, answers = map(int, sys.argv[2:])  # numbers of inherited pipes: a peer may redirect standard output
        self.commands, self.answers = os.fdopen(commands), os.fdopen(answers, "w")
        self.test = test
        self.left = self.before = self.start = self.worked = 0

    def updated(self, steps: int) -> None:
        """An update is done, the first or a later one, after so many environment steps since the training began."""
        self.left -= 1
        if self.left > 0:
            return
        if self.left == 0:
            taken = {"seconds": time.perf_counter() - self.start, "processor": time.process_time() - self.worked}
            self.answer(steps=steps - self.before, **taken)
        for command in self.commands:
            what, count = command.split()
            if what == "update":
                self.left, self.before = int(count), steps
                self.start, self.worked = time.perf_counter(), time.process_time()
                return
            self.answer(returns=self.test(int(count)))
        for child in multiprocessing.active_children():
            child.terminate()
        os._exit(0)  # a peer would go on to write results and plots

    def answer(self, **values) -> None:
        print(json.dumps(values), file=self.answers, flush=True)


def work() -> dict:
    """What this worker was told to do."""
    return json.loads(sys.argv[1])
