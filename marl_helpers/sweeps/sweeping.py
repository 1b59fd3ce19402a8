"""A sweep: start trainings where there is room, notice how each ends, try again what was lost, and tell how it goes."""

import sys
import time
from collections import deque
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tqdm import tqdm

from marl_helpers.basics import arguments
from marl_helpers.basics.files import NotWritten, written
from marl_helpers.basics.interruptions import interruptions
from marl_helpers.sweeps.cells import DONE, FAILED, IN_USE, Ended, ended
from marl_helpers.sweeps.grid import Cell, cells
from marl_helpers.sweeps.places import PLACES
from marl_helpers.sweeps.standing import Swept, in_use, stands, updates

PAUSE = 0.1  # seconds between two looks at what goes on
SHOW = 5.0  # seconds between two readings of how far it is
LATER = 2.0  # seconds until a folder that another program uses is tried again
TRIES = 3  # of a training that is lost without having come any further


def sweep(
    grid: Mapping[str, Any] | str | Path,
    folder: str | Path,
    on: str = "local",
    workers: int | None = None,
    place: Mapping[str, Any] | None = None,
    quiet: bool = False,
) -> Swept:
    """Train whatever a grid names, each in its own folder within this one, and return how all of it stands.

    grid: `sweeps.grid.cells` says what it may be. What is done is skipped, what was begun goes on; a training whose
    program is killed is tried again; one that fails is told, and stops no other, nor does one that another program
    trains: that is waited for, so several sweeps may share a folder. Control-C or SIGTERM ends all in good order, and
    the same call goes on. on: local, slurm or ray, with the same numbers. workers: how many at once; None: as
    many as there are cores, and on a cluster as many as it takes. place: the place's options, such as
    {"partition": "cpu"} for slurm (submitit's), or {"address": "10.0.0.7:6379"} for ray (and those of its tasks); ray
    without an address, nor one in RAY_ADDRESS, is started on this machine. quiet: show no progress.

    Raises ValueError for a bad argument, before anything is trained, ModuleNotFoundError where on needs a package,
    TimeoutError where Ray does not start, and NotWritten for a folder that cannot be made.
    """
    folder, quiet = arguments.path(folder=folder), arguments.truth(quiet=quiet)
    arguments.one_of(PLACES, on=on)
    if workers is not None:
        workers = arguments.at_least(1, workers=workers)
    place = {} if place is None else arguments.instance(Mapping, "a dictionary of options", place=place)
    found = cells(grid)
    with written(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with interruptions() as stop:
        where = PLACES[on](folder, workers, place)
        try:
            sweeping = Sweeping(found, folder, where)
            with Board(sweeping, quiet) as board:
                while not sweeping.over:
                    sweeping.step(stop.is_set())
                    board.show()
                    time.sleep(PAUSE)
        finally:
            where.close()
    return Swept(folder, {cell.name: sweeping.ends[cell.name] for cell in found})


class Sweeping:
    """What waits, what goes on, and how each training has ended."""

    def __init__(self, found: list[Cell], folder: Path, place: Any):
        self.folder, self.place, self.cells = folder, place, found
        self.waiting, self.going = deque(found), {}
        self.ends: dict[str, Ended] = {}
        self.free_at: dict[str, float] = {}  # when a folder that another program uses is to be tried again
        self.tries: dict[str, tuple[int | None, int]] = {}  # the updates it had, and how often it was lost there
        self.stopping = False

    @property
    def over(self) -> bool:
        """Whether there is nothing left to wait for."""
        return len(self.ends) == len(self.cells)

    def step(self, stop: bool) -> None:
        """Notice what has ended, and start what there is room for; or, told to stop, stop all of it."""
        if stop and not self.stopping:
            self.stopping = True
            for cell in self.waiting:
                self.ends[cell.name] = stands(cell, self.folder / cell.name)
            self.waiting.clear()
            for _, job in self.going.values():
                self.place.stop(job)
        for cell, job in list(self.going.values()):
            if found := self.place.ended(job):
                del self.going[cell.name]
                self._note(cell, found)
        self._start()

    def _note(self, cell: Cell, found: Ended) -> None:
        """A training has ended: for good, or to be tried again."""
        if found.kind in (DONE, FAILED):
            self.ends[cell.name] = found
        elif self.stopping:
            self.ends[cell.name] = stands(cell, self.folder / cell.name)
        elif found.kind == IN_USE:
            self._later(cell)
        else:
            self._again(cell, found)

    def _again(self, cell: Cell, found: Ended) -> None:
        reached = updates(self.folder / cell.name)
        before, times = self.tries.get(cell.name, (reached, 0))
        times = times + 1 if before == reached else 1
        self.tries[cell.name] = (reached, times)
        if times < TRIES:
            self.waiting.append(cell)
        else:
            self.ends[cell.name] = Ended(found.kind, f"{found.why}, {TRIES} times after {reached or 0} updates")

    def _later(self, cell: Cell) -> None:
        self.free_at[cell.name] = time.monotonic() + LATER
        self.waiting.append(cell)

    def _start(self) -> None:
        """Start trainings while there is room, but for what is done, and what another program trains."""
        starting = []
        for _ in range(len(self.waiting)):
            if len(self.going) + len(starting) >= self.place.room:
                break
            cell = self.waiting.popleft()
            folder = self.folder / cell.name
            told = ended(cell.asked, folder)
            if told and told.kind == DONE:
                self.ends[cell.name] = told
            elif time.monotonic() < self.free_at.get(cell.name, 0):
                self.waiting.append(cell)
            elif folder.is_dir() and in_use(folder):
                self._later(cell)
            else:
                try:
                    with written(folder):
                        folder.mkdir(exist_ok=True)
                except NotWritten as error:
                    self.ends[cell.name] = Ended(FAILED, str(error))
                else:
                    starting.append((cell, folder))
        jobs = self.place.start(starting) if starting else []
        self.going |= {cell.name: (cell, job) for (cell, _), job in zip(starting, jobs)}


class Board:
    """How far a sweep is: a bar in a terminal, elsewhere a line for each training that ends."""

    def __init__(self, sweeping: Sweeping, quiet: bool):
        terminal = sys.stderr.isatty()
        self.sweeping, self.quiet, self.lines = sweeping, quiet, not (quiet or terminal)
        self.asked = {cell.name: cell.updates for cell in sweeping.cells}
        self.come = dict.fromkeys(self.asked, 0)  # the updates that each had when last looked at
        self.told: set[str] = set()
        self.began = self.shown = time.monotonic()
        self.first = 0 if quiet else self.reached(self.asked)
        total = sum(self.asked.values())
        how = {"unit": "update", "leave": False, "disable": quiet or not terminal}
        self.bar = tqdm(total=total, initial=self.first, smoothing=0, **how)  # what is left: by the whole time

    def __enter__(self) -> "Board":
        return self

    def __exit__(self, *_) -> None:
        self.bar.close()

    def reached(self, names: Iterable[str]) -> int:
        """The updates that all trainings have learned, after a look at these."""
        for name in names:
            self.come[name] = min(updates(self.sweeping.folder / name) or 0, self.asked[name])
        return sum(self.come.values())

    def show(self) -> None:
        """Show what is new."""
        new = [name for name in self.sweeping.ends if name not in self.told]
        if self.quiet or not (new or time.monotonic() - self.shown >= SHOW):
            return
        self.shown, reached = time.monotonic(), self.reached([*new, *self.sweeping.going])
        for name in new:
            self.told.add(name)
            if self.lines:
                count = f"{len(self.told)} of {len(self.asked)}"
                print(f"{count}: {name} {self.sweeping.ends[name]}{self.left(reached)}", file=sys.stderr, flush=True)
        self.bar.set_description(self.counts(), refresh=False)
        self.bar.update(reached - self.bar.n)

    def counts(self) -> str:
        """How many are done, and how many will not be."""
        kinds = [one.kind for one in self.sweeping.ends.values()]
        said = f"{kinds.count(DONE)} of {len(self.asked)} done"
        return f"{said}, {other} not" if (other := len(kinds) - kinds.count(DONE)) else said

    def left(self, reached: int) -> str:
        """The time that is left, at the mean speed so far; nothing where that is not known, or over."""
        if not self.first < reached < self.bar.total:
            return ""
        seconds = (time.monotonic() - self.began) * (self.bar.total - reached) / (reached - self.first)
        return f"; about {tqdm.format_interval(seconds)} left"
