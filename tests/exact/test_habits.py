"""Data weighted by the team's own play: products of habits, and what stays in place as exploration fades."""

import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marl_helpers import exact, games
from marl_helpers.exact.habits import equilibria, moves, stays, visits

shapes = st.sampled_from([(2, 2), (3, 3), (2, 4), (2, 2, 3)])


@given(shapes, st.floats(0, 1), st.integers(0, 100))
def test_visits_are_those_of_agents_who_explore_independently(shape, exploration, pick):
    cells = list(np.ndindex(shape))
    favourite = cells[pick % len(cells)]
    found = visits(shape, favourite, exploration)
    for cell in cells:
        own = [exploration / m + (1 - exploration) * (a == f) for a, f, m in zip(cell, favourite, shape)]
        assert found[cell] == pytest.approx(np.prod(own))
    assert found.sum() == pytest.approx(1)


def distinct(seed, shape):
    return np.random.default_rng(seed).permutation(np.prod(shape)).reshape(shape).astype(float)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000), st.sampled_from([(2, 2), (3, 3), (2, 4)]))
def test_with_little_exploration_what_stays_is_a_strict_equilibrium_and_each_one_stays(seed, shape):
    """Changing one action alone weighs the exploration e, changing two e squared: 1e-4 decides for entries below 9."""
    table = distinct(seed, shape)
    for best in (exact.additive, exact.convex, exact.monotone):
        assert stays(table, 1e-4, best) == equilibria(table)


@given(st.integers(0, 10_000), shapes)
def test_equilibria_are_those_that_nobody_gains_or_ties_by_leaving(seed, shape):
    table = np.floor(distinct(seed, shape) / 2)  # with ties
    for cell in np.ndindex(shape):
        gains = [
            table[(*cell[:i], action, *cell[i + 1 :])] - table[cell]
            for i in range(len(shape))
            for action in range(shape[i])
            if action != cell[i]
        ]
        assert (cell in equilibria(table)) == (max(gains) < 0)


def test_full_exploration_forgets_the_favourite():
    for best in (exact.additive, exact.monotone):
        assert len({tuple(greedy) for greedy in moves(games.COORDINATION, 1.0, best).values()}) == 1


@pytest.mark.parametrize(("exploration", "held"), [(18 / 19 - 1e-6, True), (18 / 19 + 1e-6, False)])
def test_a_sum_holds_game_2_once_it_is_there_up_to_18_19(exploration, held):
    assert ((2, 2) in stays(games.COORDINATION, exploration)) == held


def test_a_joint_table_moves_to_the_optimum_from_anywhere():
    assert set(moves(games.CLIMBING, 0.3, exact.joint).values()) == {((0, 0),)}


@pytest.mark.parametrize("shape", [(2, 2), (4, 3), (2, 2, 3), (1, 3)])
def test_an_exploration_is_refused_where_a_fit_would_leave_out_what_is_seldom_played(shape):
    table = np.arange(math.prod(shape), dtype=float).reshape(shape)  # the last joint action is best
    with pytest.raises(ValueError, match="exploration is 1e-12: give at least") as refused:
        stays(table, 1e-12)
    least = float(re.search(r"at least (\S+) for", str(refused.value))[1])  # rounded to two digits
    last = tuple(actions - 1 for actions in shape)
    assert set(moves(table, 1.03 * least, exact.joint).values()) == {(last,)}  # every joint action is seen
    with pytest.raises(ValueError, match="give at least"):
        moves(table, 0.97 * least, exact.joint)


def test_an_agent_with_one_action_has_nothing_to_explore():
    assert stays([[0, 1, 2]], 1e-8, exact.joint) == [(0, 2)]


def test_what_ties_with_another_does_not_stay():
    assert stays(games.MATCHING, 1.0) == stays([[1, 1], [0, 0]], 1.0) == []
    assert stays([[1, 0], [0, 0]], 1.0) == [(0, 0)]


@pytest.mark.parametrize("favourite", [(0,), (0, 0, 0), (3, 0), (-1, 0)])
def test_what_is_no_joint_action_is_refused(favourite):
    with pytest.raises(ValueError, match="favourite is"):
        visits((3, 3), favourite, 0.1)
