"""The tool that makes exercises, on small notebooks: what must not reach a student, and what must."""

from html.parser import HTMLParser
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import nbformat
import pytest
from jsonschema import ValidationError
from nbformat import v4

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def tool():
    spec = spec_from_file_location("make_exercises", ROOT / "tools" / "make_exercises.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def students(tool, tmp_path):
    """Writes a solution with these cells and metadata, and reads the students' version of it."""

    def make(*cells, **metadata):
        nbformat.write(v4.new_notebook(cells=cells, metadata=metadata), tmp_path / "made.ipynb")
        text = tool.students_version(tmp_path / "made.ipynb")
        assert text == text.rstrip() + "\n"
        return nbformat.reads(text, as_version=4)

    return make


def graded(cell, name, **marks):
    what = {"grade": False, "locked": False, "solution": False, "task": False, "points": 1, **marks}
    cell.metadata["nbgrader"] = {"schema_version": 3, "grade_id": name, **what}
    return cell


def expected(*outputs):
    return v4.new_code_cell("show()", metadata={"tags": ["expected"]}, outputs=list(outputs), execution_count=1)


class Image(HTMLParser):
    """The attributes of the one <img> in a text."""

    def __init__(self, html):
        super().__init__()
        self.attributes = None
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        if tag == "img":
            assert self.attributes is None
            self.attributes = dict(attributes)


def test_solutions_hidden_tests_and_marking_schemes_go_and_the_words_around_them_stay(students):
    task = "Argue.\n\n=== BEGIN MARK SCHEME ===\nthe secret\n=== END MARK SCHEME ===\n\nBriefly."
    notebook = students(
        graded(
            v4.new_code_cell("def f():\n    ### BEGIN SOLUTION\n    secret\n    ### END SOLUTION"), "f", solution=True
        ),
        graded(v4.new_code_cell("### BEGIN HIDDEN TESTS\nsecret\n### END HIDDEN TESTS\ncheck(f)"), "c", grade=True),
        graded(v4.new_markdown_cell(task), "argue", task=True),
    )
    code, check, argue = (cell.source for cell in notebook.cells)
    assert code.startswith("def f():\n") and "raise NotImplementedError" in code and check == "check(f)"
    assert argue == "Argue.\n\n\nBriefly."
    assert "secret" not in code


def test_two_cells_of_one_name_are_refused_as_nbgrader_would_refuse_them(students):
    with pytest.raises(ValidationError, match="metadata may be corrupted"):
        students(*(graded(v4.new_code_cell("check()"), "same", grade=True, locked=True) for _ in range(2)))


def test_outputs_and_the_state_of_widgets_go(students):
    code = v4.new_code_cell("1 + 1", outputs=[v4.new_output("stream", text="2")], execution_count=1)
    state = {"application/vnd.jupyter.widget-state+json": {"version_major": 2, "version_minor": 0, "state": {}}}
    notebook = students(code, widgets=state, minutes={"do": 5})
    assert notebook.cells[0].outputs == [] and notebook.metadata == {"minutes": {"do": 5}}


def test_a_text_to_expect_is_folded_before_its_cell(students):
    folded, cell = students(expected(v4.new_output("stream", text="a  b\n c\n\n"))).cells
    assert folded.source == ("<details><summary>The output to expect</summary>\n\n```text\na  b\n c\n```\n\n</details>")
    assert cell.source == "show()" and cell.outputs == []


def test_a_figure_to_expect_is_folded_with_its_width_and_its_words(students):
    words = 'the "best" sum: R < 3 & more'
    data = {"image/png": "aGk=", "text/plain": f"{words}\nline 2"}
    output = v4.new_output("display_data", data=data, metadata={"image/png": {"width": 270}})
    folded, cell = students(expected(output)).cells
    assert Image(folded.source).attributes == {
        "src": "attachment:expected.png",
        "width": "270",
        "alt": f"{words}; line 2",
    }
    assert folded.attachments == {"expected.png": {"image/png": "aGk="}} and cell.outputs == []


@pytest.mark.parametrize("count", [0, 2])
def test_a_cell_with_no_single_output_to_expect_is_refused(students, count):
    outputs = [v4.new_output("display_data", data={"text/plain": "x"}) for _ in range(count)]
    with pytest.raises(ValueError, match=f"has {count} stored outputs, not one"):
        students(expected(*outputs))
