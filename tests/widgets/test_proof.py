"""The proof without a browser: it follows its table, its utilities and its start, and refuses nonsense."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from traitlets import TraitError

from marl_helpers import games, igm, widgets
from marl_helpers.exact import walks
from marl_helpers.widgets.proofs import drawing

BREAKS = [[0, 1, 1], [1, 3, 4], [2, 3, 2]]


def text(proof):
    return proof._repr_mimebundle_()[0]["text/plain"]


def test_it_has_what_igm_and_walks_find_and_follows_edits_of_the_page():
    proof = widgets.proof()
    assert proof.found.inclusion and not any(step.fall for step in proof.steps)
    assert text(proof).startswith(
        "Q_tot along the walk: 1 → 3 → 6. It never falls.\nStep 1. The agents play g = (2, 2)"
    )
    proof.set_state({"table": BREAKS, "start": [1, 2]})  # as the page does
    assert proof.found.better == {(1, 1), (1, 2), (2, 1)}
    assert proof.steps == walks.walk(proof.found, (1, 2)) and proof.steps[0].fall.drop == 2
    assert "It falls in agent 1's step." in text(proof) and text(proof).endswith(str(proof.found))
    proof.utilities = [[0, 1, 2], [0, 5, 3]]
    assert walks.goal(proof.found) == (2, 1) and proof.found.greedy == {(2, 1)}
    proof.set_state({"settings": {"Q_1": [7, 1, 2, 3, 4], "Q_2": [0, 1, 1, 3, 4]}})
    assert proof.found.greedy == {(0, 1), (0, 2)}  # a tie: the walk goes to the one that is worth least
    assert [q.tolist() for q in proof.utilities] == [[7, 1, 2], [0, 1, 1]]


def test_an_action_that_goes_takes_the_start_along_and_comes_back_with_its_utility():
    proof = widgets.proof(BREAKS, [[0, 1, 2], [5, 6, 4]], start=(2, 2))
    proof.table = [[0, 1], [1, 3]]
    assert [q.tolist() for q in proof.utilities] == [[0, 1], [5, 6]]
    assert proof.steps[0].cells[0] == (1, 1)
    proof.table = BREAKS
    assert proof.utilities[1].tolist() == [5, 6, 4] and proof.steps[0].cells[0] == (2, 2)


numbers = st.integers(-3, 3)


@given(st.lists(numbers, min_size=9, max_size=9), st.lists(numbers, min_size=6, max_size=6), st.data())
def test_what_it_says_of_the_assumptions_is_so(entries, own, data):
    """Each "no" names two joint actions that break that assumption, and a "yes" has no such pair."""
    start = data.draw(st.tuples(st.integers(0, 2), st.integers(0, 2)))
    found = igm.Decomposition((np.array(own[:3]), np.array(own[3:])), np.reshape(entries, (3, 3)).astype(float))
    html, said = drawing(found, start)
    agents = {"Q_tot never falls as Q_1 rises": 0, "Q_tot never falls as Q_2 rises": 1}
    lines = dict(line.split(": ", 1) for line in said.splitlines() if line.partition(":")[0] in agents)
    for name, agent in agents.items():
        q, team = found.utilities[agent], np.moveaxis(found.team, agent, 0)
        pairs = [(a, b) for a in range(3) for b in range(3) if q[a] < q[b] and (team[a] > team[b]).any()]
        if lines[name] == "yes":
            assert not pairs
        else:
            a1, a2, b1, b2, before, after = map(int, re.findall(r"-?\d+", lines[name]))
            a, b = (a1, a2), (b1, b2)
            assert (a[agent], b[agent]) in pairs and a[1 - agent] == b[1 - agent]
            assert found.team[a] == before > after == found.team[b]
    assert ("marl-bad" in html.split('aria-label="IGM"')[0].rpartition("<section")[2]) is not found.inclusion


def test_the_twin_shows_the_picture_and_says_that_running_the_cell_gives_more():
    twin = widgets.proof(BREAKS)._repr_mimebundle_()[0]["text/html"]
    assert "Run this cell" in twin and twin.count("<img ") == 1 and "It falls in agent 2's step." in twin
    assert 'alt="Q_tot by the agents&#x27; utilities; the walk goes (0, 1), (2, 1), (2, 2)"' in twin


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"start": (3, 0)}, r"start is \(3, 0\): give each agent's action"),
        ({"utilities": [[0, 1, 2]]}, r"utilities is \[\[0, 1, 2\]\]: give a list of numbers for each"),
        ({"utilities": [[0, 1, 2], [0, 1]]}, r"the utilities of agent 2 is \[0, 1\]: give one for each of its 3"),
        ({"utilities": [[0, 1, 2], [0, 1, float("nan")]]}, r"the utilities of agent 2 is .*finite"),
    ],
)
def test_nonsense_is_refused(given, message):
    with pytest.raises(ValueError, match=message):
        widgets.proof(**given)


def test_what_no_page_of_ours_would_send_is_refused_and_the_last_valid_state_stands():
    with pytest.raises(games.TableError):
        widgets.proof([[1, 2, 3]])
    proof = widgets.proof()
    for bad in ({"settings": {"Q_1": [0] * 5}}, {"settings": {"Q_1": [0] * 5, "Q_2": [0]}}, {"start": [0, 5]}):
        with pytest.raises(TraitError):
            proof.set_state(bad)
    assert text(proof) == text(widgets.proof())
