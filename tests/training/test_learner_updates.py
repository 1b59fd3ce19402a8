"""Updates: runs apart, clipping, the optimiser and the target networks; reloads; no device by name, no waiting."""

import io
import re
from copy import deepcopy
from dataclasses import replace

import pytest
import torch
from tiny import COUNT, RUNS, SMALL, Tiny, make, one_thread_each, random_episodes, some

from marl_helpers import layers, mixers
from marl_helpers.training.learner import PYMARL, Learner, Settings, clip
from marl_helpers.training.replay import Replay, play

alone = one_thread_each


@pytest.mark.parametrize("method", mixers.METHODS)
def test_many_runs_are_what_one_at_a_time_would_be(method):
    batches = [random_episodes(seed, 8, COUNT) for seed in range(3)]
    assert len(set(batches[0].filled.sum((1, 2)).tolist())) > 2  # runs differ in length
    options = dict(runs=8, rate=0.01, clip=0.5, tau=0.1)
    together = make(method, **options)
    metrics = [together.update(batch) for batch in batches][-1]
    for k in range(8):
        one = slice(k, k + 1)
        alone = make(method, which=one, **options)
        last = [alone.update(some(batch, one)) for batch in batches][-1]
        for name, x in metrics.items():
            torch.testing.assert_close(last[name], x[one], rtol=1e-7, atol=1e-9, msg=name)
        for networks in ("online", "target"):
            for name, x in getattr(together, networks).state_dict().items():
                torch.testing.assert_close(
                    getattr(alone, networks).state_dict()[name], x[one], rtol=1e-7, atol=1e-9, msg=name
                )


@pytest.mark.parametrize("method", mixers.METHODS)
def test_a_run_that_is_not_a_number_leaves_the_others_bit_for_bit(method):
    clean, spoiled, episodes = make(method), make(method), random_episodes(0, RUNS, COUNT)
    spoiled.agents.encode.weight.data[1] = torch.nan
    for parameter in spoiled.mixer.parameters():
        parameter.data[1] = torch.nan
    for _ in range(2):
        metrics = [learner.update(episodes) for learner in (clean, spoiled)]
    assert metrics[1]["loss"][1].isnan()
    for ours, theirs in zip(clean.online.parameters(), spoiled.online.parameters(), strict=True):
        assert torch.equal(ours[[0, 2]], theirs[[0, 2]])
    for name, x in metrics[0].items():
        assert torch.equal(x[[0, 2]], metrics[1][name][[0, 2]]), name


def test_gradients_are_clipped_for_each_run():
    parameters = [torch.nn.Parameter(torch.zeros(3, *shape)) for shape in ((2, 4), (1,), (2, 2, 2))]
    for k, parameter in enumerate(parameters):
        parameter.grad = torch.arange(parameter.numel()).view_as(parameter) + k + 1.0
        parameter.grad[0] /= 100
    before = [parameter.grad.clone() for parameter in parameters]
    norms = clip([*parameters, torch.nn.Parameter(torch.zeros(3, 1))], 10.0)  # the last has no gradient
    for run in range(3):
        copies = [torch.nn.Parameter(torch.zeros_like(x[run])) for x in before]
        for copy, gradient in zip(copies, before):
            copy.grad = gradient[run].clone()
        assert norms[run].item() == pytest.approx(torch.nn.utils.clip_grad_norm_(copies, 10.0).item())
        for parameter, copy in zip(parameters, copies):
            torch.testing.assert_close(parameter.grad[run], copy.grad)
    assert norms[0] < 10 < norms[1]  # one run's is left as it is


def test_an_update_is_rmsprop_with_pymarls_settings():
    learner, episodes = make("qmix", clip=1e-3), random_episodes(0, RUNS, COUNT)
    before = [parameter.detach().clone() for parameter in learner.online.parameters()]
    learner.loss(episodes)[0].sum().backward()
    gradients = [parameter.grad for parameter in learner.online.parameters()]
    norm = sum(gradient.flatten(1).square().sum(1) for gradient in gradients).sqrt()
    metrics = learner.update(episodes)
    torch.testing.assert_close(metrics["gradient"], norm)
    for start, gradient, parameter in zip(before, gradients, learner.online.parameters()):
        g = gradient * (1e-3 / (norm + 1e-6)).view(-1, *[1] * (gradient.ndim - 1))
        step = 5e-4 * g / ((0.01 * g**2).sqrt() + 1e-5)
        torch.testing.assert_close(parameter.detach(), start - step, rtol=1e-9, atol=1e-12)
    assert Settings("rmsprop", 5e-4, 10.0, 0.99, 0.0, 200, 0.0, 64, 32) == PYMARL


@pytest.mark.parametrize("method", mixers.METHODS)
def test_the_optimiser_is_given_every_parameter_and_no_target(method):
    learner = make(method)
    given = {id(p) for group in learner.optimiser.param_groups for p in group["params"]}
    assert given == {id(p) for p in [*learner.agents.parameters(), *learner.mixer.parameters()]}
    before, targets = deepcopy(learner.online.state_dict()), deepcopy(learner.target.state_dict())
    for seed in range(3):
        learner.update(random_episodes(seed, RUNS, COUNT))
    for name, x in learner.online.state_dict().items():
        idle = method == "joint" and name.startswith("0.")  # it does without utilities
        assert (x != before[name]).flatten(1).any(1).all() != idle, name
    for name, x in learner.target.state_dict().items():
        assert torch.equal(x, targets[name])


def test_targets_are_copied_after_so_many_episodes():
    learner = make("qmix", target_every=10)

    def copied():
        online = learner.online.state_dict()
        return all(torch.equal(x, online[name]) for name, x in learner.target.state_dict().items())

    found = []
    for played in range(0, 40, 4):  # 4 episodes played before each update
        learner.update(random_episodes(played, RUNS, COUNT))
        learner.refresh(played)
        found.append(copied())
    assert [4 * k for k, same in enumerate(found) if same] == [12, 24, 36]


def test_soft_targets_move_at_every_update_and_are_never_copied():
    learner = make("vdn", tau=0.25, target_every=1)
    before = deepcopy(learner.target.state_dict())
    learner.update(random_episodes(0, RUNS, COUNT))
    learner.refresh(1000)
    for name, x in learner.online.state_dict().items():
        torch.testing.assert_close(learner.target.state_dict()[name], 0.75 * before[name] + 0.25 * x)


def single(episodes):
    return episodes.map(lambda x: x.float() if x.is_floating_point() else x)


def training(optimiser):
    """A learner, a replay and generators, in float32 as they are used."""
    generators = layers.generators(4, RUNS)
    learner = Learner(Tiny, "qmix", generators, Settings(optimiser, rate=0.01, target_every=10, **SMALL))
    replay = Replay(Tiny, RUNS, 8)
    replay.add(single(random_episodes(0, RUNS, 8)))
    return learner, replay, generators


def go_on(learner, replay, generators, updates):
    for k in updates:
        learner.update(replay.sample(4, generators))
        learner.refresh(4 * k)


@pytest.mark.parametrize("optimiser", ["rmsprop", "adam"])
@pytest.mark.parametrize("forgotten", [None, "target", "optimiser", "copied", "replay"])
def test_a_reloaded_training_goes_on_bit_for_bit_and_would_not_without_any_part(optimiser, forgotten):
    learner, replay, generators = training(optimiser)
    go_on(learner, replay, generators, range(5))
    file = io.BytesIO()
    torch.save([learner.state_dict(), replay.state(), [g.get_state() for g in generators]], file)
    go_on(learner, replay, generators, range(5, 9))

    file.seek(0)
    state, episodes, states = torch.load(file, weights_only=True)
    other, others_replay, others_generators = training(optimiser)
    fresh = other.state_dict()
    other.load_state_dict({**state, **{name: fresh[name] for name in fresh if name == forgotten}})
    if forgotten == "replay":
        others_replay.add(single(random_episodes(1, RUNS, 8)))
    else:
        others_replay.load(episodes)
    for generator, saved in zip(others_generators, states):
        generator.set_state(saved)
    go_on(other, others_replay, others_generators, range(5, 9))
    same = [torch.equal(a, b) for a, b in zip(learner.online.parameters(), other.online.parameters(), strict=True)]
    assert all(same) == (forgotten is None)


def test_a_state_is_a_copy():
    learner, replay, generators = training("adam")
    go_on(learner, replay, generators, range(2))
    state = learner.state_dict()
    kept = deepcopy(state)
    go_on(learner, replay, generators, range(2, 4))
    assert torch.equal(state["online"]["0.encode.weight"], kept["online"]["0.encode.weight"])
    assert torch.equal(state["optimiser"]["state"][0]["exp_avg"], kept["optimiser"]["state"][0]["exp_avg"])


@pytest.mark.parametrize("method", mixers.METHODS)
def test_nothing_names_a_device_or_waits_for_what_a_tensor_holds(method):
    """On the device "meta" tensors hold nothing: to look at one fails, and so does to mix in one of another device."""
    learner, replay, generators = training("rmsprop")
    learner = Learner(Tiny, method, generators, Settings(td_lambda=0.5, tau=0.1, **SMALL))
    learner.online.to("meta")
    learner.target.to("meta")
    batch = replay.sample(4, generators).map(lambda x: x.to("meta"))
    loss = learner.update(batch)["loss"]
    noise, draws = torch.zeros(RUNS, 7, 4, Tiny.noise, device="meta"), torch.zeros(RUNS, 6, 4, 2, 2, device="meta")
    Replay(Tiny, RUNS, 8, "meta").add(play(Tiny(), learner.agents, learner.mixer, noise, draws, 0.5))
    with pytest.raises(RuntimeError, match="cannot be called on meta tensors"):
        loss[0].item()
    with pytest.raises(RuntimeError, match="not on the expected device"):
        learner.update(replace(batch, reward=torch.zeros(batch.reward.shape)))


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("optimiser", "sgd", "choose one of rmsprop, adam"),
        ("rate", 0.0, "give a number above 0"),
        ("clip", float("inf"), "give a number above 0"),
        ("discount", 1.5, "give a number from 0 to 1"),
        ("td_lambda", float("nan"), "give a number from 0 to 1"),
        ("tau", "fast", "give a number from 0 to 1"),
        ("target_every", 0, "give a whole number of at least 1"),
        ("hidden", 2.5, "give a whole number of at least 1"),
    ],
)
def test_errors_name_the_setting_and_the_remedy(name, value, remedy):
    with pytest.raises(ValueError, match=f"{name} is {re.escape(repr(value))}: {remedy}"):
        Settings(**{name: value})
