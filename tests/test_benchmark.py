"""The benchmark's grid is fair, and what is recorded of it is what the grid asks for."""

import importlib
import json
import math
from pathlib import Path

import numpy as np
import pytest

from marl_helpers import envs, recordings
from marl_helpers.sweeps.grid import Cell, cells, read

ROOT = Path(__file__).parent.parent
GRID = read(ROOT / "tools" / "benchmark.toml")
STORED = recordings.read("benchmark")


@pytest.fixture
def tool(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "tools")
    return importlib.import_module("record_benchmark")


def test_all_methods_of_an_environment_are_asked_for_the_same():
    for part in GRID["parts"]:
        asked = [dict(cell.asked) for cell in cells(GRID) if cell.asked["env"] == part["env"]]
        methods = [one.pop("mixer") for one in asked]
        assert {"iql", "vdn", "qmix", "qplex", "wqmix"} <= set(methods) and len(set(methods)) == len(methods)
        assert all(one == asked[0] for one in asked) and asked[0]["seeds"] == 8


@pytest.mark.parametrize("part", GRID["parts"], ids=lambda part: part["env"])
def test_the_graph_plays_where_it_is_exact(part):
    assert (envs.make(part["env"]).n_agents == 2) == ("graph" in part.get("mixer", GRID["mixer"]))


def test_the_recipe_is_the_one_that_lecture_07_uses():
    (part,) = (part for part in GRID["parts"] if part["env"] == "speaker_listener")
    chosen = recordings.read("speaker_listener")["provenance"]["options"]
    recipe = {**GRID, **part}
    assert all(recipe[name] == value for name, value in chosen.items() if name != "updates")


def test_a_longer_benchmark_differs_in_updates_alone(tool):
    for times, exploring in ((16, 1), (0.5, 0.5)):
        for part, whole in zip(tool.scaled(GRID, times)["parts"], GRID["parts"], strict=True):
            assert part["updates"] == round(times * whole["updates"])
            assert part["anneal"] == pytest.approx(exploring * whole["anneal"], abs=1)
            assert all(part[name] == value for name, value in whole.items() if name not in ("updates", "anneal"))


@pytest.mark.parametrize("tests", [1, 2, 40, 41, 100])
def test_a_curve_keeps_its_end_and_forty_tests_at_most(tests, tool):
    rows = np.arange(tests * 8.0).reshape(tests, 8)
    columns = {"updates": np.repeat(10 * np.arange(tests), 8), "steps": rows, "returns": -rows, "seconds": 2 * rows}
    found = tool.thinned({name: np.ravel(column) for name, column in columns.items()})
    kept = [round(x / 10) for x in found["updates"]]
    assert len(kept) <= 40 and kept[-1] == tests - 1 and len(set(np.diff(kept))) <= 1
    assert len(kept) == tests or tests > 40
    assert np.array_equal(found["steps"], rows[kept]) and np.array_equal(found["returns"], -rows[kept])
    assert found["seconds"] == 2 * rows[-1, 0]


def test_a_random_team_earns_what_chance_gives(tool):
    earned = tool.random_team(Cell("", {"env": "two_step", "test_episodes": 200}))
    mean, spread = (7 + 10 / 4) / 2, 3.3  # 7, or the mean of 0, 1, 1 and 8
    assert len(set(earned)) > 1 and np.mean(earned) == pytest.approx(mean, abs=4 * spread / math.sqrt(8 * 200))


def test_what_is_recorded_is_what_the_grid_asks_for(tool):
    asked = {}
    for cell in cells(GRID):
        asked.setdefault(cell.asked["env"], []).append(cell.asked["mixer"])
    assert {env: [*methods] for env, methods in STORED["runs"].items()} == asked
    assert STORED["provenance"]["options"] == {part["env"]: tool.own(GRID, part) for part in GRID["parts"]}
    for env, methods in STORED["runs"].items():
        updates = STORED["provenance"]["options"][env]["updates"]
        assert all(run["updates"][-1] == updates and np.shape(run["returns"])[1] == 8 for run in methods.values())
    seconds = sum(run["seconds"] for methods in STORED["runs"].values() for run in methods.values())
    assert STORED["provenance"]["minutes"] == pytest.approx(seconds / 60, abs=0.1)
    assert len(json.dumps(STORED)) < 300_000


def test_random_teams_play_the_tests_own_games(tool):
    (cell,) = (cell for cell in cells(GRID) if (cell.asked["env"], cell.asked["mixer"]) == ("speaker_listener", "vdn"))
    assert tool.random_team(cell) == pytest.approx(STORED["random"]["speaker_listener"], rel=1e-3)


MINIATURE = """
seeds = 8
device = "cpu"
optimiser = "adam"
test_episodes = 4
mixer = ["vdn", "qmix"]

[[parts]]
env = "two_step"
updates = 40
anneal = 1000
test_every = 20

[[parts]]
env = "matrix"
updates = 20
anneal = 500
test_every = 10
"""


@pytest.mark.learning
def test_a_benchmark_is_trained_recorded_and_trained_on(tool, tmp_path, monkeypatch):
    """A small grid stands in: in the stored one JAX alone compiles for minutes."""
    (tmp_path / "grid.toml").write_text(MINIATURE)
    monkeypatch.setattr(tool, "GRID", tmp_path / "grid.toml")
    monkeypatch.setattr(tool, "FOLDER", tmp_path / "trained")
    half, _ = tool.benchmark(0.5)
    assert not (tmp_path / "trained").exists() and half["options"]["two_step"]["updates"] == 20
    how, found = tool.benchmark(1)
    again, same = tool.benchmark(1)
    assert (again, same) == (how, found)  # nothing was trained anew: the seconds are the same
    _, longer = tool.benchmark(2)
    for env, methods in longer["runs"].items():
        for method, run in methods.items():
            before = found["runs"][env][method]
            kept = [run["returns"][run["updates"].index(x)] for x in before["updates"]]
            assert kept == before["returns"] and run["updates"][-1] == 2 * before["updates"][-1]
    assert how.keys() < STORED["provenance"].keys() and {"provenance", *found} == STORED.keys()
    forms = {
        tuple((name, np.ndim(x)) for name, x in run.items())
        for content in (found, STORED)
        for methods in content["runs"].values()
        for run in methods.values()
    }
    assert len(forms) == 1 and {len(earned) for earned in found["random"].values()} == {8}
