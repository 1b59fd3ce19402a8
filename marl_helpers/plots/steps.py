"""What a step of an episode is made of besides the world: every agent's utilities, and the mixer's output over time.

Both keep to the interface of worlds.py.
"""

from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np

from marl_helpers.basics import look
from marl_helpers.plots.base import SMALL, decimals, scale
from marl_helpers.plots.worlds import Plays

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes


class Utilities:
    """A row of values for each agent, its best the brightest: [ ] is what it plays, and hatched is not available."""

    def __init__(self, axes: "Axes", recording: dict, episode: dict):
        self.axes, self.names, self.agents = axes, recording["actions"], recording["agents"]
        self.values = np.array(episode["utilities"], dtype=float)  # [T, n, A], NaN for unavailable
        self.actions = episode["actions"]
        self.alike = len({tuple(names) for names in self.names}) == 1
        _, n, actions = self.values.shape
        axes.set(xlim=(-0.5, actions - 0.5), ylim=(n - 0.5, -0.5), yticks=range(n), yticklabels=self.agents)
        axes.set(xticks=range(actions) if self.alike else [], xticklabels=self.names[0] if self.alike else [])
        axes.tick_params(length=0, labelsize=SMALL, labeltop=True, labelbottom=False)
        axes.spines[:].set_visible(False)
        axes.set_title("utilities, each agent's best the brightest; [played]", fontsize=SMALL, loc="left", pad=5)

    def show(self, step: int, plays: Plays) -> list["Artist"]:
        if not plays:
            _, n, actions = self.values.shape
            style = {"ha": "center", "va": "center", "fontsize": SMALL, "color": look.QUIET}
            return [self.axes.text((actions - 1) / 2, (n - 1) / 2, "nothing follows", **style)]
        values = self.values[step]
        low, high = (pick(values, axis=-1, keepdims=True) for pick in (np.nanmin, np.nanmax))
        shades = (values - low) / np.where(high > low, high - low, 1)
        drawn = [self.axes.imshow(shades, cmap=scale(), vmin=0, vmax=1, aspect="auto")]
        for (i, a), shade in np.ndenumerate(shades):
            drawn += self._cell(step, i, a, shade, plays[i][0] == a)
        return drawn

    def _cell(self, step: int, i: int, a: int, shade: float, played: bool) -> list["Artist"]:
        from matplotlib.patches import Rectangle

        if np.isnan(shade):
            hatched = {"fill": False, "hatch": "///", "edgecolor": look.FAINT, "linewidth": 0}
            return [self.axes.add_patch(Rectangle((a - 0.5, i - 0.5), 1, 1, **hatched))]
        text = self.label(step, i, a)
        text = text if self.alike else f"{self.names[i][a]}\n{text}"
        drawn = [self.axes.text(a, i, text, ha="center", va="center", color=look.ink(shade), fontsize=SMALL)]
        if played:
            box = Rectangle((a - 0.46, i - 0.44), 0.92, 0.88, fill=False, edgecolor=look.INK, linewidth=2.5)
            drawn.append(self.axes.add_patch(box))
        return drawn

    def label(self, step: int, i: int, a: int) -> str:
        """A value as it is printed."""
        text = decimals(self.values[step, i, a], digits(self.values[step]))
        return f"[{text}]" if self.actions[step][i] == a else text

    def say(self, step: int) -> str:
        if step == len(self.values):
            return "no action follows"
        lines = []
        for i, agent in enumerate(self.agents):
            there = [a for a in range(self.values.shape[-1]) if np.isfinite(self.values[step, i, a])]
            lines.append(f"{agent}: " + ", ".join(f"{self.names[i][a]} {self.label(step, i, a)}" for a in there))
        return "\n".join(lines)


class Timeline:
    """The mixer's output as a line up to the present step, and the rewards of the steps before as bars."""

    def __init__(self, axes: "Axes", recording: dict, episode: dict):
        from matplotlib.ticker import MaxNLocator

        self.axes, self.team, self.reward = axes, np.array(episode["team"]), np.array(episode["reward"])
        every = [*self.team, *self.reward, 0]
        margin = 0.08 * (np.ptp(every) or 1)
        axes.set(xlim=(-0.6, len(self.team) + 0.1), ylim=(min(every) - margin, max(every) + margin))
        axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))
        axes.yaxis.set_major_locator(MaxNLocator(4))
        axes.tick_params(labelsize=SMALL)
        axes.axhline(0, color=look.QUIET, linewidth=0.8)
        axes.set_xlabel("step", fontsize=SMALL, labelpad=1)
        axes.spines[["top", "right"]].set_visible(False)

    def show(self, step: int, plays: Plays) -> list["Artist"]:
        now = min(step, len(self.team) - 1)
        x, width = np.arange(now + 1), min(6, 200 / len(self.team))
        bars = self.axes.vlines(x, 0, self.reward[x], color=look.REWARD, linewidth=width)
        line = self.axes.plot(x, self.team[x], color=look.INK, linewidth=1.5, marker="o", markevery=[now], markersize=5)
        said = fill(self.say(step), 26)
        title = self.axes.text(0, 1.02, said, transform=self.axes.transAxes, fontsize=SMALL, va="bottom")
        return [bars, *line, title]

    def say(self, step: int) -> str:
        if step == len(self.team):
            return "mixer's output (line) and rewards (bars)"
        output, reward = (decimals(x[step], digits(x)) for x in (self.team, self.reward))
        return f"mixer's output (line) {output}, reward (bars) {reward}"


def digits(values: np.ndarray) -> int:
    """How many decimals to print: three or so that count in the largest value, one more where it is 1 or larger."""
    power = int(np.floor(np.log10(np.nanmax(np.abs(values)) or 1)))
    return max(0, 3 - power if power >= 0 else 2 - power)
