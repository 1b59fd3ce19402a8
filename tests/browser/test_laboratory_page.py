"""The laboratory in JupyterLab: edited, presented, left by its kernel."""

from driving import CONTRASTS, python, python_has
from playwright.sync_api import expect
from serving import run_all

from marl_helpers import games
from marl_helpers.fitting.runs import Recipe

GAME_2 = games.share(games.COORDINATION)
NOTEBOOK = """() => { const { activeCellIndex, mode, widgets } = window.jupyterapp.shell.currentWidget.content;
    return [activeCellIndex, mode, widgets.map(cell => [cell.model.type, cell.model.sharedModel.source])] }"""


def keyboard_paste_buttons_and_nonsense_are_judged(lab, screenshot):
    screenshot(lab.page, "laboratory-opened")
    lab.type(2, 2, "9.5")
    lab.shows_learned([[6, 4, 2], [4, 3, 1], [2, 1, 9.5]])
    screenshot(lab.page, "laboratory-edited")
    lab.press("Control+z")
    lab.shows_learned(games.COORDINATION)
    lab.click("add an action for agent 1")
    lab.shows_learned([[6, 4, 2], [4, 3, 1], [2, 1, 8], [0, 0, 0]])
    screenshot(lab.page, "laboratory-action-added")

    lab.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    for text, table, name in [
        (games.share(games.QTRAN), games.QTRAN, "share-line"),
        ("5\t1\r\n1\t9\r\n", [[5, 1, -12], [1, 9, 0], [-12, 0, 0]], "spreadsheet-cells"),
    ]:
        lab.page.evaluate("text => navigator.clipboard.writeText(text)", text)
        lab.cell(0, 0).focus()
        lab.press("Control+v")
        lab.shows_learned(table)
        screenshot(lab.page, f"laboratory-pasted-{name}")

    cards = lab.panel.inner_html()
    lab.type(0, 0, "four")  # the r in it is part of the nonsense, not the key that resets
    expect(lab.alert).to_contain_text("“four” is not a finite number")
    lab.page.evaluate("text => navigator.clipboard.writeText(text)", "game(2x2: 0, 1 1 1)")
    lab.cell(1, 1).focus()
    lab.press("Control+v")
    expect(lab.alert).to_contain_text("has a row that is not 2 long")
    assert lab.panel.inner_html() == cards
    screenshot(lab.page, "laboratory-refused")


def a_recipe_is_chosen_learned_with_reset_and_undone(lab, screenshot):
    lab.choose("initial scale", "1")
    recipe = Recipe(scale=1.0)
    lab.shows_learned(games.COORDINATION, recipe)
    expect(lab.panel).to_contain_text("standard deviation 1;")
    screenshot(lab.page, "laboratory-recipe")
    lab.root.get_by_role("group", name="positivity").locator(":checked").focus()
    lab.press("ArrowRight")  # as radio buttons do
    expect(lab.chosen("positivity")).to_have_text("softplus")
    lab.shows_learned(games.COORDINATION, Recipe(scale=1.0, positivity="softplus"))
    lab.type(0, 0, "5")
    lab.press("r")
    lab.shows_learned(games.COORDINATION)
    expect(lab.chosen("initial scale")).to_have_text("0.1")
    expect(lab.chosen("positivity")).to_have_text("abs")
    lab.press("Control+z")  # one step, table and recipe
    lab.shows_learned([[5, 4, 2], [4, 3, 1], [2, 1, 8]], Recipe(scale=1.0, positivity="softplus"))
    python_has(lab.page, "[lab.recipe.scale, lab.recipe.positivity]", [1, "softplus"])


def keys_and_wheel_over_the_cards_leave_the_notebook_alone(lab):
    page = lab.page
    lab.card("VDN").locator("summary").click()
    before = page.evaluate(NOTEBOOK)
    for spot in (lab.card("VDN").locator("h4"), lab.card("QMIX").locator("summary"), lab.root.locator("caption")):
        spot.click()
        lab.press("d", "d", "x", "b", "a", "m", "y", "z", "Delete")  # what edits a notebook in command mode
        assert page.evaluate(NOTEBOOK) == before
    assert lab.card("VDN").locator("details").evaluate("details => details.open")
    lab.type(0, 0, "7")
    expect(lab.panel.locator("progress")).to_have_count(0)
    assert lab.card("VDN").locator("details").evaluate("details => details.open"), "open details stay so"

    edited = lab.root.get_by_label("share line", exact=True).input_value()
    for spot in [lab.cell(0, 0), lab.root.get_by_label("named game"), lab.chosen("mixer width"), lab.card("QMIX")]:
        spot.click()
        spot.hover()
        page.mouse.wheel(0, 120)
        page.mouse.wheel(0, -120)
        lab.press("Escape")  # closes the menu
    lab.shows(edited)
    expect(lab.chosen("mixer width")).to_have_text("8")

    lab.card("QMIX").locator("h4").click()
    lab.press("r")
    lab.shows(GAME_2)
    lab.press("Control+z")
    lab.shows(edited)
    lab.root.get_by_label("named game").focus()
    lab.press("r")  # a menu's letters choose in the menu
    lab.shows(edited)
    lab.click("reset")
    lab.shows_learned(games.COORDINATION)


def both_themes_and_a_narrow_window_are_readable(lab, screenshot):
    page = lab.page
    for theme in ("Dark", "Light"):  # light last: the server keeps it for the tests that follow
        name = f"JupyterLab {theme}"
        page.evaluate("theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", name)
        page.wait_for_function("theme => document.body.dataset.jpThemeName === theme", arg=name)
        expect(page.locator("#jupyterlab-splash")).to_have_count(0)
        texts = [".rt-cell:not([hidden]) input", ".rt-choice span", ".marl-card td", ".marl-card strong", ".marl-strip"]
        for selector in texts:
            contrasts = page.evaluate(CONTRASTS, f".marl-lab {selector}")
            least = 3 if selector == ".marl-strip" else 4.5  # a picture, and words
            assert contrasts and min(contrasts) >= least, (theme, selector, contrasts)
        screenshot(page, f"laboratory-{theme.lower()}")
    page.set_viewport_size({"width": 500, "height": 1400})
    page.evaluate("() => window.jupyterapp.commands.execute('application:toggle-left-area')")
    page.wait_for_function("lab => lab.clientWidth > 250", arg=lab.box.element_handle())
    for part in (lab.box, lab.panel, lab.root):
        assert part.evaluate("part => part.scrollWidth <= part.clientWidth"), "nothing sticks out sideways"
    lab.root.scroll_into_view_if_needed()
    screenshot(page, "laboratory-narrow")


def the_page_learns_where_python_is_busy_or_gone(lab, folder, screenshot):
    page = lab.page
    corner = [[6, 4, 2], [4, 3, 1], [2, 1, 12]]
    python(page, "0")  # the kernel is done with all that came before
    busy = folder / "busy"
    busy.touch()
    page.evaluate(
        """() => { window.jupyterapp.shell.currentWidget.sessionContext.session.kernel
            .requestExecute({ code: "import os, time\\nwhile os.path.exists('busy'): time.sleep(0.1)" }) }"""
    )
    lab.type(2, 2, "12")
    the_page_has_learned(lab, corner)
    screenshot(page, "laboratory-python-busy")
    busy.unlink()
    lab.shows_learned(corner)  # Python's word is the last

    session = "window.jupyterapp.shell.currentWidget.sessionContext"
    page.evaluate(f"() => {session}.session.kernel.restart()")
    page.wait_for_function(f"() => {session}.session.kernel.status === 'idle'")
    lab.type(2, 2, "13")
    the_page_has_learned(lab, [[6, 4, 2], [4, 3, 1], [2, 1, 13]])
    run_all(page)
    lab.shows_learned(games.COORDINATION)  # a new laboratory in its place

    page.evaluate(f"() => {session}.shutdown()")
    lab.type(2, 2, "12")
    the_page_has_learned(lab, corner)
    screenshot(page, "laboratory-python-gone")
    lab.press("l")
    expect(page.get_by_role("dialog", name="Large view")).to_be_visible()


def the_page_has_learned(lab, table):
    lab.shows(games.share(table))
    for label in ("VDN", "QMIX"):
        expect(lab.card(label)).to_contain_text("8 of 8 runs right")
        expect(lab.card(label)).to_contain_text("puts (2, 2) first")
    expect(lab.panel.locator("progress")).to_have_count(0)


# Opening a notebook takes seconds, so one of them serves several of the stories above.
def test_laboratory_edits(laboratory, screenshot, console_errors):
    keyboard_paste_buttons_and_nonsense_are_judged(laboratory, screenshot)
    laboratory.press("Escape")
    laboratory.click("reset")
    a_recipe_is_chosen_learned_with_reset_and_undone(laboratory, screenshot)
    assert console_errors == []


def test_laboratory_keys_and_looks(laboratory, screenshot, console_errors):
    keys_and_wheel_over_the_cards_leave_the_notebook_alone(laboratory)
    both_themes_and_a_narrow_window_are_readable(laboratory, screenshot)
    assert console_errors == []


def test_laboratory_without_python(laboratory, folder, screenshot, console_errors):
    the_page_learns_where_python_is_busy_or_gone(laboratory, folder, screenshot)
    own = "Could not send widget sync message"  # what ipywidgets itself logs once a kernel was shut down
    assert [error for error in console_errors if not error.startswith(own)] == []
