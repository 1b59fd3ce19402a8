"""What every environment keeps to, and the table games step by step against twins in lists and loops."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from twins.drive import compare, draws, random_actions
from twins.tables import MatrixTwin, TwoStepTwin
from waiting import NoWaiting

from marl_helpers import envs, games
from marl_helpers.envs.base import Env
from marl_helpers.fitting.two_step import MIRRORED

TENSOR_GAMES = {  # name -> options, of every environment whose world is made of tensors alone
    "two_step": {},
    "mirrored_two_step": {},
    "matrix": dict(table=games.CRATES, rounds=3),
    "dock": dict(limit=6),
    "dock_teams": dict(limit=6),
    "predator_prey": dict(limit=6),
    "predator_prey_loop": dict(limit=6),
    "predator_prey_teams": dict(limit=6),
    "predator_prey_full": dict(limit=6),
    "scout": {},
}
OPTIONAL = {"gymnasium", "lbf", "mpe2", "pettingzoo", "rware", "smax", "speaker_listener", "vmas"}
SEEDS = st.integers(0, 2**32)
ENTRIES = st.integers(-20, 20)


def test_this_file_knows_every_environment():
    assert set(envs.ENVS) == {*TENSOR_GAMES, *OPTIONAL}
    assert all(envs.find(name).__doc__ for name in envs.ENVS)


@pytest.fixture(params=TENSOR_GAMES)
def env(request) -> Env:
    return envs.make(request.param, **TENSOR_GAMES[request.param])


def record(env, noise, actions):
    """All that is seen and earned when random numbers [T + 1, R, B, noise] and actions [T, R, B, n] are fixed."""
    world, found = env.reset(noise[0]), []
    for k in range(len(actions)):
        seen = env.observe(world)
        world, outcome = env.step(world, actions[k], noise[k + 1])
        found.append({**vars(seen), **vars(outcome), **world})
    return found


def episode(env, runs, games, steps, seed=0):
    """Random numbers and random available actions."""
    generator = torch.Generator().manual_seed(seed)
    noise, actions = draws(generator, steps + 1, runs, games, env.noise), []
    world = env.reset(noise[0])
    for k in range(steps):
        actions.append(random_actions(env.observe(world).available, generator, 3.0))
        world, _ = env.step(world, actions[k], noise[k + 1])
    return noise, torch.stack(actions)


def test_shapes_and_types(env):
    noise, actions = episode(env, 2, 3, 2)
    for step in record(env, noise, actions):
        assert step["obs"].shape == (2, 3, env.n_agents, env.obs_dim) and step["obs"].dtype == torch.float32
        assert step["state"].shape == (2, 3, env.state_dim) and step["state"].dtype == torch.float32
        assert step["available"].shape == (2, 3, env.n_agents, env.n_actions) and step["available"].dtype == torch.bool
        assert step["available"].any(-1).all()
        assert step["reward"].dtype == torch.float32
        assert all(step[key].dtype == torch.bool for key in ("terminated", "truncated", "over"))
        assert all(step[key].shape == (2, 3) for key in ("reward", "terminated", "truncated", "over", "time"))


def test_what_is_said_to_be_whole_fits_into_bytes(env):
    noise, actions = episode(env, 2, 20, env.limit)
    for step in record(env, noise, actions):
        for name in env.whole:
            assert torch.equal(step[name].to(torch.uint8).float(), step[name]), name
    # The dock's state is also a share of time; rows hold worths, and distances that may be negative.
    others = {"dock": ("obs",), "dock_teams": (), "predator_prey_teams": ()}
    assert env.whole == others.get(env.name, ("obs", "state"))


def test_games_and_runs_never_influence_each_other(env):
    noise, actions = episode(env, 3, 5, 8)
    together = record(env, noise, actions)
    runs, order = [2, 0, 1], [3, 1, 4, 0, 2]
    shuffled = record(env, noise[:, runs][:, :, order], actions[:, runs][:, :, order])
    alone = record(env, noise[:, 1:2, 2:3], actions[:, 1:2, 2:3])
    for here, there, single in zip(together, shuffled, alone):
        for key, value in here.items():
            assert torch.equal(value[runs][:, order], there[key]), key
            assert torch.equal(value[1:2, 2:3], single[key]), key


def test_every_game_ends_once_and_then_nothing_happens(env):
    noise, actions = episode(env, 2, 40, env.limit + 4, seed=1)
    found = record(env, noise, actions)
    terminated, truncated = (torch.stack([step[key] for step in found]) for key in ("terminated", "truncated"))
    assert ((terminated | truncated).sum(0) == 1).all() and not (terminated & truncated).any()
    assert not truncated[[k for k in range(len(found)) if k != env.limit - 1]].any()  # at the limit and nowhere else
    for before, after in itertools.pairwise(found):
        over = before["over"]
        assert (after["reward"][over] == 0).all() and after["over"][over].all()
        for key in before.keys() - {"obs", "state", "available", "reward", "terminated", "truncated"}:
            assert torch.equal(after[key][over], before[key][over]), key


def test_finished_games_bear_any_action(env):
    noise, actions = episode(env, 1, 8, env.limit)
    *_, end = record(env, noise, actions)
    assert end["over"].all()
    world = {key: end[key] for key in env.reset(noise[0])}
    for action in range(env.n_actions):
        after, outcome = env.step(world, torch.full_like(actions[0], action), noise[0])
        assert (outcome.reward == 0).all() and all(torch.equal(after[key], world[key]) for key in world)


def test_the_host_never_waits_for_the_device(env):
    noise, actions = episode(env, 2, 3, 2)
    env.on(noise.device)
    with NoWaiting():
        record(env, noise, actions)


WAITS = {
    "item": lambda x: x.item(),
    "mask as index": lambda x: x[x > 0],
    "truth value": lambda x: bool(x.any()),
    "list": lambda x: torch.tensor([1]),
}


@pytest.mark.parametrize("how", WAITS)
def test_waiting_would_be_noticed(how):
    x = torch.ones(1)
    with NoWaiting(), pytest.raises(AssertionError):
        WAITS[how](x)


def test_another_device_gets_its_constants_once(env):
    meta = torch.device("meta")
    first = env.on(meta)
    assert first is env.on(meta) and first is not env.on(torch.device("cpu"))
    assert all(value.device == meta for value in first.values())
    noise = torch.zeros(2, 3, env.noise, device=meta)  # nothing is computed, but every tensor must be on this device
    world = env.reset(noise)
    seen = env.observe(world)
    after, outcome = env.step(world, torch.zeros(2, 3, env.n_agents, dtype=torch.int64, device=meta), noise)
    tensors = [*vars(seen).values(), *vars(outcome).values(), *world.values(), *after.values()]
    assert {tensor.device.type for tensor in tensors} == {"meta"}


def test_wrong_shapes_are_named_with_the_remedy(env):
    noise = torch.zeros(2, 3, env.noise)
    world, actions = env.reset(noise), torch.zeros(2, 3, env.n_agents, dtype=torch.int64)
    with pytest.raises(
        ValueError, match=rf"noise has shape \[2, {env.noise}\]: give \[runs, environments, {env.noise}"
    ):
        env.reset(noise[:, 0])
    with pytest.raises(ValueError, match="noise has shape"):
        env.step(world, actions, torch.zeros(2, 3, env.noise + 1))
    with pytest.raises(ValueError, match="actions has shape"):
        env.step(world, actions[..., :-1], noise)


def test_unknown_names_and_options_are_named_with_the_choice():
    with pytest.raises(ValueError, match=r"env is 'chess': choose one of .*predator_prey, .*, two_step, vmas"):
        envs.make("chess")
    with pytest.raises(ValueError, match="two_step has no option 'size': choose from branches"):
        envs.make("two_step", size=3)


def test_a_class_needs_a_name_of_its_own():
    with pytest.raises(TypeError, match="class Nameless has name None"):
        type("Nameless", (Env,), {})
    with pytest.raises(TypeError, match="class Second has name 'matrix'"):
        type("Second", (Env,), dict(name="matrix"))
    assert envs.find("matrix").__name__ == "Matrix"


@st.composite
def branches(draw):
    rows, columns, count = draw(st.integers(1, 3)), draw(st.integers(1, 3)), draw(st.integers(2, 4))
    row = st.lists(ENTRIES, min_size=columns, max_size=columns)
    return draw(st.lists(st.lists(row, min_size=rows, max_size=rows), min_size=count, max_size=count))


@settings(max_examples=40)
@given(branches(), SEEDS)
def test_the_two_step_game_is_its_twin(tables, seed):
    env = envs.make("two_step", branches=tables)
    compare(env, [[TwoStepTwin(tables) for _ in range(8)] for _ in range(2)], seed, 4)
    assert env.optimum == max(entry for table in tables for row in table for entry in row)


@pytest.mark.parametrize(
    ("name", "first", "second", "earned"),
    [
        ("two_step", [0, 1], [0, 1], 7),
        ("two_step", [1, 0], [0, 0], 0),
        ("two_step", [1, 0], [0, 1], 1),
        ("two_step", [1, 1], [1, 1], 8),
        ("mirrored_two_step", [0, 1], [1, 0], 1.1),
        ("mirrored_two_step", [1, 0], [0, 0], 0),
        ("mirrored_two_step", [1, 0], [1, 0], 1),
    ],
)
def test_the_papers_game_and_its_mirror(name, first, second, earned):
    env, noise = envs.make(name), torch.zeros(1, 1, 0)
    world = env.reset(noise)
    assert env.observe(world).state.tolist() == [[[1, 0, 0]]]
    world, outcome = env.step(world, torch.tensor([[first]]), noise)
    assert (outcome.reward.item(), outcome.terminated.item(), outcome.truncated.item()) == (0, False, False)
    assert env.observe(world).obs.tolist() == [[[[0, 1 - first[0], first[0]]] * 2]]
    world, outcome = env.step(world, torch.tensor([[second]]), noise)
    assert outcome.reward.item() == pytest.approx(earned)
    assert (outcome.terminated.item(), outcome.truncated.item()) == (True, False)


def test_optima_of_the_presets():
    assert envs.make("two_step").optimum == 8 and envs.make("mirrored_two_step").optimum == max(1.1, MIRRORED[1].max())
    assert envs.make("predator_prey_full").optimum == 40 and envs.make("predator_prey_loop").optimum == 20


@settings(max_examples=40)
@given(st.data(), st.lists(st.integers(1, 3), min_size=2, max_size=4), st.integers(1, 4), SEEDS)
def test_the_matrix_game_is_its_twin(data, counts, rounds, seed):
    cells = list(itertools.product(*map(range, counts)))
    rewards = dict(zip(cells, data.draw(st.lists(ENTRIES, min_size=len(cells), max_size=len(cells)))))
    table = np.array(list(rewards.values())).reshape(counts)
    env = envs.make("matrix", table=table, rounds=rounds)
    compare(env, [[MatrixTwin(rewards, counts, rounds) for _ in range(4)] for _ in range(2)], seed, rounds + 2)
    assert env.optimum == rounds * max(rewards.values())
    text, cpu = envs.make("matrix", table=games.share(table)), torch.device("cpu")
    assert torch.allclose(text.on(cpu)["rewards"], env.on(cpu)["rewards"], rtol=0, atol=0, equal_nan=True)


def test_an_action_that_an_agent_has_not_shows():
    noise = torch.zeros(1, 1, 0)
    matrix = envs.make("matrix", table=[[1, 2, 3], [4, 5, 6]])
    assert matrix.step(matrix.reset(noise), torch.tensor([[[2, 0]]]), noise)[1].reward.isnan().all()
    two_step = envs.make("two_step", branches=[[[1, 2]], [[3, 4]], [[5, 6]]])
    world, outcome = two_step.step(two_step.reset(noise), torch.tensor([[[2, 1]]]), noise)
    assert outcome.reward.item() == 0
    assert two_step.step(world, torch.tensor([[[1, 0]]]), noise)[1].reward.isnan().all()


def test_bad_tables_are_named_with_the_remedy():
    with pytest.raises(games.TableError, match="give one axis for each of two or more agents"):
        envs.make("matrix", table=[1, 2])
    with pytest.raises(ValueError, match="rounds is 0: give a whole number of at least 1"):
        envs.make("matrix", rounds=0)
    with pytest.raises(ValueError, match="rounds is 1001: give at most 1000"):
        envs.make("matrix", rounds=1001)
    for wrong in ([games.EITHER], [games.EITHER, games.COORDINATION], [games.MEETING] * 2):
        with pytest.raises(games.TableError, match=r"branches have shapes .*: give two or more tables of one shape"):
            envs.make("two_step", branches=wrong)
