"""An exported team: the same actions as the networks it came from, whole or not at all, and nothing of the mixer."""

import hashlib
import json
import os
import pickle
import re
import resource
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import onnx
import onnx.numpy_helper
import pytest
import safetensors.numpy
import torch
from full_disk import names, room_for
from hypothesis import given, settings
from hypothesis import strategies as st
from limits import HANG
from tiny import PlainAgents

from marl_helpers import deployment, envs, layers, mixers, train
from marl_helpers.basics.files import NotWritten
from marl_helpers.mixers.base import mask
from marl_helpers.robots import robot
from marl_helpers.robots.export import WEIGHTS, Robot, TeamError, export, load_agents, read_team
from marl_helpers.robots.robot import AGENT, TEAM
from marl_helpers.training.agents import Agents

CLOSE = 1e-5  # between utilities in float32, whose sums run in another order
QUICK = {
    "seeds": 2,
    "device": "cpu",
    "updates": 2,
    "parallel": 2,
    "batch": 2,
    "capacity": 4,
    "test_episodes": 2,
    "hidden": 8,
}
WITHOUT_EXTRAS = sorted(
    name for name, kind in envs.ENVS.items() if not (".adapters." in kind.__module__ or kind.entity_dim)
)
ALONE = [name for name in mixers.METHODS if name not in ("graph", "joint")]


@pytest.fixture(scope="module")
def run():
    return train("predator_prey", "qmix", **QUICK)


@pytest.fixture(scope="module")
def exported(run, tmp_path_factory):
    return export(run, tmp_path_factory.mktemp("team") / "team", seed=1)


@pytest.fixture
def team(exported, tmp_path):
    """A copy to be damaged."""
    return Path(shutil.copytree(exported, tmp_path / "team"))


def follow(run, seed: int, folder: Path, episodes: int = 3):
    """Let robots play, and yield their actions, their utilities, and the masked ones of the networks, at every step."""
    env, learner = run.env, run.learner
    generators, runs = layers.generators(7, 1), len(run.returns)
    crew = [Robot(folder, k + 1) for k in range(env.n_agents)]
    for _ in range(episodes):
        noise = layers.draw(generators, (env.limit + 1, 1, env.noise), torch.Tensor.uniform_)
        world = env.reset(noise[:, 0])
        seen = env.observe(world)
        last, memory = learner.agents.start(seen.obs.expand(runs, -1, -1, -1))
        for one in crew:
            one.reset()
        for t in range(env.limit):
            with torch.no_grad():
                q, memory = learner.agents.step(seen.obs.expand(runs, -1, -1, -1), last, memory)
            actions = [one.act(seen.obs[0, 0, k], seen.available[0, 0, k]) for k, one in enumerate(crew)]
            yield actions, np.array([one.utilities for one in crew]), q[seed, 0], seen
            played = torch.tensor(actions).expand(1, 1, -1)
            last = played.expand(runs, -1, -1)
            world, outcome = env.step(world, played, noise[:, t + 1])
            seen = env.observe(world)
            if (outcome.terminated | outcome.truncated).all():
                break


@pytest.mark.parametrize(
    ("env", "method"),
    [*((env, "iql") for env in WITHOUT_EXTRAS), *(("predator_prey", method) for method in ALONE if method != "iql")],
)
def test_robots_act_as_the_networks_over_whole_episodes(env, method, tmp_path):
    options = {"limit": 30} if env == "predator_prey_full" else {}
    run, masked = train(envs.make(env, **options), method, **QUICK), 0
    export(run, tmp_path / "team", seed=1)
    for actions, utilities, q, seen in follow(run, 1, tmp_path / "team", episodes=2):
        np.testing.assert_allclose(utilities, q, atol=CLOSE)
        available = seen.available.expand(2, -1, -1, -1)
        values = torch.stack([q, q])[:, None]
        greedy = run.learner.mixer.greedy(values, seen.state.expand(2, -1, -1), available)
        assert actions == greedy[1, 0].tolist()
        masked += int((~seen.available).sum())
    assert masked > 0 or not env.startswith("predator_prey")  # the others are here to be many


@pytest.mark.parametrize("method", [name for name in ALONE if mixers.METHODS[name].igm])
@pytest.mark.parametrize("env", ["predator_prey", "two_step"])
def test_together_they_maximise_the_team_value_that_is_left_behind(method, env, tmp_path):
    """Of all available joint actions, one by one, none has a larger Q_tot than what the robots play apart."""
    run = train(env, method, **QUICK)
    export(run, tmp_path / "team", seed=1)
    for actions, _, q, seen in follow(run, 1, tmp_path / "team", episodes=2):
        available = seen.available[0, 0]
        cells = torch.tensor(list(product(*(row.nonzero().flatten().tolist() for row in available))))
        values = mask(q, available).expand(2, len(cells), -1, -1)
        state = seen.state[0].expand(2, len(cells), -1)
        with torch.no_grad():
            q_tot = run.learner.mixer(values, cells.expand(2, -1, -1), state)[1]
        mine = q_tot[(cells == torch.tensor(actions)).all(-1)]
        assert mine.shape == (1,) and mine.item() >= q_tot.max().item() - CLOSE


sizes = st.tuples(st.integers(1, 4), st.integers(1, 6), st.integers(1, 9), st.integers(1, 12), st.integers(0, 99))


@given(sizes)
@settings(max_examples=25)
def test_any_sizes_follow_the_equations(drawn):
    """Against the equations in float64, one agent and one step at a time, through random observations and masks."""
    n_agents, n_actions, obs_dim, hidden, seed = drawn
    env = SimpleNamespace(n_agents=n_agents, n_actions=n_actions, obs_dim=obs_dim, entity_dim=0)
    agents = Agents(env, layers.generators(seed, 1), hidden)
    weights = {name: x[0].numpy() for name, x in agents.state_dict().items()}
    numbers = {"n_actions": n_actions, "obs_dim": obs_dim, "hidden": hidden}
    plain, rng = PlainAgents(agents, 0), np.random.default_rng(seed)
    sessions = [robot._session(deployment.onnx_agents.write(weights, numbers, k), "it") for k in range(n_agents)]
    memory, last = np.zeros((n_agents, hidden), np.float32), [-1] * n_agents
    for _ in range(4):
        obs = rng.normal(size=(n_agents, obs_dim)).astype(np.float32)
        available = rng.random((n_agents, n_actions)) < 0.6
        available[:, 0] |= ~available.any(-1)
        expected = plain.utilities(obs)
        for k, session in enumerate(sessions):
            seen = (obs[k], np.array(last[k]), available[k], memory[k])
            action, utilities, memory[k] = session.run(robot.OUTPUTS, dict(zip(robot.INPUTS, seen)))
            np.testing.assert_allclose(utilities, expected[k], atol=CLOSE)
            np.testing.assert_allclose(memory[k], plain.memory[k], atol=CLOSE)
            last[k] = plain.last[k] = int(action)
            assert available[k, action] and utilities[action] == utilities[available[k]].max()


def test_of_equal_utilities_the_first_available_is_played_as_in_training(run, tmp_path):
    agents = run.learner.agents
    before = {name: x.clone() for name, x in agents.state_dict().items()}
    utilities = torch.tensor([0.5, 2.0, -1.0, 2.0, 0.5, 2.0])
    with torch.no_grad():
        agents.value.weight.zero_()
        agents.value.bias.copy_(utilities)
    export(run, tmp_path / "team")
    agents.load_state_dict(before)
    one = Robot(tmp_path / "team", 1)
    for choice in list(product((False, True), repeat=6))[1:]:
        available = torch.tensor(choice)
        greedy = run.learner.mixer.greedy(utilities.expand(1, 1, 1, -1), None, available.expand(1, 1, 1, -1)).item()
        assert one.act(np.ones(50), choice) == greedy
        assert greedy == next(k for k in (1, 3, 5, 0, 4, 2) if choice[k])


def test_a_robot_begins_every_episode_alike_and_remembers_within_one(exported):
    one, obs, rng = Robot(exported, 1), np.random.default_rng(0).normal(size=(2, 4, 50)), []
    for _ in range(2):
        one.reset()
        assert one.last == -1 and not one.memory.any() and one.utilities is None
        rng.append([(one.act(x, [1] * 6), one.utilities.tolist()) for x in obs[0]])
    assert rng[0] == rng[1]
    one.reset()
    one.act(obs[1, 0], [1] * 6)
    assert (one.act(obs[0, 1], [1] * 6), one.utilities.tolist()) != rng[0][1]


def traces(folder: Path, agents: torch.nn.Module, mixer: torch.nn.Module) -> list[str]:
    """What a team's files hold besides agents: tensors of other names, and a mixer's numbers, row by row."""
    found, weights = [], safetensors.numpy.load_file(folder / WEIGHTS)
    names = set(agents.state_dict())
    found += [f"{name} in {WEIGHTS}" for name in weights.keys() ^ names]
    expected = {name.replace(".", "_") for name in names} | {"every_action", "thirds", "never"}
    for path in folder.glob(AGENT.format("*")):
        inside = {tensor.name for tensor in onnx.load(path).graph.initializer}
        found += [f"{name} in {path.name}" for name in inside ^ expected]
    rows = {name: x.detach().numpy() for name, x in mixer.named_parameters()}
    for path in folder.iterdir():
        content = path.read_bytes()
        for name, x in rows.items():
            both = [*x.reshape(-1, x.shape[-1]), *np.moveaxis(x, 1, -1).reshape(-1, x.shape[1])]
            if any(len(row) > 1 and row.tobytes() in content for row in both):
                found.append(f"the values of {name} in {path.name}")
    return found


@pytest.mark.parametrize("method", ["qmix", "qplex", "qtran", "wqmix"])
def test_nothing_of_the_mixer_is_in_any_file(method, tmp_path):
    run = train("predator_prey", method, **QUICK)
    folder = export(run, tmp_path / "team", seed=1)
    agents, mixer = run.learner.agents, run.learner.mixer
    assert len(list(mixer.parameters())) > 3 and traces(folder, agents, mixer) == []
    assert {path.name for path in folder.iterdir()} == {TEAM, WEIGHTS, "agent_1.onnx", "agent_2.onnx"}
    size = sum(x[1].numel() * 4 for x in agents.parameters())
    assert all(path.stat().st_size < size + 2500 for path in folder.iterdir())  # there is no room for one either


def test_a_mixer_that_is_smuggled_in_would_be_noticed(run, team):
    agents, mixer = run.learner.agents, run.learner.mixer
    name, stolen = next((name, x) for name, x in mixer.named_parameters() if name.startswith("w1"))
    stolen = stolen[1].detach().numpy()
    weights = safetensors.numpy.load_file(team / WEIGHTS)
    safetensors.numpy.save_file({**weights, name: stolen}, team / WEIGHTS)
    model = onnx.load(team / "agent_1.onnx")
    model.graph.initializer.append(onnx.numpy_helper.from_array(np.ascontiguousarray(stolen.T), "noise"))
    onnx.save(model, team / "agent_1.onnx")
    assert set(traces(team, agents, mixer)) == {
        f"{name} in {WEIGHTS}",
        "noise in agent_1.onnx",
        f"the values of {name} in {WEIGHTS}",
        f"the values of {name} in agent_1.onnx",
    }
    with pytest.raises(TeamError, match="damaged, or another team's"):
        load_agents(team, run.env)


def test_the_description_says_what_the_files_are(run, exported):
    told = read_team(exported)
    assert told["method"] == "qmix" and told["env"] == "predator_prey" and told["options"]["penalty"] == -3
    assert [told[name] for name in robot.SIZES] == [2, 6, 50, 8]
    assert (told["seed"], told["chosen"]) == (1, "asked for, of 2 seeds")
    assert (told["test_return"], told["test_episodes"], told["updates"]) == (run.returns[1], 2, 2)
    assert told["actions"] == [["right", "down", "left", "up", "stay", "catch"]] * 2
    for name, digest in told["files"].items():
        assert hashlib.sha256((exported / name).read_bytes()).hexdigest() == digest
    assert len(told["files"]) == 3


def test_the_weights_are_one_seeds_own_without_the_run_axis(run, exported):
    weights = safetensors.numpy.load_file(exported / WEIGHTS)
    for name, x in run.learner.agents.state_dict().items():
        np.testing.assert_array_equal(weights[name], x[1])
    again = load_agents(exported, run.env)
    assert all(torch.equal(x[0], run.learner.agents.state_dict()[name][1]) for name, x in again.state_dict().items())
    with pytest.raises(ValueError, match="two_step has n_actions 2, and the team 6: give its own"):
        load_agents(exported, envs.make("two_step"))


@pytest.mark.parametrize(
    ("returns", "diverged", "chosen"),
    [([3.0, 4.0], {}, 1), ([4.0, 4.0], {}, 0), ([np.nan, -2.0], {0: "seed 0 diverged"}, 1)],
)
def test_the_best_tested_seed_is_taken(run, tmp_path, returns, diverged, chosen):
    tested = replace(run, curve={**run.curve, "returns": np.array([[9.0, 9.0], returns])}, diverged=diverged)
    told = read_team(export(tested, tmp_path / "team"))
    best = (chosen, returns[chosen], "the best final test return, of 2 seeds")
    assert (told["seed"], told["test_return"], told["chosen"]) == best


def test_what_cannot_be_exported_is_refused_and_leaves_nothing(run, tmp_path, monkeypatch):
    folder = tmp_path / "team"
    lost = replace(run, curve={**run.curve, "returns": np.full((1, 2), np.nan)}, diverged={0: "0 diverged", 1: "1 d"})
    infinite = train("two_step", "vdn", **QUICK)
    with torch.no_grad():
        infinite.learner.agents.value.bias[0] = torch.inf
    other = train("two_step", "vdn", **QUICK)
    other.learner.agents.__class__ = type("Forgetful", (Agents,), {})
    for given_run, seed, message in [
        (run, 2, "seed is 2: give one of the run's, from 0 to 1"),
        (run, True, "seed is True"),
        (lost, None, "no seed can be exported: 0 diverged; 1 d"),
        (lost, 1, "seed is 1, and 1 d: choose another"),
        (infinite, 0, "seed 0 has weights value.bias that are not finite"),
        (other, 0, "the agents are Forgetful"),
        *((train("two_step", m, **QUICK), 0, f"method is '{m}', whose agents do not") for m in ("graph", "joint")),
    ]:
        with pytest.raises(ValueError, match=message):
            export(given_run, folder, seed)
    monkeypatch.setattr(deployment, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'onnx>=.* 'safetensors>=.*'$"):
        export(run, folder)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'safetensors>=.*'$"):
        load_agents(folder, run.env)
    assert list(tmp_path.iterdir()) == []


def test_a_method_with_a_greedy_of_its_own_is_refused(tmp_path):
    class Chief(mixers.find("vdn")):
        name, label, rank = "chief", "Chief", 99

        def greedy(self, values, state=None, available=None):
            return super().greedy(values, state, available).flip(-1)

    try:
        with pytest.raises(ValueError, match="'chief', whose agents do not play each its own best action"):
            deployment.check(mixers.find("chief"), tmp_path)
    finally:
        mixers.METHODS.pop("chief")


def test_the_pins_are_those_of_the_project():
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text()
    assert all(f'"{pin}"' in text for pin in [*deployment.PINS.values(), robot.PIN])


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_team_takes_the_place_of_a_team_and_of_nothing_else(run, team):
    before = content(team)
    export(run, team, seed=1)
    assert content(team) == before  # the same run gives the same bytes
    export(run, team, seed=0)
    assert content(team).keys() == before.keys() and content(team)[WEIGHTS] != before[WEIGHTS]
    Robot(team, 1)
    (team / "notes.txt").write_text("mine")
    with pytest.raises(ValueError, match=r"holds no team \(notes.txt is in it\): give another folder"):
        export(run, team)
    (team / "notes.txt").unlink()
    (team / TEAM).unlink()
    with pytest.raises(ValueError, match="holds no team"):
        export(run, team)
    with pytest.raises(ValueError, match="holds no team"):
        export(run, team / WEIGHTS)
    assert [path.name for path in team.parent.iterdir()] == ["team"]
    assert [path.name for path in export(run, team.parent / "new" / "team").parent.iterdir()] == ["team"]


@pytest.mark.parametrize("there", [False, True])
@pytest.mark.parametrize(("function", "call"), [*(("fsync", k) for k in range(4)), ("replace", 0), ("replace", 1)])
def test_an_interruption_leaves_nothing_or_the_team_before(there, function, call, run, exported, tmp_path, monkeypatch):
    folder, calls, real = tmp_path / "team", [], getattr(os, function)
    if there:
        shutil.copytree(exported, folder)
    elif (function, call) == ("replace", 1):
        call = 0

    def interrupted(*arguments):
        calls.append(arguments)
        if len(calls) == call + 1:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(os, function, interrupted)
    with pytest.raises(KeyboardInterrupt):
        export(run, folder, seed=0)
    assert [path.name for path in tmp_path.iterdir()] == (["team"] if there else [])
    if there:
        assert content(folder) == content(exported)


@pytest.mark.parametrize("there", [False, True])
@pytest.mark.parametrize("share", [0, 0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97, 1])
def test_a_disk_that_is_full_at_any_byte_leaves_nothing_or_the_team_before(there, share, run, exported, tmp_path):
    """Full for files of more than a share of the largest; what others left in the folder stays too."""
    folder, largest = tmp_path / "team", max(len(one) for one in content(exported).values())
    if there:
        shutil.copytree(exported, folder)
        (folder / ".DS_Store").write_bytes(b"system's")
    if share == 1:
        with room_for(largest):
            export(run, folder, seed=0)
        Robot(folder, 1)
        return
    with room_for(int(share * largest)), pytest.raises(NotWritten) as failed:
        export(run, folder, seed=0)
    assert str(failed.value) == f"{folder} cannot be written (File too large): make room there, or give another folder"
    assert names(tmp_path) == (
        {"team", *(f"team/{name}" for name in [*content(exported), ".DS_Store"])} if there else set()
    )
    if there:
        assert content(folder) == content(exported) | {".DS_Store": b"system's"}


def test_what_systems_and_jupyter_leave_is_no_other_use_and_stays(run, team):
    (team / ".DS_Store").write_bytes(b"system's")
    (team / ".ipynb_checkpoints").mkdir()
    (team / ".ipynb_checkpoints" / "team-checkpoint.json").write_text("jupyter's")
    export(run, team, seed=0)
    assert Robot(team, 1).team["seed"] == 0
    assert (team / ".DS_Store").read_bytes() == b"system's"
    assert (team / ".ipynb_checkpoints" / "team-checkpoint.json").read_text() == "jupyter's"
    empty = team.parent / "empty"
    empty.mkdir()
    (empty / ".DS_Store").touch()
    assert Robot(export(run, empty), 1)


def test_the_present_folder_can_be_the_teams_and_stays_the_present_one(run, tmp_path, monkeypatch):
    folder = tmp_path / "team"
    folder.mkdir()
    monkeypatch.chdir(folder)
    before = os.stat(".").st_ino
    for seed in (0, 1):
        export(run, ".", seed=seed)
        assert Robot(".", 1).team["seed"] == seed and os.stat(folder).st_ino == os.stat(".").st_ino == before
    assert names(tmp_path) == {"team", *(f"team/{name}" for name in (TEAM, WEIGHTS, "agent_1.onnx", "agent_2.onnx"))}


def test_a_team_of_fewer_takes_the_place_of_one_of_more(run, tmp_path):
    more = train(envs.make("predator_prey", n_agents=3), "qmix", **QUICK)
    folder = export(more, tmp_path / "team")
    export(run, folder)
    assert set(content(folder)) == {TEAM, WEIGHTS, "agent_1.onnx", "agent_2.onnx"}
    load_all(folder, run.env)


@pytest.mark.parametrize("call", range(9))
def test_a_killed_export_leaves_a_team_or_none_and_the_next_one_works(call, run, team):
    """Killed at each of the files that are put in place: four that are written, and as many out and in."""
    child = os.fork()
    if child == 0:
        real, calls = os.replace, []

        def killed(*arguments):
            calls.append(arguments)
            if len(calls) == call + 5:
                os.kill(os.getpid(), signal.SIGKILL)
            real(*arguments)

        try:
            os.replace = killed
            export(run, team, seed=0)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) == (call < 8)
    if (team / TEAM).exists():  # whole, or nothing that anybody takes for a team
        load_all(team, run.env)
    else:
        with pytest.raises(TeamError, match="holds no team"):
            read_team(team)
    export(run, team, seed=0)
    load_all(team, run.env)
    assert set(content(team)) == {TEAM, WEIGHTS, "agent_1.onnx", "agent_2.onnx"}


def test_links_in_a_team_are_replaced_and_not_followed(run, team):
    outside = team.parent / "outside"
    for name in (WEIGHTS, TEAM):
        whole = (team / name).read_bytes()
        (team / name).unlink()
        (team / name).symlink_to(outside)
        outside.write_bytes(whole)
        export(run, team, seed=0)
        assert outside.read_bytes() == whole and not (team / name).is_symlink()
    load_all(team, run.env)


def test_a_team_may_be_in_ones_own_folder(run, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert export(run, "~/team") == tmp_path / "team"
    load_all("~/team", run.env)
    assert os.listdir(tmp_path) == ["team"]


def load_all(folder: Path, env) -> None:
    for k in range(env.n_agents):
        Robot(folder, k + 1)
    load_agents(folder, env)


@pytest.mark.parametrize("name", [TEAM, WEIGHTS, "agent_1.onnx", "agent_2.onnx"])
@pytest.mark.parametrize("damage", ["empty", "half", "cut", "longer", "flipped", "missing", "folder", "foreign"])
def test_damaged_foreign_and_missing_files_are_named(name, damage, run, team):
    load_all(team, run.env)
    path, whole = team / name, (team / name).read_bytes()
    middle = whole[: len(whole) // 2] + bytes([whole[len(whole) // 2] ^ 255]) + whole[len(whole) // 2 + 1 :]
    cases = {
        "empty": b"",
        "half": whole[: len(whole) // 2],
        "cut": whole[:-3],
        "longer": whole + b"}",
        "flipped": middle,
    }
    cases["foreign"] = b'{"format": "another"}'
    path.unlink()
    if damage in cases:
        path.write_bytes(cases[damage])
    elif damage == "folder":
        path.mkdir()
    with pytest.raises(TeamError, match=name):
        load_all(team, run.env)


def reseal(folder: Path, **changes) -> None:
    """Make team.json agree with the files as they are now, as who forges them can."""
    told = json.loads((folder / TEAM).read_text()) | changes
    told["files"] = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in told["files"]}
    (folder / TEAM).write_text(json.dumps(told))


class Bomb:
    def __reduce__(self):
        return os.mkdir, ("executed",)


@pytest.mark.parametrize("name", [WEIGHTS, "agent_1.onnx"])
def test_forged_files_are_refused_and_never_executed(name, run, team, monkeypatch):
    monkeypatch.chdir(team.parent)
    for forged in (pickle.dumps(Bomb()), b"", b"nothing of the kind"):
        (team / name).write_bytes(forged)
        reseal(team)
        with pytest.raises(TeamError, match=name):
            load_all(team, run.env)
    assert not Path("executed").exists()


def test_files_of_other_sizes_are_refused(run, team):
    for changes in ({"hidden": 9}, {"obs_dim": 49}):
        reseal(team, **changes)
        with pytest.raises(TeamError, match=r"agent_1.onnx does not fit team.json"):
            Robot(team, 1)
    reseal(team, hidden=9, obs_dim=50)
    with pytest.raises(TeamError, match=r"agents.safetensors does not hold the agents of team.json"):
        load_agents(team, run.env)
    for changes in ({"hidden": 0}, {"hidden": True}, {"n_agents": "2"}, {"obs_dim": None}):
        reseal(team, **({"hidden": 8} | changes))
        with pytest.raises(TeamError, match="lacks files, or sizes"):
            Robot(team, 1)


@pytest.mark.parametrize("size", [10**12, 10**6])
@pytest.mark.parametrize("name", robot.SIZES)
def test_a_size_that_would_take_all_memory_is_refused_before_it_gets_any(name, size, run, team):
    reseal(team, **{name: size})
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(
        ValueError, match=rf"{name} \d+, and the team {size}|hidden is {size}, and encode.bias \[1, 8\]"
    ):
        load_agents(team, run.env)
    if name != "n_agents":  # which a robot alone needs not
        with pytest.raises(TeamError, match="does not fit team"):
            Robot(team, 1)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 2**17  # kB


@pytest.mark.parametrize("name", [TEAM, WEIGHTS, "agent_1.onnx"])
@pytest.mark.parametrize("what", ["a device", "larger than any"])
def test_what_has_no_end_is_not_read(what, name, run, team):
    (team / name).unlink()
    if what == "a device":
        (team / name).symlink_to("/dev/zero")
    else:
        with open(team / name, "wb") as file:
            file.truncate(2**40)
    with pytest.raises(TeamError, match=name):
        load_all(team, run.env)


def test_numbers_that_an_onnx_file_keeps_elsewhere_are_refused(team, monkeypatch):
    monkeypatch.chdir(team.parent)
    model = onnx.load(team / "agent_1.onnx")
    onnx.save(model, "agent_1.onnx", save_as_external_data=True, location="numbers", size_threshold=0)
    for place in (Path(), team):
        shutil.copy("numbers", place / "elsewhere")
    forged = onnx.load("agent_1.onnx", load_external_data=False)
    for tensor in forged.graph.initializer:
        for entry in tensor.external_data:
            if entry.key == "location":
                entry.value = "elsewhere"
    onnx.save(forged, team / "agent_1.onnx")
    reseal(team)
    with pytest.raises(TeamError, match=r"agent_1.onnx is no agent that onnxruntime can load"):
        Robot(team, 1)


def test_a_team_whose_files_were_counted_from_0_acts_as_before(exported, team):
    for k in (1, 2):
        os.replace(team / AGENT.format(k), team / AGENT.format(k - 1))
    told = read_team(team) | {"format": "marl_helpers team 1"}
    told["files"] = {re.sub(r"\d", lambda k: str(int(k[0]) - 1), name): said for name, said in told["files"].items()}
    (team / TEAM).write_text(json.dumps(told))
    obs = np.random.default_rng(0).normal(size=(5, 50))
    for k in (1, 2):
        old, new = Robot(team, k), Robot(exported, k)
        for seen in obs:
            assert old.act(seen, [1] * 6) == new.act(seen, [1] * 6)
            assert (old.utilities == new.utilities).all()


@pytest.mark.parametrize("agent", [3, 0, -1, True, "1"])
def test_an_agent_that_is_not_there_is_refused(agent, exported):
    with pytest.raises(ValueError, match=f"agent is {agent!r}: give one of the team's, from 1 to 2"):
        Robot(exported, agent)


def test_what_no_robot_can_act_on_is_named_and_forgotten(exported):
    one, obs = Robot(exported, 1), np.zeros(50)
    one.act(obs, [1] * 6)
    last, memory = one.last, one.memory.copy()
    for seen, available, message in [
        (obs[1:], [1] * 6, r"obs has shape \[49\]: give \[50\], the obs_dim"),
        (obs, [1] * 5, r"available has shape \[5\]: give \[6\], the n_actions"),
        (obs + np.where(np.arange(50) == 3, np.nan, 0), [1] * 6, r"obs\[3\] is not finite"),
        (obs, [0] * 6, "available leaves agent 1 no action"),
    ]:
        with pytest.raises(ValueError, match=message):
            one.act(seen, available)
    assert one.last == last and (one.memory == memory).all()


def test_a_robot_without_onnxruntime_is_told_what_to_install(exported, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'onnxruntime>=.*'$"):
        Robot(exported, 1)


def test_it_acts_without_torch_safetensors_and_onnx(exported):
    code = (
        "import sys; sys.modules.update(torch=None, safetensors=None, onnx=None)\n"
        "from marl_helpers.robots.export import Robot\n"
        f"print(Robot({str(exported)!r}, 1).act([0.5] * 50, [True] * 6))"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=HANG)
    assert done.stdout == f"{Robot(exported, 1).act([0.5] * 50, [True] * 6)}\n", done.stderr


def test_one_file_of_code_and_two_of_the_team_are_all_that_a_robot_needs(exported, tmp_path):
    shutil.copy(robot.__file__, tmp_path)
    for name in (TEAM, "agent_1.onnx"):
        shutil.copy(exported / name, tmp_path)
    code = (
        "import sys; sys.modules.update(torch=None, marl_helpers=None)\n"
        "from robot import Robot; print(Robot('.', 1).act([0.5] * 50, [True] * 6))"
    )
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=HANG, cwd=tmp_path)
    assert done.stdout == f"{Robot(exported, 1).act([0.5] * 50, [True] * 6)}\n", done.stderr
