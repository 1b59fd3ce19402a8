"""The modules that a person names as an environment's source: what is missing, has moved, or fails by itself."""

from types import ModuleType

from marl_helpers.envs.adapters.simulators import optional
from marl_helpers.envs.adapters.theirs import EnvError, theirs

MOVED = {"gym": "gymnasium", "pettingzoo.magent": "magent2", "pettingzoo.mpe": "mpe2"}  # what is somewhere else now


def load(module: str, env: str) -> ModuleType:
    """That module.

    Raises ModuleNotFoundError, with what to install, for a missing package of `simulators.PINS`; ValueError for a
    module that there is not, or that needs one which has moved; EnvError from any other error of the module itself.
    """
    try:
        return theirs(env, f"importing {module}", optional, module, env)
    except EnvError as error:
        why = error.__cause__
        if isinstance(why, ModuleNotFoundError):
            missing = why.name
        elif isinstance(why, ImportError):
            missing = module
        else:
            raise
        if missing is None:  # what to install
            raise why from None
        for old, new in MOVED.items():
            if f"{missing}.".startswith(f"{old}."):
                raise ValueError(f"{env}: {module} needs {old}, which has moved: use {new} ({why})") from error
        if isinstance(why, ModuleNotFoundError) and f"{module}.".startswith(f"{missing}."):
            raise ValueError(f"{env}: there is no module {missing}: install it, or correct {module}") from None
        raise
