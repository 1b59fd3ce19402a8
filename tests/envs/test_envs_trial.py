"""An environment with a mistake in it is refused before a training starts, with the mistake named."""

import numpy as np
import pytest
import torch
from quick import QUICK
from test_envs import OPTIONAL

from marl_helpers import envs, layers, train
from marl_helpers.envs import Env, Observation


class Plain(Env):
    """Nothing happens in it; `given` replaces a part of what it observes or plays, from a time on."""

    name = "plain"
    n_agents, n_actions, obs_dim, state_dim, limit, noise = 2, 3, 4, 5, 3, 1
    given, since = {}, 0

    def start(self, noise):
        return self.given.get("started", lambda *shape: {"x": torch.zeros(shape)})(*noise.shape[:2])

    def observe(self, world):
        shape, now = world["x"].shape, int(world["time"].max())
        seen = {
            "obs": torch.zeros(*shape, 2, 4),
            "state": torch.zeros(*shape, 5),
            "available": torch.ones(*shape, 2, 3, dtype=torch.bool),
        }
        if (make := self.given.get("seen")) and now >= self.since:
            return make(*shape)
        change = {name: make(*shape) for name, make in self.given.items() if name in seen and now >= self.since}
        return Observation(**(seen | change))

    def play(self, world, actions, noise):
        shape = actions.shape[:2]
        parts = {"reward": torch.zeros(shape), "finished": torch.zeros(shape, dtype=torch.bool)}
        parts |= {name: make(*shape) for name, make in self.given.items() if name in parts}
        if make := self.given.get("played"):
            return make(*shape)
        return {"x": world["x"]}, parts["reward"], parts["finished"]


del envs.ENVS[Plain.name]  # it is for these tests only


def broken(since=0, attributes=(), **given):
    env = Plain()
    env.given, env.since = given, since
    for name, value in dict(attributes).items():
        setattr(env, name, value)
    return env


def no_action(runs, games):
    """For agent 2, in one game only."""
    available = torch.ones(runs, games, 2, 3, dtype=torch.bool)
    available[-1, -1, 1] = False
    return available


def one_nan(*shape):
    x = torch.zeros(shape)
    x[-1, -1] = torch.nan
    return x


GAMES = "for 2 runs of 4 games"
MISTAKES = [
    (dict(reward=lambda r, b: torch.zeros(b)), r"play returned rewards of shape \[4\]: give \[2, 4\], \[runs, env"),
    (
        dict(reward=lambda r, b: torch.zeros(r, b, 2)),
        r"rewards of shape \[2, 4, 2\]: give \[2, 4\], .*, as a team earns one",
    ),
    (dict(reward=lambda r, b: torch.zeros(r, b).double()), "reward has dtype torch.float64: give torch.float32"),
    (dict(reward=lambda r, b: torch.zeros(r, b).long()), "reward has dtype torch.int64: give torch.float32"),
    (dict(reward=one_nan), "reward at step 1 of game 3 has a number that is not finite"),
    (dict(finished=lambda r, b: torch.zeros(r, b).long()), "games finished of dtype torch.int64: give torch.bool"),
    (dict(finished=lambda r, b: torch.zeros(b) > 0), r"play returned games finished of shape \[4\]: give \[2, 4\]"),
    (dict(reward=lambda r, b: 0.0), "play returned rewards of type float: give a tensor"),
    (dict(played=lambda r, b: None), "play returned NoneType: give the next world, rewards and games finished"),
    (
        dict(played=lambda r, b: ({}, 0.0)),
        r"play returned \['dict', 'float'\]: give the next world, rewards and games f",
    ),
    (dict(played=lambda r, b: ({}, 0.0, 0.0)), "only one of start and play has 'x' in its world: give it in both"),
    (dict(played=lambda r, b: ({"x": 0, "y": 0}, 0.0, 0.0)), "only one of start and play has 'y' in its world"),
    (dict(seen=lambda r, b: (torch.zeros(r, b, 2, 4),)), "observe returned tuple at step STEP: give an Observation"),
    (dict(started=lambda r, b: torch.zeros(r, b)), "start returned Tensor: give a dictionary of tensors"),
    (dict(obs=lambda r, b: torch.zeros(r, b, 2, 6)), rf"obs has shape \[2, 4, 2, 6\]: give \[2, 4, 2, 4\], {GAMES}"),
    (dict(obs=lambda r, b: torch.zeros(r, b, 2, 4).double()), "obs has dtype torch.float64: give torch.float32"),
    (dict(obs=lambda r, b: torch.zeros(r, b, 2, 4, device="meta")), "obs has device meta: give cpu"),
    (dict(obs=lambda r, b: np.zeros((r, b, 2, 4))), "obs is ndarray: give a tensor"),
    (
        dict(obs=lambda r, b: one_nan(r, b, 2, 4)),
        "obs of agent 1 at step STEP of game 3 has a number that is not finite",
    ),
    (dict(state=lambda r, b: torch.zeros(r, b, 4)), r"state has shape \[2, 4, 4\]: give \[2, 4, 5\]"),
    (dict(state=lambda r, b: one_nan(r, b, 5)), "state at step STEP of game 3 has a number that is not finite"),
    (dict(available=lambda r, b: torch.ones(r, b, 2, 3)), "available has dtype torch.float32: give torch.bool"),
    (dict(available=no_action), "available leaves agent 2 no action at step STEP of game 3: give at least one"),
]


@pytest.mark.parametrize(("given", "message"), MISTAKES)
def test_a_mistake_is_named(given, message):
    with pytest.raises(ValueError, match=f"^plain: .*{message.replace('STEP', '0')}"):
        train(broken(**given), **QUICK)


@pytest.mark.parametrize(
    ("given", "message"), [row for row in MISTAKES if not {"obs", "state", "available", "seen"}.isdisjoint(row[0])]
)
def test_a_mistake_after_the_first_step_is_named_too(given, message):
    with pytest.raises(ValueError, match=f"^plain: .*{message.replace('STEP', '1')}"):
        train(broken(since=1, **given), **QUICK)
    assert train(broken(since=5, **given), **QUICK).finished  # it never comes so far


@pytest.mark.parametrize("name", ["n_agents", "n_actions", "obs_dim", "state_dim", "limit"])
@pytest.mark.parametrize("value", [0, 1.5, None])
def test_sizes_are_whole_numbers_from_one(name, value):
    with pytest.raises(ValueError, match=rf"^plain\.{name} is {value}: give a whole number of at least 1"):
        train(broken(attributes={name: value}), **QUICK)


@pytest.mark.parametrize("value", [-1, None])
def test_noise_is_a_whole_number_from_zero(value):
    with pytest.raises(ValueError, match=rf"^plain\.noise is {value}: give a whole number of at least 0"):
        train(broken(attributes={"noise": value}), **QUICK)


@pytest.mark.parametrize("value", [0.5, -1.0, 256.0])
@pytest.mark.parametrize("name", ["obs", "state"])
def test_what_is_said_to_be_whole_must_fit_into_bytes(name, value):
    given = {name: lambda r, b: torch.full((r, b, 2, 4) if name == "obs" else (r, b, 5), value)}
    said = rf"{name} holds {value:g}, which no byte does: give whole numbers from 0 to 255, or leave '{name}' out"
    with pytest.raises(ValueError, match=f"^plain: {said}"):
        train(broken(attributes={"whole": ("obs", "state")}, **given), **QUICK)
    with pytest.raises(ValueError, match=f"^episodes: {said}"):  # as far as the trial went, it kept its promise
        train(broken(since=2, attributes={"whole": ("obs", "state")}, **given), **QUICK)
    assert train(broken(**given), **QUICK).finished
    with pytest.raises(ValueError, match=r"^plain.whole has 'reward': give any of 'obs' and 'state'"):
        train(broken(attributes={"whole": ("reward",)}), **QUICK)


def test_an_ending_is_one_of_the_two():
    class Both(Plain):
        name = "both"

        def step(self, world, actions, noise):
            after, outcome = super().step(world, actions, noise)
            yes = torch.ones_like(outcome.terminated)
            return after, type(outcome)(outcome.reward, yes, yes)

    del envs.ENVS[Both.name]
    with pytest.raises(ValueError, match=r"^both: a game is terminated and truncated: give one of the two"):
        train(Both(), **QUICK)


@pytest.mark.parametrize("name", sorted(name for name in envs.ENVS if name not in OPTIONAL))
def test_our_own_keep_their_promises(name):
    env = envs.make(name)
    envs.check(env, layers.generators(0, 3), 5)
