"""What `make test` runs goes on after a check that failed, and names it at the end."""

import re
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def tool():
    spec = spec_from_file_location("check", ROOT / "tools" / "check.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def ends(tool, monkeypatch, checks: dict[str, list[list[str]]]) -> bool:
    """Whether all is well after these checks."""
    monkeypatch.setattr(tool, "CHECKS", checks)
    monkeypatch.setattr(sys, "argv", ["check.py", *checks])
    with pytest.raises(SystemExit) as ended:
        tool.main()
    return ended.value.code == 0


def test_a_check_that_fails_is_named_and_stops_no_other(tool, monkeypatch, capfd):
    good = ["platform"]
    assert ends(tool, monkeypatch, {"one": [good], "two": [good, good]})
    assert not ends(tool, monkeypatch, {"one": [["no_such_module"], good], "two": [good]})
    said = [line.split(" in ")[0].split() for line in capfd.readouterr().out.splitlines() if " min" in line]
    assert said[-2:] == [["one", "FAILED"], ["two", "passed"]]


def test_a_worker_that_crashes_ends_its_check_and_is_named(tool, monkeypatch, capfd, tmp_path):
    (tmp_path / "test_dies.py").write_text("import os\n\ndef test_it():\n    os.kill(os.getpid(), 9)\n")
    (tmp_path / "test_lives.py").write_text("def test_it():\n    pass\n")
    assert not ends(tool, monkeypatch, {"crash": [[*tool.PYTEST, str(tmp_path)]], "next": [["platform"]]})
    said = capfd.readouterr().out
    assert "crashed while running" in said and "test_dies.py::test_it" in said
    assert [line.split()[:2] for line in said.splitlines()[-2:]] == [["crash", "FAILED"], ["next", "passed"]]


def test_make_runs_every_check(tool):
    named = re.findall(r"tools/check.py (.*)", (ROOT / "Makefile").read_text())
    assert sorted(" ".join(named).split()) == sorted(tool.CHECKS)
