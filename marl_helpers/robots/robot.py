"""A robot: one agent that acts alone, with NumPy and onnxruntime. No PyTorch, no mixer, and nothing of the others.

It needs no other file of this package: with team.json and its own agent_<k>.onnx it can be copied to a machine of its
own. As a program,

    python -m marl_helpers.robots.robot FOLDER AGENT [OBS_DIM]

prints a line of JSON once it is ready, and then answers every `question` on its standard input with an `answer` on its
standard output, until the input ends.
"""

import hashlib
import json
import operator
import os
import stat
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

FORMAT = "marl_helpers team 2"
ANY = "marl_helpers team of any size 1"  # whose agents see rows: one file for all of them
FIRST = {"marl_helpers team 1": 0, FORMAT: 1}  # the number of the first agent's file: an older team is read too
TEAM, AGENT = "team.json", "agent_{}.onnx"  # in a team's folder; robots are counted from 1
SIZES = ("n_agents", "n_actions", "obs_dim", "hidden")
INPUTS, OUTPUTS = ("obs", "last_action", "available", "memory"), ("action", "utilities", "new_memory")
PIN = "onnxruntime>=1.20.1,<2"
LARGEST = 2**31 - 1  # bytes of a file: no ONNX file can have more
NONE = -1  # the last action before the first step


class TeamError(ValueError):
    """A folder that holds no team, or files of it that are damaged, foreign or missing."""


def place(folder: str | Path) -> Path:
    """The folder, where `~` is the user's own."""
    return Path(os.path.expanduser(folder))


def read_team(folder: str | Path) -> dict[str, Any]:
    """What team.json says of a team; raises TeamError where it is missing, damaged or something else."""
    if not isinstance(folder, str | os.PathLike):
        raise TeamError(f"folder is {folder!r:.80}: give the path of what deployment.export wrote")
    path = place(folder) / TEAM
    try:
        team = json.loads(_read(path))
    except FileNotFoundError:
        raise TeamError(
            f"{folder} holds no team: it lacks {TEAM}, which deployment.export writes, or train --export"
        ) from None
    except (OSError, ValueError, RecursionError) as error:  # no text, or no JSON
        raise TeamError(f"{path} is damaged ({type(error).__name__}): copy or export the team again") from error
    if not isinstance(team, dict) or team.get("format") not in (*FIRST, ANY):
        raise TeamError(f"{path} is no team of this version: it lacks the format {FORMAT!r}")
    sizes = [team.get(name) for name in (*SIZES, *(["entity_dim"] if team["format"] == ANY else []))]
    if not all(type(size) is int and size > 0 for size in sizes) or not isinstance(team.get("files"), dict):
        raise TeamError(f"{path} is damaged: it lacks files, or sizes {', '.join(SIZES)} of at least 1")
    return team


def read_file(folder: str | Path, team: dict[str, Any], name: str) -> bytes:
    """A file's bytes; raises TeamError where it is missing, or not the one that team.json was written with."""
    path = place(folder) / name
    try:
        content = _read(path)
    except OSError as error:
        raise TeamError(f"{path} cannot be read ({error.strerror or error}): copy or export the team again") from None
    if hashlib.sha256(content).hexdigest() != team["files"].get(name):
        raise TeamError(f"{path} is damaged, or another team's: it is not what {TEAM} names. Copy or export it again")
    return content


def _read(path: Path) -> bytes:
    found = path.stat()
    if not stat.S_ISREG(found.st_mode) or found.st_size > LARGEST:  # a device has no end
        raise OSError(f"it is no file of at most {LARGEST:,} bytes")
    return path.read_bytes()


class Robot:
    """One agent, acting on what it alone sees: its memory and its last action are its own.

    folder: what `deployment.export` wrote; of it only team.json and this agent's file are read. agent: its number, from
    1. Loading executes nothing but the operators of ONNX. In a team of any size all agents have one file, so that any
    number of robots can join it, with any number of rows to see.

    `utilities` [n_actions] float32 are those of the last step, of unavailable actions too; None before the first.
    Raises TeamError for missing, damaged or foreign files, ValueError for an agent that the team has not, and
    ModuleNotFoundError, with what to install, without onnxruntime.
    """

    def __init__(self, folder: str | Path, agent: int):
        self.team = read_team(folder)
        n_agents = self.team["n_agents"]
        try:
            self.agent = 0 if isinstance(agent, bool) else operator.index(agent)  # of NumPy's whole numbers too
        except TypeError:
            self.agent = 0
        self.any = self.team["format"] == ANY
        if self.agent < 1 or (self.agent > n_agents and not self.any):
            raise ValueError(f"agent is {agent!r:.80}: give one of the team's, from 1 to {n_agents}")
        name = AGENT.format("any" if self.any else self.agent - 1 + FIRST[self.team["format"]])
        self._session = _session(read_file(folder, self.team, name), place(folder) / name)
        n_actions, obs_dim, hidden = (self.team[size] for size in SIZES[1:])
        found = [(one.name, one.shape) for one in self._session.get_inputs()]
        if found != list(zip(INPUTS, (["size"] if self.any else [obs_dim], [], [n_actions], [hidden]))):
            raise TeamError(f"{place(folder) / name} does not fit {TEAM}: it takes {found}. Export the team again")
        self.reset()

    def reset(self) -> None:
        """Begin an episode: nothing is remembered."""
        self.last, self.memory = NONE, np.zeros(self.team["hidden"], np.float32)
        self.utilities: np.ndarray | None = None

    def act(self, obs: ArrayLike, available: ArrayLike) -> int:
        """The available action of the highest utility, the first of several; it is remembered as the last action.

        obs [obs_dim], of a team of any size [rows * entity_dim] with its own row first; available [n_actions], true or
        false. Raises ValueError for other shapes, for an observation that
        is not finite, and where no action is available; the memory is then what it was.
        """
        obs = self._array("obs", obs, "obs_dim", np.float32)
        available = self._array("available", available, "n_actions", bool)
        if not np.isfinite(obs).all():
            raise ValueError(f"obs[{np.isfinite(obs).argmin()}] is not finite (NaN or infinite): give finite numbers")
        if not available.any():
            raise ValueError(f"available leaves agent {self.agent} no action: give at least one")
        seen = dict(zip(INPUTS, (obs, np.array(self.last), available, self.memory)))
        action, self.utilities, self.memory = self._session.run(OUTPUTS, seen)
        self.last = int(action)
        return self.last

    def _array(self, name: str, given: ArrayLike, size: str, kind: type) -> np.ndarray:
        try:
            found = np.asarray(given)
            sound = found.dtype.kind in "biuf" and not np.ma.is_masked(given)
        except (TypeError, ValueError, RuntimeError):  # ragged, or a tensor that NumPy does not read
            sound = False
        if not sound:
            raise ValueError(
                f"{name} is {' '.join(repr(given).split()):.80}: give {self.team[size]} numbers, the {size}"
            )
        if self.any and size == "obs_dim":
            if found.ndim != 1 or not found.size or found.size % self.team["entity_dim"]:
                row = f"its own row first, each of {self.team['entity_dim']} numbers"
                raise ValueError(f"{name} has shape {list(found.shape)}: give whole rows one after the other, {row}")
        elif found.shape != (self.team[size],):
            raise ValueError(f"{name} has shape {list(found.shape)}: give [{self.team[size]}], the {size}")
        return found.astype(kind)


def _session(model: bytes, path: Path):
    """The model, ready to run on one thread: it is too small to be shared among several."""
    try:
        import onnxruntime
    except ModuleNotFoundError:
        raise ModuleNotFoundError(f"a robot needs onnxruntime: pip install '{PIN}'") from None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors
    try:
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own have no base class in common
        raise TeamError(f"{path} is no agent that onnxruntime can load ({type(error).__name__})") from error


def question(team: dict[str, Any]) -> np.dtype:
    """What a robot's process is asked in a step, as bytes: whether an episode begins, and what the robot alone sees."""
    return np.dtype([("begins", "?"), ("obs", "<f4", team["obs_dim"]), ("available", "?", team["n_actions"])])


def answer() -> np.dtype:
    """What it answers: the action, and the seconds that deciding took."""
    return np.dtype([("action", "<i4"), ("seconds", "<f8")])


def main(folder: str, agent: str, obs_dim: str | None = None) -> None:
    """Answer until the input ends. obs_dim: how many numbers an observation has, if other than in training."""
    robot = Robot(folder, int(agent))
    asked = question(robot.team | ({} if obs_dim is None else {"obs_dim": int(obs_dim)}))
    said = np.zeros((), answer())
    print(json.dumps({"agent": robot.agent, "torch": "torch" in sys.modules}), flush=True)
    while len(frame := sys.stdin.buffer.read(asked.itemsize)) == asked.itemsize:
        now = np.frombuffer(frame, asked)[0]
        began = time.perf_counter()
        if now["begins"]:
            robot.reset()
        said["action"] = robot.act(now["obs"], now["available"])
        said["seconds"] = time.perf_counter() - began
        sys.stdout.buffer.write(said.tobytes())
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (ModuleNotFoundError, TypeError, ValueError) as error:
        sys.exit(f"error: {error}")
