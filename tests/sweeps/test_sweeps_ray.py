"""Ray's tasks, on a cluster that a sweep starts and on one of four nodes: the same bytes, whatever is killed.

Ray is large, and `make` leaves it out: these tests lay it, as lock.txt pins it, over the environment that they run in.
"""

import json
import os
import re
import shutil
import site
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from limits import HANG
from test_sweeping import GRID
from test_sweeps_ended import LONG, NAMES, Program, begin, same, trains, undisturbed  # noqa: F401

from marl_helpers import sweep
from marl_helpers.sweeps.cells import FAILED, LOST, Ended
from marl_helpers.sweeps.grid import cells
from marl_helpers.sweeps.places import LOG, Ray, _logged

ROOT = Path(__file__).parents[2]
THIRD = "two_step,qmix,seed=1"  # which fails
THREE = {**LONG, "parts": [{}, {"mixer": "qmix", "seed": 1}]}
# The first node has the cluster's own programs and no CPU: the three others train.
FOUR_NODES = """
import sys
import ray
from ray.cluster_utils import Cluster
from marl_helpers.sweeps.ray_clusters import _altered, _on_loopback
with _altered(*_on_loopback(ray)):
    cluster = Cluster()
    for cpus in (0, 1, 1, 1):
        cluster.add_node(num_cpus=cpus, node_ip_address="127.0.0.1", object_store_memory=80 * 10**6)
print(cluster.address, flush=True)
sys.stdin.read()
cluster.shutdown()
"""


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


def trainer(program: Program, folder: Path) -> psutil.Process:
    """What trains in a folder now: the program that has its lock open."""
    while True:
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if any(file.path == str(folder / ".lock") for file in process.open_files()):
                    return process
        assert program.process.poll() is None, program.process.communicate()


def listens(processes: list[psutil.Process]) -> set[str]:
    """The addresses at which these wait for others."""
    found = set()
    for process in processes:
        with suppress(psutil.Error):
            found |= {one.laddr.ip for one in process.net_connections() if one.status == psutil.CONN_LISTEN}
    return found


@pytest.mark.learning
def test_its_own_cluster_comes_to_the_same_bytes_though_one_is_killed_and_one_fails(
    python,
    begin,  # noqa: F811
    tmp_path,
    undisturbed,  # noqa: F811
):
    sweep({**LONG, "mixer": "qmix", "seed": 1, "rate": 0.5, "updates": 1}, tmp_path, quiet=True)
    program = begin(THREE, python=python, on="ray")
    program.wait(lambda: trains(tmp_path / NAMES[0]))
    assert listens(program.children()) <= {"127.0.0.1", "::ffff:127.0.0.1"} and listens(program.children())
    trainer(program, tmp_path / NAMES[0]).kill()
    status, out, errors = program.end()
    assert status == 0 and "Traceback" not in errors, errors
    assert out.startswith(f"3 trainings in {tmp_path}: 2 done, 1 failed\n{THIRD}: failed (CheckpointError: ")
    assert "rate is 0.5, and this training's 0.0005" in out
    assert "Traceback" in (tmp_path / THIRD / LOG).read_text()
    same(tmp_path, undisturbed)
    programs = json.loads((tmp_path / NAMES[0] / "config.json").read_text())["programs"]
    assert [one["device"].endswith("CPU, 1 threads") for one in programs] == [True, True]
    assert program.all_gone()


@pytest.fixture
def four_nodes(python, monkeypatch) -> Iterator[str]:
    """The address of a cluster of four nodes, all on the loopback."""
    # Else Ray replaces 127.0.0.1 in the address by this machine's outer one, where these nodes do not listen.
    monkeypatch.setenv("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    how = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "env": environment}
    with subprocess.Popen([python, "-c", FOUR_NODES], **how) as process:
        address = process.stdout.readline().strip()
        nodes = psutil.Process(process.pid).children(recursive=True)
        try:
            assert address, "the cluster did not start"
            yield address
        finally:
            process.stdin.close()
            process.wait(timeout=HANG)
            for node in nodes:
                with suppress(psutil.Error):
                    node.kill()


@pytest.mark.learning
def test_where_one_node_of_four_dies_its_training_goes_on_on_another(
    python,
    four_nodes,
    begin,  # noqa: F811
    tmp_path,
    undisturbed,  # noqa: F811
):
    program = begin(python=python, on="ray", workers=None, place={"address": four_nodes})
    node = trainer(program, tmp_path / NAMES[0]).parent()
    assert node.name() == "raylet"
    program.wait(lambda: trains(tmp_path / NAMES[0]))
    for process in (node, *node.children(recursive=True)):  # a machine that dies takes all its programs with it
        with suppress(psutil.Error):
            process.kill()
    status, out, errors = program.end()
    assert (status, out) == (0, f"2 trainings in {tmp_path}: 2 done\n"), errors
    same(tmp_path, undisturbed)
    programs = [json.loads((tmp_path / name / "config.json").read_text())["programs"] for name in NAMES]
    assert list(map(len, programs)) == [2, 1]


@pytest.mark.learning
@pytest.mark.parametrize(
    ("place", "message"),
    [
        ({"address": "127.0.0.1:1"}, r"address is '127.0.0.1:1', and Ray says: .*: start a cluster with `ray start"),
        ({"address": "nowhere"}, r"address is 'nowhere', and Ray says: .*: start a cluster with `ray start"),
    ],
)
def test_a_cluster_that_is_not_there_is_named(place, message, python, tmp_path):
    status, _, errors = Program(tmp_path, GRID, None, python, on="ray", place=place).end()
    assert status == 1 and re.search(f"ValueError: {message}", errors), errors


def test_what_a_task_says_goes_into_its_log_and_no_folder_is_a_failure(tmp_path):
    (cell,) = cells({**GRID, "mixer": "vdn", "seed": 0})
    folder = tmp_path / cell.name
    ended = _logged(cell.asked, str(folder))
    assert ended.kind == FAILED and f"{folder / LOG} cannot be written" in ended.why and "every machine" in ended.why
    folder.mkdir()
    assert _logged({**cell.asked, "rate": -1.0}, str(folder)).kind == FAILED
    assert "ValueError: rate is -1.0" in (folder / LOG).read_text()


@pytest.mark.parametrize(
    ("error", "ended"),
    [
        (RuntimeError("The worker\ndied"), Ended(LOST, "RuntimeError: The worker died")),
        (
            RuntimeError("ModuleNotFoundError: No module named 'marl_helpers'"),
            Ended(FAILED, "a machine of the cluster lacks marl_helpers: install it there, and start again"),
        ),
    ],
)
def test_what_ray_says_of_a_task_is_an_end(error, ended):
    place, future = Ray.__new__(Ray), Future()
    assert place.ended((None, future)) is None
    future.set_exception(error)
    assert place.ended((None, future)) == ended
