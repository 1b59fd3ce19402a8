"""Games divided over several processes: the very numbers of one process, and processes that never stay behind."""

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import torch
from limits import HANG
from twins.drive import draws

from marl_helpers import envs, train
from marl_helpers.__main__ import main

for package in ("gymnasium", "pettingzoo", "lbforaging"):
    pytest.importorskip(package)
from gymnasium import spaces  # noqa: E402

from marl_helpers.envs.adapters import _pool  # noqa: E402
from marl_helpers.envs.adapters.simulators import WorkerLost  # noqa: E402
from marl_helpers.envs.adapters.theirs import EnvError  # noqa: E402

ROOT = Path(__file__).parents[2]
HERE = os.getpid()


def team(spoil=lambda time: None):
    """A source that a notebook could define. Two agents walk; the team ends when they have walked as far as is drawn.

    spoil: what is called with the time at every reset and step in a worker process, and not in this one.
    """

    class Walk:
        possible_agents = ("a", "b")

        def observation_space(self, agent):
            return spaces.Box(-np.inf, np.inf, (3,), np.float32)

        def action_space(self, agent):
            return spaces.Discrete(3)

        def reset(self, seed, options=None):
            self.time, self.walked, self.far = 0, 0.0, np.random.default_rng(seed).uniform(1, 8)
            return self._each(self._look()), self._each({})

        def step(self, actions):
            self.time += 1
            self.walked += sum(actions.values()) / 3
            ends = self._each(self.walked >= self.far), self._each(self.time >= 6)
            return self._each(self._look()), self._each(self.walked * self.far), *ends, self._each({})

        def _look(self):
            if os.getpid() != HERE:
                spoil(self.time)
            return np.array([self.walked, self.far, self.time], np.float32)

        def _each(self, value):
            return dict.fromkeys(self.possible_agents, value)

    return Walk


def walks(workers, spoil=lambda time: None, **options):
    return envs.make("pettingzoo", source=team(spoil), workers=workers, limit=9, **options)


def numbers(env, generator, steps, runs, games):
    actions = torch.randint(env.n_actions, (steps, runs, games, env.n_agents), generator=generator)
    return draws(generator, steps + 1, runs, games, env.noise), actions


def record(env, noise, actions):
    """All that is seen and earned; of two worlds with other numbers of games, stepped in turn."""
    worlds, found = [env.reset(noise[0]), env.reset(noise[0][:1, :2])], []
    for own, more in zip(actions, noise[1:]):
        for k, rows in enumerate([(slice(None), slice(None)), (slice(1), slice(2))]):
            worlds[k], outcome = env.step(worlds[k], own[rows], more[rows])
            found += [*vars(env.observe(worlds[k])).values(), *vars(outcome).values()]
    return found


def begun(env, games=4):
    """A world, and its processes."""
    world = env.reset(torch.linspace(0, 0.9, games).view(1, games, 1))
    return world, [worker.process for worker in env.pool.workers]


def step(env, world):
    games = world["over"].shape[1]
    return env.step(world, torch.ones(1, games, env.n_agents, dtype=torch.int64), torch.zeros(1, games, 1))


def wait_until_gone(pid):
    """Until that process has ended; a zombie has."""
    ask = ["ps", "-o", "stat=", "-p", str(pid)]
    while (state := subprocess.run(ask, capture_output=True, text=True).stdout.strip()) and not state.startswith("Z"):
        time.sleep(0.05)


@pytest.fixture(scope="module")
def pooled():
    """Walks in two processes."""
    return walks(2)


def test_the_numbers_are_those_of_one_process(pooled):
    here = walks(0)
    noise, actions = numbers(here, torch.Generator().manual_seed(3), 8, 2, 5)
    expected = record(here, noise, actions)
    ends = expected[4::12], expected[5::12]
    assert all(torch.stack(kind).sum() > 1 for kind in ends), "some games end and some are cut"
    for env in (walks(1), pooled, walks(3)):  # ten games, and two
        assert all(map(torch.equal, expected, record(env, noise, actions)))


def test_also_those_of_a_package():
    here, there = envs.make("lbf/5x5-3p-2f"), envs.make("lbf/5x5-3p-2f", workers=3)
    noise, actions = numbers(here, torch.Generator().manual_seed(4), 5, 1, 4)
    assert all(map(torch.equal, record(here, noise, actions), record(there, noise, actions)))


def test_and_of_a_training_which_goes_on_with_other_processes(tmp_path):
    here, there = (envs.make("lbf/5x5-2p-1f", limit=6, workers=workers) for workers in (0, 2))
    assert envs.describe(here) == envs.describe(there)
    quick = dict(seeds=2, parallel=3, batch=3, test_every=1, test_episodes=2, hidden=8, width=3, device="cpu")
    expected = train(here, **quick, updates=2)
    train(here, **quick, updates=1, folder=tmp_path)
    found = train(there, **quick, updates=2, folder=tmp_path)
    assert there.pool is not None
    assert expected.curve.keys() == found.curve.keys()
    for name in expected.curve.keys() - {"seconds"}:
        np.testing.assert_array_equal(found.curve[name], expected.curve[name])


def test_games_of_a_world_that_is_gone_are_forgotten(tmp_path):
    gone, walk, here = tmp_path / "gone", team(), HERE

    class Noted(walk):
        def __del__(self):
            if os.getpid() != here:
                with open(gone, "a") as file:
                    file.write(".")

    env = envs.make("pettingzoo", source=Noted, workers=1)
    old, other = begun(env, games=3)[0], begun(env, games=2)[0]
    del old
    gc.collect()
    other, _ = step(env, other)
    assert gone.read_text() == "..."
    step(env, other)


def test_processes_end_with_their_last_world_and_environment(monkeypatch):
    monkeypatch.setattr(_pool, "GRACE", HANG)
    env = walks(2)
    world, processes = begun(env)
    world, _ = step(env, world)
    del env
    gc.collect()
    assert all(process.poll() is None for process in processes)
    del world
    gc.collect()
    assert all(process.poll() == 0 for process in processes)  # they closed what they played


def test_a_process_that_dies_is_named_and_a_reset_begins_others(pooled):
    world, processes = begun(pooled)
    processes[1].kill()
    with pytest.raises(WorkerLost, match=r"^pettingzoo: worker process 2 of 2 ended by SIGKILL, and its .*: reset for"):
        step(pooled, world)
    assert all(process.poll() is not None for process in processes)
    with pytest.raises(WorkerLost, match="the world's games ended with an error or Control-C: reset for new ones"):
        step(pooled, world)
    world, others = begun(pooled)
    step(pooled, world)
    assert not {process.pid for process in processes} & {process.pid for process in others}


def test_an_error_of_a_game_is_raised_here_and_ends_them_all():
    class Odd(Exception):
        def __init__(self, one, two):
            super().__init__(f"{one} and {two}")

    def spoil(time):
        if time == 1:
            raise Odd("this", "that")
        return 1 / (time - 2)

    env = walks(2, spoil)
    world, processes = begun(env)
    with pytest.raises(EnvError, match=r"^pettingzoo: step 1 raised Odd: this and that \(.*, in spoil\)") as caught:
        step(env, world)
    assert "in spoil" in caught.value.__notes__[0]
    assert all(process.poll() is not None for process in processes)


def noted(folder, spoil=lambda time: None):
    """A walk whose instances in worker processes note in a folder how they were made and closed."""
    here = HERE

    class Noted(team(spoil)):
        def __init__(self):
            self.note("made")

        def close(self):
            self.note("closed")

        def note(self, what):
            if os.getpid() != here:
                with open(folder / what, "a") as file:
                    file.write(".")

    return Noted


def counts(folder):
    return tuple(len((folder / what).read_text()) if (folder / what).exists() else 0 for what in ("made", "closed"))


def test_instances_in_a_process_are_closed_when_replaced_and_when_left(tmp_path, monkeypatch):
    monkeypatch.setattr(_pool, "GRACE", HANG)
    env = envs.make("pettingzoo", source=noted(tmp_path), workers=2)
    world, _ = begun(env, games=5)
    assert counts(tmp_path) == (5, 0)
    del world
    world, _ = begun(env, games=3)  # says that the other is gone
    assert counts(tmp_path) == (8, 5)
    del world, env
    gc.collect()
    assert counts(tmp_path) == (8, 8)


def test_and_after_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(_pool, "GRACE", HANG)
    env = envs.make("pettingzoo", source=noted(tmp_path, lambda time: 1 / (time - 1)), workers=2)
    world, _ = begun(env, games=5)
    with pytest.raises(EnvError, match="division by zero"):
        step(env, world)
    assert counts(tmp_path) == (5, 5)


@pytest.mark.parametrize("deaf", [False, True])
def test_and_when_control_c_comes_in_the_middle_of_a_step(deaf, tmp_path, monkeypatch):
    """Also where the game catches the first word that it should end."""

    def hang(now):
        if now and deaf:
            with suppress(SystemExit):
                time.sleep(HANG)
        if now:
            time.sleep(HANG)

    monkeypatch.setattr(_pool, "GRACE", HANG)
    env = envs.make("pettingzoo", source=noted(tmp_path, hang), workers=2)
    world, processes = begun(env, games=5)

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(_pool.Pool, "_answer", interrupted)
    with pytest.raises(KeyboardInterrupt):
        step(env, world)
    assert counts(tmp_path) == (5, 5)
    assert [process.poll() for process in processes] == [0, 0]


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1"])
def test_what_tells_a_whole_job_to_end_leaves_the_games_to_the_parent(name, tmp_path):
    """A cluster's time is up: its signal reaches every process, and the parent still plays its round to the end."""
    env = envs.make("pettingzoo", source=noted(tmp_path), workers=2)
    world, processes = begun(env, games=5)
    for process in processes:
        process.send_signal(getattr(signal, name))
    step(env, world)
    assert [process.poll() for process in processes] == [None, None]
    env.pool.end()
    assert counts(tmp_path) == (5, 5)
    assert [process.poll() for process in processes] == [0, 0]


def test_a_process_that_does_not_end_is_killed(monkeypatch):
    monkeypatch.setattr(_pool, "GRACE", 0.01)
    env = walks(1, lambda now: signal.signal(signal.SIGTERM, signal.SIG_IGN))
    _, processes = begun(env)
    env.pool.end()
    assert [process.poll() for process in processes] == [-signal.SIGKILL]


SCRIPT = f"""
import os, signal, sys, time, torch
sys.path[:0] = ["tests/envs", "tests"]
from test_envs_pool import begun, step, walks
signal.signal(signal.SIGINT, signal.default_int_handler)  # a test run in the background ignores it
env = walks(2, lambda now: now and (os.write(1, b"asleep\\n"), time.sleep({HANG})))
world, processes = begun(env)
print(*(process.pid for process in processes), flush=True)
try:
    step(env, world)
except KeyboardInterrupt:
    print(all(process.poll() is not None for process in processes), flush=True)
world, processes = begun(env)
print(*(process.pid for process in processes), flush=True)
if sys.argv[1] == "killed":
    time.sleep({HANG})
"""


@pytest.mark.parametrize("how", ["ends", "killed"])
def test_processes_end_with_control_c_and_with_their_parent(how):
    pipes = dict(stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
    with subprocess.Popen([sys.executable, "-c", SCRIPT, how], cwd=ROOT, **pipes) as parent:
        try:
            first = parent.stdout.readline().split()
            assert [parent.stdout.readline() for _ in range(2)] == ["asleep\n"] * 2
            os.killpg(parent.pid, signal.SIGINT)  # as a terminal does
            assert parent.stdout.readline() == "True\n"
            second = parent.stdout.readline().split()
            if how == "killed":
                parent.kill()
            _, errors = parent.communicate(timeout=HANG)
        finally:
            parent.kill()
    assert len(first) == len(second) == 2
    for pid in [*first, *second]:
        wait_until_gone(pid)
    assert errors == ""


def test_what_no_process_can_have_is_refused_with_the_remedy(monkeypatch):
    lock = threading.Lock()
    remedy = r".*\): give a source that another process can import, such as 'module:function', or workers=0"
    env = walks(2, lambda time: lock.locked())
    with pytest.raises(ValueError, match=f"^pettingzoo: what makes a game cannot be sent to a worker.*lock{remedy}"):
        begun(env)
    nowhere = type(sys)("nowhere")
    nowhere.make = team()
    nowhere.make.__module__, nowhere.make.__qualname__ = "nowhere", "make"
    monkeypatch.setitem(sys.modules, "nowhere", nowhere)
    env = envs.make("pettingzoo", source="nowhere:make", workers=1)
    with pytest.raises(
        ValueError, match=f"^pettingzoo: a worker process cannot load .*No module named 'nowhere'{remedy}"
    ):
        begun(env)


@pytest.mark.parametrize("workers", [-1, 1.5, True])
def test_a_number_of_processes_that_there_cannot_be_is_refused(workers):
    with pytest.raises(ValueError, match=f"workers is {workers}: give a whole number of at least 0"):
        walks(workers)


def test_the_command_line_has_the_option_and_says_who_died(tmp_path, monkeypatch, capsys):
    main(["list"])
    assert capsys.readouterr().out.count("workers=0") == 5
    (tmp_path / "dying.py").write_text(
        "import os\nfrom mpe2.simple_spread_v3 import parallel_env\n"
        f"def make():\n    return parallel_env() if os.getpid() == {HERE} else os._exit(3)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    command = ["train", "--env", "pettingzoo/dying:make", "--option", "workers=1", "--option", "reward=sum"]
    assert main(command) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: pettingzoo: worker process 1 of 1 ended with status 3, and its games with it")
