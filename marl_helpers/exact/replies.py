"""What an agent's own actions are worth to it while its partner plays a favourite action and explores."""

from itertools import combinations, pairwise

import numpy as np

from marl_helpers.basics import arguments
from marl_helpers.basics.rounding import steady
from marl_helpers.exact.projections import TOLERANCE
from marl_helpers.games import TableError, validate


def partner_play(actions: int, favourite: int, exploration: float) -> np.ndarray:
    """The probabilities, shape (actions,), of an epsilon-greedy partner: the favourite, but with probability
    `exploration` any action, the favourite included.

    Raises ValueError for a favourite that is no action and for an exploration outside [0, 1].
    """
    actions = arguments.at_least(1, actions=actions)
    favourite = arguments.place(actions, "an action of the partner", favourite=favourite)
    exploration = arguments.probability(exploration=exploration)
    play = np.full(actions, exploration / actions)
    play[favourite] += 1 - exploration
    return play


def own_values(table, favourite: int, exploration: float) -> np.ndarray:
    """Agent 1's mean reward for each of its actions, shape (|A_1|,), when agent 2 plays as in `partner_play`.

    This is what an independent learner's estimates approach while its partner plays so.
    Raises games.TableError for a table that is not two agents', ValueError like `partner_play`.
    """
    table = validate(table)
    if table.ndim != 2:
        raise TableError(f"the table has {table.ndim} agents (shape {table.shape}): own values need one partner")
    return (table * partner_play(table.shape[1], favourite, exploration)).sum(axis=1)  # equal rows, equal values


def best_replies(table, favourite: int) -> list[tuple[float, float, tuple[int, ...]]]:
    """Agent 1's best actions by the partner's exploration: (from, to, actions), one for each stretch of [0, 1].

    Own values are straight lines in the exploration, so the best reply changes only where two of them cross.
    """
    start, end = own_values(table, favourite, 0), own_values(table, favourite, 1)
    spread = np.ptp(np.concatenate([start, end]))
    cuts = {0.0, 1.0}
    for a, b in combinations(range(len(start)), 2):
        before, after = start[a] - start[b], end[a] - end[b]
        if (before < 0 < after) or (after < 0 < before):
            cuts.add(steady(before / (before - after)))  # three lines through one point cross in one place
    points, stretches = sorted(cuts), []
    for low, high in pairwise(points):
        middle = own_values(table, favourite, (low + high) / 2)
        best = tuple(np.flatnonzero(middle >= middle.max() - TOLERANCE * spread).tolist())
        if stretches and stretches[-1][2] == best:
            low = stretches.pop()[0]
        stretches.append((low, high, best))
    return stretches
