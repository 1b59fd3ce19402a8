"""Other people's environments as they come: the forms that are taken, and the mistakes that are named.

Duo is a small team in plain Python, a row of a table gives it one form or one mistake; Pair is the same for Gymnasium.
"""

import gc
import subprocess
import sys
import traceback
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from limits import HANG
from quick import QUICK

from marl_helpers import envs, train
from marl_helpers.__main__ import main
from marl_helpers.envs.adapters.theirs import EnvError

for package in ("gymnasium", "pettingzoo", "mpe2"):
    pytest.importorskip(package)
import gymnasium  # noqa: E402
from gymnasium import spaces  # noqa: E402

ROOT = Path(__file__).parents[2]
LAST = 3
BOX = spaces.Box(-np.inf, np.inf, (2,), np.float32)
PARTS = ("observation", "reward", "terminated", "truncated", "info")


class Duo:
    """Two agents see the time and their number, and earn 1 in each of three steps; then the game is over.

    `spoil` has functions of a part of what comes back, by its name, from the step `since` on; `cut` ends by a limit.
    """

    possible_agents = ("a", "b")
    spoil, since, cut = {}, 0, False

    def observation_space(self, agent):
        return BOX

    def action_space(self, agent):
        return spaces.Discrete(2)

    def reset(self, seed=None, options=None):
        self.time = 0
        return self.parts()[0], self.parts()[-1]

    def step(self, actions):
        self.time += 1
        return self.parts()

    def parts(self):
        seen = {agent: np.array([self.time, i], np.float32) for i, agent in enumerate(self.possible_agents)}
        over = self.time == LAST
        values = [seen, *(dict.fromkeys(seen, x) for x in (1.0, over and not self.cut, over and self.cut, {}))]
        spoil = self.spoil if self.time >= self.since else {}
        return tuple(spoil.get(part, lambda x: x)(value) for part, value in zip(PARTS, values))


def duo(kind=Duo, **given):
    """The environment of a Duo that has these attributes; functions of its instances among them."""
    return envs.make("pettingzoo", source=type("Changed", (kind,), given), limit=9)


def play(env, steps=LAST, games=1):
    """What is seen at first and after each step, and the outcomes, of games that play 0."""
    world, outcomes = env.reset(torch.zeros(1, games, env.noise)), []
    seen = [env.observe(world)]
    for _ in range(steps):
        actions = torch.zeros(1, games, env.n_agents, dtype=torch.int64)
        world, outcome = env.step(world, actions, torch.zeros(1, games, env.noise))
        seen.append(env.observe(world))
        outcomes.append(outcome)
    return seen, outcomes


def ends(outcomes):
    return [(outcome.terminated.item(), outcome.truncated.item()) for outcome in outcomes]


def of_a(value):
    return lambda part: part | {"a": value}


def without_a(part):
    return {agent: value for agent, value in part.items() if agent != "a"}


def masks(value, name="action_mask"):
    return lambda part: {agent: {name: value} for agent in part}


RETURNED = [
    ("observation", lambda part: None, "observation at step STEP is None: give a dictionary with one for each agent"),
    ("observation", lambda part: [*part.values()], r"observation at step STEP is \[array.*: give a dictionary with"),
    ("observation", of_a(None), r"observation of agent 'a' at step STEP is None: its space is Box.*, give numbers"),
    ("observation", of_a(["1", "2"]), r"observation of agent 'a' at step STEP is \['1', '2'\]: .*, give numbers"),
    ("observation", of_a([[1], [1, 2]]), r"observation of agent 'a' at step STEP is \[\[1\], \[1, 2\]\]: .*numbers"),
    ("observation", of_a(3.0), r"observation of agent 'a' at step STEP has shape \[\]: its space has \[2\]"),
    ("observation", lambda part: part | {"z": part["a"]}, "observation of agent 'z' at step STEP is of nobody in poss"),
    ("reward", lambda part: 1.0, "reward at step STEP is 1.0: give a dictionary with one for each agent"),
    ("reward", of_a("1"), "reward of agent 'a' at step STEP is '1': give a number"),
    ("reward", of_a(None), "reward of agent 'a' at step STEP is None: give a number"),
    ("reward", of_a(np.inf), "reward of agent 'a' at step STEP is inf: give a finite number"),
    ("reward", without_a, "reward of agent 'a' at step STEP is missing: give it"),
    *[
        row
        for end in ("terminated", "truncated")
        for row in [
            (end, lambda part: True, f"{end} at step STEP is True: give a dictionary with one for each agent"),
            (
                end,
                without_a,
                f"{end} of agent 'a' at step STEP is missing: give True or False, or everyone's as '__all__'",
            ),
            (end, of_a("False"), f"{end} of agent 'a' at step STEP is 'False': give True or False"),
            (end, of_a(None), f"{end} of agent 'a' at step STEP is None: give True or False"),
            (end, of_a(2), f"{end} of agent 'a' at step STEP is 2: give True or False"),
            (end, of_a([True]), rf"{end} of agent 'a' at step STEP is \[True\]: give True or False"),
            (end, lambda part: {"__all__": "no"}, f"{end} of agent '__all__' at step STEP is 'no': give True or False"),
        ]
    ],
    ("info", lambda part: [{}, {}], r"info at step STEP is \[\{\}, \{\}\]: give a dictionary with one for each agent"),
    ("info", lambda part: {"action_mask": [1, 0]}, "info at step STEP has action_mask beside the agents: give each"),
]
ACTED_UPON = [
    ("info", of_a([1, 0]), r"info of agent 'a' at step STEP is \[1, 0\]: give a dictionary"),
    (
        "info",
        masks([0, -np.inf]),
        r"action_mask of agent 'a' at step STEP is \[0, -inf\]: give 1 for what may be played",
    ),
    ("info", masks([2, 1]), r"action_mask of agent 'a' at step STEP is \[2, 1\]: give 1 for what may be played"),
    (
        "info",
        masks([1, 0], "legal_actions"),
        "legal_actions of agent 'a' at step STEP may be a mask or a list: call it",
    ),
    ("info", masks(np.ma.array([1, 0])), "action_mask of agent 'a' at step STEP is masked_array.*: give"),
    ("info", masks("10"), r"action_mask of agent 'a' at step STEP is '10': give \[2\], one for each action"),
    ("info", masks([1]), r"action_mask of agent 'a' at step STEP has shape \[1\]: give \[2\], one for each action"),
    ("info", masks([0, 0]), "action_mask of agent 'a' at step STEP leaves no action: allow at least one"),
]


@pytest.mark.parametrize("since", [0, 1, LAST])
@pytest.mark.parametrize(("part", "spoil", "message"), RETURNED)
def test_what_comes_back_is_checked_at_the_start_at_a_step_and_at_the_last(part, spoil, message, since):
    first = max(since, 1) if part in PARTS[1:4] else since  # a reset returns none of these
    with pytest.raises(ValueError, match=f"^pettingzoo: {message.replace('STEP', str(first))}"):
        duo(spoil={part: spoil}, since=since)


@pytest.mark.parametrize("since", [0, 1, LAST])
@pytest.mark.parametrize(("part", "spoil", "message"), ACTED_UPON)
def test_what_may_be_played_is_checked_after_a_cut_too_and_nobody_acts_after_a_termination(part, spoil, message, since):
    with pytest.raises(ValueError, match=f"^pettingzoo: {message.replace('STEP', str(since))}"):
        duo(spoil={part: spoil}, since=since, cut=True)
    if since == LAST:
        assert ends(play(duo(spoil={part: spoil}, since=since))[1])[-1] == (True, False)


def test_a_mask_that_was_given_before_is_missed_after_a_cut_but_not_after_a_termination():
    def once(self):
        seen, *others, infos = Duo.parts(self)
        return seen, *others, masks([0, 1])(infos) if self.time < LAST else {}

    with pytest.raises(
        ValueError, match="action_mask of agent 'a' at step 3 is missing: give it whenever the agent may"
    ):
        duo(parts=once, cut=True)
    seen, _ = play(duo(parts=once))
    assert [step.available[0, 0, 0].tolist() for step in seen[:LAST]] == [[False, True]] * LAST


def test_the_last_observation_is_missed_after_a_cut_but_not_after_a_termination():
    last = dict(spoil={"observation": without_a}, since=LAST)
    with pytest.raises(
        ValueError, match="observation of agent 'a' at step 3 is missing, and a time limit cut the game"
    ):
        duo(**last, cut=True)
    assert ends(play(duo(**last))[1])[-1] == (True, False)


def returning(came):
    return lambda self, *_, **__: came(self)


def singleton(make=Duo, made=[]):  # noqa: B006 - it is what is wrong with it
    return made[0] if made else made.append(make()) or made[0]


OldDiscrete = type("Discrete", (), {"__module__": "gym.spaces.discrete", "__str__": lambda self: "Discrete(2)"})
FORMS = [
    (dict(reset=lambda self, seed: Duo.parts(self)[0], time=0), r"reset at step 0 returned \{'a': .*: give 2, obs"),
    (dict(step=returning(lambda self: Duo.parts(self)[:4])), r"step at step 1 returned 4 values: give 5, .* \(four"),
    (dict(step=returning(lambda self: None)), "step at step 1 returned None: give 5, observation, reward, terminated"),
    (dict(reset=lambda self: Duo.reset(self)), "reset takes no seed: give it the parameter seed, for a generator"),
    (dict(agent_iter=lambda self: None), r"its agents act in turn \(AEC\): give what makes its parallel_env"),
    (dict(render_mode="human"), "render_mode is 'human', which opens a window for each game: leave it out"),
    (dict(possible_agents=None), "has no possible_agents: a parallel environment has possible_agents, obs"),
    (dict(possible_agents={"a", "b"}), r"possible_agents is \{'.', '.'\}: give a list of names"),
    (dict(possible_agents="ab"), "possible_agents is 'ab': give a list of names"),
    (dict(possible_agents=[]), r"possible_agents is \[\]: give a list of names"),
    (dict(possible_agents=["a", "a"]), r"possible_agents is \['a', 'a'\]: give each agent a name of its own"),
    (dict(action_space={"a": spaces.Discrete(2)}), r"action_space is \{'a': Discrete\(2\)\}: give a function"),
    (dict(action_space=lambda self, agent: None), r"action space of agent 'a' is None: give one of gymnasium\.spaces"),
    (dict(action_space=lambda self, agent: OldDiscrete()), r"space of agent 'a' is Discrete\(2\) of .* gym, which"),
    (dict(observation_space=lambda self, agent: 2), r"observation space of agent 'a' is 2: give one of"),
    (dict(observation_space=lambda self, agent: spaces.Sequence(BOX)), r"space of agent 'a' is Seq.*: it has no fixed"),
    (dict(state="playing"), "state at step 0 is 'playing': give numbers, or give it another name"),
    (dict(state={"a": 1, "z": 2}), r"state at step 0 is \{'a': 1, 'z': 2\}: give an array, or a dictionary"),
    (dict(state=lambda self: None if self.time else [1]), "state at step 1 is missing: it had 1 at the start"),
    (dict(state=lambda self: [1] if self.time < LAST else []), "state at step 3 has 0 numbers: it had 1 at the start"),
    (dict(state=lambda self: [1.0] if self.time < LAST else [np.nan]), "state at step 3 has a number that is not"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "message"), FORMS)
def test_what_is_no_parallel_environment_is_refused_with_the_remedy(given, message):
    with pytest.raises(ValueError, match=f"^pettingzoo: .*{message}"):
        duo(**given)


def test_what_makes_no_environment_or_no_new_one_is_refused():
    for source, message in [
        (lambda: None, "None has no possible_agents"),
        (lambda: gymnasium.make("CartPole-v1"), "CartPole.* has no possible_agents"),
        (singleton, "it was the same instance twice that was made: make a new one every time"),
        ("mpe2.simple_spread_v3:env", r"its agents act in turn \(AEC\)"),
    ]:
        with pytest.raises(ValueError, match=f"^pettingzoo: .*{message}"):
            envs.make("pettingzoo", source=source)
    with pytest.raises(ValueError, match="options have render_mode 'human', which opens a window for each game"):
        envs.make("mpe2/simple_spread_v3", options={"render_mode": "human"})


@pytest.mark.parametrize("state", ["attribute", "method", "by agent", "none", "not written", "wrapped"])
def test_a_state_may_be_a_method_or_an_attribute(state):
    def unwritten(self):
        raise NotImplementedError

    def parts(self):
        now = [float(self.time), 7]
        self.state = {"attribute": np.array([now]), "by agent": {"a": now, "b": np.array(5)}, "none": None}[state]
        return Duo.parts(self)

    given = {
        "method": dict(state=lambda self: [[self.time, 7]]),
        "not written": dict(state=unwritten),
        "wrapped": dict(state=lambda self: super(Duo, self).state()),
    }.get(state, dict(parts=parts))
    seen, _ = play(duo(**given))
    everyones = [[now, 0, now, 1] for now in range(LAST + 1)]
    expected = {"attribute": 2, "method": 2, "by agent": 3}.get(state)
    full = [[now, 7, 5][:expected] for now in range(LAST + 1)] if expected else everyones
    assert [step.state[0, 0].tolist() for step in seen] == full


FLAGS = {
    "for all": lambda over: {"__all__": over},
    "for all before each": lambda over: {"a": False, "b": False, "__all__": over},
    "for the rest": lambda over: {"a": over, "__all__": over},
    "in arrays": lambda over: {"a": np.bool_(over), "b": np.array(over)},
    "in numbers": lambda over: {"a": int(over), "b": torch.tensor(over)},
}


@pytest.mark.parametrize("flags", FLAGS)
@pytest.mark.parametrize("cut", [False, True])
def test_ends_may_be_everyones_and_are_never_taken_for_the_limit(flags, cut):
    """A game of return 3 is one, whoever is told that it is over."""

    def parts(self):
        seen, reward, *_, info = Duo.parts(self)
        over, nobody = FLAGS[flags](self.time == LAST), {"__all__": False}
        return seen, reward, *((nobody, over) if cut else (over, nobody)), info

    outcomes = play(duo(parts=parts), steps=8)[1]
    assert sum(outcome.reward.item() for outcome in outcomes) == LAST
    assert ends(outcomes) == [(k == LAST - 1 and not cut, k == LAST - 1 and cut) for k in range(8)]


def test_an_agent_may_leave_before_its_team_but_not_come_back():
    def parts(self, back=False):
        seen, reward, terminated, truncated, info = Duo.parts(self)
        terminated |= {"a": self.time >= 1 and not (back and self.time == 2)}
        return seen, reward, terminated, truncated, info

    seen, outcomes = play(duo(parts=parts))
    assert [step.obs[0, 0, 0].tolist() for step in seen] == [[0, 0]] * (LAST + 1)
    assert [step.obs[0, 0, 1].tolist() for step in seen] == [[k, 1] for k in range(LAST + 1)]
    assert ends(outcomes)[-1] == (True, False)
    with pytest.raises(
        ValueError, match="terminated of agent 'a' at step 2 has not ended, but it had at step 1: leave"
    ):
        duo(parts=lambda self: parts(self, back=True))


@pytest.mark.parametrize("name", ["action_mask", "avail_actions", "available_actions"])
@pytest.mark.parametrize("where", ["info", "beside observation", "beside others"])
def test_a_mask_may_be_in_the_info_or_beside_what_is_observed_whatever_that_is_called(name, where):
    own = {"beside observation": ["observation"], "beside others": ["far", "near"]}.get(where)
    mask = np.array([0, 1], np.int8)

    def parts(self):
        seen, *others, info = Duo.parts(self)
        if own is None:
            return seen, *others, masks(mask, name)(info)
        numbers = {agent: dict(zip(own, np.split(x.astype(float), len(own)))) for agent, x in seen.items()}
        return {agent: {name: mask, **x} for agent, x in numbers.items()}, *others, None  # no infos are none

    size = 2 if own is None else 2 // len(own)
    inner = {key: spaces.Box(-9, 9, (size,), np.float32) for key in own or ()}
    space = spaces.Dict({name: spaces.Box(0, 1, (2,), np.int8), **inner}) if own else BOX
    env = duo(parts=parts, observation_space=lambda self, agent: space)
    seen, _ = play(env)
    assert env.obs_dim == 2
    assert [step.obs[0, 0, 1].tolist() for step in seen] == [[k, 1] for k in range(LAST + 1)]
    assert all(step.available[0, 0].tolist() == [[False, True]] * 2 for step in seen[:LAST])


INNER = spaces.Dict(place=spaces.Box(0, 9, (2,), np.float32), pair=spaces.Tuple([spaces.Discrete(2), spaces.Box(0, 9)]))
GOOD = {"place": np.array([1.5, 2]), "pair": (1, np.array([3]))}  # double precision, and whole numbers


def test_observations_of_several_parts_may_be_of_any_precision():
    def seeing(given):
        spoil = {"observation": lambda part: dict.fromkeys(part, given)}
        return duo(spoil=spoil, observation_space=lambda self, agent: INNER)

    single = {"place": np.array([1.5, 2], np.float32), "pair": (1, np.array([3], np.float32))}
    assert play(seeing(GOOD))[0][0].obs[0, 0, 0].tolist() == spaces.flatten(INNER, single).tolist()
    for spoiled, message in [
        ({"place": [1, 2, 3]}, r"observation\['place'\] of agent 'a' at step 0 has shape \[3\]: its space has \[2\]"),
        ({"place": "12"}, r"observation\['place'\] of agent 'a' at step 0 is '12': .*, give numbers"),
        ({"pair": (2, [3])}, r"observation\['pair'\]\[0\] of agent 'a' at step 0 is 2: its space is Discrete\(2\)"),
        ({"pair": (1,)}, r"observation\['pair'\] of agent 'a' at step 0 is \(1,\): its space has 0, 1"),
        ({"more": 1}, r"observation of agent 'a' at step 0 is .*: its space has 'place', 'pair'"),
    ]:
        with pytest.raises(ValueError, match=message):
            seeing(GOOD | spoiled)


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ("np.arange(2)", ["0", "1"]),
        ("np.array(['a', 'b'])", ["a", "b"]),
        ("[np.str_('a'), np.int64(3)]", ["a", "3"]),
        ("[0, 1]", ["0", "1"]),
    ],
)
def test_any_names_of_agents_are_exported_as_text(names, text, tmp_path, monkeypatch):
    pytest.importorskip("onnx")
    from marl_helpers.robots import export

    own = f"from test_envs_reading import Duo, np\nclass Named(Duo):\n    possible_agents = {names}\n"
    (tmp_path / f"named_{len(names)}.py").write_text(own)
    monkeypatch.syspath_prepend(tmp_path)
    env = envs.make("pettingzoo", source=f"named_{len(names)}:Named", limit=9)
    team = export.read_team(export.export(train(env, **QUICK | {"mixer": "vdn"}), tmp_path / "team"))
    assert team["agents"] == text


class Pair(gymnasium.Env):
    """Duo as a team of Gymnasium."""

    observation_space, action_space = spaces.Tuple([BOX] * 2), spaces.Tuple([spaces.Discrete(2)] * 2)
    spoil, since = {}, 0

    def reset(self, *, seed=None, options=None):
        self.time = 0
        return self.parts()[0], self.parts()[-1]

    def step(self, actions):
        self.time += 1
        return self.parts()

    def parts(self):
        values = [[np.array([self.time, i], np.float32) for i in range(2)], [1.0, 1.0], self.time == LAST, False, {}]
        spoil = self.spoil if self.time >= self.since else {}
        return tuple(spoil.get(part, lambda x: x)(value) for part, value in zip(PARTS, values))


@pytest.fixture
def pair():
    """What makes the environment of a Pair that has some attributes."""

    def make(**given):
        gymnasium.registry.pop("Pair-v0", None)
        gymnasium.register("Pair-v0", entry_point=type("Changed", (Pair,), given))
        return envs.make("gymnasium", id="Pair-v0", limit=9)

    yield make
    gymnasium.registry.pop("Pair-v0", None)


def masked(count, first=1):
    return lambda part: {"action_mask": [[first, 0]] * count}


LISTS = [
    ("observation", lambda part: part[:1], "observation of agent 'agent_1' at step STEP is missing, and the"),
    ("observation", lambda part: [*part, part[0]], "observation of agent 'agent_2' at step STEP is of nobody"),
    ("observation", lambda part: None, "observation at step STEP is None: give a dictionary"),
    ("reward", lambda part: [1.0], "reward of agent 'agent_1' at step STEP is missing: give it"),
    ("reward", lambda part: "1", "reward of agent 'agent_0' at step STEP is '1': give a number"),
    ("terminated", lambda part: "False", "terminated of agent 'agent_0' at step STEP is 'False': give True or False"),
    ("terminated", lambda part: [False], "terminated of agent 'agent_1' at step STEP is missing: give True"),
    ("truncated", lambda part: None, "truncated of agent 'agent_0' at step STEP is None: give True or False"),
    ("info", lambda part: 3, "info at step STEP is 3: give a dictionary"),
    ("info", masked(3), "action_mask of agent 'agent_2' at step STEP is of nobody in possible_agents"),
    ("info", masked(1), r"action_mask of agent 'agent_1' at step STEP has shape \[0\]: give \[2\], one for each"),
    ("info", masked(2, 0), "action_mask of agent 'agent_0' at step STEP leaves no action"),
]  # fmt: skip


@pytest.mark.parametrize(("part", "spoil", "message"), LISTS)
def test_lists_that_come_and_go_are_named_by_agent(part, spoil, message, pair):
    with pytest.raises(ValueError, match=f"^gymnasium: {message.replace('STEP', '2')}"):
        pair(spoil={part: spoil}, since=2)


@pytest.mark.parametrize("info", [None, [{}, {}], [None, {}], {"action_mask": None}])
def test_a_teams_infos_may_be_nothing_or_a_list(info, pair):
    assert ends(play(pair(spoil={"info": lambda part: info}))[1]) == [(False, False)] * 2 + [(True, False)]


@pytest.mark.parametrize("info", [{"avail_actions": [[0, 1], [1, 1]]}, [{"action_mask": [0, 1]}, {}]])
def test_a_teams_masks_may_be_a_list_or_in_one(info, pair):
    seen, _ = play(pair(spoil={"info": lambda part: info}))
    assert seen[1].available[0, 0].tolist() == [[False, True], [True, True]]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (dict(reset=lambda self, seed=None: Duo.parts), "reset at step 0 returned .*: give 2, observation, info"),
        (dict(reset=lambda self, seed=None: (np.zeros(2), np.zeros(2))), r"observation of agent 'agent_0' at step 0 h"),
        (dict(step=lambda self, actions: ([], 0.0, False, {})), "step at step 1 returned 4 values: give 5"),
        (dict(observation_space=spaces.Tuple([BOX])), "observation_space has 1 spaces, and action_space 2: give each"),
        (dict(observation_space=BOX), "observation_space is Box.*: a team's is a Tuple with one space for each agent"),
        (dict(reset=lambda self: 0), "reset takes no seed"),
    ],
)  # fmt: skip
def test_what_is_no_team_of_gymnasium_is_refused(given, message, pair):
    with pytest.raises(ValueError, match=f"^gymnasium: {message}"):
        pair(**given)


ERRORS = [ValueError, TypeError, KeyError, OSError, ImportError, ModuleNotFoundError, AttributeError, RuntimeError]


def raising(kind, since=0):
    def raise_it(self, *_, **__):
        if getattr(self, "time", 0) >= since:
            raise kind("their own words")
        return Duo.step(self, None)

    return raise_it


@pytest.mark.parametrize("kind", ERRORS)
@pytest.mark.parametrize("where", ["__init__", "observation_space", "reset", "step", "state"])
def test_an_error_of_its_own_is_shown_as_its_own(kind, where):
    with pytest.raises(
        EnvError, match=r"^pettingzoo: .* raised \w+: .*their own words.*test_envs_reading.py:"
    ) as caught:
        duo(**{where: raising(kind)})
    assert type(caught.value.__cause__) is kind
    assert traceback.extract_tb(caught.value.__cause__.__traceback__)[-1].name == "raise_it"


@pytest.mark.parametrize("workers", [0, 2])
def test_also_in_the_middle_of_a_training_and_in_processes(workers):
    after = {"trial": True}

    class Late(Duo):
        def step(self, actions):
            if self.time == 2 and not after["trial"]:
                raise OSError("their disk is full")
            return super().step(actions)

    env = envs.make("pettingzoo", source=Late, limit=9, workers=workers)
    after["trial"] = False
    with pytest.raises(EnvError, match=r"^pettingzoo: step 3 raised OSError: their disk is full") as caught:
        train(env, **QUICK)
    assert workers == 0 or "OSError: their disk is full" in caught.value.__notes__[0]


BROKEN = """
from test_envs_reading import Duo
class Broken(Duo):
    def step(self, actions):
        raise KIND("their own words")
"""


@pytest.mark.parametrize("kind", ["ValueError", "OSError", "ModuleNotFoundError"])
def test_the_command_line_shows_it_with_place_and_traceback(kind, tmp_path, monkeypatch):
    (tmp_path / f"own_{kind.lower()}.py").write_text(BROKEN.replace("KIND", kind))
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(
        EnvError, match=rf"step 1 raised {kind}: their own words \(.*own_{kind.lower()}.py:5, in step\)"
    ):
        main(["train", "--env", f"pettingzoo/own_{kind.lower()}:Broken", "--folder", str(tmp_path / "kept")])


def test_which_a_terminal_sees_as_a_traceback(tmp_path):
    (tmp_path / "own.py").write_text(BROKEN.replace("KIND", "ValueError"))
    paths = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests/envs"), str(tmp_path)]
    code = f"import sys; sys.path[:0] = {paths}\nfrom marl_helpers.__main__ import main\n"
    code += "sys.exit(main(['train', '--env', 'pettingzoo/own:Broken']))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, timeout=HANG)
    assert done.returncode == 1
    assert 'own.py", line 5, in step' in done.stderr and "\nValueError: their own words" in done.stderr
    assert "EnvError: pettingzoo: step 1 raised ValueError: their own words" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("import gym", ValueError, "SOURCE needs gym, which has moved: use gymnasium"),
        ("import pettingzoo.mpe.simple_spread_v3", EnvError, "importing SOURCE raised ImportError: MPE has been moved"),
        (
            "import nowhere_to_be_found",
            EnvError,
            "importing SOURCE raised ModuleNotFoundError: No module named 'nowhere",
        ),
        ("from os import nothing", EnvError, "importing SOURCE raised ImportError: cannot import name 'nothing'"),
        ("open('/no/such/file')", EnvError, "importing SOURCE raised FileNotFoundError: .*in <module>"),
        (
            "raise ValueError('their own words')",
            EnvError,
            r"importing SOURCE raised ValueError: their own words \(.*:1,",
        ),
        (
            "parallel_env = 3",
            ValueError,
            "source is 'SOURCE': give module:function, which makes a parallel environment",
        ),
    ],
)
def test_a_module_that_fails_by_itself_is_told_from_one_that_there_is_not(text, kind, message, tmp_path, monkeypatch):
    name = f"source_{abs(hash(text))}"
    (tmp_path / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(sys.modules, "gym", None)  # it is not installed, even if it is
    with pytest.raises(kind, match=message.replace("SOURCE", name)):
        envs.make("pettingzoo", source=name)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("pettingzoo.mpe.simple_spread_v3:parallel_env", r"needs pettingzoo\.mpe, which has moved: use mpe2"),
        (
            "nowhere_to_be_found:make",
            "there is no module nowhere_to_be_found: install it, or correct nowhere_to_be_found",
        ),
        ("mpe2.simple_sprat_v3", r"there is no module mpe2\.simple_sprat_v3: install it, or correct"),
        (":make", "source is ':make': give module:function"),
        (".own:make", r"source is '\.own:make': give module:function"),
    ],
)
def test_a_source_that_there_is_not_is_refused(source, message):
    with pytest.raises(ValueError, match=message):
        envs.make("pettingzoo", source=source)


def test_an_option_that_it_has_not_is_ours_and_its_own_mistake_with_one_is_not():
    def make(size=1):
        return Duo() if size == 1 else len(size)

    with pytest.raises(ValueError, match=r"pettingzoo cannot have options \{'width': 2\}: .*'width'"):
        envs.make("pettingzoo", source=make, options={"width": 2})
    with pytest.raises(EnvError, match=r"raised TypeError: object of type 'int' has no len\(\)"):
        envs.make("pettingzoo", source=make, options={"size": 2})


@pytest.fixture
def counted():
    """A Duo whose class counts how many were made and closed."""

    class Counted(Duo):
        def __init__(self):
            self.count["made"] += 1

        def close(self):
            self.count["closed"] += 1

    Counted.count = Counter()
    return Counted


def test_every_instance_is_closed_when_its_game_is_replaced_or_left(counted):
    count = counted.count
    env = envs.make("pettingzoo", source=counted, limit=9)
    assert count["made"] == count["closed"] == 1 + 2 * 4  # two trials of four games
    world = env.reset(torch.zeros(1, 5, 1))
    assert count["made"] - count["closed"] == 5
    world = env.reset(torch.zeros(1, 3, 1))
    assert count["made"] - count["closed"] == 3
    del world
    assert count["made"] == count["closed"]


def test_and_in_a_training(counted):
    run = train(envs.make("pettingzoo", source=counted, limit=9), **QUICK)
    gc.collect()
    assert run.finished
    assert counted.count["made"] == counted.count["closed"] > 9


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
@pytest.mark.parametrize("where", ["__init__", "observation_space", "reset", "step", "parts"])
def test_and_after_an_error(counted, error, where):
    def fails(self, *_, **__):
        if where == "__init__":
            if self.count["made"] == 6:  # the last of the first trial's games
                raise error
            return counted.__init__(self)
        raise error

    with pytest.raises((EnvError, error)):
        duo(counted, **{where: fails})
    assert counted.count["made"] == counted.count["closed"] > 0


def test_and_after_a_mistake_in_the_middle_of_a_training(counted):
    late = {"since": 99}

    class Late(counted):
        spoil = property(lambda self: {"reward": of_a(None)} if late["since"] <= self.time else {})

    env = envs.make("pettingzoo", source=Late, limit=9)
    late["since"] = 2
    world = env.reset(torch.zeros(1, 5, 1))
    actions, noise = torch.zeros(1, 5, 2, dtype=torch.int64), torch.zeros(1, 5, 1)
    world, _ = env.step(world, actions, noise)
    with pytest.raises(ValueError, match="reward of agent 'a' at step 2 is None"):
        env.step(world, actions, noise)
    assert counted.count["made"] == counted.count["closed"]
    with pytest.raises(ValueError, match="the world's games ended with an error: reset for new ones"):
        env.step(world, actions, noise)


def test_and_when_it_is_refused_in_a_form_of_gymnasium(pair):
    count = Counter()
    given = dict(__init__=lambda self: count.update(made=1), close=lambda self: count.update(closed=1))
    pair(**given)
    assert count["made"] == count["closed"] == 9
    with pytest.raises(ValueError, match="observation_space is Box"):
        pair(**given, observation_space=BOX)
    assert count["made"] == count["closed"] == 10


def test_ours_as_pettingzoos_leaves_what_plays_it_too(counted):
    game = envs.parallel_env(envs.make("pettingzoo", source=counted, limit=9))
    game.reset(seed=0)
    assert counted.count["made"] - counted.count["closed"] == 1
    game.close()
    assert counted.count["made"] == counted.count["closed"] and game.agents == []
    assert len(game.reset(seed=0)[0]) == 2


def test_one_that_cannot_be_closed_is_played_and_said_to_be_so(counted):
    def close(self):
        counted.close(self)
        raise AttributeError("no window was ever opened")

    with pytest.warns(RuntimeWarning, match=r"^pettingzoo: close raised AttributeError: no window.*, in close\)"):
        duo(counted, close=close)
    assert counted.count["made"] == counted.count["closed"]
