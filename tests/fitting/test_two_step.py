"""Two-step games: what each method backs up, against backward induction by hand, and the tables of the QMIX paper."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marl_helpers import exact, games
from marl_helpers.fitting import two_step
from marl_helpers.fitting.fits import fit
from marl_helpers.fitting.runs import LEARNER
from marl_helpers.fitting.two_step import DISCOUNT, MIRRORED, PAPER, first_state, learn, least_squares

PRINTED = {  # Rashid et al. 2018, tables 2 and 3: the first state, branch 2A, branch 2B
    "qmix": ([[6.93, 6.93], [7.92, 7.92]], [[7.00, 7.00], [7.00, 7.00]], [[0.00, 1.00], [1.00, 8.00]]),
    "vdn": ([[6.94, 6.94], [6.35, 6.36]], [[6.99, 7.02], [6.99, 7.02]], [[-1.87, 2.31], [2.33, 6.51]]),
}


@pytest.mark.learning
def test_qmix_learns_the_papers_tables_and_plays_for_eight():
    for seed in range(2):
        found = learn(PAPER, "qmix", seed=seed)
        for learned, printed in zip((found.first, *found.branches), PRINTED["qmix"]):
            assert np.abs(learned - printed).max() < 0.02
        assert (found.returns == 8).all()


def test_vdn_learns_least_squares_and_not_quite_the_papers_table():
    by_hand = [[-1.5, 2.5], [2.5, 6.5]]  # row and column means of [[0, 1], [1, 8]], less the grand mean
    for seed in range(2):
        found = learn(PAPER, "vdn", seed=seed)
        assert np.abs(found.branches[1] - by_hand).max() < 0.02
        assert np.abs(found.first - first_state([7, 6.5], 2)).max() < 0.02
        assert (found.returns == 7).all()
    assert np.abs(np.subtract(by_hand, PRINTED["vdn"][2])).max() == pytest.approx(0.37)
    assert np.abs(first_state([7, 6.5], 2) - PRINTED["vdn"][0]).max() < 0.1


@pytest.mark.learning
def test_in_the_mirrored_game_independent_learning_beats_sum_and_qmix():
    for seed in range(2):
        for method, back_up, earned in (("vdn", 1.25, 1), ("qmix", 1.25, 1), ("iql", 1, 1.1)):
            found = learn(MIRRORED, method, seed=seed)
            assert np.abs(found.branches[1][:, 1, 1] - back_up).max() < 0.02
            assert (found.returns == earned).all()


tables = st.lists(st.lists(st.integers(-5, 5), min_size=3, max_size=3), min_size=2, max_size=2)


@given(st.lists(tables, min_size=2, max_size=3))
def test_with_unrestricted_tables_it_is_backward_induction(branches):
    first, rounds = least_squares(branches, exact.joint)
    values = [max(max(row) for row in table) for table in branches]
    assert np.allclose(first, [[DISCOUNT * value] * 3 for value in values])
    assert np.allclose(rounds, branches)


@given(st.lists(tables, min_size=2, max_size=3))
def test_the_sum_backs_up_its_own_largest_value(branches):
    first, _ = least_squares(branches)
    for table, row in zip(np.array(branches, dtype=float), first):
        additive = table.mean(1)[:, None] + table.mean(0) - table.mean()
        assert np.allclose(row, DISCOUNT * additive.max())


def test_a_learned_run_backs_up_and_earns_what_it_plays():
    branches = [np.array([[0.0, 3.0], [1.0, 2.0]]), np.array([[5.0, -9.0], [-9.0, 4.0]])]
    found = learn(branches, "joint", runs=4)
    assert np.abs(found.first - first_state([3, 5], 2)).max() < 0.05 and (found.returns == 5).all()


def test_starts_differ_between_runs_in_the_first_state_too():
    found = learn(PAPER, "qmix", runs=8, seed=1, recipe=replace(LEARNER, steps=5))
    assert len(np.unique(found.first[:, 0, 0])) == 8


def test_a_run_goes_by_what_its_team_plays_and_not_by_the_largest_values(monkeypatch):
    """QTRAN plays by its utilities, and after a few steps its Q_jt has other maximisers."""
    branches, calls = [np.array([[0.0, 3.0], [1.0, 2.0]]), np.array([[5.0, -9.0], [-8.0, 4.0]])], []

    def spied(tables, method, runs, seed, **options):
        calls.append((tables, seed, fit(tables, method, runs, seed, **options)))
        return calls[-1][-1]

    monkeypatch.setattr(two_step, "fit", spied)
    found = learn(branches, "qtran", runs=16, seed=3, recipe=replace(LEARNER, steps=5))
    (_, seed, rounds), (targets, again, first) = calls
    assert seed == again == 3
    elsewhere = 0
    for run in range(16):
        played = [tuple(rounds.greedy[b, run]) for b in range(2)]
        values = [rounds.fitted[b, run][cell] for b, cell in enumerate(played)]
        assert np.allclose(targets[run], [[DISCOUNT * value] * 2 for value in values])
        choice = first.greedy[run, run, 0]
        assert found.returns[run] == branches[choice][played[choice]]
        assert np.array_equal(found.first[run], first.fitted[run, run])
        largest = [rounds.fitted[b, run].max() > values[b] for b in range(2)]
        elsewhere += any(largest) and first.fitted[run, run].max() > first.fitted[run, run][choice].max()
    assert elsewhere  # and so the two could have been mistaken for each other


@pytest.mark.parametrize(
    ("branches", "message"),
    [
        ([np.zeros((2, 2, 2))] * 2, "two agents"),
        ([], r"branches have shapes \[\]: give one or more"),
        ([np.zeros((2, 2)), np.zeros((3, 3))], r"shapes \[\(2, 2\), \(3, 3\)\]: give one or more tables of one shape"),
        ([[[0, np.nan], [1, 2]]], "nan"),
    ],
)
def test_other_branches_are_refused(branches, message):
    for ask in (least_squares, lambda branches: learn(branches, "vdn", runs=1)):
        with pytest.raises(games.TableError, match=message):
            ask(branches)
