"""A grid: which trainings it names, how their folders are called, and what is refused before anything is trained."""

import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marl_helpers.sweeps.grid import LONGEST, WHICH, cells

SEVERAL = {"mixer": ["vdn", "qmix"], "seed": [0, 1], "rate": [1e-3, 5e-4], "updates": 7}
PARTS = """
env = "predator_prey"
seed = [0, 1]
options.penalty = [0, -6]
options.limit = 4
[[parts]]
mixer = ["vdn", "qmix"]
[[parts]]
mixer = "wqmix"
mixer_options.alpha = [0.01, 0.1]
options.penalty = -3
"""


def test_a_list_is_an_axis_and_what_is_in_one_is_in_the_name():
    found = cells(SEVERAL)
    asked = [(one.asked["mixer"], one.asked["seed"], one.asked["rate"]) for one in found]
    assert asked == list(product(["vdn", "qmix"], [0, 1], [1e-3, 5e-4]))  # the last axis fastest
    assert [one.name for one in found][:2] == ["two_step,vdn,rate=0.001,seed=0", "two_step,vdn,rate=0.0005,seed=0"]
    assert all(one.updates == one.asked["updates"] == 7 for one in found)
    assert cells({})[0].asked == WHICH | {"options": {}, "mixer_options": {}} and cells({})[0].updates == 2000


def test_parts_are_joined_to_what_all_have(tmp_path):
    (tmp_path / "grid.toml").write_text(PARTS)
    found = {one.name: one.asked for one in cells(tmp_path / "grid.toml")}
    assert len(found) == 2 * 2 * 2 + 2 * 2
    assert found["predator_prey,wqmix,alpha=0.01,seed=1"]["options"] == {"penalty": -3, "limit": 4}
    assert found["predator_prey,wqmix,alpha=0.01,seed=1"]["mixer_options"] == {"alpha": 0.01}
    assert found["predator_prey,vdn,penalty=-6,seed=0"]["options"] == {"penalty": -6, "limit": 4}


def test_a_value_that_is_a_list_is_in_a_list():
    found = cells({"mixer": "graph", "mixer_options": {"edges": [[[0, 1]], "chain"]}})
    assert [one.asked["mixer_options"]["edges"] for one in found] == [[[0, 1]], "chain"]


@given(st.lists(st.floats(1e-9, 1e3), min_size=1, max_size=4, unique=True), st.lists(st.integers(0, 99), unique=True))
def test_every_folder_has_a_name_of_its_own_that_any_system_allows(rates, seeds):
    found = cells({"rate": rates, "seed": seeds or 0, "env": ["two_step", "mirrored_two_step"]})
    names = [one.name for one in found]
    assert len({name.lower() for name in names}) == len(names) == 2 * len(rates) * max(1, len(seeds))
    assert all(re.fullmatch(r"[\w.=+,-]+", name) and len(name) <= LONGEST + 9 for name in names)


def test_names_that_had_to_be_changed_still_differ():
    """Their first 120 signs are the same, and so are all that a file system allows."""
    tables = [[[k] * 40 for _ in range(2)] for k in range(2)] + [[[-1.0, 1], [0, 0]], [[1.0, -1], [0, 0]]]
    names = [one.name for one in cells({"env": "matrix", "options": {"table": tables}})]
    assert len({*names}) == 4 and max(map(len, names)) == LONGEST + 9


@pytest.mark.parametrize(
    ("grid", "message"),
    [
        ({"mixers": "vdn"}, "grid has no 'mixers': choose from env, mixer, seeds"),
        ({"mixer": ["vdn", "chess"]}, "method is 'chess': choose one of"),
        ({"env": "chess"}, "env is 'chess': choose one of"),
        ({"options": {"penalty": -3}}, "two_step has no option 'penalty': choose from"),
        ({"options": [3]}, r"options is \[3\]: give a dictionary"),
        ({"mixer_options": {"alpha": 0.1}}, "qmix has no mixer option 'alpha'"),
        ({"updates": [5, 0]}, "updates is 0: give a whole number of at least 1"),
        ({"rate": "fast"}, "rate is 'fast': give a number above 0"),
        ({"seed": [0, -1]}, "seed is -1: give"),
        ({"seeds": 0}, "seeds is 0: give"),
        ({"checkpoint_every": -1}, "checkpoint_every is -1: give seconds"),
        ({"seed": []}, r"seed is \[\]: give one value or more"),
        ({"seed": [1, 1]}, "grid has 'two_step,qmix,seed=1' twice: give each once"),
        ({"parts": [{}, {"rate": 1e-3}]}, "grid has 'two_step,qmix,seed=0' twice"),
        ({"parts": {}}, "parts is {}: give a list of grids"),
        ({"parts": [3]}, "parts is 3: give a dictionary"),
        (3, "grid is 3: give a dictionary such as"),
        ("nowhere.toml", "grid is 'nowhere.toml', which cannot be read .*: give a .toml file"),
        ({"env": "no_module_of_a_test:Game"}, "there is no module no_module_of_a_test"),
    ],
)
def test_what_no_training_can_be_asked_for_is_named(grid, message):
    with pytest.raises(ValueError, match=message):
        cells(grid)


def test_a_file_that_is_no_toml_is_named(tmp_path):
    (tmp_path / "grid.toml").write_text("mixer = vdn")
    with pytest.raises(ValueError, match=r"grid\.toml', which cannot be read"):
        cells(str(tmp_path / "grid.toml"))
