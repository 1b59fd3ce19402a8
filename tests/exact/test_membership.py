"""is_additive, is_monotone and is_supermodular against definitions tried out in full."""

from itertools import combinations, permutations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marl_helpers import exact, games
from marl_helpers.games import TableError


@st.composite
def tables(draw):
    """Sums of utilities, some of them bent at a cell or two and some made monotone: each property holds at times."""
    shape = draw(st.sampled_from([(1, 3), (2, 2), (2, 3), (3, 3), (4, 3), (2, 2, 2), (3, 2, 2), (2, 2, 2, 2)]))
    table = np.zeros(())
    for actions in shape:
        utilities = st.lists(st.integers(-2, 2), min_size=actions, max_size=actions)
        table = np.add.outer(table, np.array(draw(utilities), dtype=float))
    for _ in range(draw(st.integers(0, 2))):
        table[tuple(draw(st.integers(0, actions - 1)) for actions in shape)] += draw(st.sampled_from([-3, -1, 1, 3]))
    if draw(st.booleans()):
        for agent in range(len(shape)):
            table = np.maximum.accumulate(table, axis=agent)
    return table[np.ix_(*(draw(st.permutations(range(actions))) for actions in shape))]


def rankings_of(shape):
    return product(*(permutations(range(actions)) for actions in shape))


@given(tables())
def test_is_monotone_agrees_with_trying_every_ranking(table):
    def never_falls(order):
        ordered = table[np.ix_(*order)]
        return all((np.diff(ordered, axis=agent) >= 0).all() for agent in range(table.ndim))

    check = exact.is_monotone(table)
    if check:
        assert check.witness is None and never_falls(check.rankings)
        return
    assert check.rankings is None and not any(never_falls(order) for order in rankings_of(table.shape))
    agent, (a, b), contexts = check.witness
    gains = [table[(*c[:agent], a, *c[agent:])] - table[(*c[:agent], b, *c[agent:])] for c in contexts]
    assert gains[0] > 0 > gains[1]


def test_is_monotone_says_who_reverses_what():
    check = exact.is_monotone(games.COORDINATION)
    assert check.witness == (0, (0, 2), ((0,), (2,)))
    assert check.reason == (
        "agent 1 ranks action 0 (6) above 2 (2) when agent 2 plays 0, but 2 (8) above 0 (2) when agent 2 plays 2"
    )
    three = [[[0, 0], [1, 1]], [[1, 1], [0, 0]]]
    assert exact.is_monotone(three).reason.endswith("but 1 (1) above 0 (0) when the others play (0, 0)")
    assert exact.is_monotone([[1, 0, 1], [2, 1, 2]]).rankings == ((0, 1), (1, 0, 2))  # equal actions keep their order


@given(tables())
def test_is_supermodular_and_is_additive_agree_with_all_four_cells_of_all_pairs(table):
    bends = [0.0]
    for i, j in combinations(range(table.ndim), 2):
        flat = np.moveaxis(table, (i, j), (0, 1)).reshape(table.shape[i], table.shape[j], -1)
        for a, b in combinations(range(flat.shape[0]), 2):
            for c, d in combinations(range(flat.shape[1]), 2):
                bends += (flat[a, c] - flat[b, c] - flat[a, d] + flat[b, d]).tolist()
    for check, holds in [
        (exact.is_supermodular(table), min(bends) >= 0),
        (exact.is_additive(table), not any(bends)),
    ]:
        assert check.holds is holds and bool(check) is holds
        if not holds:
            none, one, other, both = (table[cell] for cell in check.witness)
            bend = both - one - other + none
            assert bend < 0 if check.reason.endswith("stepped up") else bend != 0


def test_is_supermodular_depends_on_the_rankings():
    assert not exact.is_supermodular(-games.MATCHING)
    assert exact.is_supermodular(-games.MATCHING, [(1, 0), (0, 1)])
    assert exact.is_supermodular(games.EITHER).witness == ((0, 0), (1, 0), (0, 1), (1, 1))
    assert exact.is_supermodular(games.EITHER).reason == (
        "agent 1's step from (0, 0) to (1, 0) is worth 1, but from (0, 1) to (1, 1) 0: less, "
        "though another agent has stepped up"
    )
    for rankings in ([(0, 1)], [(0, 1), (0, 2)], [(0, 1), (0, 0)]):
        with pytest.raises(TableError, match="give all actions of a table of shape"):
            exact.is_supermodular(games.EITHER, rankings)


def test_what_one_rounding_of_the_entries_makes_breaks_no_property():
    last_digit = np.spacing(1e8)
    for noise in (games.MATCHING, 1 - games.MATCHING):
        for check in (exact.is_additive, exact.is_monotone, exact.is_supermodular):
            assert check(1e8 + last_digit * noise) and check(1e8 + games.ADDITIVE[:2, :2] + last_digit * noise)
    for check in (exact.is_additive, exact.is_monotone, exact.is_supermodular):
        assert not check(1e8 - 10 * last_digit * games.MATCHING)
