"""What the two solvers find, against exact projections and over many seeds; what a seed and a batch promise."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from marl_helpers import exact, fit, games, mixers
from marl_helpers.basics.devices import one_thread
from marl_helpers.exact.families import Family
from marl_helpers.fitting.fits import Learner
from marl_helpers.fitting.runs import LEARNER, SEARCH, Fit
from marl_helpers.fitting.second_order import CHUNK

SHAPES = st.sampled_from([(2, 2), (2, 3), (3, 3), (2, 2, 2), (3, 1, 2)])
TABLES = SHAPES.flatmap(lambda shape: arrays(np.float64, shape, elements=st.floats(-50, 50, width=16)))


def supermodular(generator, shape=(3, 3)):
    """A random table that QMIX's class holds, up to closure: non-negative row, column and mixed increments."""
    m, n = shape
    mixed = np.zeros(shape)
    mixed[1:, 1:] = generator.random((m - 1, n - 1)).cumsum(0).cumsum(1)
    rows, columns = (np.concatenate([[0], generator.random(k - 1).cumsum()]) for k in shape)
    table = mixed + rows[:, None] + columns
    return table[generator.permutation(m)][:, generator.permutation(n)]


@pytest.mark.learning
@settings(max_examples=15)
@given(table=TABLES)
def test_vdn_finds_the_additive_projection_with_both_solvers(table):
    best = exact.additive(table)
    unit = np.var(table) or 1.0
    for solver, tolerance in (("second_order", 1e-12), ("gradient", 1e-4)):
        found = fit(table, "vdn", runs=4, solver=solver)
        assert found.mse == pytest.approx(best.mse, abs=tolerance * unit)
        assert np.abs(found.fitted - best.fit).max() <= 2 * (tolerance * unit) ** 0.5


@pytest.mark.learning
@settings(max_examples=15)
@given(table=TABLES)
def test_independent_learners_find_conditional_means_and_the_joint_table_finds_everything(table):
    unit = np.std(table) or 1.0
    learned = fit(table, "iql", runs=2)
    for agent, actions in enumerate(table.shape):
        others = tuple(axis for axis in range(table.ndim) if axis != agent)
        means = (table.mean(others) - table.mean()) / unit
        assert learned.utilities[:, agent, :actions] == pytest.approx(np.tile(means, (2, 1)), abs=0.02)
        assert np.isnan(learned.utilities[:, agent, actions:]).all()
    joint = fit(table, "joint", runs=2)
    assert np.abs(joint.fitted - table).max() <= 0.02 * unit
    assert joint.optimal.all() or np.ptp(table) < 0.05 * np.abs(table).max()


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32), shape=st.sampled_from([(2, 2), (2, 3), (3, 3)]))
def test_no_run_of_qmix_beats_its_class(seed, shape):
    tables = games.random_tables(np.random.default_rng(seed), 10, shape)
    bounds = np.array([exact.convex(table).mse for table in tables])
    for solver in ("gradient", "second_order"):
        recipe = replace(LEARNER, steps=200) if solver == "gradient" else SEARCH
        assert (fit(tables, "qmix", runs=4, solver=solver, recipe=recipe).mse >= bounds[:, None] - 1e-9).all()


def test_the_search_finds_what_the_class_holds():
    generator = np.random.default_rng(0)
    tables = [supermodular(generator) for _ in range(50)]
    assert all(exact.convex(table).mse < 1e-12 for table in tables)
    found = fit(tables, "qmix", runs=32, solver="second_order")
    assert np.median(found.mse.min(1)) < 1e-4
    assert found.optimal[np.arange(50), found.mse.argmin(1)].mean() > 0.95


def test_the_search_never_ends_worse_than_it_began():
    tables = games.random_tables(np.random.default_rng(1), 20)
    begun = Learner(tables, "qmix", 8, 0, SEARCH).result().mse
    for steps in (1, 5, 50):
        ended = fit(tables, "qmix", runs=8, solver="second_order", recipe=replace(SEARCH, steps=steps)).mse
        assert (ended <= begun).all()
        begun = ended


def test_second_order_is_at_least_as_good_as_the_best_gradient_run():
    tables = games.random_tables(np.random.default_rng(2), 40)
    gradient = fit(tables, "qmix", runs=8).mse.min(1)
    second_order = fit(tables, "qmix", runs=32, solver="second_order").mse.min(1)
    assert second_order.mean() <= gradient.mean()


# Shares of runs at the optimum with the recipe LEARNER (Adam .03, 1,000 steps, 8 units, abs), over 400 runs; the
# intervals are wide enough for another machine's rounding, and exclude every other line of this table.
@pytest.mark.parametrize(
    ("table", "scale", "least", "most"),
    [
        (games.COORDINATION, 0.1, 0.99, 1.0),
        (games.COORDINATION, 1.0, 0.65, 0.9),
        (games.QTRAN, 0.1, 0.0, 0.02),
        (games.QTRAN, 1.0, 0.03, 0.15),
    ],
    ids=["game 2", "game 2, wide start", "qtran", "qtran, wide start"],
)
def test_the_share_of_learned_qmix_at_the_optimum_depends_on_the_start(table, scale, least, most):
    share = fit(table, "qmix", runs=400, recipe=replace(LEARNER, scale=scale)).share
    assert least <= share <= most


@pytest.mark.parametrize("method", mixers.METHODS)
def test_a_seed_gives_the_same_bits_alone_and_in_a_batch(method):
    tables = games.random_tables(np.random.default_rng(3), 3)
    recipe = replace(LEARNER, steps=100)
    batch = fit(tables, method, runs=5, seed=11, recipe=recipe)
    again = fit(tables, method, runs=5, seed=11, recipe=recipe)
    other = fit(tables, method, runs=5, seed=12, recipe=recipe)
    assert np.array_equal(batch.fitted, again.fitted)
    assert not np.array_equal(batch.fitted, other.fitted)
    for index, table in enumerate(tables):
        alone = fit(table, method, runs=2, seed=11, recipe=recipe)
        assert alone.fitted == pytest.approx(batch.fitted[index, :2], abs=1e-9)


@settings(max_examples=20)
@given(table=TABLES, factor=st.sampled_from([1e-3, 0.1, 1000.0]), shift=st.floats(-100, 100))
def test_learning_does_not_depend_on_the_unit_of_reward(table, factor, shift):
    recipe = replace(LEARNER, steps=60)
    one = fit(table, "qmix", runs=4, recipe=recipe)
    other = fit(factor * (table + shift), "qmix", runs=4, recipe=recipe)
    if np.ptp(table) > 1e-3 * max(1, abs(shift)):  # else the shift leaves few digits of the table
        assert one.fitted == pytest.approx(other.fitted / factor - shift, abs=1e-6 * (1 + abs(shift) + np.ptp(table)))


def test_three_agents_with_different_numbers_of_actions():
    table = np.random.default_rng(4).random((2, 3, 2))
    found = fit(table, "joint", runs=3)
    assert found.fitted.shape == (3, 2, 3, 2) and found.greedy.shape == (3, 3)
    assert found.optimal.all() and (found.greedy == np.unravel_index(table.argmax(), table.shape)).all()


def test_a_list_of_lists_is_one_table_and_a_list_of_arrays_a_batch():
    table = np.arange(8.0).reshape(2, 2, 2)
    recipe = replace(LEARNER, steps=1)
    assert fit(table.tolist(), "vdn", runs=2, recipe=recipe).fitted.shape == (2, 2, 2, 2)  # runs, then three agents
    assert fit(list(table), "vdn", runs=3, recipe=recipe).fitted.shape == (2, 3, 2, 2)  # tables, runs, two agents


def test_tiny_rewards_are_learned_like_others():
    table = games.COORDINATION * 1e-200
    assert fit(table, "qmix", runs=4).optimal.all()


def test_a_run_that_breaks_leaves_the_others_unchanged():
    clean, broken = (Learner([games.COORDINATION], "qmix", 6, 0, LEARNER) for _ in range(2))
    with torch.no_grad():
        broken.utilities[3] = torch.nan
    for learner in (clean, broken):
        learner.descend(50)
    others = np.arange(6) != 3
    assert np.array_equal(clean.result().fitted[0, others], broken.result().fitted[0, others])
    assert np.isnan(broken.result().fitted[0, 3]).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (dict(method="qmax"), "method is 'qmax': choose one of"),
        (dict(solver="newton"), "solver is 'newton': choose one of gradient, second_order"),
        (dict(runs=0), "runs is 0"),
        (
            dict(method="iql", solver="second_order"),
            "'iql' does not minimise the squared error .* use solver",
        ),
        (dict(recipe=LEARNER, tables=[np.eye(2), np.eye(3)]), "shapes"),
        (dict(tables=[[1, float("nan")], [0, 1]]), "reward at"),
        (dict(tables=[]), "not a team"),
        (dict(tables=[[1, 2], [3]]), "ragged"),
        (dict(runs=1.5), "runs is 1.5: give a whole number"),
        (dict(seed=-1), "seed is -1: give a whole number of at least 0"),
        (dict(seed=None), "seed is None"),
    ],
)
def test_errors_name_argument_value_and_remedy(arguments, message):
    with pytest.raises(ValueError, match=message):
        fit(**({"tables": games.COORDINATION} | arguments))


@pytest.mark.parametrize("field", ["width", "steps", "scale", "rate"])
@pytest.mark.parametrize("value", [-1, float("nan"), float("inf"), "many"])
def test_a_recipe_refuses_nonsense(field, value):
    with pytest.raises(ValueError, match=f"recipe: {field} is"):
        replace(LEARNER, **{field: value})


def test_adams_first_step_moves_every_utility_by_the_rate():
    start, moved = (
        fit(games.COORDINATION, "vdn", runs=3, recipe=replace(LEARNER, steps=steps, rate=0.07)).utilities
        for steps in (0, 1)
    )
    assert np.abs(moved - start) == pytest.approx(np.full(start.shape, 0.07), rel=1e-5)


def test_width_is_the_number_of_hidden_units():
    learner = Learner([games.COORDINATION], "qmix", 1, 0, replace(LEARNER, width=5))
    assert sum(p.numel() for p in learner.mixer.parameters()) == 2 * 5 + 5 + 5 + 1  # W1, b1, w2 and v for two agents


@pytest.mark.parametrize("solver", ["gradient", "second_order"])
def test_a_table_of_a_later_chunk_starts_from_the_same_draws(solver):
    tables, runs = games.random_tables(np.random.default_rng(5), 3, (2, 2)), CHUNK // 2
    recipe = replace(LEARNER, steps=5)
    batch = fit(tables, "qmix", runs, solver=solver, recipe=recipe)
    alone = fit(tables[2], "qmix", runs, solver=solver, recipe=recipe)
    assert batch.fitted[2] == pytest.approx(alone.fitted, abs=1e-6)


def test_every_fit_runs_on_one_thread_and_gives_the_others_back():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        learner, seen = Learner([games.BOTH], "vdn", 1, 0, LEARNER), []
        learner.mixer.register_forward_hook(lambda *_: seen.append(torch.get_num_threads()))
        for work in (lambda: learner.descend(1), lambda: learner.solve(1), learner.result):
            seen.clear()
            work()
            assert set(seen) == {1} and torch.get_num_threads() == 2
        with pytest.raises(RuntimeError, match="stumbled"), one_thread():
            raise RuntimeError("stumbled")
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_learners_have_boundaries_of_their_own():
    line = Family(games.ADDITIVE, games.COORDINATION)
    near = fit(line.tables((0.84, 0.88)), "vdn")
    assert near.share.tolist() == [1, 0]  # one basin: the class decides
    small = fit(line.tables((1.0, 1.2)), "qmix")
    assert small.share.tolist() == [1, 0]  # though the class keeps the optimum up to 1.65
    wide = fit(line.tables((0.2, 1.2)), "qmix", runs=64, recipe=replace(LEARNER, scale=1.0))
    assert ((wide.share > 0) & (wide.share < 1)).all()
    assert wide.best_runs().all()


def test_the_best_run_is_the_one_of_least_error():
    mse = np.array([[3.0, 1.0], [1.0, 3.0], [np.nan, 3.0], [3.0, np.nan]])  # NaN of a run that diverged
    optimal = np.array([[False, True]] * 4)
    empty = np.zeros(0)
    fits = Fit("qmix", "gradient", LEARNER, empty, empty, mse=mse, loss=mse, greedy=empty, optimal=optimal)
    assert fits.best_runs().tolist() == [True, False, True, False]
