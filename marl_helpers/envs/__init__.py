"""Every environment behind one interface. To add one, add a file here that defines an Env.

env = envs.make("predator_prey", penalty=-6)
world = env.reset(noise)                              # noise [R, B, env.noise], uniform in [0, 1)
seen = env.observe(world)                             # seen.obs, seen.state, seen.available
world, outcome = env.step(world, actions, noise)      # outcome.reward, outcome.terminated, outcome.truncated
"""

from importlib import import_module
from pkgutil import iter_modules

from marl_helpers.envs.adapters.as_parallel import parallel_env
from marl_helpers.envs.base import ENVS, Env, Observation, Outcome, World, describe, find, make
from marl_helpers.envs.trial import check, check_sizes, first

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = [
    "ENVS",
    "Env",
    "Observation",
    "Outcome",
    "World",
    "check",
    "check_sizes",
    "describe",
    "find",
    "first",
    "make",
    "parallel_env",
]
