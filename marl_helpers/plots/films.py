"""Recorded episodes step by step: the world, every agent's utilities, and what the mixer makes of them over time."""

import subprocess
from collections.abc import Iterator
from io import BytesIO
from itertools import accumulate
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from marl_helpers.basics import arguments, look
from marl_helpers.plots.base import WIDTH, Picture, decimals, drawn
from marl_helpers.plots.steps import Timeline, Utilities
from marl_helpers.plots.worlds import KINDS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from PIL.Image import Image

PIN = "imageio-ffmpeg>=0.8.1,<0.9"
WORLD = 3.05  # inches, of the world and of the timeline beside it


def frame(recording: dict, episode: int = 0, step: int = 0) -> Picture:
    """One step of an episode that scenes.record took down: where everything stands, and the actions chosen there.

    The last step is the end, from which nothing is chosen. Raises ValueError for an episode or a step there is not.
    """
    film = Film(recording, episode)
    return Picture(film.figure, film.show(step))


class Film:
    """An episode of a recording, drawn on one figure that is kept: `show` changes it to another step.

    Raises ValueError for an episode there is not.
    """

    @drawn
    def __init__(self, recording: dict, episode: int = 0):
        from matplotlib.figure import Figure

        if not arguments.mapping(recording=recording).get("episodes"):
            arguments.refuse("recording", recording, "what scenes.record returned")
        episode = arguments.place(len(recording["episodes"]), "one of the recording's", episode=episode)
        self.recording, self.number, self.episode = recording, episode, recording["episodes"][episode]
        self.steps = len(self.episode["reward"])
        self.figure = Figure(facecolor=look.PAPER)
        self.parts, self._drawn, self._still = [], [], None
        self._lay_out()

    def _lay_out(self) -> None:
        kind, n = KINDS.get(self.episode["scenes"][0].get("kind")), len(self.recording["agents"])
        table = max(0.8, min(0.5 * n, max(1.6, 0.3 * n)))  # inches
        top = max(WORLD + 0.13 * n, 0.26 * n + 1.1) + 0.35 if kind else 2.2
        height = top + table + 0.75
        self.figure.set_size_inches(WIDTH, height)

        def axes(left: float, bottom: float, width: float, high: float) -> "Axes":
            return self.figure.add_axes((left / WIDTH, bottom / height, width / WIDTH, high / height))

        right, floor = WIDTH - 0.12, height - top
        if kind:
            place = axes(0.1, floor, WORLD, top - 0.35)
            place.set_axis_off()
            place.set_anchor("N")
            self.parts.append(kind(place, self.episode["scenes"]))
        left = WORLD + 0.75 if kind else 0.95
        time = axes(left, floor + 0.55, right - left, top - 1.4)
        rows = axes(0.95, 0.1, right - 0.95, table)
        self.parts += [Utilities(rows, self.recording, self.episode), Timeline(time, self.recording, self.episode)]

    @drawn
    def show(self, step: int) -> str:
        """Draw this step, and say in words what is drawn. Raises ValueError for a step there is not."""
        step = self.check(step)
        while self._drawn:
            self._drawn.pop().remove()
        plays = []
        if step < self.steps:
            chosen = self.episode["actions"][step]
            plays = [(a, names[a]) for a, names in zip(chosen, self.recording["actions"])]
        title = self.title(step)
        self._drawn.append(self.figure.text(0.012, 0.99, title, weight="bold", va="top"))
        for part in self.parts:
            self._drawn += part.show(step, plays)
        return self.say(step)

    def say(self, step: int) -> str:
        """This step in words. Raises ValueError for a step there is not."""
        step = self.check(step)
        return "\n".join([self.title(step), *(part.say(step) for part in self.parts)])

    def check(self, step: int) -> int:
        """The step; raises ValueError for one there is not."""
        return arguments.place(self.steps + 1, "a step of this episode", step=step)

    @drawn
    def png(self, dpi: int = 150) -> bytes:
        """The step shown, as the bytes of a PNG file: axes and grids, which stay, are drawn but once."""
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.image import imsave

        if self._still is None or self.figure.dpi != dpi:
            self.figure.set_dpi(dpi)
            canvas = FigureCanvasAgg(self.figure)
            for artist in self._drawn:
                artist.set_visible(False)
            canvas.draw()
            for artist in self._drawn:
                artist.set_visible(True)
            self._still = canvas.copy_from_bbox(self.figure.bbox)
        canvas = self.figure.canvas
        canvas.restore_region(self._still)
        for artist in sorted(self._drawn, key=lambda artist: artist.zorder):
            self.figure.draw_artist(artist)
        buffer = BytesIO()
        imsave(buffer, canvas.buffer_rgba(), format="png", pil_kwargs={"compress_level": 1})
        return buffer.getvalue()

    def title(self, step: int) -> str:
        """Which step of what this is, and what the team has earned, this step included."""
        earned = decimals(earnings(self.episode)[step], 2)
        count = f"episode {self.number + 1} of {len(self.recording['episodes'])}"
        what = f"{self.recording['env']}, {self.recording['method']}, {count}"
        over = f"; {ending(self.episode)}" if step == self.steps else ""
        return f"{what}, step {step} of {self.steps}: earned {earned}{over}"


def gif(recording: dict, pause: int = 400) -> bytes:
    """All episodes of a recording that scenes.record took down, one after the other, as the bytes of a GIF file.

    pause: milliseconds that a step is shown; an episode's end is shown three times as long.
    """
    pause = arguments.at_least(1, pause=pause)
    images, shown = zip(*_images(recording))
    buffer, small = BytesIO(), [image.quantize(128) for image in images]
    durations = [pause * times for times in shown]
    small[0].save(buffer, "GIF", save_all=True, append_images=small[1:], duration=durations, loop=0)
    return buffer.getvalue()


def mp4(recording: dict, pause: int = 400) -> bytes:
    """The same as the bytes of an MP4 file (H.264), which is smaller and does not begin again by itself.

    Raises ModuleNotFoundError where the package imageio-ffmpeg is missing.
    """
    pause = arguments.at_least(1, pause=pause)
    try:
        from imageio_ffmpeg import get_ffmpeg_exe
    except ModuleNotFoundError:
        raise ModuleNotFoundError(f"an .mp4 needs imageio-ffmpeg: pip install '{PIN}'") from None
    images = [(_even(image), times) for image, times in _images(recording)]
    size, shown = images[0][0].size, [image.tobytes() for image, times in images for _ in range(times)]
    given = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "{}x{}".format(*size), "-r", str(1000 / pause), "-i", "-"]
    with TemporaryDirectory() as place:
        path = Path(place) / "film.mp4"
        command = [get_ffmpeg_exe(), "-loglevel", "error", *given, "-c:v", "libx264", "-pix_fmt", "yuv420p", path]
        subprocess.run(command, input=b"".join(shown), check=True)
        return path.read_bytes()


def _images(recording: dict) -> Iterator[tuple["Image", int]]:
    """Each step of each episode as a picture, and how many times as long as a step it is shown."""
    from PIL import Image  # matplotlib brings it

    for number in range(len(Film(recording).recording["episodes"])):
        film = Film(recording, number)
        for step in range(film.steps + 1):
            film.show(step)
            yield Image.open(BytesIO(film.png(dpi=100))).convert("RGB"), 3 if step == film.steps else 1


def _even(image: "Image") -> "Image":
    """The picture with a width and a height that H.264 takes."""
    from PIL import ImageOps

    return ImageOps.expand(image, (0, 0, image.width % 2, image.height % 2), look.PAPER)


def earnings(episode: dict) -> list[float]:
    """What the team has earned with each step, and at the end."""
    earned = list(accumulate(episode["reward"]))
    return [*earned, *(earned[-1:] or [0.0])]


def ending(episode: dict) -> str:
    """How an episode ended."""
    return "the game is over" if episode["terminated"] else "cut by the time limit"
