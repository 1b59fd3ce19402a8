"""Every figure that `plots` offers and that needs no trained team, each with little in it but all its parts."""

from types import SimpleNamespace

import numpy as np
from films import recording

from marl_helpers import families, games, igm, plots
from marl_helpers.exact import habits
from marl_helpers.fitting.diagnosis import diagnose_exactly
from marl_helpers.fitting.runs import LEARNER, Fit

WITH_NETWORKS = {"surfaces", "weights"}  # figures of a trained team


def every() -> dict[str, plots.Picture]:
    """name -> the figure."""
    lams, runs = np.array([0.5, 1.5]), np.array([[True, False], [False, False]])
    mse = np.array([[1.0, 2.0], [3.0, 5.0]])
    fit = Fit("qmix", "gradient", LEARNER, mse, mse, mse=mse, loss=mse, greedy=mse, optimal=runs)
    run = SimpleNamespace(curve={"updates": [0, 50], "returns": [[1.0, 2.0], [3.0, 8.0]]})
    table = games.COORDINATION
    line = families.Family(games.ADDITIVE, table).tables(lams)
    returns = np.arange(12.0).reshape(2, 2, 3)
    shares = {name: dict.fromkeys(("uniform", "one sharp peak"), share) for name, share in (("VDN", 0.45), ("QMIX", 1))}
    given = {
        "lines": ([0, 1], {"": {"one": [1, 2], "two": [-1, 1], "three": [0, 0]}}, "across", "up"),
        "tables": ({f"table {k}": k * table - 4.5 for k in range(4)}, [(2, 2)], {"table 1": (0, 0)}, {"table 2": "so"}),
        "verdicts": (diagnose_exactly(table, ["vdn", "qmix", "joint"]),),
        "two_sets": ({f"least {k}": igm.mix(min, [[0, k], [-2, 1, 1]]) for k in range(4)},),
        "interpolation": (lams, families.project(line), {"QMIX": fit, "VDN": fit}, {"1": 1}),
        "phases": ({"a sum": runs / 2, "QMIX": runs / 1}, (0, 1), (0, 1), {"one": (0, 0), "other": (1, 1)}),
        "recipes": (lams, {"start at 0.1": fit, "start at 1": fit}, {"1": 1}),
        "basins": ({"it": fit.first()},),
        "flow": (table, {"half": habits.moves(table, 0.5), "all": habits.moves(table, 1.0)}),
        "grid": (shares,),
        "survey": ({"random": {"VDN": (0.5, 0.25), "QMIX": (0.1, 0.1), "QPLEX": (1.0, 0.9)}},),
        "curves": ({"VDN": run, "QMIX": run}, {"optimum": 8.0}),
        "panels": ({"one": {"it": run, "other": run}, "two": {"it": run}}, {"optimum": 8.0}),
        "docks": ({"VDN": returns, "QMIX": returns}, np.zeros((2, 2)), np.full((2, 2), 20.0), [2, 3], [1, 2]),
        "prices": ({"a sum": {2: 2.0, 3: 4.0}}, {"QMIX": {2: (1.5, 2.25), 3: (6.0, np.inf)}}),
        "frame": (recording(n=3), 0, 1),
        "comparison": (compared(),),
    }
    offered = {*plots.__all__} - WITH_NETWORKS - {"Picture", "CLASSES"}
    if offered != given.keys():
        raise LookupError(f"{offered ^ given.keys()} is offered or drawn here, not both")
    return {name: getattr(plots, name)(*arguments) for name, arguments in given.items()}


def compared() -> SimpleNamespace:
    """What marl_helpers.compare finds, as far as it is drawn."""
    middles = [SimpleNamespace(value=[k, 1.0], low=[0.0, k - 0.5], high=[k + 0.5, 1.5]) for k in (0.0, 0.5)]
    curves = {name: SimpleNamespace(x=[0, 1000], iqm=middle) for name, middle in zip(("vdn", "qmix rate=0.1"), middles)}
    tasks = {f"predator_prey penalty={k}": curves for k in range(5)}  # more than four: three in a row
    return SimpleNamespace(x="steps", curves=tasks, improvements={}, tables=lambda pairs: "two methods on five tasks")
