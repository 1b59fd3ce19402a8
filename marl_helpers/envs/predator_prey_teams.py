"""Predator-prey whose hunters and prey differ in number from episode to episode, seen as rows.

The rules are those of predator_prey.py. Before each episode the number of hunters and that of prey are drawn, all from
`hunters` and from `prey` equally likely; whoever is left over stands outside the grid from the start, as those do who
have left. A row is: present, whether it is a prey, and where it stands, row and column in cells. In the state these
are counted from the grid's corner, and so they are in an agent's own row; of whoever else stands in its view it is
told how far away that is, down and to the right.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from marl_helpers.basics import arguments
from marl_helpers.envs.base import Observation, World
from marl_helpers.envs.entities import own_first
from marl_helpers.envs.predator_prey import CAPTURE, PredatorPrey

ROW = ("present", "prey", "row", "column")


@dataclass(kw_only=True, eq=False)
class PredatorPreyTeams(PredatorPrey):
    """Predator-prey with teams and herds of different sizes, in tables of rows.

    hunters, prey: the smallest and the largest number, from 2 and from 1. n_agents, n_prey: room for how many, at least
    the largest. The other options are predator_prey's. Raises ValueError for other values.
    """

    name = "predator_prey_teams"
    whole, entity_dim = (), len(ROW)

    n_agents: int = 4
    n_prey: int = 2
    size: int = 6
    limit: int = 40
    hunters: Sequence[int] = (2, 4)
    prey: Sequence[int] = (1, 2)

    def __post_init__(self):
        super().__post_init__()
        for name, least, most in (("hunters", 2, self.n_agents), ("prey", 1, self.n_prey)):
            check, given = partial(arguments.at_most, least, most), {name: getattr(self, name)}
            remedy = f"two numbers from {least} to {most}, for which there is room, the smaller first"
            setattr(self, name, arguments.ends(check, remedy, **given))
        slots = self.n_agents + self.n_prey
        self.obs_dim = self.state_dim = slots * self.entity_dim
        self.optimum = CAPTURE * min(self.hunters[1] // 2, self.prey[1])
        self.noise += 2  # the two numbers
        self.keep(**self.on(torch.device("cpu")), order=own_first(self.n_agents, slots), slot=torch.arange(slots))

    def start(self, noise: Tensor) -> World:
        world = super().start(noise)
        chances = noise[..., -2:].split(1, -1)
        for name, (least, most), chance in zip(("agents", "prey"), (self.hunters, self.prey), chances):
            count = least + (chance * (most + 1 - least)).long()
            absent = self.on(noise.device)["slot"][: world[name].shape[-1]] >= count
            world[name] = world[name].masked_fill(absent, 0)
        return world

    def play(self, world: World, actions: Tensor, noise: Tensor) -> tuple[World, Tensor, Tensor]:
        return super().play(world, actions, noise[..., :-2])

    def observe(self, world: World) -> Observation:
        cells = torch.cat([world["agents"], world["prey"]], -1)
        present = cells > 0
        prey = self.on(cells.device)["slot"] >= self.n_agents
        places = torch.stack([cells // self.width, cells % self.width], -1) - self.pad
        rows = torch.cat([present.unsqueeze(-1), prey.expand(present.shape).unsqueeze(-1), places], -1)
        rows = rows.float() * present.unsqueeze(-1)
        obs = self._seen_from(rows) * present[..., : self.n_agents, None, None]
        return Observation(obs.flatten(-2), rows.flatten(-2), super().observe(world).available)

    def _seen_from(self, rows: Tensor) -> Tensor:
        """What each agent sees of the rows, [R, B, n_agents, slots, 4]: its own, and others in its view by how far."""
        seen = rows[..., self.on(rows.device)["order"], :]
        own, others = seen[..., :1, :], seen[..., 1:, :]
        away = others[..., 2:] - own[..., 2:]
        reach = self.size if self.view is None else self.view // 2
        near = (away.abs() <= reach).all(-1, keepdim=True) & (others[..., :1] > 0)
        return torch.cat([own, torch.cat([others[..., :2], away], -1) * near], -2)
