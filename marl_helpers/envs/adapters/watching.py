"""Whether an environment draws from a generator that everyone shares."""

import pickle
import random
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import numpy as np
import torch

GENERATORS = {
    "Python's random": (random.getstate, random.setstate),
    "NumPy's np.random": (partial(np.random.get_state, legacy=False), np.random.set_state),
    "torch's": (lambda: torch.get_rng_state().numpy(), lambda state: torch.set_rng_state(torch.from_numpy(state))),
}
REMEDY = "draw from a generator of its own, which reset(seed) makes"


@contextmanager
def watched(env: str) -> Iterator[None]:
    """Leave everyone's generators as they are; raises ValueError if one was drawn from meanwhile."""
    before = {name: pickle.dumps(get()) for name, (get, _) in GENERATORS.items()}
    try:
        yield
        drawn = [name for name, (get, _) in GENERATORS.items() if pickle.dumps(get()) != before[name]]
    finally:
        for name, (_, put) in GENERATORS.items():
            put(pickle.loads(before[name]))
    if drawn:
        raise ValueError(f"{env}: it draws from {drawn[0]} generator, which everyone shares: {REMEDY}")
