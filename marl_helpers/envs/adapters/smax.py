"""SMAX (Rutherford et al. 2024, JaxMARL): StarCraft's micromanagement without StarCraft II, many games at once in JAX.

JaxMARL is optional, and importing this module does not need it. Games are compiled together, the first time for some
number of them, which takes seconds; each step's random numbers come of the noise, so every world can be stepped, an old
one too. JAX works on the CPU: tensors are shared with it there, and copied to and from another device.

JaxMARL's own `step` begins a new game when one ends, within its own time limit: here `step_env` is used, whose last
world is the game's last, and the limit is Env's, which tells it from an ending.
"""

import contextlib
import io
import sys
from dataclasses import dataclass

import torch
from torch import Tensor

from marl_helpers.basics.arguments import at_least
from marl_helpers.envs.adapters.simulators import optional
from marl_helpers.envs.base import Env, Observation, World

MOVES = ("up", "right", "down", "left", "stop")
SEEDS = 2**24  # as many as there are numbers in [0, 1) that `rand` may draw in single precision


@dataclass(kw_only=True, eq=False)
class Smax(Env):
    """Allied units against the units of a heuristic, as in SMAC (Samvelyan et al. 2019); the section's maps by name.

    Each agent is a unit: it moves, stops, or shoots at an enemy in reach. The team earns the share of the enemies'
    health that it takes, 1 in all, and 1 more for winning, so 2 at most. The game terminates when one side is dead. A
    dead agent sees zeros and can only stop. State: JaxMARL's world state.

    map: 3m, 8m, 25m, 2s3z, 3s5z, 5m_vs_6m, 10m_vs_11m, 27m_vs_30m, 3s5z_vs_3s6z, 3s_vs_5z, 6h_vs_8z, or
    smacv2_5_units, smacv2_10_units and smacv2_20_units, whose units are drawn. limit: steps until truncation.
    Raises ModuleNotFoundError, with what to install, without JaxMARL; ValueError for a map that it has not.
    """

    name, variant = "smax", "map"
    noise = 1  # a seed at the start, and one for each step: the heuristic draws whom it follows
    optimum = 2.0

    map: str = "3m"
    limit: int = 100

    def __post_init__(self):
        at_least(1, limit=self.limit)
        smax = _load(self.name)
        known = smax.smax_env.MAP_NAME_TO_SCENARIO
        if self.map not in known:
            raise ValueError(f"map is {self.map!r}: SMAX has {', '.join(known)}")
        self.game = game = smax.HeuristicEnemySMAX(scenario=known[self.map], max_steps=self.limit + 1)
        self.n_agents, self.agent_names = game.num_agents, game.agents
        self.n_actions, self.obs_dim, self.state_dim = game.num_ally_actions, game.obs_size, game.state_size
        self.action_names = [[*MOVES, *(f"shoot {k + 1}" for k in range(game.num_enemies))]] * self.n_agents
        self._compile()

    def _compile(self) -> None:
        """Make what begins, and what steps, many games at once; compiled when first called with so many."""
        import jax
        from jax import numpy as jnp

        game = self.game

        def seen(state, obs):
            available = game.get_avail_actions(state)
            obs_of, available_of = (jnp.stack([each[agent] for agent in game.agents]) for each in (obs, available))
            return obs_of, obs["world_state"], available_of.astype(bool)

        def start(seed):
            obs, state = game.reset(jax.random.key(seed))
            return state, seen(state, obs)

        def step(seed, state, actions):
            obs, state, rewards, dones, _ = game.step_env(jax.random.key(seed), state, dict(zip(game.agents, actions)))
            return state, seen(state, obs), rewards[game.agents[0]], dones["__all__"]

        quickly = {"xla_backend_optimization_level": 0}  # an episode begins once, so compiling is what takes time
        self._start, self._step = jax.jit(jax.vmap(start), compiler_options=quickly), jax.jit(jax.vmap(step))

    def start(self, noise: Tensor) -> World:
        state, seen = self._start(_seeds(noise))
        return {"units": state, **self._tensors(noise, seen)}

    def observe(self, world: World) -> Observation:
        return Observation(world["obs"], world["state"], world["available"])

    def play(self, world: World, actions: Tensor, noise: Tensor) -> tuple[World, Tensor, Tensor]:
        state, seen, *ends = self._step(_seeds(noise), world["units"], _to_jax(actions.flatten(0, 1).int()))
        reward, finished = (_to_torch(x, actions) for x in ends)
        return {"units": state, **self._tensors(actions, seen)}, reward, finished

    def _tensors(self, like: Tensor, seen: tuple) -> World:
        return dict(zip(("obs", "state", "available"), (_to_torch(x, like) for x in seen)))

    def won(self, world: World) -> Tensor:
        """Those in which an agent lives, and no enemy."""
        alive = _to_torch(world["units"].state.unit_alive, world["obs"]).bool()
        return alive[..., : self.n_agents].any(-1) & ~alive[..., self.n_agents :].any(-1)

    def scene(self, world: World, run: int, game: int) -> dict:
        """A "plane" with the positions (x, y) of agents and, as landmarks, enemies."""
        row = run * world["obs"].shape[1] + game
        places = [[round(x, 3) for x in place] for place in world["units"].state.unit_positions[row].tolist()]
        return {"kind": "plane", "agents": places[: self.n_agents], "landmarks": places[self.n_agents :]}


def _load(env: str):
    """JaxMARL's module. Loading it prints, and leaves Python's own stdout and stderr where Jupyter had put others."""
    own = sys.__stdout__
    with contextlib.redirect_stderr(sys.stderr), contextlib.redirect_stdout(io.StringIO()) as sys.__stdout__:
        try:
            return optional("jaxmarl.environments.smax", env)
        finally:
            sys.__stdout__ = own


def _seeds(noise: Tensor):
    return _to_jax((noise.flatten() * SEEDS).int())


def _to_jax(x: Tensor):
    return x.cpu().numpy()  # shared as it is, and called with twice as fast as with a DLPack import


def _to_torch(x, like: Tensor) -> Tensor:
    """An array of games as a tensor [R, B, ...] where `like` is."""
    return torch.from_dlpack(x).view(*like.shape[:2], *x.shape[1:]).to(like.device)
