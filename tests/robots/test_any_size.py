"""A team of any size as robots: one file for all, any number of rows, and nobody notices who joins but by a row."""

import json
import re

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from quick import QUICK

from marl_helpers import envs, layers, robots, train
from marl_helpers.__main__ import main
from marl_helpers.robots.export import Robot, TeamError, export, load_agents, read_team
from marl_helpers.robots.robot import ANY, TEAM
from marl_helpers.training.entity_agents import PARTS

CLOSE = 1e-5  # between utilities in float32, whose sums run in another order
ROW = 6
SEEDS = st.integers(0, 2**31)


def wide(run):
    """With weights as wide apart as learned ones."""
    with torch.no_grad():
        for parameter in run.learner.agents.parameters():
            parameter *= 2
    return run


def exported(pooling, folder):
    env = envs.make("dock_teams", robots=(2, 4), limit=4)
    run = wide(train(env, **(QUICK | {"mixer": "vdn", "pooling": pooling})))
    return run, export(run, folder, seed=1)


@pytest.fixture(scope="module", params=PARTS)
def team(request, tmp_path_factory):
    return exported(request.param, tmp_path_factory.mktemp(request.param) / "team")


@pytest.fixture(scope="module")
def changing(tmp_path_factory):
    """The folder of one whose robots come and go."""
    return exported("sum", tmp_path_factory.mktemp("changing") / "team")[1]


def rows(seed, steps, size, absent):
    """Random tables [T, rows, ROW] whose last `absent` rows are those of nobody."""
    found = np.random.default_rng(seed).normal(size=(steps, size + absent, ROW)).astype(np.float32)
    found[..., 0] = 1
    found[:, size:] = 0
    return found


def views(table):
    """What each robot sees of [T, rows, ROW]: its own row first, [T, rows, rows * ROW]."""
    order = [[i, *(j for j in range(table.shape[1]) if j != i)] for i in range(table.shape[1])]
    return table[:, order].reshape(*table.shape[:2], -1) * table[..., :1]


@settings(max_examples=20)
@given(seed=SEEDS, size=st.integers(2, 12), absent=st.integers(0, 3))
def test_utilities_are_those_of_torch_for_any_number_of_rows(team, seed, size, absent):
    run, folder = team
    seen = views(rows(seed, 4, size, absent))
    crew = [Robot(folder, k + 1) for k in range(size)]
    last = memory = None
    for now in seen:
        obs = torch.from_numpy(now).expand(2, 1, -1, -1)
        if last is None:
            last, memory = run.learner.agents.start(obs)
        with torch.no_grad():
            q, memory = run.learner.agents.step(obs, last, memory)
        actions = [one.act(now[k], [True, True]) for k, one in enumerate(crew)]
        found = np.array([one.utilities for one in crew])
        np.testing.assert_allclose(found, q[1, 0, :size], atol=CLOSE)
        last = torch.tensor([*actions, *[0] * absent]).expand(2, 1, -1)


@settings(max_examples=20)
@given(seed=SEEDS, size=st.integers(1, 8))
def test_who_joins_or_leaves_changes_the_others_by_its_row_alone(team, seed, size):
    """Robots who never see the row of one who joins act as if it had not; with its row they act as those in torch."""
    _, folder = team
    table = rows(seed, 6, size + 1, 0)
    few, many, blind = ([Robot(folder, k + 1) for k in range(size)] for _ in range(3))
    new = Robot(folder, size + 1)  # which began when it joined
    for t, now in enumerate(table):
        there = size + (2 <= t < 4)
        for k in range(size):
            few[k].act(views(now[None, :size])[0, k], [True, True])
            many[k].act(views(now[None, :there])[0, k], [True, True])
            hidden = now.copy()
            hidden[size:] = 0
            blind[k].act(views(hidden[None])[0, k], [True, True])
        if there > size:
            new.act(views(now[None])[0, size], [True, True])
        same = [np.array([one.utilities for one in crew]) for crew in (few, many, blind)]
        np.testing.assert_allclose(same[0], same[2], atol=CLOSE)
        if t < 2:
            assert np.array_equal(same[0], same[1])
    if team[0].settings.pooling in ("sum", "both"):
        assert abs(same[0] - same[1]).max() > 0  # they remember who was there


def test_processes_play_shifts_of_teams_that_differ_and_of_more_than_were_trained(team):
    run, folder = team
    assert robots.play(folder, 5).equal == 5 * run.env.limit
    env = envs.make("dock_teams", robots=(2, 7), limit=4)
    report = robots.play(folder, 5, env=env)
    assert report.equal == report.steps == 20 and len(report.decisions) == 7 * 20


def crews(folder, env, episodes, join, kill, seed=0):
    """What each episode earns where every robot lives in an object of its own, as long as it is there."""
    generators, crew, step, found = layers.generators(seed, 1), {}, 0, []
    for _ in range(episodes):
        noise = layers.draw(generators, (env.limit + 1, 1, env.noise), torch.Tensor.uniform_)
        world, earned, crew = env.reset(noise[:, 0]), 0.0, {k: Robot(folder, k) for k in crew}
        drawn = {k + 1 for k in world["present"][0, 0].nonzero().flatten().tolist()}
        for t in range(env.limit):
            step += 1
            there = drawn - {join[0]} | ({join[0]} if step >= join[1] else set())
            if step > kill[1]:
                there -= {kill[0]}
            crew = {k: crew.get(k) or Robot(folder, k) for k in there}
            world = world | {"present": torch.tensor([[[k + 1 in there for k in range(env.n_agents)]]])}
            seen, actions = env.observe(world), [0] * env.n_agents
            for k, one in crew.items():
                if (k, step) != kill:  # in the step of its death it stays in its lane
                    actions[k - 1] = one.act(seen.obs[0, 0, k - 1], seen.available[0, 0, k - 1])
            world, outcome = env.step(world, torch.tensor([[actions]]), noise[:, t + 1])
            earned += outcome.reward.item()
        found.append(earned)
    return found


@pytest.mark.parametrize(("join", "kill"), [((5, 7), (2, 11)), ((6, 15), (6, 21)), ((1, 6), (3, 2)), ((2, 1), (1, 9))])
def test_one_joins_and_another_is_killed_in_mid_shift(changing, join, kill, monkeypatch):
    """It is as with robots that live in objects, and every step is the centralised team's with the same rows."""
    env, seen = envs.make("dock_teams", robots=(3, 4), slots=6, limit=8), []
    observe = type(env).observe

    def watched(self, world):
        seen.append(world["present"][0, 0])
        return observe(self, world)

    monkeypatch.setattr(type(env), "observe", watched)
    report = robots.play(changing, 4, env=env, join=join, kill=kill)
    there = torch.stack(seen)
    assert report.equal == report.steps == len(there) == 32
    assert not there[: join[1] - 1, join[0] - 1].any() and there[join[1] - 1 : kill[1], join[0] - 1].all()
    assert there[:, kill[0] - 1].any() and not there[kill[1] :, kill[0] - 1].any()
    assert report.joined == {join[0]: ((join[1] + 7) // 8, join[1])} and report.lost[kill[0]].step == kill[1]
    assert f"robot {join[0]} joined at step {join[1]}, in episode {(join[1] + 7) // 8}" in str(report)
    processes = [6 - (t < join[1]) - (t >= kill[1]) for t in range(1, 33)]
    assert len(report.decisions) == sum(processes)
    monkeypatch.undo()
    assert report.returns == pytest.approx(crews(changing, env, 4, join, kill))


def test_who_joins_remembers_nothing_of_what_it_was_absent_from(tmp_path, monkeypatch):
    """Robots that go to the dock in the first four steps that they remember, and to their lanes from then on."""
    env = envs.make("dock_teams", robots=(3, 3), slots=4, limit=12)
    run = train(env, **(QUICK | {"mixer": "vdn"}))
    agents, size = run.learner.agents, run.learner.agents.hidden
    with torch.no_grad():
        for parameter in agents.parameters():
            parameter.zero_()
        agents.remember.input_bias[..., size : 2 * size] = np.log(4)  # a step leaves .8 of what was,
        agents.remember.input_bias[..., 2 * size :] = 9  # and .2 of 1 comes: 1 - .8 ** t
        agents.value.weight[:, 0, 0], agents.value.bias[..., 0] = 1, 0.8**4.5 - 1
    played, step = [], type(env).step

    def watched(self, world, actions, noise):
        played.append(actions[0, 0].tolist())
        return step(self, world, actions, noise)

    folder = export(run, tmp_path / "team")
    monkeypatch.setattr(type(env), "step", watched)
    report = robots.play(folder, 1, env=env, join=(4, 7))
    assert played == [[int(t < 4)] * 3 + [int(6 <= t < 10)] for t in range(12)]
    assert report.equal == report.steps == 12


def test_who_joins_or_is_killed_is_checked(changing, tmp_path):
    for changes, message in {
        (("join", (5, 3)),): r"join is \(5, 3\): give an agent from 1 to 4, and a step from 1",
        (("join", (4, 9)),): r"join is \(4, 9\): there were 8 steps only",
        (("join", (4, 3)), ("kill", (4, 3))): r"kill is \(4, 3\): give a step after 3, before which robot 4 joins",
    }.items():
        with pytest.raises(ValueError, match=message):
            robots.play(changing, 2, **dict(changes))
    hunters = envs.make("predator_prey_teams", limit=3)
    other = export(train(hunters, **QUICK), tmp_path / "hunters")
    with pytest.raises(ValueError, match=r"in predator_prey_teams nobody can, its world has no 'present'"):
        robots.play(other, 1, join=(2, 2))


def test_the_command_line_lets_a_robot_join(changing, capsys):
    folder = str(changing)
    assert main(["robots", folder, "--episodes=3", "--option=slots=6", "--join=6@3", "--kill=1@6"]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.startswith("6 robots, each in a process of its own")
    assert "robot 6 joined at step 3, in episode 1" in lines
    assert "the same games, but robot 1 is killed before step 6, and robot 6 joins before step 3" in lines
    assert re.fullmatch(r"mean return from episode 1 on: \S+, and \S+ without the change", lines[-1])
    assert main(["robots", folder, "--join=6@3"]) == 2
    assert "join is (6, 3): give an agent from 1 to 4" in capsys.readouterr().err
    assert main(["robots", folder, "--option=places=6"]) == 1
    assert "dock_teams has no option 'places'" in capsys.readouterr().err


def test_the_files_say_what_they_are(team):
    run, folder = team
    told = read_team(folder)
    assert (told["format"], told["entity_dim"], told["pooling"]) == (ANY, ROW, run.settings.pooling)
    assert sorted(path.name for path in folder.iterdir()) == ["agent_any.onnx", "agents.safetensors", TEAM]
    agents = load_agents(folder, envs.make("dock_teams", robots=(9, 9)))
    for name, one in agents.state_dict().items():
        assert torch.equal(one[0], run.learner.agents.state_dict()[name][1])


def test_what_is_no_table_of_whole_rows_is_refused(team, tmp_path):
    _, folder = team
    one = Robot(folder, 40)
    for size in (0, 5, 13):
        with pytest.raises(ValueError, match=rf"obs has shape \[{size}\]: give whole rows one after the other"):
            one.act(np.ones(size), [True, True])
    with pytest.raises(ValueError, match="agent is 0"):
        Robot(folder, 0)
    with pytest.raises(ValueError, match="dock has entity_dim 0, and the team 6"):
        load_agents(folder, envs.make("dock"))
    told = json.loads((folder / TEAM).read_text())
    del told["entity_dim"]
    (tmp_path / TEAM).write_text(json.dumps(told))
    with pytest.raises(TeamError, match="lacks files, or sizes"):
        read_team(tmp_path)
