"""The mixer with a memory: earlier steps count, later ones never, and a step's own utilities are the only ones."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from situations import SEEDS, wild
from test_set_mixers import block

from marl_helpers import layers, mixers
from marl_helpers.mixers.transformer import EMBED, sines

RUNS, EPISODES, STEPS, AGENTS, ROW = 3, 2, 5, 2, 3
SPEC = mixers.Spec(AGENTS, 2, AGENTS * ROW, width=4, entity_dim=ROW)


def scene(seed, leaving=False):
    """Values [R, N, T, n, A], actions and states of episodes; with `leaving` agent 2 is gone from step 2 on."""
    generators = layers.generators(seed, RUNS)
    shape = (EPISODES, STEPS, AGENTS)
    values = layers.draw(generators, (*shape, 2), torch.Tensor.normal_).double()
    rows = layers.draw(generators, (*shape, ROW), torch.Tensor.normal_).double()
    rows[..., 0] = 1
    if leaving:
        rows[:, :, 2:, 1], values[:, :, 2:, 1] = 0, 0
    return wild("trajectory", SPEC, generators), values, values.argmin(-1), rows.flatten(-2)


@settings(max_examples=15)
@given(seed=SEEDS, step=st.integers(0, STEPS - 1))
def test_a_step_is_worth_what_it_is_in_the_episode_so_far(seed, step):
    mixer, values, actions, state = scene(seed)
    whole = mixer(values, actions, state)
    so_far = slice(step + 1)
    torch.testing.assert_close(
        mixer(values[:, :, so_far], actions[:, :, so_far], state[:, :, so_far]), whole[:, :, so_far]
    )


@settings(max_examples=15)
@given(seed=SEEDS)
def test_what_happened_earlier_to_the_other_one_counts(seed):
    mixer, values, actions, state = scene(seed)
    changed = state.clone()
    changed[:, :, 1, -1] += 3
    before, after = mixer(values, actions, state), mixer(values, actions, changed)
    assert torch.equal(before[:, :, 0], after[:, :, 0])
    assert (before - after)[:, :, 2:].abs().amax() > 1e-6


def test_the_transformer_without_memory_does_not_care():
    _, values, actions, state = scene(0)
    mixer = wild("transformer", SPEC, layers.generators(1, RUNS))
    changed = state.clone()
    changed[:, :, 1, -1] += 3
    before, after = mixer(values, actions, state), mixer(values, actions, changed)
    torch.testing.assert_close(before[:, :, 2:], after[:, :, 2:], rtol=0, atol=0)


@settings(max_examples=15)
@given(seed=SEEDS, leaving=st.booleans())
def test_it_never_falls_when_a_utility_rises_and_steps_have_no_part_in_one_another(seed, leaving):
    mixer, values, actions, state = scene(seed, leaving)
    values.requires_grad_()
    team = mixer(values, actions, state)
    (slope,) = torch.autograd.grad(team.sum(), values, retain_graph=True)
    assert slope.min() >= 0 and slope.max() > 0 and (not leaving or (slope[:, :, 2:, 1] == 0).all())
    (last,) = torch.autograd.grad(team[:, :, -1].sum(), values)
    assert (last[:, :, :-1] == 0).all()


@settings(max_examples=10)
@given(seed=SEEDS)
def test_greedy_play_attains_the_maximum_at_every_step(seed):
    mixer, values, _, state = scene(seed)
    joint = torch.cartesian_prod(*[torch.arange(2)] * AGENTS)
    team = torch.stack([mixer(values, one.expand(values.shape[:-1]), state) for one in joint], -1)
    assert (team.amax(-1) - mixer(values, mixer.greedy(values), state)).max() <= 1e-9


@settings(max_examples=10)
@given(seed=SEEDS)
def test_the_memory_by_a_plain_loop(seed):
    mixer, values, _, state = scene(seed)
    run, episode = 1, 0
    agents, team, _ = super(type(mixer), mixer).tokens(values, state)

    def linear(layer, x):
        return x @ layer.weight[run].detach().numpy() + layer.bias[run, 0].detach().numpy()

    found = mixer.tokens(values, state)
    for t in range(STEPS):
        past = [team[run, episode, k].detach().numpy() + sines(torch.tensor([k]))[0].numpy() for k in range(t + 1)]
        expected = block(mixer.recall, run, linear, past)[-1]
        assert found[1][run, episode, t].detach().numpy() == pytest.approx(expected, abs=1e-5)
        mine = agents[run, episode, t].detach().numpy() + expected
        assert found[0][run, episode, t].detach().numpy() == pytest.approx(mine, abs=1e-5)


def test_sines_tell_steps_apart():
    places = sines(torch.arange(200)).numpy()
    assert places.shape == (200, EMBED) and np.abs(places).max() <= 1
    apart = np.linalg.norm(places[:, None] - places, axis=-1) + np.eye(200)
    assert apart.min() > 0.5


def test_every_weight_learns_and_first_steps_may_come_without_others():
    mixer, values, actions, state = scene(3)
    mixer.loss(values, actions, torch.zeros(RUNS, EPISODES, STEPS).double(), state).sum().backward()
    for name, parameter in mixer.named_parameters():
        assert (parameter.grad.abs() > 1e-12).any(), name
    first = mixer(values[:, :, 0], actions[:, :, 0], state[:, :, 0])
    torch.testing.assert_close(first, mixer(values, actions, state)[:, :, 0])
