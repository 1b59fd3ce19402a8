"""What the hook leaves of a notebook that JupyterLab saves."""

from copy import deepcopy

import nbformat
import pytest
from jupyter_server.services.contents.largefilemanager import LargeFileManager

from marl_helpers.widgets.saving import BORROWED, LENDER, STATE, VIEW, leave_twins, lend, parts, states

PART = {"state": {"layout": "IPY_MODEL_box", "children": []}}
WHOLE = {"abc": PART, "box": {"state": {}}}


def notebook_with(state: dict, data: dict) -> nbformat.NotebookNode:
    """A notebook with one output, which shows the widget abc, and the state of these models."""
    output = nbformat.v4.new_output("display_data", {VIEW: {"model_id": "abc"}, **data})
    cells = [nbformat.v4.new_markdown_cell("text"), nbformat.v4.new_code_cell("table", outputs=[output])]
    return nbformat.v4.new_notebook(cells=cells, metadata={"widgets": {STATE: {"state": state}}})


@pytest.fixture
def save(tmp_path):
    """save(state, data, on_disk=None) -> what the hook leaves of a notebook, and of its output's data."""

    def saved(state: dict, data: dict, on_disk: str | None = None) -> tuple[dict, dict]:
        if on_disk is not None:
            (tmp_path / "a.ipynb").write_text(on_disk)
        model = {"type": "notebook", "content": notebook_with(state, data)}
        leave_twins(model, path="/a.ipynb", contents_manager=LargeFileManager(root_dir=str(tmp_path)))
        return states(model["content"]), model["content"].cells[1].outputs[0].data

    return saved


TWIN = {"text/html": "<table></table>", "text/plain": "a table"}


def test_a_widget_without_its_state_leaves_its_twin(save):
    assert save({}, TWIN) == ({}, TWIN)
    other = {"another": {"state": {}}}
    assert save(other, TWIN) == (other, TWIN)
    assert save({"abc": PART}, TWIN) == ({"abc": PART}, TWIN)  # whose layout is missing


def test_a_widget_with_its_state_stays_and_so_does_one_that_has_no_twin(save):
    assert save(WHOLE, TWIN)[1].keys() == {VIEW, *TWIN}
    assert save({}, {"text/plain": "a slider"})[1].keys() == {VIEW, "text/plain"}


def test_a_widget_that_was_not_run_keeps_the_state_that_is_in_the_file(save):
    more = {**WHOLE, "other": PART}
    on_disk = nbformat.writes(notebook_with(more, TWIN))
    assert save({}, TWIN, on_disk) == (WHOLE, {VIEW: {"model_id": "abc"}, **TWIN})  # and no other is carried along
    newer = {"abc": {"state": {"layout": "IPY_MODEL_box", "table": [1]}}}
    assert save(newer, TWIN, on_disk)[0] == {**WHOLE, **newer}  # what the page knows counts
    assert save({"new": PART}, TWIN, on_disk)[0] == {**WHOLE, "new": PART}


@pytest.mark.parametrize("on_disk", ["", "{}", "[]", '{"metadata": {"widgets": null}}'])
def test_a_file_that_is_no_notebook_leaves_the_twin(save, on_disk):
    assert save({}, TWIN, on_disk) == ({}, TWIN)


def test_a_notebook_without_state_gets_it_from_the_file(tmp_path):
    (tmp_path / "a.ipynb").write_text(nbformat.writes(notebook_with(WHOLE, TWIN)))
    notebook = notebook_with({}, TWIN)
    del notebook.metadata["widgets"]
    model = {"type": "notebook", "content": notebook}
    leave_twins(model, path="a.ipynb", contents_manager=LargeFileManager(root_dir=str(tmp_path)))
    assert notebook.metadata.widgets[STATE] == {"version_major": 2, "version_minor": 0, "state": WHOLE}


def test_the_parts_of_a_widget_are_those_that_it_names_at_any_depth():
    models = {
        "a": {"state": {"children": ["IPY_MODEL_b", "IPY_MODEL_c"], "text": "b", "layout": "IPY_MODEL_l"}},
        "b": {"state": {"outputs": [{"data": {VIEW: {"model_id": "d"}}}]}},
        "c": {"state": {"back": {"to": "IPY_MODEL_a"}}},
        **{name: {"state": {}} for name in "del"},
    }
    assert parts("a", models) == ["a", "b", "c", "l", "d"]
    with pytest.raises(KeyError, match="l"):
        parts("a", {name: models[name] for name in "abcd"})


def test_the_first_of_a_class_lends_its_script_and_style_to_the_others():
    whole = {"_esm": "export default ...", "_css": "p {}"}
    classes = {"one-2": "Bet", "one-1": "Bet", "three-1": "Bet", "two-1": "Film"}
    models = {one: {"state": {"_anywidget_id": name, "at": one, **whole}} for one, name in classes.items()}
    models["box"] = {"state": {"width": None}}
    before = deepcopy(models)
    lend(models)
    assert {one: models[one] for one in ("one-1", "two-1", "box")} == {
        one: before[one] for one in ("one-1", "two-1", "box")
    }
    for one in ("one-2", "three-1"):
        borrowed = {"_anywidget_id": "Bet", "at": one, "_esm": BORROWED, LENDER: "IPY_MODEL_one-1"}
        assert models[one]["state"] == borrowed and parts(one, models) == [one, "one-1"]


def test_a_borrower_that_was_not_run_keeps_its_lender(save):
    borrower = {"state": {"layout": "IPY_MODEL_box", LENDER: "IPY_MODEL_first"}}
    whole = {"abc": borrower, "first": {"state": {"_esm": "1"}}, "box": {"state": {}}}
    on_disk = nbformat.writes(notebook_with({**whole, "other": PART}, TWIN))
    assert save({}, TWIN, on_disk)[0] == whole


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
