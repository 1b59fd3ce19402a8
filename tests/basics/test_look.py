"""The dictionary of colours: told apart by every reader, on every ground, and the only place with a colour in it."""

import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from marl_helpers.basics import look
from marl_helpers.exact.methods import METHODS
from marl_helpers.widgets.alive import styles

HOUSE = Path(__file__).parents[2] / "marl_helpers"
GROUNDS = ["#ffffff", "#111111", "#15181c", "#212121"]  # light, JupyterLab's dark page and cards, the website's dark
APART = 12  # CIE 1976; 2.3 is the least that can be noticed
VERDICTS = {"right": look.RIGHT, "wrong": look.WRONG}
SETS = [name for name, mark in look.METHODS.items() if mark.colour == look.SETS]  # one family, told apart by dashes
LINES = {name: mark.colour for name, mark in look.METHODS.items() if name not in SETS[1:]} | VERDICTS
MARKS = LINES | {f"agent {i + 1}": colour for i, colour in enumerate(look.AGENTS)} | {"reward": look.REWARD}
# Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB.
VISIONS = {
    "usual": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}


def linear(colour):
    channels = np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    bright, dark = sorted((linear(colour) @ [0.2126, 0.7152, 0.0722] for colour in (one, other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def lab(colour, vision="usual"):
    seen = np.clip(np.array(VISIONS[vision]) @ linear(colour), 0, 1)
    to_xyz = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]]
    xyz = np.array(to_xyz) @ seen / [0.95047, 1, 1.08883]
    x, y, z = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("vision", VISIONS)
def test_colours_are_told_apart(vision):
    distances = {
        pair: np.linalg.norm(lab(MARKS[pair[0]], vision) - lab(MARKS[pair[1]], vision))
        for pair in combinations(MARKS, 2)
    }
    assert {pair: distance for pair, distance in distances.items() if distance < APART} == {}


def test_the_distances_are_those_of_known_colours():
    assert lab("#ff0000") == pytest.approx([53.24, 80.09, 67.20], abs=0.02)
    assert np.linalg.norm(lab("#d55e00", "deuteranopia") - lab("#8fa900", "deuteranopia")) < 20  # orange and green
    assert np.linalg.norm(lab("#d55e00") - lab("#8fa900")) > 60


@pytest.mark.parametrize("ground", GROUNDS)
def test_lines_and_marks_stand_out(ground):
    assert {name for name, colour in LINES.items() if contrast(colour, ground) < 3} == set()
    assert {i for i, colour in enumerate(look.AGENTS) if contrast(colour, ground) < 3} == set()


@pytest.mark.parametrize("theme", [0, 1])
def test_inks_can_be_read_in_both_themes(theme):
    grounds = [GROUNDS[:1], GROUNDS[1:]][theme]
    for ground in grounds:
        assert all(contrast(look.THEMED[ink][theme], ground) >= 4.5 for ink in ("ink", "quiet"))
        assert contrast(look.THEMED["faint"][theme], ground) >= 3
    assert len({light for light, _ in look.THEMED.values()}) == len(look.THEMED)  # each is found by its light one


def test_every_method_has_a_look_of_its_own_by_colour_and_without_it():
    assert look.METHODS.keys() == METHODS.keys()
    assert len({mark.marker for mark in look.METHODS.values()}) == len(METHODS)
    assert not {*VERDICTS.values()} & {mark.colour for mark in look.METHODS.values()}
    assert len({look.METHODS[name].dash for name in SETS}) == len(SETS) > 1
    shown_together = ("iql", "vdn", "qmix", "monotone")
    assert len({look.METHODS[name].dash for name in shown_together}) == len(shown_together)
    assert len({mark.dash for mark in look.NEUTRAL if mark.colour == look.FAINT}) == 2


@pytest.mark.parametrize("area", [look.RIGHT_AREA, look.WRONG_AREA, look.TIE_AREA, look.REWARD, *look.AGENTS])
def test_black_text_can_be_read_on_areas(area):
    assert contrast(look.ON_BRIGHT, area) >= 4.5


def test_more_is_brighter_on_the_one_scale_and_its_text_can_be_read():
    heats = np.linspace(0, 1, 1001)
    brightness = [lab(look.shade(heat))[0] for heat in heats]
    assert np.all(np.diff(brightness) > -0.3) and brightness[-1] - brightness[0] > 70  # rounded to whole channels
    assert [look.shade(heat) for heat in (0, 0.5, 1)] == [look.LESS, look.MIDDLE, look.MORE]
    assert min(contrast(look.ink(heat), look.shade(heat)) for heat in heats) >= 4.5


@pytest.mark.parametrize("name", METHODS)
def test_a_label_has_its_methods_look(name):
    label = METHODS[name].label
    assert look.method(label) == look.method(name) == look.method(f"{label}, trained") == name
    assert look.marks([label]) == [look.METHODS[name]]


def test_labels_of_classes_have_their_methods_look_and_others_none():
    assert [look.method(label) for label in ("a sum (VDN)", "QMIX's class", "best monotone mixer", "a sum")] == [
        "vdn",
        "qmix",
        "monotone",
        "vdn",
    ]
    assert [look.method(label) for label in ("start at 0.1", "my action 0", "as it is", "summer")] == [None] * 4


def test_curves_of_one_figure_differ():
    labels = ["QMIX", "QMIX, 2", "QMIX, 3", "VDN", "start at 1", "start at 2", "start at 3", "start at 4", "start at 5"]
    marks = look.marks(labels)
    assert len({(mark.colour, mark.dash) for mark in marks}) == len(labels)
    assert {mark.colour for mark in marks[:3]} == {look.METHODS["qmix"].colour}


def test_widgets_have_the_same_colours():
    sheet = styles("panel")
    found = dict(re.findall(r"^  (--marl-[\w-]+): ([^;]+);$", sheet, re.M))
    assert found.items() >= look.properties().items()
    assert found["--marl-right"] == look.RIGHT and found["--marl-method-ow-qmix"] == look.METHODS["ow_qmix"].colour
    assert found["--marl-dash-vdn"] == "8 3" and found["--marl-dash-qmix"] == "none"
    used = set(re.findall(r"var\((--marl-[\w-]+)[,)]", "".join(path.read_text() for path in HOUSE.rglob("*.*s*"))))
    assert used <= {*re.findall(r"(--marl-[\w-]+):", sheet)}


COLOUR = re.compile(
    r"""#[0-9a-fA-F]{3,8}\b|\b(rgba?|hsla?)\((?!\$)|["'](C\d|white|black|red|green|blue|orange|gr[ae]y)["']"""
)


def test_no_colour_stands_outside_the_dictionary():
    files = [*HOUSE.rglob("*.py"), *HOUSE.rglob("*.css"), *HOUSE.rglob("*.js")]
    found = [
        f"{path.name}: {match[0]}"
        for path in files
        if path.name != "look.py"
        for match in COLOUR.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []
    assert all(COLOUR.search(text) for text in ('color="#0072b2"', "rgba(1, 2, 3, 0.5)", 'color="black"', '"C1"'))
