"""Random mixers and what to try them on, for the tests of every method."""

from itertools import product

import torch
from hypothesis import strategies as st

from marl_helpers import layers, mixers
from marl_helpers.mixers.base import chosen, mask

RUNS, BATCH = 64, 4  # mixers and situations in each example
SEEDS = st.integers(0, 2**32)


def situation(seed, n_agents=2, n_actions=3, state_dim=0, spread=1.0, **options):
    """RUNS mixers of each kind with wild parameters, and values (with ties), states and masks to try them on."""
    spec = mixers.Spec(n_agents, n_actions, state_dim, width=4, **options)
    generators = layers.generators(seed, RUNS)
    values = layers.draw(generators, (BATCH, n_agents, n_actions), torch.Tensor.normal_).double() * spread
    values[::2] = values[::2].round()  # ties on every other run
    state = layers.draw(generators, (BATCH, state_dim), torch.Tensor.normal_).double() if state_dim else None
    available = layers.draw(generators, (BATCH, n_agents, n_actions), torch.Tensor.uniform_) < 0.6
    available[..., 0] |= ~available.any(-1)  # someone can always do something
    return spec, generators, values, state, available


def wild(name, spec, generators):
    """A mixer whose parameters are far larger than at the start of training."""
    mixer = mixers.make(name, spec, generators).double()
    for parameter in mixer.parameters():
        parameter.data = 2 * layers.draw(generators, parameter.shape[1:], torch.Tensor.normal_).double()
    return mixer


def team_values(mixer, spec, values, state):
    """The team value of every joint action, [R, B, n_actions ** n_agents], and those joint actions."""
    joint = torch.tensor(list(product(range(spec.n_actions), repeat=spec.n_agents)))
    columns = [mixer(values, a.expand(*values.shape[:-1]), state) for a in joint]
    return torch.stack(columns, -1), joint


def shortfall(mixer, spec, values, state, available):
    """How much the greedy joint action misses of the best available team value, [R, B]."""
    masked = mask(values, available)
    team, joint = team_values(mixer, spec, masked, state)
    playable = torch.stack([chosen(available, a.expand(*values.shape[:-1])).all(-1) for a in joint], -1)
    greedy = mixer.greedy(values, state, available)
    assert chosen(available, greedy).all() and torch.equal(greedy, mixer.greedy(masked, state))
    return mask(team, playable).amax(-1) - mixer(masked, greedy, state)
