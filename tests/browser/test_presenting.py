"""A lecture presented in JupyterLab, as jupyterlab-slideshow does it with the notebook that lies beside a deck."""

import sys
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import expect

sys.path.append(str(Path(__file__).parents[2] / "tools"))
import make_slides

pytest.importorskip("jupyterlab_slideshow")
BET = """from marl_helpers import widgets
with widgets.bet("02-made-up", "Which?", ["one", "two"]) as bet:
    bet.answer("two", "it is two", "Because.")"""
DECK = "name => window.jupyterapp.commands.execute(name)"


def test_slides_turn_and_a_bet_can_be_placed_with_the_mouse(open_notebook, folder, run_all, console_errors, screenshot):
    text, code = nbformat.v4.new_markdown_cell, nbformat.v4.new_code_cell
    notebook = nbformat.v4.new_notebook(cells=[text("# Title"), code(BET), text("# Last")])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, folder / "plain.ipynb")
    make_slides.write_live(folder / "plain.ipynb", folder / "live.html", {0, 1, 2})
    page = open_notebook("live.ipynb")
    page.set_viewport_size({"width": 1280, "height": 720})
    run_all(page)
    page.evaluate("() => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = 0; }")
    page.evaluate(DECK, "deck:start")
    shown = page.locator(".jp-deck-mod-onscreen")
    expect(page.locator(".jp-Deck-Remote")).to_be_visible()
    expect(shown.filter(has_text="Title")).to_be_visible()
    page.get_by_title("Go to next slide/fragment in Deck").click()
    expect(shown.filter(has_text="Which?")).to_be_visible()
    expect(shown.filter(has_text="Title")).to_have_count(0)
    shown.get_by_text("two", exact=True).click()
    shown.get_by_role("button", name="Place").click()
    expect(shown.filter(has_text="it is two")).to_be_visible()
    screenshot(page, "presenting-a-bet")
    page.evaluate(DECK, "deck:stop")
    assert console_errors == []
