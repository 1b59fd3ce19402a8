"""VMAS's scenarios as environments: speaker and listener against plain loops, independence, refusals, clear errors."""

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
import torch
from limits import HANG
from twins.drive import draws, random_actions

from marl_helpers import envs
from marl_helpers.envs.adapters.simulators import PINS
from marl_helpers.envs.adapters.vmas import WORKING

ROOT = Path(__file__).parents[2]


def test_without_vmas_the_other_environments_work_and_its_own_say_what_to_install():
    code = (
        "import sys; sys.modules['vmas'] = None\n"
        "from marl_helpers import envs; envs.make('two_step')\n"
        "for name in ('vmas', 'speaker_listener'):\n"
        "    try: envs.make(name)\n"
        "    except ModuleNotFoundError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=HANG)
    names = "vmas", "speaker_listener"
    said = [f"the environment {name!r} needs vmas: pip install '{PINS['vmas']}'" for name in names]
    assert done.stdout.splitlines() == said, done.stderr


pytest.importorskip("vmas", reason=f"VMAS is not installed: pip install '{PINS['vmas']}'")


def play(env, runs, games, steps, seed=0, policy=None):
    """Observations before each step, actions and outcomes."""
    generator = torch.Generator().manual_seed(seed)
    noise = draws(generator, steps + 1, runs, games, env.noise)
    world, found = env.reset(noise[0]), []
    for k in range(steps):
        seen = env.observe(world)
        actions = policy(seen) if policy else random_actions(seen.available, generator)
        world, outcome = env.step(world, actions, noise[k + 1])
        found.append((seen, actions, outcome))
    return noise[0], found


class SpeakerListenerTwin:
    """One game of the original in plain numbers: the listener's place and speed, five moves, drag and force."""

    def __init__(self, noise):
        places = [[2 * noise[2 * k + axis] - 1 for axis in range(2)] for k in range(5)]
        _, self.place, *self.landmarks = places
        self.goal, self.speed, self.word = int(3 * noise[10]), [0.0, 0.0], [0.0, 0.0, 0.0]

    def step(self, word, move):
        push = {0: (0, 0), 1: (0, -1), 2: (0, 1), 3: (-1, 0), 4: (1, 0)}[move]
        for axis in range(2):
            self.speed[axis] = 0.75 * self.speed[axis] + 0.1 * 5 * push[axis]
            self.place[axis] += 0.1 * self.speed[axis]
        self.word = [float(k == word) for k in range(3)]
        return -2 * sum((self.place[axis] - self.landmarks[self.goal][axis]) ** 2 for axis in range(2))

    def observations(self):
        speaker = [0.65 if k == self.goal else 0.15 for k in range(3)]
        ways = [landmark[axis] - self.place[axis] for landmark in self.landmarks for axis in range(2)]
        return speaker + [0.0] * 8, [*self.speed, *ways, *self.word]


def test_speaker_and_listener_follow_the_originals_rules():
    env = envs.make("speaker_listener")
    assert (env.n_agents, env.n_actions, env.obs_dim, env.state_dim, env.limit, env.noise) == (2, 5, 11, 14, 25, 11)
    start, found = play(env, 2, 6, 25)
    goals = set()
    for r in range(2):
        for b in range(6):
            twin = SpeakerListenerTwin(start[r, b].tolist())
            goals.add(twin.goal)
            for k, (seen, actions, outcome) in enumerate(found):
                speaker, listener = twin.observations()
                assert seen.obs[r, b].flatten().tolist() == pytest.approx(speaker + listener, abs=1e-5)
                assert seen.state[r, b].tolist() == pytest.approx(speaker[:3] + listener, abs=1e-5)
                assert seen.available[r, b].tolist() == [[True] * 3 + [False] * 2, [True] * 5]
                assert outcome.reward[r, b].item() == pytest.approx(twin.step(*actions[r, b].tolist()), abs=1e-4)
                assert not outcome.terminated[r, b] and outcome.truncated[r, b].item() == (k == 24)
    assert goals == {0, 1, 2}


def go_to(goal):
    """A listener that goes to landmark goal[seen], along the longer axis, slowing down in time."""

    def policy(seen):
        speed = seen.obs[..., 1, :2]
        ways = seen.obs[..., 1, 2:8].unflatten(-1, (3, 2))
        left = ways.gather(-2, goal(seen)[..., None, None].expand(*ways.shape[:2], 1, 2)).squeeze(-2) - 0.4 * speed
        axis = left.abs().argmax(-1, keepdim=True)
        forward = left.gather(-1, axis) > 0
        move = torch.where(axis == 0, 3, 1) + forward
        return torch.cat([seen.obs[..., 0, :3].argmax(-1, keepdim=True), move], -1)

    return policy


def test_a_listener_that_understands_earns_much_more():
    env = envs.make("speaker_listener")

    def mean_return(policy):
        return torch.stack([outcome.reward for _, _, outcome in play(env, 1, 1000, 25, policy=policy)[1]]).sum(0).mean()

    understands = mean_return(go_to(lambda seen: seen.obs[..., 1, 8:].argmax(-1)))
    ignores = mean_return(go_to(lambda seen: torch.zeros(seen.obs.shape[:2], dtype=torch.int64)))
    assert -15 < understands < -8 and ignores < 2 * understands and mean_return(None) < 4 * understands


@pytest.mark.parametrize("scenario", ["simple_spread", "balance", "reverse_transport", None])
def test_games_and_runs_never_influence_each_other_nor_anyones_random_numbers(scenario):
    state = torch.random.get_rng_state()
    env = envs.make("vmas", scenario=scenario, limit=4) if scenario else envs.make("speaker_listener", limit=4)
    generator = torch.Generator().manual_seed(1)
    noise = draws(generator, 2, 3, env.noise)
    actions = torch.randint(3, (4, 2, 3, env.n_agents), generator=generator)

    def record(runs, games):
        world, found = env.reset(noise[runs][:, games]), []
        for step in actions:
            world, outcome = env.step(world, step[runs][:, games], noise[runs][:, games])
            found += [*vars(env.observe(world)).values(), *vars(outcome).values()]
        return found

    together, order = record([0, 1], [0, 1, 2]), [2, 0, 1]
    for all_of_them, shuffled, alone in zip(together, record([1, 0], order), record([1], [2])):
        assert torch.allclose(all_of_them[[1, 0]][:, order].float(), shuffled.float(), atol=1e-6)
        assert torch.allclose(all_of_them[1:, 2:].float(), alone.float(), atol=1e-6)
    assert len({tuple(game) for game in together[0].flatten(2).flatten(0, 1).tolist()}) == 6  # all differ
    assert torch.equal(state, torch.random.get_rng_state())


def test_the_scenarios_own_end_terminates_and_the_limit_truncates():
    env = envs.make("vmas", scenario="balance", limit=60)
    _, found = play(env, 2, 32, 64)
    terminated, truncated, reward = (
        torch.stack([getattr(outcome, key) for _, _, outcome in found]) for key in ("terminated", "truncated", "reward")
    )
    assert ((terminated | truncated).sum(0) == 1).all() and terminated.any() and truncated.any()
    assert not truncated[[k for k in range(64) if k != 59]].any()
    over = (terminated | truncated).cumsum(0) - (terminated | truncated).long() > 0
    assert (reward[over] == 0).all() and (reward[~over] != 0).any()
    for (before, _, _), (after, _, _), still in zip(found, found[1:], over):
        assert torch.equal(before.obs[still], after.obs[still])


def test_the_team_earns_what_all_share_and_options_reach_the_scenario():
    env = envs.make("vmas", scenario="simple_spread", options=dict(n_agents=2))
    _, found = play(env, 1, 8, 3)
    (_, _, outcome), (seen, _, _) = found[0], found[1]
    place, landmarks = seen.obs[..., :2], seen.obs[..., 4:8].unflatten(-1, (2, 2)) + seen.obs[..., None, :2]
    apart = (place.unsqueeze(3) - landmarks[:, :, :1]).norm(dim=-1)  # [R, B, agent, landmark]
    together = (place[:, :, 0] - place[:, :, 1]).norm(dim=-1) < 0.3
    assert torch.allclose(outcome.reward, -2 * apart.min(2).values.sum(-1) - 2 * together, atol=1e-4)


@pytest.mark.parametrize(
    ("scenario", "words"),
    [
        ("simple_reference", "'simple_reference' draws with torch's randint, which cannot be fed game by game"),
        ("give_way", r"uniform_, for shape \[2\], not for each of 64 games"),
        ("transport", "uniform_, a number of times that depends on what it draws"),
        ("football", "randn, which cannot be fed"),
        (
            "simple_tag",
            "'simple_tag' is no team's: the rewards of adversary_0 and agent_0 differ, and a team shares one",
        ),
        ("dispersion", "rewards of agent_0 and agent_1 differ, .*or an option such as {'share_reward': True}"),
        ("chess", "scenario is 'chess': VMAS has .*balance.*simple_spread"),
    ],
)
def test_scenarios_that_tie_games_together_or_are_no_teams_are_refused(scenario, words):
    with pytest.raises(ValueError, match=words):
        envs.make("vmas", scenario=scenario)


def test_the_scenarios_that_are_said_to_work_and_no_others_do():
    import vmas

    working = []
    for scenario in (*vmas.scenarios, *vmas.mpe_scenarios):
        with suppress(ValueError):
            envs.make("vmas", scenario=scenario)
            working.append(scenario)
    said = " ".join(envs.find("vmas").__doc__.split())
    assert f"VMAS's {len(vmas.scenarios)} scenarios and {len(vmas.mpe_scenarios)} of MPE these work" in said
    *most, last = sorted(working)
    assert f"{', '.join(most)} and {last}; dispersion does" in said
    assert sorted(WORKING) == [name for name in sorted(working) if name != "simple"]  # whose one agent is no team


def test_a_team_whose_agents_may_share_a_reward_or_not():
    env = envs.make("vmas", scenario="dispersion", options=dict(share_reward=True), limit=30)
    rewards = torch.stack([outcome.reward for _, _, outcome in play(env, 2, 16, 30)[1]])
    assert rewards.sum() > 0 and (rewards == rewards.round()).all()  # of all the food that is found, no share of it


def test_an_old_world_is_refused():
    env = envs.make("speaker_listener")
    noise, actions = torch.zeros(1, 2, env.noise), torch.zeros(1, 2, 2, dtype=torch.int64)
    old, other = env.reset(noise), env.reset(noise)
    new, _ = env.step(old, actions, noise)
    with pytest.raises(ValueError, match="world is an old one, and its simulator has gone on: step the newest"):
        env.step(old, actions, noise)
    for world in (new, other):
        env.step(world, actions, noise)


def test_a_scenario_may_be_named_after_a_slash():
    assert envs.describe(envs.make("vmas/balance", limit=9)) == envs.describe(
        envs.make("vmas", scenario="balance", limit=9)
    )
    with pytest.raises(ValueError, match="speaker_listener is no family"):
        envs.make("speaker_listener/balance")


def test_bad_options_are_named():
    with pytest.raises(ValueError, match="limit is 0: give a whole number of at least 1"):
        envs.make("vmas", limit=0)
    with pytest.raises(ValueError, match=r"options is 3: give a dictionary of names, such as {'n_agents': 4}"):
        envs.make("vmas", options=3)
    for options in (dict(n_agent=2), dict(n_agents="two"), dict(num_envs=3)):
        with pytest.raises(ValueError, match=r"scenario 'simple_spread' cannot have options {'n.*'.*: "):
            envs.make("vmas", options=options)
    with pytest.raises(ValueError, match="speaker_listener has no option 'scenario': choose from limit"):
        envs.make("speaker_listener", scenario="balance")
