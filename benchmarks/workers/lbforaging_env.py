"""Level-based foraging (Papoudakis et al. 2021), from the package lbforaging, as one of marl_helpers.envs.

Games are objects of plain Python, so they stay on the host and are played one after the other. An environment makes
them once and resets them with a seed from the noise; only the newest world can be stepped, as an older one's games have
gone on.
"""

from dataclasses import dataclass

import gymnasium
import numpy as np
import torch
from torch import Tensor

from marl_helpers.envs.base import Env, Observation, World


@dataclass(kw_only=True, eq=False)
class Foraging(Env):
    """Agents on a grid gather food that they can only carry together.

    game: the name of a game in the package. The reward is the sum of the agents', the state all their observations side
    by side, every action is available, and the game terminates when no food is left.
    """

    name = "lbforaging"
    noise = 1  # the seed

    game: str = "Foraging-8x8-2p-2f-coop-v3"
    limit: int = 50

    def __post_init__(self):
        self.games, self.newest = [], None
        first = self._make()
        self.n_agents, self.n_actions = first.n_agents, int(first.action_space[0].n)
        self.obs_dim = first.observation_space[0].shape[0]
        self.state_dim = self.n_agents * self.obs_dim

    def _make(self) -> gymnasium.Env:
        make = gymnasium.make(f"lbforaging:{self.game}", max_episode_steps=-1, disable_env_checker=True)
        game = make.unwrapped
        game._max_episode_steps = self.limit + 1  # the time limit is looked after by Env, which tells it from an ending
        return game

    def start(self, noise: Tensor) -> World:
        seeds = (noise.flatten() * 2**24).tolist()
        while len(self.games) < len(seeds):
            self.games.append(self._make())
        return self._world([game.reset(seed=int(seed))[0] for game, seed in zip(self.games, seeds)], noise)

    def _world(self, seen: list, like: Tensor) -> World:
        obs = torch.from_numpy(np.array(seen, np.float32)).to(like.device)
        self.newest = obs.view(*like.shape[:2], self.n_agents, self.obs_dim)
        return {"obs": self.newest}

    def observe(self, world: World) -> Observation:
        obs = world["obs"]
        available = torch.ones(*obs.shape[:3], self.n_actions, dtype=torch.bool, device=obs.device)
        return Observation(obs, obs.flatten(2), available)

    def step(self, world: World, actions: Tensor, noise: Tensor):
        if world["obs"] is not self.newest:
            raise ValueError("world is an old one, and its games have gone on: step the newest, or reset")
        after, outcome = super().step(world, actions, noise)
        self.newest = after["obs"]
        return after, outcome

    def play(self, world: World, actions: Tensor, noise: Tensor) -> tuple[World, Tensor, Tensor]:
        seen, rewards, finished = [], [], []
        nothing = world["obs"].new_zeros(self.n_agents, self.obs_dim).numpy(force=True)
        for game, own, over in zip(self.games, actions.flatten(0, 1).tolist(), world["over"].flatten().tolist()):
            obs, reward, done = (nothing, [0], True) if over else game.step(own)[:3]
            seen.append(obs)
            rewards.append(sum(reward))
            finished.append(bool(done))
        after = self._world(seen, noise)
        shape = after["obs"].shape[:2]
        reward, over = torch.tensor(rewards, dtype=torch.float32), torch.tensor(finished)
        return after, reward.view(shape).to(noise.device), over.view(shape).to(noise.device)
