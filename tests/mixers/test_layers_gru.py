"""The recurrent layer against torch.nn.GRU, against numerical derivatives, and run by run."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from marl_helpers import layers

RUNS, STEPS, SEQUENCES, INPUTS, HIDDEN = 3, 5, 4, 2, 3


def situation(seed=0, runs=RUNS, steps=STEPS):
    """A layer, inputs and a first state, in float64."""
    generators = layers.generators(seed, runs)
    gru = layers.GRU(INPUTS, HIDDEN, generators).double()
    x = layers.draw(generators, (steps, SEQUENCES, INPUTS), Tensor.normal_).double()
    h = layers.draw(generators, (SEQUENCES, HIDDEN), Tensor.normal_).double()
    return gru, x, h


def theirs(gru, run):
    """torch.nn.GRU with the weights of one run."""
    other = torch.nn.GRU(INPUTS, HIDDEN).double()
    names = {"weight_ih_l0": "input_weight", "weight_hh_l0": "hidden_weight"}
    names |= {"bias_ih_l0": "input_bias", "bias_hh_l0": "hidden_bias"}
    other.load_state_dict(
        {key: getattr(gru, name)[run].T.reshape(getattr(other, key).shape) for key, name in names.items()}
    )
    return other, names


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32), steps=st.integers(1, 6))
def test_values_and_gradients_are_those_of_torch(seed, steps):
    gru, x, h = situation(seed, steps=steps)
    x.requires_grad_()
    h.requires_grad_()
    states = gru(x, h)
    assert states.shape == (RUNS, steps, SEQUENCES, HIDDEN)
    weigh = torch.linspace(-1, 2, states.numel(), dtype=torch.float64).view_as(states)
    (states * weigh).sum().backward()
    for run in range(RUNS):
        other, names = theirs(gru, run)
        inputs, start = x[run].detach().requires_grad_(), h[run : run + 1].detach().requires_grad_()
        expected, _ = other(inputs, start)
        torch.testing.assert_close(states[run], expected)
        (expected * weigh[run]).sum().backward()
        torch.testing.assert_close(x.grad[run], inputs.grad)
        torch.testing.assert_close(h.grad[run], start.grad[0])
        for key, name in names.items():
            ours = getattr(gru, name).grad[run].T.reshape(getattr(other, key).shape)
            torch.testing.assert_close(ours, getattr(other, key).grad)


def test_the_derivative_by_hand_is_the_numerical_one():
    gru, x, h = situation(runs=2, steps=3)
    variables = [x.requires_grad_(), h.requires_grad_(), *gru.parameters()]
    assert torch.autograd.gradcheck(lambda x, h, *_: gru(x, h), variables)


def test_step_by_step_is_all_steps_at_once():
    gru, x, h = situation()
    together = gru(x, h)
    for t in range(STEPS):
        h = gru(x[:, t : t + 1], h)[:, 0]
        torch.testing.assert_close(h, together[:, t])


def test_a_run_that_is_not_a_number_leaves_the_others_as_they_were():
    def outcome(spoil):
        gru, x, h = situation()
        if spoil:
            gru.hidden_weight.data[1] = torch.nan
        states = gru(x, h)
        states.square().sum().backward()
        return states, *(parameter.grad for parameter in gru.parameters())

    for clean, spoiled in zip(outcome(False), outcome(True), strict=True):
        assert torch.equal(clean[[0, 2]], spoiled[[0, 2]]) and spoiled[1].isnan().any()


def test_it_starts_within_the_bounds_of_torch():
    gru = layers.GRU(5, 16, layers.generators(0, 50))
    for parameter in gru.parameters():
        assert parameter.abs().max() <= 16**-0.5
        assert parameter.std().item() == pytest.approx(16**-0.5 / 3**0.5, rel=0.03)
