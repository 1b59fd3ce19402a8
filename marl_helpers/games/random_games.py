"""Random two-agent games of several kinds, to ask how often a method finds the optimum, and on what it depends."""

from collections.abc import Callable

import numpy as np

from marl_helpers.basics import arguments
from marl_helpers.games.tables import drawn, random_tables

Sampler = Callable[[np.random.Generator, int, tuple[int, int]], list[np.ndarray]]


def monotone(generator: np.random.Generator, count: int, shape: tuple[int, int] = (3, 3)) -> list[np.ndarray]:
    """Each agent's actions have one ranking that is right whatever the other plays: sorted, then shuffled."""
    generator, count, shape = _checked(generator, count, shape)
    tables = generator.random((count, *shape))
    return _shuffled(generator, np.sort(np.sort(tables, axis=1), axis=2))  # sorting columns keeps rows sorted


def supermodular(generator: np.random.Generator, count: int, shape: tuple[int, int] = (3, 3)) -> list[np.ndarray]:
    """Monotone, and a step up is worth more after the other agent's: sums of random increments, then shuffled."""
    generator, count, shape = _checked(generator, count, shape)
    increments = generator.exponential(size=(count, *shape))
    return _shuffled(generator, increments.cumsum(axis=1).cumsum(axis=2))


def peak(generator: np.random.Generator, count: int, shape: tuple[int, int] = (3, 3)) -> list[np.ndarray]:
    """Uniform on [0, 1), and one joint action that pays 1.5."""
    return _with_peak(generator, count, shape, penalty=0.0)


def punished_peak(generator: np.random.Generator, count: int, shape: tuple[int, int] = (3, 3)) -> list[np.ndarray]:
    """The same, but an agent who goes for it alone costs the team 1."""
    return _with_peak(generator, count, shape, penalty=1.0)


def _with_peak(generator: np.random.Generator, count: int, shape: tuple[int, int], penalty: float) -> list[np.ndarray]:
    generator, count, shape = _checked(generator, count, shape)
    tables, each = generator.random((count, *shape)), np.arange(count)
    a, b = (generator.integers(actions, size=count) for actions in shape)
    tables[each, a] -= penalty
    tables[each, :, b] -= penalty
    tables[each, a, b] = 1.5
    return list(tables)


KINDS: dict[str, Sampler] = {
    "uniform": random_tables,
    "monotone": monotone,
    "supermodular": supermodular,
    "one sharp peak": peak,
    "a punished peak": punished_peak,
}


def sample(count: int, seed: int = 0) -> dict[str, list[np.ndarray]]:
    """So many 3 x 3 games of each kind, drawn one kind after the other."""
    generator = np.random.default_rng(arguments.at_least(0, seed=seed))
    return {kind: sampler(generator, count) for kind, sampler in KINDS.items()}


def _shuffled(generator: np.random.Generator, tables: np.ndarray) -> list[np.ndarray]:
    """Every table with its own random order of each agent's actions."""
    for axis in (1, 2):
        order = generator.permuted(np.tile(np.arange(tables.shape[axis]), (len(tables), 1)), axis=1)
        tables = np.take_along_axis(tables, np.expand_dims(order, 3 - axis), axis)
    return list(tables)


def _checked(generator: np.random.Generator, count: int, shape: tuple[int, int]) -> tuple:
    generator, count, shape = drawn(generator, count, shape)
    if len(shape) != 2:
        arguments.refuse("shape", shape, "two agents' numbers of actions, such as (3, 3)")
    return generator, count, shape
