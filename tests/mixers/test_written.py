"""Mixing networks in plain numbers against the mixers that wrote them."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from marl_helpers import layers, mixers
from marl_helpers.exact.networks import Network
from marl_helpers.mixers.written import network


def written(seed, method, n_agents, n_actions, state_dim, positivity):
    """A mixer of two runs with random parameters, utilities and states, and the network of its run 1."""
    spec = mixers.Spec(n_agents, n_actions, state_dim, width=5, positivity=positivity)
    generators = layers.generators(seed, 2)
    mixer = mixers.make(method, spec, generators).double()
    values = 3 * layers.draw(generators, (n_agents, n_actions), torch.Tensor.normal_).double()
    state = layers.draw(generators, (max(state_dim, 1),), torch.Tensor.normal_).double() if state_dim else None
    one = network(mixer, values[1], None if state is None else state[1], run=1)
    return mixer, values, state, one


@settings(max_examples=60)
@given(
    seed=st.integers(0, 10**6),
    method=st.sampled_from(["vdn", "qmix", "cw_qmix", "ow_qmix"]),
    shape=st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(0, 3)),
    positivity=st.sampled_from(["abs", "softplus"]),
)
def test_a_network_has_the_mixers_team_value_of_every_joint_action(seed, method, shape, positivity):
    mixer, values, state, one = written(seed, method, *shape, positivity)
    for cell in np.ndindex(one.sizes):
        actions = torch.tensor(cell).expand(2, 1, -1)
        team = mixer(values.unsqueeze(1), actions, None if state is None else state.unsqueeze(1))[1, 0]
        assert one.team(cell) == pytest.approx(team.item(), rel=1e-12, abs=1e-12)
    assert one.greedy == tuple(values[1].argmax(-1).tolist())


@settings(max_examples=40)
@given(seed=st.integers(0, 10**6), mean=st.floats(-50, 50), unit=st.floats(0.01, 100))
def test_in_other_units_a_network_is_the_same_up_to_those(seed, mean, unit):
    for method in ("vdn", "qmix"):
        *_, one = written(seed, method, 3, 2, 0, "abs")
        other = one.rescaled(mean, unit)
        for cell in np.ndindex(one.sizes):
            assert other.team(cell) == pytest.approx(unit * one.team(cell) + mean, rel=1e-9, abs=1e-9)
        shift = mean / 3
        for row, moved in zip(one.utilities, other.utilities, strict=True):
            assert moved == pytest.approx(unit * row + shift)


@pytest.mark.parametrize(
    ("given_", "message"),
    [
        (dict(utilities=[]), "utilities is"),
        (dict(utilities=[[1, 2], [-np.inf]]), "utilities of agent 2 is .*: give a row of numbers"),
        (dict(utilities=[[1, np.nan]]), "utilities of agent 1"),
        (dict(utilities=[[1, np.inf]]), "utilities of agent 1"),
        (dict(w1=np.ones((2, 3))), r"w1 has shape \(2, 3\): give w1 as"),
        (dict(w1=np.ones((2, 1)), b1=[1.0], w2=[np.nan]), "w2 holds what is not finite: give finite numbers"),
        (dict(v="much"), "v is 'much': give a finite number"),
    ],
)
def test_what_is_no_network_is_refused(given_, message):
    with pytest.raises(ValueError, match=message):
        Network(**{"utilities": [[0, 1], [2, 3]]} | given_)


def test_what_no_network_can_be_written_of_is_refused():
    values = torch.zeros(2, 2)
    for method in ("iql", "qplex", "monotone"):
        mixer = mixers.make(method, mixers.Spec(2, 2), layers.generators(0, 1))
        with pytest.raises(ValueError, match=r"mixer is .*: give a mixer of VDN or QMIX"):
            network(mixer, values)
    qmix = mixers.make("qmix", mixers.Spec(2, 2), layers.generators(0, 1))
    with pytest.raises(ValueError, match="run is 1: give one of the mixer's runs, from 0 to 0"):
        network(qmix, values, run=1)
