"""The cards read back as a page would: what they say of fits, runs and progress, against values found by hand."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from marl_helpers import diagnose, games
from marl_helpers.fitting.diagnosis import diagnose_exactly
from marl_helpers.fitting.runs import LEARNER
from marl_helpers.widgets.cards import cards, recipe_line

METHODS = ["vdn", "qmix"]


class Cards(HTMLParser):
    """label -> the card's elements in order, each as a tag, its attributes and all the text in it."""

    def __init__(self, html):
        super().__init__()
        self.cards, self.open = {}, []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.open.append({"tag": tag, "text": "", **dict(attributes)})
        if tag == "section":
            self.elements = self.cards.setdefault(self.open[-1]["aria-label"], [])
        if self.cards:
            self.elements.append(self.open[-1])

    def handle_endtag(self, tag):
        assert self.open.pop()["tag"] == tag

    def handle_data(self, data):
        for element in self.open:
            element["text"] += data

    def all(self, label, tag, key="text"):
        return [element.get(key) for element in self.cards[label] if element["tag"] == tag]

    def states(self):
        return {label: elements[0]["class"].split() for label, elements in self.cards.items()}


@pytest.fixture(scope="module")
def learned():
    return diagnose(games.COORDINATION, METHODS, runs=4)


def test_a_card_is_good_where_the_team_plays_the_optimum(learned):
    assert Cards(cards(learned)).states() == {"VDN": ["marl-card", "marl-bad"], "QMIX": ["marl-card", "marl-good"]}


def test_a_filled_circle_is_a_run_that_is_right(learned):
    assert Cards(cards(learned)).all("VDN", "span") == ["○○○○"]
    mixed = diagnose(games.COORDINATION, ["qmix"], runs=16, recipe=replace(LEARNER, scale=1.0))
    right = int(mixed["qmix"].learned.optimal.sum())
    assert 0 < right < 16
    strip = "●" * right + "○" * (16 - right)
    assert f"{strip} {right} of 16 runs right" in Cards(cards(mixed)).all("QMIX", "p")


def test_the_table_is_in_reading_order_with_its_heat():
    page = Cards(cards(diagnose_exactly([[0, 1, 2], [5, 6, 7.5]], ["qmix"])))
    assert page.all("QMIX", "td") == ["0", "1", "2", "5", "6", "[7.5*]"]
    assert page.all("QMIX", "tr") == ["012", "56[7.5*]"]
    assert page.all("QMIX", "td", "class") == [None] * 5 + ["marl-played"]
    assert page.all("QMIX", "td", "style") == [
        f"--heat: {heat}" for heat in ("0.00", "0.13", "0.27", "0.67", "0.80")
    ] + ["--heat: 1.00"]


def test_heat_compares_the_fit_with_the_table():
    """VDN's best fit adds row and column means: 41/9 in the first cell, 35/9 in the last; the rewards span 1 to 8."""
    heats = Cards(cards(diagnose_exactly(games.COORDINATION, ["vdn"]))).all("VDN", "td", "style")
    assert heats[0] == f"--heat: {(41 / 9 - 1) / 7:.2f}" and heats[8] == f"--heat: {(35 / 9 - 1) / 7:.2f}"


def test_the_caption_names_the_fit_and_its_error(learned):
    means = games.COORDINATION.mean(1, keepdims=True) + games.COORDINATION.mean(0) - games.COORDINATION.mean()
    error = f"error {np.square(games.COORDINATION - means).mean():.3g}"
    exactly = diagnose_exactly(games.COORDINATION, ["vdn"])
    for diagnosis, caption in ((exactly, f"best fit, {error}"), (learned, f"learned fit, {error}")):
        assert Cards(cards(diagnosis)).all("VDN", "caption") == [caption]
    held = diagnose_exactly(games.ADDITIVE / 3, ["vdn"])  # up to rounding
    assert Cards(cards(held)).all("VDN", "caption") == ["best fit, error 0"]


def test_a_method_that_still_learns_shows_how_far_it_is():
    page = Cards(cards(diagnose_exactly(games.COORDINATION, METHODS), {"vdn": 0.25, "qmix": 0.0}))
    assert page.states() == {"VDN": ["marl-card", "marl-wait"], "QMIX": ["marl-card", "marl-wait"]}
    for label, value, text in (("VDN", "0.25", "25%"), ("QMIX", "0.00", "0%")):
        assert page.all(label, "progress", "value") == [value] and page.all(label, "progress") == [text]


def test_a_method_without_a_verdict_waits_for_one():
    page = Cards(cards(diagnose_exactly(games.COORDINATION, ["qmix"]), {"qtran": 0.25, "qmix": None, "vdn": None}))
    assert page.states() == {"QTRAN-base": ["marl-card", "marl-wait"], "QMIX": ["marl-card", "marl-good"]}
    assert page.all("QTRAN-base", "progress") == ["25%"] and page.all("QTRAN-base", "table") == []


def test_the_recipe_line_names_every_number_of_the_recipe():
    line = recipe_line(replace(LEARNER, steps=120, rate=0.07, scale=0.7, width=5, positivity="softplus"))
    assert re.findall(r"\d[\d.]*\b", line) == ["120", "0.07", "0.7", "5"]
    assert "120 steps of 0.07" in line and "deviation 0.7" in line and "5 units" in line and "softplus" in line
