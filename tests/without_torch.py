"""What the package does without torch: test_light.py calls these in a program of their own, in which there is none."""

import json
from pathlib import Path

from figures import every
from films import recording
from IPython.core.interactiveshell import InteractiveShell

from marl_helpers import games, igm, widgets
from marl_helpers.basics.memory import here, recall
from marl_helpers.exact.methods import METHODS
from marl_helpers.exact.networks import Network
from marl_helpers.fitting.diagnosis import diagnose_exactly

TABLE = games.COORDINATION


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
    given = {"episodes": [recording()], "bets": ["04-line", "Where?", {"here?": 0.5}]}
    given["machine"] = [{"a network": Network([[0, 1], [0, 2]], [[1, 0.5], [0.5, 1]], [0, -1], [1, 1], 0)}]
    learning = {"dock", "growing_team", "interpolation", "surface"}  # what they show at first is learned
    bets = {"axis", "bet", "cell", "number", "several"}  # one is a block of code: tests/widgets/test_boxes.py
    for name in {*widgets.__all__} - {"RewardTable"} - learning - bets:
        assert shows(getattr(widgets, name)(*given.get(name, [])))
    assert callable(widgets.interpolation)
    lab = widgets.laboratory(methods=["vdn", "qmix"])
    lab.table = games.ADDITIVE.tolist()
    assert lab.diagnosis["vdn"].outcome == "right" and lab.diagnosis["vdn"].learned is None


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
    for name, picture in every().items():
        assert "image/png" in picture._repr_mimebundle_()[0], name


def notebook(path: str) -> None:
    """Run its cells; where it has exercises, all of them are solved."""
    shell = InteractiveShell.instance()
    for cell in json.loads(Path(path).read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            shell.run_cell("".join(cell["source"])).raise_error()
    solved = recall(here())
    assert all(solved.values()) and bool(solved) == ("solutions" in path), solved
