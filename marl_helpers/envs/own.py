"""An environment of one's own by the name of its module: MODULE:CLASS, or MODULE:INSTANCE."""

from marl_helpers.envs.adapters import sources
from marl_helpers.envs.base import Env, make


def is_own(name: str) -> bool:
    """Whether that is a module's: my.module:Game, where a family's member would follow a slash."""
    return ":" in name.partition("/")[0]


def imported(name: str) -> type[Env] | Env:
    """The class or the instance that MODULE:NAME is. The module is imported: only because the user named it.

    Raises ValueError where there is no such module, or none of that name in it, or something else.
    """
    module, _, attribute = name.partition(":")
    found = getattr(sources.load(module, name), attribute, None) if module and attribute else None
    if isinstance(found, Env) or (isinstance(found, type) and issubclass(found, Env)):
        return found
    raise ValueError(f"env is {name!r}, which is no Env: give MODULE:CLASS, or an instance of one")


def made(name: str, options: dict) -> Env:
    """The environment of any name, of this project's or one's own, with these options.

    Raises ValueError for a bad name or option, and for options of an instance, which has its own.
    """
    if not is_own(name):
        return make(name, **options)
    found = imported(name)
    if not isinstance(found, Env):
        return make(found.name, **options)
    if options:
        raise ValueError(f"env is {name!r}, an instance, which has its options: leave out {min(options)!r}")
    return found
