"""Bets without a browser: what is placed and scored, the twin that gives nothing away, and what is refused."""

import pytest

from marl_helpers import widgets

TRUTHS = {"where does it end?": 1 / 3, "and the other?": 1.5}


def test_a_bet_counts_once_it_is_scored():
    bets = widgets.bets(TRUTHS, most=2)
    assert bets.distances == {} and bets.text == "0 of 2 bets scored."
    bets.bets = [1, 1.25]
    assert bets.distances == {}
    bets.scored = [False, True]
    assert bets.distances == {"and the other?": 0.25}
    assert bets.text == "1 of 2 bets scored: 0.25 from the truth on average."
    bets.scored = [True, True]
    assert bets.distances["where does it end?"] == pytest.approx(2 / 3)
    assert bets.text == "2 of 2 bets scored: 0.46 from the truth on average."


def test_the_twin_has_the_questions_and_not_the_truths():
    bets = widgets.bets(TRUTHS, most=2)
    bets.bets = [None, 0.5]
    data, _ = bets._repr_mimebundle_()
    lines = ["where does it end?: no bet yet", "and the other?: 0.5", "0 of 2 bets scored."]
    assert data["text/plain"].splitlines() == lines
    assert "<table" in data["text/html"] and "0.333" not in data["text/html"] and "1.5" not in data["text/html"]


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({"bets": [3, None]}, "a bet is 3: give a number from 0 to 2, where the axis ends"),
        ({"bets": [1]}, r"bets is \[1\]: give a list with an entry for each of the 2 questions"),
        ({"scored": [1, False]}, "an entry of scored is 1: give True or False"),
    ],
)
def test_what_no_page_of_ours_would_say_is_refused(state, message):
    bets = widgets.bets(TRUTHS, most=2)
    with pytest.raises(ValueError, match=message):
        bets.set_state(state)
    assert bets.bets == [None, None] and bets.scored == [False, False]


def test_a_truth_off_the_axis_is_refused():
    with pytest.raises(ValueError, match=r"truths\['it'\] is 3: give a number from 0 to 2, where the axis ends"):
        widgets.bets({"it": 3}, most=2)
