"""Every method of the family behind one interface. To add a method, add a file here that defines a Mixer.

mixer = mixers.make("qmix", mixers.Spec(n_agents=2, n_actions=3), generators)
mixer(values, actions, state)      # the team value [R, ...]
mixer.greedy(values)               # the joint action that the team plays [R, ..., n_agents]
"""

from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType
from typing import Any

from marl_helpers.basics.arguments import instance
from marl_helpers.exact.methods import ALIASES, METHODS, find
from marl_helpers.mixers.base import Mixer, Spec
from marl_helpers.mixers.layers import Generators, check_generators

NONE: Mapping[str, Any] = MappingProxyType({})

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")


def make(name: str, spec: Spec, generators: Generators, options: Mapping[str, Any] = NONE) -> Mixer:
    """A mixer of that name for a team, with one independent copy for each generator.

    options: other values of what the method lets be chosen (`find(name).options`), such as {"alpha": 0.01}, and of the
    spec's width.
    Raises ValueError for an unknown name, for what is no Spec, for what are no generators of PyTorch, and for an option
    that the method has not, or a bad value of one.
    """
    instance(Spec, "a Spec, such as mixers.Spec(n_agents=2, n_actions=3)", spec=spec)
    instance(Mapping, "a dictionary, such as {'alpha': 0.01}", options=options)
    spec = replace(spec, width=options.get("width", spec.width))
    own = {option: value for option, value in options.items() if option != "width"}
    return find(name).configured(own)(spec, check_generators(generators))


__all__ = ["ALIASES", "METHODS", "Mixer", "Spec", "find", "make"]
