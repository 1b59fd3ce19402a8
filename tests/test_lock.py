"""pyproject.toml, lock.txt and environment.yml agree, for every Python and system that they are for."""

import platform
import re
import sys
import tomllib
from importlib.metadata import distributions, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from marl_helpers.plots import films
from marl_helpers.sweeps import places, ray_clusters

ROOT = Path(__file__).parents[1]
PYPROJECT = (ROOT / "pyproject.toml").read_text()
PROJECT = tomllib.loads(PYPROJECT)["project"]
LOCK = (ROOT / "lock.txt").read_text()
LINES = [line.partition("#")[0] for line in LOCK.splitlines()]
APART = {"ray", *re.findall(r"^([\w-]+)==.*# via ray$", LOCK, re.MULTILINE)}  # what `make` leaves out, for its size
LOCKED = [Requirement(line) for line in LINES if line]
PYTHONS = "3.11.0", "3.11.15", "3.12.0", "3.12.15", "3.13.0", "3.13.15"
SYSTEMS = {"Linux": {"sys_platform": "linux"}, "macOS": {"sys_platform": "darwin"}}


def ranges() -> list[str]:
    extras = PROJECT["optional-dependencies"].values()
    return PROJECT["dependencies"] + [entry for extra in extras for entry in extra]


def test_what_is_missing_is_asked_for_in_the_versions_that_were_tried():
    assert {films.PIN, places.PIN, ray_clusters.PIN} < {*ranges()}


def locked(python: str, system: str) -> dict[str, str]:
    """The one version of each package that lock.txt pins for such a computer."""
    there = SYSTEMS[system] | {"python_version": python.rpartition(".")[0], "python_full_version": python}
    there |= {"os_name": "posix", "platform_system": system.replace("macOS", "Darwin")}
    pins = [pin for pin in LOCKED if pin.marker is None or pin.marker.evaluate(there)]
    assert len({pin.name for pin in pins}) == len(pins)
    return {pin.name: str(pin.specifier).removeprefix("==") for pin in pins}


def test_every_dependency_has_a_range_with_two_ends_and_says_what_for():
    assert all(re.fullmatch(r"[a-z0-9-]+>=[0-9.]+,<[0-9.]+", entry) for entry in ranges())
    listed = PYPROJECT[PYPROJECT.index("\ndependencies") : PYPROJECT.index("[tool.")]
    explained = re.findall(r'^    "(\S+)",  # \S.{10,}$', listed, re.MULTILINE)
    assert explained == ranges()
    assert len(set(ranges())) == len(ranges())


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("python", PYTHONS)
def test_the_lock_has_a_version_in_each_range(python, system):
    versions = locked(python, system)
    for wanted in map(Requirement, ranges()):
        assert wanted.specifier.contains(versions[wanted.name]), f"{wanted}: make lock"


@pytest.mark.parametrize("python", PYTHONS)
def test_the_lock_has_whatever_the_installed_packages_require(python):
    """On Linux, for which their metadata are here; torch alone may require what only its CUDA builds bring."""
    versions = locked(python, "Linux")
    here = {"python_version": python.rpartition(".")[0], "python_full_version": python, "extra": ""}
    for package in distributions():
        if canonicalize_name(package.name) in versions.keys() - {"torch"}:
            for wanted in map(Requirement, package.requires or []):
                if wanted.marker is None or wanted.marker.evaluate(here):
                    found = versions[canonicalize_name(wanted.name)]
                    assert wanted.specifier.contains(found), f"{package.name} requires {wanted}: make lock"


def test_the_lock_leaves_what_a_cuda_build_brings_to_that_build():
    assert "torch" in locked("3.11.0", "Linux")
    assert not [pin.name for pin in LOCKED if pin.name.startswith(("nvidia", "cuda", "triton"))]


def test_conda_and_binder_install_the_same_versions():
    lines = [line.split(" #")[0].strip() for line in (ROOT / "environment.yml").read_text().splitlines()]
    listed = [line.removeprefix("- ") for line in lines[lines.index("- pip:") + 1 :]]
    extras = ",".join(name for name in PROJECT["optional-dependencies"] if name not in APART)
    assert listed[1:] == ["-c lock.txt", f"-e .[{extras}]"]  # Binder too installs the checkout itself


def test_the_locked_versions_are_what_is_installed():
    every = locked(platform.python_version(), "macOS" if sys.platform == "darwin" else "Linux")
    wanted = {name: pin for name, pin in every.items() if name not in APART}
    assert {name: version(name).split("+")[0] for name in wanted} == wanted
