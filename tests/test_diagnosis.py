"""Verdicts: what is played and earned, and whether the stated reason follows from independent facts."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marl_helpers import diagnose, exact, fit, games, mixers
from marl_helpers.diagnosis import CLASSES, OUTCOMES, diagnose_exactly, only_a_limit
from marl_helpers.fitting import LEARNER
from marl_helpers.mixers.base import Mixer, chosen


def with_peak(reward):
    """Game 2 with another reward at its peak."""
    table = games.COORDINATION.copy()
    table[2, 2] = reward
    return table


# Game, method -> outcome and what the team plays, each derived by hand or in section 1 of the lectures' facts.
KNOWN = [
    (games.ADDITIVE, "vdn", "right", {(2, 2)}),
    (games.ADDITIVE, "qmix", "right", {(2, 2)}),
    (games.COORDINATION, "iql", "representation", {(0, 0)}),
    (games.COORDINATION, "vdn", "representation", {(0, 0)}),
    (games.COORDINATION, "qmix", "right", {(2, 2)}),
    (games.COORDINATION, "joint", "right", {(2, 2)}),
    (games.QTRAN, "vdn", "representation", {(1, 1), (1, 2), (2, 1), (2, 2)}),
    (games.QTRAN, "qmix", "basin", {(1, 1), (1, 2), (2, 1), (2, 2)}),
    (games.CLIMBING, "qmix", "representation", {(2, 2)}),
    (games.EITHER, "vdn", "right", {(1, 1)}),
    (games.MATCHING, "vdn", "tie", {(0, 0), (0, 1), (1, 0), (1, 1)}),
    (games.interpolate(6 / 7), "vdn", "tie", {(0, 0), (2, 2), (0, 2), (2, 0)}),
    (with_peak(9.001), "vdn", "close", {(2, 2)}),
    (with_peak(1e5), "qmix", "right", {(2, 2)}),
    (games.interpolate(1.2), "qmix", "basin", {(0, 0)}),
    (games.interpolate(1.6), "qmix", "limit", {(0, 0)}),
    (games.interpolate(1.7), "qmix", "representation", {(0, 0)}),
]


@pytest.mark.parametrize(("table", "method", "outcome", "plays"), KNOWN)
def test_known_verdicts(table, method, outcome, plays):
    verdict = diagnose(table, [method])[method]
    assert (verdict.outcome, verdict.plays in plays) == (outcome, True), verdict.reason


@settings(max_examples=5)
@given(seed=st.integers(0, 2**32), shape=st.sampled_from([(2, 2), (3, 3), (2, 4), (2, 2, 2)]))
def test_outcomes_follow_from_the_fits(seed, shape):
    (table,) = games.random_tables(np.random.default_rng(seed), 1, shape)
    diagnosis = diagnose(table, runs=8)
    assert list(diagnosis.verdicts) == list(mixers.METHODS)
    optimum = np.unravel_index(table.argmax(), shape)
    for method, verdict in diagnosis.verdicts.items():
        again = fit(table, method, runs=8)
        hits = [(cell == optimum).all() for cell in again.greedy]
        assert verdict.earns == pytest.approx(np.mean([table[tuple(cell)] for cell in again.greedy]))
        assert verdict.learned.optimal.tolist() == hits
        best_is_right = verdict.best is not None and set(verdict.best.greedy) == {optimum}
        if verdict.outcome == "representation":
            assert optimum not in verdict.best.greedy and verdict.best.mse > 0
        if verdict.outcome in ("basin", "limit") and verdict.best is not None:
            assert best_is_right and not all(hits)
        if verdict.outcome == "right" and verdict.best is not None:
            assert best_is_right and all(hits)
        if verdict.outcome == "basin":
            better = verdict.search.mse < verdict.learned.mse[~verdict.learned.optimal].min()
            assert (verdict.search.optimal & better).any()
        if verdict.outcome == "limit":
            assert not verdict.search.optimal[verdict.search.mse.argmin()]
        if verdict.best is not None:
            assert verdict.learned.mse.min() >= verdict.best.mse - 1e-9 or method == "iql"


@pytest.mark.parametrize(
    ("fit", "limit"),
    [
        ([[0, 0], [0, 1]], True),  # agent 1's actions tie against 0 and not against 1
        ([[0, 1], [1, 3]], False),
        ([[0, 1], [0, 1]], False),  # they tie always: one utility for both
        ([[2, 2], [2, 2]], False),
    ],
)
def test_ties_tell_a_limit_from_a_member_of_the_class(fit, limit):
    assert only_a_limit(np.array(fit, float)) == limit


def test_no_table_of_a_qmix_mixer_is_only_a_limit():
    tables = games.random_tables(np.random.default_rng(0), 50)
    tables += [np.round(2 * table) for table in tables]  # with actions that tie
    recipe = replace(LEARNER, steps=20, positivity="softplus", scale=0.5)  # weights and gaps are still moderate
    for fits in fit(tables, "qmix", runs=8, recipe=recipe).fitted:
        assert not any(only_a_limit(table) for table in fits)


def test_qmix_is_compared_on_three_levels():
    verdict = diagnose(games.interpolate(1.6), ["qmix"])["qmix"]
    assert list(verdict.levels) == ["monotone", "convex"]
    assert verdict.levels["monotone"].mse < verdict.levels["convex"].mse < verdict.search.mse.min()
    assert len(verdict.details) == 4  # both classes, the search and the learner


def test_a_small_error_beside_a_large_reward_is_still_an_error():
    verdict = diagnose([[3, 4, 2], [4, 3, 1], [2, 1, 1e5]], ["qmix"])["qmix"]
    assert verdict.best.mse > 0.1 and "cannot hold" in verdict.reason


def test_the_exact_verdict_comes_without_learning():
    diagnosis = diagnose_exactly(games.COORDINATION, mixers.METHODS)
    for verdict in diagnosis.verdicts.values():
        assert verdict.learned is None and verdict.search is None
    assert "best fit plays (0, 0), earns 6 of 8" in str(diagnosis)
    assert np.array_equal(diagnosis["vdn"].fitted, exact.additive(games.COORDINATION).fit)


def test_a_mixed_outcome_is_called_mixed():
    wide = replace(LEARNER, scale=1.0)
    diagnosis = diagnose(games.COORDINATION, ["qmix"], recipe=wide)
    verdict = diagnosis["qmix"]
    assert 0 < verdict.learned.share < 1 and 6 < verdict.earns < 8
    assert "mostly plays" in str(diagnosis) and "on average" in str(diagnosis)
    assert verdict.outcome == "basin"


def test_three_agents_have_no_convex_level():
    table = np.zeros((2, 2, 2))
    table[1, 1, 1] = 1
    verdict = diagnose(table, ["qmix"])["qmix"]
    assert list(verdict.levels) == ["monotone"] and verdict.best is None
    assert verdict.outcome == "right" and verdict.plays == (1, 1, 1)


def test_a_mixer_of_ones_own_is_judged_too():
    try:

        class Smallest(Mixer):
            name, label, rank, igm = "smallest", "min", 50, True

            def forward(self, values, actions, state=None):
                return chosen(values, actions).amin(-1)

        verdict = diagnose(games.BOTH, ["smallest"])["smallest"]
        assert verdict.outcome == "right" and verdict.mse < 1e-4
    finally:
        mixers.METHODS.pop("smallest", None)


def test_every_class_of_a_method_has_a_projection_and_words():
    for method in mixers.METHODS.values():
        for name in method.projections:
            assert callable(getattr(exact, name)) and name in CLASSES
    assert {outcome for *_, outcome, _ in KNOWN} <= set(OUTCOMES)


def test_errors():
    with pytest.raises(games.TableError, match="nan"):
        diagnose([[0, np.nan], [1, 1]])
    with pytest.raises(ValueError, match="method is 'qmixx'"):
        diagnose(games.BOTH, ["qmixx"])
    with pytest.raises(ValueError, match="runs is 0"):
        diagnose(games.BOTH, runs=0)
