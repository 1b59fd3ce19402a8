"""One game of an Env in PettingZoo's form. Loaded by as_parallel with its first use, as it needs PettingZoo."""

import numpy as np
import torch
from gymnasium import spaces
from pettingzoo import ParallelEnv

from marl_helpers.envs.base import Env


class Parallel(ParallelEnv):
    """See as_parallel.parallel_env."""

    def __init__(self, env: Env):
        self.env, self.metadata = env, {"name": env.name, "render_modes": []}
        self.entity_dim = env.entity_dim
        names = [str(name) for name in env.agent_names] or ["agent"] * env.n_agents
        alike = len({*names}) < len(names)  # there an agent is found by its name, so they are numbered
        self.possible_agents = [f"{name}_{i}" for i, name in enumerate(names)] if alike else names
        self.agents = []
        see = spaces.Dict(
            observation=spaces.Box(-np.inf, np.inf, (env.obs_dim,), np.float32),
            action_mask=spaces.Box(0, 1, (env.n_actions,), np.int8),
        )
        self.observation_spaces = dict.fromkeys(self.possible_agents, see)
        self.action_spaces = {agent: spaces.Discrete(env.n_actions) for agent in self.possible_agents}
        self.state_space = spaces.Box(-np.inf, np.inf, (env.state_dim,), np.float32)
        self.generator, self.world, self.seen = torch.Generator(), None, None
        self.generator.seed()

    def observation_space(self, agent: str) -> spaces.Space:
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> spaces.Space:
        return self.action_spaces[agent]

    def reset(self, seed: int | None = None, options: dict | None = None) -> tuple[dict, dict]:
        """Begin a game; `options` are not used."""
        if seed is not None:
            self.generator.manual_seed(seed)
        self.world = self.env.reset(self._noise())
        self.agents = self._observed()
        return self._look(), self._each({})

    def step(self, actions: dict) -> tuple[dict, ...]:
        """One step; raises ValueError for an agent without an action, or with one that there is not."""
        if not self.agents:
            raise ValueError("the game is over: reset it")
        chosen = self.seen.available.int().argmax(-1)  # of who is absent: the only one
        for agent in self.agents:
            if actions.get(agent) not in self.action_spaces[agent]:
                known = f"give a whole number from 0 to {self.env.n_actions - 1}"
                raise ValueError(f"action of agent {agent!r} is {actions.get(agent)!r}: {known}")
            chosen[..., self.possible_agents.index(agent)] = int(actions[agent])
        self.world, outcome = self.env.step(self.world, chosen, self._noise())
        here = self._observed()
        self.agents = [agent for agent in self.possible_agents if agent in self.agents or agent in here]
        gone = {agent: outcome.terminated.item() or agent not in here for agent in self.agents}
        ends = gone, self._each(outcome.truncated.item())
        found = self._look(), self._each(outcome.reward.item()), *ends, self._each({})
        self.agents = [] if self.world["over"] else here
        return found

    def close(self) -> None:
        """Leave the game, and whatever plays it; `reset` begins another one."""
        self.agents, self.world, self.seen = [], None, None

    def state(self) -> np.ndarray:
        """What the mixer sees, float32 [state_dim]."""
        return self.env.observe(self.world).state[0, 0].numpy()

    def _observed(self) -> list[str]:
        """Look at the world; returns who is there: everybody, or in tables those whose own row says so."""
        self.seen = self.env.observe(self.world)
        own = self.seen.obs[0, 0, :, 0].tolist() if self.entity_dim else [1] * self.env.n_agents
        return [agent for agent, there in zip(self.possible_agents, own) if there]

    def _noise(self) -> torch.Tensor:
        return torch.rand(1, 1, self.env.noise, generator=self.generator)

    def _each(self, value) -> dict:
        return {agent: value.copy() if isinstance(value, dict) else value for agent in self.agents}

    def _look(self) -> dict:
        obs, masks = self.seen.obs[0, 0].numpy(), self.seen.available[0, 0].numpy().astype(np.int8)
        every = {a: {"observation": x, "action_mask": mask} for a, x, mask in zip(self.possible_agents, obs, masks)}
        return {agent: every[agent] for agent in self.agents}
