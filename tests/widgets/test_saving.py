"""What the hook leaves of a notebook that JupyterLab saves."""

from copy import deepcopy

import nbformat
import pytest

from marl_helpers.widgets.saving import STATE, VIEW, leave_twins


def saved(state: dict, data: dict) -> dict:
    """A notebook as it comes to the hook, and what is left of the data of its one output."""
    output = nbformat.v4.new_output("display_data", {VIEW: {"model_id": "abc"}, **data})
    cells = [nbformat.v4.new_markdown_cell("text"), nbformat.v4.new_code_cell("table", outputs=[output])]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"widgets": {STATE: {"state": state}}})
    model = {"type": "notebook", "content": notebook}
    leave_twins(model, path="a.ipynb", contents_manager=None)
    return model["content"].cells[1].outputs[0].data


TWIN = {"text/html": "<table></table>", "text/plain": "a table"}


def test_a_widget_without_its_state_leaves_its_twin():
    assert saved({}, TWIN) == TWIN
    assert saved({"another": {}}, TWIN) == TWIN


def test_a_widget_with_its_state_stays_and_so_does_one_that_has_no_twin():
    assert set(saved({"abc": {}}, TWIN)) == {VIEW, *TWIN}
    assert set(saved({}, {"text/plain": "a slider"})) == {VIEW, "text/plain"}


@pytest.mark.parametrize("content", ["a text", None])
def test_other_files_pass_untouched(content):
    model = {"type": "file", "content": content}
    before = deepcopy(model)
    leave_twins(model)
    assert model == before


def test_a_notebook_without_widgets_passes_untouched():
    output = nbformat.v4.new_output("stream", text="1")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1", outputs=[output])])
    before = deepcopy(notebook)
    leave_twins({"type": "notebook", "content": notebook})
    assert notebook == before
