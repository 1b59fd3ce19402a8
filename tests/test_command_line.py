"""The command line: what it explains, what it refuses, and what it says at the end."""

import os
import re
import signal
import sys
from pathlib import Path

import pytest
import torch

from marl_helpers import __main__ as command_line
from marl_helpers import envs, mixers
from marl_helpers.__main__ import main
from marl_helpers.basics.options import meanings
from marl_helpers.training import loop as training
from marl_helpers.training.learner import Settings
from marl_helpers.training.loop import CHECKPOINT, METRICS, Plan, advance

SHORT = ["--seeds=2", "--updates=2", "--batch=4", "--parallel=4", "--test-every=2", "--device=cpu", "--hidden=8"]


def test_it_trains_and_says_what_there_is_and_how_to_go_on(capsys, tmp_path, monkeypatch):
    folder = tmp_path / "my run"
    command = ["train", "--env", "two_step", "--mixer", "vdn", "--folder", str(folder), *SHORT]
    assert main(command) == 0
    first, second, third = capsys.readouterr().out.splitlines()
    assert first.startswith("vdn on two_step, 2 updates: greedy returns [")
    assert second == f"{folder} has metrics.csv, and the curves for: tensorboard --logdir '{folder}'"
    assert third == "to train on: the same command with more --updates"
    assert main([*command, "--updates", "4"]) == 0
    assert capsys.readouterr().out.startswith("vdn on two_step, 4 updates")
    updates = [line.split(",")[0] for line in (folder / METRICS).read_text().splitlines()]
    assert updates == ["updates", "0", "0", "2", "2", "4", "4"]
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    monkeypatch.delitem(sys.modules, "torch.utils.tensorboard")
    assert main(command) == 0
    second = capsys.readouterr().out.splitlines()[1]
    get = "for curves in TensorBoard: pip install tensorboard, then the same command"
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
    assert main(["train", "--folder", "somewhere"]) == 130
    assert capsys.readouterr().err == "\nbroken off; the same command goes on from the last checkpoint\n"


def test_help_explains_every_option_with_its_default(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["train", "--help"])
    text = " ".join(capsys.readouterr().out.split())
    for meaning in ("episodes that the replay keeps (default: 5000)", "step size of the optimiser (default: 0.0005)"):
        assert meaning in text
    assert ", ".join([*mixers.METHODS, "wqmix"]) in text and ", ".join(sorted(envs.ENVS)) in text
    flags = re.findall(r" (--[a-z-]+) (?:INT|FLOAT|STR|NAME|PATH|NAME=VALUE) (.*?)(?= --|$)", text)
    own = {"--env", "--mixer", "--option", "--folder", "--export", "--seeds", "--seed", "--device"}
    assert len(flags) == len(own) + len(meanings(Plan)) + len(meanings(Settings)) and own < {flag for flag, _ in flags}
    assert all("default" in meaning or flag == "--option" for flag, meaning in flags)


def test_without_a_command_it_shows_what_to_try(capsys):
    assert main([]) == 0
    text = capsys.readouterr().out
    examples = [line.split()[3:] for line in text.splitlines() if line.startswith("  python -m marl_helpers")]
    assert ["list"] in examples and sum("--env" in example for example in examples) == 4
    for example in examples:
        if "--help" not in example:
            command_line.parser().parse_args(example)  # exits where an example is wrong


def test_list_has_every_name_with_what_it_is(capsys):
    assert main(["list"]) == 0
    text = capsys.readouterr().out
    found = dict(re.findall(r"^  (\w+)(?:/[A-Z]+)? +(\S.*)$", text, re.MULTILINE))
    assert list(found) == [*sorted(envs.ENVS), *mixers.METHODS, *mixers.ALIASES]
    assert found["vdn"].startswith("Q_tot = sum_i Q_i") and found["wqmix"] == "another name for ow_qmix"
    assert "[n_agents=2, n_prey=1, size=5, view=5, limit=25, penalty=-3.0" in text


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
    assert main(["train", "--env", "predator_prey", *given, *SHORT]) == 1
    assert f"error: {message}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--option", "name=x"], "two_step has no option 'name': choose from branches"),
        (["--option", "branches=5"], "branches is 5: give two or more tables of one shape"),
        (["--option", "branches=high"], "branches is 'high': give two or more tables of one shape"),
        (["--option", "branches=[5, 6]"], "the table has shape (), which is not a team"),
        (["--device", "meta"], "device is 'meta', which cannot be used here"),
        (["--folder", __file__], f"folder {__file__} cannot be used (File exists): make room there, or give another"),
        (["--folder", f"{__file__}/under"], "cannot be used (Not a directory)"),
        (["--capacity", str(10**12)], "GB: give a smaller capacity, or fewer seeds"),
    ],
)
def test_what_cannot_be_is_said_without_a_traceback(given, message, capsys):
    assert main(["train", *SHORT, *given]) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: ") and said.count("\n") == 1 and message in said


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full is Linux's")
@pytest.mark.parametrize("file", [METRICS, CHECKPOINT])
def test_a_full_disk_is_an_error(file, capsys, tmp_path):
    (tmp_path / f"{file}.writing").symlink_to("/dev/full")
    assert main(["train", "--folder", str(tmp_path), *SHORT]) == 1
    assert f"error: folder {tmp_path} cannot be used (No space left on device): make" in capsys.readouterr().err


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
    assert "3 trained, but a seed diverged" in command_line.STATUS


def test_an_option_may_be_a_list(capsys):
    branches = "branches=[[[5, 5], [5, 5]], [[5, 5], [5, 5]]]"
    assert main(["train", "--mixer", "wqmix", "--option", branches, *SHORT]) == 0
    assert capsys.readouterr().out == "ow_qmix on two_step, 2 updates: greedy returns [5.0, 5.0]\n"


@pytest.mark.parametrize(("flag", "value", "named"), [("--mixer", "qmixx", "'wqmix'"), ("--env", "two", "two_step")])
def test_an_unknown_name_is_told_what_there_is(flag, value, named, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["train", flag, value])
    usage, error = capsys.readouterr().err.splitlines()
    assert usage == "usage: python -m marl_helpers train [options]"
    assert f"argument {flag}: " in error and f"'{value}'" in error and named in error


def test_a_member_of_a_family_is_named_after_a_slash(capsys):
    pytest.importorskip("lbforaging")
    command = ["train", "--env", "lbf/5x5-2p-1f-coop", "--option", "limit=5", *SHORT, "--test-episodes=2"]
    assert main(command) == 0
    assert capsys.readouterr().out.startswith("qmix on lbf/5x5-2p-1f-coop, 2 updates: greedy returns [")
    assert main(["train", "--env", "lbf/chess", *SHORT]) == 1
    assert "error: id is 'Foraging-chess-v3'" in capsys.readouterr().err
