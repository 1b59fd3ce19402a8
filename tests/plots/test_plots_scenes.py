"""Frames of recorded episodes: what they draw is read back from the drawing, whichever step was drawn before."""

import json
import subprocess
import sys
from io import BytesIO
from itertools import combinations
from tempfile import NamedTemporaryFile

import imageio_ffmpeg
import numpy as np
import pytest
from films import KINDS, MOVES, recording
from hypothesis import given, settings
from hypothesis import strategies as st
from limits import HANG
from matplotlib.colors import to_rgb
from matplotlib.image import imread
from matplotlib.patches import Rectangle
from matplotlib.text import Annotation, Text
from PIL import Image

from marl_helpers.basics import look
from marl_helpers.plots.films import PIN, Film, frame, gif, mp4


def shown(made, step):
    """A film at that step, its parts, and its text."""
    film = Film(made, 0)
    said = film.show(step)
    return film, film.parts, said


def markers(axes, shape):
    """Where markers of that shape are."""
    return [tuple(line.get_xydata()[0].tolist()) for line in axes.lines if line.get_marker() == shape]


@given(seed=st.integers(0, 99), n=st.integers(2, 6), step=st.integers(0, 5))
@settings(max_examples=15)
def test_a_grid_has_a_numbered_disc_for_each_agent_and_a_diamond_for_each_prey_that_is_there(seed, n, step):
    made = recording(n=n, seed=seed)
    _, (grid, *_), said = shown(made, step)
    here = made["episodes"][0]["scenes"][step]
    numbers = {text.get_text(): text.get_position() for text in grid.axes.texts if text.get_text().isdecimal()}
    there = {str(i + 1): (place[1], place[0]) for i, place in enumerate(here["agents"]) if place}
    assert numbers == there and set(markers(grid.axes, "o")) == set(there.values())
    assert markers(grid.axes, "D") == [(place[1], place[0]) for place in here["prey"] if place]
    assert grid.axes.yaxis_inverted() and not grid.axes.xaxis_inverted()  # row 0 on top
    gone = [f"agent {i + 1}" for i, place in enumerate(here["agents"]) if not place]
    gone += [f"prey {i + 1}" for i, place in enumerate(here["prey"]) if not place]
    texts = [text.get_text() for text in grid.axes.texts]
    assert (f"gone: {', '.join(gone)}" in [text.replace("\n", " ") for text in texts]) == bool(gone)
    for i, place in enumerate(here["agents"]):
        assert (f"agent {i + 1} in row {place[0] + 1}, column {place[1] + 1}" in said) if place else True


@pytest.mark.parametrize("kind", ["grid", "plane"])
def test_an_arrow_goes_where_an_agent_wants_to_and_a_ring_is_around_who_catches(kind):
    made = recording(kind, n=6)
    made["episodes"][0]["actions"][0] = list(range(6))
    places = [[1, 1], [1, 3], [1, 5], [3, 1], [3, 3], [3, 5]]
    made["episodes"][0]["scenes"][0]["agents"] = places
    film, (world, *_), _ = shown(made, 0)
    film.png()  # settles where everything is
    drawn = {}
    for arrow in (text for text in world.axes.texts if isinstance(text, Annotation) and text.arrow_patch):
        start, end = world.axes.transData.transform([arrow.xyann, arrow.xy])  # in pixels, upwards
        place = [*arrow.xyann] if kind == "plane" else [*arrow.xyann[::-1]]
        drawn[MOVES[places.index(place)]] = tuple(np.sign(np.round(end - start, 3)).tolist())
    assert drawn == {"right": (1, 0), "down": (0, -1), "left": (-1, 0), "up": (0, 1)}
    rings = [line for line in world.axes.lines if line.get_markeredgewidth() == 2.5]
    assert [tuple(ring.get_xydata()[0]) for ring in rings] == ([(5, 3)] if kind == "grid" else [])


def test_a_plane_shows_positions_paths_and_the_goal_within_limits_that_stay():
    made = recording("plane", n=2)
    scenes, limits = made["episodes"][0]["scenes"], set()
    for step, here in enumerate(scenes):
        _, (plane, *_), said = shown(made, step)
        discs = [[*line.get_xydata()[0]] for line in plane.axes.lines if line.get_markersize() == 17]
        assert discs == here["agents"]
        assert [markers(plane.axes, shape)[0] for shape in "sDp"] == [tuple(place) for place in here["landmarks"]]
        ring = [line for line in plane.axes.lines if line.get_fillstyle() == "none"]
        assert [[*line.get_xydata()[0]] for line in ring] == [here["landmarks"][1]]
        paths = [line.get_xydata().tolist() for line in plane.axes.lines if line.get_marker() == "None"]
        assert paths == [[one["agents"][i] for one in scenes[: step + 1]] for i in range(2)]
        assert "goal (ringed): landmark B; heard: nothing yet" in said
        limits.add((plane.axes.get_xlim(), plane.axes.get_ylim()))
    ((low, high), (bottom, top)) = limits.pop()
    every = np.array([place for here in scenes for place in (*here["agents"], *here["landmarks"])])
    assert not limits and (every > [low, bottom]).all() and (every < [high, top]).all()


def test_tables_have_the_present_state_in_colour_and_the_play_in_brackets():
    made = recording("tables", actions=2)
    made["episodes"][0]["scenes"][1]["now"], made["episodes"][0]["actions"][1] = 2, [1, 0]
    _, (tables, *_), said = shown(made, 1)
    texts = [text.get_text() for text in tables.axes.texts]
    assert [text for text in texts if text.strip("[]").isdecimal()] == ["7"] * 4 + ["0", "1", "[1]", "8"]
    coloured = [patch for patch in tables.axes.patches if patch.get_facecolor()[3]]
    assert len(coloured) == 4 and "branch 1: 0 1, 1 8" in said
    assert [text.get_text() for text in tables.axes.texts if text.get_weight() == "bold"] == ["branch 1", "[1]"]


@given(seed=st.integers(0, 99), step=st.integers(0, 4), scale=st.sampled_from([0.01, 1, 100, 1e4]), alike=st.booleans())
@settings(max_examples=20)
def test_every_utility_is_printed_the_play_is_marked_and_what_is_unavailable_is_hatched(seed, step, scale, alike):
    made = recording(n=3, seed=seed, scale=scale, alike=alike)
    episode = made["episodes"][0]
    _, (_, rows, _), said = shown(made, step)
    values = np.array(episode["utilities"][step], dtype=float)
    cells = {text.get_position()[::-1]: text.get_text().split("\n") for text in rows.axes.texts}
    assert set(cells) == set(map(tuple, np.argwhere(np.isfinite(values)).tolist()))
    accuracy = 0.006 * np.nanmax(np.abs(values))
    for (i, a), (*name, text) in cells.items():
        played = episode["actions"][step][i] == a
        assert text.startswith("[") == text.endswith("]") == played
        assert float(text.strip("[]")) == pytest.approx(values[i, a], abs=accuracy)
        assert name == ([] if alike else [made["actions"][i][a]])
        assert f"{made['actions'][i][a]} {text}" in said.splitlines()[2 + i]
    boxes = [patch for patch in rows.axes.patches if isinstance(patch, Rectangle)]
    middle = {(round(box.get_y() + 0.44), round(box.get_x() + 0.46)): box for box in boxes if not box.get_hatch()}
    assert set(middle) == set(enumerate(episode["actions"][step]))
    hatched = {(round(box.get_y() + 0.5), round(box.get_x() + 0.5)) for box in boxes if box.get_hatch()}
    assert hatched == set(map(tuple, np.argwhere(np.isnan(values)).tolist()))


def test_each_agents_best_is_the_brightest_and_every_number_can_be_read():
    made = recording(n=3)
    _, (_, rows, _), _ = shown(made, 0)
    shades = np.ma.filled(rows.axes.images[0].get_array().astype(float), np.nan)
    values = np.array(made["episodes"][0]["utilities"][0], dtype=float)
    assert np.array_equal(np.nanargmax(shades, 1), np.nanargmax(values, 1)) and np.nanmax(shades, 1).tolist() == [1] * 3

    def luminance(rgb):
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb]
        return np.dot(linear, [0.2126, 0.7152, 0.0722])

    for text in rows.axes.texts:
        a, i = text.get_position()
        colour = rows.axes.images[0].cmap(shades[i, a])[:3]
        bright, dark = sorted([luminance(to_rgb(text.get_color())), luminance(colour)], reverse=True)
        assert (bright + 0.05) / (dark + 0.05) >= 4.5  # WCAG AA


def test_the_mixers_output_and_the_rewards_are_drawn_up_to_the_step_within_limits_that_stay():
    made = recording(scale=3.0)
    episode, limits = made["episodes"][0], set()
    for step in range(6):
        _, (_, _, time), said = shown(made, step)
        seen = slice(0, min(step + 1, 5))
        (line,) = (line for line in time.axes.lines if line.get_color() == look.INK)
        assert line.get_xydata().tolist() == [[t, value] for t, value in enumerate(episode["team"][seen])]
        bars = [bar[1, 1] for bar in time.axes.collections[0].get_segments()]
        assert bars == episode["reward"][seen]
        assert f"earned {sum(episode['reward'][seen])}" in said.splitlines()[0]
        limits.add((time.axes.get_xlim(), time.axes.get_ylim()))
    ((_, last), (low, high)) = limits.pop()
    assert not limits and last >= 5
    assert all(low < value < high for value in [*episode["team"], *episode["reward"]])


@pytest.mark.parametrize("kind", KINDS)
def test_a_kept_film_looks_like_a_new_one_whatever_it_showed_before(kind):
    made, film = recording(kind), Film(recording(kind), 0)
    pictures = {}
    for step in (3, 0, 5, 1, 3, 5):
        said = film.show(step)
        fresh = Film(made, 0)
        assert said == fresh.show(step)
        picture = film.png()
        assert picture == fresh.png() and pictures.setdefault(step, picture) == picture
    assert len(set(pictures.values())) == 4


@pytest.mark.parametrize("kind", KINDS)
def test_drawing_only_what_changed_makes_the_picture_that_drawing_all_makes(kind):
    film, whole = Film(recording(kind), 0), BytesIO()
    film.show(0)
    film.png()
    film.show(2)
    quick = imread(BytesIO(film.png(100)))[..., :3]
    film.figure.savefig(whole, format="png", dpi=100)
    differs = np.abs(quick - imread(BytesIO(whole.getvalue()))[..., :3]).max(-1) > 0.2
    assert differs.mean() < 0.002  # where a line ends on an axis, either may be on top


def beyond(film):
    """Labels of ticks that are not drawn, beyond an axis' ends."""
    axes = [axis for one in film.figure.axes for axis in (one.xaxis, one.yaxis)]
    ticks = [(axis.get_view_interval(), tick) for axis in axes for tick in axis.get_major_ticks()]
    out = [tick for ends, tick in ticks if not min(ends) <= tick.get_loc() <= max(ends)]
    return {label for tick in out for label in (tick.label1, tick.label2)}


@pytest.mark.parametrize("step", [1, 5])
@pytest.mark.parametrize(
    ("n", "actions", "alike"), [(2, 2, True), (2, 6, False), (4, 6, True), (8, 6, True), (3, 9, True)]
)
@pytest.mark.parametrize("kind", KINDS)
def test_no_text_is_cut_off_or_lies_on_another(kind, n, actions, alike, step):
    made = recording(kind, n, actions, scale=99.0, alike=alike)
    if kind == "grid":
        made["episodes"][0]["scenes"][step] |= {"agents": [None] * n, "prey": [None] * n}  # the longest list of them
    film, *_ = shown(made, step)
    film.png()
    texts = {text for text in film.figure.findobj(Text) if text.get_text().strip() and text.get_visible()}
    if kind == "plane":
        texts -= set(film.parts[0].axes.texts)  # there whatever is close may overlap
    boxes = [text.get_window_extent() for text in texts - beyond(film)]
    width, height = film.figure.get_size_inches() * film.figure.dpi
    assert all(box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height for box in boxes)
    for one, other in combinations(boxes, 2):
        assert not one.padded(-1.5).overlaps(other.padded(-1.5))


def test_the_end_says_how_it_ended_and_that_nothing_follows():
    for seed, said in ((0, "cut by the time limit"), (1, "the game is over")):
        made = recording(seed=seed)
        picture = frame(made, 1, 5)
        earned = sum(made["episodes"][1]["reward"])
        assert picture.alt.splitlines()[0] == f"game, QMIX, episode 2 of 2, step 5 of 5: earned {earned}; {said}"
        assert "no action follows" in picture.alt
        assert said not in frame(made, 1, 4).alt


def test_a_frame_is_a_picture_with_its_text():
    made = recording(n=2)
    data, _ = frame(made, 0, 2)._repr_mimebundle_()
    assert (
        data["text/plain"] == Film(made, 0).show(2)
        and 'alt="game, QMIX, episode 1 of 2, step 2 of 5' in data["text/html"]
    )


def test_what_is_not_there_is_refused():
    made = recording()
    with pytest.raises(ValueError, match="episode is 2: give one of the recording's, from 0 to 1"):
        frame(made, 2)
    with pytest.raises(ValueError, match="episode is -1"):
        frame(made, -1)
    for step in (6, -1, 1.5):
        with pytest.raises(ValueError, match=f"step is {step}: give a step of this episode, from 0 to 5"):
            frame(made, 0, step)


def test_recordings_are_drawn_without_torch():
    code = "import json, sys; sys.modules['torch'] = None; from marl_helpers.plots import frame; "
    code += f"print(frame(json.loads({json.dumps(recording())!r})))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=HANG)
    assert done.stdout == f"{frame(recording()).alt}\n", done.stderr


def test_a_film_has_the_same_pictures_as_gif_and_as_mp4():
    """Decoded again: the steps of every episode in order, the end of each three times as long, none like another's."""
    made = {**recording(steps=2), "episodes": [recording(steps=2, seed=seed)["episodes"][0] for seed in (0, 1)]}
    wanted = []
    for film in (Film(made, episode) for episode in (0, 1)):
        for step in range(3):
            film.show(step)
            wanted.append(255 * imread(BytesIO(film.png(dpi=100)))[..., :3])
    film = Image.open(BytesIO(gif(made, 100)))
    shown = []
    for k in range(film.n_frames):
        film.seek(k)
        shown.append((np.asarray(film.convert("RGB"), float), round(film.info["duration"] / 100)))
    videos = decoded(mp4(made, 100))
    assert len(videos) == 10
    for pictures in (shown, [(videos[k], None) for k in (0, 1, 2, 5, 6, 7)]):
        assert len(pictures) == 6
        for k, (picture, times) in enumerate(pictures):
            far = [np.abs(picture[: len(one), : len(one[0])] - one).mean() for one in wanted]  # an edge more may be
            assert np.argmin(far) == k and times in (3 if k in (2, 5) else 1, None)
    assert all(np.abs(videos[k] - videos[k + 1]).mean() < 1 for k in (2, 3, 7, 8))


def test_without_an_encoder_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(ModuleNotFoundError, match=f"pip install '{PIN}'"):
        mp4(recording("plane", 2))


def decoded(video: bytes) -> list[np.ndarray]:
    """The pictures of an MP4 file."""
    with NamedTemporaryFile(suffix=".mp4") as file:
        file.write(video)
        file.flush()
        as_png = ["-fps_mode", "passthrough", "-f", "image2pipe", "-c:v", "png", "-"]
        done = subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-i", file.name, *as_png], capture_output=True)
    start = b"\x89PNG"
    return [255 * imread(BytesIO(start + one))[..., :3] for one in done.stdout.split(start)[1:]]
