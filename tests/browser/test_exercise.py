"""An exercise as a student takes it: undone, wrong, right, saved, closed, and opened again with nothing lost."""

import shutil
from pathlib import Path

EXERCISES = Path(__file__).parents[2] / "exercises"
NAME = "lecture-02.ipynb"
STUB = "raise NotImplementedError"
ADDITIVE = 'return {"table": [[0, 1], [1, 2]], "plays": (1, 1)}'
RIGHT = 'return {"table": [[0, 2], [3, 2]], "plays": (1, 1)}'
JUPYTERLABS_OWN = "ERR_UNKNOWN_URL_SCHEME"  # it draws an attachment before it has looked up where that is
SAVED = "() => !window.jupyterapp.shell.currentWidget.context.model.dirty"
ASK_FOR_GAME = """async () => (await window.jupyterapp.shell.currentWidget.sessionContext.session.kernel
    .requestExecute({code: "game"}).done).content.ename"""


def cell(page, text):
    return page.locator(".jp-CodeCell", has_text=text).first


def answer(page, old, new):
    """Type over a line of the first answer, as a student would, and save."""
    line = cell(page, "def game").locator(".cm-line", has_text=old)
    line.click(click_count=3)
    page.keyboard.insert_text(f"    {new}")
    page.keyboard.press("Control+s")
    page.wait_for_function(SAVED)  # JupyterLab ignores a second save until the first has ended


def outputs(page, text):
    return cell(page, text).locator(".jp-OutputArea-output").all_inner_texts()


def run(page, text):
    """Run one cell, and wait until it is done."""
    cell(page, text).locator(".cm-line").first.click()
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-cell')")


def test_nothing_is_lost_between_a_first_try_and_another_day(
    folder, open_notebook, run_all, screenshot, console_errors
):
    shutil.copy(EXERCISES / NAME, folder)
    page = open_notebook(NAME)
    run_all(page)
    assert "○ Not answered yet: fill in `game`" in outputs(page, "check.sum_loses")[0]

    answer(page, STUB, ADDITIVE)
    run_all(page)
    assert outputs(page, "check.sum_loses")[0].startswith("✘ Your game is a sum")
    assert "✘ tried" in outputs(page, "check.progress")[0]

    answer(page, "return", RIGHT)
    run_all(page)
    assert outputs(page, "check.sum_loses")[0].startswith("✔ VDN's team earns 2 of 3")
    assert cell(page, "fits =").locator("img").get_attribute("alt").startswith("reward R: 0 2, 3* 2")
    assert "1 of 2 solved" in outputs(page, "check.progress")[0]
    screenshot(page, "exercise-solved")
    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    page.evaluate("() => window.jupyterapp.serviceManager.sessions.shutdownAll()")

    page = open_notebook(NAME)
    assert RIGHT in cell(page, "def game").inner_text()
    assert outputs(page, "check.sum_loses")[0].startswith("✔ VDN's team earns 2 of 3")
    assert page.evaluate(ASK_FOR_GAME) == "NameError"  # opening it ran nothing

    run(page, "import numpy")
    run(page, "check.progress")
    cell(page, "check.progress").get_by_text("[3]:").wait_for()  # the third request to this kernel: not a stored output
    assert "✔ solved  lecture-02: The smallest game" in outputs(page, "check.progress")[0]
    assert [error for error in console_errors if JUPYTERLABS_OWN not in error] == []
