"""A training in JupyterLab: its curves while it runs, and a stop button that reaches a busy kernel."""

import json

from driving import write_notebook
from playwright.sync_api import expect

TRAIN = """
from marl_helpers import train  # which shows its curves

run = train("two_step", "qmix", seeds=2, updates=100_000_000, test_every=20, hidden=8, width=4, device="cpu")
print(run.finished, len(run.curve["updates"]) > 1, run.curve["updates"][-1] < 100_000_000)
"""


def test_the_stop_button_ends_a_training_and_keeps_what_was_learned(open_notebook, folder, screenshot, console_errors):
    write_notebook(folder / "training.ipynb", TRAIN)
    page = open_notebook("training.ipynb")
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells') }")  # not waiting for its end
    live = page.locator(".marl-live")
    expect(live.get_by_role("status")).to_contain_text("of 100000000 updates, returns")
    expect(live.get_by_role("img", name="learning curves so far")).to_be_visible()
    screenshot(page, "training")
    live.get_by_role("button", name="Stop and keep what is learned").click()
    expect(page.locator(".jp-OutputArea")).to_contain_text("False True True")
    expect(live).to_have_count(0)
    stays = page.get_by_role("img", name="trained: qmix on two_step: stopped after")
    expect(stays).to_be_visible()
    screenshot(page, "trained")
    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    cells = json.loads((folder / "training.ipynb").read_text())["cells"]
    outputs = [output.get("data", {}) for cell in cells for output in cell.get("outputs", [])]
    kept = [data for data in outputs if "image/png" in data]
    assert len(kept) == 1 and "".join(kept[0]["text/plain"]).startswith("trained: qmix on two_step: stopped after")
    assert console_errors == []
