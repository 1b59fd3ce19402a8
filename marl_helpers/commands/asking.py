"""What is asked for in a command: an environment by its name, and what a folder keeps of the training that is there."""

from collections.abc import Mapping
from typing import Any

from marl_helpers import envs, mixers
from marl_helpers.commands.reading import pair
from marl_helpers.envs import own, told
from marl_helpers.training.config import CONFIG


def environment(name: str | None, given: Mapping[str, Any], before: Mapping[str, Any] | None) -> envs.Env:
    """The environment of that name, or the one of before; options: those given over those of before.

    before: what a file tells of a training, where there is one; of that nothing is imported, unless `name` names it.
    """
    if name and own.is_own(name):
        found = own.imported(name)
        same = isinstance(found, type) and before and before["env"] == found.name
        return own.made(name, {**(told.takes(before, None, CONFIG) if same else {}), **given})
    if before and name in (None, told.typed(before)):
        if before["env"] not in envs.ENVS:
            raise ValueError(
                f"env is {before['env']!r}, which is not this project's: name it, --env MODULE:CLASS, "
                f"where {CONFIG} says {before.get('class')}"
            )
        return envs.make(before["env"], **{**told.takes(before, name, CONFIG), **given})
    return envs.make(name or "two_step", **given)


def mixer(name: str | None, given: Mapping[str, Any], before: Mapping[str, Any] | None) -> tuple[str, dict[str, Any]]:
    """The method and its options: those given over those of before. Raises ValueError for what it has not."""
    name = name or (before["method"] if before else "qmix")
    method = mixers.find(name)
    same = before and before["method"] == method.name
    options = {**(before["settings"]["mixer_options"] if same else {}), **given}
    method.configured({option: value for option, value in options.items() if option != "width"})
    return name, options


def pairs(texts: list[str]) -> dict[str, Any]:
    """NAME=VALUE, several times."""
    return dict(map(pair, texts))


def where(name: str | None, folder: str) -> str:
    """What a command is told of a folder whose environment had to be named."""
    return f"{folder} --env {name}" if name and ":" in name else folder
