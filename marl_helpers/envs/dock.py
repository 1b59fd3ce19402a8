"""The shared dock of games/dock.py as an environment, whose rules stand there."""

from dataclasses import dataclass

import torch
from torch import Tensor

from marl_helpers.envs.base import Env, Observation, World
from marl_helpers.games.dock import DockRules

ACTIONS = ("lane", "dock")
LANE, DOCK = range(2)


@dataclass(kw_only=True, eq=False)
class Dock(DockRules, Env):
    """Robots that clear shelves in lanes of their own, or load a truck together.

    n_robots, need, pay, lanes, shelves, trucks, lookouts, limit: as in games.dock.DockRules, with its ValueErrors.

    A robot sees whether a shelf stands in its lane, whether it sees a truck, and whether it is at the dock. The state
    is every lane, who is at the dock, whether a truck is there, and the share of the shift that is left.
    With limit=1 and chances of 1 it is a one-shot game in which a robot gives up its lane for the dock. `optimum` is
    what the luckiest shift earns; what the best team expects is dock.optimum(env).
    """

    name = "dock"
    n_actions, obs_dim = len(ACTIONS), 3
    whole = ("obs",)

    def __post_init__(self):
        super().__post_init__()
        self.n_agents, self.state_dim, self.noise = self.n_robots, 2 * self.n_robots + 2, self.n_robots + 1
        self.agent_names = ["lookout" if i < self.lookouts else "robot" for i in range(self.n_robots)]
        self.action_names = [ACTIONS] * self.n_robots
        self.optimum = self.limit * self.luckiest_step()
        self.keep(worth=torch.tensor(self.worth), lookout=torch.arange(self.n_robots) < self.lookouts)

    def start(self, noise: Tensor) -> World:
        nobody = torch.zeros_like(noise[..., :-1], dtype=torch.bool)
        return {"at_dock": nobody, **self._filled(nobody, nobody[..., 0], noise)}

    def _filled(self, shelves: Tensor, truck: Tensor, noise: Tensor) -> World:
        """Where the random numbers fill what is empty."""
        return {"shelves": shelves | (noise[..., :-1] < self.shelves), "truck": truck | (noise[..., -1] < self.trucks)}

    def observe(self, world: World) -> Observation:
        shelves, at_dock, truck = world["shelves"], world["at_dock"], world["truck"].unsqueeze(-1)
        seen = truck & (at_dock | self.on(truck.device)["lookout"])
        left = (self.limit - world["time"]).unsqueeze(-1) / self.limit
        state = torch.cat([shelves.float(), at_dock.float(), truck.float(), left], -1)
        available = torch.ones(*shelves.shape, self.n_actions, dtype=torch.bool, device=shelves.device)
        return Observation(torch.stack([shelves, seen, at_dock], -1).float(), state, available)

    def play(self, world: World, actions: Tensor, noise: Tensor) -> tuple[World, Tensor, Tensor]:
        shelves, truck, came = world["shelves"], world["truck"], actions == DOCK
        cleared, loaded = shelves & ~came, truck & (came.sum(-1) >= self.needed)
        reward = (cleared * self.on(actions.device)["worth"]).sum(-1) + self.pay * loaded
        after = self._filled(shelves & came, truck & ~loaded, noise)
        return {"at_dock": came, **after}, reward, world["time"] + 1 >= self.limit

    def scene(self, world: World, run: int, game: int) -> dict:
        """A "dock": each robot's shelf, True where one stands, and its worth, who is at the dock, and its truck.

        And what a truck pays, how many robots it needs, and how many are lookouts.
        """
        here = {name: world[name][run, game].tolist() for name in ("shelves", "at_dock", "truck")}
        rules = {"worth": self.worth, "pay": self.pay, "need": self.needed, "lookouts": self.lookouts}
        return {"kind": "dock", **here, **rules}
