"""Right answers and planted wrong ones for the exercises of lecture 08."""

from fractions import Fraction
from functools import lru_cache
from math import comb

import numpy as np
import torch

from marl_helpers import exact
from marl_helpers.checks.lecture_08.dock import CLASSES
from marl_helpers.exact import dock, prices


def price(n, need, worth):
    return worth * 2 ** (n - 1) / comb(n - 1, need - 1)


def by_simulation_of_all(n, need, worth):
    """Counting, joint action by joint action of the others, where exactly one is missing."""
    others = np.indices((2,) * (n - 1)).sum(0)
    return worth / np.mean(others == need - 1)


DOCK_PRICE = (
    [
        (price,),
        (by_simulation_of_all,),
        (lambda n, need, worth: worth * prices.additive(n, need),),
        (lambda n, need, worth: Fraction(worth) * 2 ** (n - 1) / comb(n - 1, need - 1),),
    ],
    {
        "team": [
            (lambda n, need, worth: n,),
            (lambda n, need, worth: need * worth,),
            (lambda n, need, worth: prices.team(n) * worth,),
        ],
        "own action": [
            (lambda n, need, worth: 2**n,),
            (lambda n, need, worth: worth * 2**n / comb(n - 1, need - 1),),
        ],
        "no binomial": [
            (lambda n, need, worth: worth * 2 ** (n - 1),),
            (lambda n, need, worth: 2.0 ** (n - 1),),
        ],
        "counts itself": [
            (lambda n, need, worth: worth * 2 ** (n - 1) / comb(n, need),),
            (lambda n, need, worth: worth * 2**n / comb(n, need),),
        ],
        "at least": [(lambda n, need, worth: worth / np.mean(np.indices((2,) * (n - 1)).sum(0) >= need - 1),)],
        "every lane": [
            (lambda n, need, worth: n * price(n, need, worth),),
            (lambda n, need, worth: need * price(n, need, worth),),
        ],
        "no worth": [(lambda n, need, worth: prices.additive(n, need),)],
        "inverted": [(lambda n, need, worth: worth * comb(n - 1, need - 1) / 2 ** (n - 1),)],
        "other answer": [
            (lambda n, need, worth: 1.01 * price(n, need, worth),),
            (lambda n, need, worth: 0.99 * price(n, need, worth),),
            (lambda n, need, worth: 0,),
            (lambda n, need, worth: 1e9,),
        ],
    },
)


@lru_cache(None)
def _fit(name, shape, numbers):
    return getattr(exact, name)(np.reshape(numbers, shape))


def fit(name, table):
    return _fit(name, table.shape, tuple(table.ravel()))


def choose_if(will_do, order=CLASSES):
    def choose(table):
        return next((name for name in order if will_do(table, fit(name, table))), "joint")

    return (choose,)


def optimal(table, best):
    return all(table[cell] == table.max() for cell in best.greedy)


def index_of_largest(values):
    return np.unravel_index(values.argmax(), values.shape)


def from_above(table):
    chosen = "joint"
    for name in reversed(CLASSES):
        if not optimal(table, fit(name, table)):
            break
        chosen = name
    return chosen


SIMPLEST_MIXER = (
    [
        choose_if(optimal),
        choose_if(lambda table, best: best.finds_optimum == "yes"),
        choose_if(lambda table, best: set(best.greedy) <= set(best.optima)),
        (lambda table: np.str_(choose_if(optimal)[0](table)),),
    ],
    {
        "fit error": [
            choose_if(lambda table, best: np.allclose(best.fit, table)),
            choose_if(lambda table, best: best.mse < 1e-12),
            (lambda table: min(CLASSES, key=lambda name: round(fit(name, table).mse, 9)),),
            (lambda table: "joint",),
        ],
        "from above": [(from_above,)],
        "any of them": [
            choose_if(lambda table, best: best.finds_optimum != "no"),
            choose_if(lambda table, best: any(cell in best.optima for cell in best.greedy)),
        ],
        "first of them": [choose_if(lambda table, best: best.greedy[0] in best.optima)],
        "one optimum": [
            choose_if(lambda table, best: best.greedy[0] == index_of_largest(table)),
            choose_if(lambda table, best: best.fit.argmax() == table.argmax()),
        ],
        "every optimum": [choose_if(lambda table, best: set(best.greedy) == set(best.optima))],
        "largest entry": [choose_if(lambda table, best: table[index_of_largest(best.fit)] == table.max())],
        "order": [choose_if(optimal, ("additive", "monotone", "convex"))],
        "not optimal": [(lambda table: "additive",), choose_if(lambda table, best: len(best.greedy) == 1)],
        "not simplest": [choose_if(optimal, ("convex", "additive")), choose_if(optimal, ("convex", "monotone"))],
    },
)


def plans(lookout, *others):
    """Plans of sights at which robots go to the dock; one plan for robots 1 and 2 if there is no other."""
    sets = [lookout, *others] if len(others) > 1 else [lookout, *others, *others]
    return (lambda: [dict.fromkeys(one, 1) for one in sets],)


ALL, NONE = set(dock.SIGHTS), set()
TRUCK = {sight for sight in ALL if sight[1]}
EMPTY = {sight for sight in ALL if not sight[0]}
KNOCK = ALL - {(1, 0, 1)}  # go and see; with a shelf in the lane and no truck go back
DOCK_PLANS = (
    [
        plans(TRUCK, KNOCK),
        plans(TRUCK | EMPTY, KNOCK),
        plans(TRUCK, KNOCK - {(0, 0, 1)}),
        (lambda: tuple({s: np.bool_(s in one) for s in ALL} for one in (TRUCK, KNOCK, KNOCK)),),
    ],
    {
        "safe": [plans(NONE, NONE), plans(NONE, {(0, 1, 0), (1, 1, 0)})],
        "always dock": [plans(ALL, ALL), plans(ALL, ALL - {(0, 1, 0), (1, 1, 0)})],
        "only empty lanes": [plans(EMPTY, EMPTY)],
        "never goes": [plans(NONE, KNOCK), plans(TRUCK, KNOCK, NONE)],
        "never sees": [plans(TRUCK, TRUCK), plans(ALL, KNOCK, TRUCK)],
        "lookout blind": [plans(ALL, KNOCK), plans(EMPTY, KNOCK), plans(EMPTY, ALL)],
        "lookout deaf": [plans(TRUCK & EMPTY, KNOCK), plans(TRUCK - {(1, 1, 0)}, EMPTY)],
        "never returns": [plans(TRUCK, ALL), plans(ALL - {(1, 0, 0)}, KNOCK)],
        "below safe": [plans(TRUCK, EMPTY), plans(TRUCK, EMPTY | TRUCK)],
        "too little": [plans(TRUCK, KNOCK - {(0, 0, 0)}), plans({(0, 1, 0), (1, 1, 0)}, KNOCK - {(0, 1, 1)})],
    },
)


class Robot:
    """Right as it is; each planted mistake changes one method."""

    none = -1

    def __init__(self, network, hidden):
        self.network, self.hidden = network, hidden
        self.begin()

    def begin(self):
        self.last, self.memory = self.none, np.zeros(self.hidden)

    def act(self, message):
        if self.begins(message):
            self.begin()
        q, memory = self.network(message["obs"], self.last, self.memory)
        action = self.choose(np.asarray(q), np.asarray(message["available"]))
        self.last, self.memory = self.fed(q, action), self.kept(memory)
        return action

    def begins(self, message):
        return message["begins"]

    def choose(self, q, available):
        return int(np.where(available, q, -np.inf).argmax())

    def fed(self, q, action):
        return action

    def kept(self, memory):
        return memory


def robot(base=Robot, **changed):
    return (type("Robot", (base,), changed),)


class InTorch(Robot):
    def choose(self, q, available):
        return torch.tensor(q).masked_fill(~torch.tensor(available), -torch.inf).argmax()


def as_closure(network, hidden):
    """No class of its own: something with an `act` is enough."""
    held = {}

    def act(message):
        if message["begins"]:
            held.update(last=-1, memory=np.zeros(hidden))
        q, held["memory"] = network(message["obs"], held["last"], held["memory"])
        held["last"] = max(np.flatnonzero(message["available"]), key=lambda a: q[a])
        return held["last"]

    as_closure.robot = type("", (), {"act": staticmethod(act)})
    return as_closure.robot


def begin_last_only(self):
    self.last, self.memory = -1, getattr(self, "memory", np.zeros(self.hidden))


def begin_memory_only(self):
    self.last, self.memory = getattr(self, "last", -1), np.zeros(self.hidden)


def act_with_one_memory(self, message):
    """The memory is the class's, not the robot's."""
    if message["begins"]:
        Robot.common = np.zeros(self.hidden)
        self.last = -1
    q, Robot.common = self.network(message["obs"], self.last, Robot.common)
    self.last = self.choose(q, message["available"])
    return self.last


LONE_ROBOT = (
    [(Robot,), (InTorch,), (as_closure,)],
    {
        "argmax first": [robot(choose=lambda self, q, available: q.argmax())],
        "times mask": [robot(choose=lambda self, q, available: (q * available).argmax())],
        "finite mask": [
            robot(choose=lambda self, q, available: np.where(available, q, -100).argmax()),
            robot(choose=lambda self, q, available: np.where(available, q, -10).argmax()),
        ],
        "unavailable": [robot(choose=lambda self, q, available: 0), robot(choose=lambda self, q, a: q.argmin())],
        "nothing kept": [
            robot(kept=lambda self, memory: 0 * memory),
            robot(begins=lambda self, message: True),
        ],
        "nothing reset": [robot(begins=lambda self, message: False)],
        "memory not reset": [robot(begin=begin_last_only)],
        "last not reset": [robot(begin=begin_memory_only)],
        "last not fed": [robot(fed=lambda self, q, action: -1)],
        "best fed": [robot(fed=lambda self, q, action: q.argmax())],
        "action 0 first": [robot(none=0)],
        "last of several": [
            robot(choose=lambda self, q, available: max(np.flatnonzero(available)[::-1], key=lambda a: q[a]))
        ],
        "state": [
            robot(begins=lambda self, message: message["state"][-1] == 1),
            robot(begins=lambda self, message: message.get("state", [0])[-1] == 1),
        ],
        "shared": [robot(act=act_with_one_memory)],
        "other answer": [
            robot(choose=lambda self, q, available: available.argmax()),
            robot(choose=lambda self, q, available: np.where(available, q, np.inf).argmin()),
            robot(kept=lambda self, memory: memory / 2),
        ],
    },
)

PLANTED = {
    "dock_price": DOCK_PRICE,
    "simplest_mixer": SIMPLEST_MIXER,
    "dock_plans": DOCK_PLANS,
    "lone_robot": LONE_ROBOT,
}
