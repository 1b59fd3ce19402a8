"""Drives an environment and its twins side by side, and compares all there is after every step."""

import torch
from torch import Tensor

GRID = 2**16  # numbers so coarse that their products with small counts are exact in single and in double precision


def draws(generator: torch.Generator, *shape: int) -> Tensor:
    """Uniform numbers in [0, 1) that both sides read alike."""
    return torch.randint(GRID, shape, generator=generator) / GRID


def random_actions(available: Tensor, generator: torch.Generator, last: float = 1.0) -> Tensor:
    """Each agent's own random available action; its last one, where available, is `last` times as likely."""
    weights = available.float()
    weights[..., -1] *= last
    return torch.multinomial(weights.flatten(0, -2), 1, generator=generator).view(available.shape[:-1])


def compare(env, twins, seed, steps, choose=random_actions):
    """Play `steps` steps of [runs][environments] twins and of the environment; everything must be equal.

    Returns the outcomes [steps] of the environment.
    """
    generator = torch.Generator().manual_seed(seed)
    shape = len(twins), len(twins[0])
    noise = draws(generator, *shape, env.noise)
    world = env.reset(noise)
    each = [(r, b, twins[r][b]) for r in range(shape[0]) for b in range(shape[1])]
    for r, b, twin in each:
        twin.reset(noise[r, b].tolist())
    outcomes = []
    for _ in range(steps):
        seen = env.observe(world)
        same_sight(env, seen, each)
        actions = choose(seen.available, generator)
        noise = draws(generator, *shape, env.noise)
        world, outcome = env.step(world, actions, noise)
        for r, b, twin in each:
            reward, terminated, truncated = twin.step(actions[r, b].tolist(), noise[r, b].tolist())
            assert outcome.reward[r, b].item() == torch.tensor(reward).item()
            assert (outcome.terminated[r, b].item(), outcome.truncated[r, b].item()) == (terminated, truncated)
        outcomes.append(outcome)
    same_sight(env, env.observe(world), each)
    return outcomes


def same_sight(env, seen, each):
    assert seen.obs.dtype == seen.state.dtype == torch.float32 and seen.available.dtype == torch.bool
    for r, b, twin in each:
        agents = range(env.n_agents)
        assert seen.state[r, b].tolist() == twin.state()
        assert seen.obs[r, b].tolist() == [twin.observation(agent) for agent in agents]
        assert seen.available[r, b].tolist() == [twin.available(agent) for agent in agents]
