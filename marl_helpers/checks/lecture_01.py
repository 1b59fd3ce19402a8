"""Checks for lecture 01, one reward, many decisions: the joint table's price, moving partners, resting places."""

from collections.abc import Callable
from numbers import Integral

import numpy as np

from marl_helpers import games
from marl_helpers.checks.exercise import Mistake, call, cases, exercise
from marl_helpers.checks.reading import cells, numbers, pair, parts, table, unreadable
from marl_helpers.exact import is_additive
from marl_helpers.games import Cell

SIZES = ((2, 3), (3, 2), (1, 4), (5, 4), (10, 3))  # small enough for an answer that lists them all
SKEW = np.array([[0.0, 5.0], [0.0, 1.0]])  # its one resting place, (0, 1), has a mirror image that is none
LEAST = 0.05  # of each action's probability: a partner who explores


@exercise(
    "lecture-01",
    "The price of a joint table",
    {
        "exchanged": "Your two functions are exchanged: the joint table is the large one.",
        "base and exponent": "You have agents ** actions. One agent with four actions has four joint actions.",
        "product": "agents * actions counts the agents' own tables together. A joint action is one choice of every "
        "agent.",
        "a table each": "The joint table is one for the whole team, not one for each agent.",
        "one agent's": "That counts one agent's own table. The whole team keeps one for each agent.",
        "less one": "You leave one joint action out.",
        "other number": "For {agents} agents with {actions} actions each, {name} is not {given}. Write them all "
        "down on paper, and count.",
    },
)
def table_sizes(joint_entries: Callable, own_entries: Callable) -> str:
    """joint_entries(agents, actions): how many values a joint learner keeps. own_entries(agents, actions): how many
    values independent learners keep, all of them together. Whole numbers."""
    joint = [_whole(call(joint_entries, n, m), "joint_entries") for n, m in SIZES]
    own = [_whole(call(own_entries, n, m), "own_entries") for n, m in SIZES]
    right_joint, right_own = [m**n for n, m in SIZES], [n * m for n, m in SIZES]
    if joint == right_own and own == right_joint:
        raise Mistake("exchanged")
    known = {
        "base and exponent": [n**m for n, m in SIZES],
        "product": right_own,
        "a table each": [n * m**n for n, m in SIZES],
        "less one": [m**n - 1 for n, m in SIZES],
    }
    _compare(joint, right_joint, "joint_entries", known)
    _compare(own, right_own, "own_entries", {"one agent's": [m for _, m in SIZES]})
    return "Both numbers are right, also for ten agents. Which of the two grows faster as you add an agent?"


def _whole(value, name: str) -> int:
    value = value.item() if getattr(value, "ndim", None) == 0 else value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, Integral):
        unreadable(f"{name} returned {value!r:.60}: return a whole number.")
    return int(value)


def _compare(given: list[int], right: list[int], name: str, known: dict[str, list[int]]) -> None:
    for kind, values in known.items():
        if given == values:
            raise Mistake(kind)
    for value, truth, (agents, actions) in zip(given, right, SIZES):
        if value != truth:
            raise Mistake("other number", agents=agents, actions=actions, given=value, name=name)


@exercise(
    "lecture-01",
    "A partner who turns your ranking over",
    {
        "no probabilities": "A habit is a list of probabilities: not negative, and 1 in sum. {habit} is none.",
        "no exploration": "Your partner never or hardly plays action {action} in one of the habits. It explores: give "
        "every action at least {least:g}.",
        "other agent": "With these habits it is agent 2's ranking that turns over, if agent 1 plays them. Asked is "
        "agent 1's, while agent 2 (the columns) plays them.",
        "additive": "In your game each agent adds its own part to the reward. The partner then changes all your values "
        "by the same amount, and no habit can turn your ranking over.",
        "dominant": "In your game action {action} is agent 1's best whatever the partner plays, so no habit changes "
        "that.",
        "tie": "With one of the habits two of agent 1's actions are worth the same. Make one clearly best.",
        "same best": "With both habits agent 1's best action is {action}. Its values move, but its best action does "
        "not.",
    },
)
def reversal(example: Callable) -> str:
    """example(): a dictionary with a two-agent `table` and `habits`, two lists of probabilities of agent 2's actions,
    such that agent 1's best action under the one is not its best under the other."""
    given, habits = parts(call(example), "example", ("table", "habits"))
    given = table(given, "table", agents=2)
    habits = [numbers(habit, "a habit") for habit in pair(habits, "The list of habits")]
    for habit in habits:
        if habit.min() < 0 or abs(habit.sum() - 1) > 1e-6:
            raise Mistake("no probabilities", habit=_list(habit))
    sizes = {len(habit) for habit in habits}
    if sizes != {given.shape[1]}:
        if sizes == {given.shape[0]} and _turns(given.T, habits):
            raise Mistake("other agent")
        unreadable(f"A habit needs {given.shape[1]} probabilities, one for each action of agent 2 (a column).")
    for habit in habits:
        if habit.min() < LEAST - 1e-9:
            raise Mistake("no exploration", action=int(habit.argmin()), least=LEAST)
    _check_turn(given, habits)
    return "The same game, the same action, another partner: and your ranking turns over."


def _best(given: np.ndarray, habit: np.ndarray) -> list[int]:
    values = given @ habit
    return np.flatnonzero(values >= values.max() - 1e-9 * np.ptp(given)).tolist()


def _turns(given: np.ndarray, habits: list[np.ndarray]) -> bool:
    first, second = (_best(given, habit) for habit in habits)
    return len(first) == len(second) == 1 and first != second


def _check_turn(given: np.ndarray, habits: list[np.ndarray]) -> None:
    if _turns(given, habits):
        return
    if is_additive(given):
        raise Mistake("additive")
    if given.shape[0] == given.shape[1] and _turns(given.T, habits):
        raise Mistake("other agent")
    dominant = np.flatnonzero((given >= given.max(axis=0)).all(axis=1))
    if dominant.size:
        raise Mistake("dominant", action=int(dominant[0]))
    best = [_best(given, habit) for habit in habits]
    if max(map(len, best)) > 1:
        raise Mistake("tie")
    raise Mistake("same best", action=best[0][0])


def _list(values: np.ndarray) -> str:
    return f"[{', '.join(f'{value:g}' for value in values)}]"


@exercise(
    "lecture-01",
    "Where learners come to rest",
    {
        "only the best": "You list only the best cells of the table. A team can rest in a worse place too.",
        "ties": "Where a change keeps the reward, an agent may drift away. Asked are cells from which every change "
        "by one agent loses something.",
        "one agent": "You ask only one of the agents. Both must lose by a change of their own.",
        "either agent": "You list cells that one of the agents would leave. Both must want to stay.",
        "neighbours": "You compare with the neighbouring actions only. An agent may change to any of its actions.",
        "joint change": "You let both agents change at the same time. Asked is what one agent alone can do.",
        "columns first": "Your cells are the wrong way round: agent 1's action (the row) comes first.",
        "misses": "On the table {rows} you leave out a cell from which nobody wants to move alone.",
        "surplus": "On the table {rows} you list a cell that some agent would leave without loss.",
    },
)
def resting_places(resting: Callable) -> str:
    """resting(table): the list of all joint actions (a, b) such that every change by one agent alone lowers the
    reward, for any two-agent table."""
    if cells(call(resting, SKEW.copy()), "Your list", SKEW.shape) == {(1, 0)}:
        raise Mistake("columns first")
    tables = [games.COORDINATION, games.CLIMBING, games.MATCHING, games.EITHER, games.penalty(-10), *_random_tables()]
    given = [cells(call(resting, one.copy()), "Your list", one.shape) for one in tables]
    right = [_resting(one) for one in tables]
    for kind, rule in WRONG_RULES:
        if given == [rule(one) for one in tables]:
            raise Mistake(kind)
    for one, found, truth in zip(tables, given, right):
        if found != truth:
            raise Mistake("misses" if truth - found else "surplus", rows=one.tolist())
    return f"Right on all {len(tables)} tables, with ties and with tables that are not square."


def _random_tables() -> list[np.ndarray]:
    generator = cases()
    shapes = [(3, 4), (4, 3), (4, 4), (2, 5)] * 3
    return [generator.integers(0, 9, size=shape) - 9.5 * (k % 2) for k, shape in enumerate(shapes)]  # half below zero


def _where(mask: np.ndarray) -> set[Cell]:
    return set(map(tuple, np.argwhere(mask).tolist()))


def _loses(one: np.ndarray, agent: int, weakly: bool = False) -> np.ndarray:
    """Cells from which this agent's every change lowers the reward (or weakly: raises it never)."""
    ordered = np.sort(one, axis=agent)
    best = ordered.take([-1], axis=agent)
    return (one == best) & (weakly | (ordered.take([-2], axis=agent) < best))


def _resting(one: np.ndarray) -> set[Cell]:
    return _where(_loses(one, 0) & _loses(one, 1))


def _beats_neighbours(one: np.ndarray) -> set[Cell]:
    padded = np.pad(one, 1, constant_values=-np.inf)
    middle = padded[1:-1, 1:-1]
    around = (padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:])
    return _where(np.all([middle > other for other in around], axis=0))


def _beats_all(one: np.ndarray) -> set[Cell]:
    best = _where(one == one.max())
    return best if len(best) == 1 else set()


WRONG_RULES: list[tuple[str, Callable[[np.ndarray], set[Cell]]]] = [
    ("only the best", lambda one: _where(one == one.max())),
    ("joint change", _beats_all),
    ("ties", lambda one: _where(_loses(one, 0, weakly=True) & _loses(one, 1, weakly=True))),
    ("one agent", lambda one: _where(_loses(one, 0))),
    ("one agent", lambda one: _where(_loses(one, 1))),
    ("either agent", lambda one: _where(_loses(one, 0) | _loses(one, 1))),
    ("neighbours", _beats_neighbours),
]
