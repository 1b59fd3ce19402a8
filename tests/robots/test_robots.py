"""A process for each robot: the centralised team's very games, and crashes, hangs and Control-C survived."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
import torch
from limits import HANG

from marl_helpers import envs, layers, mixers, train
from marl_helpers.__main__ import main
from marl_helpers.commands import train as command_line
from marl_helpers.commands.saying import program
from marl_helpers.envs import Env
from marl_helpers.robots import team as robots
from marl_helpers.robots.export import export, load_agents
from marl_helpers.robots.team import Lost, Remote
from marl_helpers.training import replay

QUICK = {"seeds": 2, "device": "cpu", "parallel": 4, "batch": 8, "capacity": 80, "test_episodes": 4, "hidden": 16}
TOO_LONG = 0.5  # seconds, for the robot that is stopped: the others have what they have outside of tests
HUNT, GAMES = envs.make("predator_prey", limit=10, penalty=-0.1), 100


@pytest.fixture(scope="module")
def teams(tmp_path_factory):
    """Name of an environment -> the folder of a team that was trained for a second or two."""
    folders = {}
    for env in (HUNT, envs.make("two_step")):
        run = train(env, "qmix", updates=60, epsilon_end=1.0, optimiser="adam", rate=0.003, **QUICK)
        folders[env.name] = export(run, tmp_path_factory.mktemp(env.name) / "team")
    return folders


@pytest.fixture
def processes(monkeypatch):
    """Every process that was started."""
    found, real = [], subprocess.Popen

    def started(*arguments, **options):
        found.append(real(*arguments, **options))
        return found[-1]

    monkeypatch.setattr(subprocess, "Popen", started)
    yield found
    assert found and all(process.returncode is not None for process in found)  # each has ended, and was waited for


def centralised(folder: Path, env: Env, episodes: int, seed: int = 0) -> list[float]:
    """The returns of the networks in PyTorch, all agents together, in the same games, by the code that trains."""
    agents, generators, found = load_agents(folder, env), layers.generators(seed, 1), []
    mixer = mixers.make("iql", mixers.Spec(env.n_agents, env.n_actions), layers.generators(0, 1))
    for _ in range(episodes):
        noise = layers.draw(generators, (env.limit + 1, 1, env.noise), torch.Tensor.uniform_)
        draws = torch.ones(1, env.limit, 1, env.n_agents, 2)
        found.append(replay.play(env, agents, mixer, noise, draws, 0.0).returns.item())
    return found


@pytest.mark.parametrize("env", [HUNT, envs.make("two_step")], ids=["hunt", "two_step"])
def test_the_robots_play_the_centralised_teams_very_games(env, teams, processes):
    report = robots.play(teams[env.name], GAMES)
    assert report.equal == report.steps and not report.lost
    assert report.returns == pytest.approx(centralised(teams[env.name], env, GAMES))
    assert len(set(report.returns)) > 3 or env is not HUNT
    assert len(report.returns) == GAMES and len(report.decisions) == 2 * report.steps == 2 * len(report.round_trips)
    assert min(report.decisions) > 0 and len(processes) == 2


def test_another_seed_is_other_games(teams):
    first, second = (robots.play(teams["predator_prey"], 3, seed) for seed in (0, 1))
    assert first.returns == pytest.approx(centralised(teams["predator_prey"], HUNT, 3))
    assert second.returns == pytest.approx(centralised(teams["predator_prey"], HUNT, 3, seed=1))


def test_a_difference_is_counted(teams, monkeypatch):
    """Where the networks are other ones than the robots': the count can fall short."""

    def spoiled(folder, env):
        agents = load_agents(folder, env)
        with torch.no_grad():
            agents.value.bias.copy_(agents.value.bias.flip(-1) * 3)
        return agents

    monkeypatch.setattr(robots, "load_agents", spoiled)
    report = robots.play(teams["predator_prey"], 2)
    assert 0 <= report.equal < report.steps
    assert f"{report.equal} of {report.steps} steps" in str(report)


def test_a_robot_is_told_what_it_sees_itself_and_nothing_else(teams, monkeypatch):
    """The bytes that go to robot k are its row of the observation and of the mask: none of another, and no state."""
    told, seen = [], []
    ask, observe = Remote.ask, type(HUNT).observe

    def tapped(remote, question):
        told.append((remote.process.args[-2], question.tobytes()))  # before the size of what it sees
        ask(remote, question)

    def watched(env, world):
        seen.append(observe(env, world))
        return seen[-1]

    monkeypatch.setattr(Remote, "ask", tapped)
    monkeypatch.setattr(type(HUNT), "observe", watched)
    steps = robots.play(teams["predator_prey"], 1).steps
    assert len(told) == 2 * steps
    for t, (agent, content) in zip(np.repeat(np.arange(steps), 2), told):
        obs, available = (x[0, 0, int(agent) - 1].numpy() for x in (seen[t].obs, seen[t].available))
        assert content == bytes([int(t == 0)]) + obs.astype("<f4").tobytes() + available.tobytes()


def test_processes_have_no_torch_and_end_with_their_input(teams):
    remote = Remote(teams["predator_prey"], 1)
    try:
        assert remote.ready() == {"agent": 1, "torch": False}
        assert os.getsid(remote.process.pid) == remote.process.pid != os.getsid(0)  # Control-C goes past it
        remote.socket.shutdown(socket.SHUT_WR)  # as the end of the parent does, whatever ends it
        assert remote.process.wait(HANG) == 0
    finally:
        remote.close()


def test_a_crash_is_noticed_and_the_others_go_on(teams, processes, monkeypatch):
    played, step = [], type(HUNT).step

    def watched(env, world, actions, noise):
        played.append((world["time"].item(), actions.flatten().tolist()))
        return step(env, world, actions, noise)

    whole = robots.play(teams["predator_prey"], 6)
    monkeypatch.setattr(type(HUNT), "step", watched)
    report = robots.play(teams["predator_prey"], 6, kill=(2, 14))
    episode = sum(time == 0 for time, _ in played[:14])
    assert list(report.lost) == [2] and report.lost[2][:2] == (episode, 14)
    assert report.lost[2].why == "ended by SIGKILL"
    assert report.returns[: episode - 1] == whole.returns[: episode - 1] and len(report.returns) == 6
    assert report.equal == report.steps == len(played)
    assert len(report.decisions) == 2 * report.steps - (report.steps - 13)
    assert all(actions[1] == 4 for _, actions in played[13:])  # it stays
    assert f"robot 2 was lost at step 14, in episode {episode} (ended by SIGKILL); the others went on" in str(report)


def test_without_a_name_for_doing_nothing_the_first_available_action_is_played(teams, processes, monkeypatch):
    played, step = [], envs.find("two_step").step

    def watched(env, world, actions, noise):
        played.append(actions.flatten().tolist())
        return step(env, world, actions, noise)

    monkeypatch.setattr(envs.find("two_step"), "step", watched)
    report = robots.play(teams["two_step"], 3, kill=(1, 1))
    assert [first for first, _ in played] == [0] * 6 and report.lost[1].step == 1


def test_a_robot_that_hangs_is_given_up(teams, processes, monkeypatch):
    ask, asked = Remote.ask, []

    def hang(remote, question):
        asked.append(question)
        if len(asked) == 11:
            os.kill(remote.process.pid, signal.SIGSTOP)
            remote.socket.settimeout(TOO_LONG)
        ask(remote, question)

    monkeypatch.setattr(Remote, "ask", hang)
    report = robots.play(teams["predator_prey"], 6)
    assert list(report.lost) == [1] and report.lost[1][1:] == (6, f"did not answer within {TOO_LONG} s")
    assert report.equal == report.steps > 10 and len(report.returns) == 6


def test_without_any_robot_left_it_is_an_error(teams, processes, monkeypatch):
    ask = Remote.ask

    def kill(remote, question):
        remote.process.kill()
        remote.process.wait()  # it may take a question until it has ended
        ask(remote, question)

    monkeypatch.setattr(Remote, "ask", kill)
    with pytest.raises(Lost, match="no robot is left: the last, robot 2, ended by SIGKILL"):
        robots.play(teams["predator_prey"], 1)


def test_a_robot_that_cannot_start_says_why(teams, processes, tmp_path):
    team = Path(shutil.copytree(teams["predator_prey"], tmp_path / "team"))
    (team / "agent_2.onnx").write_bytes(b"")
    with pytest.raises(Lost, match=r"robot 2 did not start: its process ended with status 1: error: .*agent_2.onnx is"):
        robots.play(team, 1)


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_whatever_goes_wrong_in_the_parent_no_process_is_left(error, teams, processes, monkeypatch):
    def broken(*_):
        raise error

    monkeypatch.setattr(type(HUNT), "step", broken)
    with pytest.raises(error):
        robots.play(teams["predator_prey"], 1)


@pytest.mark.parametrize("episode", range(3))
def test_control_c_is_not_lost_where_every_error_is_swallowed(episode, teams, processes, monkeypatch):
    """NumPy swallows every error while it makes a dtype; Control-C must stop the play all the same."""
    played, play = [], robots._Games.play

    def watched(*arguments):
        if len(played) == episode:
            with suppress(BaseException):
                signal.raise_signal(signal.SIGINT)
        played.append(play(*arguments))

    monkeypatch.setattr(robots._Games, "play", watched)
    with pytest.raises(KeyboardInterrupt):
        robots.play(teams["predator_prey"], 3)
    assert len(played) == episode + 1


@pytest.mark.parametrize(("moment", "episodes"), [("ready", 0), ("close", 2)])
def test_nor_is_one_while_the_robots_start_or_end(moment, episodes, teams, processes, monkeypatch):
    played, play, stop = [], robots._Games.play, getattr(Remote, moment)

    def pressed(remote):
        if len(played) == episodes and remote.process is processes[0]:
            signal.raise_signal(signal.SIGINT)
        return stop(remote)

    monkeypatch.setattr(Remote, moment, pressed)
    monkeypatch.setattr(robots._Games, "play", lambda *arguments: played.append(play(*arguments)))
    with pytest.raises(KeyboardInterrupt):
        robots.play(teams["predator_prey"], 2)
    assert len(played) == episodes


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"episodes": 0}, "episodes is 0: give a whole number of at least 1"),
        ({"kill": (3, 1)}, r"kill is \(3, 1\): give an agent from 1 to 2, and a step from 1"),
        ({"kill": (0, 1)}, r"kill is \(0, 1\): give an agent from 1 to 2"),
        ({"kill": (1, 0)}, "and a step from 1"),
        ({"kill": (1, 3)}, r"kill is \(1, 3\): there were 2 steps only"),
        ({"env": HUNT}, "predator_prey has n_actions 6, and the team 2: give its own"),
    ],
)
def test_bad_arguments_are_named(options, message, teams):
    with pytest.raises(ValueError, match=message):
        robots.play(teams["two_step"], **({"episodes": 1} | options))


def test_a_team_of_an_unknown_environment_takes_it_as_an_argument(teams, tmp_path):
    team = Path(shutil.copytree(teams["two_step"], tmp_path / "team"))
    told = json.loads((team / "team.json").read_text())
    for strange in ["mine", ["two_step"], None]:
        (team / "team.json").write_text(json.dumps(told | {"env": strange}))
        said = re.escape(f"as {strange!r} is none of this project's: give it, play(folder, env=...), or")
        with pytest.raises(ValueError, match=said):
            robots.play(team, 1)
    assert robots.play(team, 1, env=envs.make("two_step")).steps == 2


EVIL = "from pathlib import Path\nPath({seen!r}).touch()\n"
EVIL += "def make(**options):\n    from mpe2 import simple_speaker_listener_v4\n"
EVIL += "    return simple_speaker_listener_v4.parallel_env(**options)\n"


@pytest.fixture
def evil(tmp_path, monkeypatch):
    """A module that says when it is imported; returns the file that is there then."""
    seen = tmp_path / "imported"
    (tmp_path / "evil.py").write_text(EVIL.format(seen=str(seen)))
    monkeypatch.syspath_prepend(tmp_path)
    yield seen
    sys.modules.pop("evil", None)


def forged(team: Path, into: Path, **changes) -> Path:
    """A copy of a team with other words in its team.json."""
    folder = Path(shutil.copytree(team, into))
    told = json.loads((folder / "team.json").read_text())
    (folder / "team.json").write_text(json.dumps(told | changes))
    return folder


WORDS = [  # every environment, and every option of it that is a word
    (name, field.name)
    for name, kind in envs.ENVS.items()
    for field in fields(kind)
    if field.init and (isinstance(field.default, str) or field.name == kind.variant)
]


@pytest.mark.parametrize("word", ["evil:make", "evil", "evil:make:x", "evil.make"])
@pytest.mark.parametrize(("name", "option"), WORDS)
def test_no_team_makes_anybody_import_a_module(name, option, word, teams, evil, tmp_path):
    folder = forged(teams["two_step"], tmp_path / "team", env=name, options={option: word})
    with pytest.raises((ValueError, ModuleNotFoundError)):
        robots.play(folder, 1)
    assert main(["robots", str(folder)]) == 1
    assert not evil.exists() and "evil" not in sys.modules


def test_a_module_is_imported_where_it_is_named_again(teams, evil, tmp_path, capsys):
    pytest.importorskip("mpe2")

    rules = {"source": "evil:make", "limit": 5, "reward": "shared", "options": {}}
    folder = forged(teams["two_step"], tmp_path / "team", env="pettingzoo", options=rules)
    assert main(["robots", str(folder)]) == 1
    said = capsys.readouterr().err
    assert "'pettingzoo/evil:make' runs a module that team.json names: if you trust it, give that name as env" in said
    for other in ("pettingzoo/evil:other", "pettingzoo", "two_step"):
        assert main(["robots", str(folder), "--env", other]) == 2
        assert (
            f"error: env is '{other}': give the team's, 'pettingzoo/evil:make', or nothing" in capsys.readouterr().err
        )
        with pytest.raises(ValueError, match="give the team's, 'pettingzoo/evil:make', or nothing"):
            robots.play(folder, 1, env=other)
    assert not evil.exists()
    env = envs.make("pettingzoo", **rules)
    evil.unlink()
    del sys.modules["evil"]
    run = train(env, "vdn", updates=1, **QUICK)
    export(run, tmp_path / "own")
    assert main(["robots", str(tmp_path / "own"), "--episodes=2"]) == 1 and not evil.exists()
    assert main(["robots", str(tmp_path / "own"), "--episodes=2", "--env", "pettingzoo/evil:make"]) == 0
    assert evil.exists() and robots.play(tmp_path / "own", 1, env="pettingzoo/evil:make").steps == 5


@pytest.mark.parametrize("size", [10**12, -(10**12)])
@pytest.mark.parametrize("place", ["limit", "options", "n_agents"])
def test_numbers_in_a_team_that_would_take_all_memory_are_refused(place, size, teams, tmp_path):
    options = {"options": {"options": {"n_agents": [3, size]}}}.get(place, {place: size})
    name = "vmas" if place == "options" else "predator_prey"
    folder = forged(teams["predator_prey"], tmp_path / "team", env=name, options=options)
    where = r"options\['options'\]\['n_agents'\]\[1\]" if place == "options" else rf"options\['{place}'\]"
    with pytest.raises(ValueError, match=rf"{where} is {size}, and 1,000,000 is the most that is taken from team.json"):
        robots.play(folder, 1)


SHORT = ["--seeds=2", "--updates=2", "--batch=4", "--parallel=4", "--test-every=2", "--device=cpu", "--hidden=8"]


def test_the_command_line_trains_exports_and_plays(capsys, tmp_path):
    folder = str(tmp_path / "my team")
    assert main(["train", "--mixer", "vdn", *SHORT, "--export", folder]) == 0
    said = capsys.readouterr().out.splitlines()[-1]
    assert said == f"{folder} has the agents alone; to see them act: {program()} robots '{folder}'"
    assert main(["robots", folder, "--episodes", "5", "--kill", "1@4"]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head == "2 robots, each in a process of its own without PyTorch; vdn trained them"
    assert [line for line in lines if line.startswith("5 episodes")] == [
        "5 episodes: the robots act as the centralised greedy team would at 10 of 10 steps"
    ] * 2
    assert "the same games, but robot 1 is killed before step 4" in lines
    assert re.fullmatch(r"mean return from episode 2 on: \S+, and \S+ without the change", lines[-1])
    assert sum(bool(re.match(r"one decision takes 0\.\d+ ms \(median\), ", line)) for line in lines) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["robots", "nowhere"], "nowhere holds no team: it lacks team.json"),
        (["train", *SHORT, "--mixer", "joint", "--export", "team"], "method is 'joint', whose agents do not play"),
        (["train", *SHORT, "--export", __file__], "holds no team (test_robots.py is in it): give another folder"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_done(arguments, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command_line, "train", None)
    assert main(arguments) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: ") and message in said and said.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_team_that_cannot_be_written_is_an_error(capsys, tmp_path):
    (tmp_path / "file").write_text("")
    assert main(["train", *SHORT, "--export", str(tmp_path / "file" / "team")]) == 1
    assert "error: the team cannot be exported: " in capsys.readouterr().err


def test_a_kill_that_is_no_kill_is_explained(capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["robots", "team", "--kill", "one"])
    assert "argument --kill: it is 'one': write AGENT@STEP, such as 1@40" in capsys.readouterr().err


@pytest.mark.parametrize(("equal", "lost", "status"), [(2, {}, 0), (1, {}, 1), (2, {1: robots.Loss(1, 1, "hung")}, 1)])
def test_the_exit_status_tells_of_differences_and_losses(equal, lost, status, teams, monkeypatch):
    report = robots.Report(returns=[8.0], steps=2, equal=equal, lost=lost)
    monkeypatch.setattr(robots, "play", lambda *_: report)
    assert main(["robots", str(teams["predator_prey"])]) == status


def test_control_c_ends_every_process(teams):
    """A terminal sends it to the whole group; the processes are told by the parent alone, and say nothing."""
    code = (
        "import sys; from marl_helpers import robots; from marl_helpers.__main__ import main\n"
        "ready = robots.Remote.ready\n"
        "def tell(remote):\n"
        "    said = ready(remote); print(remote.process.pid, flush=True); return said\n"
        "robots.Remote.ready = tell\n"
        f"sys.exit(main(['robots', {str(teams['predator_prey'])!r}, '--episodes', '1000000']))"
    )
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "start_new_session": True}
    environment = os.environ | {"TQDM_DISABLE": "1"}
    with subprocess.Popen([sys.executable, "-c", code], **pipes, env=environment) as parent:
        try:
            parent.stdout.readline()  # the heading
            pids = [int(parent.stdout.readline()) for _ in range(2)]
            os.killpg(parent.pid, signal.SIGINT)
            _, said = parent.communicate(timeout=HANG)
        finally:
            parent.kill()
    assert parent.returncode == 130 and said == "\nstopped, and so is every robot's process\n"
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
