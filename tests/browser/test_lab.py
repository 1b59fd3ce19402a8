"""JupyterLab as a newcomer meets it, and the means by which the other browser tests drive it."""

import sys

import pytest
from driving import write_notebook


def test_opens_without_news_menus_of_nbgrader_or_errors(open_lab, screenshot, console_errors):
    page = open_lab()
    page.locator(".jp-LauncherCard", has_text="Python 3").first.wait_for()
    news = "@jupyterlab/apputils-extension:announcements"  # the plugin that asks about news and updates
    assert not page.evaluate("news => window.jupyterapp.hasPlugin(news)", news), "set up with `make venv`"
    assert page.locator(".Toastify__toast, .jp-Dialog").count() == 0
    page.get_by_role("menuitem", name="File").first.wait_for()
    assert page.get_by_text("nbgrader").count() == 0, "set up with `make venv`"
    screenshot(page, "jupyterlab")
    assert console_errors == []


def test_a_notebook_runs_here_with_the_package(open_notebook, run_all, folder, console_errors):
    write_notebook(folder / "new.ipynb", "import sys, marl_helpers", "print(sys.prefix)")
    page = open_notebook("new.ipynb")
    for _ in range(2):  # a second run starts from outputs that are already there
        run_all(page)
    assert page.locator(".jp-OutputArea-output").inner_text().strip() == sys.prefix
    assert page.locator(".jp-InputPrompt").all_inner_texts() == ["[3]:", "[4]:"]
    assert console_errors == []


def test_an_error_in_a_cell_is_reported(open_notebook, run_all, folder):
    write_notebook(folder / "wrong.ipynb", "1 / 0", "print('not reached')")
    page = open_notebook("wrong.ipynb")
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        run_all(page)
