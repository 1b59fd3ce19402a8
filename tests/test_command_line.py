"""The command line: what it explains, what it refuses, and what it says at the end."""

import os
import re
import signal
import sys

import pytest

from marl_helpers import __main__ as command_line
from marl_helpers import envs, mixers, training
from marl_helpers.__main__ import main
from marl_helpers.learner import Settings
from marl_helpers.options import meanings
from marl_helpers.training import METRICS, Plan, advance

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
    assert capsys.readouterr().err == "\nbroken off; the same command goes on from the last test\n"


def test_help_explains_every_option_with_its_default(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["train", "--help"])
    text = " ".join(capsys.readouterr().out.split())
    for meaning in ("episodes that the replay keeps (default: 5000)", "step size of the optimiser (default: 0.0005)"):
        assert meaning in text
    assert ", ".join([*mixers.METHODS, "wqmix"]) in text and ", ".join(sorted(envs.ENVS)) in text
    flags = re.findall(r" (--[a-z-]+) (?:INT|FLOAT|STR|NAME|PATH|NAME=VALUE) (.*?)(?= --|$)", text)
    own = {"--env", "--mixer", "--option", "--folder", "--seeds", "--seed", "--device"}
    assert len(flags) == len(own) + len(meanings(Plan)) + len(meanings(Settings)) and own < {flag for flag, _ in flags}
    assert all("default" in meaning or flag == "--option" for flag, meaning in flags)


def test_without_a_command_it_shows_what_to_try(capsys):
    assert main([]) == 0
    text = capsys.readouterr().out
    examples = [line.split()[3:] for line in text.splitlines() if line.startswith("  python -m marl_helpers")]
    assert ["list"] in examples and sum("--env" in example for example in examples) == 2
    for example in examples:
        if "--help" not in example:
            command_line.parser().parse_args(example)  # exits where an example is wrong


def test_list_has_every_name_with_what_it_is(capsys):
    assert main(["list"]) == 0
    text = capsys.readouterr().out
    found = dict(re.findall(r"^  (\w+) +(\S.*)$", text, re.MULTILINE))
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


def test_an_option_may_be_a_list(capsys):
    branches = "branches=[[[5, 5], [5, 5]], [[5, 5], [5, 5]]]"
    assert main(["train", "--mixer", "wqmix", "--option", branches, *SHORT]) == 0
    assert capsys.readouterr().out == "ow_qmix on two_step, 2 updates: greedy returns [5.0, 5.0]\n"


@pytest.mark.parametrize(("flag", "value", "named"), [("--mixer", "qmixx", "'wqmix'"), ("--env", "two", "'two_step'")])
def test_an_unknown_name_is_told_what_there_is(flag, value, named, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["train", flag, value])
    usage, error = capsys.readouterr().err.splitlines()
    assert usage == "usage: python -m marl_helpers train [options]"
    assert f"argument {flag}: invalid choice: '{value}'" in error and named in error
