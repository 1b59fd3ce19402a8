"""A widget that needs no kernel, in a notebook as `make notebooks` stores it: trusted, saved, reopened, copied."""

import subprocess
import sys
from pathlib import Path

from cloned import ROOT, trusted_clone
from driving import Table, write_notebook
from playwright.sync_api import expect

from marl_helpers import games

SOURCE = "from marl_helpers import widgets\nwidgets.RewardTable()"
OTHER = "widgets.RewardTable([[2, 1], [1, 3]])"  # has the script of the first
CARD = "from marl_helpers import widgets\nwidgets.linear_mixer([[0, 1], [0, 4]])"


def clone_with_a_table(folder: Path, data: Path) -> Path:
    """A notebook that shows a stored table, unmodified in a clone whose notebooks are trusted as `make lab` does."""
    path = folder / "stored.ipynb"
    write_notebook(path, SOURCE, OTHER, CARD)
    subprocess.run([sys.executable, ROOT / "tools" / "run_notebooks.py", path], check=True, capture_output=True)
    trusted_clone(folder, data)
    return path


def is_alive(table: Table) -> None:
    """It answers, with no kernel behind it, and nothing says that one is missing."""
    table.shows(games.share(games.COORDINATION))
    table.type(2, 2, "9.5")
    table.shows(games.share([[6, 4, 2], [4, 3, 1], [2, 1, 9.5]]))
    chain = table.page.locator(".jupyter-widgets-disconnected")  # its sign stands before it
    signs = chain.evaluate_all("all => all.map(one => getComputedStyle(one, '::before').display)")
    assert signs and set(signs) == {"none"}
    expect(table.page.get_by_text("Error displaying widget")).to_have_count(0)


def test_a_stored_table_lives_is_saved_and_lives_again(open_notebook, folder, lab, screenshot, console_errors):
    path = clone_with_a_table(folder, lab.data)
    for sight in ("opened", "saved-and-reopened"):
        page = open_notebook(path.name)
        is_alive(Table(page))
        other = Table(page, 1)
        other.type(1, 1, "4")
        other.shows(games.share([[2, 1], [1, 4]]))
        screenshot(page, f"table-stored-{sight}")
        page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
        page.evaluate("() => window.jupyterapp.serviceManager.sessions.shutdownAll()")

    text = path.read_text()
    (folder / "copy.ipynb").write_text(text.replace(SOURCE.splitlines()[0], "import os"))
    page = open_notebook("copy.ipynb")  # which nobody has signed
    expect(page.get_by_role("cell", name="*8", exact=True)).to_be_visible()
    expect(page.locator(".marl-reward-table")).to_have_count(0)
    card = page.locator("td[valign]")  # whose looks the sanitiser has left
    look = "one => [getComputedStyle(one).borderTopColor, getComputedStyle(one).borderTopWidth]"
    assert card.evaluate(look) == ["rgb(0, 114, 178)", "4px"]
    played = card.locator("td", has_text="[5*]")
    assert played.evaluate("one => getComputedStyle(one).backgroundColor") == "rgb(254, 232, 56)"
    assert played.evaluate("one => getComputedStyle(one).outlineWidth") == "2px"
    screenshot(page, "table-stored-untrusted")
    page.evaluate("() => void window.jupyterapp.commands.execute('notebook:trust')")
    page.locator(".jp-Dialog .jp-mod-accept").click()
    is_alive(Table(page))
    page = open_notebook("copy.ipynb")
    is_alive(Table(page))  # trusting it saved it, and it has kept its state
    assert console_errors == []
