"""One-shot games of any number of agents, played once or several times in a row."""

from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from marl_helpers import games
from marl_helpers.basics import arguments
from marl_helpers.envs.base import Env, Observation, World

MOST = 1000  # rounds: each is one more number of the state


@dataclass(kw_only=True, eq=False)
class Matrix(Env):
    """A reward table, played for `rounds` rounds; the last one terminates the game, so that nothing is truncated.

    State, and every agent's observation: the round, one-hot (a lone 1 where there is only one), so that values may
    differ from round to round and no agent needs a memory to count.

    table: of shape (|A_1|, ..., |A_n|), or its line of text as `games.share` writes it. Agents with fewer actions than
    others have the rest unavailable, and playing one all the same earns NaN.
    Raises games.TableError for other tables, ValueError for rounds below 1 or above MOST.
    """

    name = "matrix"
    noise = 0
    whole = ("obs", "state")

    table: ArrayLike | str = field(default_factory=lambda: games.COORDINATION)
    rounds: int = 1

    def __post_init__(self):
        self.rounds = arguments.at_most(1, MOST, rounds=self.rounds)
        table = games.parse(self.table) if isinstance(self.table, str) else games.validate(self.table)
        self.n_agents, self.n_actions = table.ndim, max(table.shape)
        self.limit = self.obs_dim = self.state_dim = self.rounds
        self.optimum = float(self.rounds * table.max())
        self.payoff = table
        games.check_cells((self.n_actions,) * self.n_agents)
        rewards = np.full((self.n_actions,) * self.n_agents, np.nan)
        rewards[tuple(map(slice, table.shape))] = table
        counts = torch.tensor(table.shape).unsqueeze(-1)
        self.keep(
            rewards=torch.tensor(rewards, dtype=torch.float32),
            available=torch.arange(self.n_actions) < counts,
            states=torch.eye(self.state_dim),
        )

    def start(self, noise: Tensor) -> World:
        return {}

    def observe(self, world: World) -> Observation:
        time = world["time"].clamp(max=self.limit - 1)  # a game that is over still shows its last round
        constants = self.on(time.device)
        state = constants["states"][time]
        obs = state.unsqueeze(2).expand(-1, -1, self.n_agents, -1)
        return Observation(obs, state, constants["available"].expand(*time.shape, -1, -1))

    def scene(self, world: World, run: int, game: int) -> dict:
        """The "tables" have one: two agents' rewards, titled with the round. Of more agents there is no picture."""
        if self.n_agents != 2:
            return {}
        title = f"round {min(world['time'][run, game].item() + 1, self.limit)} of {self.limit}"
        return {"kind": "tables", "titles": [title], "tables": [self.payoff.tolist()], "now": 0}

    def play(self, world: World, actions: Tensor, noise: Tensor) -> tuple[World, Tensor, Tensor]:
        reward = self.on(actions.device)["rewards"][actions.unbind(-1)]
        return {}, reward, world["time"] + 1 >= self.limit
