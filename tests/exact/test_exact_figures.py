"""What the lectures say about named games and families of games, from the exact projections."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from marl_helpers import exact, games

A, B, C, D = (0, 0), (0, 1), (1, 0), (1, 1)


@pytest.mark.parametrize(
    ("project", "table", "mse", "greedy", "verdict"),
    [
        (exact.additive, games.COORDINATION, 346 / 81, [(0, 0)], "no"),
        (exact.convex, games.COORDINATION, 2.2074074, [(2, 2)], "yes"),
        (exact.monotone, games.COORDINATION, 2.2074074, [(2, 2)], "yes"),
        (exact.additive, games.QTRAN, 4096 / 81, [(1, 1), (1, 2), (2, 1), (2, 2)], "no"),
        (exact.convex, games.QTRAN, 32, [(0, 0)], "yes"),
        (exact.monotone, games.QTRAN, 32, [(0, 0)], "yes"),
        (exact.additive, games.CLIMBING, 175.0864198, [(2, 2)], "no"),
        (exact.convex, games.CLIMBING, 151.5555556, [(2, 2)], "no"),
        (exact.monotone, games.CLIMBING, 110.8240741, [(2, 2)], "no"),
        (exact.additive, games.EITHER, 1 / 16, [D], "yes"),
        (exact.convex, games.EITHER, 1 / 16, [D], "yes"),
        (exact.monotone, games.EITHER, 0, [D], "yes"),
        (exact.additive, games.BOTH, 1 / 16, [D], "yes"),
        (exact.convex, games.BOTH, 0, [D], "yes"),
        (exact.additive, games.MATCHING, 1 / 4, [A, B, C, D], "tie"),
        (exact.convex, games.MATCHING, 1 / 6, [A, D], "yes"),
        (exact.monotone, games.MATCHING, 1 / 6, [A, B, C, D], "tie"),
    ],
)
def test_projections_of_the_named_games(project, table, mse, greedy, verdict):
    found = project(table)
    assert found.mse == pytest.approx(mse, rel=1e-7, abs=1e-12)
    assert found.greedy == tuple(greedy) and found.finds_optimum == verdict


def test_qtrans_game_with_a_fourth_action_misleads_monotone_mixers_too():
    table = np.full((4, 4), 0.0)
    table[0], table[:, 0], table[0, 0] = -12, -12, 8
    assert exact.monotone(table).finds_optimum == "no"


@pytest.mark.parametrize(
    ("project", "boundary"), [(exact.additive, 6 / 7), (exact.convex, 1.6532), (exact.monotone, 90 / 73)]
)
def test_greedy_action_first_fails_at_its_boundary_between_games_1_and_2(project, boundary):
    low, high = 0.5, 1.9  # the optimum itself moves to (0, 0) at 2
    while high - low > 1e-6:
        middle = (low + high) / 2
        low, high = (middle, high) if project(games.interpolate(middle)).greedy == ((2, 2),) else (low, middle)
    assert low == pytest.approx(boundary, abs=5e-5 if project is exact.convex else 2e-6)


def test_at_six_sevenths_additive_play_ties():
    found = exact.additive(games.interpolate(6 / 7))
    assert found.greedy == ((0, 0), (0, 2), (2, 0), (2, 2)) and found.finds_optimum == "tie"


def test_interpolated_games_leave_the_monotone_class_after_one_third():
    for lam, within in [(0, True), (1 / 3, True), (1 / 3 + 1e-6, False), (1, False)]:
        assert bool(exact.is_monotone(games.interpolate(lam))) is within
    assert exact.is_additive(games.interpolate(0)) and not exact.is_additive(games.interpolate(1e-6))


@pytest.mark.parametrize(
    ("project", "low", "high", "count"),
    [(exact.additive, 0.370, 0.370, 5000), (exact.convex, 0.62, 0.68, 1000), (exact.monotone, 0.36, 0.38, 1000)],
)
def test_share_of_random_tables_on_which_each_class_is_right(project, low, high, count):
    random = games.random_tables(np.random.default_rng(7), count)
    share = np.mean([project(table).finds_optimum == "yes" for table in random])
    error = math.sqrt(0.25 / count)  # of the share, at most
    assert low - 3 * error < share < high + 3 * error


def dock(robots, prize):
    """Everyone takes a lane (action 0, worth 1 each) or the dock (1), which pays only when all come."""
    table = robots - np.indices((2,) * robots).sum(axis=0).astype(float)
    table[(1,) * robots] = prize
    return table


def critical_prize(robots):
    """The prize at which ranking the dock first fits as well as ranking the lane first.

    Both fits depend on the number of robots at the dock alone. With the dock on top, all other cells pool at their
    mean; with the lane on top, the full dock pools with its neighbours, those with at least k at the dock.
    """
    size = np.array([math.comb(robots, k) for k in range(robots)])
    value = robots - np.arange(robots)

    def scatter(values, sizes):
        return sizes @ (values - np.average(values, weights=sizes)) ** 2

    def gain(prize):  # of putting the lane on top: negative where the dock wins
        pools = [scatter(np.append(value[k:], prize), np.append(size[k:], 1)) for k in range(robots)]
        means = [np.average(np.append(value[k:], prize), weights=np.append(size[k:], 1)) for k in range(robots)]
        fits = [p for p, mean, k in zip(pools, means, range(robots)) if k == 0 or mean <= value[k - 1]]
        return scatter(value, size) - min(fits)

    low, high = float(np.average(value, weights=size)), 2.0**robots
    while high - low > 1e-10:
        middle = (low + high) / 2
        low, high = (low, middle) if gain(middle) < 0 else (middle, high)
    return low


@pytest.mark.parametrize(("robots", "price"), [(2, 2.00), (3, 3.14), (4, 4.83), (5, 7.34)])
def test_the_price_of_commitment(robots, price):
    critical = critical_prize(robots)
    assert critical == pytest.approx(price, abs=0.005)
    assert exact.monotone(dock(robots, critical + 1e-6)).greedy == ((1,) * robots,)
    assert exact.monotone(dock(robots, critical - 1e-6)).greedy == ((0,) * robots,)
    additive = 2.0 ** (robots - 1)
    assert exact.additive(dock(robots, additive + 1e-6)).greedy == ((1,) * robots,)
    assert exact.additive(dock(robots, additive - 1e-6)).greedy == ((0,) * robots,)


teams = st.sampled_from([(1, 4), (2, 2), (3, 3), (4, 2), (2, 2, 2), (3, 2, 2), (2, 2, 2, 2)])


@given(st.data())
def test_where_rewards_are_monotone_additive_play_is_optimal_under_product_weights(data):
    # conditional means inherit the order, and equal conditional means force equal rows
    table = data.draw(hnp.arrays(np.float64, data.draw(teams), elements=st.integers(0, 4)))
    for agent in range(table.ndim):
        table = np.maximum.accumulate(table, axis=agent)
    table = table[np.ix_(*(data.draw(st.permutations(range(actions))) for actions in table.shape))]
    marginals = [data.draw(st.lists(st.integers(1, 5), min_size=k, max_size=k)) for k in table.shape]
    weights = np.ones(())
    for marginal in marginals:
        weights = np.multiply.outer(weights, marginal)
    assert exact.is_monotone(table)
    assert exact.additive(table, weights).finds_optimum == "yes"


def test_additive_play_may_fail_on_monotone_rewards_under_other_weights():
    table, weights = [[1, 5, 8], [6, 8, 9]], [[100, 10, 1], [100, 1, 10]]
    assert exact.is_monotone(table)
    assert exact.additive(table, weights).greedy == ((1, 1),)
