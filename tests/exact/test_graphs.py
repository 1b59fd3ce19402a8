"""Coordination graphs against explicit least squares and brute force over all joint actions, ties included."""

from collections import deque
from itertools import combinations, pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from marl_helpers import exact, games, graphs
from marl_helpers.exact.maximisers import MaxPlus, Round, neighbours, outwards
from marl_helpers.games import TableError

SHAPES = st.sampled_from([(2, 2), (3, 2), (2, 2, 2), (2, 3, 1), (3, 3, 2), (2, 2, 2, 2), (2, 1, 2, 3)])


def numbers(draw, shape):
    """Small integers (many ties) or random numbers (none)."""
    if draw(st.booleans()):
        return draw(hnp.arrays(np.float64, shape, elements=st.integers(-2, 2)))
    return np.random.default_rng(draw(st.integers(0, 2**32 - 1))).normal(size=shape)


@st.composite
def cases(draw):
    """A table, edges, and weights that are often zero, or None for uniform ones."""
    shape = draw(SHAPES)
    edges = draw(st.lists(st.sampled_from(list(combinations(range(len(shape)), 2))), unique=True))
    weights = hnp.arrays(np.float64, shape, elements=st.sampled_from([0, 1, 2, 0.3])).filter(np.any)
    return numbers(draw, shape), edges, draw(st.none() | weights)


@st.composite
def random_graphs(draw, forest=False):
    """Graphs of up to six agents with up to three actions each."""
    shape = draw(st.lists(st.integers(1, 3), min_size=2, max_size=6))
    if forest:
        parents = [draw(st.integers(-1, i - 1)) for i in range(1, len(shape))]  # -1: a tree of its own
        names = draw(st.permutations(range(len(shape))))
        edges = [(names[parent], names[i + 1]) for i, parent in enumerate(parents) if parent >= 0]
    else:
        edges = draw(st.lists(st.sampled_from(list(combinations(range(len(shape)), 2))), unique=True))
    singles = [numbers(draw, actions) for actions in shape]
    pairs = {(min(edge), max(edge)): numbers(draw, (shape[min(edge)], shape[max(edge)])) for edge in edges}
    return graphs.Graph(singles, pairs)


def brute_force(graph):
    """The team value of every joint action, cell by cell from the definition."""
    team = np.zeros([len(part) for part in graph.singles])
    for cell in np.ndindex(team.shape):
        team[cell] = sum(part[a] for part, a in zip(graph.singles, cell))
        team[cell] += sum(part[cell[i], cell[j]] for (i, j), part in graph.pairs.items())
    return team


def explicit_fit(table, edges, weights):
    """The least-squares fit of smallest norm about the weighted mean, one design row for each joint action."""
    scopes = [(i,) for i in range(table.ndim)] + [tuple(sorted(edge)) for edge in edges]
    columns = [(scope, choice) for scope in scopes for choice in product(*(range(table.shape[i]) for i in scope))]
    design = np.array(
        [[all(cell[i] == a for i, a in zip(*column)) for column in columns] for cell in np.ndindex(table.shape)], float
    )
    weights = np.ones(table.size) if weights is None else weights.ravel()
    mean, root = np.average(table, weights=weights.reshape(table.shape)), np.sqrt(weights)
    parts = np.linalg.pinv(design * root[:, None], rcond=1e-12) @ (root * (table.ravel() - mean))
    return (design @ parts).reshape(table.shape) + mean


def longest_path(graph):
    """The number of edges on the longest of the shortest paths."""
    most = 0
    for start in range(len(graph.singles)):
        distance, queue = {start: 0}, deque([start])
        while queue:
            here = queue.popleft()
            for a, b in graph.pairs:
                if here in (a, b) and a + b - here not in distance:
                    distance[a + b - here] = distance[here] + 1
                    queue.append(a + b - here)
        most = max(most, *distance.values())
    return most


@given(cases())
def test_the_best_fit_is_the_one_of_explicit_least_squares(case):
    table, edges, weights = case
    found, fit = exact.graph(table, edges, weights), explicit_fit(table, edges, weights)
    assert np.allclose(found.fit, fit, atol=1e-8)
    assert found.mse == pytest.approx(np.average((table - fit) ** 2, weights=weights), abs=1e-12)
    near = 1e-7 * (np.ptp(table) or 1)
    assert set(found.greedy) == set(map(tuple, np.argwhere(fit >= fit.max() - near).tolist()))
    assert set(found.optima) == set(map(tuple, np.argwhere(table == table.max()).tolist()))


@given(cases())
def test_the_parts_of_a_fit_add_up_to_it_and_are_told_apart_as_stated(case):
    table, edges, weights = case
    found = exact.graph(table, edges, weights)
    parts = found.parts
    assert np.allclose(brute_force(parts), found.fit) and np.allclose(parts.table(), found.fit)
    assert set(parts.pairs) == {tuple(sorted(edge)) for edge in edges}
    for part in parts.singles:
        assert part.mean() == pytest.approx(found.fit.mean() / table.ndim, abs=1e-9)
    for part in parts.pairs.values():
        assert np.allclose(part.mean(0), 0, atol=1e-9) and np.allclose(part.mean(1), 0, atol=1e-9)


@given(cases())
def test_without_edges_a_graph_is_a_sum_of_conditional_means(case):
    table, _, weights = case
    found, additive = exact.graph(table, [], weights), exact.additive(table, weights)
    assert np.array_equal(found.fit, additive.fit) and found.greedy == additive.greedy and found.mse == additive.mse
    if weights is None:
        others = [tuple(j for j in range(table.ndim) if j != i) for i in range(table.ndim)]
        means = sum(table.mean(axis=axes, keepdims=True) for axes in others)
        assert np.allclose(additive.fit, means - (table.ndim - 1) * table.mean())


@given(cases())
def test_an_edge_more_never_raises_the_error(case):
    table, edges, weights = case
    errors = [exact.graph(table, edges[:k], weights).mse for k in range(len(edges) + 1)]
    assert all(after <= before + 1e-12 for before, after in pairwise(errors))
    if table.ndim == 2 and weights is None:
        assert exact.graph(table).mse == pytest.approx(0, abs=1e-18)


@given(random_graphs())
def test_a_table_made_by_a_graph_needs_no_other_edge(graph):
    table = brute_force(graph)
    assert graphs.is_representable(table, graph.pairs) and exact.graph(table, graph.pairs).mse < 1e-18
    needed = graphs.needed(table)
    assert set(needed) <= set(graph.pairs) and graphs.is_representable(table, needed)
    for left_out in needed:
        edges = [edge for edge in needed if edge != left_out]
        check = graphs.is_representable(table, edges)
        assert not check and check.witness == left_out and exact.graph(table, edges).mse > 0


@given(cases())
def test_representable_means_fitted_without_error(case):
    table, edges, _ = case
    check = graphs.is_representable(table, edges)
    near = 1e-9 * (np.ptp(table) or 1)
    assert bool(check) == (np.abs(explicit_fit(table, edges, None) - table).max() <= 100 * near)
    if not check:
        assert check.witness not in edges and f"{check.witness[-1] + 1} have a part" in check.reason


@settings(max_examples=150)
@given(random_graphs())
def test_elimination_finds_the_maximum_of_every_graph(graph):
    team, found = brute_force(graph), graphs.eliminate(graph)
    assert found.value == pytest.approx(team.max(), abs=1e-9) and team[found.plays] == pytest.approx(found.value)
    assert sorted(found.order) == list(range(team.ndim))


def test_elimination_builds_small_tables_where_the_graph_allows_it():
    for edges, cells in (((), 3), (graphs.chain(6), 9), (graphs.ring(6), 27), (graphs.complete(6), 3**6)):
        graph = graphs.Graph([np.zeros(3)] * 6, {edge: np.eye(3) for edge in edges})
        assert graphs.eliminate(graph).cells == cells
    star = graphs.Graph([np.zeros(3)] * 6, {(0, j): np.eye(3) for j in range(1, 6)})
    assert graphs.eliminate(star).cells == 9 and graphs.eliminate(star).order[:4] == (1, 2, 3, 4)


@settings(max_examples=150)
@given(random_graphs(forest=True))
def test_max_plus_is_exact_on_every_tree_after_as_many_rounds_as_its_longest_path(graph):
    team, rounds = brute_force(graph), longest_path(graph)
    found = graphs.max_plus(graph)
    assert found.settled and len(found.rounds) - 1 <= rounds
    for judged in (found, graphs.max_plus(graph, rounds)):
        last = judged.rounds[-1]  # ties are decoded too: what the team plays at the end is optimal
        assert last.value == pytest.approx(team.max(), abs=1e-9) and team[last.plays] == pytest.approx(last.value)
        for i, belief in enumerate(last.beliefs):  # the best of the team for each own action, up to a constant
            best = team.max(axis=tuple(j for j in range(team.ndim) if j != i))
            assert np.allclose(belief - belief.max(), best - best.max(), atol=1e-8)


@given(random_graphs(), st.integers(0, 6))
def test_max_plus_keeps_the_best_so_far_on_every_graph(graph, rounds):
    team, longer = brute_force(graph), graphs.max_plus(graph, rounds + 2)
    found = graphs.max_plus(graph, rounds)
    assert len(found.rounds) <= rounds + 1
    for one in found.rounds:
        assert team[one.plays] == pytest.approx(one.value)
    assert found.value == max(one.value for one in found.rounds) <= longer.value
    assert team[found.plays] == pytest.approx(found.value)
    for one, other in zip(found.rounds, longer.rounds):
        assert one.plays == other.plays


@given(random_graphs())
def test_the_first_two_rounds_of_messages_follow_the_definition(graph):
    rounds = graphs.max_plus(graph, 2).rounds
    senders = [*graph.pairs, *((j, i) for i, j in graph.pairs)]
    said = {edge: np.zeros(graph.shape[edge[1]]) for edge in senders}
    for one in rounds[:3]:
        for i, j in senders:
            assert np.allclose(one.messages[i, j], said[i, j], atol=1e-8)
        heard = said
        said = {}
        for i, j in senders:
            worth = [
                max(
                    graph.singles[i][a]
                    + (graph.pairs[i, j][a, b] if (i, j) in graph.pairs else graph.pairs[j, i][b, a])
                    + sum(heard[k, i][a] for k, receiver in senders if receiver == i and k != j)
                    for a in range(graph.shape[i])
                )
                for b in range(graph.shape[j])
            ]
            said[i, j] = np.array(worth) - np.mean(worth)


def test_ties_part_agents_who_each_take_their_own_best_action():
    differ = graphs.Graph([np.zeros(2)] * 2, {(0, 1): 1 - np.eye(2)})
    found = graphs.max_plus(differ)
    assert [int(belief.argmax()) for belief in found.rounds[-1].beliefs] == [0, 0]
    assert found.plays == (0, 1) and found.value == 1


@given(random_graphs(), st.sampled_from([1e5, 1e8, -9e8]))
def test_a_large_constant_adds_no_edges(graph, constant):
    table = constant + brute_force(graph)
    assert set(graphs.needed(table)) <= set(graph.pairs) and graphs.is_representable(table, graph.pairs)
    if not graph.pairs:
        assert exact.is_additive(table)


def test_a_large_table_with_a_large_constant_needs_no_edges():
    parts = np.random.default_rng(0).random((3, 50))
    assert graphs.needed(1e8 + sum(np.ix_(*parts))) == ()  # means of it are off by several roundings


def test_beside_a_large_constant_a_part_that_rounding_cannot_make_still_counts():
    table = 1e8 + np.array([[0, 1], [1, 2 + 1e-6]])
    assert graphs.needed(table) == ((0, 1),) and not graphs.is_representable(table, ()) and not exact.is_additive(table)
    assert graphs.needed(1e-6 * games.MATCHING) == ((0, 1),)
    nearly = np.array([[0, 1], [1, 2 + 1e-6]])  # a millionth of the spread is no rounding error
    assert graphs.needed(nearly) == ((0, 1),) and not graphs.is_representable(nearly, ())


def test_a_part_of_four_agents_is_found():
    one, two, three, four = np.indices((2, 2, 2, 2))
    check = graphs.is_representable((-1.0) ** (one + two + three + four))
    assert not check and check.witness == (0, 1, 2, 3) and "agents 1, 2, 3 and 4 have a part of up to 1" in check.reason


def test_on_a_tree_an_agent_decides_after_its_parent_whatever_their_numbers():
    agree, differ = np.eye(2), 1 - np.eye(2)
    bent = graphs.Graph([np.zeros(2)] * 3, {(0, 2): agree, (1, 2): differ})
    assert graphs.max_plus(bent).plays == (0, 1, 0) and graphs.max_plus(bent).value == 2
    forked = graphs.Graph([np.zeros(2)] * 4, {(0, 1): agree, (0, 3): differ, (2, 3): differ})
    assert graphs.max_plus(forked).plays == (0, 0, 0, 1) and graphs.max_plus(forked).value == 3


@given(random_graphs(forest=True))
def test_decisions_go_outwards(graph):
    order, heard = outwards(neighbours(graph.pairs, len(graph.singles))), neighbours(graph.pairs, len(graph.singles))
    assert sorted(order) == list(range(len(heard)))
    for place, agent in enumerate(order):
        assert len(set(heard[agent]) & set(order[:place])) <= 1


def test_messages_cross_a_chain_of_twelve():
    """The last agent's wish outweighs the first one's, and everyone must agree."""
    singles = [np.array([1.0, 0.0]), *[np.zeros(2)] * 10, np.array([0.0, 5.0])]
    graph = graphs.Graph(singles, {edge: 10 * np.eye(2) for edge in graphs.chain(12)})
    assert graphs.max_plus(graph).plays == graphs.eliminate(graph).plays == (1,) * 12
    assert graphs.max_plus(graph, 10).plays == (0,) * 12  # one round too few
    assert graphs.max_plus(graph).settled


def test_of_equally_good_rounds_the_first_counts():
    rounds = [Round({}, (), plays, value) for plays, value in (((0, 0), 1.0), ((0, 1), 2.0), ((1, 0), 2.0))]
    assert MaxPlus(tuple(rounds), False).plays == (0, 1)
    assert MaxPlus(tuple(rounds), False, 1.5).plays == (0, 0)


def test_rounding_chooses_neither_among_actions_nor_among_rounds():
    graph = graphs.Graph([np.zeros(3)] * 3, {edge: np.eye(3) for edge in graphs.ring(3)})
    noise = np.random.default_rng(0)
    for _ in range(50):
        nearly = [part + 1e-15 * noise.normal(size=3) for part in graph.singles]
        assert graphs.max_plus(graphs.Graph(nearly, graph.pairs)).plays == (0, 0, 0)


def test_the_edges_of_the_shapes():
    assert graphs.chain(4) == ((0, 1), (1, 2), (2, 3)) and graphs.ring(4) == ((0, 1), (0, 3), (1, 2), (2, 3))
    assert graphs.ring(2) == graphs.chain(2) == graphs.complete(2) == ((0, 1),)
    assert graphs.complete(3) == graphs.ring(3) == ((0, 1), (0, 2), (1, 2)) and graphs.chain(1) == ()


def test_arrays_are_edges_too():
    assert graphs.listed(np.array([[1, 0], [1, 2]]), 3) == graphs.listed([np.array([0, 1]), (np.int64(2), 1)], 3)
    assert graphs.listed(np.array([[1, 0], [1, 2]]), 3) == graphs.chain(3)
    assert all(type(i) is int for edge in graphs.listed(np.array([[1, 0]]), 3) for i in edge)


NO_EDGES = [[(0, 3)], [(1, 1)], [(0, 1, 2)], [0], [(-1, 0)], ["01"], [(0.5, 1)], [(0.0, 1.0)], np.array([[0.0, 1.0]])]


@pytest.mark.parametrize("edges", NO_EDGES)
def test_what_is_no_edge_is_refused(edges):
    for ask in (exact.graph, graphs.decompose, graphs.is_representable):
        with pytest.raises(ValueError, match=r"edges holds .*numbered from 0 to 2, like \(0, 1\)"):
            ask(games.HANDS, edges)


def test_errors_name_the_remedy():
    with pytest.raises(ValueError, match="name each with the lower agent first"):
        graphs.Graph([[0, 1], [0, 1]], {(1, 0): np.eye(2)})
    with pytest.raises(ValueError, match=r"part of edge \(0, 1\) has shape \(2, 2\): give one of shape \(2, 3\)"):
        graphs.Graph([[0, 1], [0, 1, 2]], {(0, 1): np.eye(2)})
    for single in ([[0, 1]], []):
        with pytest.raises(ValueError, match="singles holds an array that is not one-dimensional"):
            graphs.Graph([single, [0, 1]], {})
    with pytest.raises(ValueError, match=r"edges holds \(0\.0, 1\.0\)"):
        graphs.Graph([[0, 1], [0, 1]], {(0.0, 1.0): np.eye(2)})
    with pytest.raises(ValueError, match="part of 1 holds nan: give finite numbers"):
        graphs.Graph([[0, 1], [0, np.nan]], {(0, 1): np.eye(2)})
    with pytest.raises(ValueError, match=r"part of \(0, 1\) holds -inf: give finite numbers"):
        graphs.Graph([[0, 1], [0, 1]], {(0, 1): [[0, -np.inf], [1, 2]]})
    for cell in ((-1, 0), (0, 2), (0,), (0, 1, 0), (0.0, 1)):
        with pytest.raises(ValueError, match=r"cell is .*: give each agent's action.*\(2, 2\)"):
            graphs.Graph([[0, 1], [0, 1]], {}).value(cell)
    large = graphs.Graph([np.zeros(10)] * 9, {edge: np.eye(10) for edge in graphs.complete(9)})
    with pytest.raises(exact.TooMuchWork, match=r"a table of 1\.0e\+09 cells, where 1e\+07 is the limit"):
        graphs.eliminate(large)
    for rounds in (-1, 2.5):
        with pytest.raises(ValueError, match=f"rounds is {rounds}: give a whole number"):
            graphs.max_plus(large, rounds)
    with pytest.raises(exact.TooMuchWork, match=r"16384 sets of agents.*2\.7e\+08.*1e\+08 is the limit.*or needed"):
        graphs.is_representable(np.zeros((2,) * 14))
    assert graphs.is_representable(np.zeros((2,) * 11)) and graphs.needed(np.zeros((2,) * 14)) == ()
    with pytest.raises(TableError, match="nan"):
        exact.graph([[np.nan, 1], [0, 1]])
    with pytest.raises(TableError, match="weights have shape"):
        exact.graph(games.HANDS, [], np.ones((2, 2)))


@given(st.integers(2, 7), st.data())
def test_a_forest_is_what_falls_apart_when_agents_with_at_most_one_edge_leave(n_agents, data):
    pairs = list(combinations(range(n_agents), 2))
    edges = graphs.listed(data.draw(st.lists(st.sampled_from(pairs), unique=True)), n_agents)
    left = set(edges)
    while leaves := {edge for edge in left if any(sum(i in other for other in left) == 1 for i in edge)}:
        left -= leaves
    assert graphs.is_forest(edges, n_agents) == (not left)
