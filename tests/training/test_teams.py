"""What graphs and a monotone mixer make of the named tasks of three and four agents, each claim with its number."""

from itertools import combinations, product

import numpy as np
import pytest

from marl_helpers import exact, games, graphs

TRIANGLE = graphs.complete(3)
CLOSE = 1e-12


def mse(table, edges=None):
    return exact.graph(table, edges).mse


def earned(table, found):
    """What the joint actions earn that a team may play on this fit, each once."""
    return sorted({float(table[cell]) for cell in found.greedy})


def each_on_its_own(graph, one):
    """The value where every agent takes the best action of its belief, as max-plus was published."""
    return graph.value(tuple(int(belief.argmax()) for belief in one.beliefs))


def test_the_tables_are_those_of_their_stories():
    for one, two, three in product((0, 1), repeat=3):
        count = one + two + three
        assert games.HANDS[one, two, three] == [0, 4, 4, 5][count]
        assert games.ALL_THREE[one, two, three] == (count == 3) and games.PARITY[one, two, three] == count % 2
        assert games.MEETING[one, two, three] == (one == two == three)
        crate_a, crate_b = one == 1 and two == 0, two == 1 and three == 0
        assert games.CRATES[one, two, three] == 3 * crate_a + 3 * crate_b + (three == 1)
        for four in (0, 1):
            wishes = [one != two, two == three, three == four, four == one]
            own = 2 * (one == 1) + 2 * (two == 1) + (three == 1) + (four == 0)
            assert games.ring(7)[one, two, three, four] == 7 * sum(wishes) + own
    assert games.RING.tolist() == games.ring(3).tolist()
    assert games.TEAMS["Meeting of four"].tolist() == games.by_count([1, 0, 0, 0, 1]).tolist()
    assert all(not table.flags.writeable and table.ndim in (3, 4) for table in games.TEAMS.values())
    with pytest.raises(ValueError, match=r"rewards is \[0, 1\]: give a list of 3 or more"):
        games.by_count([0, 1])


@pytest.mark.parametrize("second", [(0, 2), (1, 2)])
def test_more_edges_fit_the_hands_better_and_lose_the_optimum(second):
    by_edges = [exact.graph(games.HANDS, edges) for edges in ([], [(0, 1)], [(0, 1), second], TRIANGLE)]
    assert [found.mse for found in by_edges] == pytest.approx([13 / 16, 43 / 64, 17 / 32, 25 / 64], abs=CLOSE)
    assert [found.finds_optimum for found in by_edges] == ["yes", "yes", "no", "no"]
    assert [earned(games.HANDS, found) for found in by_edges] == [[5], [5], [4], [4]]
    complete = by_edges[-1].fit
    assert complete[1, 1, 0] == pytest.approx(4.625) and complete[1, 1, 1] == pytest.approx(4.375)
    monotone = exact.monotone(games.HANDS)
    assert monotone.mse < CLOSE and monotone.finds_optimum == "yes"


def test_matching_is_a_graphs_and_no_monotone_mixers():
    assert mse(games.MATCHING) < CLOSE and exact.monotone(games.MATCHING).mse == pytest.approx(1 / 6)
    assert exact.monotone(games.MATCHING).finds_optimum == "tie"
    assert mse(games.MEETING) < CLOSE and exact.monotone(games.MEETING).mse == pytest.approx(3 / 28)
    assert graphs.needed(games.MEETING) == TRIANGLE
    for edges in combinations(TRIANGLE, 2):  # with one edge missing the fit is worse, and the play as good
        found = exact.graph(games.MEETING, edges)
        assert found.mse == pytest.approx(1 / 16) and found.finds_optimum == "yes"


def test_and_of_three_is_a_monotone_mixers_and_no_graphs():
    assert exact.monotone(games.ALL_THREE).mse < CLOSE and exact.is_monotone(games.ALL_THREE)
    found, check = exact.graph(games.ALL_THREE), graphs.is_representable(games.ALL_THREE)
    assert found.mse == pytest.approx(1 / 64) and not check and check.witness == (0, 1, 2)
    assert found.finds_optimum == "yes" and found.fit[1, 1, 1] == pytest.approx(7 / 8)
    assert mse(games.TEAMS["Meeting of four"]) == pytest.approx(1 / 64)  # pairs do not suffice for four to meet


def test_parity_is_beyond_both():
    assert [mse(games.PARITY, edges) for edges in ([], TRIANGLE)] == pytest.approx([1 / 4, 1 / 4])
    assert graphs.needed(games.PARITY) == () and not graphs.is_representable(games.PARITY)
    assert exact.monotone(games.PARITY).mse == pytest.approx(3 / 16)
    assert exact.graph(games.PARITY).finds_optimum == exact.monotone(games.PARITY).finds_optimum == "tie"


def test_the_crates_take_a_chain():
    assert graphs.needed(games.CRATES) == graphs.chain(3) and mse(games.CRATES, graphs.chain(3)) < CLOSE
    errors = {(): 9 / 8, ((0, 1),): 9 / 16, ((1, 2),): 9 / 16, ((0, 2),): 9 / 8}
    for edges, error in errors.items():
        found = exact.graph(games.CRATES, edges)
        assert found.mse == pytest.approx(error) and earned(games.CRATES, found) == [3]
    monotone = exact.monotone(games.CRATES)
    assert monotone.mse == pytest.approx(5 / 8) and earned(games.CRATES, monotone) == [3]
    found = graphs.max_plus(exact.graph(games.CRATES, graphs.chain(3)).parts)
    assert found.plays == (1, 0, 1) and games.CRATES[found.plays] == games.CRATES.max() == 4
    assert len(found.rounds) - 1 == 2 and found.settled


def test_on_the_ring_messages_go_round_for_ever_and_the_best_so_far_is_right():
    found = exact.graph(games.RING, graphs.ring(4))
    assert graphs.needed(games.RING) == graphs.ring(4) and found.mse < CLOSE and found.greedy == ((1, 1, 1, 1),)
    talk = graphs.max_plus(found.parts)
    assert not talk.settled and talk.plays == (1, 1, 1, 1) and talk.value == pytest.approx(14)
    assert [one.value for one in talk.rounds] == pytest.approx([12, 13, 13, 14, 13, 12, 12, 13, 12])
    alone = [each_on_its_own(found.parts, one) for one in talk.rounds]
    assert alone == pytest.approx([9, 12, 12, 9, 3, 12, 12, 3, 9])
    assert min(np.ptp(belief) for one in talk.rounds for belief in one.beliefs) > 0.9  # and no tie is to blame
    assert graphs.eliminate(found.parts).plays == (1, 1, 1, 1)


def test_on_the_ring_of_higher_pay_even_the_best_so_far_is_wrong():
    table = games.TEAMS["Ring, 4 a pair"]
    parts = exact.graph(table, graphs.ring(4)).parts
    talk = graphs.max_plus(parts, 1000)
    assert not talk.settled and talk.value == pytest.approx(16) and table.max() == 17
    assert graphs.eliminate(parts).plays == (1, 1, 1, 1) and table[1, 1, 1, 1] == 17


def test_the_ring_can_do_without_one_edge_only():
    without = [exact.graph(games.RING, [e for e in graphs.ring(4) if e != edge]) for edge in graphs.ring(4)]
    assert [fit.mse for fit in without] == pytest.approx([9 / 4] * 4)
    assert [fit.finds_optimum for fit in without] == ["yes", "no", "no", "no"]  # the pair that goes without
    for fit, error in ((exact.additive(games.RING), 9), (exact.monotone(games.RING), 593 / 160)):
        assert fit.mse == pytest.approx(error) and earned(games.RING, fit) == [9]
