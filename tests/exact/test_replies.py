"""Own values against a plain average over plays, and best replies against a fine grid of explorations."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marl_helpers import exact, games
from marl_helpers.exact.replies import best_replies, own_values, partner_play

tables = st.tuples(st.integers(1, 4), st.integers(1, 4)).flatmap(
    lambda shape: st.lists(
        st.lists(st.integers(-9, 9), min_size=shape[1], max_size=shape[1]), min_size=shape[0], max_size=shape[0]
    )
)


@given(tables, st.data(), st.fractions(0, 1, max_denominator=20))
def test_own_values_are_the_mean_reward_over_the_partners_plays(rows, data, exploration):
    favourite = data.draw(st.integers(0, len(rows[0]) - 1))
    size = len(rows[0])
    play = [exploration / size + (1 - exploration if action == favourite else 0) for action in range(size)]
    assert sum(play) == 1
    expected = [float(sum(p * reward for p, reward in zip(play, row))) for row in rows]
    assert np.allclose(partner_play(size, favourite, float(exploration)), [float(p) for p in play])
    assert np.allclose(own_values(rows, favourite, float(exploration)), expected)


@given(tables, st.data())
def test_best_replies_cover_zero_to_one_and_agree_with_a_grid(rows, data):
    favourite = data.draw(st.integers(0, len(rows[0]) - 1))
    stretches = best_replies(rows, favourite)
    assert stretches[0][0] == 0 and stretches[-1][1] == 1
    for (_, end, best), (start, _, after) in pairwise(stretches):
        assert end == start and best != after
    size = len(rows[0])
    for step in range(1, 200):
        explored = Fraction(step, 200) + Fraction(1, 1009)  # off the crossings of small whole numbers
        values = [(1 - explored) * row[favourite] + explored * Fraction(sum(row), size) for row in rows]
        best = tuple(a for a, value in enumerate(values) if value == max(values))
        found = next(actions for low, high, actions in stretches if low < explored < high)
        assert found == best


def test_reversals_of_climbing_and_game_2_by_hand():
    """Climbing, favourite 0: 11 - 52/3 e = 5/3 e at 11/19. Game 2, favourite 2: 8 - 13/3 e = 2 + 2 e at 18/19."""
    assert [(round(end, 9), best) for _, end, best in best_replies(games.CLIMBING, 0)] == [
        (round(11 / 19, 9), (0,)),
        (1, (2,)),
    ]
    assert [(round(end, 9), best) for _, end, best in best_replies(games.CLIMBING, 2)] == [
        (round(3 / 25, 9), (1,)),
        (1, (2,)),
    ]
    assert [(round(end, 9), best) for _, end, best in best_replies(games.COORDINATION, 2)] == [
        (round(18 / 19, 9), (2,)),
        (1, (0,)),
    ]


def test_at_full_exploration_the_values_are_those_of_independent_learners():
    for table in games.random_tables(np.random.default_rng(0), 50, (3, 4)):
        learned = exact.independent(table)
        values = own_values(table, 1, 1.0)
        assert {cell[0] for cell in learned.greedy} == set(np.flatnonzero(values >= values.max() - 1e-9).tolist())


@pytest.mark.parametrize(
    ("favourite", "exploration", "words"),
    [
        (3, 0.5, "favourite is 3: give an action of the partner, from 0 to 2"),
        (-1, 0.5, "favourite is -1"),
        (1.0, 0.5, "favourite is 1.0"),
        (0, 1.1, "exploration is 1.1: give a probability"),
        (0, float("nan"), "exploration is nan"),
    ],
)
def test_nonsense_is_refused_by_name(favourite, exploration, words):
    with pytest.raises(ValueError, match=words):
        own_values(games.CLIMBING, favourite, exploration)
    with pytest.raises(games.TableError, match="3 agents"):
        own_values(np.zeros((2, 2, 2)), 0, 0.5)


def test_rewards_that_differ_by_rounding_tie_and_tiny_ones_do_not():
    third = 0.1 + 0.2 - 0.3  # 5.6e-17
    assert best_replies([[1, 0], [1 + third, 0]], 0) == [(0, 1, (0, 1))]
    tiny = best_replies([[0, 4e-170], [1e-170, 1e-170]], 0)
    assert [best for *_, best in tiny] == [(1,), (0,)] and np.isclose(tiny[0][1], 0.5)


def test_three_lines_through_one_point_cross_in_one_place():
    table = np.array([[1, -1], [0.75, -0.25], [0, 2]])  # each is worth 0.5 when the partner explores half the time
    for scale in np.random.default_rng(0).random(300):
        found = best_replies(scale * table, 0)
        assert [best for *_, best in found] == [(0,), (2,)] and found[0][1] == pytest.approx(0.5)
