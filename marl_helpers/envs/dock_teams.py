"""A dock whose robots differ from shift to shift: how many there are, and what a shelf in each one's lane is worth.

The rules of a step are those of games/dock.py. Before each shift the size of the team is drawn, all sizes of `robots`
equally likely, and for each robot what a shelf of its lane is worth, evenly from `lanes`. A truck takes `need` robots,
whatever the team, or a share of it; it pays `pay` for each that it takes. Every robot sees the whole dock, in rows:
present, shelf, the lane's worth, at the dock, truck, and the share of the shift that is left.

So no two robots are alike, and which of them should leave their lanes is theirs to agree on without numbers. The team
as one, which sees no more than each of them, expects `exact.dock.optimum(env.rules(worth))` in a shift.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from marl_helpers.basics import arguments
from marl_helpers.envs.base import Env, Observation, World
from marl_helpers.envs.dock import ACTIONS, DOCK
from marl_helpers.envs.entities import own_first
from marl_helpers.games.dock import MOST, DockRules

ROUNDING = 1e-9  # of a share times a size: .3 of 10 robots are 3
ROW = ("present", "shelf", "worth", "at_dock", "truck", "left")


@dataclass(kw_only=True, eq=False)
class DockTeams(Env):
    """The shared dock with teams of different sizes, in tables of robots.

    robots: the smallest and the largest team, from 2 to 16. slots: room for how many, None for the largest team; the
    rest is absent. need: how many robots load a truck, or None for `share` of the team, rounded up. pay: what a truck
    is worth for each robot that it needs. lanes: the least and the most that a shelf is worth. shelves, trucks, limit:
    as in games.dock.DockRules. Raises ValueError for other values.

    `optimum` is what the luckiest shift of the best team earns, were all its lanes worth the most.
    World: `present` [R, B, slots], true of the first slots at the start (entities.py).
    """

    name = "dock_teams"
    n_actions, entity_dim = len(ACTIONS), len(ROW)

    robots: Sequence[int] = (2, 4)
    slots: int | None = None
    need: int | None = 2
    share: float = 0.5
    pay: float = 2.0
    lanes: Sequence[float] = (0.5, 1.5)
    shelves: float = 0.8
    trucks: float = 0.5
    limit: int = 10

    def __post_init__(self):
        sizes, worths = (
            f"two team sizes from 2 to {MOST}, the smaller first",
            "two numbers, 0 or more, the smaller first",
        )
        self.robots = arguments.ends(partial(arguments.at_most, 2, MOST), sizes, robots=self.robots)
        self.lanes = arguments.ends(partial(arguments.finite, worths, 0), worths, lanes=self.lanes)
        (least, most), (_, dearest) = self.robots, self.lanes
        if self.slots is not None:
            self.slots = arguments.at_most(most, MOST, slots=self.slots)
        if self.need is not None:
            self.need = arguments.at_most(1, least, "the smallest team", need=self.need)
        self.share = arguments.finite("a share above 0, up to 1", arguments.ABOVE_0, 1, share=self.share)
        self.pay = arguments.finite("a finite number, 0 or more", 0, pay=self.pay)
        shifts = [self.rules([dearest] * size) for size in range(least, most + 1)]  # refuses other chances and limits
        self.shelves, self.trucks, self.limit = shifts[0].shelves, shifts[0].trucks, shifts[0].limit
        self.optimum = self.limit * max(shift.luckiest_step() for shift in shifts)
        self.n_agents = self.slots or most
        self.obs_dim = self.state_dim = self.n_agents * self.entity_dim
        self.noise = 2 * self.n_agents + 2  # each lane's shelf, each lane's worth, the truck, and the team's size
        self.action_names = [ACTIONS] * self.n_agents
        self.keep(
            order=own_first(self.n_agents, self.n_agents),
            slot=torch.arange(self.n_agents),
            needed=torch.tensor([self.needed(size) for size in range(self.n_agents + 1)]),
        )

    def needed(self, size: int) -> int:
        """How many robots of a team of that size load a truck."""
        return self.need or max(1, math.ceil(self.share * size - ROUNDING))

    def rules(self, worth: Sequence[float]) -> DockRules:
        """A shift with these lanes as a dock of its own, for `exact.dock` to solve: every robot sees the truck."""
        size = len(arguments.several("what a shelf is worth in each lane", worth=worth))
        need, chances = self.needed(size), {"shelves": self.shelves, "trucks": self.trucks}
        pays = {"need": need, "pay": self.pay * need, "lanes": list(worth)}
        return DockRules(n_robots=size, lookouts=size, limit=self.limit, **pays, **chances)

    def start(self, noise: Tensor) -> World:
        (least, most), (cheapest, dearest) = self.robots, self.lanes
        size = least + (noise[..., -1:] * (most + 1 - least)).long()
        present = self.on(noise.device)["slot"] < size
        nothing = torch.zeros_like(present)
        worth = cheapest + (dearest - cheapest) * noise[..., self.n_agents : 2 * self.n_agents]
        return {"present": present, "worth": worth, "at_dock": nothing, **self._filled(nothing, nothing[..., 0], noise)}

    def _filled(self, shelves: Tensor, truck: Tensor, noise: Tensor) -> World:
        """Where the random numbers fill what is empty; lanes of absent robots too, where nobody sees it."""
        lanes, dock = noise[..., : self.n_agents], noise[..., 2 * self.n_agents]
        return {"shelves": shelves | (lanes < self.shelves), "truck": truck | (dock < self.trucks)}

    def observe(self, world: World) -> Observation:
        present = world["present"]
        left = (self.limit - world["time"]).unsqueeze(-1) / self.limit
        of_robots = [world[name].float() for name in ("present", "shelves", "worth", "at_dock")]
        of_all = [x.float().expand(present.shape) for x in (world["truck"].unsqueeze(-1), left)]
        rows = torch.stack(of_robots + of_all, -1) * present.unsqueeze(-1)
        obs = rows[..., self.on(present.device)["order"], :].flatten(-2) * present.unsqueeze(-1)
        available = torch.stack([torch.ones_like(present), present], -1)  # the lane, for absent ones alone
        return Observation(obs, rows.flatten(-2), available)

    def play(self, world: World, actions: Tensor, noise: Tensor) -> tuple[World, Tensor, Tensor]:
        present, shelves, truck = world["present"], world["shelves"], world["truck"]
        came = (actions == DOCK) & present
        needed = self.on(actions.device)["needed"][present.sum(-1)]
        cleared, loaded = shelves & ~came & present, truck & (came.sum(-1) >= needed)
        reward = (cleared * world["worth"]).sum(-1) + self.pay * needed * loaded
        kept = {name: world[name] for name in ("present", "worth")}
        after = self._filled(shelves & came, truck & ~loaded, noise)
        return {**kept, "at_dock": came, **after}, reward, world["time"] + 1 >= self.limit

    def scene(self, world: World, run: int, game: int) -> dict:
        """A "dock", as in envs/dock.py, of the robots that are present, lanes' worths to two digits."""
        there = world["present"][run, game]
        here = {name: world[name][run, game][there].tolist() for name in ("shelves", "at_dock")}
        here["worth"] = [round(worth, 2) for worth in world["worth"][run, game][there].tolist()]
        size = len(here["worth"])
        rules = {"pay": self.pay * self.needed(size), "need": self.needed(size), "lookouts": size}
        return {"kind": "dock", **here, "truck": world["truck"][run, game].item(), **rules}
