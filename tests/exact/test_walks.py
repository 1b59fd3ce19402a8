"""The walk of the proof against brute force: on monotone tables it never falls, and a fall that is named is one."""

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marl_helpers import igm
from marl_helpers.exact import walks


@st.composite
def tables(draw):
    """Any team values and any utilities, with ties, of two or three agents."""
    shape = [draw(st.integers(1, 3)) for _ in range(draw(st.integers(2, 3)))]
    entries = draw(st.lists(st.integers(-2, 3), min_size=int(np.prod(shape)), max_size=int(np.prod(shape))))
    utilities = [draw(st.lists(st.integers(-1, 2), min_size=size, max_size=size)) for size in shape]
    return igm.Decomposition(tuple(map(np.array, utilities)), np.reshape(entries, shape).astype(float))


@st.composite
def monotone(draw):
    """The same where a function that never falls makes the team values of the utilities."""
    agents = draw(st.integers(2, 3))
    steps = draw(st.lists(st.integers(0, 2), min_size=4**agents, max_size=4**agents))
    f = np.reshape(steps, (4,) * agents)
    for axis in range(agents):
        f = f.cumsum(axis=axis)
    utilities = [draw(st.lists(st.integers(0, 3), min_size=1, max_size=4)) for _ in range(agents)]
    return igm.mix(lambda *values: f[values], utilities)


def joint(found):
    return [*product(*map(range, found.team.shape))]


def fallen(found):
    """By definition, over all pairs of joint actions."""
    for a, b in product(joint(found), repeat=2):
        differ = [i for i in range(len(a)) if a[i] != b[i]]
        if len(differ) == 1:
            (i,) = differ
            before, after = found.utilities[i][a[i]], found.utilities[i][b[i]]
            if after >= before and found.team[b] < found.team[a]:
                yield i, a, b, found.team[a] - found.team[b], before == after


@given(monotone())
def test_where_q_tot_is_monotone_no_walk_falls_from_any_start(found):
    assert walks.falls(found) == []
    for start in joint(found):
        steps = walks.walk(found, start)
        assert not any(step.fall or step.inner for step in steps)
        assert all(before <= after for step in steps for before, after in pairwise(step.values))
        assert steps[-1].values[-1] == found.team.max()  # so the proof arrives at what it claims


@given(tables())
def test_every_fall_that_is_named_is_one_and_none_is_left_out(found):
    named = [(one.agent, one.start, one.end, one.drop, one.tied) for one in walks.falls(found)]
    assert sorted(named) == sorted(fallen(found))
    assert [one.drop for one in walks.falls(found)] == sorted((fall[3] for fall in named), reverse=True)


@given(tables())
def test_without_a_fall_igm_holds_and_a_beaten_goal_has_a_falling_step_from_where_it_is_beaten(found):
    if not walks.falls(found):
        assert found.inclusion
    end = walks.goal(found)
    assert end in found.greedy and found.team[end] == min(found.team[cell] for cell in found.greedy)
    for start in joint(found):
        steps = walks.walk(found, start)
        if found.team[start] > found.team[end]:
            assert any(step.fall for step in steps)
        for fall in (step.fall for step in steps if step.fall):
            assert fall in walks.falls(found)


@given(tables())
def test_a_walk_is_a_step_for_each_agent_past_what_lies_between(found):
    for start in joint(found):
        steps = walks.walk(found, start)
        assert [step.agent for step in steps] == [*range(len(start))]
        assert steps[0].cells[0] == start and steps[-1].cells[-1] == walks.goal(found)
        assert [step.cells[-1] for step in steps[:-1]] == [step.cells[0] for step in steps[1:]]
        for step in steps:
            own = found.utilities[step.agent]
            assert step.utilities == tuple(own[cell[step.agent]] for cell in step.cells)
            assert step.values == tuple(found.team[cell] for cell in step.cells)
            assert [*step.utilities] == sorted(step.utilities)
            low, high = step.utilities[0], step.utilities[-1]
            between = {a for a in range(own.size) if low < own[a] < high}
            assert {cell[step.agent] for cell in step.cells[1:-1]} == between
            assert all(
                cell[:i] + cell[i + 1 :] == step.cells[0][:i] + step.cells[0][i + 1 :]
                for i in [step.agent]
                for cell in step.cells
            )


def of(team, *utilities):
    return igm.Decomposition(tuple(map(np.array, utilities)), np.array(team, dtype=float))


def test_the_lectures_walk_and_three_ways_to_break_it():
    table = [[0, 1, 1], [1, 3, 4], [2, 3, 6]]
    ranks = (0, 1, 2), (0, 1, 2)
    first, second = walks.walk(of(table, *ranks), (0, 1))
    assert first.cells == ((0, 1), (1, 1), (2, 1)) and first.values == (1, 3, 3)
    assert second.cells == ((2, 1), (2, 2)) and second.values == (3, 6)

    table[2][2] = 2
    found = of(table, *ranks)
    first, second = walks.walk(found, (0, 1))
    assert first.fall is None and second.fall.agent == 1
    assert walks.why(found, second.fall) == (
        "From (2, 1) to (2, 2) agent 2 raises its utility from 1 to 2, and Q_tot falls from 3 to 2. "
        "So Q_tot is not monotone in Q_2."
    )
    table[2][2], table[1][1] = 6, 0
    first, second = walks.walk(of(table, *ranks), (0, 1))
    assert first.inner and not first.fall and not second.fall

    found = of([[0, 0], [1, 2]], (1, 1), (0, 0))  # utilities tie, and the team values do not
    first, second = walks.walk(found, (1, 1))
    assert walks.why(found, first.fall) == (
        "From (1, 1) to (0, 1) agent 1 keeps its utility of 1, and Q_tot falls from 2 to 0. "
        "So Q_tot is no function of the utilities."
    )
    assert second.fall is None and not second.inner


def test_rounding_is_no_fall():
    assert walks.falls(of([[0.1 + 0.2, 1], [0.3, 1]], (0, 1), (0, 1))) == []


@pytest.mark.parametrize("start", [(0,), (0, 3), (0, -1), "ab", None, (0.5, 0)])
def test_what_is_no_joint_action_is_refused(start):
    with pytest.raises(ValueError, match="start is"):
        walks.walk(of(np.zeros((3, 3)), (0, 1, 2), (0, 1, 2)), start)
