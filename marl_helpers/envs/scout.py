"""A scout chooses where the team will work, is seen there once, and is gone before the others earn anything.

Three steps for a scout and two workers, in rows (entities.py): present, scout, on the left, on the right.

1. The scout goes left or right. Left pays 1 at once.
2. Nobody has a choice. The scout's row says where it stands.
3. The scout has left. The workers play the table of its side: 6 whatever they do on the left, 0, 1, 1 or 8 on the
   right, as in the two-step game. That ends the game.

Each sees its own row alone, so no worker ever learns which side it is: it is the mixer that is told, through the state,
and in the second step only. With `told` a worker's row in the state shows the side in the third step too.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from marl_helpers.basics import arguments
from marl_helpers.envs.base import Env, Observation, World
from marl_helpers.games.two_step import JOINT

LEFT, RIGHT = 1, 2  # where the scout stands; 0: nowhere yet
AT_ONCE, LATER = 1.0, 6.0  # what the left pays


@dataclass(kw_only=True, eq=False)
class Scout(Env):
    """What happened to one agent, earlier, decides what the others are worth now.

    told: whether the state goes on to show the side. Raises ValueError for something else than a truth value.
    World: `side` [R, B], where the scout went.
    """

    name = "scout"
    n_agents, n_actions, entity_dim = 3, 2, 4
    limit, noise = 3, 0
    obs_dim = state_dim = n_agents * entity_dim
    whole = ("obs", "state")
    optimum = float(JOINT.max())
    agent_names = ("scout", "worker 1", "worker 2")

    told: bool = False

    def __post_init__(self):
        self.told = arguments.truth(told=self.told)
        pays = torch.stack([torch.zeros(2, 2), torch.full((2, 2), LATER), torch.tensor(JOINT).float()])
        scout = torch.arange(self.n_agents) == 0
        seen = scout.unsqueeze(-1) | (torch.arange(self.entity_dim) < 2)  # of its own row
        self.keep(pays=pays, scout=scout, seen=seen)

    def start(self, noise: Tensor) -> World:
        return {"side": torch.zeros(noise.shape[:2], dtype=torch.int64, device=noise.device)}

    def observe(self, world: World) -> Observation:
        constants = self.on(world["side"].device)
        time, side, scout = world["time"].unsqueeze(-1), world["side"].unsqueeze(-1), constants["scout"]
        there = ~scout | (time < 2)
        shows = torch.where(scout, time == 1, (time >= 2) & self.told)  # in whose rows the side is to be seen
        columns = [there, there & scout, shows & (side == LEFT), shows & (side == RIGHT)]
        rows = torch.stack(columns, -1).float()
        own = (rows * constants["seen"]).unsqueeze(-2)
        others = torch.zeros_like(own).expand(*own.shape[:-2], self.n_agents - 1, -1)
        available = torch.stack([torch.ones_like(there), torch.where(scout, time == 0, time == 2)], -1)
        return Observation(torch.cat([own, others], -2).flatten(-2), rows.flatten(-2), available)

    def play(self, world: World, actions: Tensor, noise: Tensor) -> tuple[World, Tensor, Tensor]:
        time, side = world["time"], world["side"]
        scout, first, second = actions.unbind(-1)
        chosen = torch.where(time == 0, LEFT + scout, side)
        earned = self.on(side.device)["pays"][side, first, second]
        reward = torch.where(time == 0, AT_ONCE * (scout == 0), torch.where(time == 2, earned, 0.0))
        return {"side": chosen}, reward, time == 2
