"""The package's networks, run together, for the check of a robot that acts alone."""

from functools import lru_cache
from types import SimpleNamespace

import numpy as np
import torch

from marl_helpers.checks.lecture_08.team import ACTIONS, EPISODES, HIDDEN, LOWER, ROBOTS, SIGHTS, Network, Team
from marl_helpers.mixers import layers
from marl_helpers.mixers.base import mask
from marl_helpers.training.agents import Agents


@lru_cache(2)
@torch.no_grad()
def played(seed: int) -> Team:
    """Networks with large random weights, whose utilities are rounded, so that several actions are often best.

    What all of a robot's utilities are lowered by changes nothing that it plays.
    """
    env = SimpleNamespace(n_agents=ROBOTS, n_actions=ACTIONS, obs_dim=SIGHTS, entity_dim=0)
    agents, generator = Agents(env, layers.generators(seed, 1), HIDDEN), np.random.default_rng(seed)
    for weights in agents.parameters():
        weights *= 3
    told, states, actions = [], [], []
    for t, length in ((t, steps) for steps in EPISODES for t in range(steps)):
        obs, available = generator.integers(2, size=(ROBOTS, SIGHTS)), generator.random((ROBOTS, ACTIONS)) < 0.6
        available[range(ROBOTS), generator.integers(ACTIONS, size=ROBOTS)] = True
        told.append(
            [{"begins": t == 0, "obs": own, "available": can} for own, can in zip(obs.astype(float), available)]
        )
        states.append(np.append(obs.ravel(), 1 - t / length))
        seen = torch.tensor(obs, dtype=torch.float32)[None, None]
        if t == 0:
            last, memory = agents.start(seen)
        q, memory = agents.step(seen, last, memory)
        last = mask(q.round(), torch.tensor(available)).argmax(-1)
        actions.append(last.flatten().tolist())
    return Team([_network(agents, i) for i in range(ROBOTS)], told, states, np.array(actions))


def _network(agents: Agents, i: int) -> Network:
    """Agent i's network for NumPy, without the other agents' observations."""

    @torch.no_grad()
    def network(obs, last, memory):
        obs_of_all, memories = torch.zeros(1, 1, ROBOTS, SIGHTS), torch.zeros(1, 1, ROBOTS, HIDDEN)
        obs_of_all[0, 0, i], memories[0, 0, i] = torch.as_tensor(obs), torch.as_tensor(memory)
        q, after = agents.step(obs_of_all, torch.full((1, 1, ROBOTS), int(last)), memories)
        return q[0, 0, i].round().numpy() - LOWER[i], after[0, 0, i].numpy()

    return network
