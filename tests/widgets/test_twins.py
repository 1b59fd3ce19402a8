"""What a reader who trusts nothing sees of a widget: the same words, with the looks that a sanitiser leaves."""

import re
from base64 import b64decode
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marl_helpers import fit, games, widgets
from marl_helpers.basics import look
from marl_helpers.exact.networks import Network
from marl_helpers.widgets.twins import IN_A_ROW, inline

FITTED = fit(games.COORDINATION, "vdn", runs=1, moments=[0, 20])
VOID = {"img", "br", "hr"}


class Reader(HTMLParser):
    """A page's words and elements; raises ValueError where an element is not closed in its order."""

    def __init__(self, html: str):
        super().__init__()
        self.words, self.elements, self.open = [], [], []
        self.feed(html)
        self.close()
        if self.open:
            raise ValueError(f"open at the end: {self.open}")

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if self.open.pop() != tag:
            raise ValueError(f"</{tag}> closes another")

    def handle_data(self, data):
        self.words += data.split()


def table(rows: list[str]) -> str:
    return f"<table><caption>a &lt; b</caption><tbody>{''.join(rows)}</tbody></table>"


TEXT = st.text("ab <&'\"★", min_size=1).map(lambda text: text.replace("&", "&amp;").replace("<", "&lt;"))
CELL = st.tuples(st.floats(0, 1), st.booleans(), TEXT).map(
    lambda it: f'<td{" class=marl-played" * it[1]} style="--heat: {it[0]:.2f}">{it[2]}</td>'
)
ROW = st.lists(CELL, min_size=1, max_size=3).map(lambda cells: f"<tr>{''.join(cells)}</tr>")
CARD = st.tuples(st.sampled_from(["good", "bad", "wait"]), TEXT, st.lists(ROW, max_size=3).map(table)).map(
    lambda it: f'<section class="marl-card marl-{it[0]}"><h4>{it[1]}</h4>{it[2]}<p>one<br>two</p></section>'
)
CARDS = st.lists(CARD, max_size=5).map(lambda cards: f'<div class="marl-cards">{"".join(cards)}</div>')
NESTED = st.tuples(CARD, CARDS).map(lambda it: f'<div class="marl-cards">{it[0]}{it[1]}</div>')


@given(st.lists(CARD | CARDS | NESTED | st.just("<p>text</p>"), max_size=4).map("".join))
def test_words_stay_in_their_order_elements_close_and_no_class_or_variable_is_left(html):
    before, after = Reader(html), Reader(inline(html))
    assert after.words == before.words
    assert not any("class" in values or "--" in values.get("style", "") for _, values in after.elements)
    assert html.count("marl-card ") == sum("valign" in values for _, values in after.elements)


@given(st.lists(CARD, min_size=1, max_size=7))
def test_cards_stand_in_rows(cards):
    html = inline(f'<div class="marl-cards">{"".join(cards)}</div>')
    rows = re.split(r'<tr style="[^"]*"><td valign', html)[1:]
    assert [row.count("<td valign") + 1 for row in rows] == [
        min(IN_A_ROW, len(cards) - first) for first in range(0, len(cards), IN_A_ROW)
    ]


def test_a_card_says_how_it_went_by_its_colour_and_a_cell_by_bold_type_too():
    html = inline('<section class="marl-card marl-bad"><table><tr><td class="marl-played" style="--heat: 0.5">8</td>')
    assert f"border-top: 4px solid {look.WRONG}" in html
    assert (
        f"background: {look.MIDDLE}; color: {look.ON_BRIGHT}; outline: 2px solid {look.FAINT}; font-weight: bold"
        in html
        and "<b>8" in html
    )


def test_a_drawing_becomes_a_picture_with_its_words_as_alt_text():
    (image,) = [
        values
        for tag, values in Reader(widgets.graph(games.HANDS)._repr_mimebundle_()[0]["text/html"]).elements
        if tag == "img"
    ]
    assert image["alt"] == "3 agents; edges: none"
    drawing = b64decode(image["src"].removeprefix("data:image/svg+xml;base64,")).decode()
    assert drawing.startswith("<svg xmlns=") and 'viewBox="0 0 200 184"' in drawing
    assert Reader(drawing).words[-6:] == ["plays", "1", "agent", "3", "plays", "1"]


@pytest.mark.parametrize(
    ("make", "alt"),
    [
        (lambda: widgets.machine({"": Network([[0, 1], [0, 2]])}), "the utilities of 2 agents, mixed by a sum"),
        (lambda: widgets.surface(games.COORDINATION, [FITTED]), "as surfaces: after 0 steps, after 20 steps"),
        (lambda: widgets.interpolation(methods=["vdn"], runs=2), "a sum (VDN): least error 0 at"),
        (lambda: widgets.plane(methods=["vdn"], runs=2), "a sum (VDN): right on about"),
    ],
)
def test_what_the_page_draws_is_a_picture_too(make, alt):
    images = [tag for tag in Reader(make()._repr_mimebundle_()[0]["text/html"]).elements if tag[0] == "img"]
    ((_, values),) = images
    assert alt in values["alt"] and values["src"].startswith("data:image/svg+xml;base64,")


@pytest.mark.parametrize(
    ("widget", "settings"), [("RewardTable", []), ("linear_mixer", [[[0, 1], [0, 4]]]), ("partner", [games.CLIMBING])]
)
def test_twins_have_no_style_sheet_and_no_class(widget, settings):
    html = getattr(widgets, widget)(*settings)._repr_mimebundle_()[0]["text/html"]
    assert Reader(html).elements and "<style" not in html and "class=" not in html
