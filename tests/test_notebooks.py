"""The form of a lecture: short cells run in order, stored outputs without errors, something to read for everyone."""

import re
import statistics
from importlib import import_module
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[1]
LECTURES = sorted((ROOT / "notebooks").glob("*.ipynb"))
WIDGET = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"


@pytest.fixture(params=LECTURES, ids=lambda path: path.stem)
def lecture(request):
    notebook = nbformat.read(request.param, 4)
    nbformat.validate(notebook)
    return notebook


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def outputs(notebook):
    return [output for cell in code_cells(notebook) for output in cell.outputs]


def test_there_are_lectures():
    assert LECTURES


def test_cells_are_short(lecture):
    lengths = [len(cell.source.splitlines()) for cell in code_cells(lecture)]
    assert statistics.median(lengths) <= 6 and max(lengths) <= 25


def test_it_was_run_top_to_bottom_without_errors(lecture):
    counts = [cell.execution_count for cell in code_cells(lecture)]
    assert counts == list(range(1, len(counts) + 1))
    for output in outputs(lecture):
        assert output.output_type != "error" and output.get("name") != "stderr"


def test_it_opens_with_a_question_and_its_minutes(lecture):
    opening = lecture.cells[0].source
    assert opening.startswith("# ") and "?" in opening
    minutes = lecture.metadata["minutes"]
    assert f"{minutes['read']} minutes to read, {minutes['do']} with" in opening and minutes["run"] >= 1


def test_pictures_have_alt_text_and_widgets_a_twin(lecture):
    for output in outputs(lecture):
        data = output.get("data", {})
        if "image/png" in data:
            assert re.search(r'<img [^>]*alt="[^"]+"', data["text/html"])
        if WIDGET in data:
            assert "<table" in data["text/html"] and "0x" not in data["text/plain"]
            states = lecture.metadata["widgets"][STATE]["state"]
            assert data[WIDGET]["model_id"] in states


def test_stored_widgets_are_drawn_by_todays_code(lecture):
    models = lecture.metadata.get("widgets", {STATE: {"state": {}}})[STATE]["state"].values()
    stored = [model["state"] for model in models if model["model_module"] == "anywidget"]
    assert stored or not any(WIDGET in output.get("data", {}) for output in outputs(lecture))
    for state in stored:
        module, _, name = state["_anywidget_id"].rpartition(".")
        today = getattr(import_module(module), name)().get_state()
        stale = [key for key in ("_anywidget_id", "_esm", "_css") if state[key] != today[key]]
        assert not stale, f"{name}: the stored {', '.join(stale)} is not the package's: run `make notebooks`"


def test_the_readme_lists_it_with_its_minutes():
    readme = (ROOT / "README.md").read_text()
    for path in LECTURES:
        minutes = nbformat.read(path, 4).metadata["minutes"]
        entry = rf"\(notebooks/{re.escape(path.name)}\).*\| {minutes['read']} \({minutes['do']}\) \|"
        assert re.search(entry, readme), path.name
