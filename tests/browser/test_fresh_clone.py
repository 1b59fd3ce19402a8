"""The lectures as `make lab` opens them in a fresh clone: nothing is run, and what they show lives."""

import nbformat
import pytest
from cloned import ROOT, trusted_clone
from driving import Table
from playwright.sync_api import expect

from marl_helpers.widgets import saving

# What is said of widgets waits until `release()`: a kernel that answers late.
LATE = """(() => {
  const { send } = WebSocket.prototype;
  let waiting = [];
  WebSocket.prototype.send = function (data) {
    const text = typeof data === "string" ? data : new TextDecoder().decode(data);
    if (waiting && text.includes('"comm_')) waiting.push(() => send.call(this, data));
    else send.call(this, data);
  };
  window.release = () => {
    const held = waiting;
    waiting = null;
    return held.map((sent) => sent()).length;
  };
})()"""
LECTURES = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.fixture
def clone(folder, lab):
    trusted_clone(folder, lab.data)
    return folder


@pytest.mark.parametrize("lecture", LECTURES, ids=lambda path: path.stem)
def test_every_stored_widget_lives_before_anything_is_run(
    lecture, folder, lab, open_notebook, screenshot, console_errors
):
    """Of a lecture only its cells with a stored widget: opening those is quicker than opening all."""
    notebook = nbformat.read(lecture, 4)
    notebook.cells = [cell for cell in notebook.cells if list(saving.shown({"cells": [cell]}))]
    nbformat.write(notebook, folder / lecture.name)
    trusted_clone(folder, lab.data)
    page = open_notebook(lecture.name)
    widgets = page.locator(".jp-OutputArea-output .jupyter-widgets-disconnected")  # by no kernel
    expect(widgets).to_have_count(len(notebook.cells))
    for k in range(len(notebook.cells)):
        widgets.nth(k).scroll_into_view_if_needed()
        expect(widgets.nth(k).locator(":is(input, button, svg):visible").first).to_be_visible()
    expect(page.get_by_text("Error displaying widget")).to_have_count(0)
    screenshot(page, f"clone-{lecture.stem}")
    assert console_errors == []


def test_the_first_edit_of_a_newcomer_changes_a_verdict(clone, open_notebook, screenshot, console_errors):
    page = open_notebook("00-start-here.ipynb")
    vdn = page.get_by_role("region", name="VDN", exact=True)
    expect(vdn).to_contain_text("plays (0, 0), earns 6 of 8")
    screenshot(page, "start-opened")
    Table(page).type(2, 2, "10")
    expect(vdn).to_contain_text("plays (2, 2), earns 10 of 10")
    screenshot(page, "start-edited")
    assert console_errors == []


def test_a_widget_drawn_before_it_was_restored_is_drawn_again(clone, open_notebook):
    page = open_notebook("00-start-here.ipynb")
    vdn = page.get_by_role("region", name="VDN", exact=True)
    expect(vdn).to_be_visible()
    page.locator(".jp-OutputArea-output:has(.marl-lab)").evaluate(
        "node => (node.textContent = 'Error displaying widget: model not found')"  # as JupyterLab does
    )
    expect(vdn).to_contain_text("plays (0, 0), earns 6 of 8")


def test_what_is_saved_before_it_was_restored_still_lives(clone, page, open_notebook):
    path = clone / "00-start-here.ipynb"
    before = path.read_bytes()
    page.add_init_script(LATE)
    open_notebook(path.name)
    page.evaluate("() => window.jupyterapp.shell.currentWidget.context.save()")
    assert page.evaluate("release()") > 0
    expect(page.get_by_role("region", name="VDN", exact=True)).to_contain_text("plays (0, 0), earns 6 of 8")
    assert path.read_bytes() == before


def test_opening_and_closing_leaves_a_notebook_as_it_was_and_an_edit_is_marked(clone, open_notebook):
    path = clone / "00-start-here.ipynb"
    before = path.read_bytes()
    page = open_notebook(path.name)
    expect(page.get_by_role("region", name="VDN", exact=True)).to_be_visible()  # its widgets are restored
    unmodified = "window.jupyterapp.shell.currentWidget.context.model.dirty === false"
    page.wait_for_function(f"() => {unmodified}")  # set up with `make venv`
    page.locator(".jp-CodeCell .cm-content").first.click()
    page.keyboard.type("#")
    for _ in range(3):  # a mark that is taken back is taken back at once
        page.evaluate("() => new Promise(done => requestIdleCallback(() => requestAnimationFrame(done)))")
        assert not page.evaluate(unmodified)
    page.keyboard.press("Backspace")
    page.evaluate("() => window.jupyterapp.shell.currentWidget.context.save()")
    assert path.read_bytes() == before
