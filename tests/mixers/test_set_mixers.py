"""Mixers for teams of any size, on states that are tables: who is who does not matter, nor who is not there."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from situations import BATCH, RUNS, SEEDS, shortfall, wild

from marl_helpers import layers, mixers

SETS = ["qatten", "set_hyper", "deep_set", "transformer", "trajectory"]
ROW, OTHERS = 3, 2  # features of a row, and rows of entities that are no agents


def spec_of(n_agents, others=OTHERS):
    return mixers.Spec(n_agents, 3, ROW * (n_agents + others), width=4, entity_dim=ROW)


def scene(seed, n_agents, absent=0, others=OTHERS):
    """Values [R, B, n, A] and a state [R, B, rows * ROW]; the last `absent` agents are not there."""
    generators = layers.generators(seed, RUNS)
    values = layers.draw(generators, (BATCH, n_agents, 3), torch.Tensor.normal_).double()
    rows = layers.draw(generators, (BATCH, n_agents + others, ROW), torch.Tensor.normal_).double()
    rows[..., 0] = 1
    here = n_agents - absent
    rows[..., here:n_agents, :], values[..., here:, :] = 0, 0
    return values, rows, generators


def some_actions(values):
    return values.roll(1, 0).argmax(-1)


@pytest.mark.parametrize("name", SETS)
@settings(max_examples=15)
@given(seed=SEEDS, n_agents=st.integers(2, 4), absent=st.integers(0, 1))
def test_greedy_play_attains_the_joint_maximum(name, seed, n_agents, absent):
    values, rows, generators = scene(seed, n_agents, absent)
    spec = spec_of(n_agents)
    available = torch.ones_like(values, dtype=torch.bool)
    available[..., n_agents - absent :, 1:] = False
    assert shortfall(wild(name, spec, generators), spec, values, rows.flatten(-2), available).max() <= 1e-9


@pytest.mark.parametrize("name", SETS)
@settings(max_examples=15)
@given(seed=SEEDS, n_agents=st.integers(2, 5), absent=st.integers(0, 1))
def test_q_tot_never_falls_when_a_utility_rises_and_the_absent_have_no_part(name, seed, n_agents, absent):
    values, rows, generators = scene(seed, n_agents, absent)
    mixer = wild(name, spec_of(n_agents), generators)
    values.requires_grad_()
    team = mixer(values, torch.zeros(RUNS, BATCH, n_agents).long(), rows.flatten(-2))
    (slope,) = torch.autograd.grad(team.sum(), values)
    assert slope.min() >= 0 and slope[..., 0, 0].max() > 0
    assert (slope[..., n_agents - absent :, :] == 0).all()


@pytest.mark.parametrize("name", SETS)
@settings(max_examples=15)
@given(seed=SEEDS, n_agents=st.integers(2, 6), order=st.randoms(use_true_random=False))
def test_agents_in_another_order_leave_q_tot_as_it_is(name, seed, n_agents, order):
    values, rows, generators = scene(seed, n_agents, 1)
    mixer, actions = wild(name, spec_of(n_agents), generators), some_actions(values)
    places = order.sample(range(n_agents), n_agents)
    moved = rows[..., [*places, *range(n_agents, n_agents + OTHERS)], :]
    team = mixer(values, actions, rows.flatten(-2))
    again = mixer(values[..., places, :], actions[..., places], moved.flatten(-2))
    torch.testing.assert_close(again, team, rtol=1e-9, atol=1e-9)


def test_a_mixer_with_numbers_is_not_so():
    values, rows, generators = scene(0, 3)
    mixer, actions = wild("qmix", spec_of(3), generators), some_actions(values)
    swapped = rows[..., [1, 0, 2, 3, 4], :]
    again = mixer(values[..., [1, 0, 2], :], actions[..., [1, 0, 2]], swapped.flatten(-2))
    assert (again - mixer(values, actions, rows.flatten(-2))).abs().median() > 1e-3


@pytest.mark.parametrize("name", SETS)
@settings(max_examples=10)
@given(seed=SEEDS, n_agents=st.integers(2, 4), more=st.integers(1, 12), others=st.integers(0, 3))
def test_absent_rows_change_nothing_beyond_rounding(name, seed, n_agents, more, others):
    values, rows, generators = scene(seed, n_agents)
    mixer, actions = wild(name, spec_of(n_agents), generators), some_actions(values)
    team = mixer(values, actions, rows.flatten(-2))
    nobody = rows.new_zeros(RUNS, BATCH, more, ROW)
    nothing = rows.new_zeros(RUNS, BATCH, others, ROW)
    wide = torch.cat([rows[..., :n_agents, :], nobody, rows[..., n_agents:, :], nothing], -2)
    idle = torch.zeros(RUNS, BATCH, more, 3).double()
    again = mixer(
        torch.cat([values, idle], -2), torch.cat([actions, torch.zeros(RUNS, BATCH, more).long()], -1), wide.flatten(-2)
    )
    torch.testing.assert_close(again, team, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", SETS)
def test_the_same_weights_serve_two_to_sixteen(name):
    small = mixers.make(name, spec_of(2), layers.generators(0, RUNS)).double()
    shapes = {key: x.shape for key, x in small.state_dict().items()}
    for n in range(2, 17):
        values, rows, _ = scene(n, n)
        mixer = mixers.make(name, spec_of(n), layers.generators(0, RUNS)).double()
        assert {key: x.shape for key, x in mixer.state_dict().items()} == shapes
        mixer.load_state_dict(small.state_dict())
        team = small(values, some_actions(values), rows.flatten(-2))
        assert torch.equal(team, mixer(values, some_actions(values), rows.flatten(-2)))
        assert team.shape == (RUNS, BATCH) and team.isfinite().all()


@pytest.mark.parametrize("name", SETS)
def test_a_state_without_anybody_as_after_an_episodes_end_does_no_harm(name):
    values, rows, generators = scene(0, 3)
    rows[:, 0] = 0
    mixer = wild(name, spec_of(3), generators)
    loss = mixer.loss(values, some_actions(values), torch.zeros(RUNS, BATCH).double(), rows.flatten(-2))
    gradients = torch.autograd.grad(loss[:, 1:].sum(), list(mixer.parameters()))
    assert loss.isfinite().all() and all(x.isfinite().all() for x in gradients)


@pytest.mark.parametrize("name", SETS)
def test_every_weight_learns_from_tables(name):
    values, rows, generators = scene(1, 3)
    mixer = wild(name, spec_of(3), generators)
    mixer.loss(values, some_actions(values), torch.zeros(RUNS, BATCH).double(), rows.flatten(-2)).sum().backward()
    for part, parameter in mixer.named_parameters():
        assert parameter.grad is not None and (parameter.grad.abs() > 1e-12).any(), part


@pytest.mark.parametrize("name", SETS)
def test_runs_do_not_touch_each_other(name):
    values, rows, _ = scene(1, 3)
    mixer, state = mixers.make(name, spec_of(3), layers.generators(7, RUNS)).double(), rows.flatten(-2)

    def gradients():
        loss = mixer.loss(values, values.argmax(-1), values.sum((-1, -2)), state).sum()
        return torch.autograd.grad(loss, list(mixer.parameters()))

    clean, others = gradients(), torch.arange(RUNS) != 3
    values[3], state[3] = torch.nan, torch.nan
    for before, after in zip(clean, gradients(), strict=True):
        assert torch.equal(before[others], after[others])


def plain(mixer, run, state):
    """One run's layers as functions of NumPy's, and the whole of the team."""

    def linear(layer, x):
        return x @ layer.weight[run].detach().numpy() + layer.bias[run, 0].detach().numpy()

    def generate(part, x):
        for layer in part.network if isinstance(part.network, torch.nn.Sequential) else [part.network]:
            x = linear(layer, x) if isinstance(layer, layers.Linear) else np.maximum(x, 0)
        return x.reshape(part.shape)

    rows = state.reshape(-1, ROW)
    whole = sum(np.maximum(linear(mixer.team.embed, row), 0) for row in rows if row[0]) if hasattr(mixer, "team") else 0
    return linear, generate, rows, whole


def sample(name, seed, absent):
    values, rows, generators = scene(seed, 3, absent)
    mixer, run, place = wild(name, spec_of(3), generators), RUNS // 2, BATCH - 1
    actions = some_actions(values)
    q = values.gather(-1, actions.unsqueeze(-1))[run, place, : 3 - absent, 0].numpy()
    team = mixer(values, actions, rows.flatten(-2))[run, place].item()
    return team, q, mixer, *plain(mixer, run, rows[run, place].numpy()), run


def bent(z):
    """The units of `monotone`: bounded, convex, concave."""
    a, b, c = np.array_split(z, 3)
    elu = lambda x: np.where(x > 0, x, np.exp(np.minimum(x, 0)) - 1)  # noqa: E731
    return np.concatenate([np.tanh(a), elu(b), -elu(-c)])


@settings(max_examples=15)
@given(seed=SEEDS, absent=st.integers(0, 1))
def test_qatten_by_a_plain_loop(seed, absent):
    team, q, mixer, _, generate, rows, whole, run = sample("qatten", seed, absent)
    query, weights, total = generate(mixer.query, whole), np.abs(generate(mixer.w, whole)), generate(mixer.c, whole)[0]
    for head in range(mixer.heads):
        keys = [(row @ mixer.key[run].detach().numpy()).reshape(mixer.heads, -1)[head] for row in rows[: len(q)]]
        scores = np.array([query[head] @ key for key in keys]) / np.sqrt(query.shape[-1])
        shares = np.exp(scores - scores.max()) / np.exp(scores - scores.max()).sum()
        total += weights[head] * (shares @ q)
    assert team == pytest.approx(total, rel=1e-9, abs=1e-9)


@settings(max_examples=15)
@given(seed=SEEDS, absent=st.integers(0, 1))
def test_the_set_hypernetwork_by_a_plain_loop(seed, absent):
    team, q, mixer, _, generate, rows, whole, _ = sample("set_hyper", seed, absent)
    z = generate(mixer.b1, whole)
    for value, row in zip(q, rows):
        z = z + np.abs(generate(mixer.w1.network, np.concatenate([row, whole]))) * value
    hidden = np.where(z > 0, z, np.exp(np.minimum(z, 0)) - 1)
    expected = hidden @ np.abs(generate(mixer.w2, whole)) + generate(mixer.v, whole)[0]
    assert team == pytest.approx(expected, rel=1e-9, abs=1e-9)


@settings(max_examples=15)
@given(seed=SEEDS, absent=st.integers(0, 1))
def test_the_deep_set_by_a_plain_loop(seed, absent):
    team, q, mixer, _, generate, rows, whole, _ = sample("deep_set", seed, absent)
    total = 0
    for value, row in zip(q, rows):
        seen = np.concatenate([row, whole])
        total = total + bent(np.abs(generate(mixer.w1.network, seen)) * value + generate(mixer.b1.network, seen))
    hidden = bent(total @ np.abs(generate(mixer.w2, whole)) + generate(mixer.b2, whole))
    expected = hidden @ np.abs(generate(mixer.w3, whole)) + generate(mixer.v, whole)[0]
    assert team == pytest.approx(expected, rel=1e-9, abs=1e-9)


def normed(x):
    return (x - x.mean()) / np.sqrt(x.var() + 1e-5)


def block(part, run, linear, tokens):
    """A layer of a transformer, over tokens that all see each other, one token and one head at a time."""
    found, parts = [], [(token @ part.attend[run].detach().numpy()).reshape(3, part.heads, -1) for token in tokens]
    for token, (query, _, _) in zip(tokens, parts):
        gathered = []
        for head in range(part.heads):
            scores = np.array([query[head] @ key[head] for _, key, _ in parts]) / np.sqrt(query.shape[-1])
            shares = np.exp(scores - scores.max()) / np.exp(scores - scores.max()).sum()
            gathered.append(sum(share * value[head] for share, (_, _, value) in zip(shares, parts)))
        token = normed(token + linear(part.gather, np.concatenate(gathered)))
        found.append(normed(token + linear(part.think[2], np.maximum(linear(part.think[0], token), 0))))
    return found


@settings(max_examples=15)
@given(seed=SEEDS, absent=st.integers(0, 1))
def test_the_transformer_by_a_plain_loop(seed, absent):
    team, q, mixer, linear, _, rows, _, run = sample("transformer", seed, absent)
    first = mixer.first.plain[run, 0].detach().numpy()
    tokens = block(mixer.block, run, linear, [linear(mixer.token, row) for row in rows if row[0]] + [first])
    b1, w2, v = np.split(linear(mixer.rest, tokens[-1]), [4, 8])
    z = b1 + sum(np.abs(linear(mixer.w1, token)) * value for token, value in zip(tokens, q))
    hidden = np.where(z > 0, z, np.exp(np.minimum(z, 0)) - 1)
    assert team == pytest.approx(hidden @ np.abs(w2) + v[0], rel=1e-7, abs=1e-7)


@pytest.mark.parametrize("n", [2, 3, 8])
def test_qattens_shares_sum_to_one_so_an_average_of_equal_utilities_does_not_grow(n):
    values, rows, generators = scene(0, n)
    mixer = wild("qatten", spec_of(n), generators)
    own, whole, present = mixer.team(values, rows.flatten(-2))
    torch.testing.assert_close(mixer.shares(own, whole, present).sum(-1), torch.ones(RUNS, BATCH, 4).double())
    equal, chosen = torch.ones_like(values), values.argmax(-1)
    grown = mixer(2 * equal, chosen, rows.flatten(-2)) - mixer(equal, chosen, rows.flatten(-2))
    torch.testing.assert_close(grown, mixer.positive(mixer.w(whole)).sum(-1))


def test_equal_agents_make_a_set_hypernetwork_convex_in_one_sum():
    values, rows, generators = scene(2, 3)
    rows[..., 1:3, :] = rows[..., :1, :]
    mixer, state = wild("set_hyper", spec_of(3), generators), rows.flatten(-2)
    level = lambda x: mixer(values * 0 + x, values.argmax(-1), state)  # noqa: E731
    spread = torch.tensor([0.5, -0.25, -0.25]).double().view(3, 1)
    torch.testing.assert_close(mixer(values * 0 + spread, values.argmax(-1), state), level(0.0), rtol=1e-9, atol=1e-9)
    assert (level(1.0) + level(-1.0) - 2 * level(0.0)).min() >= -1e-9


@settings(max_examples=10)
@given(seed=SEEDS, absent=st.integers(0, 2))
def test_independent_learners_average_over_those_who_are_there(seed, absent):
    values, rows, generators = scene(seed, 4, absent)
    mixer, actions, target = wild("iql", spec_of(4), generators), some_actions(values), values.sum((-1, -2))
    mine = values.gather(-1, actions.unsqueeze(-1)).squeeze(-1)[..., : 4 - absent]
    torch.testing.assert_close(mixer(values, actions, rows.flatten(-2)), mine.mean(-1))
    expected = ((mine - target.unsqueeze(-1)) ** 2).mean(-1)
    torch.testing.assert_close(mixer.loss(values, actions, target, rows.flatten(-2)), expected)


def test_rows_that_do_not_fit_and_heads_that_do_not_divide_are_refused():
    with pytest.raises(
        ValueError, match="state_dim is 10: give whole rows of entity_dim, 3, one at least for each of 2"
    ):
        mixers.Spec(2, 3, 10, entity_dim=3)
    with pytest.raises(ValueError, match="state_dim is 3: give whole rows"):
        mixers.Spec(2, 3, 3, entity_dim=3)
    with pytest.raises(ValueError, match="heads is 3: give a divisor of 32"):
        mixers.make("transformer", spec_of(2), layers.generators(0, 1), {"heads": 3})
    with pytest.raises(ValueError, match="heads is 0: give a whole number of at least 1"):
        mixers.make("qatten", spec_of(2), layers.generators(0, 1), {"heads": 0})
