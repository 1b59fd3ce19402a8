"""A team for the check of a robot that acts alone: its sizes, and what its networks were told and played together."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

ROBOTS, SIGHTS, ACTIONS, HIDDEN = 3, 3, 4, 8
EPISODES = (1, 5, 3, 6, 4, 5)  # their steps
LOWER = (0, 0, 100_000)  # by how much a robot's utilities are below what its network was made to give
Message = dict[str, Any]
Network = Callable[[np.ndarray, int, np.ndarray], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True, eq=False)
class Team:
    """All steps of several episodes: what each robot was told, the simulator's state, and what was played.

    told: [step][robot]. actions: [steps, robots], of the team's networks, run together.
    """

    networks: list[Network]
    told: list[list[Message]]
    states: list[np.ndarray]
    actions: np.ndarray
