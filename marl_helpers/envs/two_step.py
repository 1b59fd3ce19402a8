"""Two-step games: agent 1's first action chooses the branch in which the team plays its one paid round."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from marl_helpers import games
from marl_helpers.basics import arguments
from marl_helpers.envs.base import Env, Observation, World
from marl_helpers.games.two_step import MIRRORED, PAPER


@dataclass(kw_only=True, eq=False)
class TwoStep(Env):
    """The two-step game (Rashid et al. 2018, section 5), or one with other branches.

    The first step pays nothing; agent 2's action does nothing in it. The second pays the entry of the branch's table
    and terminates the game, so that nothing is ever truncated. State, and every agent's observation: which state it
    is, one-hot (the first one, then one for each branch), as in the paper.

    branches: tables of one shape for two agents, one for each first action of agent 1. An action that an agent does
    not have in a state is unavailable there, and playing it all the same earns NaN.
    Raises games.TableError for other tables.
    """

    name = "two_step"
    n_agents, limit, noise = 2, 2, 0
    whole = ("obs", "state")

    branches: Sequence = PAPER

    def __post_init__(self):
        try:
            listed = arguments.several("two or more tables of one shape, two agents'", 0, branches=self.branches)
        except ValueError as error:
            raise games.TableError(str(error)) from None
        tables = [games.validate(table) for table in listed]
        shapes = [table.shape for table in tables]
        if len(tables) < 2 or len(set(shapes)) > 1 or len(shapes[0]) != 2:
            raise games.TableError(f"branches have shapes {shapes}: give two or more tables of one shape, two agents'")
        self.obs_dim = self.state_dim = 1 + len(tables)
        self.n_actions = max(len(tables), *shapes[0])
        self.optimum = float(max(table.max() for table in tables))
        games.check_cells((self.state_dim, self.n_actions, self.n_actions))
        rewards = np.full((self.state_dim, self.n_actions, self.n_actions), np.nan)
        available = np.zeros((2, self.n_agents, self.n_actions), dtype=bool)
        for place, table in enumerate([np.zeros((len(tables), shapes[0][1])), *tables]):
            rewards[place, : table.shape[0], : table.shape[1]] = table
            for agent, count in enumerate(table.shape):
                available[int(place > 0), agent, :count] = True
        self.keep(
            rewards=torch.tensor(rewards, dtype=torch.float32),
            available=torch.tensor(available),
            states=torch.eye(self.state_dim),
        )

    def start(self, noise: Tensor) -> World:
        return {"place": torch.zeros(noise.shape[:2], dtype=torch.int64, device=noise.device)}

    def observe(self, world: World) -> Observation:
        place = world["place"]
        constants = self.on(place.device)
        state = constants["states"][place]
        obs = state.unsqueeze(2).expand(-1, -1, self.n_agents, -1)
        return Observation(obs, state, constants["available"][(place > 0).long()])

    def scene(self, world: World, run: int, game: int) -> dict:
        """The "tables" of the states' rewards, None in the first state, their titles, and which state it is `now`."""
        tables = [games.validate(table).tolist() for table in self.branches]
        titles = ["first state: agent 1 chooses", *(f"branch {chr(ord('A') + k)}" for k in range(len(tables)))]
        return {"kind": "tables", "titles": titles, "tables": [None, *tables], "now": world["place"][run, game].item()}

    def play(self, world: World, actions: Tensor, noise: Tensor) -> tuple[World, Tensor, Tensor]:
        place, (first, second) = world["place"], actions.unbind(-1)
        chosen = (1 + first).clamp(max=self.state_dim - 1)
        reward = self.on(place.device)["rewards"][place, first, second]
        return {"place": torch.where(place == 0, chosen, place)}, reward, place > 0


@dataclass(kw_only=True, eq=False)
class MirroredTwoStep(TwoStep):
    """Branch A pays 1.1 for certain, and in branch B one agent suffices for 1: here independent learning wins."""

    name = "mirrored_two_step"

    branches: Sequence = MIRRORED
