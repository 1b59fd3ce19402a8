"""The command line: what it explains, what it refuses, and what it says at the end."""

import inspect
import os
import re
import signal
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
import torch
from full_disk import room_for

from marl_helpers import envs, mixers
from marl_helpers.__main__ import main, parser
from marl_helpers.basics.options import meanings
from marl_helpers.commands import train as command_line
from marl_helpers.commands.options import TRAINED
from marl_helpers.commands.saying import program, python
from marl_helpers.commands.sources import environments
from marl_helpers.training import loop as training
from marl_helpers.training.folders import CHECKPOINT
from marl_helpers.training.loop import advance
from marl_helpers.training.plan import METRICS, Plan, Settings

ROOT = Path(__file__).parents[1]
SHORT = ["--seeds=2", "--updates=2", "--batch=4", "--parallel=4", "--test-every=2", "--device=cpu", "--hidden=8"]


def test_it_trains_and_says_what_there_is_and_how_to_go_on(capsys, tmp_path, monkeypatch):
    folder = tmp_path / "my run"
    command = ["train", "--env", "two_step", "--mixer", "vdn", "--folder", str(folder), *SHORT]
    assert main(command) == 0
    first, second, third = capsys.readouterr().out.splitlines()
    assert first.startswith("vdn on two_step, 2 updates: greedy returns [")
    assert second == f"{folder} has metrics.csv, and the curves for: {python()} -m tensorboard.main --logdir '{folder}'"
    assert third == "to train on: the same command with more --updates"
    assert main([*command, "--updates", "4"]) == 0
    assert capsys.readouterr().out.startswith("vdn on two_step, 4 updates")
    updates = [line.split(",")[0] for line in (folder / METRICS).read_text().splitlines()]
    assert updates == ["updates", "0", "0", "2", "2", "4", "4"]
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    monkeypatch.delitem(sys.modules, "torch.utils.tensorboard")
    assert main(command) == 0
    second = capsys.readouterr().out.splitlines()[1]
    get = f"for curves in TensorBoard: {python()} -m pip install tensorboard, then the same command"
    assert second == f"{folder} has metrics.csv; {get}"
    assert main(["train", *SHORT]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1  # nothing is kept, and nothing is said of it


@pytest.mark.parametrize("kept", [True, False])
def test_control_c_says_how_to_go_on(kept, capsys, tmp_path, monkeypatch):
    def press(*arguments):
        os.kill(os.getpid(), signal.SIGINT)
        advance(*arguments)

    monkeypatch.setattr(training, "advance", press)
    folder = ["--folder", str(tmp_path)] if kept else []
    assert main(["train", *SHORT, *folder]) == 130
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("qmix on two_step, stopped after 0 of 2 updates: greedy returns [")
    nothing = "nothing is kept: with --folder PATH it could go on later"
    assert lines[-1] == ("the same command goes on from here" if kept else nothing)


def test_a_second_control_c_says_where_it_goes_on(capsys, monkeypatch):
    def broken(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(command_line, "train", broken)
    assert main(["train", "--env", "two_step", "--folder", "somewhere"]) == 130
    assert capsys.readouterr().err == "\nbroken off; the same command goes on from the last checkpoint\n"


def test_help_explains_every_option_with_its_default(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["train", "--help"])
    text = " ".join(capsys.readouterr().out.split())
    for meaning in ("episodes that the replay keeps (default: 5000)", "step size of the optimiser (default: 0.0005)"):
        assert meaning in text
    assert ", ".join([*mixers.METHODS, "wqmix"]) in text and ", ".join(sorted(envs.ENVS)) in text
    flags = re.findall(r" (--[a-z-]+) (?:INT|FLOAT|STR|NAME|PATH|NAME=VALUE) (.*?)(?= --|$)", text)
    own = {
        "--env",
        "--mixer",
        "--option",
        "--mixer-option",
        "--folder",
        "--export",
        "--seeds",
        "--seed",
        "--device",
        "--checkpoint-every",
    }
    assert own < {flag for flag, _ in flags}
    assert len(flags) == len(own) + len(meanings(Plan)) + len(meanings(Settings)) - 1  # as mixer_options is none
    assert all("default" in meaning or flag.endswith("-option") or flag == "--option" for flag, meaning in flags)


def test_without_a_command_it_shows_what_to_try(capsys):
    assert main([]) == 0
    text = capsys.readouterr().out
    start = f"  {program()} "
    examples = [line.removeprefix(start).split() for line in text.splitlines() if line.startswith(start)]
    assert ["list"] in examples and sum("--env" in example for example in examples) == 4
    for example in examples:
        if "--help" not in example:
            parser(example).parse_args(example)  # exits where an example is wrong


def test_what_to_type_names_the_python_that_runs(tmp_path, monkeypatch):
    folders = [tmp_path / name / "bin" for name in ("one", "my own")]
    for folder in folders:
        folder.mkdir(parents=True)
        (folder / "python3").touch(mode=0o755)
        (folder / "python").symlink_to("python3")
    used = folders[1] / "python3"
    monkeypatch.setattr(sys, "executable", str(used))
    monkeypatch.setenv("PATH", str(folders[1]))
    assert program() == "python -m marl_helpers"
    (folders[1] / "python").unlink()
    (folders[1] / "python").touch(mode=0o755)  # another one
    for path in (str(folders[1]), str(folders[0]), ""):
        monkeypatch.setenv("PATH", path)
        typed = {tmp_path: "'my own/bin/python3'", folders[1]: "./python3", folders[0]: f"'{used}'"}
        for place, name in typed.items():
            monkeypatch.chdir(place)
            assert program() == f"{name} -m marl_helpers"
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert program() == f"'{used}' -m marl_helpers"


def test_list_has_every_name_with_what_it_is(capsys):
    assert main(["list"]) == 0
    text = capsys.readouterr().out
    found = dict(re.findall(r"^  (\w+)(?:/[A-Z]+)? +(\S.*)$", text, re.MULTILINE))
    assert list(found) == [*sorted(envs.ENVS), *mixers.METHODS, *mixers.ALIASES]
    for name, method in mixers.METHODS.items():
        assert found[name] == inspect.getdoc(method).partition("\n")[0]
    assert found["vdn"].startswith("Q_tot = sum_i Q_i") and found["wqmix"] == "another name for ow_qmix"
    assert "[n_agents=2, n_prey=1, size=5, view=5, limit=25, penalty=-3.0" in text


def is_short(default):
    pair = isinstance(default, tuple) and all(isinstance(one, int | float) for one in default)
    return pair or isinstance(default, int | float | str)


def test_what_is_read_of_the_environments_is_what_their_classes_have():
    assert sorted(envs.ENVS) == list(environments())
    for name, read in environments().items():
        kind = envs.ENVS[name]
        assert (read.variant, read.about) == (kind.variant, inspect.getdoc(kind).partition("\n")[0])
        given = [one for one in fields(kind) if one.init]
        short = [one.default is None or is_short(one.default) for one in given]
        assert list(read.options) == [f"{x.name}={x.default}" if y else x.name for x, y in zip(given, short)]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["penalty"], "option is 'penalty': write NAME=VALUE, such as penalty=-6"),
        (["penalty=low"], "penalty is 'low': give 0 or a negative number"),
        (["penalty=1"], "penalty is 1: give 0"),
        (["view=None", "size=0.5"], "size is 0.5: give a whole number"),
        (["penaty=-6"], "predator_prey has no option 'penaty': choose from n_agents"),
    ],
)
def test_a_bad_option_is_named_with_the_remedy(options, message, capsys):
    given = [word for option in options for word in ("--option", option)]
    assert main(["train", "--env", "predator_prey", *given, *SHORT]) == 2
    assert f"error: {message}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "message", "status"),
    [
        (["--option", "name=x"], "two_step has no option 'name': choose from branches", 2),
        (["--option", "branches=5"], "branches is 5: give two or more tables of one shape", 2),
        (["--option", "branches=high"], "branches is 'high': give two or more tables of one shape", 2),
        (["--option", "branches=[5, 6]"], "the table has shape (), which is not a team", 2),
        (["--device", "meta"], "device is 'meta', which cannot be used here", 2),
        (["--optimiser", "sgd"], "optimiser is 'sgd': choose one of rmsprop, adam", 2),
        (["--seeds", "0"], "seeds is 0: give a whole number of at least 1", 2),
        (["--updates", "0"], "updates is 0: give a whole number of at least 1", 2),
        (["--env", "two_step/x"], "env is 'two_step/x': two_step is no family, write 'two_step'", 2),
        (["--env", "matrix/x", "--option", "rounds=2"], "matrix is no family", 2),
        (["--checkpoint-every", "-1"], "checkpoint_every is -1.0: give seconds, 0 or more", 2),
        (
            ["--env", "two_step", "--folder", __file__],
            f"{__file__} cannot be written (File exists): make room there, or give another",
            1,
        ),
        (["--env", "two_step", "--folder", f"{__file__}/under"], "cannot be written (Not a directory)", 1),
        (["--capacity", str(10**12)], "GB free: give a smaller capacity, or fewer seeds", 1),
    ],
)
def test_what_cannot_be_is_said_without_a_traceback(given, message, status, capsys):
    assert main(["train", *SHORT, *given]) == status
    said = capsys.readouterr().err
    assert said.startswith("error: ") and said.count("\n") == 1 and message in said


@pytest.mark.parametrize("size", [0, 300, 3000, 20_000])
def test_a_disk_that_gets_full_costs_the_checkpoint_and_not_the_result(size, capsys, tmp_path, monkeypatch):
    done, disk = [], room_for(size)

    def filling(*arguments):
        advance(*arguments)
        done.append(arguments)
        if len(done) == 2:
            disk.__enter__()

    monkeypatch.setattr(training, "advance", filling)
    try:
        with pytest.warns(UserWarning, match=r"cannot be written \(File too large\)"):
            status = main(["train", "--folder", str(tmp_path), "--export", str(tmp_path / "team"), *SHORT])
    finally:
        disk.__exit__(None, None, None)
    assert status == 1
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert first.startswith("qmix on two_step, 2 updates: greedy returns [")
    assert re.fullmatch(r"not all is kept: \S+ cannot be written \(File too large\): make .* another folder", second)
    monkeypatch.undo()
    assert main(["train", "--folder", str(tmp_path), *SHORT]) == 0
    assert capsys.readouterr().out.startswith(first)


def run_program(*arguments, **options):
    return subprocess.run([sys.executable, "-m", "marl_helpers", *arguments], cwd=ROOT, text=True, **options)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full is Linux's")
def test_an_output_that_cannot_be_written_is_an_error_after_all_is_kept(tmp_path):
    with open("/dev/full", "w") as full:
        team = tmp_path / "team"
        done = run_program("train", *SHORT, "--export", team, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 1 and done.stderr == "error: the output cannot be written (No space left on device)\n"
    assert (team / "team.json").exists()


def test_a_warning_is_one_line(tmp_path):
    (tmp_path / CHECKPOINT).symlink_to(tmp_path / "nowhere")
    done = run_program("train", "--env", "two_step", *SHORT, "--folder", tmp_path, capture_output=True)
    warned = (
        f"warning: {tmp_path / CHECKPOINT} cannot be written (it is a link): take it away, or give another folder\n"
    )
    assert done.returncode == 1 and done.stderr == warned
    assert done.stdout.endswith(f"not all is kept: {warned.removeprefix('warning: ')}")


def test_paths_may_be_in_ones_own_folder_or_be_the_present_one(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert main(["train", *SHORT, "--folder=~/run", "--export=~/team"]) == 0
    assert str(tmp_path / "team") in capsys.readouterr().out
    assert main(["robots", "~/team", "--episodes", "2"]) == 0
    assert main(["robots", "~/team", "--option", "pay=2"]) == 1
    assert capsys.readouterr().err == "error: two_step has no option 'pay': choose from branches\n"
    for _ in range(2):
        assert main(["train", *SHORT, "--export", "."]) == 0
        assert main(["robots", ".", "--episodes", "2"]) == 0
    assert {"run", "team", "here"} <= {path.name for path in tmp_path.iterdir()}
    assert {path.name for path in Path().iterdir()} == {path.name for path in (tmp_path / "team").iterdir()}


@pytest.mark.parametrize("error", [MemoryError(), torch.OutOfMemoryError("CUDA out of memory. Tried to allocate")])
def test_too_little_memory_is_an_error(error, capsys, monkeypatch):
    monkeypatch.setattr(training.Training, "round", lambda _: throw(error))
    assert main(["train", *SHORT]) == 1
    assert capsys.readouterr().err.startswith("error: there is not enough memory")


def test_an_error_of_the_program_keeps_its_traceback(monkeypatch):
    monkeypatch.setattr(training.Training, "round", lambda _: throw(RuntimeError("shapes differ")))
    with pytest.raises(RuntimeError, match="shapes differ"):
        main(["train", *SHORT])


def throw(error):
    raise error


@pytest.mark.parametrize(("lost", "status"), [([], 0), ([1], 3), ([0, 1], 1)])
def test_seeds_that_diverged_are_named_and_change_the_exit_status(lost, status, capsys, monkeypatch):
    learn = training.Training.round

    def spoil(self):
        self.bad[lost] = 1
        learn(self)

    monkeypatch.setattr(training.Training, "round", spoil)
    assert main(["train", *SHORT]) == status
    said = "".join(capsys.readouterr())
    assert [k for k in range(2) if f"seed {k} diverged at update 1" in said] == lost
    assert "3 trained, but a seed diverged" in TRAINED


def test_an_option_may_be_a_list(capsys):
    branches = "branches=[[[5, 5], [5, 5]], [[5, 5], [5, 5]]]"
    assert main(["train", "--mixer", "wqmix", "--option", branches, *SHORT]) == 0
    assert capsys.readouterr().out == "ow_qmix on two_step, 2 updates: greedy returns [5.0, 5.0]\n"


@pytest.mark.parametrize(("flag", "value", "named"), [("--mixer", "qmixx", "wqmix"), ("--env", "two", "two_step")])
def test_an_unknown_name_is_told_what_there_is(flag, value, named, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["train", flag, value])
    usage, error = capsys.readouterr().err.splitlines()
    assert usage == f"usage: {program()} train [options]"
    assert f"argument {flag}: " in error and f"'{value}'" in error and named in error


def test_a_member_of_a_family_is_named_after_a_slash(capsys):
    pytest.importorskip("lbforaging")
    command = ["train", "--env", "lbf/5x5-2p-1f-coop", "--option", "limit=5", *SHORT, "--test-episodes=2"]
    assert main(command) == 0
    assert capsys.readouterr().out.startswith("qmix on lbf/5x5-2p-1f-coop, 2 updates: greedy returns [")
    assert main(["train", "--env", "lbf/chess", *SHORT]) == 2
    assert "error: id is 'Foraging-chess-v3'" in capsys.readouterr().err
