"""A trained team without its mixer: files of the agents alone, for robots that act each on its own.

    deployment.export(run, "team")            # team.json, agents.safetensors, agent_1.onnx, agent_2.onnx, ...
    robot = deployment.Robot("team", 1)       # needs onnxruntime and NumPy, not PyTorch
    robot.reset()
    action = robot.act(obs, available)

The mixer and the state were needed to learn; where every agent's own best action is the team's, neither is to act.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from marl_helpers.basics import arguments, files
from marl_helpers.robots import onnx_agents
from marl_helpers.robots.robot import AGENT, ANY, FORMAT, TEAM, Robot, TeamError, read_file, read_team

if TYPE_CHECKING:
    from marl_helpers.envs import Env
    from marl_helpers.mixers import Mixer
    from marl_helpers.training.agents import Agents
    from marl_helpers.training.runs import Run

__all__ = ["Robot", "TeamError", "check", "export", "load_agents", "read_team"]
WEIGHTS = "agents.safetensors"
PINS = {"onnx": "onnx>=1.17,<2", "safetensors": "safetensors>=0.4.5,<0.9"}
LITTER = {".DS_Store", ".ipynb_checkpoints", "Thumbs.db", "desktop.ini"}  # what systems and Jupyter leave anywhere
STAGE = ".exporting."  # begins the names of folders that a killed export leaves


def export(run: "Run", folder: str | Path, seed: int | None = None) -> Path:
    """Write the agents of one of a run's seeds, without the mixer; returns the folder.

    seed: counted from 0; None takes the best final test return among those that have not diverged (each was tested on
    games of its own, so that luck has a part in it).

    agents.safetensors has their shared weights by their names in agents.Agents, without the run axis; agent_<k>.onnx
    is agent k, counted from 1 (see onnx_agents.write), and of entity agents agent_any.onnx is each of them, in a team
    of any size; team.json says what they are, how they tested, and the files' SHA-256. They come into being whole: any
    exception, Control-C among them, leaves nothing, or a team that was there before.

    Raises what `check` raises, ValueError for a seed that the run has not or that diverged, for weights that are not
    finite, and for agents of another class, and files.NotWritten for a folder that cannot be written to.
    """
    from marl_helpers.training.agents import Agents
    from marl_helpers.training.entity_agents import EntityAgents
    from marl_helpers.training.runs import Run

    folder = arguments.path(folder=folder)
    agents = arguments.instance(Run, "a run that train returned", run=run).learner.agents
    check(type(run.learner.mixer), folder)
    if type(agents) not in (Agents, EntityAgents):
        raise ValueError(f"the agents are {type(agents).__name__}: only Agents and EntityAgents can be written")
    k = _chosen(run, seed)
    weights = {name: x[k].detach().cpu().numpy() for name, x in agents.state_dict().items()}
    if broken := [name for name, x in weights.items() if not np.isfinite(x).all()]:
        raise ValueError(f"seed {k} has weights {broken[0]} that are not finite: choose another seed")
    team = _describe(run, k, "asked for" if seed is not None else "the best final test return")
    contents = _contents(weights, team)
    team["files"] = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    contents[TEAM] = (json.dumps(team, indent=1, allow_nan=False) + "\n").encode()
    try:
        with _whole(folder) as place:
            for name, content in contents.items():
                files.write(place / name, content)
    except OSError as error:  # files.NotWritten among them, which names a file of a folder that is gone by now
        raise files.NotWritten(folder, error.__cause__ or error) from error
    return folder


def check(method: type["Mixer"], folder: str | Path) -> None:
    """Raise what would keep a team of that method from being exported to that folder, before it is trained.

    ModuleNotFoundError, with what to install; ValueError for a method whose greedy joint action takes more than each
    agent's own best one, and for a folder that holds something else than a team.
    """
    from marl_helpers.mixers import Mixer

    folder = arguments.path(folder=folder)
    if not isinstance(method, type) or not issubclass(method, Mixer):
        arguments.refuse("method", method, "its class, such as mixers.find('qmix')")
    _need(*PINS)
    if method.greedy is not Mixer.greedy:
        raise ValueError(
            f"method is {method.name!r}, whose agents do not play each its own best action: apart they would play "
            "otherwise than trained; train with another, such as qmix"
        )
    if strange := _strange(folder):
        raise ValueError(f"{folder} is in use, and holds no team ({strange} is in it): give another folder")


def _need(*packages: str) -> None:
    if missing := [package for package in packages if find_spec(package) is None]:
        pins = " ".join(f"'{PINS[package]}'" for package in missing)
        raise ModuleNotFoundError(f"a team's files need {' and '.join(missing)}: pip install {pins}")


def _strange(folder: Path) -> str | None:
    """The name of something in a folder that makes it no team's; None where a team can be put."""
    if not folder.is_dir():
        return folder.name if folder.exists() else None
    names = {path.name for path in folder.iterdir()} - LITTER
    staged = {name for name in names if name.startswith(STAGE)}
    return min(names - staged - (_of_team(folder) if TEAM in names or staged else set()), default=None)


def _of_team(folder: Path) -> set[str]:
    """The names of a team's files in a folder."""
    return {path.name for path in folder.iterdir() if path.match(AGENT.format("*")) or path.name in (TEAM, WEIGHTS)}


def load_agents(folder: str | Path, env: "Env") -> "Agents":
    """The agents in PyTorch, as a run of one seed, for an environment of the same sizes.

    Raises TeamError for missing, damaged or foreign files, ValueError for an environment of other sizes, and
    ModuleNotFoundError, with what to install, without safetensors.
    """
    _need("safetensors")
    import safetensors.torch

    from marl_helpers.envs import Env
    from marl_helpers.mixers import layers
    from marl_helpers.training.agents import Agents
    from marl_helpers.training.entity_agents import EntityAgents

    folder, team = arguments.path(folder=folder), read_team(folder)
    arguments.instance(Env, "an environment, such as envs.make('two_step')", env=env)
    of_any = team["format"] == ANY
    for name in ("n_actions", "entity_dim") if of_any else ("n_agents", "n_actions", "obs_dim"):
        if team[name] != getattr(env, name):
            raise ValueError(f"{env.name} has {name} {getattr(env, name)}, and the team {team[name]}: give its own")
    try:
        weights = safetensors.torch.load(read_file(folder, team, WEIGHTS))
        if len(weights["encode.bias"].flatten()) != team["hidden"]:  # before agents of any size are made
            raise RuntimeError(f"hidden is {team['hidden']}, and encode.bias {list(weights['encode.bias'].shape)}")
        sizes = (env, layers.generators(0, 1), team["hidden"])
        agents = EntityAgents(*sizes, team["pooling"]) if of_any else Agents(*sizes)
        agents.load_state_dict({name: x.unsqueeze(0) for name, x in weights.items()})
    except (safetensors.SafetensorError, KeyError, RuntimeError) as error:  # no such file; other names or shapes
        reason = " ".join(str(error).split())
        raise TeamError(f"{folder / WEIGHTS} does not hold the agents of {TEAM} ({reason})") from error
    return agents


def _chosen(run: "Run", seed: int | None) -> int:
    seeds = len(run.returns)
    if seed is None:
        sound = [k for k in range(seeds) if np.isfinite(run.returns[k])]
        if not sound:
            why = "; ".join(run.diverged.values()) or "no test has a finite return"
            raise ValueError(f"no seed can be exported: {why}")
        return max(sound, key=lambda k: run.returns[k])
    seed = arguments.place(seeds, "one of the run's", seed=seed)
    if not np.isfinite(run.returns[seed]):
        why = run.diverged.get(seed, "its last test has no finite return")
        raise ValueError(f"seed is {seed}, and {why}: choose another")
    return seed


def _describe(run: "Run", seed: int, chosen: str) -> dict[str, Any]:
    from marl_helpers import envs
    from marl_helpers.training.entity_agents import EntityAgents

    env, agents = run.env, run.learner.agents
    any_size = {}
    if isinstance(agents, EntityAgents):
        any_size = {"format": ANY, "entity_dim": env.entity_dim, "pooling": agents.pooling}
    try:
        package = version("marl_helpers")
    except PackageNotFoundError:  # used from a folder, without being installed
        package = None
    return {
        "format": FORMAT,
        "package": package,
        **envs.describe(env),
        "method": run.method,
        "seed": seed,
        "chosen": f"{chosen}, of {len(run.returns)} seeds",
        "updates": int(run.curve["updates"][-1]),
        "test_return": float(run.returns[seed]),
        "test_episodes": run.plan.test_episodes,
        **{name: int(getattr(env, name)) for name in ("n_agents", "n_actions", "obs_dim")},
        "hidden": agents.hidden,
        "agents": list(env.agent_names),
        "actions": [list(names) for names in env.action_names],
        **any_size,
    }


def _contents(weights: Mapping[str, np.ndarray], team: Mapping[str, Any]) -> dict[str, bytes]:
    """The bytes of every file by its name, but for team.json."""
    import safetensors.numpy

    if team["format"] == ANY:
        agents = {AGENT.format("any"): onnx_agents.write_any(weights, team, team["pooling"])}
    else:
        agents = {AGENT.format(k + 1): onnx_agents.write(weights, team, k) for k in range(team["n_agents"])}
    arrays = {name: np.ascontiguousarray(x) for name, x in weights.items()}
    return {WEIGHTS: safetensors.numpy.save(arrays, {"format": FORMAT}), **agents}


@contextmanager
def _whole(folder: Path) -> Iterator[Path]:
    """Lend an empty folder; what is in it at the end is the team. Where there was an error, all is as before.

    A folder that is there stays itself: it may be the present one of a program or a shell, or another disk's.
    """
    folder = folder.absolute()
    there = folder.is_dir()
    home = folder if there else folder.parent
    home.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=STAGE, dir=home))
    new, old = beside / "new", beside / "old"
    try:
        new.mkdir()  # with the usual permissions, which mkdtemp's folder lacks
        yield new
        if there:
            _exchange(folder, new, old)
            for left in folder.glob(f"{STAGE}*"):
                shutil.rmtree(left, ignore_errors=True)
        else:
            os.replace(new, folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)  # the folder may be gone


def _exchange(folder: Path, new: Path, old: Path) -> None:
    """Put the files of the new team into the folder, and those of the one before out of it. team.json makes a team."""
    before, after = (sorted(_of_team(place), key=TEAM.__ne__) for place in (folder, new))
    old.mkdir()
    try:
        for name in before:
            os.replace(folder / name, old / name)
        for name in reversed(after):
            os.replace(new / name, folder / name)
    except BaseException:
        for name in after:
            if not (new / name).exists():
                os.replace(folder / name, new / name)
        for name in reversed(before):
            if os.path.lexists(old / name):  # what was there may have been a link to nowhere
                os.replace(old / name, folder / name)
        raise
