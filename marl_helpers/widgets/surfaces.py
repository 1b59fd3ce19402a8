"""Q_tot as a surface over two agents' utilities, bending while a fit goes on, beside the table that it gives."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import traitlets

from marl_helpers import games
from marl_helpers.basics import arguments
from marl_helpers.basics.rounding import steady
from marl_helpers.exact.networks import Network
from marl_helpers.fitting.moments import network
from marl_helpers.fitting.runs import Fit
from marl_helpers.mixers import find
from marl_helpers.plots import mixing
from marl_helpers.plots.base import Picture, decimals, label, matrix, places
from marl_helpers.widgets.alive import Alive, Drawing, checks, module, styles
from marl_helpers.widgets.machines import numbers

REMEDY = "fits of this table, such as [fit(table, 'qmix', moments=[0, 100, 1000])]"


class Surface(Alive):
    """The mixers of some `fits` of a reward table, at the moments that those have kept; see `fit`'s moments.

    reward: the table, of two agents. fits: of VDN and QMIX or of one of them, with the same moments each. run: which of
    their runs, counted from 0. `moment` is the place of a moment, `turn` the angle from which it is seen, in degrees.
    Raises games.TableError for a table that is not two agents', and ValueError for fits without moments, of another
    table or method, and for a run that they have not.
    """

    _esm = module("numbers", "cells", "controls", "player", "drawing", "steps", "network", "surface")
    _css = styles("panel", "controls", "film", "surface")
    moment = traitlets.Int().tag(sync=True)
    turn = traitlets.Int(35).tag(sync=True)
    _reward = traitlets.List().tag(sync=True)
    _steps = traitlets.List().tag(sync=True)
    _methods = traitlets.List().tag(sync=True)

    def __init__(self, reward, fits: Sequence[Fit], run: int = 0):
        self.reward = matrix(reward=games.validate(reward))
        listed = [arguments.instance(Fit, REMEDY, fits=one) for one in arguments.several(REMEDY, fits=fits)]
        steps = [[moment.step for moment in one.moments] for one in listed]
        if any(one != steps[0] or not one for one in steps):
            raise ValueError(f"fits have kept moments {steps}: give {REMEDY}, all with the same moments")
        found = [(find(one.method).label, _networks(self.reward, one, run)) for one in listed]
        self.stands = [_Standing(label, self.reward, networks) for label, networks in found]
        methods = [
            {"label": one.label, "networks": [numbers(network) for network in one.networks]} for one in self.stands
        ]
        super().__init__(_reward=self.reward.tolist(), _steps=steps[0], _methods=methods)

    @checks("moment")
    def _is_moment(self, moment: int) -> int:
        return arguments.place(len(self._steps), "one of the moments", moment=moment)

    @checks("turn")
    def _is_angle(self, turn: int) -> int:
        return arguments.at_most(0, 90, "degrees", turn=turn)

    def settings(self) -> list[tuple[str, str]]:
        """After which step of the fit."""
        return [("step", f"{self._steps[self.moment]} of {self._steps[-1]}")]

    def drawing(self) -> Drawing:
        """What the page says of each method, and its fitted table: at this moment, and at the last one."""
        html = "".join(f"<p>{when}</p>{self.cards(k)}" for k, when in self._shown.items())
        said = [f"{when}, {one.label}: {one.say(k)}" for k, when in self._shown.items() for one in self.stands]
        return html, "\n".join(said)

    def figure(self) -> Picture:
        """The surfaces at the same moments."""
        rows = {when: {one.label: one.networks[k] for one in self.stands} for k, when in self._shown.items()}
        return mixing.bends(self.reward, rows, self.turn)

    @property
    def _shown(self) -> dict[int, str]:
        """The places of these moments, and what they are called."""
        return {k: f"after {self._steps[k]} steps" for k in sorted({self.moment, len(self._steps) - 1})}

    def cards(self, moment: int) -> str:
        """The methods' cards at a moment, as on the page but without the surfaces."""
        every = [self.reward, *(one.table(k) for one in self.stands for k in range(len(self._steps)))]
        ends = float(np.min(every)), float(np.max(every))
        return f'<div class="marl-cards">{"".join(one.card(moment, *ends) for one in self.stands)}</div>'


def _networks(reward: np.ndarray, fit: Fit, run: int) -> list[Network]:
    """One run's mixing networks, moment by moment, with the actions that the agents have."""
    if fit.fitted.shape[-2:] != reward.shape or fit.fitted.ndim != 3:
        raise ValueError(f"fits hold one of tables of shape {fit.fitted.shape[1:]}: give {REMEDY}")
    found = [network(moment, run) for moment in fit.moments]
    # Without the minus infinities at the end, for actions that only the other agent has.
    return [replace(one, utilities=[row[:k] for row, k in zip(one.utilities, reward.shape)]) for one in found]


@dataclass(frozen=True)
class _Standing:
    """A method at each moment, in words and as they are printed; static/surface.js says the same."""

    label: str
    reward: np.ndarray
    networks: Sequence[Network]

    def table(self, moment: int) -> np.ndarray:
        """Q_tot of every joint action."""
        team = self.networks[moment].team
        return np.array([[team((i, j)) for j in range(self.reward.shape[1])] for i in range(self.reward.shape[0])])

    def say(self, moment: int) -> str:
        """What the team plays and earns, and how far the table is from the reward."""
        played = self.networks[moment].greedy
        earned, most = self.reward[played], self.reward.max()
        error = np.square(self.table(moment) - self.reward).mean()
        return f"plays {played}, earns {earned:g} of {most:g}; error {decimals(error, 2)}"

    def card(self, moment: int, low: float, high: float) -> str:
        """That sentence and the fitted table, in colours from `low` to `high`."""
        table, played = self.table(moment), self.networks[moment].greedy
        rows = ""
        for i, row in enumerate(table):
            cells = ""
            for j, value in enumerate(row):
                text = label(value, places(table), self.reward[i, j] == self.reward.max(), (i, j) == played)
                kind = ' class="marl-played"' if (i, j) == played else ""
                cells += f'<td{kind} style="--heat: {steady((value - low) / ((high - low) or 1)):.2f}">{text}</td>'
            rows += f"<tr>{cells}</tr>"
        state = "good" if self.reward[played] == self.reward.max() else "bad"
        return (
            f'<section class="marl-card marl-{state}" aria-label="surface of {self.label}"><h4>{self.label}</h4>'
            f"<p>{self.say(moment)}</p><table><caption>Q_tot (rows: agent 1)</caption>"
            f"<tbody>{rows}</tbody></table></section>"
        )
