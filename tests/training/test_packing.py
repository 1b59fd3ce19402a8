"""A team in plain numbers: it comes back as it was but for a rounding that is bounded, whatever the size."""

import json
from dataclasses import replace

import pytest
import torch
from quick import QUICK

from marl_helpers import envs, train
from marl_helpers.training import pack, transfer
from marl_helpers.training.packing import LEVELS, unpack


def trained(**options):
    env = envs.make("dock_teams", robots=(2, 4), limit=4)
    return train(env, **(QUICK | {"mixer": "vdn"} | options))


@pytest.mark.parametrize("pooling", ["sum", "mean", "both", "attention", "none"])
def test_a_team_comes_back_rounded_and_for_any_number_of_robots(pooling):
    run = trained(pooling=pooling)
    packed = json.loads(json.dumps(pack(run, 1)))
    agents = unpack(packed, envs.make("dock_teams", robots=(2, 12)))
    weights = run.learner.agents.state_dict()
    assert agents.state_dict().keys() == weights.keys()
    for name, found in agents.state_dict().items():
        one = weights[name][1]
        assert (found[0] - one).abs().max() <= one.abs().max() * (0.5 / LEVELS + 1e-7)
    told = (packed["env"], packed["options"]["robots"], packed["method"], packed["which"], packed["pooling"])
    assert told == ("dock_teams", [2, 4], "vdn", 1, pooling)


def test_what_is_rounded_is_played_alike():
    """Of 500 shifts of eight robots, by weights drawn at random and as wide apart as learned ones."""
    run = transfer(trained(hidden=32), envs.make("dock_teams", robots=(8, 8)))
    with torch.no_grad():
        for parameter in run.learner.agents.parameters():
            parameter *= 2
    agents = unpack(pack(run, 1), run.env)
    generator = torch.Generator().manual_seed(0)
    obs = run.env.observe(run.env.reset(torch.rand(2, 500, run.env.noise, generator=generator))).obs
    exact, _ = run.learner.agents.step(obs, *run.learner.agents.start(obs))
    rounded, _ = agents.step(obs[1:], *agents.start(obs[1:]))
    apart = (exact[1] - rounded[0]).abs()
    gap = exact[1].diff(dim=-1).squeeze(-1).abs()
    other = exact[1].argmax(-1) != rounded[0].argmax(-1)
    assert 0 < apart.max() < 0.01 and (gap[other] <= 2 * apart.max()).all() and other.float().mean() < 0.01


@pytest.mark.parametrize("zero", [True, False])
def test_weights_that_are_all_zero_stay_so_and_those_that_are_no_numbers_are_refused(zero):
    run = trained()
    with torch.no_grad():
        run.learner.agents.value.bias.fill_(0 if zero else torch.nan)
    if zero:
        assert (unpack(pack(run), run.env).value.bias == 0).all()
    else:
        with pytest.raises(ValueError, match=r"weights value.bias are not finite"):
            pack(run)


def test_what_cannot_be_packed_or_unpacked_is_refused():
    run = trained()
    with pytest.raises(ValueError, match="which is 2: give one of the run's seeds"):
        pack(run, 2)
    with pytest.raises(ValueError, match=r"which is 1, and it burst: choose another seed"):
        pack(replace(run, diverged={1: "it burst"}), 1)
    with pytest.raises(ValueError, match="the agents are Agents: train in an environment of rows"):
        pack(trained(pooling="slots"))
    with pytest.raises(ValueError, match="run is 3: give a run that train returned"):
        pack(3)
    packed = pack(run)
    with pytest.raises(ValueError, match="packed does not fit predator_prey_teams: give what pack returned"):
        unpack(packed, envs.make("predator_prey_teams"))
    del packed["weights"]["value.bias"]
    with pytest.raises(ValueError, match="packed does not fit dock_teams"):
        unpack(packed, run.env)
