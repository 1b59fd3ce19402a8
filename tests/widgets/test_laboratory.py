"""The laboratory without a browser: exact verdicts at once, learned ones after, errors shown, a twin to read."""

import asyncio
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from inlined import inlined

from marl_helpers import diagnose, fitting, games, mixers, widgets
from marl_helpers.fitting.runs import LEARNER
from marl_helpers.widgets.cards import cards, recipe_line

METHODS = ["vdn", "qmix"]
AWAKE = [[6, 4, 2], [4, 3, 1], [2, 1, 12]]


class Texts(HTMLParser):
    """The texts of an HTML page, and a check that every tag is closed in order."""

    def __init__(self, html):
        super().__init__()
        self.open, self.texts = [], []
        self.feed(html)
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def test_it_opens_with_learned_verdicts():
    lab = widgets.laboratory(methods=METHODS, runs=4)
    expected = diagnose(games.COORDINATION, METHODS, runs=4)
    assert str(lab.diagnosis) == str(expected)
    assert lab.html.startswith(cards(expected))


def test_an_edit_in_a_plain_script_is_judged_before_it_returns():
    lab = widgets.laboratory(methods=METHODS, runs=4)
    lab.table = AWAKE
    assert str(lab.diagnosis) == str(diagnose(AWAKE, METHODS, runs=4))


def test_seed_and_recipe_reach_every_fit_at_opening_and_after_an_edit():
    recipe = replace(LEARNER, steps=120, scale=0.7)
    lab = widgets.laboratory(games.COORDINATION, METHODS, 4, 3, recipe)
    opened = lab.diagnosis
    lab.table = games.QTRAN.tolist()
    assert not lab.diagnosis["qmix"].learned.optimal.all()  # so that the search's seed counts as well
    for table, shown in ((games.COORDINATION, opened), (games.QTRAN, lab.diagnosis)):
        expected = diagnose(table, METHODS, 4, 3, recipe)
        for method in METHODS:
            assert np.array_equal(shown[method].learned.fitted, expected[method].learned.fitted)
            assert repr(shown[method]) == repr(expected[method])  # every other fit, to eight digits


def test_the_page_chooses_the_recipe_among_values_that_hold_the_one_given():
    lab = widgets.laboratory(methods=METHODS, runs=4, recipe=replace(LEARNER, scale=0.7, width=5, rate=0.02))
    rules = lab.get_state()["_rules"]
    assert rules["choices"]["initial scale"] == [0.01, 0.03, 0.1, 0.3, 0.7, 1, 3]
    assert rules["choices"]["mixer width"] == [1, 2, 4, 5, 8, 16, 32]
    assert rules["start"]["settings"] == {"initial scale": 0.7, "mixer width": 5, "positivity": "abs"}
    lab.set_state({"settings": {"initial scale": 1, "mixer width": 16, "positivity": "softplus"}})
    chosen = replace(LEARNER, scale=1, width=16, positivity="softplus", rate=0.02)  # the rate is not on the page
    assert lab.recipe == chosen
    assert str(lab.diagnosis) == str(diagnose(games.COORDINATION, METHODS, 4, recipe=chosen))
    assert recipe_line(chosen) in lab.html


def test_a_reset_of_table_and_recipe_is_learned_once(monkeypatch):
    lab = widgets.laboratory(methods=METHODS, runs=2)
    started = dict(lab.settings)
    lab.set_state({"table": AWAKE, "settings": {**started, "initial scale": 1}})
    learned = []
    learner = fitting.Learner
    monkeypatch.setattr(fitting, "Learner", lambda *given: learned.append(given[1]) or learner(*given))
    lab.set_state({"table": games.COORDINATION.tolist(), "settings": started})
    assert learned == METHODS and lab.recipe == LEARNER


def test_progress_shows_method_by_method():
    lab = widgets.laboratory(methods=METHODS, runs=2, recipe=replace(LEARNER, steps=200))
    seen = []
    lab.observe(lambda change: seen.append(re.findall(r'<progress .*?value="(.+?)"', change.new["html"])), "answer")
    lab.table = AWAKE
    vdn = [["0.00", "0.00"], ["0.50", "0.00"], ["1.00", "0.00"]]
    assert seen == [*vdn, ["0.00"], ["0.50"], ["1.00"], []]


def test_in_a_notebook_the_exact_verdict_comes_at_once_and_a_newer_edit_abandons_the_older():
    async def session():
        lab = widgets.laboratory(methods=METHODS, runs=4)
        lab.table = games.QTRAN.tolist()
        older = lab._unfolding.task
        await asyncio.sleep(0.05)
        assert lab.diagnosis["vdn"].learned is None or lab.diagnosis["qmix"].learned is None
        lab.table = AWAKE
        at_once = lab.diagnosis
        await lab._unfolding.task
        with pytest.raises(asyncio.CancelledError):
            await older
        return at_once, lab.diagnosis

    at_once, after = asyncio.run(session())
    assert at_once["vdn"].learned is None and at_once["vdn"].plays == (2, 2)
    assert str(after) == str(diagnose(AWAKE, METHODS, runs=4))


def test_an_error_while_one_method_learns_is_raised_and_the_others_go_on(monkeypatch):
    lab = widgets.laboratory(methods=METHODS, runs=2)
    descend = fitting.Learner.descend

    def fail(learner, steps):
        if learner.method == "vdn":
            raise ArithmeticError("the learner stumbled")
        descend(learner, steps)

    monkeypatch.setattr(fitting.Learner, "descend", fail)
    with pytest.raises(RuntimeError, match="stumbled"):
        lab.table = AWAKE
    assert lab.failed and lab.message == "RuntimeError: vdn: ArithmeticError: the learner stumbled"
    assert list(lab.diagnosis.verdicts) == ["qmix"] and lab.diagnosis["qmix"].learned.optimal.all()
    assert "<progress" not in lab.html


def test_a_method_without_an_exact_best_fit_takes_its_place_once_it_has_learned(monkeypatch):
    monkeypatch.setattr(mixers.METHODS["vdn"], "projections", ())
    lab = widgets.laboratory(methods=METHODS, runs=2)
    seen = []
    lab.observe(lambda change: seen.append(change.new["html"]), "answer")
    lab.table = AWAKE
    assert list(lab.diagnosis.verdicts) == METHODS
    for html in seen:  # meanwhile a card keeps its place
        assert re.findall('<section [^>]*aria-label="([^"]*)"', html) == ["VDN", "QMIX"]
    assert {"0%", "50%", "100%"} <= set(Texts(seen[0]).texts) | set(Texts(seen[5]).texts) | set(Texts(seen[10]).texts)


@pytest.mark.parametrize("methods", ["vdn", [], ["vdn", "vdn"]])
def test_methods_that_are_no_list_of_names_are_refused(methods):
    with pytest.raises(ValueError, match="give a list of different names"):
        widgets.laboratory(methods=methods)


def test_the_twin_says_what_the_widget_shows():
    lab = widgets.laboratory(methods=METHODS, runs=4)
    data = lab._repr_mimebundle_()
    data = data[0] if isinstance(data, tuple) else data
    assert "0x" not in data["text/plain"]
    assert "agent 2 plays 0" in Texts(data["text/html"]).texts and inlined(lab.html) in data["text/html"]
    assert str(lab.diagnosis) in data["text/plain"] and games.share(games.COORDINATION) in data["text/plain"]
    texts = Texts(data["text/html"]).texts
    for text in ("VDN", "plays (0, 0), earns 6 of 8", "[4.6]", " 0 of 4 runs right", "QMIX", "[8*]"):
        assert text in texts
    assert lab.diagnosis["vdn"].reason in texts and recipe_line(LEARNER) in texts
    assert texts[-1] == "Run this cell, and those above it, to edit the table."


def test_every_method_of_the_registry_can_have_a_card():
    lab = widgets.laboratory(games.BOTH, list(mixers.METHODS), runs=2, recipe=replace(LEARNER, steps=50))
    assert list(lab.diagnosis.verdicts) == list(mixers.METHODS)
    for method in mixers.METHODS.values():
        assert f'aria-label="{method.label}"' in lab.html


def test_where_no_methods_are_named_four_are_shown():
    lab = widgets.laboratory(games.BOTH, runs=2, recipe=replace(LEARNER, steps=50))
    assert list(lab.diagnosis.verdicts) == ["iql", "vdn", "qmix", "joint"]


@pytest.mark.parametrize("table", [np.zeros((2, 2, 2)), np.zeros((6, 2)), [[1, np.nan], [0, 1]]])
def test_a_table_that_it_cannot_show_is_refused(table):
    with pytest.raises(games.TableError):
        widgets.laboratory(table)
