"""What answers on the page by itself, in JupyterLab: Python hears of it and is heard; and after Python has gone."""

import pytest
import serving
from driving import python, python_has, write_notebook
from playwright.sync_api import expect

from marl_helpers import igm

CELLS = [
    "from marl_helpers import games, widgets",
    "partner = widgets.partner(games.CLIMBING)\npartner",
    "mixer = widgets.linear_mixer()\nmixer",
    "solver = widgets.ask_the_solver(4, 2)\nsolver",
    "graph = widgets.graph()\ngraph",
]


@pytest.fixture
def page(open_notebook, folder, page):
    write_notebook(folder / "controls.ipynb", *CELLS)
    open_notebook("controls.ipynb")
    serving.run_all(page)
    return page


def the_page_is_heard(page):
    page.get_by_role("slider", name="it explores").press("Home")
    page.get_by_role("radiogroup", name="its favourite").get_by_text("2", exact=True).click()
    page.get_by_role("slider", name="weight of Q_2").press("ArrowLeft")
    page.get_by_role("combobox", name="task").select_option("Two crates")
    page.get_by_role("checkbox", name="edge 1–2").check()
    expect(page.get_by_label("graph", exact=True)).to_contain_text("earns 3 of 4")
    heard = "[partner.favourite, partner.exploration, mixer.weights, graph.task, graph.edges]"
    python_has(page, heard, [2, 0, [1, 0.75], "Two crates", [[0, 1]]])


def the_solver_answers_what_only_python_can(page, screenshot):
    page.get_by_role("checkbox", name="raising Q_4 never lowers Q_tot").uncheck()
    card = page.get_by_label("the solver's answer")
    expect(card).to_contain_text("The solver found a counterexample.")
    expect(card).to_contain_text(igm.counterexample(4, 2, (True, True, True, False)).verdict.splitlines()[1])
    expect(page.get_by_text("Python and its solver are asked")).to_have_count(0)
    screenshot(page, "solver-of-four")


def python_is_heard(page):
    assert python(page, "setattr(partner, 'table', [[1, 2], [3, 4]]) or partner.favourite") == 1
    expect(page.get_by_label("your own values")).to_contain_text("Your best reply: 1, worth 4 on average.")
    python(page, "setattr(mixer, 'weights', [1, -2])")
    expect(page.get_by_label("the linear mixer")).to_contain_text("Q_tot = 1 Q_1 - 2 Q_2")
    python(page, "[setattr(graph, 'task', 'Ring, 3 a pair'), setattr(graph, 'edges', [(0, 3), (2, 3)])]")
    expect(page.get_by_role("img", name="4 agents; edges: 1–4, 3–4")).to_be_visible()


def without_python_it_goes_on(page):
    page.evaluate("() => window.jupyterapp.serviceManager.sessions.shutdownAll()")
    page.get_by_role("slider", name="weight of Q_1").press("Home")
    expect(page.get_by_label("the linear mixer")).to_contain_text("Q_tot = - 2 Q_1 - 2 Q_2")
    page.get_by_role("checkbox", name="edge 1–2").check()
    expect(page.get_by_role("img", name="4 agents; edges: 1–2, 1–4, 3–4")).to_be_visible()
    page.get_by_role("checkbox", name="raising Q_3 never lowers Q_tot").uncheck()
    expect(page.get_by_text("Python and its solver are asked")).to_be_visible()
    expect(page.get_by_label("the solver's answer")).to_contain_text("The solver found a counterexample.")


# Starting JupyterLab takes long, so one run serves all stories.
def test_controls_with_python_and_after_it(page, screenshot, console_errors):
    the_page_is_heard(page)
    the_solver_answers_what_only_python_can(page, screenshot)
    python_is_heard(page)
    assert console_errors == []
    without_python_it_goes_on(page)
