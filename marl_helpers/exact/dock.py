"""The shared dock of games/dock.py, solved exactly: what the best team could earn, and what robots without a mixer can.

The best team sees the true state and is told what to do, so no decentralised team earns more: `optimum`. A safe team
never goes to the dock: `safe`. A decentralised team may lie between the two. `best_reactive` is the best one whose
robots go by what they see at the moment, and `decentralised_at_least` a good one with clocks and memories too.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations_with_replacement, groupby, islice, product
from math import comb, prod

import numpy as np

from marl_helpers.basics import arguments
from marl_helpers.exact.rankings import TooMuchWork
from marl_helpers.games.dock import DockRules

WORK_LIMIT = 6e9  # of a complete search: teams times states times steps; about four minutes
STATES_LIMIT = 1e6  # of evaluating one team: states times steps
PAIRS_LIMIT = 2e6  # of value iteration: states with choices
CHUNK = 2**17  # states of all teams that are looked at together
DOCK = "the rules of a dock, as DockRules(n_robots=3) or the environment dock"
GAIN = 1e-9  # an improvement that is more than rounding
SIGHTS = tuple(product(range(2), repeat=3))  # observations: shelf, truck seen, at the dock
Plan = Mapping[tuple[int, int, int], int]  # a robot's observation (shelf, truck, at the dock), each 0 or 1, -> action


def safe(rules: DockRules) -> float:
    """What a team expects to earn that never goes to the dock.

    Every lane is empty after each step, so that in each step a shelf stands there with chance `shelves`.
    """
    rules = arguments.instance(DockRules, DOCK, rules=rules)
    return rules.limit * rules.shelves * sum(rules.worth)


def optimum(rules: DockRules) -> float:
    """What the best team that sees the true state expects to earn: finite-horizon value iteration, exact.

    Lanes of equal worth are alike: the state is how many of each worth are full, and whether a truck is there; the
    choice is how many of these robots leave their full lane. A shelf that is cleared now is worth no less than one that
    waits: a team that finds its lane empty can play on as if it were full, and lose no more than the shelf. So full
    lanes are left for a truck alone, and only by as many as are missing beside the robots of empty lanes.
    Raises TooMuchWork where lanes have too many different worths.
    """
    rules = arguments.instance(DockRules, DOCK, rules=rules)
    worths, sizes = (x.tolist() for x in np.unique(rules.worth, return_counts=True))
    _check_work(_pairs(sizes, rules.needed), PAIRS_LIMIT, "states with choices", "different worths of lanes")
    full, left = _choices(tuple(sizes), rules.needed)
    cleared, all_work = (full - left) @ np.array(worths), ~left.any(1)
    shape = [size + 1 for size in sizes]
    before, after = (np.ravel_multi_index(tuple(x.T), shape) for x in (full, left))
    loads = (sizes - full + left).sum(1) >= rules.needed  # with the robots of empty lanes
    refill = [*(_refill(size, rules.shelves) for size in sizes), _refill(1, rules.trucks)]

    def expected(value: np.ndarray) -> np.ndarray:
        value = value.reshape(*shape, 2)
        for axis, matrix in enumerate(refill):
            value = np.moveaxis(np.tensordot(matrix, value, (1, axis)), 0, axis)
        return value.reshape(-1, 2)

    value = np.zeros((prod(shape), 2))  # of a state, without and with a truck
    for _ in range(rules.limit):
        gone, waits = cleared + expected(value)[after].T
        with_truck = np.maximum(np.where(loads, gone + rules.pay, -np.inf), np.where(all_work, waits, -np.inf))
        value = np.full_like(value, -np.inf)
        value[before[all_work], 0] = gone[all_work]
        np.maximum.at(value[:, 1], before, with_truck)
    return float(expected(value)[0, 0])  # everything was empty


def _pairs(sizes: Sequence[int], needed: int) -> int:
    """How many states there are, and choices of who leaves a full lane."""
    ways = np.ones(1, dtype=int)  # for 0, 1, 2, ... robots to have an empty lane, or to leave a full one
    for size in sizes:
        ways = np.convolve(ways, np.arange(1, size + 2))
    return prod(size + 1 for size in sizes) + int(ways[needed])


@lru_cache(maxsize=1)
def _choices(sizes: tuple[int, ...], needed: int) -> tuple[np.ndarray, np.ndarray]:
    """How many lanes of each worth are full, and how many of them are left, each [pairs, worths].

    Nobody leaves a full lane, or just as many as are missing for a truck.
    """
    full = left = np.zeros((1, 0), dtype=np.int8)
    for k, size in enumerate(sizes):
        each = np.array([(full, left) for full in range(size + 1) for left in range(full + 1)], dtype=np.int8)
        full, left = (
            np.column_stack([np.repeat(before, len(each), 0), np.tile(own, len(before))])
            for before, own in zip((full, left), each.T)
        )
        come = (sizes[: k + 1] - full + left).sum(1)
        kept = ~left.any(1) | ((come == needed) if k + 1 == len(sizes) else (come <= needed))
        full, left = full[kept], left[kept]
    return full, left


def _refill(size: int, chance: float) -> np.ndarray:
    """The chance of k' full lanes after k, [k, k'], where each of the empty ones may be filled."""
    matrix = np.zeros((size + 1, size + 1))
    for k in range(size + 1):
        for j in range(size - k + 1):
            matrix[k, k + j] = comb(size - k, j) * chance**j * (1 - chance) ** (size - k - j)
    return matrix


@dataclass(frozen=True)
class Reactive:
    """A team whose robots each go by their present observation, and what it expects to earn."""

    earns: float
    plans: tuple[Plan, ...]


def best_reactive(rules: DockRules) -> Reactive:
    """The best team whose robots each go by their present observation alone: a complete search, each team exact.

    A robot's plan is an action for each observation that can occur. Robots with lanes of equal worth that see alike may
    change places. Two robots take a second, three with one lookout half a minute; raises TooMuchWork beyond
    WORK_LIMIT and STATES_LIMIT.
    """
    world = _World(rules)
    seen = [np.unique(sights[world.possible]) for sights in world.sights]
    plans = [np.array(list(product(range(2), repeat=len(codes)))) for codes in seen]
    alike = [list(group) for _, group in groupby(range(rules.n_robots), lambda i: (rules.worth[i], i < rules.lookouts))]
    count = prod(comb(len(plans[group[0]]) + len(group) - 1, len(group)) for group in alike)
    _check_work(
        count * world.size * rules.limit,
        WORK_LIMIT,
        "teams times states times steps",
        "robots, or decentralised_at_least",
    )
    teams = product(*(combinations_with_replacement(range(len(plans[group[0]])), len(group)) for group in alike))
    acts = []
    for sights, codes, every in zip(world.sights, seen, plans):
        each = np.zeros((len(every), len(SIGHTS)), dtype=bool)
        each[:, codes] = every
        acts.append(each[:, sights])
    best, found = -np.inf, ()
    while chunk := list(islice(teams, max(1, CHUNK // world.size))):
        chosen = np.array([sum(team, ()) for team in chunk])
        came = np.stack([each[k] for each, k in zip(acts, chosen.T)])
        earned = world.earned(came)
        if earned.max() > best:
            best, found = earned.max(), chosen[earned.argmax()]
    named = [{SIGHTS[c]: int(a) for c, a in zip(seen[i], plans[i][k])} for i, k in enumerate(found)]
    return Reactive(float(best), tuple(named))


def value(rules: DockRules, plans: Sequence[Plan]) -> float:
    """What a team of these plans expects to earn, exactly; to an observation that a plan has not the answer is lane.

    Raises ValueError for what are no plans, TooMuchWork beyond STATES_LIMIT.
    """
    world = _World(rules)
    acts = np.array([[plan.get(sight, 0) for sight in SIGHTS] for plan in _plans(plans, rules.n_robots)], dtype=bool)
    return float(world.earned(np.take_along_axis(acts, world.sights, 1)[:, None])[0])


def _plans(plans: Sequence[Plan], n_robots: int) -> list[Plan]:
    remedy = f"a dictionary for each of the {n_robots} robots, such as {{(1, 1, 0): 1}}: shelf, truck, at the dock -> 1"
    listed = arguments.several(remedy, plans=plans)
    if len(listed) != n_robots or not all(isinstance(plan, Mapping) for plan in listed):
        arguments.refuse("plans", plans, remedy)
    for i, plan in enumerate(listed):
        for sight, action in plan.items():
            arguments.cell((2, 2, 2), **{f"an observation in plan {i}": sight})
            arguments.place(2, "an action", **{f"the action in plan {i} for {sight}": action})
    return listed


def decentralised_at_least(
    rules: DockRules, memory: int = 2, starts: int = 10, generator: np.random.Generator | None = None
) -> float:
    """A lower bound on what the best decentralised team expects to earn: a good one with clocks and memories, exact.

    In each step a robot goes by the time, its observation and its own memory, one of `memory` values, and chooses an
    action and what to remember. From `starts` random teams, one step's plan of one robot is made the best reply to all
    the rest, in turn, until none improves. generator: draws the starts, default_rng(0) if None.
    Raises ValueError for fewer than one start or memory value, TooMuchWork beyond STATES_LIMIT.
    """
    memory, starts = arguments.at_least(1, memory=memory, starts=starts)
    generator = arguments.generator(generator=np.random.default_rng(0) if generator is None else generator)
    world = _World(rules, memory)
    return max(_improve(world, generator) for _ in range(starts))


def _improve(world: "_World", generator: np.random.Generator) -> float:
    """What a random team earns once no robot's plan of a step can be improved alone; all start with one plan."""
    n, limit, memory = world.rules.n_robots, world.rules.limit, world.memory
    plan = np.tile(generator.integers(2 * memory, size=len(SIGHTS) * memory), (limit, n, 1))
    earned = -np.inf
    while True:
        there = [world.start()]
        for t in range(limit - 1):
            there.append(world.forward(there[-1], world.step(*world.choices(plan[t]))[1]))
        value = np.zeros(world.size)
        for t in reversed(range(limit)):
            later = world.expected(value)
            for i in range(n):
                _best_reply(world, plan[t], i, there[t], later)
            reward, after = world.step(*world.choices(plan[t]))
            value = reward + later[after]
        before, earned = earned, world.expected(value)[0]
        if earned <= before + GAIN:
            return float(earned)


def _best_reply(world: "_World", plan: np.ndarray, i: int, there: np.ndarray, later: np.ndarray) -> None:
    """Change robot i's plan of one step, in place, where a choice is better by more than rounding."""
    kept, scores = plan[i].copy(), []
    for choice in range(2 * world.memory):
        plan[i] = choice
        reward, after = world.step(*world.choices(plan))
        scores.append(np.bincount(world.own[i], there * (reward + later[after]), plan.shape[1]))
    now = np.take_along_axis(np.array(scores), kept[None], 0)[0]
    plan[i] = np.where(np.max(scores, 0) > now + GAIN, np.argmax(scores, 0), kept)


class _World:
    """All states of a dock whose robots have a memory each, and what a step makes of them.

    A state is which lanes are full, whether there is a truck, who is at the dock, and the memories, numbered in this
    order, the first state being that of an empty dock and empty lanes.
    """

    def __init__(self, rules: DockRules, memory: int = 1):
        self.rules, self.memory = arguments.instance(DockRules, DOCK, rules=rules), memory
        n = rules.n_robots
        self.shape = (2,) * (2 * n + 1) + (memory,) * n
        self.size = prod(self.shape)
        _check_work(self.size * rules.limit, STATES_LIMIT, "states times steps", "robots, memories or steps")
        cells = np.indices(self.shape).reshape(len(self.shape), -1)
        self.shelves, self.truck, at_dock = cells[:n] > 0, cells[n] > 0, cells[n + 1 : 2 * n + 1]
        sees = at_dock + (np.arange(n) < rules.lookouts)[:, None] > 0
        self.sights = 4 * self.shelves + 2 * (self.truck & sees) + at_dock  # [n, states], numbers in SIGHTS
        self.own = self.sights * memory + cells[2 * n + 1 :]
        self.chances = [*[rules.shelves] * n, rules.trucks]
        filled, chance = cells[: n + 1], np.array(self.chances)[:, None]
        self.possible = (np.where(filled, chance, 1 - chance) > 0).all(0)  # before a step

    def step(self, came: np.ndarray, memories: Sequence = ()) -> tuple[np.ndarray, np.ndarray]:
        """The reward and the next state, before anything is filled, [..., states]; came, memories [n, ..., states]."""
        shelves = self.shelves.reshape(len(came), *[1] * (came.ndim - 2), -1)
        loaded = self.truck & (came.sum(0) >= self.rules.needed)
        reward = np.tensordot(self.rules.worth, shelves & ~came, 1) + self.rules.pay * loaded
        parts = np.broadcast_arrays(*(shelves & came), self.truck & ~loaded, *came, *(memories or []))
        return reward, np.ravel_multi_index([part.astype(np.intp) for part in parts], self.shape[: len(parts)])

    def expected(self, value: np.ndarray) -> np.ndarray:
        """Of the values after lanes and dock are filled, [..., states], what is expected before."""
        value = value.copy()
        for empty, full, chance in self._axes(value):
            empty += chance * (full - empty)
        return value

    def start(self) -> np.ndarray:
        """The chance of each state in the first step."""
        nothing = np.zeros(self.size)
        nothing[0] = 1
        return self._fill(nothing)

    def forward(self, there: np.ndarray, after: np.ndarray) -> np.ndarray:
        """The chance of each state a step later."""
        return self._fill(np.bincount(after, there, self.size))

    def _fill(self, there: np.ndarray) -> np.ndarray:
        for empty, full, chance in self._axes(there):
            full += chance * empty
            empty *= 1 - chance
        return there

    def _axes(self, x: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray, float]]:
        """For each lane and the dock: the entries where it is empty, those where it is full, and its chance."""
        for k, chance in enumerate(self.chances):
            view = x.reshape(-1, 2, prod(self.shape[k + 1 :]))
            yield view[:, 0], view[:, 1], chance

    def earned(self, came: np.ndarray) -> np.ndarray:
        """What teams expect to earn who come like this in every step, [teams]; came [n, teams, states]."""
        reward, after = self.step(came)
        value = np.zeros_like(reward)
        for _ in range(self.rules.limit):
            value = reward + np.take_along_axis(self.expected(value), after, -1)
        return self.expected(value)[:, 0]

    def choices(self, plan: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
        """Who comes, [n, states], and what each then remembers, of a step's plan [n, own states]."""
        chosen = np.take_along_axis(plan, self.own, 1)
        return chosen // self.memory == 1, list(chosen % self.memory)


def _check_work(work: float, limit: float, what: str, remedy: str) -> None:
    if work > limit:
        raise TooMuchWork(f"this takes {work:.1e} {what} where {limit:.0e} is the limit: take fewer {remedy}")
