"""Moments that a fit keeps: they change nothing, each is a whole fit, and its network has its fitted table."""

from dataclasses import replace

import numpy as np
import pytest

from marl_helpers import fit, games
from marl_helpers.fitting.moments import network
from marl_helpers.fitting.runs import LEARNER


@pytest.mark.parametrize("method", ["vdn", "qmix", "iql", "qplex", "joint"])
def test_keeping_moments_changes_no_bit_and_each_is_the_fit_that_ends_there(method):
    table, recipe, steps = games.COORDINATION, replace(LEARNER, steps=120), [0, 7, 60, 120]
    plain, kept = (fit(table, method, runs=4, recipe=recipe, moments=moments) for moments in ((), steps))
    assert [moment.step for moment in kept.moments] == steps and plain.moments == ()
    ends = [fit(table, method, runs=4, recipe=replace(recipe, steps=step)) for step in steps[:-1]]
    pairs = [(kept, plain), (kept.moments[-1].fit, plain), *zip((one.fit for one in kept.moments), ends)]
    for ours, theirs in pairs:
        for name in ("fitted", "utilities", "mse", "loss", "greedy", "optimal"):
            assert np.array_equal(getattr(ours, name), getattr(theirs, name), equal_nan=True), name


@pytest.mark.parametrize("positivity", ["abs", "softplus"])
@pytest.mark.parametrize("shape", [(3, 3), (2, 4), (2, 1, 3)])
def test_the_network_of_a_moment_has_its_fitted_table(shape, positivity):
    table = games.random_tables(np.random.default_rng(3), 1, shape)[0]
    recipe = replace(LEARNER, steps=40, positivity=positivity)
    for method in ("vdn", "qmix"):
        for moment in fit(table, method, runs=3, recipe=recipe, moments=[0, 40]).moments:
            one = network(moment, run=2)
            fitted = np.array([one.team(cell) for cell in np.ndindex(shape)]).reshape(shape)
            assert fitted == pytest.approx(moment.fit.fitted[2], rel=1e-12, abs=1e-12)


def test_the_moments_of_a_batch_are_those_of_its_tables():
    tables = games.random_tables(np.random.default_rng(1), 3, (2, 2))
    batch = fit(tables, "qmix", runs=600, recipe=replace(LEARNER, steps=2), moments=[1])  # in several chunks
    (moment,) = batch.moments
    assert moment.fit.fitted.shape == (3, 600, 2, 2) and moment.unit.shape == (3, 600)
    assert {own.shape[:2] for own in moment.parameters.values()} == {(3, 600)}
    assert np.array_equal(batch.first().moments[0].fit.fitted, moment.fit.fitted[0])
    with pytest.raises(ValueError, match="moment is one of 3 tables: give one of a fit to a single table"):
        network(moment)


@pytest.mark.parametrize("moments", [[-1], [0, 1001], [5, 5], [7, 3], [0.5], "0", 3, [True], None])
def test_moments_that_are_no_steps_are_refused(moments):
    with pytest.raises(ValueError, match=r"moments is .*: give steps from 0 to the recipe's 1000, ever later"):
        fit(games.BOTH, moments=moments)


def test_moments_of_the_search_are_refused():
    with pytest.raises(ValueError, match=r"moments are kept of a learner's steps.* use solver='gradient'"):
        fit(games.BOTH, solver="second_order", moments=[0])
