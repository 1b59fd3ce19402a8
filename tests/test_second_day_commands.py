"""The command line on the day after: a folder alone goes on, and is played, compared and filmed; games of one's own."""

import json
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from marl_helpers import envs
from marl_helpers.__main__ import main
from marl_helpers.training.config import CONFIG
from marl_helpers.training.plan import METRICS

ROOT = Path(__file__).parents[1]
SHORT = ["--seeds=2", "--updates=2", "--batch=4", "--parallel=4", "--test-every=2", "--device=cpu", "--hidden=8"]
GAME = '''
from dataclasses import dataclass
import torch
from marl_helpers import envs

@dataclass(kw_only=True, eq=False)
class Guess(envs.Env):
    """Two agents are to choose the same."""
    name = "guess_of_a_test"
    pay: float = 1.0
    n_agents, n_actions, obs_dim, state_dim, noise, limit = 2, 3, 1, 1, 1, 3

    def start(self, noise):
        return {"t": torch.zeros(noise.shape[:2])}

    def play(self, world, actions, noise):
        same = (actions[..., 0] == actions[..., 1]).float() * self.pay
        return {"t": world["t"] + 1}, same, torch.zeros_like(world["over"])

    def observe(self, world):
        t = world["t"]
        everything = torch.ones(*t.shape, 2, 3, dtype=torch.bool)
        return envs.Observation(t[..., None, None].expand(*t.shape, 2, 1).clone(), t[..., None], everything)

made = Guess(pay=5.0)
number = 3
'''


@pytest.fixture
def game(tmp_path, monkeypatch):
    """A module of one's own, in a present folder of its own."""
    (tmp_path / "game_of_a_test.py").write_text(GAME)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    yield "game_of_a_test"
    sys.modules.pop("game_of_a_test", None)
    envs.ENVS.pop("guess_of_a_test", None)


def said(capsys) -> str:
    return capsys.readouterr().out.splitlines()[0]


def test_a_folder_alone_goes_on(capsys, tmp_path):
    folder = tmp_path / "run"
    train = ["train", "--folder", str(folder)]
    first = ["--env", "predator_prey", "--option", "penalty=-6", "--mixer", "wqmix", "--mixer-option", "alpha=0.02"]
    assert main([*train, *first, "--option", "limit=4", *SHORT]) == 0
    assert said(capsys).startswith("ow_qmix (alpha=0.02) on predator_prey, 2 updates")
    assert main(train) == 0
    assert said(capsys).startswith("ow_qmix (alpha=0.02) on predator_prey, 2 updates")
    assert main([*train, "--updates", "4"]) == 0
    assert said(capsys).startswith("ow_qmix (alpha=0.02) on predator_prey, 4 updates")
    told = json.loads((folder / CONFIG).read_text())
    assert told["options"]["penalty"] == -6 and told["options"]["limit"] == 4 and told["plan"]["updates"] == 4
    assert main([*train, "--option", "penalty=-3"]) == 1
    assert "the checkpoint's penalty is -6, and this training's -3: give" in capsys.readouterr().err
    assert main([*train, "--mixer", "vdn"]) == 1
    assert "the checkpoint's method is 'ow_qmix', and this training's 'vdn'" in capsys.readouterr().err
    assert main([*train, "--mixer-option", "alpha=0.5"]) == 1
    assert "the checkpoint's mixer_options.alpha is 0.02, and this training's 0.5" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--mixer-option", "alpha"], "option is 'alpha': write NAME=VALUE"),
        (["--mixer-option", "alpha=0.1"], "qmix has no mixer option 'alpha': choose from width"),
        (["--mixer", "wqmix", "--mixer-option", "alpha=high"], "alpha is 'high': give a weight from 0 to 1"),
        (["--mixer", "graph", "--mixer-option", "edges=star"], "edges is 'star': give chain, ring, complete or pairs"),
        (["--mixer-option", "width=0"], "width is 0: give a whole number"),
    ],
)
def test_a_bad_option_of_the_mixer_is_named(given, message, capsys):
    assert main(["train", *given, *SHORT]) == 2
    assert message in capsys.readouterr().err


def test_edges_and_width_are_options(capsys, tmp_path):
    command = ["train", "--mixer", "graph", "--mixer-option", "edges=[[0, 1]]", "--mixer-option", "width=5", *SHORT]
    assert main([*command, "--folder", str(tmp_path)]) == 0
    settings = json.loads((tmp_path / CONFIG).read_text())["settings"]
    assert settings["width"] == 5 and settings["mixer_options"] == {"edges": [[0, 1]]}
    assert main(["train", "--folder", str(tmp_path)]) == 0


def test_a_folder_that_has_nothing_is_said_to_begin_anew(capsys, tmp_path):
    command = ["train", "--folder", str(tmp_path / "hnut"), *SHORT]
    assert main(command) == 0
    assert f"{tmp_path / 'hnut'} has no training yet: a new one begins, qmix on two_step\n" in capsys.readouterr().err
    for again in (command, ["train", "--env", "two_step", "--folder", str(tmp_path / "other"), *SHORT]):
        assert main(again) == 0
        assert "has no training yet" not in capsys.readouterr().err


@pytest.mark.parametrize(("name", "options"), [("Guess", ["--option", "pay=5"]), ("made", [])])
def test_a_game_of_ones_own_is_trained_loaded_filmed_and_exported(name, options, game, capsys, tmp_path):
    env = ["--env", f"{game}:{name}"]
    kept = ["--folder", "run", "--export", "team"]
    assert main(["train", *env, *options, *SHORT, *kept]) == 0
    out = capsys.readouterr().out
    assert out.startswith("qmix on guess_of_a_test, 2 updates") and f"robots team --env {game}:{name}" in out
    assert main(["train", "--folder", "run", *env]) == 0  # with the options of before
    assert main(["eval", "run", *env, "--episodes", "3"]) == 0
    assert "in the same 3 games" in capsys.readouterr().out
    assert main(["film", "run", *env]) == 0
    with Image.open("run.gif") as film:
        assert film.n_frames == 4
    assert main(["robots", "team", *env, "--episodes", "2"]) == 0
    assert "at 6 of 6 steps" in capsys.readouterr().out


def test_its_module_is_imported_only_where_it_is_named(game, tmp_path):
    def run(*arguments):
        command = [sys.executable, "-m", "marl_helpers", *arguments]
        environment = {"PYTHONPATH": str(ROOT), "PATH": ""}
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=environment)

    assert run("train", "--env", f"{game}:Guess", *SHORT, "--folder", "run", "--export", "team").returncode == 0
    (tmp_path / f"{game}.py").write_text("open('imported', 'w')\n" + GAME)
    alone = run("train", "--folder", "run")
    assert alone.returncode == 2 and f"name it, --env MODULE:CLASS, where {CONFIG} says {game}:Guess" in alone.stderr
    for command in (["eval", "run"], ["film", "run"], ["robots", "team"]):
        assert run(*command).returncode == 1
    assert run("plot", "run").returncode == 0
    assert not (tmp_path / "imported").exists()
    assert run("eval", "run", "--env", f"{game}:Guess", "--episodes=1").returncode == 0
    assert (tmp_path / "imported").exists()


@pytest.mark.parametrize(
    ("env", "options", "message"),
    [
        ("game_of_a_test:nothing", [], "which is no Env: give MODULE:CLASS, or an instance of one"),
        ("game_of_a_test:number", [], "which is no Env"),
        ("game_of_a_test:", [], "which is no Env"),
        ("no_such_game:Game", [], "there is no module no_such_game: install it, or correct no_such_game"),
        ("game_of_a_test:made", ["--option", "pay=2"], "an instance, which has its options: leave out 'pay'"),
        (
            "game_of_a_test:Guess",
            ["--option", "play=2"],
            "guess_of_a_test has no option 'play': choose from pay",
        ),
    ],
)
def test_what_is_no_game_is_named(env, options, message, game, capsys):
    assert main(["train", "--env", env, *options, *SHORT]) == 2
    assert message in capsys.readouterr().err


def test_folders_are_played_compared_and_filmed(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for mixer in ("vdn", "qmix"):
        assert main(["train", "--mixer", mixer, "--folder", mixer, *SHORT]) == 0
    capsys.readouterr()
    assert main(["eval", "vdn", "qmix", "--episodes", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "vdn: vdn on two_step: 2 seeds, each in the same 2 games"
    assert lines[4].startswith("few seeds, narrow intervals") and lines[5].startswith("qmix: qmix on")
    assert main(["plot", "vdn", "qmix", "--x", "steps", "--out", "it.png"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("two_step: returns at 16 steps") and "vdn over qmix" in out
    with Image.open("it.png") as figure:
        assert figure.format == "PNG"
    assert main(["film", "vdn", "qmix", "--episodes", "2", "--pause", "50"]) == 0
    assert capsys.readouterr().out.count(", the best in its last test, in 2 games that earn ") == 2
    film = Image.open(BytesIO((tmp_path / "vdn.gif").read_bytes()))
    durations = []
    for k in range(film.n_frames):
        film.seek(k)
        durations.append(film.info["duration"])
    assert durations == [50, 50, 150] * 2 and (tmp_path / "qmix.gif").exists()
    assert {path.name for path in tmp_path.iterdir()} == {"vdn", "qmix", "it.png", "vdn.gif", "qmix.gif"}


@pytest.mark.parametrize(
    ("command", "message", "status"),
    [
        (["eval", "nowhere"], "nowhere holds no training", 1),
        (["eval", "nowhere", "--episodes", "0"], "episodes is 0: give a whole number", 2),
        (["plot", "nowhere"], "folders has nowhere, which holds no training", 1),
        (["film", "nowhere"], "nowhere holds no training", 1),
        (["film", "nowhere", "--out", "film.avi"], "out is 'film.avi': give the name of a .gif or an .mp4, for one", 2),
        (["film", "a", "b", "--out", "film.gif"], "out is 'film.gif': give the name of a .gif or an .mp4, for one", 2),
    ],
)
def test_what_is_wrong_is_said_in_a_line(command, message, status, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(command) == status
    error = capsys.readouterr().err
    assert error.startswith("error: ") and message in error and error.count("\n") == 1


def test_lines_take_the_place_of_a_bar_and_quiet_shows_none(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert main(["train", "--lines", *SHORT]) == 0
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("0 of 2 updates, 0 steps, ") and second.startswith("2 of 2 updates, ")
    assert "returns " in second and "loss " in second
    assert main(["train", "--quiet", *SHORT]) == 0
    assert capsys.readouterr().err == ""
    with pytest.raises(SystemExit, match="2"):
        main(["train", "--quiet", "--lines"])


def test_a_pettingzoo_world_is_filmed_as_it_draws_itself(tmp_path, capsys, monkeypatch):
    pytest.importorskip("mpe2")
    monkeypatch.chdir(tmp_path)
    spread = ["--env", "mpe2/simple_spread_v3", "--option", "limit=2", "--mixer", "vdn"]
    assert main(["train", *spread, "--folder", "run", *SHORT, "--test-episodes=2"]) == 0
    assert main(["film", "run"]) == 0
    with Image.open("run.gif") as film:
        red, _, blue = np.moveaxis(np.asarray(film.convert("RGB")).astype(int)[30:350, 10:310], -1, 0)
    blue = int(((blue > 130) & (red < 110)).sum())
    assert blue > 500  # three agents, which mpe2 draws in this colour
    assert (tmp_path / "run" / METRICS).exists()
