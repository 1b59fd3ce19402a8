"""What a training is, in a text for people to read and compare: config.json in its folder.

Anybody may have written one. It is read as plain values, and no module is imported because it says so.
"""

import json
import platform
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Protocol

from marl_helpers.basics import files
from marl_helpers.training.plan import PYMARL, Plan

CONFIG = "config.json"
FORMAT = "marl_helpers config 1"
LARGEST = 10**7  # bytes: what is longer was not written here
HERE = Path(__file__).parents[2]
PACKAGES = ("marl_helpers", "torch", "numpy")
PARTS = ("options", "plan", "settings")  # of what a training is: those with names of their own


class Training(Protocol):
    """What is told of a training: loop.Training."""

    env: object
    device: str
    plan: Plan

    def what(self) -> dict: ...


class ConfigError(ValueError):
    """A file that is no config.json, or a damaged one."""


def write(folder: Path, training: Training) -> None:
    """Put down what the training is and, below, each program that trained here; raises files.NotWritten."""
    try:
        before = (read(folder) or {}).get("programs", [])
    except ConfigError:  # it is written anew
        before = []
    here = program(training.device)
    what = training.what()
    content = {
        "format": FORMAT,
        **what,
        "class": f"{type(training.env).__module__}:{type(training.env).__qualname__}",
        "plan": {"updates": training.plan.updates, **what["plan"]},
        "programs": before if before[-1:] == [here] else [*before, here],
    }
    files.write(folder / CONFIG, text(content))


def text(content: Mapping[str, Any]) -> str:
    """As JSON, a line for each value, and for each list of numbers."""
    lists = re.compile(r"\[\s+([^]\[{}\"]+?)\s+\]")  # of numbers, as a text would have its marks
    return lists.sub(lambda found: f"[{' '.join(found[1].split())}]", json.dumps(content, indent=1)) + "\n"


def read(folder: Path) -> dict[str, Any] | None:
    """What `write` put down, with what older versions lacked; None where there is no file. Raises ConfigError."""
    path = folder / CONFIG
    if not path.exists():
        return None
    try:
        if not path.is_file() or path.stat().st_size > LARGEST:
            raise ConfigError(f"{path} is no {CONFIG}: it is no file of at most {LARGEST:,} bytes")
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise ConfigError(f"{path} is damaged ({type(error).__name__}): take it away") from error
    known = isinstance(content, dict) and content.get("format") == FORMAT
    if not known or not isinstance(content.get("programs"), list):
        raise ConfigError(f"{path} is no {CONFIG} of this version: it lacks the format {FORMAT!r}")
    return complete(content)


def complete(what: Mapping[str, Any]) -> dict[str, Any]:
    """What a file says that a training is, with the settings that there were not yet; raises ConfigError."""
    kinds = {"env": str, "method": str, "seeds": int, "seed": int, "device": str, **dict.fromkeys(PARTS, dict)}
    for name, kind in kinds.items():
        if not isinstance(what, Mapping) or type(what.get(name)) is not kind:
            raise ConfigError(f"what the training is lacks {name!r}, or has an odd one: give another folder")
    return {**what, "settings": {**asdict(PYMARL), **what["settings"]}}


def difference(theirs: Mapping[str, Any], mine: Mapping[str, Any]) -> str:
    """The one thing, or the first, in which two trainings differ, with both values; nothing where they agree."""
    theirs, mine = _flat(complete(theirs)), _flat(mine)
    for name in dict.fromkeys((*mine, *theirs)):
        old, new = theirs.get(name, "not there"), mine.get(name, "not there")
        if old != new and (name in mine or name.partition(".")[0] in PARTS):
            return f"the checkpoint's {name.partition('.')[2] or name} is {old!r}, and this training's {new!r}"
    return ""


def _flat(what: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """Each plain value by its path, such as "settings.mixer_options.alpha"."""
    found = {}
    for name, value in what.items():
        inner = isinstance(value, dict) and (not above or name == "mixer_options")
        found |= _flat(value, f"{above}{name}.") if inner else {f"{above}{name}": value}
    return found


def program(device: str) -> dict[str, Any]:
    """What trains here: the command, the commit of this package, versions, and the device."""
    from marl_helpers.basics.devices import describe

    return {
        "command": shlex.join(sys.orig_argv),
        "commit": commit(),
        "versions": {"python": platform.python_version(), **{name: _version(name) for name in PACKAGES}},
        "device": describe(device),
    }


def commit() -> str | None:
    """The commit of the checkout that this package runs from, marked where files differ; None without a checkout."""
    if not (HERE / ".git").exists():
        return None
    try:
        command = ["git", "-C", HERE, "describe", "--always", "--dirty", "--exclude=*", "--abbrev=40"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:  # used from a folder, without being installed
        return None


def asked(folder: Path, done: int) -> int:
    """The updates that were last asked for in a folder; those done, where an older version did not put them down."""
    try:
        return (read(folder) or {}).get("plan", {}).get("updates", done)
    except ConfigError:
        return done
