"""Recorded episodes to scrub through: the world, every agent's utilities and the mixer's output, step by step."""

from collections.abc import Mapping

import ipywidgets

from marl_helpers.plots.base import decimals
from marl_helpers.plots.films import WIDTH, Film, ending
from marl_helpers.widgets.still import Still
from marl_helpers.widgets.view import Drawing, View

INTERVAL = 400  # milliseconds between two steps when it plays


class Episodes(View):
    """A choice of episode, a slider over its steps and a play button, above `plots.frame` of them.

    recording: what scenes.record returns. episode, step: where it opens, counted from 0.
    An error in it shows below, until the next change, and is raised. Raises ValueError for an episode or a step there
    is not.
    """

    def __init__(self, recording: Mapping, episode: int = 0, step: int = 0):
        self.recording, self.film = recording, Film(recording, episode)
        episode, step = self.film.number, self.film.check(step)
        named = [(_named(k, one), k) for k, one in enumerate(recording["episodes"])]
        wide = {"width": "34em", "max_width": "98%"}
        self.episode = ipywidgets.Dropdown(options=named, value=episode, description="episode", layout=wide)
        self.step = ipywidgets.IntSlider(step, max=self.film.steps, description="step", layout=wide)
        self.play = ipywidgets.Play(value=step, max=self.film.steps, interval=INTERVAL, show_repeat=False)
        self.still = Still(width=round(100 * WIDTH))
        super().__init__([self.episode, self.step], self._draw_step)
        ipywidgets.jslink((self.play, "value"), (self.step, "value"))
        steps = ipywidgets.HBox([self.step, self.play], layout={"flex_flow": "row wrap"})
        self.children = [self.episode, steps, self.still, self.panel]

    def settings(self) -> list[tuple[str, str]]:
        """The episode and the step, in words."""
        return [("episode", self.episode.label), ("step", f"{self.step.value} of {self.film.steps}")]

    def _show(self, change=None) -> None:
        if change is not None and change.owner is self.episode:
            drawn = self.step.value != 0
            self.play.value = self.step.value = 0  # which draws the new episode, unless it was there already
            self.play.max = self.step.max = len(self.recording["episodes"][self.episode.value]["reward"])
            if drawn:
                return
        super()._show(change)

    def _draw_step(self, values: tuple[int, int]) -> Drawing:
        episode, step = values
        if self.film.number != episode:
            self.film = Film(self.recording, episode)
        said = self.film.show(step)
        with self.still.hold_sync():
            self.still.picture, self.still.alt = self.film.png(), said
        return "", said

    def twin(self) -> str:
        """The controls and the picture, for a page without widgets."""
        return f"{super().twin()}\n{self.still.html()}"


def _named(number: int, episode: Mapping) -> str:
    """An episode in the menu."""
    earned = decimals(sum(episode["reward"]), 2)
    return f"{number + 1}: earns {earned} in {len(episode['reward'])} steps, {ending(episode)}"
