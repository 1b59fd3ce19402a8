"""The shared dock: shelves in lanes of their own, and a truck that takes several robots at once.

Every robot has a lane, where a shelf may stand, and all share a dock, where a truck may stand. In each step every robot
goes to one of the two:

1. lane: a shelf that stands there is cleared, and the team earns what a shelf of this lane is worth.
2. dock: if a truck is there and at least `need` robots come in this step, it is loaded, the team earns `pay` and the
   truck leaves. Otherwise it waits, and the robots that came have lost their step.

Then an empty lane gets a shelf with chance `shelves` and an empty dock a truck with chance `trucks`; the first step
begins like this too, with everything empty and nobody at the dock. After `limit` steps the shift is over: the game
terminates, and nothing is ever truncated.

So coming to the dock costs nothing while one's lane is empty, and a shelf's worth while it is not; whether it is worth
that depends on the truck, which the first `lookouts` robots always see and the others only while they are at the dock,
and on everyone else's lane, which they never see.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from marl_helpers.envs.base import Env, Observation, World
from marl_helpers.options import at_least

ACTIONS = ("lane", "dock")
LANE, DOCK = range(2)
MOST = 16  # robots


@dataclass(kw_only=True, eq=False)
class Dock(Env):
    """Robots that clear shelves in lanes of their own, or load a truck together.

    n_robots: 2 to 16. need: how many must come in the same step to load a truck, None for all. pay: what a truck is
    worth. lanes: what a shelf is worth, a number, or one for each robot. shelves, trucks: chances that an empty lane,
    and an empty dock, is filled before the next step. lookouts: how many robots, the first ones, see the truck from
    anywhere. limit: steps of a shift.
    Raises ValueError for other values.

    A robot sees whether a shelf stands in its lane, whether it sees a truck, and whether it is at the dock. The state
    is every lane, who is at the dock, whether a truck is there, and the share of the shift that is left.
    With limit=1 and chances of 1 it is a one-shot game in which a robot gives up its lane for the dock. `optimum` is
    what the luckiest shift earns; what the best team expects is dock.optimum(env).
    """

    name = "dock"
    n_actions, obs_dim = len(ACTIONS), 3

    n_robots: int = 3
    need: int | None = None
    pay: float = 4.0
    lanes: float | Sequence[float] = 1.0
    shelves: float = 0.8
    trucks: float = 0.5
    lookouts: int = 1
    limit: int = 10

    def __post_init__(self):
        at_least(2, n_robots=self.n_robots)
        at_least(0, lookouts=self.lookouts)
        at_least(1, limit=self.limit)
        self._check()
        self.n_agents, self.state_dim, self.noise = self.n_robots, 2 * self.n_robots + 2, self.n_robots + 1
        self.needed = self.need or self.n_robots
        self.worth = np.broadcast_to(np.asarray(self.lanes, dtype=float), self.n_robots).tolist()
        self.agent_names = ["lookout" if i < self.lookouts else "robot" for i in range(self.n_robots)]
        self.action_names = [ACTIONS] * self.n_robots
        self.optimum = self.limit * self._best_step()
        self.keep(worth=torch.tensor(self.worth), lookout=torch.arange(self.n_robots) < self.lookouts)

    def _check(self) -> None:
        if self.n_robots > MOST or self.lookouts > self.n_robots:
            name, most = ("n_robots", MOST) if self.n_robots > MOST else ("lookouts", self.n_robots)
            raise ValueError(f"{name} is {getattr(self, name)}: give at most {most}")
        if self.need is not None:
            at_least(1, need=self.need)
            if self.need > self.n_robots:
                raise ValueError(f"need is {self.need}: give at most {self.n_robots}, the number of robots")
        for name in ("shelves", "trucks"):
            if not _number(getattr(self, name)) or not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is {getattr(self, name)!r}: give a chance, from 0 to 1")
        if not _number(self.pay):
            raise ValueError(f"pay is {self.pay!r}: give a finite number, 0 or more")
        several = isinstance(self.lanes, Sequence | np.ndarray) and not isinstance(self.lanes, str)
        lanes = list(self.lanes) if several else [self.lanes]
        if not all(map(_number, lanes)) or (several and len(lanes) != self.n_robots):
            raise ValueError(f"lanes is {self.lanes!r}: give one number, 0 or more, or {self.n_robots} of them")

    def _best_step(self) -> float:
        """What the luckiest step earns; a chance that is not 0 may come true in every step."""
        lanes = sorted(worth * (self.shelves > 0) for worth in self.worth)
        return max(sum(lanes), sum(lanes[self.needed :]) + self.pay * (self.trucks > 0))

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


def _number(value) -> bool:
    """Whether it is a finite number, and not negative."""
    return isinstance(value, int | float | np.number) and not isinstance(value, bool) and 0 <= value < np.inf
