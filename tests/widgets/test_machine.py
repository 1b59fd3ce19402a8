"""The machine without a browser: what it says is what the mixer does, signs can be turned, nonsense is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marl_helpers import fit, games, widgets
from marl_helpers.exact.networks import Network
from marl_helpers.widgets.machines import Reading, turned

SUM = Network([[0, 1], [3, 2]])


def random_network(seed, sizes=(2, 3), width=4):
    rng = np.random.default_rng(seed)
    rows = [rng.normal(size=size) for size in sizes]
    w1 = np.abs(rng.normal(size=(len(sizes), width)))
    return Network(rows, w1, rng.normal(size=width), np.abs(rng.normal(size=width)), rng.normal())


@settings(max_examples=60)
@given(seed=st.integers(0, 10**6), sizes=st.lists(st.integers(1, 3), min_size=1, max_size=3))
def test_igm_holds_with_weights_of_one_sign_and_its_failure_names_a_better_joint_action(seed, sizes):
    network = random_network(seed, sizes)
    assert Reading(network, network.greedy).verdict().startswith("IGM holds")
    other = turned(network, 1)
    reading = Reading(other, other.greedy)
    fails = max(reading.teams.values()) > other.team(other.greedy) + 1e-9
    assert reading.verdict().startswith("IGM fails" if fails else "IGM holds")


def test_a_failure_has_both_joint_actions_and_their_values():
    network = Network([[1, 1], [0, 1]], -np.ones((2, 1)), [0.0], [1.0])  # elu(-2) and elu(-1)
    assert "(0, 1), has Q_tot -0.865, but (0, 0) has -0.632" in Reading(network, (0, 0)).verdict()


def test_it_says_what_is_played_and_follows_its_settings():
    kept = fit(games.COORDINATION, moments=[1000]).moments[0]
    shown = widgets.machine({"VDN": SUM.rescaled(0, 2), "other": SUM})
    assert shown.text.startswith("agent 1 plays 1 (2), agent 2 plays 0 (6): Q_tot 8.\nIGM holds: ")
    shown.actions = [0, 1]
    shown.shown = 1
    assert shown.text.startswith("agent 1 plays 0 (0), agent 2 plays 1 (2): Q_tot 2.\n")
    shown.negative = 1  # a sum has no weights to turn
    assert "IGM holds" in shown.text
    learned = widgets.machine({"QMIX": kept})
    assert learned.actions == [2, 2] and f"Q_tot {kept.fit.fitted[0, 2, 2]:.1f}" in learned.text
    learned.negative = 2
    assert "IGM fails" in learned.text
    data = learned._repr_mimebundle_()[0]
    assert learned.text in data["text/plain"] and "after ELU" in data["text/html"]


def test_an_action_that_is_not_available_is_nobodys_best_and_null_on_the_page():
    shown = widgets.machine({"one": Network([[-np.inf, 1], [0, -np.inf]])})
    assert shown.actions == [1, 0] and shown._networks[0]["utilities"] == [[None, 1], [0, None]]
    assert "IGM holds: each agent's own best, (1, 0), has Q_tot 1" in shown.text


def test_nonsense_is_refused():
    with pytest.raises(ValueError, match="give a Network, or a moment"):
        widgets.machine({"one": 3})
    with pytest.raises(ValueError, match="give networks of one team"):
        widgets.machine({"one": SUM, "two": Network([[0], [1]])})
    with pytest.raises(ValueError, match="networks have 100000 joint actions: give a team of at most 10000"):
        widgets.machine({"one": Network([range(10)] * 5)})
    shown = widgets.machine({"one": SUM})
    for name, value in (("shown", 1), ("negative", 3), ("actions", [0, 2]), ("actions", [0])):
        before = getattr(shown, name)
        with pytest.raises(ValueError, match=name):
            setattr(shown, name, value)
        assert getattr(shown, name) == before
