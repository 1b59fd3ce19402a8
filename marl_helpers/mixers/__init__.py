"""Every method of the family behind one interface. To add a method, add a file here that defines a Mixer.

mixer = mixers.make("qmix", mixers.Spec(n_agents=2, n_actions=3), generators)
mixer(values, actions, state)      # the team value [R, ...]
mixer.greedy(values)               # the joint action that the team plays [R, ..., n_agents]
"""

from importlib import import_module
from pkgutil import iter_modules

from marl_helpers.basics.arguments import instance
from marl_helpers.exact.methods import ALIASES, METHODS, find
from marl_helpers.mixers.base import Mixer, Spec
from marl_helpers.mixers.layers import Generators, check_generators

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")


def make(name: str, spec: Spec, generators: Generators) -> Mixer:
    """A mixer of that name for a team, with one independent copy for each generator.

    Raises ValueError for an unknown name, for what is no Spec, and for what are no generators of PyTorch.
    """
    instance(Spec, "a Spec, such as mixers.Spec(n_agents=2, n_actions=3)", spec=spec)
    return find(name)(spec, check_generators(generators))


__all__ = ["ALIASES", "METHODS", "Mixer", "Spec", "find", "make"]
