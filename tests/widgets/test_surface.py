"""The bending surface without a browser: at each moment it says what the fit had come to."""

import numpy as np
import pytest

from marl_helpers import fit, games, widgets
from marl_helpers.fitting import Recipe

R, STEPS = games.COORDINATION, [0, 60, 1000]


@pytest.fixture(scope="module")
def fits():
    return [fit(R, method, runs=3, moments=STEPS) for method in ("vdn", "qmix")]


@pytest.mark.parametrize("run", [0, 2])
def test_each_moment_is_the_fits_of_that_run(fits, run):
    shown = widgets.surface(R, fits, run=run)
    for k, step in enumerate(STEPS):
        shown.moment = k
        assert shown.settings() == [("step", f"{step} of 1000")]
        lines = [line.removeprefix(f"after {step} steps, ") for line in shown.text.split("\n")]
        for line, one, name in zip(lines, fits, ("VDN", "QMIX")):
            there = one.moments[k].fit
            played = tuple(there.greedy[run].tolist())
            assert line == f"{name}: plays {played}, earns {R[played]:g} of 8; error {round(there.mse[run], 2):g}"
    html = shown._repr_mimebundle_()[0]["text/html"]
    assert f"[{fits[1].fitted[run].max():.0f}*]" in html and shown.text in shown._repr_mimebundle_()[0]["text/plain"]


def test_a_table_that_is_not_square_and_one_method_alone():
    table = np.array([[1.0, 0, 3], [2, 5, 4]])
    one = fit(table, "vdn", runs=1, recipe=Recipe(steps=300), moments=[300])
    shown = widgets.surface(table, [one])
    assert [len(row) for row in shown._methods[0]["networks"][0]["utilities"]] == [2, 3]
    played = tuple(one.greedy[0].tolist())
    assert shown.text.startswith(f"after 300 steps, VDN: plays {played}, earns {table[played]:g} of 5")


def test_nonsense_is_refused(fits):
    with pytest.raises(ValueError, match=r"fits have kept moments \[\[\]\]: give fits of this table"):
        widgets.surface(R, [fit(R, runs=1)])
    with pytest.raises(ValueError, match="all with the same moments"):
        widgets.surface(R, [fits[0], fit(R, runs=1, moments=[3])])
    with pytest.raises(ValueError, match="fits hold one of tables of shape"):
        widgets.surface(games.MATCHING[:2, :2], fits)
    with pytest.raises(ValueError, match="run is 3: give one of the fit's runs, from 0 to 2"):
        widgets.surface(R, fits, run=3)
    with pytest.raises(ValueError, match="mixer is"):
        widgets.surface(R, [fit(R, "iql", runs=1, moments=[0])])
    with pytest.raises(ValueError, match="reward has shape"):
        widgets.surface(np.ones((2, 2, 2)), fits)
    shown = widgets.surface(R, fits)
    for name, value in (("moment", 3), ("turn", 91)):
        with pytest.raises(ValueError, match=name):
            setattr(shown, name, value)
