"""Two-step games, backwards: what a team makes of a first choice depends on the values that it backs up.

In the first state agent 1's action chooses a branch, and agent 2's does nothing. In a branch the team plays one more
round and earns that branch's reward. So the target of the first state is the discounted team value that the method has
learned for its own greedy joint action in the branch: a value that is too high or too low there misleads the choice.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from marl_helpers import exact, games
from marl_helpers.basics import arguments
from marl_helpers.fitting.fits import fit
from marl_helpers.fitting.runs import LEARNER, Recipe
from marl_helpers.games.two_step import MIRRORED, PAPER

__all__ = ["DISCOUNT", "MIRRORED", "PAPER", "Learned", "first_state", "learn", "least_squares"]

DISCOUNT = 0.99


def first_state(values: Sequence[float], actions: int, discount: float = DISCOUNT) -> np.ndarray:
    """The table of targets in the first state: rows are agent 1's choices of a branch, worth its discounted value."""
    values, actions = arguments.numbers(values=values).astype(float), arguments.at_least(1, actions=actions)
    return np.repeat(arguments.probability(discount=discount) * values[:, None], actions, axis=1)


@dataclass(frozen=True)
class Learned:
    """Runs of a method on a two-step game.

    first [runs, branches, |A_2|] and branches [branches, runs, |A_1|, |A_2|]: the team values of every joint action.
    returns [runs]: what each run's greedy team earns, not discounted.
    """

    first: np.ndarray
    branches: np.ndarray
    returns: np.ndarray


def learn(
    branches: Sequence[np.ndarray], method: str, runs: int = 32, seed: int = 0, recipe: Recipe = LEARNER
) -> Learned:
    """Fit a method to every branch, then to the first state, where each run backs up its own values.

    A run backs up the team value of the joint action that it plays greedily. For independent learners this is the mean
    of the agents' own largest values, which is each agent's own one where a branch treats the agents alike.

    branches: tables of one shape for two agents. Raises games.TableError for other tables, ValueError like `fit`.
    """
    tables, runs = _validate(branches), arguments.at_least(1, runs=runs)
    rounds = fit(tables, method, runs, seed, recipe=recipe)
    backed_up = _at(rounds.fitted, rounds.greedy)  # [branches, runs]
    targets = [first_state(values, tables[0].shape[1]) for values in backed_up.T]
    every = fit(targets, method, runs, seed, recipe=recipe)  # run k of table k, so that all starts differ
    own = np.arange(runs)
    choice = every.greedy[own, own, 0]
    earned = np.array([_at(np.array([table] * runs), rounds.greedy[b]) for b, table in enumerate(tables)])
    return Learned(every.fitted[own, own], rounds.fitted, earned[choice, own])


def least_squares(
    branches: Sequence[np.ndarray], best: Callable[[np.ndarray], exact.Projection] = exact.additive
) -> tuple[np.ndarray, list[np.ndarray]]:
    """The same with exact best fits: the first state's table of values, and the branches' tables.

    Raises games.TableError for branches that `learn` refuses.
    """
    arguments.function(best=best)
    rounds = [best(table) for table in _validate(branches)]
    values = [max(found.fit[cell] for cell in found.greedy) for found in rounds]
    return best(first_state(values, rounds[0].fit.shape[1])).fit, [found.fit for found in rounds]


def _validate(branches: Sequence[np.ndarray]) -> list[np.ndarray]:
    try:
        listed = arguments.several("one or more tables of one shape, two agents'", 0, branches=branches)
    except ValueError as error:
        raise games.TableError(str(error)) from None
    tables = [games.validate(table) for table in listed]
    shapes = [table.shape for table in tables]
    if any(len(shape) != 2 for shape in shapes):
        raise games.TableError("branches hold a table that is not two agents': agent 1 chooses, agent 2 follows")
    if len(set(shapes)) != 1:
        raise games.TableError(f"branches have shapes {shapes}: give one or more tables of one shape")
    return tables


def _at(tables: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """The entry of each table [..., |A_1|, |A_2|] at its joint action [..., 2]."""
    rows = np.take_along_axis(tables, cells[..., :1, None], -2)[..., 0, :]
    return np.take_along_axis(rows, cells[..., 1:], -1)[..., 0]
