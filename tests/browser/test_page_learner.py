"""The learner in the page against Python's: its arithmetic, its starts, and its shares of right runs."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch
from page_learning import METHODS, SCRIPT, learn, options
from playwright.sync_api import Browser, Error, Page
from scipy import stats

from marl_helpers import fit, games
from marl_helpers.fitting.fits import Learner
from marl_helpers.fitting.runs import LEARNER, Recipe

LEVEL = 0.01  # of a whole family of comparisons: how seldom it should fail where there is no difference


@pytest.fixture(scope="module")
def plain(browser: Browser) -> Iterator[Page]:
    """A page with the learner and nothing else."""
    context = browser.new_context()
    page = context.new_page()
    page.add_script_tag(content=SCRIPT)
    yield page
    context.close()


def packed(learner: Learner, read: Callable = torch.Tensor.detach) -> np.ndarray:
    """What is read of Python's parameters, [runs, P], in the page's order and without actions that nobody has."""
    (rows, columns), most = learner.tables.shape[1:], learner.utilities.shape[-1]
    if learner.method == "joint":
        (team,) = learner.mixer.parameters()
        return read(team).reshape(-1, most, most)[:, :rows, :columns].flatten(1).clone().numpy()
    utilities = read(learner.utilities)[:, 0]
    mixer = [read(parameter).flatten(1) for parameter in learner.mixer.parameters()]
    return torch.cat([utilities[:, 0, :rows], utilities[:, 1, :columns], *mixer], 1).numpy()


def compared(learner: Learner) -> dict[str, np.ndarray]:
    """What both sides tell of where the runs stand."""
    result = learner.result().first()
    learner.optimiser.zero_grad()
    learner._loss().sum().backward()
    read = {name: getattr(result, name) for name in ("greedy", "optimal", "mse", "fitted")}
    return read | {"parameters": packed(learner), "gradient": packed(learner, lambda parameter: parameter.grad)}


FROM = """([table, method, options, parameters, stretches]) => {
    const learner = new TableLearner(table, method, options);
    parameters.forEach((values, run) => learner.p.set(values, run * learner.learned.size));
    const split = array => parameters.map((_, run) =>
        [...array.subarray(run * learner.learned.size, (run + 1) * learner.learned.size)]);
    return stretches.map(steps => {
        learner.descend(steps);
        for (let at = 0; at < learner.p.length; at += learner.learned.size)
            learner.learned.gradient(learner.p, at, learner.g);
        return { ...learner.result(), parameters: split(learner.p), gradient: split(learner.g) };
    });
}"""


def both(
    page: Page, table: np.ndarray, method: str, recipe: Recipe, stretches=(0, 5, 45), runs: int = 3
) -> list[tuple]:
    """(the page's, Python's) from Python's start on, after each stretch of steps."""
    learner, theirs = Learner([table], method, runs, 0, recipe), []
    arguments = [table.tolist(), method, options(runs, 0, recipe), packed(learner).tolist(), stretches]
    ours = page.evaluate(FROM, arguments)
    for steps in stretches:
        learner.descend(steps)
        theirs.append(compared(learner))
    return list(zip(ours, theirs))


def cases(count: int, methods=METHODS) -> Iterator[tuple[np.ndarray, str, Recipe]]:
    """Random tables, methods and recipes: integers and reals, tiny and huge, 2x2 to 5x5, widths from 1 to 32."""
    generator = np.random.default_rng(17)
    for case in range(count):
        shape, unit = tuple(generator.integers(2, 6, 2)), 10.0 ** generator.integers(-9, 9)
        table = generator.integers(-9, 10, shape) if case % 2 else generator.normal(size=shape)
        recipe = Recipe(
            scale=float(generator.choice([0.01, 0.1, 1, 3])),
            width=int(generator.choice([1, 2, 3, 8, 32])),
            positivity=str(generator.choice(["abs", "softplus"])),
        )
        yield unit * table, methods[case % len(methods)], recipe


def assert_close(ours: dict, theirs: dict, unit: float, tolerance: float) -> None:
    """Numbers within the tolerance of their own scale; the same play."""
    units = {"fitted": unit, "mse": unit**2, "parameters": 1.0, "gradient": 1.0}
    for name, scale in units.items():
        assert np.abs(np.array(ours[name]) - theirs[name]).max() <= tolerance * scale, name
    assert ours["greedy"] == theirs["greedy"].tolist() and ours["optimal"] == theirs["optimal"].tolist()


def test_from_one_start_the_page_and_python_have_the_same_values_gradients_and_steps(plain):
    for table, method, recipe in cases(48):
        unit = np.abs(table).max()
        for (ours, theirs), tolerance in zip(both(plain, table, method, recipe), (1e-13, 1e-10, 1e-7)):
            assert_close(ours, theirs, unit, tolerance)


DIFFERENCES = """([table, method, options, parameters]) => {
    const learner = new TableLearner(table, method, options), { learned, p, g } = learner;
    p.set(parameters);
    const square = value => value * value;
    const mean = errors => errors.reduce((sum, error) => sum + error, 0) / errors.length;
    const alone = () => mean([...learned.target].map((target, cell) => {
        const [i, j] = [Math.floor(cell / learned.columns), cell % learned.columns];
        return (square(p[i] - target) + square(p[learned.rows + j] - target)) / 2;
    }));
    const loss = () => {
        learned.forward(p, 0);
        return method === "iql" ? alone() : mean([...learned.target].map((t, cell) => square(learned.team[cell] - t)));
    };
    learned.gradient(p, 0, g);
    return [...g].map((slope, k) => {
        const at = p[k], [above, below] = [1e-6, -1e-6].map(step => ((p[k] = at + step), loss()));
        p[k] = at;
        return slope - (above - below) / 2e-6;
    });
}"""


def test_gradients_are_the_slopes_of_the_loss(plain):
    generator = np.random.default_rng(5)
    for table, method, recipe in cases(48, ("qmix", "iql", "qmix", "joint", "qmix", "vdn")):
        size = packed(Learner([table], method, 1, 0, recipe)).size
        parameters = generator.normal(size=size)
        if method == "qmix":  # 100 times the finite step from a bend of abs or elu, which differences cannot cross
            parameters += 1e-4 * np.sign(parameters)
        arguments = [table.tolist(), method, options(1, 0, recipe), parameters.tolist()]
        wrong = np.abs(plain.evaluate(DIFFERENCES, arguments))
        assert wrong.max() <= 1e-6 * recipe.width, (method, recipe)


@pytest.mark.parametrize(
    "table",
    [[[0.1] * 3] * 3, [[0, 0], [0, 0]], [[1, 1 - 1e-10], [0, 1]], [[1e-300, 0], [0, 0]], [[1e9, -1e9], [1, 2]]],
    ids=["constant", "zeros", "almost tied", "tiny", "large"],
)
@pytest.mark.parametrize("method", METHODS)
def test_odd_tables_are_learned_alike(plain, table, method):
    table = np.array(table, float)
    for ours, theirs in both(plain, table, method, LEARNER):
        assert ours["optimal"] == theirs["optimal"].tolist()
        assert np.abs(np.array(ours["fitted"]) - theirs["fitted"]).max() <= 1e-9 * (np.abs(table).max() or 1)


def test_of_actions_that_tie_the_first_is_played_on_both_sides(plain):
    for ours, theirs in both(plain, games.MATCHING, "vdn", Recipe(scale=0.0), [0]):
        assert ours["greedy"] == theirs["greedy"].tolist() == [[0, 0]] * 3


def test_runs_that_diverge_do_so_on_both_sides(plain):
    [(ours, theirs)] = both(plain, games.COORDINATION, "qmix", replace(LEARNER, rate=1e200), [5])
    assert np.isnan(theirs["mse"]).all() and np.isnan(ours["mse"]).all()
    assert ours["greedy"] == theirs["greedy"].tolist()


START = """([method, options]) => {
    const learner = new TableLearner([[0, 1, 2], [2, 0, 1]], method, options), { size } = learner.learned;
    return Array.from({ length: options.runs }, (_, run) => [...learner.p.subarray(run * size, (run + 1) * size)]);
}"""


@pytest.mark.parametrize(
    ("method", "recipe"), [("qmix", Recipe(scale=0.3, width=3)), ("joint", LEARNER), ("vdn", LEARNER)]
)
def test_runs_start_from_the_distributions_of_pythons(plain, method, recipe):
    runs = 4000
    ours = np.array(plain.evaluate(START, [method, options(runs, 1, recipe)]))
    theirs = packed(Learner([np.array([[0.0, 1, 2], [2, 0, 1]])], method, runs, 1, recipe))
    assert ours.shape == theirs.shape
    level = LEVEL / ours.shape[1]
    for mine, pythons in zip(ours.T, theirs.T):
        assert stats.ks_2samp(mine, pythons).pvalue > level
        variance = stats.ttest_ind((mine - mine.mean()) ** 2, (pythons - pythons.mean()) ** 2)
        assert min(stats.ttest_ind(mine, pythons).pvalue, variance.pvalue) > level
    neighbours = [ours[:-1], ours[1:], np.array(plain.evaluate(START, [method, options(runs - 1, 2, recipe)]))]
    related = np.corrcoef(np.concatenate(neighbours, 1).T)  # of parameters, of runs and of seeds next to each other
    bound = stats.norm.isf(LEVEL / related.size) / runs**0.5
    assert np.abs(related - np.eye(len(related))).max() < bound


GAMES = [*(game for game in games.NAMED.values()), games.interpolate(0.6)]
GAMES += [np.array([[3.0, 0, 1, 2], [0, 4, 1, 0]])]
WIDE = Recipe(scale=1.0, steps=300)
RECIPES = [LEARNER, WIDE, Recipe(scale=3.0, steps=100), Recipe(1.0, 2, "softplus", 300), Recipe(width=1, steps=300)]


def compare_shares(page: Page, tables: list, recipes: dict[str, list[Recipe]], runs: int, ours=lambda recipe: recipe):
    """The p-value (Fisher's exact test) and both shares of right runs for each table, method and recipe; `ours`
    changes the page's recipe."""
    found = []
    for method, listed in recipes.items():
        for recipe in listed:
            for table in tables:
                right = [
                    sum(learn(page, table, method, runs, 3, ours(recipe))["optimal"]),
                    int(fit(table, method, runs, 3, recipe=recipe).optimal.sum()),
                ]
                counts = [[count, runs - count] for count in right]
                found.append((stats.fisher_exact(counts).pvalue, right[0] / runs, right[1] / runs))
    return np.array(found)


def test_shares_of_right_runs_are_pythons(plain):
    tables = [games.COORDINATION, games.MATCHING, GAMES[-1]]
    found = compare_shares(plain, tables, {"vdn": [LEARNER], "qmix": [LEARNER, WIDE]}, 128)
    assert found[:, 0].min() > LEVEL / len(found), found
    wrong = compare_shares(plain, tables, {"qmix": [WIDE]}, 128, lambda recipe: replace(recipe, scale=3.0))
    assert wrong[:, 0].min() < LEVEL / len(found)  # another start would have been seen


@pytest.mark.learning
def test_shares_of_right_runs_are_pythons_on_ten_games_with_five_recipes(plain):
    found = compare_shares(plain, GAMES, {"vdn": RECIPES[:3], "qmix": RECIPES}, 512)
    assert len(GAMES) == 10 and found[:, 0].min() > LEVEL / len(found), found
    between = (found[:, 2] > 0.02) & (found[:, 2] < 0.98)
    assert between.sum() >= 30


def test_the_same_seed_gives_the_same_numbers_and_a_run_its_own_whatever_the_others(plain):
    for method in METHODS:
        starts = ((4, 2**40), (4, 2**40), (9, 2**40), (4, 2**41))
        once, again, more, other = (learn(plain, games.COORDINATION, method, *start) for start in starts)
        assert once == again and once != other
        assert all(more[name][:4] == once[name] for name in once)


def test_a_method_that_the_page_does_not_learn_is_named(plain):
    with pytest.raises(Error, match="qplex is not learned on the page: take one of iql,vdn,qmix,joint"):
        learn(plain, games.COORDINATION, "qplex", 1)
