"""Trainings side by side, read from their folders: curves, and what each method earns in the end, with intervals.

After Agarwal et al. 2021, as intervals.py says. Of a folder only config.json and metrics.csv are read (of an old one
the checkpoint): so trainings that still go on can be compared as well.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from marl_helpers import envs
from marl_helpers.basics import arguments
from marl_helpers.envs import told
from marl_helpers.training.intervals import (
    LEVEL,
    RESAMPLES,
    Estimate,
    aligned,
    caution,
    estimate,
    improvement,
    iqm,
    median,
)
from marl_helpers.training.loading import what
from marl_helpers.training.plan import METRICS, X
from marl_helpers.training.runs import COLUMNS, Run, metrics

POINTS = 200  # of a curve, at most
POOLED = "all tasks"
A_RUN = "a run"  # the place of one


@dataclass(frozen=True)
class Trained:
    """One training: what it is, where it was read from, and its tests, each [tests, seeds]."""

    what: Mapping[str, Any]
    place: str
    returns: np.ndarray
    x: np.ndarray
    curve: Mapping[str, np.ndarray]  # all that its tests say


@dataclass(frozen=True)
class Curve:
    """The interquartile mean over the seeds of a method at each x, with its interval; and the returns at the last x."""

    x: np.ndarray
    iqm: Estimate
    last: np.ndarray  # [seeds]
    diverged: int


@dataclass(frozen=True)
class Comparison:
    """What `compare` found. x: one of X. curves: task -> method -> its curve.

    middles: task -> method -> median and interquartile mean at the end, of all its seeds; in POOLED of all tasks' seeds
    together (for the median Agarwal et al. take that of the tasks' means). improvements: task -> (method, other) -> the
    probability that the first does better. In the last two POOLED is a task as well, where there are several that all
    methods have: there a return counts by its place between the least and the most that any test of the task earned.
    """

    x: str
    curves: Mapping[str, Mapping[str, Curve]]
    middles: Mapping[str, Mapping[str, tuple[Estimate, Estimate]]]
    improvements: Mapping[str, Mapping[tuple[str, str], Estimate]]

    def __repr__(self) -> str:
        return self.tables()

    def tables(self, pairs: bool = True) -> str:
        """What each method earns in the end, a table for each task; with `pairs` also how any two compare."""
        return "\n\n".join(self._table(task, pairs) for task in self.middles)

    def _table(self, task: str, pairs: bool) -> str:
        rows = [["", "seeds", "median", "interquartile mean", "diverged"]]
        for label, middles in self.middles[task].items():
            own = [curves[label] for name, curves in self.curves.items() if task in (POOLED, name)]
            counts = (sum(len(one.last) for one in own), sum(one.diverged for one in own))
            rows.append([label, str(counts[0]), *map(str, middles), str(counts[1])])
        lines = [self._title(task), aligned(rows)]
        each = [[f"{a} over {b}", str(found)] for (a, b), found in self.improvements[task].items() if pairs]
        lines += ["probability of improvement", aligned(each)] if each else []
        return "\n".join([*lines, *caution([len(one.last) for one in self.curves.get(task, {}).values()])])

    def _title(self, task: str) -> str:
        how = f"[{LEVEL:.0%}, stratified bootstrap over seeds, {RESAMPLES} resamples]"
        if task == POOLED:
            return f"{POOLED}, returns from 0 (least seen in the task) to 1 (most) {how}"
        end = next(iter(self.curves[task].values())).x[-1]
        return f"{task}: returns at {end:,.0f} {self.x} {how}"


def compare(folders: Sequence[Any] | Mapping[str, Any], x: str = "updates", seed: int = 0) -> Comparison:
    """Compare trainings: methods on the same environment, over all their seeds.

    folders: those of trainings, or runs; or a dictionary with a label for each, or for a list of them. Without labels a
    training is called by its method and whatever else differs in plan, settings and options; folders that are called
    alike are seeds of one. x: what returns are held against, updates, steps of the environment, or seconds; methods are
    compared where all have come to, by each seed's last test until then. seed: of the bootstrap. A seed that diverged
    counts as the least that any test of the task earned.

    Raises ValueError for bad arguments, a folder without a training or tests, and a training that is given twice.
    """
    x, seed = arguments.one_of(X, x=x), arguments.at_least(0, seed=seed)
    return _compared(_grouped(_listed(folders, x)), x, seed)


def compare_curves(runs: Mapping[str, Mapping[str, Any]], x: str = "steps", seed: int = 0) -> Comparison:
    """As `compare` does, of curves whose folders are elsewhere, such as recorded ones.

    runs: task -> label -> a run, or anything with a `curve` of "returns" [K, seeds] and x, [K] or [K, seeds]. Raises
    ValueError for bad arguments.
    """
    x, seed = arguments.one_of(X, x=x), arguments.at_least(0, seed=seed)
    given = arguments.entries(partial(arguments.entries, partial(_with_curve, x)), runs=runs)
    groups = {task: {label: [_run({}, one, x)] for label, one in each.items()} for task, each in given.items()}
    return _compared(groups, x, seed)


def _compared(groups: Mapping[str, Mapping[str, list[Trained]]], x: str, seed: int) -> Comparison:
    """Task -> label -> trainings, compared."""
    curves, scaled = {}, {}
    for task, methods in groups.items():
        curves[task], scaled[task] = _curves(methods, seed)
    strata = {task: {label: [one.last] for label, one in methods.items()} for task, methods in curves.items()}
    shared = set.intersection(*(set(methods) for methods in curves.values()))
    if len(curves) > 1 and shared:
        labels = [label for label in next(iter(curves.values())) if label in shared]
        strata[POOLED] = {label: [scaled[task][label] for task in curves] for label in labels}
    middles = {
        task: {label: (estimate(one, median, seed), estimate(one, iqm, seed)) for label, one in methods.items()}
        for task, methods in strata.items()
    }
    improvements = {
        task: {(a, b): improvement(methods[a], methods[b], seed) for a, b in combinations(methods, 2)}
        for task, methods in strata.items()
    }
    return Comparison(x, curves, middles, improvements)


def _listed(folders: Sequence[Any] | Mapping[str, Any], x: str) -> list[tuple[str | None, Trained]]:
    """Each training with its label, None where none is given."""
    remedy = "folders of trainings, or runs, one or more"
    if isinstance(folders, Mapping):
        arguments.mapping(folders=folders)
        each = [(str(label), one) for label, given in folders.items() for one in _several(given, remedy)]
    else:
        each = [(None, one) for one in _several(folders, remedy)]
    found = [(label, _read(one, x)) for label, one in each]
    _check_once(found)
    return found


def _check_once(found: list[tuple[str | None, Trained]]) -> None:
    """Raise ValueError where a training is given twice under a label: by its folder, or by a run."""
    folders = [(label, Path(one.place).resolve()) for label, one in found if one.place != A_RUN]
    twice = [f"{place} twice" for (_, place), count in Counter(folders).items() if count > 1]
    for k, (label, one) in enumerate(found):
        others = found[:k] + found[k + 1 :] if one.place == A_RUN else []
        same = [other.place for at, other in others if at == label and _same(one, other)]
        twice += [f"{A_RUN} twice" if place == A_RUN else f"{place} and {A_RUN} of it" for place in same]
    if twice:
        raise ValueError(f"folders has {twice[0]}: give it once, as its seeds count once")


def _same(run: Trained, other: Trained) -> bool:
    """Whether both are one training, perhaps not as far: their numbers at the last test that both have had agree."""
    last = min(len(run.returns), len(other.returns)) - 1
    if run.returns.shape[1] != other.returns.shape[1] or (last == 0 and len(run.returns) != len(other.returns)):
        return False  # before any update different teams may well earn the same
    names = {*COLUMNS, "updates"} & {*run.curve} & {*other.curve} - {"seconds"}
    numbers = ((run.curve[name][last], other.curve[name][last]) for name in names)
    return all(np.allclose(one, its, rtol=1e-6, equal_nan=True) for one, its in numbers)  # a file has seven digits


def _several(given: Any, remedy: str) -> list:
    return [given] if isinstance(given, str | Path | Run) else arguments.several(remedy, folders=given)


def _read(given: Any, x: str) -> Trained:
    """A training's tests, from its run or its folder."""
    if isinstance(given, Run):
        plan = {name: value for name, value in asdict(given.plan).items() if name != "updates"}
        how = {**envs.describe(given.env), "method": given.method, "plan": plan, "settings": asdict(given.settings)}
        return _run({**how, "seed": None}, given, x)
    folder = arguments.path(folders=given)
    if (found := what(folder)) is None:
        raise ValueError(f"folders has {folder}, which holds no training: give folders that train has written to")
    rows, seeds = metrics(folder), found["seeds"]
    if x not in rows or not len(rows["returns"]) or len(rows["returns"]) % seeds:
        raise ValueError(f"{folder / METRICS} has no {x} of {seeds} seeds: choose another x, or train there again")
    returns, along = (rows[name].reshape(-1, seeds) for name in ("returns", x))
    if np.isnan(along).any():
        raise ValueError(f"{folder / METRICS} lacks {x}, as an older version wrote it: choose another x")
    return Trained(found, str(folder), returns, along, {name: rows[name].reshape(-1, seeds) for name in rows})


def _with_curve(x: str, **values: Any) -> Any:
    """What has returns and x in its curve."""
    ((name, given),) = values.items()
    known = {"returns", x} <= {*getattr(given, "curve", ())}
    return given if known else arguments.refuse(name, given, f"a run, or anything with returns and {x} in its curve")


def _run(what: Mapping[str, Any], run: Any, x: str) -> Trained:
    """What a curve's tests found."""
    returns, along = (np.asarray(run.curve[name], dtype=float) for name in ("returns", x))
    along = np.broadcast_to(along.reshape(len(along), -1), returns.shape)
    return Trained(what, A_RUN, returns, along, run.curve)


def _grouped(trained: list[tuple[str | None, Trained]]) -> dict[str, dict[str, list[Trained]]]:
    """Task -> label -> the trainings that are called so."""
    games = [told.typed(one.what) for _, one in trained]
    tasks = _called(games, games, [one.what["options"] for _, one in trained])
    methods = [one.what["method"] for _, one in trained]
    labels = _called(methods, list(zip(methods, tasks)), [_how(one.what) for _, one in trained])
    groups: dict[str, dict[str, list[Trained]]] = {}
    for (given, one), task, label in zip(trained, tasks, labels):
        groups.setdefault(task, {}).setdefault(given or label, []).append(one)
    if not any(label for label, _ in trained):
        return {task: _apart(methods) for task, methods in groups.items()}
    for methods in groups.values():
        for label, alike in methods.items():
            _check_seeds(label, alike)
    return groups


def _check_seeds(label: str, trained: list[Trained]) -> None:
    """Raise ValueError where one training was done again under the label: its seeds are the same teams."""
    seen: list[tuple[Trained, Any]] = []
    for one in trained:
        how = (one.what["seed"], one.what["method"], _how(one.what))
        for other, its in seen:
            if its == how and one.what["seed"] is not None:
                where = f"{other.place} and {one.place}, one training with seed {how[0]}"
                raise ValueError(f"folders has {where}, as {label!r}: give one of them, or train with another seed")
        seen.append((one, how))


def _how(what: Mapping[str, Any]) -> dict[str, Any]:
    """How a training learns, beside the method, in plain values: not for how long, nor with which seeds."""
    settings = dict(what["settings"])
    plan = {name: value for name, value in what["plan"].items() if name not in ("updates", "test_every")}
    return {**settings.pop("mixer_options"), **settings, **plan}


def _called(names: list[str], groups: list, values: list[dict[str, Any]]) -> list[str]:
    """A name for each: its own, with the values in which it differs from others of its group."""
    found = []
    for name, group, own in zip(names, groups, values):
        alike = [other for other, its in zip(values, groups) if its == group]
        differ = [key for key in own if any(other.get(key) != own[key] for other in alike)]
        found.append(" ".join([name, *(f"{key}={arguments.shown(own[key])}" for key in differ)]))
    return found


def _apart(methods: dict[str, list[Trained]]) -> dict[str, list[Trained]]:
    """The same, where trainings of one name that have seeds in common are called by their folders too."""
    found: dict[str, list[Trained]] = {}
    for label, trained in methods.items():
        seeds = [one.what["seed"] for one in trained]
        alone = len(set(seeds)) == len(seeds)
        for one in trained:
            found.setdefault(label if alone else f"{label} ({one.place})", []).append(one)
    return found


def _curves(methods: Mapping[str, list[Trained]], seed: int) -> tuple[dict[str, Curve], dict[str, np.ndarray]]:
    """Label -> its curve, as far as all have come; label -> its last returns, scaled to 0 to 1."""
    everyone = [one for trained in methods.values() for one in trained]
    low, high = (pick([pick(one.returns) for one in everyone]) for pick in (np.nanmin, np.nanmax))
    start = max(one.x[0].max() for one in everyone)
    end = max(start, min(one.x[-1].min() for one in everyone))
    every = np.unique(np.concatenate([one.x.ravel() for one in everyone]))
    grid = np.unique([start, *every[(every > start) & (every < end)], end])
    grid = grid[np.unique(np.linspace(0, len(grid) - 1, POINTS).round().astype(int))]
    curves, scaled = {}, {}
    for label, trained in methods.items():
        values = np.concatenate([_at(one, grid) for one in trained])  # [seeds, points]
        lost = np.isnan(values)
        values = np.where(lost, low, values)
        curves[label] = Curve(grid, estimate([values], iqm, seed), values[:, -1], int(lost[:, -1].sum()))
        scaled[label] = (values[:, -1] - low) / ((high - low) or 1)
    return curves, scaled


def _at(one: Trained, grid: np.ndarray) -> np.ndarray:
    """Each seed's last return until there, [seeds, points]."""
    places = [np.searchsorted(x, grid, side="right") - 1 for x in one.x.T]
    return np.stack([returns[place.clip(0)] for returns, place in zip(one.returns.T, places)])
