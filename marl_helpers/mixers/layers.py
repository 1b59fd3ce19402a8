"""Layers for R independent runs at once: axis 0 of every tensor is the run, also where there is only one.

Eight seeds are R = 8, and a thousand reward tables with sixteen restarts each are R = 16000. Only the layers here know
about the run axis; a module built from them reads like the plain one. Runs never touch each other.
"""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from marl_helpers.basics import arguments
from marl_helpers.basics.devices import check_memory, new_generator

Generators = Sequence[torch.Generator]  # one for each run
GENERATOR = 3000  # bytes of one, with the seed that it was made of


def check_runs(seed: int, runs: int) -> None:
    """Raise ValueError unless the seed is a whole number from 0 and the number of runs one from 1."""
    arguments.at_least(1, runs=runs)
    arguments.at_least(0, seed=seed)


def generators(seed: int, runs: int, device: str = "cpu") -> list[torch.Generator]:
    """One generator for each run. Run k gets the same stream however many runs there are.

    Raises ValueError for what is no number of runs, no seed or no device, and for more runs than memory holds.
    """
    check_runs(seed, runs)
    check_memory(f"the random generators of {runs} runs", runs * GENERATOR, "cpu", "give fewer runs, or seeds")
    seeds = np.random.SeedSequence(arguments.scalar(seed)).spawn(int(runs))
    return [new_generator(device, int(s.generate_state(1, np.uint64)[0] >> 1)) for s in seeds]


def check_generators(generators: Generators) -> Generators:
    """The same; raises ValueError for what are no generators of PyTorch, one for each run."""
    remedy = "a list of PyTorch's generators, one for each run, as layers.generators(seed, runs) makes it"
    if not all(isinstance(one, torch.Generator) for one in arguments.several(remedy, generators=generators)):
        arguments.refuse("generators", generators, remedy)
    return generators


def draw(generators: Generators, shape: tuple[int, ...], fill: Callable[..., Tensor]) -> Tensor:
    """A tensor [R, *shape] whose run k is filled from generator k alone; `fill` is such as torch.Tensor.normal_."""
    check_generators(generators)
    rows = [fill(torch.empty(shape, dtype=torch.float32, device=g.device), generator=g) for g in generators]
    return torch.stack(rows)


def uniform(generators: Generators, shape: tuple[int, ...], inputs: int) -> nn.Parameter:
    """A parameter [R, *shape], uniform within 1 / sqrt(inputs) of zero: the start that torch.nn.Linear uses.

    Raises ValueError where it takes more memory than there is.
    """
    whole = [len(check_generators(generators)), *shape]
    remedy = "give fewer seeds or runs, or fewer units"
    check_memory(f"weights of shape {whole}", 4 * math.prod(whole), generators[0].device, remedy)
    return nn.Parameter((2 * draw(generators, shape, Tensor.uniform_) - 1) / inputs**0.5)


class Linear(nn.Module):
    """torch.nn.Linear with a weight and a bias for each run: [R, ..., inputs] -> [R, ..., outputs]."""

    def __init__(self, inputs: int, outputs: int, generators: Generators):
        super().__init__()
        arguments.at_least(1, inputs=inputs)
        arguments.at_least(0, outputs=outputs)
        self.weight = uniform(generators, (inputs, outputs), inputs)
        self.bias = uniform(generators, (1, outputs), inputs)

    def forward(self, x: Tensor) -> Tensor:
        flat = x.reshape(len(x), -1, x.shape[-1])
        return torch.baddbmm(self.bias, flat, self.weight).reshape(*x.shape[:-1], -1)


class GRU(nn.Module):
    """torch.nn.GRU with weights for each run, over T steps of M sequences (Cho et al. 2014).

    The gates' share of the inputs is one product for all T steps; only the share of the state has to wait its turn.
    """

    def __init__(self, inputs: int, hidden: int, generators: Generators):
        super().__init__()
        arguments.at_least(1, inputs=inputs, hidden=hidden)
        self.input_weight = uniform(generators, (inputs, 3 * hidden), hidden)
        self.input_bias = uniform(generators, (1, 3 * hidden), hidden)
        self.hidden_weight = uniform(generators, (hidden, 3 * hidden), hidden)
        self.hidden_bias = uniform(generators, (1, 3 * hidden), hidden)

    def forward(self, x: Tensor, h: Tensor) -> Tensor:
        """The states after each step, [R, T, M, hidden], of inputs x [R, T, M, inputs] and a state h [R, M, hidden]."""
        gates = torch.baddbmm(self.input_bias, x.flatten(1, 2), self.input_weight).unflatten(1, x.shape[1:3])
        return _Recurrence.apply(gates, h, self.hidden_weight, self.hidden_bias)


class _Recurrence(torch.autograd.Function):
    """The part of a GRU that goes step by step, with r, z and n the reset, update and new gates of torch.nn.GRU.

    Its derivative is by hand: autograd's takes twice the time, as every step would add to the weights' gradients.
    """

    @staticmethod
    def forward(ctx, gates: Tensor, h: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """gates [R, T, M, 3 hidden] of the inputs, h [R, M, hidden] -> the states [R, T, M, hidden]."""
        parts, states, steps = (2 * h.shape[-1], h.shape[-1]), [h], []
        for x in gates.unbind(1):
            x_rz, x_n = x.split(parts, -1)
            h_rz, h_n = torch.baddbmm(bias, h, weight).split(parts, -1)
            r, z = (x_rz + h_rz).sigmoid_().chunk(2, -1)
            n = torch.addcmul(x_n, r, h_n).tanh_()
            h = torch.lerp(n, h, z)  # (1 - z) n + z h
            states.append(h)
            if any(ctx.needs_input_grad):
                steps.append((r, z, n, h_n))
        ctx.save_for_backward(weight)
        ctx.states, ctx.steps = states, steps
        return torch.stack(states[1:], 1)

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The chain rule from the last step to the first; `by_x` is the derivative by the loss of x, and so on."""
        (weight,) = ctx.saved_tensors
        sigmoid_slope, tanh_slope = torch.ops.aten.sigmoid_backward, torch.ops.aten.tanh_backward
        by_h, by_n, by_gates = torch.zeros_like(ctx.states[0]), [], []
        for t in reversed(range(len(ctx.steps))):
            (r, z, n, h_n), before = ctx.steps[t], ctx.states[t]
            by_h = by_h + gradient[:, t]
            kept = by_h * z
            new = tanh_slope(by_h - kept, n)
            update = sigmoid_slope(by_h * (before - n), z)
            reset = sigmoid_slope(new * h_n, r)
            by_n.append(new)
            by_gates.append(torch.cat([reset, update, new * r], -1))
            by_h = torch.baddbmm(kept, by_gates[-1], weight.mT)
        by_gates = torch.stack(by_gates[::-1], 1)
        flat, before = by_gates.flatten(1, 2), torch.stack(ctx.states[:-1], 1).flatten(1, 2)
        by_weight, by_bias = before.mT @ flat, flat.sum(1, keepdim=True)
        by_gates[..., 2 * weight.shape[1] :] = torch.stack(by_n[::-1], 1)  # of the inputs' share, which r leaves alone
        return by_gates, by_h, by_weight, by_bias


class Hypernetwork(nn.Module):
    """Generates a tensor [R, ..., *shape] from the state [R, ..., state_dim] (Ha et al. 2017; Rashid et al. 2018).

    hidden > 0 puts one ReLU layer of that width in between. With state_dim 0 there is nothing to condition on, so the
    generated tensor is a plain parameter, returned as [R, 1, *shape] to broadcast over one batch axis.
    """

    def __init__(self, state_dim: int, shape: tuple[int, ...], inputs: int, hidden: int, generators: Generators):
        super().__init__()
        arguments.at_least(0, state_dim=state_dim, hidden=hidden)
        arguments.at_least(1, inputs=inputs)
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


def one_hot(index: Tensor, size: int, dtype: torch.dtype) -> Tensor:
    """1 at the index and 0 elsewhere, [..., size]; all 0 for an index outside. Unlike torch's, it never has to wait."""
    return (index.unsqueeze(-1) == torch.arange(size, device=index.device)).to(dtype)
