"""PettingZoo's agents that come and go, in rows: a team of any size, whose absent members are nobody.

Porters is a game in plain Python with a schedule for each seed; what must come of it is reckoned here from the schedule
alone, step by step, with none of its code.
"""

import numpy as np
import pytest
import torch

from marl_helpers import envs, layers, train
from marl_helpers.envs.adapters.parallel import SEEDS
from marl_helpers.envs.adapters.simulators import PINS
from marl_helpers.envs.trial import check
from marl_helpers.training.replay import collect

for package in ("gymnasium", "pettingzoo"):
    pytest.importorskip(package, reason=f"it is not installed: pip install '{PINS[package]}'")
from gymnasium import spaces  # noqa: E402
from pettingzoo import ParallelEnv  # noqa: E402

STEPS, ROW = 6, 4
REST, LIFT, CALL = range(3)
QUICK = dict(seeds=2, parallel=4, batch=4, updates=3, test_every=3, test_episodes=2, hidden=8, width=3, device="cpu")
SETS = ("vdn", "qatten", "set_hyper", "deep_set", "transformer", "trajectory")


def schedule(seed, agents):
    """When each comes and goes, [agents, 2], somebody from the start to the end, and each one's strength."""
    generator = np.random.default_rng(seed)
    comes = generator.integers(0, STEPS, agents)
    goes = comes + generator.integers(1, STEPS, agents)
    stays = generator.integers(agents)
    comes[stays], goes[stays] = 0, STEPS
    return np.stack([comes, goes], -1), generator.integers(1, 5, agents)


class Porters(ParallelEnv):
    """Porters come and go. Who lifts adds its strength; each call adds 1 for everybody who is there.

    Nobody lifts at odd times. Rows: present, strength, time, whether it is the load, which is no agent and seen by all.
    nobody: as many possible agents who never come. spoil: what is done to the rows that an agent sees, or the state.
    cut: the end is a time limit.
    """

    entity_dim = ROW

    def __init__(self, agents=4, nobody=0, own_state=True, cut=False, spoil=None):
        self.metadata = {"name": "porters"}
        self.working, self.cut, self.spoil = agents, cut, spoil or {}
        self.possible_agents = [f"porter {k}" for k in range(agents + nobody)]
        rows = len(self.possible_agents) + 1
        see = spaces.Dict(
            observation=spaces.Box(-np.inf, np.inf, (rows, ROW), np.float32),
            action_mask=spaces.Box(0, 1, (3,), np.int8),
        )
        self.observation_spaces = dict.fromkeys(self.possible_agents, see)
        self.action_spaces = {agent: spaces.Discrete(3) for agent in self.possible_agents}
        if own_state:
            self.state = lambda: self._spoiled("state", self._rows(*self.order))

    def observation_space(self, agent):
        return self.observation_spaces[agent]

    def action_space(self, agent):
        return self.action_spaces[agent]

    def reset(self, seed=None, options=None):
        self.times, self.strength = schedule(seed, self.working)
        self.time, self.order = 0, range(len(self.possible_agents))
        self.agents = self._there()
        return self._see(self.agents), {agent: {} for agent in self.agents}

    def step(self, actions):
        assert set(actions) == set(self.agents), "those who are there are asked, and nobody else"
        lifting = [self.strength[self.possible_agents.index(agent)] for agent, a in actions.items() if a == LIFT]
        reward = float(sum(lifting) + len(actions) * sum(a == CALL for a in actions.values()))
        before, self.time = self.agents, self.time + 1
        here = self._there()
        over = self.time == STEPS
        told = [agent for agent in self.possible_agents if agent in before or agent in here]
        ends = {agent: (over and not self.cut) or (agent not in here and not over) for agent in told}
        cuts = dict.fromkeys(told, over and self.cut)
        self.agents = [] if over else here
        seen = self._see(told)
        return seen, dict.fromkeys(told, reward), ends, cuts, {agent: {} for agent in told}

    def _there(self):
        last = min(self.time, STEPS - 1)  # at the end those are seen who were there last
        times = enumerate(self.times.tolist())
        return [self.possible_agents[k] for k, (comes, goes) in times if comes <= last < goes]

    def _rows(self, *order):
        there, rows = self._there(), []
        for k in order:
            here = self.possible_agents[k] in there
            rows.append([1, self.strength[k], self.time, 0] if here else [0] * ROW)
        return np.array([*rows, [1, 0, self.time, 1]], np.float32)

    def _see(self, agents):
        mask = np.array([1, self.time % 2 == 0, 1], np.int8)
        seen = {}
        for agent in agents:
            own = self.possible_agents.index(agent)
            rows = self._rows(own, *(k for k in self.order if k != own))
            seen[agent] = {"observation": self._spoiled(agent, rows), "action_mask": mask}
        return seen

    def _spoiled(self, field, rows):
        return self.spoil[field](rows) if field in self.spoil else rows


def make(**promises):
    return envs.make("pettingzoo", source=lambda: Porters(**promises), limit=STEPS + 2)


def seeded(env, count):
    """Noise that begins games with the seeds 0, 1, 2, ..., [1, count, 1]."""
    return (torch.arange(count) / SEEDS).view(1, count, 1)


def expected(seed, time, slots=4):
    """The rows of the state, float32 [slots + 1, ROW], from the schedule."""
    rows, (times, strength) = np.zeros((slots + 1, ROW), np.float32), schedule(seed, 4)
    for k, (comes, goes) in enumerate(times):
        if comes <= time < goes:
            rows[k] = 1, strength[k], time, 0
    rows[-1] = 1, 0, time, 1
    return rows


@pytest.mark.parametrize("own_state", [True, False])
def test_whoever_is_there_is_seen_asked_and_paid_and_nobody_else(own_state):
    env, count, generator = make(own_state=own_state), 60, np.random.default_rng(0)
    assert (env.n_agents, env.entity_dim, env.obs_dim) == (4, ROW, 5 * ROW)
    assert env.state_dim == (5 if own_state else 4) * ROW
    world, sizes = env.reset(seeded(env, count)), set()
    for time in range(STEPS):
        seen = env.observe(world)
        tables, paid = np.stack([expected(seed, time) for seed in range(count)]), []
        there = tables[:, :4, 0] > 0
        assert np.array_equal(seen.state[0].numpy(), tables[:, : env.state_dim // ROW].reshape(count, -1))
        for k in range(4):
            own = tables[:, [k, *(j for j in range(5) if j != k)]].reshape(count, -1) * there[:, k : k + 1]
            assert np.array_equal(seen.obs[0, :, k].numpy(), own)
        masks = [[1, time % 2 == 0, 1] if here else [1, 0, 0] for here in there.flatten()]
        assert np.array_equal(seen.available[0].numpy(), np.array(masks, bool).reshape(count, 4, 3))
        actions = (generator.random((count, 4, 3)) * seen.available[0].numpy()).argmax(-1)
        for game in range(count):
            strength = schedule(game, 4)[1]
            lifted = sum(s for s, a, here in zip(strength, actions[game], there[game]) if here and a == LIFT)
            paid.append(lifted + there[game].sum() * ((actions[game] == CALL) & there[game]).sum())
        sizes |= {*there.sum(-1).tolist()}
        world, outcome = env.step(world, torch.from_numpy(actions)[None], torch.zeros(1, count, 1))
        assert outcome.reward[0].tolist() == paid
        assert outcome.terminated.tolist() == [[time == STEPS - 1] * count] and not outcome.truncated.any()
    assert sizes == {1, 2, 3, 4}
    last = env.observe(world)
    assert not last.obs.any() and not last.state.any() and (last.available.sum(-1) == 1).all()


def test_after_a_cut_those_are_seen_who_would_have_gone_on():
    env, count = make(cut=True), 20
    world = env.reset(seeded(env, count))
    for _ in range(STEPS):
        world, outcome = env.step(world, torch.zeros(1, count, 4, dtype=torch.int64), torch.zeros(1, count, 1))
    assert outcome.truncated.all() and not outcome.terminated.any()
    seen = env.observe(world)
    rows = seen.state.view(count, 5, ROW)
    there = torch.tensor([[comes < STEPS <= goes for comes, goes in schedule(k, 4)[0]] for k in range(count)])
    assert torch.equal(rows[:, :4, 0] > 0, there) and (rows[:, 4, 2] == STEPS).all()
    assert torch.equal(seen.obs[0].view(count, 4, 5, ROW)[:, :, 0, 0] > 0, there)


@pytest.mark.filterwarnings("ignore:The old environment creation API:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:No agents present but not all possible_agents:UserWarning")  # who never came
def test_the_game_is_one_that_pettingzoo_takes(capsys):
    from pettingzoo.test import parallel_api_test

    parallel_api_test(Porters(), num_cycles=60)
    assert "Passed Parallel API test" in capsys.readouterr().out


@pytest.mark.parametrize("mixer", SETS)
def test_a_team_of_it_trains_and_who_is_absent_is_worth_nothing(mixer):
    env = make()
    check(env, layers.generators(0, 2), 20)
    run = train(env, mixer, pooling="sum", **QUICK)
    agents, mixing = run.learner.agents, run.learner.mixer
    played = collect(env, agents, mixing, layers.generators(1, 2), 30, 1.0)
    q = agents.unroll(played.obs, played.actions)
    absent = played.obs[..., 0] == 0
    assert absent.any() and (q[absent] == 0).all() and (q[~absent] != 0).any()
    assert (played.actions[absent[:, :, :-1]] == 0).all()
    assert np.isfinite(run.returns).all()


def test_places_that_nobody_ever_takes_change_nothing():
    few, many = make(), make(nobody=3)
    run = train(few, "set_hyper", pooling="both", **QUICK)
    with torch.no_grad():
        for parameter in run.learner.agents.parameters():
            parameter *= 3
    learned = run.learner.agents, run.learner.mixer
    games = [collect(env, *learned, layers.generators(1, 2), 40, 0.0) for env in (few, many)]
    assert torch.equal(games[0].returns, games[1].returns) and len(games[0].returns.unique()) > 10
    assert torch.equal(games[0].actions, games[1].actions[..., :4]) and not games[1].actions[..., 4:].any()


def changed(row, column, value):
    """What changes a number of the rows."""

    def change(rows):
        rows[row, column] = value
        return rows

    return change


BROKEN = [  # whose rows, what is done to them, and what is said of it
    ("porter 1", changed(0, 0, 0), r"observation of agent 'porter 1' at step \d has row 1, \[0.0, "),
    (
        "porter 1",
        lambda rows: 0 * rows,
        r"'porter 1' at step \d says that it is absent itself: begin its own row with 1",
    ),
    (
        "porter 2",
        changed(3, 0, 0.5),
        r"'porter 2' at step \d has row 4, \[0.5, .*: begin it with 1 for who is there, or",
    ),
    ("state", changed(4, 0, 7), r"state at step \d has row 5, \[7.0, "),
    ("state", lambda rows: 0 * rows, r"state at step 0 says that agent 'porter \d' is absent, and it is in the game: "),
    (
        "state",
        changed(slice(4), 0, 1),
        r"state at step 0 says that agent 'porter \d' is there, and it is not in the game",
    ),
]


@pytest.mark.parametrize(("whose", "change", "message"), BROKEN)
def test_a_table_that_contradicts_who_is_there_is_named_with_the_step(whose, change, message):
    with pytest.raises(ValueError, match=f"^pettingzoo: .*{message}"):
        make(spoil={whose: change})


@pytest.mark.parametrize(
    ("width", "promises", "message"),
    [
        (-1, {}, "entity_dim is -1: give how many numbers a row has, or leave it out"),
        (True, {}, "entity_dim is True: give how many"),
        ("4", {}, "entity_dim is '4': give how many"),
        (
            3,
            {},
            "observation space of agent 'porter 0' has 20 numbers: give whole rows of its entity_dim, 3, at least 1",
        ),
        (4, {"spoil": {"state": lambda rows: rows[:3]}}, "state has 12 numbers: give whole rows of .*, 4, at least 4"),
    ],
)
def test_widths_that_make_no_rows_are_refused(width, promises, message, monkeypatch):
    monkeypatch.setattr(Porters, "entity_dim", width)
    with pytest.raises(ValueError, match=f"^pettingzoo: {message}"):
        make(**promises)


@pytest.mark.parametrize("name", ["dock_teams", "scout", "predator_prey_teams"])
def test_ours_there_and_back_are_the_same_team(name):
    """Through PettingZoo's form and back: the same rows, masks and rewards until the game is over.

    Only the one action of those who are absent, which nobody hears of, is the first one here.
    """
    env = envs.make(name)
    back = envs.make("pettingzoo", source=lambda: envs.parallel_env(name), limit=env.limit + 1)
    assert (back.n_agents, back.entity_dim, back.obs_dim) == (env.n_agents, env.entity_dim, env.obs_dim)
    chooser, teams = torch.Generator().manual_seed(0), set()
    for seed in range(12):
        generator = torch.Generator().manual_seed(seed)
        world = env.reset(torch.rand(1, 1, env.noise, generator=generator))
        other = back.reset(torch.full((1, 1, 1), seed / SEEDS))
        while not world["over"]:
            ours, theirs = env.observe(world), back.observe(other)
            there = ours.state.view(-1, env.entity_dim)[: env.n_agents, 0] > 0
            assert torch.equal(ours.obs, theirs.obs) and torch.equal(ours.state, theirs.state)
            assert torch.equal(ours.available[0, 0, there], theirs.available[0, 0, there])
            assert (theirs.available[0, 0, ~there].sum(-1) == 1).all()
            teams.add(int(there.sum()))
            actions = (torch.rand(ours.available.shape, generator=chooser) * ours.available).argmax(-1)
            world, outcome = env.step(world, actions, torch.rand(1, 1, env.noise, generator=generator))
            other, told = back.step(other, actions, torch.zeros(1, 1, 1))
            assert outcome.reward.item() == pytest.approx(told.reward.item())
        assert other["over"] and told.terminated.item() == outcome.terminated.item()
    assert len(teams) > 1


def test_who_is_absent_is_no_agent_in_pettingzoos_form():
    game = envs.parallel_env("scout")
    seen, _ = game.reset(seed=0)
    assert game.agents == [*seen] == ["scout", "worker 1", "worker 2"] and game.entity_dim == 4
    told = [game.step(dict.fromkeys(game.agents, 0)) for _ in range(2)]
    assert game.agents == ["worker 1", "worker 2"]
    assert [step[2] for step in told] == [
        dict.fromkeys(game.possible_agents, False),
        {"scout": True, "worker 1": False, "worker 2": False},
    ]
    seen, rewards, *_ = game.step({"worker 1": 0, "worker 2": 0})
    assert [*seen] == [*rewards] == ["worker 1", "worker 2"] and not game.agents
