"""A laboratory in a notebook that is opened without being run: stored by `make notebooks`, or saved by a student."""

import subprocess
import sys
from pathlib import Path

from driving import LABORATORY, Lab, write_notebook
from playwright.sync_api import Page, expect

from marl_helpers import games

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


def lives_without_python(lab: Lab) -> None:
    """An edit is judged and learned, with no kernel that knows the widget."""
    lab.type(2, 2, "12")
    lab.shows(games.share([[6, 4, 2], [4, 3, 1], [2, 1, 12]]))
    expect(lab.card("VDN")).to_contain_text("8 of 8 runs right")
    expect(lab.card("VDN")).to_contain_text("puts (2, 2) first")
    lab.click("reset")
    expect(lab.card("VDN")).to_contain_text("0 of 8 runs right")


def test_a_stored_laboratory_reads_untrusted_and_lives_trusted(open_notebook, folder, screenshot, console_errors):
    path = folder / "stored.ipynb"
    write_notebook(path, LABORATORY)
    subprocess.run([sys.executable, ROOT / "tools" / "run_notebooks.py", path], check=True, capture_output=True)
    page = reopened(open_notebook, path.name)
    shows_the_twin(page)
    screenshot(page, "laboratory-stored-untrusted")
    trust(page)
    lab = Lab(page)
    lives_without_python(lab)
    screenshot(page, "laboratory-stored-trusted")
    assert console_errors == []


def test_a_students_own_save_opens_again_and_again(open_notebook, folder, laboratory, screenshot, console_errors):
    lab, page = laboratory, laboratory.page
    lab.type(0, 0, "5")
    edited = [[5, 4, 2], [4, 3, 1], [2, 1, 8]]
    lab.shows_learned(edited)
    for name in ("laboratory-saved", "laboratory-saved-again"):  # the second time with no kernel that knows it
        page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
        page.evaluate("() => window.jupyterapp.serviceManager.sessions.shutdownAll()")
        reopened(open_notebook, "laboratory.ipynb")
        lab.shows_learned(edited)  # from the state that was saved with it
        screenshot(page, name)
    lab.type(2, 2, "12")
    expect(lab.card("VDN")).to_contain_text("8 of 8 runs right")

    text = (folder / "laboratory.ipynb").read_text()
    (folder / "mailed.ipynb").write_text(text.replace("1 + 1", "2 + 2"))  # whose signature no longer fits
    reopened(open_notebook, "mailed.ipynb")
    expect(page.get_by_text("Run this cell, and those above it, to edit the table.")).to_be_visible()
    expect(page.locator(".marl-lab")).to_have_count(0)
    screenshot(page, "laboratory-saved-untrusted")
    assert console_errors == []
