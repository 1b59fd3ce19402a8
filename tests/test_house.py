"""The wings of the package: each module imports from its own wing and those above it, and never in a circle."""

import ast
import re
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HOUSE = ROOT / "marl_helpers"
# From the top down.
WINGS = ["basics", "games", "exact", "mixers", "fitting", "envs"]
WINGS += ["training", "sweeps", "robots", "plots", "widgets", "checks"]
FILES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in HOUSE.rglob("*.py")
}
LAZY = {name for name, path in FILES.items() if "= lazily(" in path.read_text()}


def imported(module: str, text: str) -> set[str]:
    """The package's modules that a module's text imports, anywhere in it and for types only too."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.split(".")[0] == "marl_helpers"}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "marl_helpers":
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                assert inner in FILES or node.module not in LAZY, f"{module}: import {inner} from where it is defined"
                found.add(inner if inner in FILES else node.module)
    return found - {module}


def wing(module: str) -> int:
    """Its place in WINGS; what is in no wing, such as the command line, may import all of them."""
    inner = module.split(".")[1:2]
    return WINGS.index(inner[0]) if inner and inner[0] in WINGS else len(WINGS)


def faults(texts: dict[str, str]) -> list[str]:
    """What is wrong with the imports of these modules."""
    arrows = {module: imported(module, text) for module, text in texts.items()}
    down = [f"{a} imports {b}, which is below it" for a, others in arrows.items() for b in others if wing(b) > wing(a)]
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError as error:
        down.append(f"a circle: {' <- '.join(error.args[1])}")
    return down


def test_no_import_points_down_and_none_is_in_a_circle():
    assert faults({module: path.read_text() for module, path in FILES.items()}) == []


@pytest.mark.parametrize(
    ("module", "line", "fault"),
    [
        ("games.tables", "from marl_helpers import exact", "marl_helpers.games.tables imports marl_helpers.exact"),
        ("exact.edges", "def f():\n    from marl_helpers.mixers import base", "imports marl_helpers.mixers.base"),
        ("exact.edges", "if TYPE_CHECKING:\n    from marl_helpers.exact.graphs import Graph", "a circle: "),
        ("training.replay", "import marl_helpers.plots.training", "imports marl_helpers.plots.training"),
    ],
)
def test_each_kind_of_fault_is_found(module, line, fault):
    texts = {name: path.read_text() for name, path in FILES.items()}
    texts[f"marl_helpers.{module}"] += f"\n{line}\n"
    assert any(fault in found for found in faults(texts))


def test_no_lazy_name_is_that_of_the_file_it_comes_from():
    """Who imports the file first, under any name, would find a module where a function or class was offered."""
    for module in LAZY:
        assert re.findall(r'"(\w+)": "\1:', FILES[module].read_text(encoding="utf-8")) == [], module


def test_games_need_numpy_alone():
    for path in (HOUSE / "games").glob("*.py"):
        names = re.findall(r"^\s*(?:from|import) (\w+)", path.read_text(), re.M)
        assert {*names} <= {"numpy", "marl_helpers", *sys.stdlib_module_names}, path.name


def test_the_plan_of_the_house_names_every_wing_in_order_and_every_file():
    plan = (HOUSE / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)/` \|", plan, re.M) == WINGS
    for wing_ in WINGS:
        row = re.search(rf"^\| `{wing_}/` \|.*$", plan, re.M).group()
        files = [path.stem for path in (HOUSE / wing_).glob("*.py") if path.stem != "__init__"]
        missing = [name for name in files if not re.search(rf"\b{name}\b", row)]
        assert missing == [] or wing_ == "checks", f"{wing_}: the plan does not name {missing}"


def test_tests_mirror_the_wings():
    assert {*WINGS} - {"checks"} <= {path.name for path in (ROOT / "tests").iterdir() if path.is_dir()}


def test_no_two_files_of_tests_have_the_same_name():
    """In one run, as that of `make test-learning`, pytest would take the second for the first."""
    names = sorted(path.name for path in (ROOT / "tests").rglob("test_*.py"))
    assert names == sorted({*names})


def test_nothing_is_left_to_assert_which_python_may_be_told_to_skip():
    for path in [*HOUSE.rglob("*.py"), *(ROOT / "tools").glob("*.py")]:
        found = [
            node.lineno
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Assert)
        ]
        assert found == [], path
