"""Recorded episodes to scrub through: the world, every agent's utilities and the mixer's output, step by step."""

from collections.abc import Mapping

import traitlets

from marl_helpers.basics import arguments
from marl_helpers.plots.base import Picture, image
from marl_helpers.plots.films import Film
from marl_helpers.widgets.alive import Alive, Drawing, checks, module, styles
from marl_helpers.widgets.frames import numbers


class Episodes(Alive):
    """A choice of episode, a slider over its steps and buttons that play them, above what `plots.frame` shows.

    recording: what scenes.record returns. episode, step: where it opens, counted from 0, and where it stands; another
    episode begins at step 0. The page draws it by itself, from the numbers in `film`.
    Raises ValueError for an episode or a step there is not.
    """

    _esm = module("numbers", "controls", "drawing", "worlds", "steps", "film")
    _css = styles("panel", "controls", "film")
    film = traitlets.Dict().tag(sync=True)
    episode = traitlets.Int().tag(sync=True)
    step = traitlets.Int().tag(sync=True)

    def __init__(self, recording: Mapping, episode: int = 0, step: int = 0):
        self.recording, self._film = recording, Film(recording, episode)
        step = self._film.check(step)
        super().__init__(film=numbers(recording), episode=self._film.number)
        self.step = step

    @checks("episode")
    def _check_episode(self, episode: int) -> int:
        return arguments.place(len(self.film["episodes"]), "one of the recording's", episode=episode)

    @checks("step")
    def _check_step(self, step: int) -> int:
        return arguments.place(self._steps + 1, "a step of this episode", step=step)

    @traitlets.observe("episode")
    def _begin(self, _change) -> None:
        self.step = 0

    @property
    def _steps(self) -> int:
        return len(self.film["episodes"][self.episode]["reward"])

    @property
    def text(self) -> str:
        """The step in words, as the page says it."""
        if self._film.number != self.episode:
            self._film = Film(self.recording, self.episode)
        return self._film.say(self.step)

    def settings(self) -> list[tuple[str, str]]:
        """The episode and the step, in words."""
        return [("episode", self.film["episodes"][self.episode]["name"]), ("step", f"{self.step} of {self._steps}")]

    def drawing(self) -> Drawing:
        """The picture of the step, and what it shows in words."""
        said = self.text
        self._film.show(self.step)
        return image(Picture(self._film.figure, said).svg(), said), said
