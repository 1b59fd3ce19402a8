"""What a team's own play makes of its fit: a joint action that is played often weighs much in the data.

A team that plays epsilon-greedily around a joint action collects that action's row and column again and again. The best
fit to such data may put another joint action first, and then the team moves on; or the same one, and then it stays.
"""

import math
from collections.abc import Callable

import numpy as np

from marl_helpers import exact, games
from marl_helpers.basics import arguments
from marl_helpers.exact.rankings import TOLERANCE
from marl_helpers.exact.replies import partner_play
from marl_helpers.games import Cell, joint_action


def visits(shape: tuple[int, ...], favourite: Cell, exploration: float) -> np.ndarray:
    """How often a team plays each joint action, of that shape, when every agent explores independently.

    Agent i plays favourite[i], but with probability `exploration` any of its actions.
    Raises ValueError for a favourite that is no joint action and for an exploration outside [0, 1].
    """
    shape = arguments.sizes(shape=shape)
    games.check_cells(shape)
    favourite = arguments.cell(shape, favourite=favourite)
    weights = np.ones(())
    for actions, action in zip(shape, favourite):
        weights = np.multiply.outer(weights, partner_play(actions, action, exploration))
    return weights


def moves(
    table, exploration: float, best: Callable[..., exact.Projection] = exact.additive
) -> dict[Cell, tuple[Cell, ...]]:
    """Joint action that a team plays around -> the greedy joint actions of the best fit to the data that this gives.

    Raises ValueError for an exploration so small that a fit would take some joint action as never played.
    """
    table, exploration = games.validate(table), arguments.probability(exploration=exploration)
    arguments.function(best=best)
    free = [actions for actions in table.shape if actions > 1]  # who has anything to explore
    least = (TOLERANCE * math.prod(free)) ** (1 / max(1, len(free)))  # so that all together explore often enough
    if exploration < least:
        raise ValueError(
            f"exploration is {exploration:g}: give at least {least:.2g} for a table of shape {table.shape}, as a best "
            f"fit leaves out joint actions played less than {TOLERANCE:g} times as often as the favourite"
        )
    cells = [joint_action(k, table.shape) for k in range(table.size)]
    return {cell: best(table, visits(table.shape, cell, exploration)).greedy for cell in cells}


def stays(table, exploration: float, best: Callable[..., exact.Projection] = exact.additive) -> list[Cell]:
    """The joint actions that a team which plays around them goes on playing: the fit puts them first, and only them.

    Raises ValueError like `moves`.
    """
    return [cell for cell, greedy in moves(table, exploration, best).items() if greedy == (cell,)]


def equilibria(table) -> list[Cell]:
    """The strict Nash equilibria: joint actions that each agent would lose reward by leaving alone."""
    table = games.validate(table)
    found = []
    for k in range(table.size):
        cell = joint_action(k, table.shape)
        lines = [
            np.delete(np.moveaxis(table, i, 0)[(slice(None), *_others(cell, i))], cell[i]) for i in range(len(cell))
        ]
        if all((line < table[cell]).all() for line in lines):
            found.append(cell)
    return found


def _others(cell: Cell, agent: int) -> Cell:
    return (*cell[:agent], *cell[agent + 1 :])
