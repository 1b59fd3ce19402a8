"""The form of a lecture: short cells run in order, stored outputs without errors, something to read for everyone."""

import re
import statistics
from pathlib import Path

import nbformat
import pytest
from traitlets.utils.importstring import import_item

from marl_helpers.widgets import saving
from marl_helpers.widgets.boxes import NEW, asked, body

ROOT = Path(__file__).parents[1]
START, *LECTURES = sorted((ROOT / "notebooks").glob("*.ipynb"))  # the page that make lab opens is no lecture


@pytest.fixture(params=LECTURES, ids=lambda path: path.stem)
def lecture(request):
    return nbformat.read(request.param, 4)


@pytest.fixture(params=[START, *LECTURES], ids=lambda path: path.stem)
def page(request):
    notebook = nbformat.read(request.param, 4)
    nbformat.validate(notebook)
    return notebook


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def outputs(notebook):
    return [output for cell in code_cells(notebook) for output in cell.outputs]


def test_there_are_a_start_and_lectures():
    assert START.stem == "00-start-here" and LECTURES


def test_cells_are_short(page):
    lengths = [len(read(cell.source).splitlines()) for cell in code_cells(page)]
    assert statistics.median(lengths) <= 10 and max(lengths) <= 25  # of 80 characters at most: notebooks/ruff.toml


def read(source):
    """What a reader sees of a cell's source: of a bet the code in its box."""
    line = next((k for k, text in enumerate(source.splitlines(), 1) if "widgets.bet(" in text), None)
    return body(source, line) if line else source


def test_it_was_run_top_to_bottom_without_errors(page):
    counts = [cell.execution_count for cell in code_cells(page)]
    assert counts == list(range(1, len(counts) + 1))
    for output in outputs(page):
        assert output.output_type != "error" and output.get("name") != "stderr"


def test_it_opens_with_a_question_and_its_minutes(lecture):
    opening = lecture.cells[0].source
    assert opening.startswith("# ") and "?" in opening
    minutes = lecture.metadata["minutes"]
    assert f"{minutes['read']} minutes to read, {minutes['do']} with" in opening
    assert minutes["read"] < minutes["do"] <= 75 and minutes["run"] >= 1


def test_the_minutes_to_read_are_those_that_its_words_and_lines_take(lecture):
    """110 words a minute, as it is mathematics, and four seconds a line of code; hints and appendices not counted."""
    ends = next((k for k, cell in enumerate(lecture.cells) if cell.source.startswith("## Appendix")), None)
    main = lecture.cells[:ends]
    prose = " ".join(cell.source for cell in main if cell.cell_type == "markdown")
    extra = r"<details><summary>(<b>)?(Hint|Appendix).*?</details>"
    words = re.findall(r"[A-Za-z][\w'-]*", re.sub(extra, "", prose, flags=re.DOTALL))
    lines = [line for cell in main if cell.cell_type == "code" for line in cell.source.splitlines() if line.strip()]
    measured = len(words) / 110 + len(lines) * 4 / 60
    assert abs(lecture.metadata["minutes"]["read"] - measured) <= 0.2 * measured, f"{measured:.0f} minutes to read"


@pytest.mark.parametrize("path", LECTURES, ids=lambda path: path.stem)
def test_every_bet_has_its_box(path):
    for cell in nbformat.read(path, 4).cells:
        assert cell.cell_type != "markdown" or not re.search(r"\*\*(Your|A last) bets?\b", cell.source), cell.source
        assert "outputs_hidden" not in cell.metadata.get("jupyter", {}), "an answer that is folded outside of a box"


def test_a_bet_keeps_its_source_and_is_stored_as_nobody_has_placed_it(lecture):
    names = [asked(cell.source)[0] for cell in bets(lecture)]
    assert 0 < len({*names}) == len(names)
    for cell in bets(lecture):
        assert cell.metadata["jupyter"] == {"source_hidden": True}
        (output,) = cell.outputs
        models = saving.states(lecture)
        assert models[output.data[saving.VIEW]["model_id"]]["state"]["placed"] == NEW


def bets(notebook):
    return [cell for cell in code_cells(notebook) if asked(cell.source)]


def test_pictures_have_alt_text(page):
    for output in outputs(page):
        data = output.get("data", {})
        if "image/png" in data:
            assert re.search(r'<img [^>]*alt="[^"]+"', data["text/html"])


def test_every_widget_is_stored_with_its_twin(page):
    """Whatever a viewer makes of widgets, it looks for none that is not there, and shows a picture or a table."""
    shown = [cell for cell in code_cells(page) if cell.source.splitlines()[-1].startswith("widgets.")]
    assert shown
    for cell in shown:
        (output,) = cell.outputs
        assert "<table" in output.data["text/html"] and "0x" not in output.data["text/plain"]


def test_stored_widgets_have_all_that_they_need_and_nothing_else(page):
    models = saving.states(page)
    needed = [part for data in saving.shown(page) for part in saving.parts(data[saving.VIEW]["model_id"], models)]
    assert models.keys() == set(needed)


def test_stored_widgets_have_the_scripts_and_styles_of_today_each_once(page):
    scripts = {"_esm", "_css"}
    states = [model["state"] for model in saving.states(page).values() if "_anywidget_id" in model["state"]]
    whole = {state["_anywidget_id"]: state for state in states if saving.LENDER not in state}
    for name, state in whole.items():
        now = {key: str(getattr(import_item(name), key)) for key in scripts}
        assert {key: state[key] for key in scripts} == now, "make widgets renews them"
    borrowed = [state for state in states if saving.LENDER in state]
    assert len(whole) + len(borrowed) == len(states), "make widgets stores a script once"
    for state in borrowed:
        assert {key: state.get(key) for key in scripts} == {"_esm": saving.BORROWED, "_css": None}
        lender = saving.states(page)[state[saving.LENDER].removeprefix("IPY_MODEL_")]
        assert lender["state"] is whole[state["_anywidget_id"]]


@pytest.mark.parametrize("path", LECTURES, ids=lambda path: path.stem)
def test_a_lecture_opens_fast(path):
    assert path.stat().st_size < 3e6


@pytest.mark.parametrize("list_of_lectures", [ROOT / "README.md", START], ids=lambda path: path.stem)
def test_each_lecture_is_listed_with_its_minutes(list_of_lectures):
    text = list_of_lectures.read_text()
    for path in LECTURES:
        minutes = nbformat.read(path, 4).metadata["minutes"]
        entry = rf"\((notebooks/)?{re.escape(path.name)}\).*\| {minutes['read']} \({minutes['do']}\) \|"
        assert re.search(entry, text), path.name


def test_the_start_is_a_question_the_laboratory_the_lectures_and_three_ways_in():
    question, laboratory, *rest = nbformat.read(START, 4).cells
    assert question.source.startswith("# ") and "?" in question.source
    assert question.cell_type == "markdown" and len(question.source.split()) < 80, "the laboratory is at the top"
    assert "widgets.laboratory(" in laboratory.source
    assert [cell.source.splitlines()[0] for cell in rest[1::2]] == ["## The lectures", "## Three ways in"]
    assert "check.overview()" in rest[2].source
    assert all(f"**{who}**" in rest[3].source for who in ("A student", "An instructor", "A researcher"))


WITH_WIDGETS = [
    pytest.param(path, cell.source, id=f"{path.stem[:2]}-{cell.id}")
    for path in [START, *LECTURES]
    for cell in code_cells(nbformat.read(path, 4))
    if "widgets." in cell.source and not asked(cell.source)  # a bet's answer needs the cells above it
]


@pytest.mark.parametrize(("path", "source"), WITH_WIDGETS)
def test_a_cell_with_a_widget_runs_alone(path, source, monkeypatch):
    """It brings its own imports, so that whoever runs it first, or only it, gets the widget."""
    monkeypatch.chdir(path.parent)
    exec(compile(source, path.name, "exec"), {"__name__": "__main__"})


NOTEBOOKS = [START, *LECTURES, *sorted((ROOT / "solutions").glob("*.ipynb"))]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_in_the_minutes_that_it_declares(path):
    """By what `make notebooks` measured: seconds of the processor, so that a busy machine changes nothing."""
    minutes = nbformat.read(path, 4).metadata["minutes"]
    assert 0 < minutes["seconds"] <= 60 * minutes["run"], "declare more minutes, or make it faster"
