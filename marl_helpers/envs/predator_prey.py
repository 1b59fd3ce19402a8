"""Cooperative predator-prey with a penalty for catching alone: the benchmark of relative overgeneralisation.

After Boehmer, Kurin and Whiteson 2020 (Deep Coordination Graphs, section 6.1) and their published environment; the
idea of the penalty is Son et al.'s (2019, QTRAN). Each step:

1. The agents act one after the other in random order. A move into a wall or an occupied cell (agent or prey) fails.
2. The prey follow in random order. Agents that play `catch` beside the prey are its hunters (with `diagonal`, at its
   corners too).
   Two hunters or more: the prey and all its hunters leave the grid at once, and the team earns 10.
   One hunter: the team pays `penalty`. (An agent alone beside two prey pays for each, as in the original.)
   A prey that is not caught moves to one of its free neighbouring cells, all equally likely; it rests if there is none.
3. Without prey, or with fewer than two agents, the game terminates; at `limit` steps it is truncated.

Agents see which agents and which prey stand in a square around them (`view`), not who they are, and no walls; without
`view` they see the whole grid and where they are themselves. Those that have left see zeros and can only stay. The
state is the whole grid. `catch` is offered beside a prey only, and moves into walls are not offered, both as in the
original; a move into an occupied cell is offered and may fail, because whoever stands there may move first.

What differs, and why: the original plays on when a single agent is left, which can only earn penalties any more; and
its other options (hares, rest, wrapping around, several layers for walls and names) are not used in the paper. The
original reaches along rows and columns only, as `predator_prey_full` does. On a small grid two agents that move at
random then catch a prey in 1 of 300 episodes, too few to learn from in minutes; at the corners too, it is 1 of 20.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from marl_helpers.basics import arguments
from marl_helpers.envs.base import Env, Observation, World

ACTIONS = ("right", "down", "left", "up", "stay", "catch")
CATCH = ACTIONS.index("catch")
MOST_SIDE = 1000  # of the grid
CAPTURE = 10.0  # what the team earns for each prey


@dataclass(kw_only=True, eq=False)
class PredatorPrey(Env):
    """Predator-prey; the defaults are a small variant that trains in a minute on a CPU.

    n_agents, n_prey: how many, from 2 and from 1. size: the grid's side. view: side of the square that an agent sees,
    odd, or None for the whole grid. limit: steps until truncation. penalty: for catching alone, 0 or negative.
    diagonal: whether a prey is reached from its corners too.
    Raises ValueError for other values.

    World: `agents` [R, B, n_agents] and `prey` [R, B, n_prey], int64, are the cells where they stand, counted row by
    row on the grid with a margin of walls `pad` wide. Cell 0, a corner of that margin, holds those who have left.
    """

    name = "predator_prey"
    n_actions = len(ACTIONS)
    whole = ("obs", "state")

    n_agents: int = 2
    n_prey: int = 1
    size: int = 5
    view: int | None = 5
    limit: int = 25
    penalty: float = -3.0
    diagonal: bool = True

    def __post_init__(self):
        self.n_prey, self.limit = arguments.at_least(1, n_prey=self.n_prey, limit=self.limit)
        self.n_agents, self.size = arguments.at_least(2, n_agents=self.n_agents), self._side()
        self.penalty = arguments.finite("0 or a negative number, such as -3", -math.inf, 0, penalty=self.penalty)
        self.diagonal = arguments.truth(diagonal=self.diagonal)
        if self.n_agents + self.n_prey > self.size**2:
            crowd = f"{self.n_agents} agents and {self.n_prey} prey"
            raise ValueError(f"size is {self.size}, where {crowd} find no place: give a larger grid, or fewer of them")
        self.noise = self.n_agents + 2 * self.n_prey
        self.optimum = CAPTURE * min(self.n_agents // 2, self.n_prey)
        cells = self.size**2
        self.action_names = [ACTIONS] * self.n_agents
        self.state_dim = 2 * cells
        self.obs_dim = 3 * cells if self.view is None else 2 * self.view**2
        self.pad = self.view // 2 if self.view else 1
        self.width = self.size + 2 * self.pad
        self._lay_out()

    def _side(self) -> int:
        """The grid's side, and a check of what is seen of it."""
        if self.view is not None:
            self.view = arguments.scalar(self.view)
            if isinstance(self.view, bool) or not isinstance(self.view, int) or self.view < 3 or self.view % 2 == 0:
                arguments.refuse("view", self.view, "an odd number from 3, or None to see the whole grid")
            arguments.at_most(3, 2 * MOST_SIDE + 1, view=self.view)
        return arguments.at_most(1, MOST_SIDE, size=self.size)

    def _lay_out(self) -> None:
        """Constants: cells inside, distances of neighbours, moves of actions, the square of a view, and the walls."""
        line = torch.arange(self.pad, self.pad + self.size)
        inside = (self.width * line.unsqueeze(-1) + line).flatten()
        walls = torch.ones(self.width**2, dtype=torch.bool)
        walls[inside] = False
        around = torch.arange(-self.pad, self.pad + 1)
        neighbours = torch.tensor([1, self.width, -1, -self.width])
        corners = torch.tensor([self.width + 1, self.width - 1, -self.width - 1, 1 - self.width])
        self.keep(
            inside=inside,
            walls=walls,
            neighbours=neighbours,
            reach=torch.cat([neighbours, corners]) if self.diagonal else neighbours,
            moves=torch.cat([neighbours, torch.zeros(2, dtype=torch.int64)]),
            window=(self.width * around.unsqueeze(-1) + around).flatten(),
        )

    def start(self, noise: Tensor) -> World:
        """All cells are equally likely, and different: the front of a Fisher-Yates shuffle of the grid."""
        inside = self.on(noise.device)["inside"]
        cells, count = inside.expand(*noise.shape[:2], -1).clone(), self.n_agents + self.n_prey
        for k in range(count):
            here = cells[..., k : k + 1].clone()
            there = k + (noise[..., k : k + 1] * (len(inside) - k)).long()
            cells[..., k : k + 1] = cells.gather(-1, there)
            cells.scatter_(-1, there, here)
        agents, prey = cells[..., :count].split([self.n_agents, self.n_prey], -1)
        return {"agents": agents.contiguous(), "prey": prey.contiguous()}

    def observe(self, world: World) -> Observation:
        agents, constants = world["agents"], self.on(world["agents"].device)
        present = (agents > 0).unsqueeze(-1)
        home = torch.where(present, agents.unsqueeze(-1), constants["inside"][0])  # somewhere with neighbours
        seen = self._seen(world)
        state = seen.unflatten(-1, (self.width, self.width))[..., self.pad : -self.pad, self.pad : -self.pad].flatten(2)
        if self.view is None:
            own = (home == constants["inside"]).float()
            obs = torch.cat([state.unsqueeze(2).expand(-1, -1, self.n_agents, -1), own], -1)
        else:
            square = (home + constants["window"]).flatten(-2)
            obs = seen.gather(-1, square.unsqueeze(2).expand(-1, -1, 2, -1)).unflatten(-1, (self.n_agents, -1))
            obs = obs.transpose(2, 3).flatten(-2)
        reach = home + constants["reach"]
        catch = seen[:, :, 1].gather(-1, reach.flatten(-2)).view(reach.shape).any(-1, keepdim=True)
        moves = ~constants["walls"][home + constants["neighbours"]]
        available = torch.cat([moves & present, torch.ones_like(present), catch & present], -1)
        return Observation(obs.masked_fill(~present, 0), state, available)

    def _seen(self, world: World) -> Tensor:
        """Where agents, and where prey, stand on the grid with its margin: [R, B, 2, width^2] of 0 and 1."""
        layers = []
        for cells in (world["agents"], world["prey"]):
            empty = torch.zeros(*cells.shape[:2], self.width**2, device=cells.device)
            layers.append(empty.scatter_(-1, cells, (cells > 0).float()))
        return torch.stack(layers, 2)

    def play(self, world: World, actions: Tensor, noise: Tensor) -> tuple[World, Tensor, Tensor]:
        agents, prey = world["agents"], world["prey"]
        walls = self.on(agents.device)["walls"].expand(*agents.shape[:2], -1)
        occupied = walls.scatter(-1, torch.cat([agents, prey], -1), True)
        turns, orders, choices = noise.split([self.n_agents, self.n_prey, self.n_prey], -1)
        agents = self._move_agents(occupied, agents, actions, turns)
        agents, prey, reward = self._hunt(occupied, agents, prey, actions == CATCH, orders, choices)
        finished = (prey == 0).all(-1) | ((agents > 0).sum(-1) < 2)
        return {"agents": agents, "prey": prey}, reward, finished

    def won(self, world: World) -> Tensor:
        """Those without prey."""
        return (world["prey"] == 0).all(-1)

    def scene(self, world: World, run: int, game: int) -> dict:
        """A "grid" of `size` x `size`: row and column of every agent and every prey, None for those who have left."""
        places = {name: self._places(world[name][run, game].tolist()) for name in ("agents", "prey")}
        return {"kind": "grid", "size": self.size, **places}

    def _places(self, cells: list[int]) -> list[list[int] | None]:
        return [[cell // self.width - self.pad, cell % self.width - self.pad] if cell else None for cell in cells]

    def _move_agents(self, occupied: Tensor, agents: Tensor, actions: Tensor, turns: Tensor) -> Tensor:
        """The agents' new cells, moved in the order of `turns`; `occupied` follows in place."""
        order = turns.argsort(dim=-1, stable=True)
        moves, moved = self.on(agents.device)["moves"][actions], []
        moves = moves.masked_fill(agents == 0, 0)  # those who have left stay in cell 0
        for cell, move in zip(agents.gather(-1, order).split(1, -1), moves.gather(-1, order).split(1, -1)):
            target = cell + move
            new = torch.where(occupied.gather(-1, target), cell, target)
            occupied.scatter_(-1, cell, False).scatter_(-1, new, True)
            moved.append(new)
        return torch.empty_like(agents).scatter_(-1, order, torch.cat(moved, -1))

    def _hunt(
        self, occupied: Tensor, agents: Tensor, prey: Tensor, catching: Tensor, orders: Tensor, choices: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Each prey in turn is caught or moves: the agents' and the prey's new cells, and the reward [R, B].

        The k-th prey of the order takes the k-th of `choices`; `occupied` follows in place.
        """
        constants = self.on(agents.device)
        order = orders.argsort(dim=-1, stable=True)
        reward, moved = 0.0, []
        for cell, choice in zip(prey.gather(-1, order).split(1, -1), choices.split(1, -1)):
            reach = cell + constants["reach"] * (cell > 0)
            beside = (agents.unsqueeze(-1) == reach.unsqueeze(2)).any(-1)
            hunters = beside & catching & (agents > 0)
            count = hunters.sum(-1, keepdim=True)
            caught = count >= 2
            reward = reward + CAPTURE * caught + self.penalty * (count == 1)
            leaving = hunters & caught
            occupied.scatter_(-1, torch.where(leaving, agents, 0), False)
            agents = agents.masked_fill(leaving, 0)
            near = cell + constants["neighbours"] * (cell > 0)
            new = _free_neighbour(occupied, cell, near, choice).masked_fill(caught, 0)
            occupied.scatter_(-1, cell, False).scatter_(-1, new, True)
            moved.append(new)
        return agents, torch.empty_like(prey).scatter_(-1, order, torch.cat(moved, -1)), reward.squeeze(-1)


def _free_neighbour(occupied: Tensor, cell: Tensor, near: Tensor, choice: Tensor) -> Tensor:
    """One of the free cells among `near`, or the prey's own where none is free, [R, B, 1]; choice in [0, 1)."""
    free = ~occupied.gather(-1, near)
    count = free.sum(-1, keepdim=True)
    picked = free & (free.cumsum(-1) == 1 + (choice * count).long())
    return torch.where(count > 0, torch.where(picked, near, 0).sum(-1, keepdim=True), cell)


@dataclass(kw_only=True, eq=False)
class PredatorPreyLoop(PredatorPrey):
    """Four agents and two prey, small enough for a CPU: a coordination graph of its agents has loops."""

    name = "predator_prey_loop"

    n_agents: int = 4
    n_prey: int = 2
    size: int = 6
    limit: int = 40


@dataclass(kw_only=True, eq=False)
class PredatorPreyFull(PredatorPrey):
    """The size of the papers: 8 agents, 8 prey, 10 x 10 cells, 200 steps; an agent sees 5 x 5."""

    name = "predator_prey_full"

    n_agents: int = 8
    n_prey: int = 8
    size: int = 10
    limit: int = 200
    penalty: float = -2.0
    diagonal: bool = False
