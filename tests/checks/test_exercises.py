"""The exercises: made from the solutions and from nothing else, usable before they are done, and graded by nbgrader."""

import json
import re
import shutil
import statistics
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import nbformat
import pytest
from grading import PATIENT, marked, nbgrader, submit
from limits import HANG
from nbclient import NotebookClient

from marl_helpers import check
from marl_helpers.checks.progress import BY_HAND

ROOT = Path(__file__).parents[2]
SOLUTIONS = sorted((ROOT / "solutions").glob("*.ipynb"))
EXERCISES = sorted((ROOT / "exercises").glob("*.ipynb"))
HEADING = re.compile(r"^## .+\n\n\*(Warm-up|Medium|Hard) · about (\d+) minutes( · .+)?\*$", re.MULTILINE)


def load_tool():
    spec = spec_from_file_location("make_exercises", ROOT / "tools" / "make_exercises.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def tool():
    return load_tool()


@pytest.fixture(params=SOLUTIONS, ids=lambda path: path.stem)
def solution(request):
    return request.param


def test_every_check_has_its_notebook_and_the_other_way_round():
    assert {exercise.notebook for exercise in check.EXERCISES.values()} == {path.stem for path in SOLUTIONS}
    for path in SOLUTIONS:
        source = path.read_text()
        for exercise in check.EXERCISES.values():
            assert (f"check.{exercise.name}(" in source) == (exercise.notebook == path.stem)


def test_exercises_are_what_make_exercises_writes(tool, solution):
    stored = ROOT / "exercises" / solution.name
    assert stored.read_text() == tool.students_version(solution), "run `make exercises`"


def test_every_exercise_has_a_solution():
    assert [path.name for path in EXERCISES] == [path.name for path in SOLUTIONS]


def test_the_tool_writes_and_removes_whole_notebooks(tool, tmp_path, monkeypatch, capsys):
    for name in ("solutions", "exercises"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(tool, "ROOT", tmp_path)
    monkeypatch.setattr(tool, "SOLUTIONS", tmp_path / "solutions")
    monkeypatch.setattr(tool, "EXERCISES", tmp_path / "exercises")
    shutil.copy(SOLUTIONS[0], tmp_path / "solutions" / "new.ipynb")
    (tmp_path / "exercises" / "old.ipynb").write_text("{}")
    tool.main()
    assert [path.name for path in (tmp_path / "exercises").iterdir()] == ["new.ipynb"]
    assert (tmp_path / "exercises" / "new.ipynb").read_text() == EXERCISES[0].read_text()
    assert "old.ipynb: removed" in capsys.readouterr().out


def test_an_expected_output_that_is_not_stored_is_refused(tool, tmp_path):
    notebook = nbformat.read(SOLUTIONS[0], 4)
    for cell in notebook.cells:
        cell.pop("outputs", None)
        if cell.cell_type == "code":
            cell.outputs = []
    nbformat.write(notebook, tmp_path / "cleared.ipynb")
    with pytest.raises(ValueError, match="make notebooks"):
        tool.students_version(tmp_path / "cleared.ipynb")


def test_nothing_of_a_solution_is_left(solution):
    answers, students = nbformat.read(solution, 4), nbformat.read(ROOT / "exercises" / solution.name, 4)
    left = "\n".join(cell.source for cell in students.cells)
    assert "SOLUTION" not in left and "HIDDEN" not in left and "Rubric" not in left
    regions = [re.findall(r"BEGIN SOLUTION\n(.*?)### END SOLUTION", c.source, re.DOTALL) for c in answers.cells]
    lines = {line.strip() for found in regions for region in found for line in region.splitlines()}
    lines |= {
        line for cell in marked(answers, "solution") if cell.cell_type == "markdown" for line in cell.source.split("\n")
    }
    assert lines and not any(line in left for line in lines if len(line) > 20)
    for cell in students.cells:
        if cell.cell_type == "code":
            assert cell.outputs == [] and cell.execution_count is None
    stubs = [cell for cell in marked(students, "solution") if cell.cell_type == "code"]
    assert stubs and all("raise NotImplementedError" in cell.source for cell in stubs)


def test_an_exercise_says_how_hard_and_how_long_and_offers_hints(solution):
    notebook = nbformat.read(solution, 4)
    text = "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    minutes = [int(found[1]) for found in HEADING.findall(text)]
    assert sum(minutes) == notebook.metadata["minutes"]["do"]
    assert f"bout {sum(minutes)} minutes in all" in text
    assert len(minutes) == len(re.findall("^## ", text, re.MULTILINE)) - 1  # the last one is "Done?"
    assert text.count("<summary>Hint") >= len(minutes) - 1 and "xpect" in text + solution.read_text()
    assert notebook.cells[0].source.startswith("# ") and "?" in notebook.cells[0].source


def test_points_and_rubrics_add_up(solution):
    notebook = nbformat.read(solution, 4)
    for cell in marked(notebook, "grade"):
        points = cell.metadata.nbgrader.points
        before = "\n".join(c.source for c in notebook.cells[: notebook.cells.index(cell)] if c.cell_type == "markdown")
        assert re.findall(r"(\d+) points", before)[-1] == str(points) or cell.cell_type == "markdown"
        if cell.cell_type == "markdown":
            rubric = cell.source.split("**Rubric")[1]
            assert sum(int(n) for n in re.findall(r"^- (\d):", rubric, re.MULTILINE)) == points
            assert rubric.startswith(f" ({points} points)")


def test_a_rubric_has_two_graded_samples_whose_points_add_up(solution):
    for cell in marked(nbformat.read(solution, 4), "grade"):
        if cell.cell_type == "markdown":
            samples = re.findall(r"\*Sample [AB], (\d) of (\d)\.\*(.*?)(?=\n\n\*Sample|\Z)", cell.source, re.DOTALL)
            assert len(samples) == 2 and samples[0][0] != samples[1][0]
            for given, most, text in samples:
                assert int(most) == cell.metadata.nbgrader.points and int(given) < int(most) and text.count('"') >= 2


def test_progress_counts_the_answers_that_a_person_marks(solution):
    words = [cell for cell in marked(nbformat.read(solution, 4), "grade") if cell.cell_type == "markdown"]
    assert BY_HAND.get(solution.stem, 0) == len(words)


def test_cells_of_a_solution_are_short(solution):
    lengths = [len(c.source.splitlines()) for c in nbformat.read(solution, 4).cells if c.cell_type == "code"]
    assert statistics.median(lengths) <= 7 and max(lengths) <= 25


@pytest.fixture(scope="module")
def client():
    """One kernel for all notebooks, since each would import the same."""
    limits = {"timeout": HANG, "startup_timeout": HANG, "iopub_timeout": HANG}
    whole = {"coalesce_streams": True}  # a slow kernel sends what one call prints in pieces
    client = NotebookClient(nbformat.v4.new_notebook(), kernel_name="python3", **limits, **whole)
    with client.setup_kernel():
        yield client


def run(path: Path, folder: Path, client: NotebookClient) -> nbformat.NotebookNode:
    """The notebook, run in a folder of its own and without a name of another."""
    client.nb = nbformat.read(path, 4)
    client.nb.cells.insert(0, nbformat.v4.new_code_cell(f"%reset -f\nimport os; os.chdir({str(folder)!r}); del os"))
    client.execute(cleanup_kc=False)
    del client.nb.cells[0]
    return client.nb


@pytest.mark.parametrize("path", EXERCISES, ids=lambda path: path.stem)
def test_an_undone_exercise_runs_to_its_end_and_says_what_to_do_first(path, tmp_path, client):
    notebook = run(path, tmp_path, client)
    printed = [o.text for cell in notebook.cells if cell.cell_type == "code" for o in cell.outputs if "text" in o]
    waiting = [text for text in printed if text.startswith("○ Not answered yet: fill in")]
    own = [exercise for exercise in check.EXERCISES.values() if exercise.notebook == path.stem]
    assert len(waiting) > len(own)  # each check, and the cells that show something of the answer
    assert printed[-1].count("○ open") == len(own) and f"0 of {len(own)} solved" in printed[-1]
    assert not any(o.get("name") == "stderr" for c in notebook.cells if c.cell_type == "code" for o in c.outputs)


NAME = "lecture-03"
WRONG = {  # a student's plausible mistakes, for some of the stubs of lecture-03
    "igm-holds": "def igm(utilities, team):\n    return bool(team[tuple(u.argmax() for u in utilities)] == team.max())",
    "misleading-data": "def example():\n    return {'table': [[0, 0, 0], [0, 1, 2]], 'weights': [[9, 1, 9]] * 2}",
}


def test_nbgrader_releases_and_grades_an_assignment(tmp_path):
    (tmp_path / "source" / NAME).mkdir(parents=True)
    shutil.copy(ROOT / "solutions" / f"{NAME}.ipynb", tmp_path / "source" / NAME)
    nbgrader(tmp_path, "generate_assignment", NAME)
    released = (tmp_path / "release" / NAME / f"{NAME}.ipynb").read_text()
    assert "HIDDEN" not in released and "assert" not in released
    answers = marked(nbformat.read(ROOT / "solutions" / f"{NAME}.ipynb", 4), "solution")
    right = {cell.metadata.nbgrader.grade_id: cell.source for cell in answers}
    submit(tmp_path, NAME, "ada", right)
    submit(tmp_path, NAME, "bob", right | WRONG)
    submit(tmp_path, NAME, "cleo", {})
    nbgrader(tmp_path, "autograde", NAME, *PATIENT)
    read = "import json, sys; from nbgrader.api import Gradebook; book = Gradebook('sqlite:///gradebook.db')\n"
    read += "found = {s.student.id: {g.name: g.score for n in s.notebooks for g in n.grades} for a in book.assignments "
    read += "for s in a.submissions}\nprint(json.dumps(found))"
    done = subprocess.run([sys.executable, "-c", read], cwd=tmp_path, capture_output=True, text=True, timeout=HANG)
    scores = json.loads(done.stdout)
    full = {"igm-holds-check": 4, "more-maximisers-check": 3, "misleading-data-check": 6}
    assert scores["ada"] == full
    assert scores["bob"] == {**full, "igm-holds-check": 0, "misleading-data-check": 0}
    assert scores["cleo"] == dict.fromkeys(full, 0)
    assert (
        "assert checks.igm_holds.graded(igm)" in (tmp_path / "autograded" / "ada" / NAME / f"{NAME}.ipynb").read_text()
    )
