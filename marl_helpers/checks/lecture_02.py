"""Checks for lecture 02, VDN versus QMIX: the smallest game that a sum loses, and how high a peak must be."""

from collections.abc import Callable

import numpy as np

from marl_helpers import exact
from marl_helpers.checks.exercise import Mistake, call, cases, exercise
from marl_helpers.checks.reading import cell, number, parts, table, unreadable

SHAPES = ((3, 3), (2, 4), (4, 2), (3, 2), (2, 3), (4, 4))


@exercise(
    "lecture-02",
    "The smallest game that a sum loses",
    {
        "additive": "Your game is a sum, so VDN represents it and plays its best cell.",
        "monotone": "In your game each agent has one ranking that is valid whatever the other plays. In such a game "
        "the averages rank the actions in the same way, so a sum never loses. Let a ranking reverse.",
        "sum is right": "VDN keeps the best cell of your game. Compare the row averages, and the column averages.",
        "sum ties": "Several joint actions tie in the best sum, and not all of them are right. Move an entry a little.",
        "both lose": "VDN loses your game, but the best fit of QMIX's class does not keep its best cell either. How "
        "far does the cell stand out?",
        "optimum named": "{plays} is the best cell. Asked is what VDN's agents play.",
        "swapped": "The two actions you name are in the wrong order: agent 1's (the row) comes first.",
        "other cell": "VDN's agents do not play {plays}. Each takes the action with the best average.",
    },
)
def sum_loses(game: Callable) -> str:
    """game(): a dictionary with a 2x2 `table` of which VDN's best fit loses the best cell while the best fit of QMIX's
    class keeps it, and `plays`, the joint action (a, b) that VDN's agents play."""
    given, plays = parts(call(game), "game", ("table", "plays"))
    given = table(given, "table", agents=2)
    if given.shape != (2, 2):
        unreadable(f"Your table has shape {given.shape}: two actions for each agent are enough.")
    plays, best = cell(plays, "plays", given.shape), exact.additive(given)
    if exact.is_additive(given):
        raise Mistake("additive")
    if best.finds_optimum == "tie":
        raise Mistake("sum ties")
    if best.finds_optimum == "yes":
        raise Mistake("monotone" if exact.is_monotone(given) else "sum is right")
    if exact.convex(given).finds_optimum != "yes":
        raise Mistake("both lose")
    if plays not in best.greedy:
        kind = "swapped" if plays[::-1] in best.greedy else "other cell"
        raise Mistake("optimum named" if plays in best.optima else kind, plays=plays)
    return f"VDN's team earns {given[plays]:g} of {given.max():g}, and QMIX's best fit keeps the best cell."


@exercise(
    "lecture-02",
    "How high must the peak be?",
    {
        "rows only": "You compare the rows, so agent 1 is convinced. Agent 2 compares columns.",
        "columns only": "You compare the columns, so agent 2 is convinced. Agent 1 compares rows.",
        "weakest rival": "You beat the weakest rival. The peak's action must beat the strongest one.",
        "one agent suffices": "Your number convinces one of the agents, whichever is easier. Both must be.",
        "by how much": "You return by how much to raise the entry. Asked is its new value.",
        "average": "That is the best rival average itself. The entry is only one part of its own row's average.",
        "largest entry": "That is the largest other entry. To a sum only averages count.",
        "too low": "On {rows} you say that the entry at {place} must exceed {given:g}, but a little above that the "
        "sum does not play it yet.",
        "too high": "On {rows} you say that the entry at {place} must exceed {given:g}, but the sum plays it earlier.",
    },
)
def peak_needed(peak: Callable) -> str:
    """peak(table, cell): the number that the entry at `cell` must exceed, all others unchanged, for the best sum to
    play `cell`; for any two-agent table."""
    generator, tried = cases(), []
    for k, shape in enumerate(SHAPES * 2):
        one = generator.integers(0, 10, size=shape) - 9.5 * (k % 2)  # half of them below zero
        place = tuple(int(generator.integers(size)) for size in shape)
        one[place] += 12 * (k % 3 == 0)  # some are higher than they need be
        tried.append((one, place, number(call(peak, one, place), "The peak")))
    problems = [_problem(*case) for case in tried]
    if not any(problems):
        return f"Right on {len(tried)} tables: below your number the sum looks away, above it the sum plays the peak."
    for kind, rule in WRONG_PEAKS.items():
        if all(abs(given - rule(one, place)) < 1e-6 for one, place, given in tried):
            raise Mistake(kind)
    (one, place, given), problem = next(pair for pair in zip(tried, problems) if pair[1])
    raise Mistake(problem, rows=one.tolist(), place=place, given=given)


def _problem(one: np.ndarray, place: tuple[int, int], given: float) -> str:
    """What is wrong with a threshold, by what the best sum plays a little above and a little below it."""
    plays = []
    for entry in (given + 1e-3, given - 1e-3):
        raised = one.copy()
        raised[place] = entry
        plays.append(exact.additive(raised).greedy == (place,))
    return "too low" if not plays[0] else "too high" if plays[1] else ""


def _rivals(one: np.ndarray, place: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """What the entry must exceed to beat each other row, and each other column."""
    (a, b), entry = place, one[place]
    rows, columns = one.sum(axis=1), one.sum(axis=0)
    return np.delete(rows, a) - (rows[a] - entry), np.delete(columns, b) - (columns[b] - entry)


def _averages(one: np.ndarray, place: tuple[int, int]) -> float:
    a, b = place
    return max(np.delete(one.mean(axis=1), a).max(), np.delete(one.mean(axis=0), b).max())


def _largest_other(one: np.ndarray, place: tuple[int, int]) -> float:
    return np.delete(one.ravel(), np.ravel_multi_index(place, one.shape)).max()


WRONG_PEAKS: dict[str, Callable[[np.ndarray, tuple[int, int]], float]] = {
    "rows only": lambda one, place: _rivals(one, place)[0].max(),
    "columns only": lambda one, place: _rivals(one, place)[1].max(),
    "weakest rival": lambda one, place: np.concatenate(_rivals(one, place)).min(),
    "one agent suffices": lambda one, place: min(rivals.max() for rivals in _rivals(one, place)),
    "by how much": lambda one, place: np.concatenate(_rivals(one, place)).max() - one[place],
    "average": _averages,
    "largest entry": _largest_other,
}
