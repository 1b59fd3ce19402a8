"""A laboratory in a notebook that is opened without being run: stored by `make notebooks`, or saved by a student."""

import subprocess
import sys
from pathlib import Path

from driving import LABORATORY, write_notebook
from playwright.sync_api import Page, expect

ROOT = Path(__file__).parents[2]


def reopened(open_notebook, name: str) -> Page:
    """The notebook in a page that was loaded anew, with no kernel that knows its widgets."""
    page = open_notebook(name)
    page.locator(".jp-OutputArea-output").first.wait_for()
    return page


def trust(page: Page) -> None:
    page.evaluate("() => void window.jupyterapp.commands.execute('notebook:trust')")
    page.locator(".jp-Dialog .jp-mod-accept").click()
    expect(page.locator(".jp-Dialog")).to_have_count(0)


def shows_the_twin(page: Page) -> None:
    expect(page.get_by_role("cell", name="*8", exact=True)).to_be_visible()
    expect(page.get_by_text("plays (0, 0), earns 6 of 8")).to_be_visible()
    expect(page.get_by_text("Run this cell, and those above it, to edit the table.")).to_be_visible()
    expect(page.get_by_text("Error displaying widget")).to_have_count(0)
    expect(page.locator(".marl-lab")).to_have_count(0)


def test_a_stored_laboratory_reads_without_a_kernel(open_notebook, folder, page, screenshot, console_errors):
    path = folder / "stored.ipynb"
    write_notebook(path, LABORATORY)
    subprocess.run([sys.executable, ROOT / "tools" / "run_notebooks.py", path], check=True, capture_output=True)
    reopened(open_notebook, path.name)
    shows_the_twin(page)
    screenshot(page, "laboratory-stored-untrusted")
    trust(page)
    shows_the_twin(page)
    screenshot(page, "laboratory-stored-trusted")
    assert console_errors == []

    subprocess.run([sys.executable, "-m", "nbconvert", "--to", "html", path], check=True, capture_output=True)
    html = page.context.new_page()
    html.route("http*://**", lambda route: route.fulfill(body=""))  # MathJax and RequireJS, which nbconvert loads
    html.goto(path.with_suffix(".html").as_uri())
    shows_the_twin(html)
    screenshot(html, "laboratory-nbconvert")


def test_a_students_own_save_opens_again(open_notebook, folder, laboratory, screenshot, console_errors):
    lab, page = laboratory, laboratory.page
    lab.type(0, 0, "5")
    edited = [[5, 4, 2], [4, 3, 1], [2, 1, 8]]
    lab.shows_learned(edited)
    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    page.evaluate("() => window.jupyterapp.serviceManager.sessions.shutdownAll()")
    text = (folder / "laboratory.ipynb").read_text()
    reopened(open_notebook, "laboratory.ipynb")
    lab.shows_learned(edited)  # live, from the state that was saved with it
    screenshot(page, "laboratory-saved-trusted")
    lab.click("reset")
    expect(lab.notice).to_contain_text("Run their cell again")
    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")  # as JupyterLab does by itself
    reopened(open_notebook, "laboratory.ipynb")
    shows_the_twin(page)
    screenshot(page, "laboratory-saved-again")

    (folder / "mailed.ipynb").write_text(text.replace("1 + 1", "2 + 2"))  # whose signature no longer fits
    reopened(open_notebook, "mailed.ipynb")
    shows_the_twin(page)
    screenshot(page, "laboratory-saved-untrusted")
    assert console_errors == []
