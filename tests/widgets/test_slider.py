"""The slider through a family without a browser: exact verdicts at once, learned ones after, errors shown, a twin."""

import asyncio
import re
from dataclasses import replace

import numpy as np
import pytest
import traitlets
from inlined import inlined

from marl_helpers import diagnose, families, fitting, games, widgets
from marl_helpers.fitting.diagnosis import diagnose_exactly
from marl_helpers.fitting.runs import LEARNER
from marl_helpers.widgets import places as module
from marl_helpers.widgets.cards import cards, recipe_line
from marl_helpers.widgets.slider import stretches

METHODS = ["vdn", "qmix"]


def learned(lam, scale=0.1, runs=4, seed=0):
    return diagnose(games.interpolate(lam), METHODS, runs, seed, replace(LEARNER, scale=scale))


def assert_same_runs(one, other):
    for method in METHODS:
        assert np.array_equal(one[method].learned.fitted, other[method].learned.fitted)
    assert str(one) == str(other)


def reward(shown):
    html = shown.html
    return html[html.index('aria-label="reward"') : html.index("</section>")]


def test_it_opens_with_learned_verdicts_on_the_game_at_lambda():
    shown, expected = widgets.interpolation(lam=0.5, runs=4, seed=3), learned(0.5, seed=3)
    assert_same_runs(shown.diagnosis, expected)
    assert np.array_equal(shown.diagnosis.table, games.interpolate(0.5))
    assert cards(expected) in shown.html and recipe_line(LEARNER) in shown.html


def test_both_sliders_are_followed():
    shown = widgets.interpolation(lam=0.5, runs=4, seed=3)
    shown.lam = 1.2
    narrow = learned(1.2, seed=3)
    assert_same_runs(shown.diagnosis, narrow)
    shown.scale = 1.0
    assert_same_runs(shown.diagnosis, learned(1.2, 1.0, seed=3))
    assert str(shown.diagnosis) != str(narrow)
    assert recipe_line(replace(LEARNER, scale=1.0)) in shown.html


def test_it_slides_through_any_two_games():
    shown = widgets.interpolation(games.BOTH, [[0, 4], [0, 1]], iter(["vdn"]), lam=0, most=1.0, runs=2)
    assert np.array_equal(shown.diagnosis.table, games.BOTH)
    shown.lam = 0.5
    assert shown.diagnosis.table.tolist() == [[0, 2], [0, 1]] and ">2*</td>" in reward(shown)
    assert list(shown.diagnosis.verdicts) == ["vdn"]
    state = shown.get_state()
    assert state["_games"] == [[[0, 0], [0, 1]], [[0, 4], [0, 1]]] and state["_most"] == {"lam": 1}


def test_the_game_is_shown_with_its_optimum_and_without_the_dust_of_rounding():
    assert games.interpolate(1.2)[0, 0] != 7.2
    card = reward(widgets.interpolation(methods=["vdn"], lam=1.2, runs=2))
    assert re.findall(r"<td[^>]*>([^<]*)</td>", card) == ["7.2", "4.6", "2", "4.6", "3.2", "0.6", "2", "0.6", "8.8*"]
    assert re.findall(r"--heat: ([\d.]+)", card)[:3] == ["0.80", "0.49", "0.17"]  # 0.6 is 0 and 8.8 is 1
    assert card.count("<tr>") == 3


def test_in_a_notebook_the_exact_verdict_comes_at_once_and_a_newer_move_abandons_the_older():
    async def session():
        shown = widgets.interpolation(lam=0.5, runs=4)
        shown.observe(lambda change: pages.append(change.new), "error")
        shown.lam = 0.8
        at_once, older = shown.html, shown._unfolding.task
        await asyncio.sleep(module.REST + 0.05)
        under_way = shown.diagnosis
        shown.lam = 1.2
        await shown._unfolding.task
        with pytest.raises(asyncio.CancelledError):
            await older
        return at_once, under_way, shown.diagnosis

    pages = []
    at_once, under_way, after = asyncio.run(session())
    assert cards(diagnose_exactly(games.interpolate(0.8), METHODS), dict.fromkeys(METHODS, 0.0)) in at_once
    assert under_way["qmix"].learned is None
    assert str(after) == str(learned(1.2))
    assert not any(pages)  # to abandon is no error


def test_learning_waits_until_the_slider_rests(monkeypatch):
    tables, learner = [], fitting.Learner
    monkeypatch.setattr(module, "LEARNER", replace(LEARNER, steps=1))

    async def session():
        shown = widgets.interpolation(lam=0.5, methods=["vdn"], runs=1)
        monkeypatch.setattr(fitting, "Learner", lambda *given: tables.append(given[0][0]) or learner(*given))
        for lam in (0.6, 0.7, 0.8):
            shown.lam = lam
            await asyncio.sleep(0.02)  # on the event loop's clock it ends before a rest does, however slow the machine
        await shown._unfolding.task

    asyncio.run(session())
    assert np.array_equal(tables, [games.interpolate(0.8)])


def test_an_error_while_learning_shows_in_the_panel_until_the_next_move(monkeypatch):
    shown = widgets.interpolation(lam=0.5, runs=2)

    def fail(*_):
        raise RuntimeError("the <learner> stumbled")

    with monkeypatch.context() as patch:
        patch.setattr(fitting.Learner, "descend", fail)
        with pytest.raises(RuntimeError, match="stumbled"):
            shown.lam = 0.6
        assert "vdn: RuntimeError: the <learner> stumbled" in shown.error
    shown.lam = 0.7
    assert str(shown.diagnosis) == str(learned(0.7, runs=2)) and shown.error == ""


def test_the_twin_says_what_the_widget_shows():
    shown = widgets.interpolation(lam=1.2, runs=4)
    data, _ = shown._repr_mimebundle_()
    lines = [
        "λ: 1.2",
        "initial scale: 0.1",
        "a sum (VDN): up to 0.8571: (2, 2); up to 2: (0, 0), wrong",
        "QMIX's class: up to 0.3333: holds it; up to 1.653: (2, 2); up to 2: (0, 0), wrong",
        "any monotone mixer: up to 0.3333: holds it; up to 1.233: (2, 2); up to 2: (0, 0), wrong",
        str(shown.diagnosis),
    ]
    assert data["text/plain"] == "\n".join(lines) and "0x" not in data["text/plain"]
    assert (
        inlined(shown.html) in data["text/html"] and "<table" in data["text/html"] and "1.2</td>" in data["text/html"]
    )


def test_the_map_has_a_class_for_each_method_and_those_around_it():
    made = widgets.interpolation(games.BOTH, games.EITHER, ["iql", "qmix", "qtran", "joint"], lam=0, runs=1)
    kinds = made.learning["classes"]
    assert list(kinds) == ["independent", "convex", "monotone", "joint"]
    assert [kind["method"] for kind in kinds.values()] == ["iql", "qmix", "monotone", "joint"]
    assert [kind["label"] for kind in kinds.values()][:3] == ["IQL", "QMIX's class", "any monotone mixer"]


def test_what_a_class_does_along_a_line_is_said_with_its_ties():
    still = families.Family(games.MATCHING, 2 * games.MATCHING)
    assert stretches(still, "additive", 1) == "up to 1: (0, 0) or (0, 1) or (1, 0) or (1, 1), a tie"
    assert stretches(families.Family(games.BOTH, games.EITHER), "joint", 0.5) == "up to 0.5: holds it"


@pytest.mark.parametrize("end", [games.EITHER, np.zeros((3, 3, 3)), [[np.inf] * 3] * 3])
def test_games_that_it_cannot_show_are_refused(end):
    with pytest.raises(games.TableError):
        widgets.interpolation(games.ADDITIVE, end)


@pytest.mark.parametrize("lam", [3, -0.1, np.nan])
def test_a_lambda_beyond_the_slider_is_refused(lam):
    with pytest.raises(ValueError, match=f"lam is {lam}"):
        widgets.interpolation(lam=lam)
    shown = widgets.interpolation(methods=["vdn"], runs=2)
    with pytest.raises(ValueError, match=f"lam is {lam}"):
        shown.set_state({"lam": lam})
    assert shown.lam == 1 and "lam is" in shown.error


@pytest.mark.parametrize("methods", ["vdn", [], ["vdn", "vdn"]])
def test_methods_that_are_no_list_of_names_are_refused(methods):
    with pytest.raises(ValueError, match="give a list of different names"):
        widgets.interpolation(methods=methods)


def test_a_scale_that_is_not_offered_is_refused():
    with pytest.raises(traitlets.TraitError):
        widgets.interpolation(methods=["vdn"], runs=2).scale = 0.7
