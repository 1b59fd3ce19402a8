"""Verdicts: what is played and earned, and whether the stated reason follows from independent facts."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marl_helpers import diagnose, exact, fit, games, mixers
from marl_helpers.exact.methods import on_tables
from marl_helpers.fitting import diagnosis
from marl_helpers.fitting.diagnosis import diagnose_exactly
from marl_helpers.fitting.reasons import CLASSES, OUTCOMES, only_a_limit
from marl_helpers.fitting.runs import LEARNER
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
    (with_peak(9.001), "vdn", "unfinished", {(2, 2)}),
    (with_peak(1e5), "qmix", "right", {(2, 2)}),
    (games.interpolate(1.2), "qmix", "basin", {(0, 0)}),
    (games.HANDS, "graph", "representation", {(0, 1, 1), (1, 0, 1), (1, 1, 0)}),
    (games.PARITY, "graph", "tie", set(np.ndindex(2, 2, 2))),
    (games.RING, "graph", "messages", set(exact.joint(games.RING).optima)),
    (games.interpolate(1.6), "qmix", "close", {(0, 0)}),
    (games.interpolate(1.7), "qmix", "representation", {(0, 0)}),
]


@pytest.mark.parametrize(("table", "method", "outcome", "plays"), KNOWN)
def test_known_verdicts(table, method, outcome, plays):
    verdict = diagnose(table, [method])[method]
    assert (verdict.outcome, verdict.plays in plays) == (outcome, True), verdict.reason


@pytest.fixture
def little_search(monkeypatch):
    """Where a test is not about the search for a better fit, which takes longer than the runs themselves."""
    monkeypatch.setattr(diagnosis, "STARTS", 2)


@pytest.mark.learning
@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), shape=st.sampled_from([(2, 2), (3, 3), (2, 4), (2, 2, 2)]))
def test_what_is_played_and_earned_is_what_the_runs_play_and_earn(little_search, seed, shape):
    (table,) = games.random_tables(np.random.default_rng(seed), 1, shape)
    recipe = replace(LEARNER, steps=200)
    found = diagnose(table, runs=8, recipe=recipe)
    assert list(found.verdicts) == on_tables()
    for method, verdict in found.verdicts.items():
        again = fit(table, method, runs=8, recipe=recipe)
        played = [tuple(cell) for cell in again.greedy.tolist()]
        assert verdict.learned.optimal.tolist() == [table[cell] == table.max() for cell in played]
        assert verdict.earns == pytest.approx(np.mean([table[cell] for cell in played]))
        assert played.count(verdict.plays) == max(map(played.count, played))
        shown = min((error, k) for k, error in enumerate(again.mse) if played[k] == verdict.plays)
        assert verdict.mse == shown[0] and np.array_equal(verdict.fitted, again.fitted[shown[1]])


@pytest.mark.parametrize(
    ("fit", "limit"),
    [
        ([[0, 0], [0, 1]], True),  # agent 1's actions tie against 0 and not against 1
        ([[0, 1], [1, 3]], False),
        ([[0, 1], [0, 1]], False),  # they tie always: one utility for both
        ([[2, 2], [2, 2]], False),
        ([[0.3, 0], [0.1 + 0.2, 1]], True),  # ties up to rounding
        ([[0.3, 1], [0.1 + 0.2, 1]], False),
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
    levels, search = verdict.evidence.levels, verdict.evidence.search
    assert list(levels) == ["monotone", "convex"]
    assert levels["monotone"].mse < levels["convex"].mse < search.mse.min() < verdict.learned.mse.min()
    assert len(verdict.details) == 5  # both classes, the learner, its runs settled, the search


def test_the_search_has_the_learners_width():
    verdict = diagnose(games.QTRAN, ["qmix"], runs=2, recipe=replace(LEARNER, width=1))["qmix"]
    assert verdict.evidence.search.recipe.width == 1


def test_the_seed_is_that_of_the_runs_and_of_the_search():
    recipe = replace(LEARNER, width=1, steps=20)
    first, again, other = (diagnose(games.QTRAN, ["qmix"], 4, seed, recipe)["qmix"].evidence for seed in (5, 5, 6))
    assert np.array_equal(first.learned.fitted, fit(games.QTRAN, "qmix", 4, 5, recipe=recipe).fitted)
    for runs in ("learned", "settled", "search"):
        mine, same, different = (getattr(evidence, runs).fitted for evidence in (first, again, other))
        assert np.array_equal(mine, same) and not np.isclose(mine, different).all((1, 2)).all()


@pytest.mark.learning
def test_a_run_that_has_not_settled_is_not_said_to_be_in_a_basin(little_search):
    few = replace(LEARNER, steps=0)
    for verdict in diagnose(games.ADDITIVE, recipe=few).verdicts.values():
        assert verdict.outcome == "unfinished" and "when learning stopped" in verdict.reason


def test_divergence_is_named():
    verdict = diagnose(games.COORDINATION, ["qmix"], runs=4, recipe=replace(LEARNER, rate=1e200, steps=50))["qmix"]
    assert verdict.outcome == "diverged" and verdict.reason.startswith("4 of 4 runs diverged")


def test_the_reason_names_the_method_whose_fit_it_quotes():
    """On this table the best monotone fit and QMIX's own differ in what they put first."""
    table = next(
        table
        for table in games.random_tables(np.random.default_rng(0), 100)
        if not set(exact.monotone(table).greedy) & set(exact.convex(table).greedy)
    )
    first = exact.convex(table).greedy[0]
    puts = "puts" if table[first] < table.max() else "is right: it puts"
    assert f"QMIX's best fit {puts} {first} first" in diagnose_exactly(table, ["qmix"])["qmix"].reason


def test_a_small_error_beside_a_large_reward_is_still_an_error():
    verdict = diagnose([[3, 4, 2], [4, 3, 1], [2, 1, 1e5]], ["qmix"])["qmix"]
    assert verdict.best.mse > 0.1 and "cannot hold" in verdict.reason


def test_the_exact_verdict_comes_without_learning():
    diagnosis = diagnose_exactly(games.COORDINATION, mixers.METHODS)
    for verdict in diagnosis.verdicts.values():
        assert verdict.learned is None and verdict.evidence.search is None
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
    assert list(verdict.evidence.levels) == ["monotone"] and verdict.best is None
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
