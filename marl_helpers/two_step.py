"""Two-step games, backwards: what a team makes of a first choice depends on the values that it backs up.

In the first state agent 1's action chooses a branch, and agent 2's does nothing. In a branch the team plays one more
round and earns that branch's reward. So the target of the first state is the discounted team value that the method has
learned for its own greedy joint action in the branch: a value that is too high or too low there misleads the choice.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from marl_helpers import exact, games
from marl_helpers.fitting import LEARNER, Recipe, fit

if TYPE_CHECKING:
    from marl_helpers.training import Run

SAFE, JOINT = np.full((2, 2), 7.0), np.array([[0.0, 1.0], [1.0, 8.0]])
PAPER = (SAFE, JOINT)  # Rashid et al. 2018, section 5: branch 2A pays 7 whatever is played, 2B up to 8
MIRRORED = (np.full((2, 2), 1.1), games.EITHER)  # a little more for certain, or one agent suffices for 1
DISCOUNT = 0.99


def first_state(values: Sequence[float], actions: int, discount: float = DISCOUNT) -> np.ndarray:
    """The table of targets in the first state: rows are agent 1's choices of a branch, worth its discounted value."""
    return np.repeat(discount * np.asarray(values, dtype=float)[:, None], actions, axis=1)


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
    tables = _validate(branches)
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
    rounds = [best(table) for table in _validate(branches)]
    values = [max(found.fit[cell] for cell in found.greedy) for found in rounds]
    return best(first_state(values, rounds[0].fit.shape[1])).fit, [found.fit for found in rounds]


def _validate(branches: Sequence[np.ndarray]) -> list[np.ndarray]:
    tables = [games.validate(table) for table in branches]
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


@torch.no_grad()
def utilities(run: "Run") -> torch.Tensor:
    """What trained agents of the environment `two_step` think of their actions, [seeds, states, n_agents, A].

    The states are the first one, then the branches. A branch is looked at after agent 1 has chosen it and agent 2 has
    played its action 0, which the agents' memories may tell apart.
    """
    env, seeds, branches = run.env, len(run.returns), run.env.state_dim - 1
    states = torch.eye(1 + branches, device=next(run.learner.agents.parameters()).device)
    chosen = torch.arange(branches, device=states.device)
    seen = torch.stack([states[:1].expand(branches, -1), states[1:]], 1)  # [branches, 2 steps, state_dim]
    obs = seen.unsqueeze(2).expand(seeds, -1, -1, env.n_agents, -1)
    actions = torch.stack([chosen, torch.zeros_like(chosen)], -1).expand(seeds, -1, -1).unsqueeze(2)
    q = run.learner.agents.unroll(obs, actions)  # [R, branches, 2, n_agents, A]
    return torch.cat([q[:, :1, 0], q[:, :, 1]], 1)


def team_values(run: "Run") -> tuple[np.ndarray, np.ndarray]:
    """What a run trained on the environment `two_step` thinks that every joint action is worth.

    Returns the first state's table [seeds, branches, |A_2|] and the branches' [branches, seeds, |A_1|, |A_2|], as
    `Learned` has them; `utilities` says when a branch is looked at. Raises ValueError for another environment's run.
    """
    if not hasattr(run.env, "branches"):
        raise ValueError(f"run was trained on {run.env.name}: give one of two_step or mirrored_two_step")
    env, q = run.env, utilities(run)
    branches, (rows, columns) = env.state_dim - 1, np.shape(env.branches[0])
    cells = torch.cartesian_prod(*[torch.arange(env.n_actions, device=q.device)] * 2)  # [A^2, 2]
    every = cells.expand(*q.shape[:2], -1, -1)
    values = q.unsqueeze(2).expand(-1, -1, len(cells), -1, -1)
    state = torch.eye(1 + branches, device=q.device)[:, None].expand(len(q), -1, len(cells), -1)
    with torch.no_grad():
        flat = run.learner.mixer(*(x.flatten(1, 2) for x in (values, every, state)))  # one batch axis
    tables = flat.reshape(len(q), -1, env.n_actions, env.n_actions).cpu().numpy()
    return tables[:, 0, :branches, :columns], tables[:, 1:, :rows, :columns].swapaxes(0, 1)
