"""The agents: one recurrent network that all of them share, and how they explore.

Where observations are tables of rows (envs/entities.py), entity_agents.py has agents for teams of any size.

First of three files, each read in one sitting: agents.py (who acts), replay.py (what is remembered), learner.py (what
is learned). Shapes: R runs, N episodes side by side, T steps, n agents, A actions.
"""

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from marl_helpers.mixers.layers import GRU, Generators, Linear, one_hot

if TYPE_CHECKING:
    from marl_helpers.envs import Env

NONE = -1  # the last action before the first step


class Agents(nn.Module):
    """Utilities Q_i of each agent's own history: linear, ReLU, GRU, linear (Rashid et al. 2018, section 4.1).

    An agent sees its observation, its last action and its own number, both one-hot. The number lets agents differ
    although they share all weights; the GRU's state sums up what happened so far, since one observation seldom says it
    all. An agent knows nothing of the others or of the state: so it can play on its own once training is over, unless
    the method's greedy joint action takes more than the agents' own maximisers (`graph`, `joint`).

    Where observations are tables, an agent whose own row is absent has utility 0 whatever it does.
    """

    def __init__(self, env: "Env", generators: Generators, hidden: int = 64):
        super().__init__()
        self.n_agents, self.n_actions, self.hidden = env.n_agents, env.n_actions, hidden
        self.entity_dim = env.entity_dim
        self.look(env, generators)
        self.remember = GRU(hidden, hidden, generators)
        self.value = Linear(hidden, env.n_actions, generators)

    def look(self, env: "Env", generators: Generators) -> None:
        """Make what `see` needs."""
        self.encode = Linear(env.obs_dim + env.n_actions + env.n_agents, self.hidden, generators)
        number = torch.eye(env.n_agents, device=self.encode.weight.device)
        self.register_buffer("number", number, persistent=False)  # made once, and no part of what is learned

    def see(self, obs: Tensor, before: Tensor) -> Tensor:
        """What the memory is told of a step, [..., n, hidden]; obs [..., n, obs_dim] and one-hot actions before."""
        seen = torch.cat([obs, before, self.number.expand(*obs.shape[:-1], -1)], -1)
        return self.encode(seen).relu()

    def start(self, obs: Tensor) -> tuple[Tensor, Tensor]:
        """What comes before the first step: last actions [R, N, n], all NONE, and empty memories [R, N, n, hidden].

        obs: any observations [R, N, n, obs_dim], for their sizes and device.
        """
        last = torch.full(obs.shape[:-1], NONE, device=obs.device)
        return last, obs.new_zeros(*obs.shape[:-1], self.hidden)

    def step(self, obs: Tensor, last: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
        """One step while playing: the utilities [R, N, n, A] and the new memories [R, N, n, hidden].

        obs [R, N, n, obs_dim], last actions [R, N, n], memory [R, N, n, hidden].
        """
        q, memories = self._unroll(obs.unsqueeze(1), last.unsqueeze(1), memory)
        return q[:, 0], memories[:, 0]

    def unroll(self, obs: Tensor, actions: Tensor) -> Tensor:
        """All steps of whole episodes while learning: the utilities [R, N, T+1, n, A].

        obs [R, N, T+1, n, obs_dim] and actions [R, N, T, n]: the observation after the last action counts too.
        """
        obs, actions = obs.transpose(1, 2), actions.transpose(1, 2)  # time first, as a GRU goes
        none, memory = self.start(obs[:, 0])
        q, _ = self._unroll(obs, torch.cat([none.unsqueeze(1), actions], 1), memory)
        return q.transpose(1, 2)

    def _unroll(self, obs: Tensor, last: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
        """Utilities [R, T, N, n, A] and memories [R, T, N, n, hidden] of obs [R, T, N, n, obs_dim] and last actions."""
        before = one_hot(last, self.n_actions, obs.dtype)  # all zeros where it is NONE
        x = self.see(obs, before).flatten(2, 3)  # [R, T, N n, hidden]: to a GRU an agent is one more sequence
        memories = self.remember(x, memory.flatten(1, 2)).unflatten(2, memory.shape[1:3])
        utilities = self.value(memories)
        return utilities.masked_fill(obs[..., :1] == 0, 0) if self.entity_dim else utilities, memories


def explore(greedy: Tensor, available: Tensor, epsilon: float | Tensor, draws: Tensor) -> Tensor:
    """Epsilon-greedy actions [..., n]: an agent plays any of its available actions with probability epsilon.

    greedy [..., n], available [..., n, A], and draws [..., n, 2], uniform in [0, 1); epsilon is a number, or a tensor
    that broadcasts to [..., n]. Each agent has draws of its own:
    the first says whether it explores, the second what it then plays. Were they shared, the agents would only ever
    explore together, and never find out what one of them alone could do better.
    """
    place = (draws[..., 1] * available.sum(-1)).long()  # 0 is the first available action
    other = (available.cumsum(-1) > place.unsqueeze(-1)).int().argmax(-1)
    return torch.where(draws[..., 0] < epsilon, other, greedy)
