"""python -m marl_helpers sweep"""

import threading
from contextlib import nullcontext

import pytest
from test_sweeping import GRID, NAMES, here  # noqa: F401

from marl_helpers.__main__ import main
from marl_helpers.sweeps import sweeping
from marl_helpers.training.loop import Training

TEXT = "\n".join(f"{name} = {value!r}" for name, value in GRID.items())
GAME = '''
from marl_helpers.envs.two_step import TwoStep

class Mine(TwoStep):
    """A game of one's own."""
    name = "two_step_of_a_test"
'''


@pytest.fixture
def grid(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "grid.toml").write_text(TEXT)
    return tmp_path


def test_it_trains_says_how_all_stands_and_compares(here, grid, capsys):  # noqa: F811
    assert main(["sweep", "grid.toml", "--x", "steps"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("4 trainings in grid: 4 done\n\ntwo_step: returns at 48 steps [95%, stratified bootstrap")
    assert "vdn over qmix" in out and out.endswith("grid/comparison.png has the curves\n")
    assert (grid / "grid" / "comparison.png").read_bytes().startswith(b"\x89PNG")
    assert main(["sweep", "grid.toml", "--quiet"]) == 0
    assert here.started == [*NAMES, "closed", "closed"] and capsys.readouterr().err == ""


def test_looking_trains_nothing(here, grid, capsys):  # noqa: F811
    assert main(["sweep", "grid.toml", "--folder", "there", "--look"]) == 0
    assert capsys.readouterr().out == "4 trainings in there: 4 not begun\n"
    assert not (grid / "there").exists() and here.started == []


def test_each_end_has_a_status_of_its_own(here, grid, capsys, monkeypatch):  # noqa: F811
    honest = Training.round
    ends: dict[int, Exception | None] = {0: None, 1: ArithmeticError("of a test")}

    def round_(self):
        honest(self)
        if ends[self.seed]:
            raise ends[self.seed]

    monkeypatch.setattr(Training, "round", round_)
    assert main(["sweep", "grid.toml"]) == 1
    captured = capsys.readouterr()
    assert f"{NAMES[1]}: failed (ArithmeticError: of a test)\n" in captured.out
    assert f"2 of 4: {NAMES[1]} failed (ArithmeticError: of a test)" in captured.err
    ends[1] = None
    test = Training.test
    monkeypatch.setattr(Training, "test", lambda self: (self.bad[:1].fill_(2 * (self.updates > 2)), test(self))[1])
    assert main(["sweep", "grid.toml", "--folder", "other"]) == 3
    assert "seed 0 diverged at update 2" in capsys.readouterr().out


def test_one_that_is_stopped_says_how_to_go_on(here, grid, capsys, monkeypatch):  # noqa: F811
    stop, honest = threading.Event(), here.start
    monkeypatch.setattr(sweeping, "interruptions", lambda: nullcontext(stop))
    monkeypatch.setattr(here, "start", lambda self, cells: (stop.set(), honest(self, cells))[1])
    assert main(["sweep", "grid.toml", "--quiet"]) == 130
    out = capsys.readouterr().out
    assert out.startswith("4 trainings in grid: 3 not begun, 1 done\n")
    assert out.endswith("the same command goes on from here\n")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["nowhere.toml"], "grid is 'nowhere.toml', which cannot be read"),
        (["grid.toml", "--workers", "0"], "workers is 0: give a whole number"),
        (["grid.toml", "--place", "partition"], "option is 'partition': write NAME=VALUE"),
        (["grid.toml", "--place", "partition=cpu"], "place is {'partition': 'cpu'}: give none"),
    ],
)
def test_what_is_not_understood_is_said_in_one_line(given, message, grid, capsys):
    assert main(["sweep", *given]) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: ") and message in said and said.count("\n") == 1


def test_the_grid_in_its_help_is_one(capsys, tmp_path):
    with pytest.raises(SystemExit, match="0"):
        main(["sweep", "--help"])
    text = capsys.readouterr().out
    example = text[text.index('  env = "predator_prey"') : text.index("exit status")]
    (tmp_path / "grid.toml").write_text(example)
    found = [one.name for one in sweeping.cells(tmp_path / "grid.toml")]
    assert len(found) == 2 * 3 * 2 + 3 * 2 * 2 and "predator_prey,wqmix,penalty=-6,alpha=0.1,seed=2" in found


def test_a_game_of_ones_own_is_swept_by_its_module(grid, capsys, monkeypatch):
    """In processes, which import it from the folder where the command was given."""
    monkeypatch.syspath_prepend(grid)
    (grid / "game_of_a_sweeps_test.py").write_text(GAME)
    own = {**GRID, "env": "game_of_a_sweeps_test:Mine", "mixer": "vdn", "seed": 0}
    (grid / "own.toml").write_text("\n".join(f"{name} = {value!r}" for name, value in own.items()))
    assert main(["sweep", "own.toml"]) == 0
    assert "two_step_of_a_test: returns at 6 updates" in capsys.readouterr().out
