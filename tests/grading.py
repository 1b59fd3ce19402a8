"""A course of nbgrader's in a folder, driven by its own commands."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
from limits import HANG

ROOT = Path(__file__).parents[1]
PATIENT = [f"--Execute.{name}={HANG}" for name in ("timeout", "startup_timeout", "iopub_timeout")]


def marked(notebook, what):
    """The cells that nbgrader has marked so."""
    return [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get(what)]


def nbgrader(course: Path, *arguments: str, fails: bool = False) -> str:
    """What one of nbgrader's commands says, of which it is known whether it ends well."""
    command = [sys.executable, "-m", "nbgrader", *arguments, f"--course={course}"]
    done = subprocess.run(command, cwd=course, capture_output=True, text=True, timeout=HANG, env=environment(course))
    assert bool(done.returncode) == fails, done.stdout + done.stderr
    return done.stdout + done.stderr


def environment(home: Path) -> dict[str, str]:
    """Without the user's own settings; kernels find the package that is under test."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])  # nbgrader calls alembic by its name
    return clean | {"HOME": str(home), "JUPYTER_PREFER_ENV_PATH": "1", "PYTHONPATH": str(ROOT), "PATH": path}


def submit(course: Path, name: str, student: str, answers: dict[str, str], change: Callable = lambda one: None) -> Path:
    """Hand in the released notebook with these sources in the cells of those names; returns its file."""
    notebook = nbformat.read(course / "release" / name / f"{name}.ipynb", 4)
    for cell in marked(notebook, "solution"):
        cell.source = answers.get(cell.metadata.nbgrader.grade_id, cell.source)
    change(notebook)
    folder = course / "submitted" / student / name
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / f"{name}.ipynb")
    return folder / f"{name}.ipynb"
