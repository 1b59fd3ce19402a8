"""A team's utilities and its mixing network in plain numbers, as a picture of the mixer needs them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from marl_helpers.basics import arguments


@dataclass(frozen=True)
class Network:
    """Q_tot = w2 . elu(W1 q + b1) + v of a team's joint actions (Rashid et al. 2018, figure 2), for one sample.

    utilities: of each agent a row of numbers, one an action, minus infinity where it is not available. w1 [n, H],
    b1 [H], w2 [H] and v, a number. With no hidden unit, H = 0, the mixer is a sum: Q_tot = q_1 + ... + q_n + v
    (Sunehag et al. 2018, equation 1). Weights may be negative here, which breaks what QMIX promises.
    Raises ValueError for utilities without a finite number, for numbers that are not finite, and for other shapes.
    """

    utilities: Sequence[Sequence[float]]
    w1: np.ndarray | None = None
    b1: np.ndarray | None = None
    w2: np.ndarray | None = None
    v: float = 0.0

    def __post_init__(self):
        rows = arguments.several("a row of numbers for each agent", utilities=self.utilities)
        object.__setattr__(self, "utilities", tuple(_row(i, row) for i, row in enumerate(rows)))
        n, none = len(self.utilities), {"w1": np.zeros((len(rows), 0)), "b1": np.zeros(0), "w2": np.zeros(0)}
        given = {name: none[name] if getattr(self, name) is None else getattr(self, name) for name in none}
        for name, value in given.items():
            object.__setattr__(self, name, arguments.array(name, value, "an array of finite numbers").astype(float))
        width = self.b1.shape[-1] if self.b1.ndim else -1
        for name, shape in {"w1": (n, width), "b1": (width,), "w2": (width,)}.items():
            if getattr(self, name).shape != shape:
                found = f"{name} has shape {getattr(self, name).shape}"
                raise ValueError(f"{found}: give w1 as [{n} agents, H], and b1 and w2 as [H], one H for all three")
            if not np.isfinite(getattr(self, name)).all():
                raise ValueError(f"{name} holds what is not finite: give finite numbers")
        object.__setattr__(self, "v", float(arguments.finite(v=self.v)))

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many actions each agent has."""
        return tuple(len(row) for row in self.utilities)

    @cached_property
    def greedy(self) -> tuple[int, ...]:
        """The first of each agent's own best actions."""
        return tuple(int(row.argmax()) for row in self.utilities)

    def hidden(self, actions: Sequence[int]) -> np.ndarray:
        """The hidden units of a joint action, after ELU, [H]."""
        z = self._chosen(actions) @ self.w1 + self.b1
        return np.where(z > 0, z, np.expm1(np.minimum(z, 0)))

    def team(self, actions: Sequence[int]) -> float:
        """Q_tot of a joint action."""
        mixed = self.hidden(actions) @ self.w2 if len(self.w2) else self._chosen(actions).sum()
        return float(mixed + self.v)

    def rescaled(self, mean: float, unit: float) -> "Network":
        """The network whose Q_tot is unit * Q_tot + mean, with utilities in the same units: unit * q + mean / n."""
        unit = arguments.finite("a number above 0", np.nextafter(0, 1), unit=unit)
        shift, w1 = arguments.finite(mean=mean) / len(self.utilities), self.w1 / unit
        return replace(
            self,
            utilities=[unit * row + shift for row in self.utilities],
            w1=w1,
            b1=self.b1 - shift * w1.sum(0),
            w2=unit * self.w2,
            v=unit * self.v + (mean if len(self.w2) else 0.0),
        )

    def _chosen(self, actions: Sequence[int]) -> np.ndarray:
        played = arguments.cell(self.sizes, actions=actions)
        return np.array([row[a] for row, a in zip(self.utilities, played, strict=True)])


def _row(agent: int, row: object) -> np.ndarray:
    """An agent's utilities as an array."""
    name = f"utilities of agent {agent + 1}"
    remedy = "a row of numbers, minus infinity only for what is not available"
    found = arguments.array(name, row, remedy).astype(float)
    if found.ndim != 1 or not np.isfinite(found).any() or not (np.isfinite(found) | (found == -np.inf)).all():
        arguments.refuse(name, row, remedy)
    return found
