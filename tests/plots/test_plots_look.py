"""Every figure as it is seen: text is large enough and can be read in both themes, and none is cut or covered."""

import re
from base64 import b64decode, b64encode
from io import BytesIO, StringIO
from itertools import combinations

import figures
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import Collection
from matplotlib.colors import to_hex, to_rgba
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text
from PIL import Image

from marl_helpers.basics import look
from marl_helpers.plots.base import DPI, WIDTH, _paletted, styled
from marl_helpers.widgets.twins import inline

GROUNDS = [["#ffffff"], ["#111111", "#15181c"]]  # JupyterLab's light page, its dark one and the website's
NAMES = ["lines", "tables", "verdicts", "interpolation", "phases", "recipes", "basins", "flow", "grid", "survey"]
NAMES += ["curves", "panels", "docks", "prices", "frame", "two_sets", "comparison"]


@pytest.fixture
def pictures():
    """Fresh ones: a test changes their colours."""
    return figures.every()


@pytest.fixture(params=NAMES)
def figure(request, pictures):
    assert sorted(pictures) == sorted(NAMES)
    drawn = pictures[request.param].figure
    drawn.set_dpi(DPI)
    with styled():
        FigureCanvasAgg(drawn).draw()
    return drawn


def texts(figure):
    """Texts that are seen; ticks beyond the ends of an axis are not."""
    axes = [axis for one in figure.axes for axis in (one.xaxis, one.yaxis)]
    ticks = [(axis.get_view_interval(), tick) for axis in axes for tick in axis.get_major_ticks()]
    out = [tick for ends, tick in ticks if not min(ends) <= tick.get_loc() <= max(ends)]
    beyond = {label for tick in out for label in (tick.label1, tick.label2)}
    found = figure.findobj(lambda artist: isinstance(artist, Text) and artist.get_text().strip())
    return [text for text in found if text.get_visible() and text not in beyond]


def test_text_is_large_enough_and_the_figure_narrow_enough(figure):
    sizes = {text.get_text(): text.get_fontsize() * DPI / 72 for text in texts(figure)}
    assert sizes and {text: size for text, size in sizes.items() if size < 12} == {}
    assert figure.get_tightbbox().width <= WIDTH + 0.05


def test_no_text_lies_on_another_or_is_cut_off(figure):
    whole = figure.get_tightbbox().padded(0.03)  # which settles where labels are
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts(figure)]
    overlaps = [
        (one, other) for (one, a), (other, b) in combinations(boxes, 2) if a.padded(-1.5).overlaps(b.padded(-1.5))
    ]
    assert overlaps == []
    for text, box in boxes:
        assert whole.x0 * DPI <= box.x0 and box.x1 <= whole.x1 * DPI, text
        assert whole.y0 * DPI <= box.y0 and box.y1 <= whole.y1 * DPI, text


def in_theme(figure, theme):
    """Give the figure the inks that its SVG has in a theme."""
    inks = {light: (light, dark)[theme] for light, dark in look.THEMED.values()}

    def themed(colour):
        one = to_rgba(colour)
        return to_rgba(inks.get(to_hex(one), to_hex(one)), one[3])

    for line in figure.findobj(Line2D):
        line.set_color(themed(line.get_color()))
        if line.get_marker() not in ("None", None, "", " "):
            line.set_markeredgecolor(themed(line.get_markeredgecolor()))
            if line.get_fillstyle() != "none" and to_rgba(line.get_markerfacecolor())[3]:
                line.set_markerfacecolor(themed(line.get_markerfacecolor()))
    boxes = [text.get_bbox_patch() for text in figure.findobj(Text) if text.get_bbox_patch()]
    for patch in [*figure.findobj(Patch), *boxes]:
        patch.set_edgecolor(themed(patch.get_edgecolor()))
        patch.set_facecolor(themed(patch.get_facecolor()))
    for collection in figure.findobj(Collection):
        if collection.get_array() is None:
            collection.set_facecolor([themed(colour) for colour in collection.get_facecolor()])
            collection.set_edgecolor([themed(colour) for colour in collection.get_edgecolor()])
    for text in figure.findobj(Text):
        text.set_color(themed(text.get_color()))


def luminance(rgb):
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


@pytest.mark.parametrize("theme", [0, 1])
def test_every_text_can_be_read_on_what_lies_under_it(figure, theme):
    """By nine of ten pixels under it: a line of a grid may pass."""
    in_theme(figure, theme)
    shown = {text: to_rgba(text.get_color())[:3] for text in texts(figure)}
    for text in shown:
        text.set_color((0, 0, 0, 0))  # what is behind it stays
    for ground in GROUNDS[theme]:
        figure.set_facecolor(ground)
        canvas = FigureCanvasAgg(figure)
        with styled():
            canvas.draw()
        pixels = np.asarray(canvas.buffer_rgba())[::-1, :, :3] / 255
        for text, colour in shown.items():
            box = text.get_window_extent()
            under = pixels[max(round(box.y0), 0) : round(box.y1), max(round(box.x0), 0) : round(box.x1)]
            pairs = np.stack([luminance(under).ravel(), np.full(under[..., 0].size, luminance(np.array(colour)))])
            contrasts = (pairs.max(0) + 0.05) / (pairs.min(0) + 0.05)
            assert np.quantile(contrasts, 0.1) >= 4.5, (text.get_text(), ground)


def test_an_svg_has_its_inks_from_the_theme_and_no_ground(pictures):
    for name, picture in pictures.items():
        svg = picture.svg()
        body = re.sub(r"<style>:root.*?</style>", "", svg)
        assert svg != body and not any(light in body for light, _ in look.THEMED.values()), name
        assert "var(--ink)" in body and "<text" not in body, name
        assert re.search(r"prefers-color-scheme: dark\) {:root {--ink: #f2f2f2", svg), name
        assert re.search(r'id="patch_1">\s*<path d="[^"]*" style="fill: none"/>', body), name
    assert pictures["grid"].svg() == figures.every()["grid"].svg()  # always the same


def maps(svg):
    """The images in an SVG: their bytes, and their pixels."""
    found = [b64decode(data) for data in re.findall(r"data:image/png;base64,([^\"]+)", svg)]
    return sum(map(len, found)), [np.array(Image.open(BytesIO(one)).convert("RGBA")).tolist() for one in found]


def test_maps_keep_every_pixel_in_fewer_bytes(pictures):
    for name in ("grid", "phases", "tables"):
        buffer = StringIO()
        with styled():
            pictures[name].figure.savefig(buffer, format="svg", dpi=2 * DPI, bbox_inches="tight", facecolor="none")
        (drawn, pixels), (stored, same) = maps(buffer.getvalue()), maps(pictures[name].svg())
        assert pixels and pixels == same and stored < drawn, name


def test_a_map_of_more_colours_than_a_palette_has_stays_as_it_is():
    buffer = BytesIO()
    colours = np.array([[red, green, 0] for red in range(20) for green in range(15)], dtype=np.uint8)
    Image.fromarray(colours.reshape(20, 15, 3)).save(buffer, "PNG")
    png = b64encode(buffer.getvalue()).decode()
    assert _paletted(png) == png


def test_where_no_style_sheet_is_kept_a_picture_is_on_white_paper(pictures):
    html = pictures["tables"].html()
    assert "img.marl-picture {background: none !important}" in html
    bare = inline(re.sub("<style>.*?</style>", "", html))
    assert f'style="background: light-dark({look.PAPER}, #111111); color-scheme: light"' in bare and "class" not in bare
