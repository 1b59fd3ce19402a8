"""The public functions, each with a call that it takes and the kind of every argument, as tests/wrong.py names them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from tempfile import mkdtemp

import numpy as np
import torch
from quick import QUICK, SMALL
from wrong import TABLE, WEIGHTS

from marl_helpers import (
    check,
    compare,
    deployment,
    diagnose,
    envs,
    evaluate,
    exact,
    families,
    fit,
    games,
    graphs,
    igm,
    layers,
    load,
    mixers,
    plots,
    robots,
    scenes,
    sweep,
    sweeps,
    train,
    widgets,
)
from marl_helpers.exact import counts, dock, habits, prices, replies, walks
from marl_helpers.exact.networks import Network
from marl_helpers.fitting import Recipe, two_step
from marl_helpers.fitting.moments import network
from marl_helpers.games import random_games
from marl_helpers.games.dock import DockRules
from marl_helpers.mixers.written import network as written
from marl_helpers.training import Plan, Settings, pack
from marl_helpers.training import two_step as trained_two_step
from marl_helpers.training.progress import Progress


@dataclass(frozen=True)
class Call:
    """given: arguments that are fine, a Fresh one made for each call; kinds: the kind of each.

    named: what a message calls an argument, if not by its name. fine: what is no mistake there, of its kind's.
    """

    name: str
    function: Callable
    kinds: Mapping[str, str]
    given: Mapping[str, object]
    named: Mapping[str, str]
    fine: Mapping[str, tuple[str, ...]]

    def __call__(self, **changes):
        given = {name: value() if isinstance(value, Fresh) else value for name, value in self.given.items()}
        return self.function(**{**given, **changes})


class Fresh(partial):
    """An argument that is made for every call."""


CALLS: dict[str, Call] = {}


def takes(function: Callable, kinds: str, /, named=None, fine=None, name="", **given) -> None:
    """kinds: "argument kind, argument kind"; where None is fine too the kind ends with ?."""
    listed = dict(one.split() for one in kinds.split(", "))
    fine = {one: (*(fine or {}).get(one, ()), *["None"] * kind.endswith("?")) for one, kind in listed.items()}
    name = name or f"{function.__module__.removeprefix('marl_helpers.')}.{function.__name__}"
    kinds = {one: kind.removesuffix("?") for one, kind in listed.items()}
    CALLS[name] = Call(name, function, kinds, given, named or {}, fine)


RNG, GENERATORS = Fresh(np.random.default_rng, 0), Fresh(layers.generators, 0, 2)
LINE = np.linspace(0, 1, 3)

# games
takes(games.validate, "table table", table=TABLE)
takes(games.share, "table table", table=TABLE)
takes(games.interpolate, "lam number", lam=0.5)
takes(games.penalty, "k number", k=-10)
takes(games.ring, "pay number", pay=3)
takes(games.by_count, "rewards numbers", rewards=[0, 4, 4, 5])
takes(games.random_tables, "generator generator, count whole, shape shape", generator=RNG, count=2, shape=(2, 2))
for sampler in list(random_games.KINDS.values())[1:]:
    takes(sampler, "generator generator, count whole, shape shape", generator=RNG, count=2, shape=(2, 2))
takes(random_games.sample, "count whole, seed whole", count=2, seed=0)
takes(
    DockRules,
    "n_robots whole, need whole?, pay number, lanes numbers, shelves share, trucks share, lookouts whole, limit whole",
    fine={"lanes": ("a number",)},
    **dict(n_robots=3, need=2, pay=4, lanes=[1, 1.5, 2], shelves=0.5, trucks=0.5, lookouts=1, limit=3),
)

# exact
for project in (exact.additive, exact.independent, exact.joint, exact.convex, exact.monotone):
    takes(project, "table table, weights weights?", table=TABLE, weights=WEIGHTS)
takes(exact.graph, "table table, edges edges?, weights weights?", table=TABLE, edges=[(0, 1)], weights=WEIGHTS)
for judge in (exact.is_additive, exact.is_monotone, graphs.needed, habits.equilibria):
    takes(judge, "table table", table=TABLE)
takes(exact.is_supermodular, "table table, rankings object?", table=TABLE, rankings=[[0, 1, 2], [0, 1, 2]])
takes(graphs.interaction, "table table, agents object", fine={"agents": ("a set",)}, table=TABLE, agents=(0, 1))
for fitted in (graphs.decompose, graphs.is_representable):
    takes(fitted, "table table, edges edges?", table=TABLE, edges=[(0, 1)])
for counted in (graphs.listed, graphs.is_forest):
    takes(counted, "edges edges, n_agents whole", edges=[(0, 1)], n_agents=2)
for shape in (graphs.chain, graphs.ring, graphs.complete):
    takes(shape, "n_agents whole", n_agents=3)
GRAPH = graphs.decompose(TABLE)
takes(
    graphs.Graph,
    "singles tables, pairs object",
    named={"singles": "singles|part|edges"},
    **dict(singles=[[1, 2], [3, 4]], pairs={(0, 1): [[1, 2], [3, 4]]}),
)
takes(graphs.max_plus, "graph object, rounds whole?", graph=GRAPH, rounds=3)
takes(graphs.eliminate, "graph object", graph=GRAPH)
takes(GRAPH.value, "cell cell", name="Graph.value", cell=(0, 1))
takes(
    igm.mix,
    "mixer function, utilities tables",
    mixer=lambda x, y: x + y,
    utilities=[[0, 1], [0, 2]],
)
takes(Network, "utilities tables, v number", fine={"utilities": ("masked",)}, utilities=[[0, 1], [2]], v=1.0)
takes(igm.counterexample, "agents whole, actions whole, axioms object?", agents=2, actions=2, axioms=[True, False])
takes(
    walks.walk,
    "found object, start cell",
    found=igm.mix(lambda x, y: x + y, [[0, 1], [0, 2]]),
    start=(0, 1),
)
takes(igm.path, "start object, end object", start=(0, 1), end=(1, 0))
takes(lambda base, end: families.Family(base, end), "base table, end table", name="Family", base=TABLE, end=TABLE)
FAMILY = families.Family(TABLE, games.ADDITIVE)
takes(lambda x: FAMILY(x), "x number", named={"x": "coordinates"}, name="Family.__call__", x=0.5)
takes(
    lambda axes: FAMILY.tables(axes), "axes numbers", fine={"axes": ("a set",)}, name="Family.tables", axes=[0.0, 1.0]
)
takes(families.project, "tables tables", tables=[TABLE])
takes(families.shares, "projections object", projections=[exact.additive(TABLE)])
takes(families.midpoints, "count whole, low number, high number", count=3, low=0.0, high=1.0)
takes(
    families.boundaries,
    "family function, judge function, grid numbers",
    family=FAMILY,
    grid=[0.0, 1.0],
    judge=lambda table: exact.additive(table).finds_optimum,
)
takes(
    replies.partner_play, "actions whole, favourite whole, exploration share", actions=3, favourite=1, exploration=0.5
)
takes(replies.own_values, "table table, favourite whole, exploration share", table=TABLE, favourite=1, exploration=0.5)
takes(replies.best_replies, "table table, favourite whole", table=TABLE, favourite=1)
takes(
    habits.visits,
    "shape shape, favourite cell, exploration share",
    fine={"shape": ("a set",)},
    shape=(2, 2),
    favourite=(0, 1),
    exploration=0.5,
)
for habit in (habits.moves, habits.stays):
    takes(habit, "table table, exploration share, best function", table=TABLE, exploration=0.5, best=exact.additive)
for price in (prices.team, prices.additive, prices.monotone):
    takes(price, "n whole, need whole?", n=3, need=2)
takes(counts.best, "rewards numbers, kind object", rewards=[0, 1, 1], kind="convex")
takes(prices.error, "n whole, j whole, h number, need whole?", n=3, j=1, h=3.0, need=2)
takes(
    prices.isotonic,
    "target table, weight weights",
    named={"target": "target", "weight": "weight"},
    fine={"target": ("enormous",)},
    target=np.array(TABLE),
    weight=WEIGHTS,
)
RULES = DockRules(n_robots=2, limit=2)
for solve in (dock.safe, dock.optimum, dock.best_reactive):
    takes(solve, "rules dock", rules=RULES)
takes(dock.value, "rules dock, plans object", rules=RULES, plans=[{(1, 1, 0): 1}, {(1, 0, 0): 0}])
takes(
    dock.decentralised_at_least,
    "rules dock, memory whole, starts whole, generator generator?",
    rules=RULES,
    memory=1,
    starts=1,
    generator=RNG,
)

# mixers
SPEC = mixers.Spec(2, 3)
SPECS = "n_agents whole, n_actions whole, state_dim whole, width whole, positivity name, entity_dim whole"
takes(mixers.Spec, SPECS, n_agents=2, n_actions=3, state_dim=4, width=5, positivity="abs", entity_dim=2)
takes(lambda method: mixers.find(method), "method name", name="mixers.find", method="qmix")
takes(
    lambda method, spec, generators: mixers.make(method, spec, generators).label,
    "method name, spec object, generators generators",
    name="mixers.make",
    method="qmix",
    spec=SPEC,
    generators=GENERATORS,
)
takes(
    lambda **given: layers.generators(**given)[0].initial_seed(),
    "seed whole, runs whole, device device",
    name="layers.generators",
    seed=0,
    runs=2,
    device="cpu",
)
for made, sizes in ((layers.Linear, "inputs whole, outputs whole"), (layers.GRU, "inputs whole, hidden whole")):
    takes(
        made, f"{sizes}, generators generators", **{s.split()[0]: 2 for s in sizes.split(", ")}, generators=GENERATORS
    )

takes(
    lambda mixer, run: written(mixer, torch.zeros(2, 3), run=run),
    "mixer object, run whole",
    name="mixers.written.network",
    mixer=mixers.make("qmix", mixers.Spec(2, 3), layers.generators(0, 2)),
    run=1,
)

# fitting
RECIPE = Recipe(steps=2)
takes(
    Recipe,
    "scale number, width whole, positivity name, steps whole, rate number",
    scale=1,
    width=2,
    positivity="abs",
    steps=3,
    rate=0.1,
)
FITTED = "method name, runs whole, seed whole, recipe object"
LEARNED = dict(runs=2, seed=0, recipe=RECIPE)
takes(
    fit,
    f"tables table, {FITTED}, solver name, device device, moments numbers",
    named={"tables": "table|reward at"},
    fine={"recipe": ("None",), "moments": ("none", "a set")},
    moments=[0, 2],
    tables=TABLE,
    method="qmix",
    solver="gradient",
    device="cpu",
    **LEARNED,
)
KEPT = fit(TABLE, "qmix", moments=[0, 2], **LEARNED)
takes(network, "moment object, run whole", moment=KEPT.moments[1], run=1)
takes(
    diagnose,
    "table table, methods names?, runs whole, seed whole, recipe object",
    named={"methods": "methods?"},
    table=TABLE,
    methods=["vdn", "qmix"],
    **LEARNED,
)
takes(two_step.learn, f"branches tables, {FITTED}?", branches=two_step.PAPER, method="vdn", **LEARNED)
takes(two_step.least_squares, "branches tables, best function", branches=two_step.PAPER, best=exact.additive)
takes(two_step.first_state, "values numbers, actions whole, discount share", values=[1.0, 2.0], actions=2, discount=0.5)

# environments
takes(lambda env: envs.find(env), "env name", name="envs.find", env="dock")
takes(lambda env: envs.make(env), "env name", name="envs.make", env="dock")
takes(
    lambda **given: envs.make("matrix", **given),
    "table table, rounds whole",
    named={"table": "table|reward at|share line"},
    name="matrix",
    table=TABLE,
    rounds=2,
)
takes(
    lambda branches: envs.make("two_step", branches=branches),
    "branches tables",
    name="two_step",
    branches=two_step.PAPER,
)
takes(
    lambda **given: envs.make("predator_prey", **given),
    "n_agents whole, n_prey whole, size whole, view whole?, limit whole, penalty number, diagonal truth",
    name="predator_prey",
    **dict(n_agents=2, n_prey=1, size=4, view=3, limit=5, penalty=-1, diagonal=True),
)
takes(
    lambda **given: envs.make("dock_teams", **given),
    "slots whole?, need whole?, share share, pay number, shelves share, trucks share, limit whole",
    name="dock_teams",
    **dict(slots=5, need=2, share=0.5, pay=2, shelves=0.5, trucks=0.5, limit=3),
)
takes(
    lambda **given: envs.make("predator_prey_teams", **given),
    "n_agents whole, n_prey whole, size whole, view whole?, limit whole, penalty number, diagonal truth",
    name="predator_prey_teams",
    **dict(n_agents=4, n_prey=2, size=4, view=3, limit=5, penalty=-1, diagonal=True),
)
takes(lambda **given: envs.make("scout", **given), "told truth", name="scout", told=True)

# training
PLAN = "updates parallel batch capacity anneal test_every test_episodes"
takes(
    Plan,
    "".join(f"{name} whole, " for name in PLAN.split()) + "epsilon_start share, epsilon_end share",
    **dict.fromkeys(PLAN.split(), 3),
    epsilon_start=1,
    epsilon_end=0,
)
takes(
    Settings,
    "optimiser name, rate number, clip number, discount share, td_lambda share, target_every whole, tau share, "
    "hidden whole, width whole, mixer_options object?",
    **dict(optimiser="adam", rate=0.1, clip=1, discount=0.5, td_lambda=0.5, target_every=3, tau=0, hidden=3, width=3),
    mixer_options={"alpha": 0.1},
    fine={"mixer_options": ("a dictionary",)},
)
PLACE = mkdtemp()
TRAINED = train("two_step", folder=PLACE, **QUICK)
takes(
    train,
    "env env, mixer name, seeds whole, seed whole, device device, plan object?, settings object, folder path?, "
    "progress function",
    named={"mixer": "mixer|method"},
    env="two_step",
    **QUICK,
    seed=0,
    folder=None,
    progress=Progress,
)
ROWS = train("dock_teams", **QUICK | {"mixer": "vdn"})
takes(pack, "run object, which whole", run=ROWS, which=1)
takes(load, "folder path, env object?, device device", folder=PLACE, env=None, device="cpu")
PATHS = {"fine": {"run": ("text",), "folders": ("text",)}}  # a text is a path
takes(evaluate, "run object, episodes whole, seed whole", **PATHS, run=TRAINED, episodes=3, seed=0)
takes(TRAINED.evaluate, "episodes whole, seed whole", name="Run.evaluate", episodes=3, seed=0)
takes(compare, "folders object, x name, seed whole", **PATHS, folders=[TRAINED], x="steps", seed=0)
ONE = {"mixer": "vdn", **{name: QUICK[name] for name in ("seeds", "device")}, "updates": 2, "batch": 4, "hidden": 8}
takes(
    sweep,
    "grid object, folder path, on name, workers whole?, place object?, quiet truth",
    grid=ONE,
    folder=mkdtemp(),
    on="local",
    workers=1,
    place=None,
    quiet=True,
)
takes(sweeps.look, "grid object, folder path", grid=ONE, folder=mkdtemp())
takes(scenes.record, "run object, episodes whole, seed whole, which whole", run=TRAINED, episodes=1, seed=0, which=1)
takes(trained_two_step.team_values, "run object", run=TRAINED)
takes(trained_two_step.networks, "run object, which whole", run=TRAINED, which=1)

# plots
RECORDED, STATES = scenes.record(TRAINED, 1), {"first": [1.0, 0.0, 0.0]}
ONE_FIT, SHARES = fit(TABLE, runs=2, recipe=RECIPE), {"a": {"b": (0.5, 1.0)}}
ALONG = fit([games.ADDITIVE, games.COORDINATION, games.COORDINATION], runs=2, recipe=RECIPE)
takes(
    lambda x, panels: plots.lines(x, panels, "x", "y"),
    "x numbers, panels mapping",
    name="plots.lines",
    x=LINE,
    panels={"a": {"b": LINE}},
)
takes(
    plots.tables,
    "panels mapping, optima object, plays mapping?, notes mapping?",
    fine={"optima": ("a set", "a list"), "plays": ("none",), "notes": ("none",)},
    panels={"a": TABLE},
    optima=[(0, 0)],
    plays={"a": (0, 0)},
    notes={"a": "b"},
)
takes(plots.verdicts, "diagnosis object", diagnosis=diagnose(TABLE, ["vdn"], runs=2, recipe=RECIPE))
takes(
    plots.interpolation,
    "lams numbers, projections mapping, learned mapping, marks mapping",
    fine={"marks": ("none",), "learned": ("none",)},
    lams=LINE,
    learned={"QMIX": ALONG},
    marks={"here": 0.5},
    projections={"additive": [exact.additive(TABLE)] * 3},
)
takes(
    plots.recipes,
    "lams numbers, learned mapping, marks mapping",
    fine={"marks": ("none",)},
    lams=LINE,
    learned={"QMIX": ALONG},
    marks={"here": 0.5},
)
takes(
    plots.phases,
    "maps mapping, width numbers, height numbers, points mapping",
    fine={"points": ("none",)},
    maps={"a": WEIGHTS},
    width=(0, 1),
    height=(0, 1),
    points={"b": (0.5, 0.5)},
)
takes(plots.flow, "table table, moves mapping", table=TABLE, moves={"a": {(0, 0): [(0, 0)]}})
takes(plots.basins, "learned mapping", learned={"QMIX": ONE_FIT})
takes(plots.survey, "shares mapping", shares=SHARES)
takes(plots.grid, "shares mapping, title object", fine={"title": ("text",)}, shares={"a": {"b": 0.5}}, title="c")
AXES = {"lines": {"c": 1.0}, "x": "steps", "agents": 2, "low": -1.0}
takes(
    plots.curves,
    "runs mapping, lines mapping?, x name, agents whole, low number?",
    fine={"lines": ("none",)},
    runs={"a": TRAINED},
    **AXES,
)
takes(
    plots.panels,
    "groups mapping, lines mapping?, x name, agents whole, low number?",
    fine={"lines": ("none",)},
    groups={"a": {"b": TRAINED}},
    **AXES,
)
takes(plots.weights, "run object, states mapping, seed whole", run=TRAINED, states=STATES, seed=1)
takes(
    plots.surfaces,
    "run object, states mapping, utilities object, seed whole",
    run=TRAINED,
    states=STATES,
    utilities=trained_two_step.utilities(TRAINED)[:, :1],
    seed=1,
)
takes(
    plots.docks,
    "earned mapping, safe table, optimum table, needs numbers, pays numbers",
    fine=dict.fromkeys(("safe", "optimum"), ("not finite", "infinite", "enormous")),
    earned={"QMIX": np.ones((2, 3, 4))},
    safe=np.zeros((2, 3)),
    optimum=np.full((2, 3), 9.0),
    needs=[1, 2],
    pays=[1, 2, 3],
)
takes(plots.two_sets, "panels mapping", panels={"sum": igm.mix(lambda x, y: x + y, [[0, 1], [0, 2]])})
takes(
    plots.prices,
    "exactly mapping, learned mapping",
    fine={"exactly": ("none",), "learned": ("none",)},
    exactly={"a": {2: 1.0}},
    learned={"b": {2: (1.0, 2.0)}},
)
takes(plots.comparison, "compared object", compared=compare([TRAINED]))
takes(plots.frame, "recording mapping, episode whole, step whole", recording=RECORDED, episode=0, step=1)

# widgets
takes(widgets.RewardTable, "table table", table=TABLE)
takes(
    widgets.graph,
    "table table, edges edges",
    name="widgets.graph",
    fine={"edges": ("a list",)},
    table=games.MATCHING,
    edges=[(0, 1)],
)
takes(widgets.ask_the_solver, "agents whole, actions whole", agents=2, actions=2)
takes(widgets.machine, "networks mapping", networks={"one": KEPT.moments[0]})
takes(
    widgets.surface,
    "reward table, fits tables, run whole",
    named={"reward": "reward|table"},
    reward=TABLE,
    fits=[KEPT],
    run=1,
)
takes(widgets.linear_mixer, "utilities tables", utilities=[[0, 1], [0, 2]])
takes(widgets.partner, "table table, favourite whole, exploration share", table=TABLE, favourite=1, exploration=0.5)
takes(
    widgets.proof,
    "table table, utilities tables?, start cell",
    name="widgets.proof",
    table=TABLE,
    utilities=[[0, 1, 2], [0, 1, 2]],
    start=(0, 1),
)
takes(widgets.episodes, "recording mapping, episode whole, step whole", recording=RECORDED, episode=0, step=1)
takes(
    widgets.growing_team,
    "team object, which whole, most whole, trained mapping?",
    name="widgets.growing_team",
    team=ROWS,
    which=1,
    most=6,
    trained={6: 0.9},
    fine={"trained": ("none",)},
)
takes(
    widgets.laboratory,
    "table table, methods names?, runs whole, seed whole, recipe object",
    table=TABLE,
    named={"methods": "methods?"},
    methods=["vdn"],
    **LEARNED,
)
takes(
    widgets.interpolation,
    "start table, end table, methods names, lam number, most number, runs whole, seed whole",
    named={"methods": "methods?"},
    start=TABLE,
    end=games.ADDITIVE,
    methods=["vdn"],
    lam=0.5,
    most=2,
    runs=2,
    seed=0,
)
takes(
    widgets.plane,
    "base table, right table, up table, methods names, x number, y number, width number, height number, runs whole, "
    "seed whole",
    named={"methods": "methods?"},
    base=TABLE,
    right=games.ADDITIVE,
    up=games.QTRAN,
    methods=["vdn"],
    x=0.5,
    y=0.25,
    width=2,
    height=1,
    runs=2,
    seed=0,
)
takes(
    lambda called, question, truths, most: widgets.bets(called, question, truths, most),
    "called name, question name, truths mapping, most number",
    name="widgets.bets",
    named={"called": "name"},
    fine={"question": ("text", "unknown")},
    called="04-line",
    question="Where?",
    truths={"here?": 0.5},
    most=2,
)
takes(
    lambda called, question, fields: [*widgets.bet(called, question, fields).fields],
    "called name, question name, fields mapping",
    name="widgets.bet",
    named={"called": "name"},
    fine={"question": ("text", "unknown")},
    called="02-it",
    question="Which?",
    fields={"one": ["a", "b"]},
)
takes(widgets.several, "choices names", fine={"choices": ("unknown",)}, choices=["a", "b"])
takes(
    widgets.number,
    "unit name, low number?, high number?",
    fine={"unit": ("text", "unknown")},
    unit="runs",
    low=0,
    high=32,
)
takes(widgets.axis, "most number, unit name", fine={"unit": ("text", "unknown")}, most=2, unit="runs")
takes(widgets.cell, "table table", table=TABLE)
takes(
    widgets.dock,
    "plan object, settings object, methods names, seeds whole, n_robots whole, pay number",
    named={"methods": "methods?"},
    plan=SMALL,
    settings=Settings(),
    methods=["vdn"],
    seeds=2,
    n_robots=2,
    pay=3,
)

# robots and checks
takes(deployment.check, "method object, folder path", method=mixers.find("vdn"), folder="nowhere")
takes(
    lambda run, seed: deployment.export(run, mkdtemp(), seed),
    "run object, seed whole?",
    name="deployment.export",
    run=TRAINED,
    seed=1,
)
TEAM = deployment.export(TRAINED, mkdtemp())
takes(lambda folder: len(deployment.read_team(folder)), "folder path", name="read_team", folder=TEAM)
takes(
    lambda folder, agent: deployment.Robot(folder, agent).agent,
    "folder path, agent whole",
    name="Robot",
    folder=TEAM,
    agent=1,
)
ROBOT = deployment.Robot(TEAM, 1)
takes(
    ROBOT.act,
    "obs numbers, available object",
    name="Robot.act",
    obs=np.ones(3),
    available=[True, False],
)
takes(
    lambda folder, env: deployment.load_agents(folder, env).n_agents,
    "folder path, env object",
    name="load_agents",
    folder=TEAM,
    env=envs.make("two_step"),
)
takes(
    lambda folder, episodes, seed, kill, env: robots.play(folder, episodes, seed, kill, env).returns,
    "folder path, episodes whole, seed whole, kill cell?, env object?",
    name="robots.play",
    fine={"kill": ("no action",)},
    folder=TEAM,
    episodes=2,
    seed=0,
    kill=None,
    env=None,
)
takes(lambda notebook: check.progress(notebook), "notebook name?", name="check.progress", notebook=None)
for of_name in (check.game_of, check.is_mine):
    takes(of_name, "student name", fine={"student": ("unknown", "text")}, student="Ada")
