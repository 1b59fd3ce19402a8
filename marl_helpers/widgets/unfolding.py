"""Learned verdicts as they come, while the page stays alive."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace

import numpy as np

from marl_helpers import fitting
from marl_helpers.fitting.diagnosis import Diagnosis, diagnose_exactly, gather, judge
from marl_helpers.fitting.runs import Recipe, stretches

STRETCH = 100  # steps of learning between two pauses
PAUSE = 0.002  # seconds of each pause, in which a newer edit can come in


class Unfolding:
    """Puts the learned verdicts in place of the exact ones, method by method and a few steps at a time.

    show: takes a diagnosis and, by method, the share of its steps done, None where learning is over. reporting: makes a
    context that tells an error to the page. wait: seconds before learning takes the processor.
    """

    def __init__(
        self,
        show: Callable[[Diagnosis, dict[str, float | None]], None],
        reporting: Callable[[], AbstractContextManager],
        wait: float,
    ):
        self._show, self._reporting, self._wait = show, reporting, wait
        self.task: asyncio.Task | None = None
        self._newest, self._lock = 0, threading.Lock()  # a page's messages may come in other threads than this

    def start(self, table: np.ndarray, methods: Sequence[str], runs: int, seed: int, recipe: Recipe) -> None:
        """Show the exact verdicts now and the learned ones after them; what an older start still does is abandoned."""
        with self._lock:
            self._newest = number = self._newest + 1
            with self._reporting():
                exact_only = diagnose_exactly(table, methods)
                self._show(exact_only, dict.fromkeys(methods, 0.0))
        learning = self._learn(number, exact_only, methods, runs, seed, recipe)
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # a plain script: nothing else waits for its turn
            asyncio.run(learning)
        else:
            self.task = loop.create_task(learning)

    def _check(self, number: int) -> None:
        """End the learning where a newer one has begun; it may be another thread's, which could not cancel the task."""
        if number != self._newest:
            raise asyncio.CancelledError

    async def _learn(
        self, number: int, exact_only: Diagnosis, methods: Sequence[str], runs: int, seed: int, recipe: Recipe
    ) -> None:
        found, pending, failures = dict(exact_only.verdicts), dict.fromkeys(methods, 0.0), []

        def show() -> None:
            in_order = {method: found[method] for method in methods if method in found}
            with self._lock:
                self._check(number)
                self._show(replace(exact_only, verdicts=in_order), pending)

        await asyncio.sleep(self._wait)
        self._check(number)
        with self._reporting():
            for method in methods:
                try:
                    learner = fitting.Learner([exact_only.table], method, runs, seed, recipe)
                    async for pending[method] in _gently(learner, recipe.steps):
                        show()
                    found[method] = judge(exact_only.table, method, gather(learner, seed))
                except Exception as error:  # its card goes; the other methods go on
                    failures.append(f"{method}: {type(error).__name__}: {error}")
                    found.pop(method, None)
                pending[method] = None
                show()
            if failures:
                raise RuntimeError("; ".join(failures))


async def _gently(learner: "fitting.Learner", steps: int) -> AsyncIterator[float]:
    """Descend in short stretches, with a pause and the share of steps done after each."""
    taken = 0
    for length in stretches(steps, STRETCH):
        learner.descend(length)
        taken += length
        await asyncio.sleep(PAUSE)
        yield taken / steps
