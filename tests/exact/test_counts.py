"""Best fits by counts: certified as projections onto their cones, and compared with whole tables."""

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marl_helpers import exact, games
from marl_helpers.exact import counts

REWARDS = st.lists(st.integers(-9, 9).map(float), min_size=3, max_size=6)


def weights(n):
    return np.array([comb(n, k) for k in range(n + 1)]) / 2**n


def in_kind(fit, kind):
    """Whether a function of a count is of the kind, in one of the two orders, by its differences."""
    slopes = np.diff(fit)
    rises, falls = (slopes > -1e-9).all(), (slopes < 1e-9).all()
    bends = {"sum": np.abs(np.diff(slopes)) < 1e-9, "convex": np.diff(slopes) > -1e-9, "monotone": [True]}[kind]
    return (rises or falls) and np.all(bends)


@given(rewards=REWARDS, kind=st.sampled_from(counts.KINDS), seed=st.integers(0, 99))
def test_no_function_of_the_kind_is_nearer(rewards, kind, seed):
    """A projection onto a convex cone: the rest is orthogonal to the fit, and points away from all of the cone."""
    found, w = counts.best(rewards, kind), weights(len(rewards) - 1)
    assert in_kind(found.fit, kind) and found.mse == pytest.approx((w * (found.fit - rewards) ** 2).sum(), abs=1e-9)
    generator = np.random.default_rng(seed)
    for _ in range(20):
        steps = np.sort(generator.exponential(size=len(rewards) - 1)) * 3
        steps = {"sum": np.full_like(steps, steps[0]), "convex": steps, "monotone": generator.permutation(steps)}[kind]
        other = generator.normal() * 5 + np.concatenate([[0], steps.cumsum()])
        for one in (other, other[::-1]):
            assert found.mse <= (w * (one - rewards) ** 2).sum() + 1e-9


@given(rewards=REWARDS)
def test_a_sum_is_the_best_sum_of_the_whole_table(rewards):
    assert counts.best(rewards, "sum").mse == pytest.approx(exact.additive(games.by_count(rewards)).mse, abs=1e-8)


@given(rewards=st.lists(st.integers(-9, 9).map(float), min_size=4, max_size=4))
def test_agents_that_differ_can_hold_no_less(rewards):
    table = games.by_count(rewards)
    assert exact.monotone(table).mse <= counts.best(rewards, "monotone").mse + 1e-8


def test_each_kind_holds_the_one_before_and_a_deep_set_holds_what_rises():
    for rewards, convex in ([0, 1, 1], 1 / 16), ([0, 0, 1, 1], 3 / 64), ([0, 0, 0, 1], 0):
        errors = [counts.best(rewards, kind).mse for kind in counts.KINDS]
        assert errors == sorted(errors, reverse=True)
        assert errors[1:] == pytest.approx([convex, 0], abs=1e-12)
        assert counts.best(rewards[::-1], "monotone").mse == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    ("rewards", "kind", "message"),
    [([1], "sum", "rewards"), ([0, np.nan], "sum", "rewards"), ([0, 1], "linear", "kind is 'linear': choose one of")],
)
def test_what_is_no_such_question_is_refused(rewards, kind, message):
    with pytest.raises(ValueError, match=message):
        counts.best(rewards, kind)
