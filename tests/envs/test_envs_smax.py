"""SMAX's battles: JaxMARL's own numbers, ends that are told apart, and a team that learns to shoot."""

import numpy as np
import pytest
import torch
from twins.drive import random_actions

from marl_helpers import envs, layers, train
from marl_helpers.envs.adapters.simulators import PINS
from marl_helpers.training.replay import collect

pytest.importorskip("jaxmarl", reason=f"it is not installed: pip install '{PINS['jaxmarl']}'")
RUNS, GAMES, LIMIT = 4, 8, 30  # of all tests, so that a battle is compiled once


@pytest.fixture(scope="module")
def env():
    return envs.make("smax/3m", limit=LIMIT)


@pytest.fixture
def quickly():
    """Compile in less time what is then played only a few times."""
    import jax

    jax.config.update("jax_disable_most_optimizations", True)
    yield
    jax.config.update("jax_disable_most_optimizations", False)


def play(env, steps, seed=0, choose=random_actions):
    """Worlds [T + 1], actions, noise and outcomes [T]."""
    generator = torch.Generator().manual_seed(seed)
    noise = torch.rand(steps + 1, RUNS, GAMES, env.noise, generator=generator)
    worlds, actions, outcomes = [env.reset(noise[0])], [], []
    for k in range(steps):
        actions.append(choose(env.observe(worlds[-1]).available, generator))
        world, outcome = env.step(worlds[-1], actions[-1], noise[k + 1])
        worlds.append(world)
        outcomes.append(outcome)
    return worlds, actions, noise, outcomes


@pytest.mark.learning
def test_a_battle_is_jaxmarls_own(env, quickly):
    """One game of all, step by step through JaxMARL's interface for a single one."""
    import jax
    from jaxmarl import make
    from jaxmarl.environments.smax import map_name_to_scenario

    theirs = make("HeuristicEnemySMAX", scenario=map_name_to_scenario("3m"))
    worlds, actions, noise, outcomes = play(env, 3)
    run, game = 2, 5
    keys = [jax.random.key(int(x * 2**24)) for x in noise[:, run, game, 0].tolist()]
    seen, state = theirs.reset(keys[0])
    for k in range(4):
        ours = env.observe(worlds[k])
        available = theirs.get_avail_actions(state)
        for i, agent in enumerate(theirs.agents):
            assert np.allclose(ours.obs[run, game, i], seen[agent], atol=1e-5)
            assert ours.available[run, game, i].tolist() == available[agent].astype(bool).tolist()
        assert np.allclose(ours.state[run, game], seen["world_state"], atol=1e-4)
        if k < 3:
            chosen = dict(zip(theirs.agents, actions[k][run, game].tolist()))
            seen, state, rewards, dones, _ = theirs.step_env(keys[k + 1], state, chosen)
            assert outcomes[k].reward[run, game].item() == pytest.approx(float(rewards["ally_0"]), abs=1e-6)
            assert outcomes[k].terminated[run, game].item() == bool(dones["__all__"])


def test_a_dead_side_terminates_and_the_limit_truncates(env):
    """Some walk into a wall, which kills; the terminal world is the game's own, and stays."""

    def stop_in_some(available, generator):
        actions = random_actions(available, generator)
        actions[:, : GAMES // 3] = 0  # up, as long as they live
        return actions

    worlds, _, _, outcomes = play(env, LIMIT + 2, choose=stop_in_some)
    terminated, truncated, reward = (
        torch.stack([getattr(outcome, name) for outcome in outcomes]) for name in ("terminated", "truncated", "reward")
    )
    assert ((terminated | truncated).sum(0) == 1).all() and terminated.any()
    assert not truncated[[k for k in range(LIMIT + 2) if k != LIMIT - 1]].any()
    health = worlds[-1]["state"].view(RUNS, GAMES, -1)[..., : 6 * 10].unflatten(-1, (6, 10))[..., 0]
    dead = (health[:, :, :3] == 0).all(-1) | (health[:, :, 3:] == 0).all(-1)
    assert torch.equal(dead, terminated.any(0))  # where a new game had begun all would be alive
    assert ((reward.sum(0) >= 0) & (reward.sum(0) <= env.optimum)).all()
    end = env.observe(worlds[-1])
    assert end.available.any(-1).all() and end.available[health[:, :, :3] == 0].sum(-1).eq(1).all()  # they can stop


def test_games_are_functions_of_their_noise_and_old_worlds_can_be_stepped(env):
    worlds, actions, noise, _ = play(env, 3)
    runs, order = [3, 1, 0, 2], [5, 0, 7, 2, 1, 6, 4, 3]
    world = env.reset(noise[0][runs][:, order])
    for k in range(3):
        world, _ = env.step(world, actions[k][runs][:, order], noise[k + 1][runs][:, order])
    for name in ("obs", "state"):
        assert torch.allclose(world[name], worlds[-1][name][runs][:, order], atol=1e-4), name
    again, _ = env.step(worlds[1], actions[1], noise[2])
    assert torch.equal(again["obs"], worlds[2]["obs"])


def test_sizes_names_and_maps(env):
    assert (env.n_agents, env.n_actions, env.obs_dim, env.state_dim) == (3, 8, 75, 72)
    assert env.action_names[0] == ["up", "right", "down", "left", "stop", "shoot 1", "shoot 2", "shoot 3"]
    larger = envs.make("smax/3s5z")  # compiled only when played
    assert (larger.n_agents, larger.n_actions) == (8, 13)
    with pytest.raises(ValueError, match=r"map is '4m': SMAX has 3m, 2s3z, .*3s5z"):
        envs.make("smax/4m")
    worlds, *_ = play(env, 1)
    scene = env.scene(worlds[0], 1, 2)
    assert scene["kind"] == "plane" and len(scene["agents"]) == len(scene["landmarks"]) == 3
    assert max(x for x, _ in scene["agents"]) < 12 < 20 < min(x for x, _ in scene["landmarks"])  # two sides of 32


@pytest.mark.learning
def test_a_team_learns_to_fight(env):
    """Every seed takes much more of the enemies' health than agents that play anything, as untrained ones explore."""
    recipe = dict(optimiser="adam", rate=2e-3, hidden=32, td_lambda=0.8, anneal=8000, target_every=100)
    tests = dict(updates=90, test_every=90, parallel=GAMES, test_episodes=GAMES, device="cpu")
    run = train(env, "vdn", seeds=RUNS, **recipe, **tests)
    learner, generators = run.learner, layers.generators(1, RUNS)
    anything = collect(env, learner.agents, learner.mixer, generators, GAMES, epsilon=1.0).returns.mean().item()
    assert 0.1 < anything < 0.3
    assert (run.returns > anything + 0.3).all(), run.returns
