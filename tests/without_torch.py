"""What the package does without torch: test_light.py calls these in a program of their own, in which there is none."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from films import recording
from IPython.core.interactiveshell import InteractiveShell

from marl_helpers import families, games, igm, plots, widgets
from marl_helpers.checks.memory import here, recall
from marl_helpers.exact import habits
from marl_helpers.exact.methods import METHODS
from marl_helpers.fitting.diagnosis import diagnose_exactly
from marl_helpers.fitting.runs import LEARNER, Fit

TABLE = games.COORDINATION
WITH_NETWORKS = {"surfaces", "weights"}  # figures of a trained team


def verdicts() -> None:
    """The exact part of every method's verdict."""
    found = diagnose_exactly(TABLE, list(METHODS))
    assert list(found.verdicts) == [name for name, method in METHODS.items() if method.projections]
    assert found["vdn"].plays == (0, 0) and found["qmix"].plays == found["joint"].plays == (2, 2)


def touched() -> None:
    """Every widget that shows something exact."""
    table = widgets.RewardTable(TABLE)
    table.table = games.QTRAN
    assert table.message == ""
    for name in {*widgets.__all__} - {"RewardTable", "dock", "episodes", "interpolation"}:
        assert shows(getattr(widgets, name)())
    assert shows(widgets.episodes(recording()))
    lab = widgets.laboratory(methods=["vdn", "qmix"])
    lab.table = games.ADDITIVE.tolist()
    assert lab.diagnosis["vdn"].outcome == "right" and lab.diagnosis["vdn"].learned is None
    assert callable(widgets.interpolation)  # what it shows at first is learned


def shows(widget) -> str:
    """What a viewer without widgets shows."""
    data = widget._repr_mimebundle_()
    return (data[0] if isinstance(data, tuple) else data)["text/html"]


def asked() -> None:
    """The solver."""
    assert igm.counterexample() is None
    assert igm.counterexample(axioms=(True, False)).holds_up()


def figures() -> None:
    """Every figure that needs no training."""
    lams, runs = np.array([0.5, 1.5]), np.array([[True, False], [False, False]])
    mse = np.ones(runs.shape)
    fit = Fit("qmix", "gradient", LEARNER, mse, mse, mse=mse, loss=mse, greedy=mse, optimal=runs)
    run = SimpleNamespace(curve={"updates": [0, 50], "returns": [[1.0, 2.0], [3.0, 8.0]]})
    line = families.Family(games.ADDITIVE, TABLE).tables(lams)
    returns = np.arange(12.0).reshape(2, 2, 3)
    drawn = {
        "lines": ([0, 1], {"": {"one": [1, 2]}}, "across", "up"),
        "tables": ({"reward": TABLE}, [(2, 2)]),
        "verdicts": (diagnose_exactly(TABLE, ["vdn", "qmix"]),),
        "interpolation": (lams, families.project(line), {"QMIX": fit}, {"1": 1}),
        "phases": ({"it": runs / 2}, (0, 1), (0, 1), {}),
        "recipes": (lams, {"it": fit}, {}),
        "basins": ({"it": fit.first()},),
        "flow": (TABLE, {"half": habits.moves(TABLE, 0.5)}),
        "grid": ({"VDN": {"climbing": 0.5}},),
        "survey": ({"random": {"VDN": (0.5, 0.25)}},),
        "curves": ({"it": run},),
        "panels": ({"one": {"it": run}},),
        "docks": ({"VDN": returns}, np.zeros((2, 2)), np.full((2, 2), 20.0), [2, 3], [1, 2]),
        "prices": ({"a sum": {2: 2.0}}, {"QMIX": {2: (1.5, 2.25)}}),
        "frame": (recording(), 0, 1),
        "comparison": (compared(),),
    }
    assert {*drawn} == {*plots.__all__} - WITH_NETWORKS - {"Picture", "CLASSES"}
    for name, given in drawn.items():
        assert "image/png" in getattr(plots, name)(*given)._repr_mimebundle_()[0], name


def compared() -> SimpleNamespace:
    """What marl_helpers.compare finds, as far as it is drawn."""
    middle = SimpleNamespace(value=[0.0, 1.0], low=[0.0, 0.5], high=[0.5, 1.5])
    curves = {"two_step": {"vdn": SimpleNamespace(x=[0, 10], iqm=middle)}}
    return SimpleNamespace(x="updates", curves=curves, improvements={})


def notebook(path: str) -> None:
    """Run its cells; where it has exercises, all of them are solved."""
    shell = InteractiveShell.instance()
    for cell in json.loads(Path(path).read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            shell.run_cell("".join(cell["source"])).raise_error()
    solved = recall(here())
    assert all(solved.values()) and bool(solved) == ("solutions" in path), solved
