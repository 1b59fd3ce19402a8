"""Ray's tasks, on a cluster that a sweep starts and on one of several nodes: the same bytes, whatever is killed.

Ray is large, and `make` leaves it out: these tests lay it, as lock.txt pins it, over the environment that they run in.
"""

import json
import os
import shutil
import signal
import site
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from limits import HANG
from test_sweeping import GRID, metrics
from test_sweeps_ended import Program, trains

from marl_helpers import sweep, sweeps
from marl_helpers.sweeps import ray_clusters
from marl_helpers.sweeps.cells import DONE, FAILED

ROOT = Path(__file__).parents[2]
LONG = {**GRID, "seed": 0, "updates": 240, "test_every": 4}
NAMES = ["two_step,vdn,seed=0", "two_step,qmix,seed=0"]


@pytest.fixture(scope="module")
def python(tmp_path_factory) -> Iterator[Path]:
    """A Python with Ray over whatever this one has."""
    place = tmp_path_factory.mktemp("with-ray")
    with open(ROOT / "pyproject.toml", "rb") as file:
        wanted = tomllib.load(file)["project"]["optional-dependencies"]["ray"]
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
    (inner,) = place.glob("lib/python*/site-packages")
    (inner / "under.pth").write_text("\n".join(site.getsitepackages()))
    pip = [sys.executable, "-m", "pip", "--python", place / "bin/python", "install", "--quiet", "--no-input"]
    pip += ["--disable-pip-version-check", "--constraint", ROOT / "lock.txt", *wanted]
    done = subprocess.run(pip, capture_output=True, text=True, timeout=HANG)
    if done.returncode:
        pytest.skip(f"Ray could not be installed: {done.stderr}")
    yield place / "bin/python"
    shutil.rmtree(place)
