"""What `eval` and `film` have in common: the runs of folders, loaded by name."""

from pathlib import Path

from marl_helpers import envs
from marl_helpers.envs import told
from marl_helpers.envs.own import imported, is_own
from marl_helpers.training.loading import load, what
from marl_helpers.training.runs import Run


def loaded(folder: Path, env: str | None) -> Run:
    """The run of a folder. A module is imported only where the user names it; raises what `load` raises."""
    if env is None or not is_own(env):
        return load(folder, env)
    found = imported(env)
    if isinstance(found, envs.Env):
        return load(folder, found)
    options = told.takes(what(folder) or {"env": found.name, "options": {}}, None, "the folder")
    return load(folder, envs.make(found.name, **options))
