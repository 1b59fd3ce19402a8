"""The way in: one list of pins, clear words where something is missing, and a package that starts without torch."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PYPROJECT = (ROOT / "pyproject.toml").read_text()
PIN = re.compile(r"[A-Za-z0-9_.-]+==[0-9.]+")


def pins() -> list[str]:
    project = tomllib.loads(PYPROJECT)["project"]
    return project["dependencies"] + [pin for extra in project["optional-dependencies"].values() for pin in extra]


def run(*command, **settings) -> subprocess.CompletedProcess:
    return subprocess.run(command, capture_output=True, text=True, timeout=120, **settings)


def test_every_dependency_is_pinned_exactly_and_says_what_for():
    assert all(PIN.fullmatch(pin) for pin in pins())
    listed = PYPROJECT[PYPROJECT.index("\ndependencies") : PYPROJECT.index("[tool.")]
    explained = re.findall(r'^    "(\S+)",  # \S.{10,}$', listed, re.MULTILINE)
    assert explained == pins()
    assert len(set(pins())) == len(pins())


def test_conda_and_binder_install_the_same_pins():
    lines = [line.split(" #")[0].strip() for line in (ROOT / "environment.yml").read_text().splitlines()]
    listed = [line.removeprefix("- ") for line in lines[lines.index("- pip:") + 1 :]]
    assert [entry for entry in listed if not entry.startswith("-")] == pins()
    assert listed[-1] == "-e ."  # Binder installs the checkout itself, as everyone else does


def test_the_pins_are_what_is_installed():
    wanted = dict(pin.split("==") for pin in pins())
    assert {name: version(name).split("+")[0] for name in wanted} == wanted


@pytest.mark.parametrize("module", ["games", "exact", "plots"])
def test_imports_without_torch(module):
    code = f"import sys; sys.modules['torch'] = None; from marl_helpers import {module}; print({module}.__name__)"
    done = run(sys.executable, "-W", "error", "-c", code, cwd=ROOT)
    assert done.stdout == f"marl_helpers.{module}\n", done.stderr


def test_the_kernel_is_this_environments_own(tmp_path):
    other = tmp_path / ".local/share/jupyter/kernels/python3"  # where a user's other installation leaves its kernel
    other.mkdir(parents=True)
    (other / "kernel.json").write_text(json.dumps({"argv": ["false"], "display_name": "other", "language": "python"}))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")}
    done = run(
        *(sys.executable, "-m", "jupyter", "kernelspec", "list", "--json"),
        env=environment | {"HOME": str(tmp_path), "JUPYTER_PREFER_ENV_PATH": "1"},
    )
    assert Path(json.loads(done.stdout)["kernelspecs"]["python3"]["resource_dir"]).is_relative_to(sys.prefix)


@pytest.fixture
def clone(tmp_path) -> Path:
    """A copy of what `make lab` needs, with no .venv yet."""
    shutil.copytree(ROOT / "tools", tmp_path / "clone" / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / "clone")
    return tmp_path / "clone"


def make(clone: Path, *arguments: str, **settings) -> subprocess.CompletedProcess:
    """make in the copy, started by a person and not by the `make test` that may run this."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return run("make", *arguments, cwd=clone, env=environment | settings)


def assert_refused(done: subprocess.CompletedProcess, *words: str) -> None:
    """It failed with exactly one line of its own, with these words, and make's own line after it."""
    assert done.returncode == 2
    message, makes_own = done.stderr.splitlines()
    assert makes_own.startswith("make: ***")
    assert all(word in message for word in words), message


def test_an_old_or_missing_python_is_named_with_the_remedy(clone):
    old = clone / "python3"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.2\n[ "$1" = --version ]\n')
    old.chmod(0o755)
    assert_refused(make(clone, "lab", f"PYTHON={old}"), "3.11 or newer", "is Python 3.9.2", "make lab PYTHON=")
    assert_refused(make(clone, "lab", f"PYTHON={clone}/none"), "3.11 or newer", "is missing", "make lab PYTHON=")


def test_an_old_python3_gives_way_to_a_newer_one(clone):
    tools = clone / "bin"
    tools.mkdir()
    for name in ("sh", "awk", "id", "make"):
        (tools / name).symlink_to(shutil.which(name))
    (tools / "python3").write_text("#!/bin/sh\nexit 1\n")
    (tools / "python3").chmod(0o755)
    (tools / "python3.12").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (tools / "python3.12").chmod(0o755)
    assert_refused(make(clone, "lab", "NEED_GB=1e9", PATH=str(tools)), "The disk is short")


def test_a_taken_port_is_named_with_the_remedy(clone):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        assert_refused(make(clone, "lab", f"PORT={port}"), f"Port {port} is taken", "make lab PORT=8899")
    assert_refused(make(clone, "lab", "PORT=eight"), "PORT=eight is no port", "make lab PORT=8899")


def test_a_short_disk_is_named_with_the_remedy_and_leaves_nothing(clone):
    assert_refused(make(clone, "venv", "NEED_GB=1e9"), "The disk is short", "GB free", "Make room")
    assert_refused(make(clone, "venv", "TORCH=gpu"), "TORCH=gpu is unknown", "TORCH=cpu")
    assert not (clone / ".venv").exists()


@pytest.mark.parametrize("ready", [None, "", '{"folder": "/elsewhere"}'])
def test_an_interrupted_installation_is_not_believed(clone, ready):
    """A .venv without its last file, or made in another folder, is made anew (here as far as the disk check)."""
    python = clone / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    if ready is not None:
        (clone / ".venv" / "ready.json").write_text(ready)
    assert_refused(make(clone, "venv", "NEED_GB=1e9"), "The disk is short")


def test_the_small_torch_is_remembered(clone):
    """After TORCH=cpu, a new set-up asks for the small build's disk space, on any system."""
    (clone / ".venv").mkdir()
    (clone / ".venv" / "ready.json").write_text('{"torch": "cpu"}')
    done = make(clone, "venv", "NEED_GB=1e9")
    assert_refused(done, "The disk is short")
    assert "TORCH=cpu" not in done.stderr  # nothing smaller to offer


def test_help_lists_every_target(clone):
    targets = re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert re.findall(r"^make (\w+)", make(clone).stdout, re.MULTILINE) == targets
    assert {"help", "lab", "venv", "test", "notebooks"} == set(targets)
