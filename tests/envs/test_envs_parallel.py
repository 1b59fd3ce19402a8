"""PettingZoo's parallel environments and Gymnasium's teams: what reaches them, what is seen, whose mistake it is.

Battle is a team's environment in plain Python with all that is hard: agents of other sizes, one that joins late, one
that dies, masks, a state, two ends and two kinds of reward. Each test breaks one of its promises, or none.
"""

import hashlib
import pickle
import random
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
import torch
from limits import HANG
from twins.drive import draws

from marl_helpers import envs, layers, recordings, train
from marl_helpers.envs.adapters.generators import GENERATORS
from marl_helpers.envs.adapters.simulators import PINS
from marl_helpers.training.replay import collect

ROOT = Path(__file__).parents[2]
OWN = {"gymnasium": "gymnasium", "lbf": "lbforaging", "mpe2": "mpe2", "pettingzoo": "pettingzoo", "rware": "rware"}
EXTRAS = OWN | {"smax": "jaxmarl", "vmas": "vmas"}


def test_the_pins_are_the_projects():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert {package: pin for extra, package in EXTRAS.items() for pin in extras[extra]} == PINS


def test_without_the_packages_the_others_work_and_their_own_say_what_to_install():
    code = (
        f"import sys; names = {EXTRAS}\n"
        "sys.modules |= dict.fromkeys(names.values())\n"
        "from marl_helpers import envs; envs.make('two_step')\n"
        "for name in names:\n"
        "    try: envs.make(name)\n"
        "    except ModuleNotFoundError as error: print(error)\n"
        "try: envs.parallel_env('two_step')\n"
        "except ModuleNotFoundError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=HANG)
    needed = [*EXTRAS.items(), ("two_step", "pettingzoo")]
    said = [f"the environment {name!r} needs {package}: pip install '{PINS[package]}'" for name, package in needed]
    assert done.stdout.splitlines() == said, done.stderr


def test_none_of_the_packages_is_loaded_before_it_is_used():
    code = f"import sys; from marl_helpers import envs; print([x for x in {list(PINS)} + ['jax'] if x in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=HANG)
    assert done.stdout == "[]\n", done.stderr


for package in PINS:
    pytest.importorskip(package, reason=f"it is not installed: pip install '{PINS[package]}'")
from gymnasium import spaces  # noqa: E402

QUICK = dict(seeds=2, parallel=4, batch=4, updates=3, test_every=3, test_episodes=2, hidden=8, width=3, device="cpu")


class Battle:
    """Agents 0, 1 and 2 see 1, 2 and 3 numbers and have 2, 3 and 4 actions, the last of which counts from 5.

    Each sees the sum of what all have played so far, its number, and a number drawn in reset. Agent "b" is dead once it
    plays 2, and "c" joins after the first step. The game ends when all of "a" and "c" play 1 (6 for "c") at once, and a
    limit of its own cuts it after 7 steps. `broken` has functions that spoil what `step` returns, by field.
    """

    possible_agents = ("a", "b", "c")

    def __init__(self, broken=None, since=0, reward=lambda agent: 0.5, own_state=True, mask="info", draw=None):
        self.broken, self.since, self.reward, self.mask = broken or {}, since, reward, mask
        self.draw = draw or (lambda: 0.0)
        if own_state:
            self.state = lambda: np.array([self.time, self.total, 0, 0, self.drawn], np.float32)

    def observation_space(self, agent):
        plain = spaces.Box(-np.inf, np.inf, (1 + "abc".index(agent),), np.float32)
        masks = spaces.Box(0, 1, (2 + "abc".index(agent),), np.int8)
        return plain if self.mask != "observation" else spaces.Dict(observation=plain, action_mask=masks)

    def action_space(self, agent):
        return spaces.Discrete(2 + "abc".index(agent), start=5 if agent == "c" else 0)

    def reset(self, seed, options=None):
        self.time, self.total, self.here, self.heard = 0, 0, ["a", "b"], []
        self.drawn = np.random.default_rng(seed).random() + self.draw()
        return self._spoil("observation", self._see(self.here)), self._info(self.here)

    def step(self, actions):
        assert set(actions) == set(self.here), "whoever is dead or not there yet is not asked"
        self.heard.append(actions)
        self.time += 1
        self.total += sum(actions.values())
        here, over = self.here, actions["a"] == 1 and actions.get("c") == 6
        cut = self.time >= 7
        ended = {agent: over or (agent == "b" and actions[agent] == 2) for agent in here}
        self.here = [] if over or cut else [agent for agent in here if not ended[agent]]
        if self.time == 1 and self.here:
            self.here.append("c")
        shown = here if over or cut else [*here, *(["c"] if self.time == 1 else [])]
        parts = {
            "observation": self._see(shown),
            "reward": {agent: self.reward(agent) * self.time for agent in here},
            "terminated": ended,
            "truncated": dict.fromkeys(here, cut),
            "info": self._info(shown),
        }
        return tuple(self._spoil(field, value) for field, value in parts.items())

    def _see(self, agents):
        numbers = {"a": [self.total], "b": [self.total, 1], "c": [self.total, 2, self.drawn]}
        seen = {agent: np.array(numbers[agent], np.float32) for agent in agents}
        if self.mask != "observation":
            return seen
        return {agent: {"observation": seen[agent], "action_mask": self._mask(agent)} for agent in agents}

    def _info(self, agents):
        return {agent: {"action_mask": self._mask(agent)} if self.mask == "info" else {} for agent in agents}

    def _mask(self, agent):
        mask = np.ones(2 + "abc".index(agent), np.int8)
        mask[0] = self.time % 2 == 0  # at odd times nobody has the first action
        return mask

    def _spoil(self, field, value):
        spoil = self.broken.get(field)
        return spoil(value) if spoil and self.time >= self.since else value


def make(**promises):
    return envs.make("pettingzoo", source=lambda: Battle(**promises), limit=promises.pop("limit", 9))


def play(env, actions, games=1, seed=0):
    """What is seen before each step and at the end, and the outcomes, when every game plays actions [T][n]."""
    noise = torch.rand(len(actions) + 1, 1, games, env.noise, generator=torch.Generator().manual_seed(seed))
    world, seen, outcomes = env.reset(noise[0]), [], []
    for k, own in enumerate(actions):
        seen.append(env.observe(world))
        world, outcome = env.step(world, torch.tensor(own).expand(1, games, -1), noise[k + 1])
        outcomes.append(outcome)
    return [*seen, env.observe(world)], outcomes


def test_team_members_of_different_sizes_are_padded_and_masked():
    env = make()
    assert (env.n_agents, env.n_actions, env.obs_dim, env.state_dim, env.limit) == (3, 4, 3, 5, 9)
    assert list(env.agent_names) == ["a", "b", "c"]
    seen, outcomes = play(env, [[1, 1, 0], [1, 2, 3], [1, 0, 2]])
    drawn = seen[0].state[0, 0, 4].item()
    nobody, first = [0, 0, 0], [True, False, False, False]
    assert seen[0].obs[0, 0].tolist() == [[0, 0, 0], [0, 1, 0], nobody]  # "c" is not there yet
    assert seen[0].available[0, 0].tolist() == [[True, True, False, False], [True, True, True, False], first]
    assert seen[1].obs[0, 0].tolist() == [[2, 0, 0], [2, 1, 0], [2, 2, pytest.approx(drawn)]]
    assert seen[1].available[0, 0].tolist() == [
        [False, True, False, False],
        [False, True, True, False],
        [False, *[True] * 3],
    ]
    assert seen[2].obs[0, 0].tolist() == [[13, 0, 0], nobody, [13, 2, pytest.approx(drawn)]]  # 1 + 2 + (5 + 3) more
    assert seen[2].available[0, 0, 1].tolist() == first  # "b" has died
    assert [step.state[0, 0, 1].item() for step in seen] == [0, 2, 13, 21]
    assert [outcome.reward.item() for outcome in outcomes] == [0.5, 1, 1.5]


@pytest.mark.parametrize("name", ["two_step", "lbf/5x5-3p-2f", "gymnasium/lbforaging:Foraging-8x8-2p-2f-coop-v3"])
def test_an_environment_is_printed_as_make_takes_it(name):
    assert str(envs.make(name)) == name


def test_an_environment_made_from_a_class_is_printed_by_its_name_alone():
    assert str(make()) == "pettingzoo"


def test_the_state_is_everyones_observation_where_there_is_no_other():
    env = make(own_state=False)
    seen, _ = play(env, [[1, 1, 0]])
    assert env.state_dim == 6 and seen[1].state[0, 0].tolist()[:5] == [2, 2, 1, 2, 2]


def test_masks_may_come_with_the_observation_or_not_at_all():
    by_info, by_observation, none = (make(mask=where) for where in ("info", "observation", None))
    actions = [[1, 1, 0], [1, 1, 3]]
    for one, other in zip(play(by_info, actions)[0], play(by_observation, actions)[0]):
        assert torch.equal(one.available, other.available) and torch.equal(one.obs, other.obs)
    assert play(none, actions)[0][1].available[0, 0].sum(-1).tolist() == [2, 3, 4]


@pytest.mark.parametrize(("limit", "ending"), [(9, [1, 1]), (9, [0, 3]), (4, [0, 3])])
def test_an_end_of_its_own_terminates_and_every_limit_truncates(limit, ending):
    env = envs.make("pettingzoo", source=Battle, limit=limit)
    actions = [[0, 1, 0], [0, 1, 0], [ending[0], 1, ending[1]], *[[0, 1, 0]] * 6]
    seen, outcomes = play(env, actions)
    ends = [(outcome.terminated.item(), outcome.truncated.item()) for outcome in outcomes]
    last = 2 if ending == [1, 1] else min(limit, 7) - 1
    expected = [(False, False)] * len(actions)
    expected[last] = (ending == [1, 1], ending != [1, 1])
    assert ends == expected
    assert [outcome.reward.item() for outcome in outcomes] == [0.5 * (k + 1) if k <= last else 0 for k in range(9)]
    assert all(torch.equal(step.obs, seen[last + 1].obs) for step in seen[last + 1 :])
    assert seen[last + 1].obs.any()  # the last observation is there to bootstrap from


def record(env, noise, actions):
    """All that is seen and earned with random numbers [T + 1, R, B, 1] and actions [T, R, B, n]."""
    world, found = env.reset(noise[0]), []
    for own, numbers in zip(actions, noise[1:]):
        world, outcome = env.step(world, own, numbers)
        found += [*vars(env.observe(world)).values(), *vars(outcome).values()]
    return found


@pytest.mark.parametrize("name", ["lbf/5x5-3p-2f", "rware/tiny-2ag", "mpe2/simple_spread_v3"])
def test_games_and_runs_never_influence_each_other_nor_anyones_random_numbers(name):
    before = [pickle.dumps(get()) for get, _ in GENERATORS.values()]
    env, generator = envs.make(name), torch.Generator().manual_seed(1)
    noise = draws(generator, 5, 2, 3, env.noise)
    actions = torch.randint(env.n_actions, (4, 2, 3, env.n_agents), generator=generator)
    together = record(env, noise, actions)
    runs, order = [1, 0], [2, 0, 1]
    shuffled = record(env, noise[:, runs][:, :, order], actions[:, runs][:, :, order])
    for all_of_them, moved, alone in zip(together, shuffled, record(env, noise[:, 1:, 2:], actions[:, 1:, 2:])):
        assert torch.equal(all_of_them[runs][:, order], moved) and torch.equal(all_of_them[1:, 2:], alone)
    assert len({tuple(game) for game in together[0].flatten(2).flatten(0, 1).tolist()}) == 6  # all differ
    assert [pickle.dumps(get()) for get, _ in GENERATORS.values()] == before


@pytest.mark.learning
def test_a_team_learns_to_forage():
    """Half of what lecture 08 replays, for one seed; agents that play anything rarely pick the apple up together."""
    name = "lbf/5x5-2p-1f-coop"
    env, recipe = envs.make(name), recordings.read("others")["provenance"]["options"][name]
    half = recipe["updates"] // 2
    run = train(env, "vdn", seeds=1, device="cpu", **recipe | {"updates": half, "test_every": half})
    agents, mixer = run.learner.agents, run.learner.mixer
    anything = collect(env, agents, mixer, layers.generators(1, 1), 300, epsilon=1.0).returns.mean().item()
    assert 0 < anything < 0.1
    assert run.returns.item() > 0.35


UNSEEDED = np.random.default_rng()


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (random.random, "it draws from Python's random generator, which everyone shares"),
        (np.random.random, r"it draws from NumPy's np\.random generator"),
        (lambda: torch.rand(()).item(), "it draws from torch's generator"),
        (UNSEEDED.random, "the same seed and actions made another game the second time"),
    ],
)
def test_random_numbers_that_others_draw_too_are_refused(draw, words):
    state = torch.get_rng_state()
    with pytest.raises(ValueError, match=f"^pettingzoo: {words}"):
        make(draw=draw)
    assert torch.equal(torch.get_rng_state(), state)


def changed(agent, value):
    return lambda given: given | {agent: value} if agent in given else given


def without(agent):
    return lambda given: {name: value for name, value in given.items() if name != agent}


NAN = np.array([0, np.nan], np.float32)
MISTAKES = [
    (dict(reward=changed("b", 7.0)), "reward of agent 'b' at step 2 is 7, and that of 'a' 1: a team shares one; rew"),
    (dict(reward=changed("b", np.nan)), "reward of agent 'b' at step 2 is nan: give a finite number"),
    (dict(reward=changed("c", [1, 2])), r"reward of agent 'c' at step 2 is \[1, 2\]: give a number"),
    (dict(reward=without("c")), "reward of agent 'c' at step 2 is missing: give it"),
    (dict(observation=changed("b", NAN)), "observation of agent 'b' at step 2 has a number that is not finite"),
    (
        dict(observation=changed("b", NAN[:1])),
        r"observation of agent 'b' at step 2 has shape \[1\]: its space has \[2\]",
    ),
    (dict(observation=without("a")), "observation of agent 'a' at step 2 is missing, and the agent has not ended"),
    (
        dict(info=changed("c", {"action_mask": [1, 0]})),
        r"action_mask of agent 'c' at step 2 has shape \[2\]: give \[4\]",
    ),
    (dict(info=changed("b", {"action_mask": [0, 0, 0]})), "action_mask of agent 'b' at step 2 leaves no action: allow"),
]


@pytest.mark.parametrize(("broken", "message"), MISTAKES)
def test_a_mistake_is_named_with_agent_step_and_field_in_the_trial(broken, message):
    with pytest.raises(ValueError, match=f"^pettingzoo: {message}"):
        make(broken=broken, since=2)


@pytest.mark.parametrize(("broken", "message"), MISTAKES)
def test_and_in_training(broken, message):
    """The mistake comes only after the trial, and at a later step than that plays."""
    promises = {"since": 99}
    env = envs.make("pettingzoo", source=lambda: Battle(broken=broken, **promises), limit=6)
    promises["since"] = 2
    with pytest.raises(ValueError, match=f"^pettingzoo: {message}"):
        train(env, **QUICK)


def test_a_state_that_changes_its_shape_or_is_not_finite_is_named():
    class Growing(Battle):
        def __init__(self, value):
            super().__init__()
            self.state = lambda: np.full(2 + (self.time > 1 and value is None), value or 0.0)

    with pytest.raises(ValueError, match=r"^pettingzoo: state at step 2 has 3 numbers: it had 2 at the start"):
        envs.make("pettingzoo", source=lambda: Growing(None))
    with pytest.raises(ValueError, match=r"^pettingzoo: state at step 0 has a number that is not finite"):
        envs.make("pettingzoo", source=lambda: Growing(np.inf))


def test_different_rewards_are_added_up_on_request():
    def unequal():
        return Battle(reward=lambda agent: {"a": 1.0, "b": 2.0, "c": 4.0}[agent])

    with pytest.raises(ValueError, match=r"agent 'b' at step 1 is 2, and that of 'a' 1: .*; reward='sum' adds them up"):
        envs.make("pettingzoo", source=unequal)
    env = envs.make("pettingzoo", source=unequal, reward="sum")
    assert [outcome.reward.item() for outcome in play(env, [[0, 2, 0], [0, 1, 3]])[1]] == [3, 2 * 5]  # "b" is dead


@pytest.mark.parametrize(("own_state", "digest"), [(True, "404a9dedd5610e48"), (False, "73d827fdcb5059a3")])
def test_a_game_without_rows_has_the_very_numbers_that_it_always_has(own_state, digest):
    """Of 40 games with random actions all that is seen, earned and ended, to the last bit."""
    env, generator, told = make(own_state=own_state), torch.Generator().manual_seed(0), hashlib.sha256()
    world = env.reset(torch.rand(1, 40, 1, generator=generator))
    for _ in range(8):
        seen = env.observe(world)
        actions = (torch.rand(seen.available.shape, generator=generator) * seen.available).argmax(-1)
        world, outcome = env.step(world, actions, torch.zeros(1, 40, 1))
        for x in (*vars(seen).values(), *vars(outcome).values()):
            told.update(x.numpy().tobytes())
    assert told.hexdigest()[:16] == digest and env.entity_dim == 0


def test_an_old_world_is_refused():
    env = make()
    noise, actions = torch.zeros(1, 2, 1), torch.ones(1, 2, 3, dtype=torch.int64)
    old, other = env.reset(noise), env.reset(noise)
    new, _ = env.step(old, actions, noise)
    with pytest.raises(ValueError, match="world is an old one, and its simulator has gone on: step the newest"):
        env.step(old, actions, noise)
    for world in (new, other):
        env.step(world, torch.tensor([1, 1, 0]).expand(1, 2, 3), noise)


class Deserted(Battle):
    def _see(self, agents):
        return super()._see(agents if self.time else [])


class Continuous(Battle):
    def action_space(self, agent):
        return spaces.Box(0, 1, (2,))


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("pettingzoo", dict(source=Continuous), "pettingzoo: action space of agent 'a' is Box.*: only Discrete ones"),
        ("pettingzoo", dict(source=Deserted), "pettingzoo: observations at the start have no agent"),
        ("pettingzoo", dict(source="mpe2.simple_spread_v3:nothing"), "source is 'mpe2.*nothing': give module:function"),
        ("pettingzoo", dict(reward="mean"), "reward is 'mean': give 'shared', or 'sum'"),
        ("pettingzoo", dict(limit=0), "limit is 0: give a whole number of at least 1"),
        ("pettingzoo", dict(options=3), "options is 3: give a dictionary of names"),
        ("mpe2/simple_spread_v3", dict(options=dict(n=2)), "mpe2 cannot have options {'n': 2}: .*'n'"),
        (
            "mpe2/simple_tag_v3",
            {},
            "scenario is 'simple_tag_v3': the teams of mpe2 are simple_reference_v3",
        ),
        ("gymnasium/CartPole-v1", {}, "observation_space is Box.*: a team's is a Tuple with one space for each agent"),
        ("lbf/chess", {}, "id is 'Foraging-chess-v3': .*doesn't exist"),
        ("two_step/two", {}, "env is 'two_step/two': two_step is no family, write 'two_step'"),
    ],
)
def test_what_cannot_be_played_is_refused_with_the_remedy(name, options, words):
    with pytest.raises(ValueError, match=words):
        envs.make(name, **options)
