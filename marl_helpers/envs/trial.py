"""Whether an environment keeps its promises, seen on one reset and one step: mistakes are named before training."""

import torch
from torch import Tensor

from marl_helpers.basics import arguments
from marl_helpers.envs import entities
from marl_helpers.envs.base import Env, Observation
from marl_helpers.mixers.layers import Generators, draw


def check(env: Env, generators: Generators, games: int) -> None:
    """Raise ValueError that names the environment, the field, the agent and step, what came and what is needed.

    That many games of each run are begun, and make one step, in which every agent plays its first available action.
    Waits for the device.
    """
    check_sizes(env)
    if strange := [name for name in env.whole if name not in ("obs", "state")]:
        raise ValueError(f"{env.name}.whole has {strange[0]!r}: give any of 'obs' and 'state'")
    noise, shape = draw(generators, (2, games, env.noise), Tensor.uniform_), (len(generators), games)
    world = env.reset(noise[:, 0])
    seen = _check_seen(env, env.observe(world), shape, noise.device, step=0)
    world, outcome = env.step(world, seen.available.int().argmax(-1), noise[:, 1])
    for name, kind in {"reward": torch.float32, "terminated": torch.bool, "truncated": torch.bool}.items():
        _check(env, name, getattr(outcome, name), shape, kind, noise.device, step=1)
    if (outcome.terminated & outcome.truncated).any():
        raise ValueError(f"{env.name}: a game is terminated and truncated: give one of the two")
    _check_seen(env, env.observe(world), shape, noise.device, step=1)


def check_whole(env: str, name: str, x: Tensor) -> None:
    """Raise ValueError where a byte would not hold what the environment says is whole."""
    if (wrong := x != x.byte()).any():
        value = x[wrong][0].item()
        need = f"give whole numbers from 0 to 255, or leave {name!r} out of the environment's `whole`"
        raise ValueError(f"{env}: {name} holds {value:g}, which no byte does: {need}")


def check_sizes(env: Env) -> None:
    """Raise ValueError where a size that the environment has to give is no whole number."""
    sizes = {name: getattr(env, name, None) for name in ("n_agents", "n_actions", "obs_dim", "state_dim", "limit")}
    arguments.at_least(1, **{f"{env.name}.{name}": size for name, size in sizes.items()})
    least = {"noise": getattr(env, "noise", None), "entity_dim": env.entity_dim}
    arguments.at_least(0, **{f"{env.name}.{name}": size for name, size in least.items()})
    entities.check_sizes(env)


def first(wrong: Tensor) -> list[int]:
    """The indices of the first true entry of a boolean tensor."""
    return wrong.nonzero()[0].tolist()


def _check_seen(env: Env, seen: Observation, games: tuple[int, int], device: torch.device, step: int) -> Observation:
    if not isinstance(seen, Observation):
        raise ValueError(f"{env.name}: observe returned {type(seen).__name__} at step {step}: give an Observation")
    team = (*games, env.n_agents)
    _check(env, "obs", seen.obs, (*team, env.obs_dim), torch.float32, device, step)
    _check(env, "state", seen.state, (*games, env.state_dim), torch.float32, device, step)
    _check(env, "available", seen.available, (*team, env.n_actions), torch.bool, device, step)
    for name in env.whole:
        check_whole(env.name, name, getattr(seen, name))
    if (stuck := ~seen.available.any(-1)).any():
        *_, game, agent = first(stuck)
        where = f"agent {agent + 1} no action at step {step} of game {game}"
        raise ValueError(f"{env.name}: available leaves {where}: give at least one")
    entities.check(env, seen, step)
    return seen


def _check(
    env: Env, name: str, x: Tensor, shape: tuple[int, ...], kind: torch.dtype, device: torch.device, step: int
) -> None:
    if not isinstance(x, Tensor):
        raise ValueError(f"{env.name}: {name} is {type(x).__name__}: give a tensor")
    found = {"shape": list(x.shape), "dtype": x.dtype, "device": x.device.type}
    for what, needed in {"shape": list(shape), "dtype": kind, "device": device.type}.items():
        if found[what] != needed:
            raise ValueError(f"{env.name}: {name} has {what} {found[what]}: give {needed}{_axes(what, shape)}")
    if not x.isfinite().all():
        place = first(~x.isfinite())
        of = f" of agent {place[2] + 1}" if name == "obs" else ""
        where = f"{name}{of} at step {step} of game {place[1]}"
        raise ValueError(f"{env.name}: {where} has a number that is not finite (NaN or infinite): give finite ones")


def _axes(what: str, shape: tuple[int, ...]) -> str:
    return f", for {shape[0]} runs of {shape[1]} games" if what == "shape" else ""
