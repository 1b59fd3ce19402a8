"""Layers for R independent runs at once: axis 0 of every tensor is the run, also where there is only one.

Eight seeds are R = 8, and a thousand reward tables with sixteen restarts each are R = 16000. Only the layers here know
about the run axis; a module built from them reads like the plain one. Runs never touch each other.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn

Generators = Sequence[torch.Generator]  # one for each run


def check_runs(seed: int, runs: int) -> None:
    """Raise ValueError unless the seed is a whole number from 0 and the number of runs one from 1."""
    for name, value, least in (("runs", runs, 1), ("seed", seed, 0)):
        if not isinstance(value, int | np.integer) or value < least:
            raise ValueError(f"{name} is {value!r}: give a whole number of at least {least}")


def generators(seed: int, runs: int, device: str = "cpu") -> list[torch.Generator]:
    """One generator for each run. Run k gets the same stream however many runs there are."""
    check_runs(seed, runs)
    seeds = np.random.SeedSequence(seed).spawn(runs)
    return [torch.Generator(device).manual_seed(int(s.generate_state(1, np.uint64)[0] >> 1)) for s in seeds]


def draw(generators: Generators, shape: tuple[int, ...], fill: Callable[..., Tensor]) -> Tensor:
    """A tensor [R, *shape] whose run k is filled from generator k alone; `fill` is such as torch.Tensor.normal_."""
    rows = [fill(torch.empty(shape, dtype=torch.float32, device=g.device), generator=g) for g in generators]
    return torch.stack(rows)


def uniform(generators: Generators, shape: tuple[int, ...], inputs: int) -> nn.Parameter:
    """A parameter [R, *shape], uniform within 1 / sqrt(inputs) of zero: the start that torch.nn.Linear uses."""
    return nn.Parameter((2 * draw(generators, shape, Tensor.uniform_) - 1) / inputs**0.5)


class Linear(nn.Module):
    """torch.nn.Linear with a weight and a bias for each run: [R, ..., inputs] -> [R, ..., outputs]."""

    def __init__(self, inputs: int, outputs: int, generators: Generators):
        super().__init__()
        self.weight = uniform(generators, (inputs, outputs), inputs)
        self.bias = uniform(generators, (1, outputs), inputs)

    def forward(self, x: Tensor) -> Tensor:
        flat = x.reshape(len(x), -1, x.shape[-1])
        return torch.baddbmm(self.bias, flat, self.weight).reshape(*x.shape[:-1], -1)


class Hypernetwork(nn.Module):
    """Generates a tensor [R, ..., *shape] from the state [R, ..., state_dim] (Ha et al. 2017; Rashid et al. 2018).

    hidden > 0 puts one ReLU layer of that width in between. With state_dim 0 there is nothing to condition on, so the
    generated tensor is a plain parameter, returned as [R, 1, *shape] to broadcast over one batch axis.
    """

    def __init__(self, state_dim: int, shape: tuple[int, ...], inputs: int, hidden: int, generators: Generators):
        super().__init__()
        self.shape = shape
        size = int(np.prod(shape))
        if state_dim == 0:
            self.plain = uniform(generators, (1, *shape), inputs)
            return
        sizes = [state_dim, hidden, size] if hidden else [state_dim, size]
        layers = [Linear(a, b, generators) for a, b in pairwise(sizes)]
        self.plain = None
        self.network = nn.Sequential(layers[0], nn.ReLU(), layers[1]) if hidden else layers[0]

    def forward(self, state: Tensor | None) -> Tensor:
        if self.plain is not None:
            return self.plain
        check_state(state)
        return self.network(state).reshape(*state.shape[:-1], *self.shape)


def check_state(state: Tensor | None) -> None:
    """Raise ValueError where a state is needed and missing."""
    if state is None:
        raise ValueError("state is None, but this mixer was built with state_dim > 0: pass the global state")


@torch.no_grad()
def tile(module: nn.Module, times: int) -> None:
    """Repeat every parameter of a module `times` times along the run axis, in place: R becomes times * R."""
    for parameter in module.parameters():
        parameter.data = parameter.data.repeat(times, *[1] * (parameter.ndim - 1))
