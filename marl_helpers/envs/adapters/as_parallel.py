"""The other direction: our environments for whoever trains on PettingZoo's parallel interface."""

from typing import TYPE_CHECKING

from marl_helpers.envs.adapters.simulators import optional
from marl_helpers.envs.base import Env, make

if TYPE_CHECKING:
    from pettingzoo import ParallelEnv


def parallel_env(env: str | Env, **options) -> "ParallelEnv":
    """One game of an environment as a PettingZoo ParallelEnv: parallel_env("predator_prey", penalty=-6).

    env: a name with options, or an environment. Each agent observes {"observation": float32 [obs_dim], "action_mask":
    int8 [n_actions]}, and earns what the team earns; `state()` is what a mixer sees, in training only. All agents end
    together: terminated by the game, truncated by its limit. Where observations are rows (`entity_dim` says how wide),
    only those who are present are among its agents, who may come, and terminate when they leave. A seed for `reset`
    decides all that follows; without one the random numbers go on from where they are. What an action does that its
    mask excludes is the environment's own affair: in the table games it earns NaN, in predator-prey it does nothing.

    Raises ModuleNotFoundError, with what to install, without PettingZoo; what envs.make raises; ValueError for options
    of an environment that is made already.
    """
    if isinstance(env, Env):
        if options:
            raise ValueError(f"options are {options}, but {env.name} is made already: give its name, or no options")
    else:
        env = make(env, **options)
    optional("pettingzoo", env.name)
    from marl_helpers.envs.adapters._as_parallel import Parallel

    return Parallel(env)
