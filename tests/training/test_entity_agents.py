"""Agents for teams of any size: whoever they are, however many, and whatever rows are empty."""

from dataclasses import asdict
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny import Tiny, one_thread_each

from marl_helpers import envs, layers, mixers
from marl_helpers.envs.entities import own_first
from marl_helpers.training import config
from marl_helpers.training.agents import Agents
from marl_helpers.training.entity_agents import PARTS, EntityAgents, make_agents
from marl_helpers.training.plan import POOLINGS, Settings
from marl_helpers.training.replay import play

alone = one_thread_each
RUNS, GAMES, STEPS, ROW, ACTIONS, HIDDEN = 2, 3, 4, 3, 2, 5
SEEDS = st.integers(0, 2**31)


def room(slots, agents=None):
    """An environment's sizes: room for so many agents, and as many rows of others as are left."""
    agents = slots if agents is None else agents
    return SimpleNamespace(n_agents=agents, n_actions=ACTIONS, obs_dim=slots * ROW, entity_dim=ROW)


def tables(seed, slots, present):
    """Random rows [R, N, T, slots, ROW] of which the first `present` are there, and what each agent then sees."""
    rows = layers.draw(layers.generators(seed, RUNS), (GAMES, STEPS, slots, ROW), torch.Tensor.normal_).double()
    rows[..., 0], rows[..., present:, :] = 1, 0
    return rows


def views(rows):
    slots = rows.shape[-2]
    return rows[..., own_first(slots, slots), :].flatten(-2) * rows[..., :1]


def acted(seed, slots):
    numbers = layers.draw(layers.generators(seed + 1, RUNS), (GAMES, STEPS - 1, slots), torch.Tensor.uniform_)
    return (numbers * ACTIONS).long()


def made(seed, env, pooling):
    return EntityAgents(env, layers.generators(seed, RUNS), HIDDEN, pooling).double()


class Plain:
    """One run's agent in numpy: its own row, a loop over those of the others that are present, and a GRU."""

    def __init__(self, agents, run):
        self.w = {name: value[run].detach().numpy() for name, value in agents.state_dict().items()}
        self.pooling, self.memory, self.last = agents.pooling, np.zeros(HIDDEN), np.zeros(ACTIONS)

    def linear(self, name, x):
        return x @ self.w[f"{name}.weight"] + self.w[f"{name}.bias"][0]

    def pooled(self, own, others):
        if self.pooling == "none":
            return []
        met = [np.maximum(self.linear("meet", np.concatenate([own, one])), 0) for one in others]
        if not met:
            return [np.zeros(HIDDEN)] * PARTS[self.pooling]
        if self.pooling == "attention":
            scores = [self.linear("answer", one) @ self.linear("ask", own) / HIDDEN**0.5 for one in others]
            weights = np.exp(np.array(scores) - max(scores))
            return [sum(w * m for w, m in zip(weights / weights.sum(), met))]
        parts = {"sum": np.sum(met, 0), "mean": np.mean(met, 0)}
        return [*parts.values()] if self.pooling == "both" else [parts[self.pooling]]

    def utilities(self, own, others):
        x = np.maximum(self.linear("encode", np.concatenate([own, self.last, *self.pooled(own, others)])), 0)
        from_x = x @ self.w["remember.input_weight"] + self.w["remember.input_bias"][0]
        from_h = self.memory @ self.w["remember.hidden_weight"] + self.w["remember.hidden_bias"][0]
        r, z = (1 / (1 + np.exp(-(from_x + from_h)[k * HIDDEN : (k + 1) * HIDDEN])) for k in range(2))
        new = np.tanh(from_x[2 * HIDDEN :] + r * from_h[2 * HIDDEN :])
        self.memory = (1 - z) * new + z * self.memory
        return self.linear("value", self.memory)


@pytest.mark.parametrize("pooling", PARTS)
@settings(max_examples=8)
@given(seed=SEEDS, slots=st.integers(2, 5), absent=st.integers(0, 2))
def test_utilities_are_those_of_a_loop_over_whoever_is_present(pooling, seed, slots, absent):
    present = max(1, slots - absent)
    agents, rows, actions = made(seed, room(slots), pooling), tables(seed, slots, present), acted(seed, slots)
    q = agents.unroll(views(rows), actions).detach()
    assert (q[..., present:, :] == 0).all()
    for run, game, i in np.ndindex(RUNS, GAMES, present):
        plain = Plain(agents, run)
        for t in range(STEPS):
            there = rows[run, game, t].numpy()
            expected = plain.utilities(there[i], [there[j] for j in range(present) if j != i])
            assert q[run, game, t, i].numpy() == pytest.approx(expected, abs=1e-12)
            if t < STEPS - 1:
                plain.last = np.eye(ACTIONS)[actions[run, game, t, i]]


@pytest.mark.parametrize("pooling", PARTS)
@settings(max_examples=10)
@given(seed=SEEDS, slots=st.integers(2, 6), order=st.randoms(use_true_random=False))
def test_agents_in_another_order_have_their_utilities_in_it(pooling, seed, slots, order):
    places = order.sample(range(slots), slots)
    agents, rows, actions = made(seed, room(slots), pooling), tables(seed, slots, slots - 1), acted(seed, slots)
    moved = agents.unroll(views(rows[..., places, :]), actions[..., places])
    torch.testing.assert_close(moved, agents.unroll(views(rows), actions)[..., places, :], rtol=1e-10, atol=1e-12)


def test_numbered_slots_are_not_so():
    rows, actions = tables(0, 3, 3), acted(0, 3)
    agents = Agents(room(3), layers.generators(0, RUNS), HIDDEN).double()
    moved = agents.unroll(views(rows[..., [1, 0, 2], :]), actions[..., [1, 0, 2]])
    assert (moved - agents.unroll(views(rows), actions)[..., [1, 0, 2], :]).abs().max() > 1e-3


@pytest.mark.parametrize("pooling", PARTS)
@settings(max_examples=10)
@given(seed=SEEDS, size=st.integers(1, 4), more=st.integers(1, 12))
def test_absent_rows_change_nothing_beyond_rounding(pooling, seed, size, more):
    rows, actions = tables(seed, size + 1, size), acted(seed, size + 1)
    wide = torch.cat([rows, rows.new_zeros(*rows.shape[:-2], more, ROW)], -2)
    agents = made(seed, room(size + 1), pooling)
    q = agents.unroll(views(rows), actions)
    padded = agents.unroll(views(wide), torch.cat([actions, actions.new_zeros(*actions.shape[:-1], more)], -1))
    torch.testing.assert_close(padded[..., :size, :], q[..., :size, :], rtol=1e-10, atol=1e-12)
    assert (padded[..., size:, :] == 0).all()


@pytest.mark.parametrize("pooling", PARTS)
def test_the_same_weights_serve_two_to_sixteen(pooling):
    small = made(3, room(2), pooling)
    for n in range(2, 17):
        agents = made(3, room(n), pooling)
        assert agents.state_dict().keys() == small.state_dict().keys()
        assert all(x.equal(small.state_dict()[name]) for name, x in agents.state_dict().items())
        q = small.unroll(views(tables(1, n, n)), acted(1, n))
        assert q.shape == (RUNS, GAMES, STEPS, n, ACTIONS) and q.std(-2).min() >= 0 and q.isfinite().all()


@pytest.mark.parametrize("pooling", PARTS)
def test_the_same_team_plays_the_same_where_there_is_room_for_more(pooling):
    """Not a bit of play changes: actions, rewards and ends, with the same random numbers for whoever is present."""
    few, many = (envs.make("dock_teams", robots=(2, 4), slots=slots, limit=5) for slots in (4, 9))
    generators = layers.generators(0, RUNS)
    noise = layers.draw(generators, (few.limit + 1, 50, few.noise), torch.Tensor.uniform_)
    draws = layers.draw(generators, (few.limit, 50, 4, 2), torch.Tensor.uniform_)
    shelves, worth, rest = noise.split([4, 4, 2], -1)
    spare = torch.rand(*noise.shape[:-1], 5, generator=torch.Generator().manual_seed(0))
    wide = torch.cat([shelves, spare, worth, spare, rest], -1)
    more = torch.rand(*draws.shape[:-2], 5, 2, generator=torch.Generator().manual_seed(1))
    played = []
    for env, numbers, chances in ((few, noise, draws), (many, wide, torch.cat([draws, more], -2))):
        agents = EntityAgents(env, layers.generators(5, RUNS), 16, pooling)
        for parameter in agents.parameters():
            parameter.data *= 2  # more than one action
        spec = mixers.Spec(env.n_agents, env.n_actions, env.state_dim, entity_dim=env.entity_dim)
        played.append(play(env, agents, mixers.make("vdn", spec, layers.generators(0, RUNS)), numbers, chances, 0.3))
    narrow, wide = played
    assert torch.equal(narrow.actions, wide.actions[..., :4]) and (wide.actions[..., 4:] == 0).all()
    for name in ("reward", "filled", "terminated"):
        assert torch.equal(getattr(narrow, name), getattr(wide, name))
    assert 0.1 < narrow.actions.double().mean() < 0.9


def test_a_mean_and_a_softmax_cannot_count_and_a_sum_can():
    def told(pooling, others):
        rows = torch.ones(RUNS, 1, 1, 1 + others, ROW).double()
        return made(0, room(1 + others), pooling).unroll(views(rows), torch.zeros(RUNS, 1, 0, 1 + others).long())[
            ..., 0, :
        ]

    for pooling in ("mean", "attention"):
        torch.testing.assert_close(told(pooling, 3), told(pooling, 5), rtol=0, atol=1e-12)
    assert (told("sum", 3) - told("sum", 5)).abs().min() > 1e-3


def test_only_rows_make_entity_agents_and_slots_are_the_plain_ones():
    plain = make_agents(Tiny, layers.generators(0, 1), 8, "sum")
    assert type(plain) is type(make_agents(room(3), layers.generators(0, 1), 8, "slots")) is Agents
    assert {type(make_agents(room(3), layers.generators(0, 1), 8, pooling)) for pooling in PARTS} == {EntityAgents}
    assert {*PARTS, "slots"} == {*POOLINGS}
    with pytest.raises(ValueError, match="pooling is 'median': choose one of sum, mean"):
        make_agents(room(3), layers.generators(0, 1), 8, "median")
    with pytest.raises(ValueError, match="entity_dim of the environment is 0"):
        EntityAgents(Tiny, layers.generators(0, 1))


def test_agents_without_rows_start_with_the_weights_that_they_always_had():
    """Drawn in the same order: encode, remember, value; so trainings and checkpoints from before go on."""
    generators = layers.generators(4, RUNS)
    sizes = {"encode": (Tiny.obs_dim + Tiny.n_actions + Tiny.n_agents, HIDDEN), "value": (HIDDEN, Tiny.n_actions)}
    expected = [
        layers.Linear(*sizes["encode"], generators),
        layers.GRU(HIDDEN, HIDDEN, generators),
        layers.Linear(*sizes["value"], generators),
    ]
    agents = make_agents(Tiny, layers.generators(4, RUNS), HIDDEN, "sum")
    assert [name.partition(".")[0] for name, _ in agents.named_parameters()] == ["encode"] * 2 + ["remember"] * 4 + [
        "value"
    ] * 2
    mine = [parameter for layer in expected for parameter in layer.parameters()]
    assert all(torch.equal(a, b) for a, b in zip(agents.parameters(), mine, strict=True))


def test_a_config_from_before_there_was_pooling_is_complete():
    old = {name: value for name, value in asdict(Settings()).items() if name != "pooling"}
    what = dict(env="dock", method="vdn", seeds=1, seed=0, device="cpu", options={}, plan={}, settings=old)
    assert config.complete(what)["settings"] == asdict(Settings())
