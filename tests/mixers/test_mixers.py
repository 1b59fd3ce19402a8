"""The promises of the mixers, checked by brute force over thousands of random mixers, values and states."""

from itertools import pairwise, product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from situations import BATCH, RUNS, SEEDS, shortfall, situation, wild

from marl_helpers import layers, mixers
from marl_helpers.mixers.base import Mixer, chosen, mask
from marl_helpers.mixers.joint import JointFunction

SETS = ["qatten", "set_hyper", "deep_set", "transformer", "trajectory"]  # more of them in test_set_mixers.py


@pytest.mark.parametrize("name", ["joint", *(name for name, method in mixers.METHODS.items() if method.igm)])
@pytest.mark.parametrize("positivity", ["abs", "softplus"])
@settings(max_examples=25)
@given(seed=SEEDS, n_agents=st.integers(2, 3), n_actions=st.integers(1, 4), state_dim=st.sampled_from([0, 3]))
def test_greedy_play_attains_the_joint_maximum(name, positivity, seed, n_agents, n_actions, state_dim):
    spec, generators, values, state, available = situation(seed, n_agents, n_actions, state_dim, positivity=positivity)
    mixer = wild(name, spec, generators)
    assert shortfall(mixer, spec, values, state, available).max() <= 1e-9


def test_the_joint_maximum_check_can_fail():
    """One negative weight for agent 2, and greedy play misses the maximum in most mixers."""
    spec, generators, values, state, available = situation(0)
    mixer = wild("qmix", spec, generators)
    mixer.positive = lambda raw: raw.abs() * torch.tensor([[1.0], [-1.0]]).double() if raw.ndim == 4 else raw.abs()
    assert (shortfall(mixer, spec, values, state, torch.ones_like(available)) > 1e-3).double().mean() > 0.5


@pytest.mark.parametrize("name", ["qmix", "monotone", *SETS])
@pytest.mark.parametrize("positivity", ["abs", "softplus"])
@settings(max_examples=25)
@given(seed=SEEDS, n_agents=st.integers(2, 4), state_dim=st.sampled_from([0, 3]))
def test_q_tot_never_falls_when_a_utility_rises(name, positivity, seed, n_agents, state_dim):
    spec, generators, values, state, _ = situation(seed, n_agents, 2, state_dim, 3.0, positivity=positivity)
    mixer = wild(name, spec, generators)
    values.requires_grad_()
    (slope,) = torch.autograd.grad(mixer(values, torch.zeros(RUNS, BATCH, n_agents).long(), state).sum(), values)
    assert slope.min() >= 0
    assert slope[..., 0].max() > 0


@given(seed=SEEDS, n_agents=st.integers(2, 4))
def test_vdn_is_qmix_with_unit_weights_on_the_linear_side_of_elu(seed, n_agents):
    spec, generators, values, _, _ = situation(seed, n_agents)
    qmix, vdn = mixers.make("qmix", spec, generators).double(), mixers.make("vdn", spec, generators)
    for part, fill in (("w1", 1 / spec.width), ("b1", 100.0), ("w2", 1.0), ("v", -100.0 * spec.width)):
        getattr(qmix, part).plain.data.fill_(fill)
    actions = vdn.greedy(values)
    torch.testing.assert_close(qmix(values, actions), vdn(values, actions), rtol=0, atol=1e-9)


@given(seed=SEEDS, state_dim=st.sampled_from([0, 3]))
def test_qmix_agrees_with_a_plain_loop(seed, state_dim):
    spec, generators, values, state, _ = situation(seed, 3, 2, state_dim)
    mixer = wild("qmix", spec, generators)
    actions = mixer.greedy(values)
    team = mixer(values, actions, state)
    run, sample = RUNS // 2, BATCH - 1

    def generate(part):
        if state is None:
            return part.plain[run, 0].detach().numpy()
        x = state[run, sample].numpy()
        for layer in part.network if isinstance(part.network, torch.nn.Sequential) else [part.network]:
            if isinstance(layer, layers.Linear):
                x = x @ layer.weight[run].detach().numpy() + layer.bias[run, 0].detach().numpy()
            else:
                x = np.maximum(x, 0)
        return x.reshape(part.shape)

    total = generate(mixer.v)[0]
    for unit in range(spec.width):
        z = generate(mixer.b1)[unit]
        for agent in range(3):
            q = values[run, sample, agent, actions[run, sample, agent]].item()
            z += abs(generate(mixer.w1)[agent, unit]) * q
        total += abs(generate(mixer.w2)[unit]) * (z if z > 0 else np.exp(z) - 1)
    assert team[run, sample].item() == pytest.approx(total, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("positivity", ["abs", "softplus"])
@given(seed=SEEDS, n_agents=st.integers(2, 3), n_actions=st.integers(2, 3))
def test_the_jacobian_by_hand_is_the_one_of_autograd(positivity, seed, n_agents, n_actions):
    spec, generators, values, _, _ = situation(seed, n_agents, n_actions, positivity=positivity)
    mixer, utilities = wild("qmix", spec, generators), values[:, :1]
    joint = torch.tensor(list(product(range(n_actions), repeat=n_agents))).expand(RUNS, -1, -1)
    for by_hand, by_autograd in zip(
        mixer.jacobian(utilities, joint), Mixer.jacobian(mixer, utilities, joint), strict=True
    ):
        torch.testing.assert_close(by_hand, by_autograd, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", mixers.METHODS)
@pytest.mark.parametrize("state_dim", [0, 3])
def test_runs_do_not_touch_each_other(name, state_dim):
    spec, _generators, values, state, _ = situation(1, state_dim=state_dim)
    mixer = mixers.make(name, spec, layers.generators(7, RUNS)).double()
    target = values.sum((-1, -2))

    def gradients():
        variables = [values.detach().requires_grad_(), *mixer.parameters()]
        loss = mixer.loss(variables[0], values.argmax(-1), target, state).sum()
        return torch.autograd.grad(loss, variables, materialize_grads=True)

    clean = gradients()
    values[3], target[3] = torch.nan, torch.nan
    others = torch.arange(RUNS) != 3
    for before, after in zip(clean, gradients(), strict=True):
        assert torch.equal(before[others], after[others])


def explored(values, available):
    """Utilities with what is not available masked, and available joint actions that are not all greedy."""
    actions = torch.where(available, values.roll(1, 0), -torch.inf).argmax(-1)
    return mask(values, available), actions


def outcome(mixer, values, actions, target, state):
    """What the team plays, its value, its loss, and the gradient of the loss by utilities and parameters."""
    variables = [values.detach().requires_grad_(), *mixer.parameters()]
    loss = mixer.loss(variables[0], actions, target, state)
    gradients = torch.autograd.grad(loss.sum(), variables, materialize_grads=True)
    return mixer.greedy(values, state), mixer(values, actions, state), loss, *gradients


@pytest.mark.parametrize("name", mixers.METHODS)
@pytest.mark.parametrize("state_dim", [0, 3])
def test_many_runs_are_what_one_at_a_time_would_be(name, state_dim):
    spec, _, values, state, available = situation(2, state_dim=state_dim)
    values, actions = explored(values, available)
    target = actions.sum(-1).double()

    def runs(which):
        mixer = mixers.make(name, spec, layers.generators(5, RUNS)[which]).double()
        return outcome(mixer, values[which], actions[which], target[which], None if state is None else state[which])

    together = runs(slice(RUNS))
    for k in (0, 1, RUNS - 1):
        for one, all_of_them in zip(runs(slice(k, k + 1)), together, strict=True):
            torch.testing.assert_close(one, all_of_them[k : k + 1])


@pytest.mark.parametrize("name", [name for name, method in mixers.METHODS.items() if not method.remembers])
def test_steps_of_episodes_are_so_many_samples(name):
    """values [R, episodes, steps, n_agents, n_actions] give what [R, episodes * steps, ...] do."""
    spec, draws, values, state, available = situation(6, 3, state_dim=3)
    values, actions = explored(values, available)
    given = values, actions, actions.sum(-1).double(), state
    mixer = wild(name, spec, draws)
    flat = outcome(mixer, *given)
    deep = outcome(mixer, *(part.unflatten(1, (2, BATCH // 2)) for part in given))
    for one, other in zip(flat, deep, strict=True):
        torch.testing.assert_close(one, other.reshape(one.shape))


@pytest.mark.parametrize("name", mixers.METHODS)
@pytest.mark.parametrize("shape", [(3,), (3, 3, 2), (4, 3, 2)])
def test_without_a_state_other_batch_axes_are_refused_where_numbers_would_be_wrong(name, shape):
    draws = layers.generators(0, shape[0])
    values = layers.draw(draws, (*shape[1:], 2, 3), torch.Tensor.normal_).double()
    mixer, flat, actions = wild(name, mixers.Spec(2, 3), draws), values.reshape(shape[0], -1, 2, 3), values.argmin(-1)
    parameters = any(parameter.numel() for parameter in mixer.parameters())
    calls = (
        (mixer, parameters, (values, actions), (flat, flat.argmin(-1))),
        (mixer.loss, parameters, (values, actions, actions.sum(-1)), (flat, flat.argmin(-1), flat.argmin(-1).sum(-1))),
        (mixer.greedy, name in ("graph", "joint"), (values,), (flat,)),
    )
    for ask, refuses, deep, flattened in calls:
        if refuses:
            with pytest.raises(ValueError, match=rf"values has shape .*'{name}' takes one batch axis.*flatten the oth"):
                ask(*deep)
        else:
            answer = ask(*deep)
            assert answer.shape[: len(shape)] == shape
            torch.testing.assert_close(answer.flatten(), ask(*flattened).flatten())


@pytest.mark.parametrize("name", mixers.METHODS)
@settings(max_examples=10)
@given(seed=SEEDS, n_agents=st.integers(2, 3), state_dim=st.sampled_from([0, 3]))
def test_an_unavailable_action_has_no_part_in_learning(name, seed, n_agents, state_dim):
    spec, generators, values, state, available = situation(seed, n_agents, 3, state_dim)
    values, actions = explored(values, available)
    greedy, team, loss, by_value, *by_parameter = outcome(
        wild(name, spec, generators), values, actions, actions.sum(-1).double(), state
    )
    assert chosen(available, greedy).all() and (by_value[~available] == 0).all()
    for part in (team, loss, by_value, *by_parameter):
        assert part.isfinite().all()


@pytest.mark.parametrize("name", ["qmix", "monotone", "cw_qmix", "ow_qmix", "qtran", "qtran_alt", "qplex", *SETS])
@pytest.mark.parametrize("state_dim", [0, 3])
def test_every_weight_of_the_mixer_learns(name, state_dim):
    spec, generators, values, state, _ = situation(3, state_dim=state_dim)
    mixer = wild(name, spec, generators)
    mixer.loss(values, values.argmin(-1), torch.zeros(RUNS, BATCH).double(), state).sum().backward()
    for name, parameter in mixer.named_parameters():
        assert parameter.grad is not None and (parameter.grad != 0).any(), name


@given(seed=SEEDS, n_agents=st.integers(1, 3), outputs=st.integers(1, 2))
def test_an_unrestricted_function_of_state_and_actions_is_a_plain_network(seed, n_agents, outputs):
    spec, draws, values, state, _ = situation(seed, n_agents, 3, state_dim=2)
    function, actions = JointFunction(spec, outputs, draws).double(), values.argmin(-1)
    run, sample = RUNS // 2, BATCH - 1
    x = np.concatenate([state[run, sample].numpy(), np.eye(3)[actions[run, sample].numpy()].ravel()])
    linear = [layer for layer in function.modules() if isinstance(layer, layers.Linear)]
    assert [layer.weight.shape[-1] for layer in linear] == [64, 64, outputs]
    for layer in linear:
        x = x @ layer.weight[run].detach().numpy() + layer.bias[run, 0].detach().numpy()
        x = x if layer is linear[-1] else np.maximum(x, 0)
    assert function(actions, state)[run, sample].tolist() == pytest.approx(x, abs=1e-12)


@pytest.mark.parametrize(
    ("part", "sizes"),
    [("w1", [3, 64, 8]), ("b1", [3, 4]), ("w2", [3, 64, 4]), ("v", [3, 32, 1])],
)
def test_qmix_generates_all_but_b1_through_a_hidden_layer(part, sizes):
    spec, generators, _, state, _ = situation(6, state_dim=3)  # width 4
    network = getattr(wild("qmix", spec, generators), part)
    linear = [layer for layer in network.modules() if isinstance(layer, layers.Linear)]
    assert [tuple(layer.weight.shape[1:]) for layer in linear] == list(pairwise(sizes))
    bend = network(state) + network(-state) - 2 * network(0 * state)  # zero for what is affine in the state
    assert (bend.abs().max() > 1) if len(sizes) == 3 else (bend.abs().max() < 1e-9)


def test_a_linear_layer_is_torchs_for_each_run():
    layer = layers.Linear(5, 2, layers.generators(0, 3))
    x = torch.randn(3, 7, 4, 5, generator=torch.Generator().manual_seed(0))
    for k in range(3):
        plain = torch.nn.functional.linear(x[k], layer.weight[k].T, layer.bias[k, 0])
        torch.testing.assert_close(layer(x)[k], plain)
    assert layer.weight.abs().max() <= 5**-0.5 and layer.weight.std() > 0.2


def test_defining_a_mixer_is_enough_to_enter_it():
    try:

        class Smallest(Mixer):
            name, label, rank, igm = "smallest", "min", 50, True

            def forward(self, values, actions, state=None):
                return chosen(values, actions).amin(-1)

        spec, generators, values, state, available = situation(4)
        mixer = mixers.make("smallest", spec, generators)
        assert shortfall(mixer, spec, values, state, available).max() <= 0
    finally:
        mixers.METHODS.pop("smallest", None)


def test_a_mixer_needs_a_name_of_its_own():
    before = dict(mixers.METHODS)
    with pytest.raises(TypeError, match="class Deeper has name 'qmix': give it a name"):

        class Deeper(mixers.find("qmix")):
            pass

    with pytest.raises(TypeError, match="class Nameless has name None: give it a name"):

        class Nameless(Mixer):
            pass

    with pytest.raises(TypeError, match="class Other has name 'vdn'"):

        class Other(Mixer):
            name, label, rank, igm = "vdn", "Other", 3, True

    assert before == mixers.METHODS


def test_methods_stand_in_the_order_of_rank():
    try:
        for _ in range(2):  # a cell that is run again

            class Between(Mixer):
                name, label, rank, igm = "between", "Between", 1.5, True

        ranks = [method.rank for method in mixers.METHODS.values()]
        assert ranks == sorted(ranks) and 1.5 in ranks and list(mixers.METHODS)[:4] == ["iql", "vdn", "between", "qmix"]
    finally:
        mixers.METHODS.pop("between", None)


def test_errors_name_the_remedy():
    spec, generators, values, _, _ = situation(5, state_dim=3)
    with pytest.raises(ValueError, match=f"method is 'qmixx': choose one of {', '.join(mixers.METHODS)}"):
        mixers.make("qmixx", spec, generators)
    with pytest.raises(ValueError, match="positivity is 'exp': choose one of abs, softplus"):
        mixers.make("qmix", mixers.Spec(2, 3, positivity="exp"), generators)
    for name in ("qmix", "monotone", "cw_qmix", "qtran", "qplex", *SETS):
        mixer = mixers.make(name, spec, generators)
        with pytest.raises(ValueError, match="pass the global state"):
            mixer.loss(values, values.argmax(-1), values.sum((-1, -2)))
    with pytest.raises(ValueError, match="runs is 0"):
        layers.generators(0, 0)
