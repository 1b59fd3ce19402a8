"""The dock on sliders in JupyterLab: it learns while the page stays alive, and says so where no kernel can."""

from driving import python_has, write_notebook
from playwright.sync_api import expect

TRIAL = """
from marl_helpers import widgets
from marl_helpers.training import Plan, Settings

trial = widgets.dock(Plan(updates=5_000_000, test_every=5), Settings("adam", hidden=8, width=4), seeds=2)
trial
"""
KERNEL_IS_GONE = "() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()"


def test_a_dock_is_learned_in_and_a_slider_is_heard_meanwhile(open_notebook, folder, screenshot, console_errors):
    write_notebook(folder / "trial.ipynb", TRIAL)
    page = open_notebook("trial.ipynb")
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells') }")
    output = page.locator(".jp-OutputArea")
    expect(output).to_contain_text("never to the dock: 24.00")
    output.get_by_role("button", name="Learn").click()
    expect(output.get_by_role("img", name="IQL: median return")).to_be_visible()
    expect(output.get_by_role("button", name="Stop")).to_be_visible()
    screenshot(page, "dock-trial")
    robots = output.get_by_role("slider", name="robots")
    robots.focus()
    robots.press("ArrowRight")
    expect(output).to_contain_text("never to the dock: 32.00")
    expect(output.get_by_role("button", name="Learn")).to_be_visible()
    python_has(page, "[trial.n_robots, trial.learning, trial.picture]", [4, False, ""])

    output.get_by_role("button", name="Learn").click()
    expect(output.get_by_role("img", name="IQL: median return")).to_be_visible()
    output.get_by_role("button", name="Stop").click()
    expect(output.get_by_role("button", name="Learn")).to_be_visible()
    assert console_errors == []
    page.evaluate(KERNEL_IS_GONE)
    robots.press("ArrowRight")
    expect(output).to_contain_text("never to the dock: 40.00")
    output.get_by_role("button", name="Learn").click()
    expect(output.get_by_role("status").filter(has_text="only Python can learn here")).to_be_visible()
    expect(output.locator("figcaption")).to_contain_text("learned in another dock (robots 4,")
    screenshot(page, "dock-trial-without-python")
    assert all("Could not send widget sync message" in error for error in console_errors)  # to the kernel that is gone
