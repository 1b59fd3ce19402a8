"""What took too long for a lecture, read from where it is kept: notebooks/recordings/ of the lectures."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from marl_helpers.basics.arguments import instance, shown

PLACES = (Path("recordings"), Path(__file__).parents[2] / "notebooks" / "recordings")  # beside a copy, then its home


@dataclass(frozen=True)
class Recorded:
    """The curve of a recorded training, and its returns, as a training.Run has them: to draw and compare alike."""

    curve: Mapping[str, np.ndarray]

    @property
    def returns(self) -> np.ndarray:
        """The mean return of the last test's greedy episodes, one for each seed."""
        return self.curve["returns"][-1]


def read(name: str) -> dict:
    """The recording of that name: its "provenance" and what was recorded.

    Raises FileNotFoundError where neither the present folder's recordings/ nor the lectures' has it.
    """
    instance(str, "the name of a recording", name=name)
    for place in PLACES:
        path = place / f"{name}.json"
        if path.exists():
            return json.loads(path.read_text(encoding="utf-8"))
    raise FileNotFoundError(
        f"there is no recording {name!r} in {' or '.join(str(place.absolute()) for place in PLACES)}: copy the folder "
        f"notebooks/recordings to beside your notebook, or make it again with python tools/record.py {name}"
    )


def run(name: str, *keys: str) -> Recorded:
    """A training among the recording's "runs", found by its keys, such as run("predator_prey", "-6", "qmix").

    Raises FileNotFoundError like `read`, and ValueError for keys that it has not.
    """
    found = read(name)["runs"]
    for key in keys:
        if not isinstance(key, str) or key not in found or "returns" in found:
            raise ValueError(f"recording {name!r} has no {shown(key)}: choose from {', '.join(found)}")
        found = found[key]
    if "returns" not in found:
        raise ValueError(f"recording {name!r} has several runs {list(keys)}: choose one of {', '.join(found)}")
    return Recorded({name: np.array(values, dtype=float) for name, values in found.items()})
