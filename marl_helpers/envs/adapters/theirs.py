"""Whose code it is: the errors of other people's environments stay theirs, and their instances are closed.

Nothing of ours is imported, as worker processes have this too.
"""

import traceback
import warnings
from collections.abc import Callable
from typing import Any


class EnvError(Exception):
    """An environment's own code raised an error: that one is the cause of this, with its place and its traceback."""


def theirs(env: str, what: str, call: Callable, *arguments, **named) -> Any:
    """What a function of an environment returns; raises EnvError, which says what was asked, from what it raises."""
    try:
        return call(*arguments, **named)
    except (EnvError, MemoryError):  # named already; the machine's
        raise
    except Exception as error:
        _, *frames = traceback.extract_tb(error.__traceback__)
        place = f" ({frames[-1].filename}:{frames[-1].lineno}, in {frames[-1].name})" if frames else ""
        raise EnvError(f"{env}: {what} raised {type(error).__name__}: {error}{place}") from error


def close(env: str, instances: list) -> None:
    """Close and forget them all; of one that cannot be closed there is a RuntimeWarning, as its games are played."""
    while instances:
        instance = instances.pop()
        try:
            if callable(end := getattr(instance, "close", None)):
                theirs(env, "close", end)
        except EnvError as error:
            warnings.warn(str(error), RuntimeWarning, stacklevel=2)
