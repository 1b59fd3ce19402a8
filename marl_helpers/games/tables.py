"""Reward tables of one-shot team games, as plain numpy arrays.

A game with n agents is one array of shape (|A_1|, ..., |A_n|): its entry [a_1, ..., a_n] is the reward that the whole
team earns when agent i plays action a_i. Rows are agent 1's actions and columns are agent 2's.
"""

import math
import re
from collections.abc import Iterable

import numpy as np

from marl_helpers.basics import arguments

_DECIMAL = r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?"
# As static/table.js has it. What is wrong with the last two, validate() says.
_NUMBER = rf"[+-]?{_DECIMAL}(?:/{_DECIMAL})?|[+-]?inf|nan"
Cell = tuple[int, ...]  # a joint action: the place of its reward in a table
LARGEST = 1e9  # beyond this, squared errors lose their meaning in double precision
MOST_CELLS = 10**8  # joint actions of a table: 800 MB


class TableError(ValueError):
    """A reward table (or its one-line text) that no game can have; the message names the fault and the remedy."""


def validate(table) -> np.ndarray:
    """Return `table` as a float64 copy of shape (|A_1|, ..., |A_n|), or say what is wrong with it.

    A tensor counts as its numbers. Raises TableError for text, ragged, masked or empty tables, fewer than two agents,
    more than MOST_CELLS joint actions, and values that are not finite or larger than 1e9 in size.
    """
    try:
        array = arguments.array("the table", table, "plain numbers, such as [[6, 4], [4, 3]]")
    except ValueError as error:
        raise TableError(str(error)) from None
    if array.ndim < 2:
        raise TableError(
            f"the table has shape {array.shape}, which is not a team: give one axis for each of two or more agents"
        )
    if array.size == 0:
        raise TableError(f"the table of shape {array.shape} is empty: give every agent at least one action")
    check_cells(array.shape)
    array = array.astype(np.float64)
    wrong = ~(np.abs(array) <= LARGEST)  # true for NaN as well
    if wrong.any():
        cell = joint_action(np.argmax(wrong), array.shape)
        raise TableError(
            f"the reward at {cell} is {array[cell]:g}: give finite numbers no larger than {LARGEST:g} in size"
        )
    return array


def check_cells(shape: Iterable[int], copies: int = 1) -> None:
    """Raise TableError for a shape of more than MOST_CELLS joint actions, all copies together."""
    if (cells := copies * math.prod(map(int, shape))) > MOST_CELLS:
        of = f"{copies} tables" if copies > 1 else "a table"
        raise TableError(
            f"{of} of shape {tuple(shape)} would hold {cells:.1e} rewards, where {MOST_CELLS:.0e} is the limit: give "
            "fewer agents or actions"
        )


def joint_action(flat_index: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The joint action (a_1, ..., a_n) at a flat index of a table, as plain integers."""
    return tuple(int(action) for action in np.unravel_index(flat_index, shape))


def _table(rows) -> np.ndarray:
    table = np.array(rows, dtype=np.float64)
    table.flags.writeable = False  # named games are shared by everyone: an edit needs a copy
    return table


ADDITIVE = _table([[0, 1, 2], [1, 2, 3], [2, 3, 4]])  # Game 1 of section 30.6
COORDINATION = _table([[6, 4, 2], [4, 3, 1], [2, 1, 8]])  # Game 2 of section 30.6
QTRAN = _table([[8, -12, -12], [-12, 0, 0], [-12, 0, 0]])  # Son et al. 2019, table 1a
CLIMBING = _table([[11, -30, 0], [-30, 7, 6], [0, 0, 5]])  # Claus and Boutilier 1998, section 4
EITHER = _table([[0, 1], [1, 1]])  # OR: one agent suffices
BOTH = _table([[0, 0], [0, 1]])  # AND: both are needed
MATCHING = _table([[1, 0], [0, 1]])  # any of several meeting points, as long as it is the same


def interpolate(lam: float) -> np.ndarray:
    """R_lambda = (1 - lambda) ADDITIVE + lambda COORDINATION, shape (3, 3); lambda may lie outside [0, 1]."""
    lam = arguments.finite("a finite number, 0 for Game 1 and 1 for Game 2", lam=lam)
    return validate((1 - lam) * ADDITIVE + lam * COORDINATION)


def penalty(k: float) -> np.ndarray:
    """The penalty game, shape (3, 3): two good corners worth 10, and k (usually negative) for missing each other.

    Claus and Boutilier 1998, section 4.
    """
    k = arguments.finite(k=k)
    return validate([[10, 0, k], [0, 2, 0], [k, 0, 10]])


def random_tables(generator: np.random.Generator, count: int, shape: tuple[int, ...] = (3, 3)) -> list[np.ndarray]:
    """A list of `count` tables of the given shape with independent entries, uniform on [0, 1).

    Raises TableError where they have more than MOST_CELLS entries together.
    """
    generator, count, shape = drawn(generator, count, shape)
    return list(generator.random((count, *shape)))


def drawn(
    generator: np.random.Generator, count: int, shape: tuple[int, ...]
) -> tuple[np.random.Generator, int, tuple[int, ...]]:
    """What random tables are drawn with, checked."""
    generator, count = arguments.generator(generator=generator), arguments.at_least(0, count=count)
    shape = arguments.sizes(2, shape=shape)
    check_cells(shape, count)
    return generator, count, shape


NAMED = {
    "Game 1: additive": ADDITIVE,
    "Game 2: coordination": COORDINATION,
    "QTRAN's game": QTRAN,
    "Climbing": CLIMBING,
    "Penalty": _table(penalty(-10)),
    "Either (OR)": EITHER,
    "Both (AND)": BOTH,
    "Matching": MATCHING,
}


def by_count(rewards) -> np.ndarray:
    """The table of n agents with two actions whose reward depends on how many of them play action 1, shape (2,) * n.

    rewards: what 0, 1, ..., n of them earn, for n of 2 or more.
    """
    rewards = arguments.numbers(3, rewards=rewards)
    shape = (2,) * (len(rewards) - 1)
    check_cells(shape)
    return validate(rewards[np.indices(shape).sum(axis=0)])


def crates() -> np.ndarray:
    """Crate A stands between agents 1 and 2, crate B between 2 and 3; each takes two to lift. Shape (2, 2, 2).

    Agent 1 rests (0) or lifts A, agent 2 lifts A (0) or B, agent 3 lifts B (0) or does a job of its own. A lifted crate
    is worth 3, the job 1.
    """
    one, two, three = np.indices((2, 2, 2))
    return validate(3 * one * (1 - two) + 3 * two * (1 - three) + three)


def ring(pay: float) -> np.ndarray:
    """Four agents in a ring, every two neighbours worth `pay`, shape (2, 2, 2, 2).

    Agents 1 and 2 get it by differing and the other three pairs by agreeing, so that one pair must go without. By
    action 1 agents 1 and 2 earn 2 each and agent 3 earns 1; agent 4 earns 1 by action 0.
    """
    pay, (one, two, three, four) = arguments.finite(pay=pay), np.indices((2, 2, 2, 2))
    pairs = sum(pair.astype(float) for pair in (one != two, two == three, three == four, four == one))
    return validate(pay * pairs + 2 * one + 2 * two + three + (four == 0))


HANDS = _table(by_count([0, 4, 4, 5]))  # one helper is much, three are best
ALL_THREE = _table(by_count([0, 0, 0, 1]))  # AND of three agents
PARITY = _table(by_count([0, 1, 0, 1]))  # an odd number of agents
MEETING = _table(by_count([1, 0, 0, 1]))  # MATCHING for three agents
CRATES = _table(crates())
RING = _table(ring(3))

TEAMS = {  # of three or four agents with two actions each
    "Enough hands (0/4/4/5)": HANDS,
    "All three (AND)": ALL_THREE,
    "Odd number (parity)": PARITY,
    "Meeting of three": MEETING,
    "Two crates": CRATES,
    "Ring, 3 a pair": RING,
    "Ring, 4 a pair": _table(ring(4)),
    "Meeting of four": _table(by_count([1, 0, 0, 0, 1])),
}


def share(table) -> str:
    """The table as one line of text to send to a classmate; `parse` gives the same numbers back.

    For Game 2: ``game(3x3: 6 4 2, 4 3 1, 2 1 8)``. A comma ends each run of the last agent's actions.
    """
    table = validate(table)
    rows = table.reshape(-1, table.shape[-1]).tolist()
    text = ", ".join(" ".join(number(value) for value in row) for row in rows)
    return f"game({'x'.join(map(str, table.shape))}: {text})"


def number(value: float) -> str:
    """The shortest text that reads back as the same double: 6.0 is "6", 0.5 is "0.5"."""
    return repr(float(value)).removesuffix(".0")


def parse(text: str) -> np.ndarray:
    """The table in a line written by `share`, or by hand: a reward may be a fraction, such as -2/3 or 1.5/4.

    Raises TableError where the line is damaged or cut, and for a division by zero.
    """
    sizes = r"[1-9]\d{0,8}(?:x[1-9]\d{0,8}){0,63}"  # what numpy's up to 64 axes can hold
    match = re.fullmatch(rf"\s*game\(\s*({sizes})\s*:([^()]*)\)\s*", text) if isinstance(text, str) else None
    if not match:
        raise TableError(f"not a share line: {text!r:.60}; it looks like game(2x2: 0 1, 1 1), closing bracket included")
    shape = tuple(int(size) for size in match[1].split("x"))
    rows = [row.split() for row in match[2].split(",")]
    words = [word for row in rows for word in row]
    if wrong := next((word for word in words if not re.fullmatch(_NUMBER, word, re.IGNORECASE)), None):
        raise TableError(
            f"the share line holds {wrong!r:.60}, which is not a number: copy the whole line, or write a reward such "
            "as 2.5 or 1/3"
        )
    if len(words) != math.prod(shape):
        raise TableError(f"the share line promises {match[1]} rewards but holds {len(words)}: copy the whole line")
    if any(len(row) != shape[-1] for row in rows):
        raise TableError(
            f"the share line promises {match[1]} but has a row that is not {shape[-1]} long: copy the whole line"
        )
    return validate(np.reshape([_value(word) for word in words], shape))


def _value(word: str) -> float:
    """The number that a word of a share line spells."""
    above, _, below = word.partition("/")
    if float(below or 1) == 0:
        raise TableError(f"the share line holds {word!r:.60}, which divides by zero: give a denominator other than 0")
    return float(above) / float(below or 1)
