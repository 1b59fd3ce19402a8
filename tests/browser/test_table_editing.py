"""RewardTable in JupyterLab, driven by keyboard, mouse and clipboard as a student does."""

import re
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from urllib.parse import quote

import alone
import nbformat
import numpy as np
import pytest
from driving import CONTRASTS, Table, python, python_has, write_notebook
from ipywidgets.embed import dependency_state
from playwright.sync_api import expect

from marl_helpers import exact, games
from marl_helpers.widgets import RewardTable, reward_table
from marl_helpers.widgets.reward_table import table_html

TABLE_JS = Path(reward_table.__file__).parent / "static" / "table.js"
START = """\
from marl_helpers import exact, games
from marl_helpers.widgets import RewardTable

table, seen = RewardTable(), []

@table.on_edit
def tell(rewards):
    seen.append(games.share(rewards))
    if rewards.max() > 99:
        raise ArithmeticError("too good to be true")
    table.message = f"Python has {seen[-1]}"
"""
GAME_2 = "game(3x3: 6 4 2, 4 3 1, 2 1 8)"


@pytest.fixture
def table(open_notebook, run_all, folder) -> Table:
    """A notebook that shows one RewardTable twice, and another one."""
    sources = [START, "table", "table", "RewardTable([[0, 1], [1, 1]])"]
    write_notebook(folder / "table.ipynb", *sources)
    page = open_notebook("table.ipynb")
    run_all(page)
    table = Table(page)
    table.shows(GAME_2)
    return table


def edits_reach_python_and_every_view_and_errors_come_back(table, screenshot):
    screenshot(table.page, "reward-table")
    twin, other = Table(table.page, 1), Table(table.page, 2)
    table.type(2, 2, "9.5")
    edited = "game(3x3: 6 4 2, 4 3 1, 2 1 9.5)"
    table.reaches_python(edited)
    twin.shows(edited)
    other.shows("game(2x2: 0 1, 1 1)")
    assert python(table.page, "table.table") == games.parse(edited).tolist()

    table.cell(2, 2).click()  # Enter stayed in the last row: a second try starts from a whole selection
    table.page.keyboard.type("9")
    table.press("Enter")
    table.reaches_python("game(3x3: 6 4 2, 4 3 1, 2 1 9)")

    table.page.keyboard.type("9.5")
    table.press("Enter")
    table.reaches_python(edited)

    python(table.page, "setattr(table, 'table', [[-1, 0.5], [7, 7]])")
    for view in (table, twin):
        view.reaches_python("game(2x2: -1 0.5, 7 7)")
    twin.click("undo")  # Python's changes can be undone too, from any view
    table.reaches_python(edited)

    python(table.page, "setattr(table, 'game', 'Climbing')")
    table.reaches_python("game(3x3: 11 -30 0, -30 7 6, 0 0 5)")
    expect(table.root.get_by_label("named game")).to_have_value("Climbing")
    table.type(0, 0, "100")
    for view in (table, twin):
        expect(view.alert).to_have_text("ArithmeticError: too good to be true")
    screenshot(table.page, "reward-table-error")
    table.type(0, 0, "10")
    table.reaches_python("game(3x3: 10 -30 0, -30 7 6, 0 0 5)")
    expect(table.alert).to_have_text("")


def keys_move_as_in_a_spreadsheet_and_stay_in_the_table(table):
    page = table.page
    notebook = """() => { const { activeCellIndex, mode, widgets } = window.jupyterapp.shell.currentWidget.content;
        return [activeCellIndex, mode, widgets.length, widgets.map(cell => cell.model.type).join()] }"""
    table.cell(0, 0).click()
    before = page.evaluate(notebook)
    moves = [
        ("ArrowRight", 0, 1),
        ("ArrowDown", 1, 1),
        ("ArrowLeft", 1, 0),
        ("ArrowLeft", 1, 0),  # the edge
        ("ArrowUp", 0, 0),
        ("Enter", 1, 0),
        ("Enter", 2, 0),
        ("Enter", 2, 0),
        ("Shift+Enter", 1, 0),
        ("Tab", 1, 1),
        ("Tab", 1, 2),
        ("Tab", 2, 0),
        ("Shift+Tab", 1, 2),
    ]
    for key, i, j in moves:
        table.press(key)
        table.focus_is_at(i, j)
    table.shows(GAME_2)
    assert python(page, "seen") == []  # moving is no edit

    page.keyboard.type("12")
    table.press("ArrowLeft", "ArrowLeft", "3", "ArrowRight", "ArrowRight")  # inside a text the arrows move the caret
    table.shows("game(3x3: 6 4 2, 4 3 312, 2 1 8)")
    expect(table.cell(1, 2)).to_be_focused()
    table.press("ArrowUp")
    table.focus_is_at(0, 2)
    table.press("Control+z")
    table.reaches_python(GAME_2)

    table.root.get_by_role("button", name="Reset").focus()
    table.press("d", "d", "z", "b", "m", "ArrowDown", "Control+z")  # each of them edits a notebook in command mode
    table.cell(1, 1).hover()
    page.mouse.wheel(0, 100)
    table.cell(1, 1).focus()
    page.mouse.wheel(0, -100)
    table.shows(GAME_2)
    assert page.evaluate(notebook) == before


REFUSED = [
    ("abc", "“abc” is not a finite number: type one, such as 2.5 or 1/3, or press Escape in its cell to keep 4"),
    ("", "the entry is empty: type a number, such as 2.5 or 1/3, or"),
    ("-", "“-” is not a finite number"),
    ("inf", "“inf” is not a finite number"),
    ("NaN", "“NaN” is not a finite number"),
    ("1e10", "1e10 is too large: give a number between ±1,000,000,000"),
    ("-1e999", "-1e999 is too large"),
    ("2,5", "2,5 has a comma: write 2.5 with a point"),
    ("0x10", "“0x10” is not a finite number"),
    ("1 2", "“1 2” is not a finite number"),
    ("1/0", "1/0 divides by zero: give a denominator other than 0"),
]


def nonsense_is_refused_in_place_and_the_last_valid_table_stands(table, screenshot):
    cell = table.cell(1, 0)
    for text, why in REFUSED:
        table.type(1, 0, text)
        expect(cell).to_have_attribute("aria-invalid", "true")
        expect(cell).to_have_value(text)
        expect(cell).to_be_focused()
        assert table.alert.inner_text().startswith(why)
        expect(table.root.get_by_label("share line", exact=True)).to_have_value(GAME_2)
        table.press("Escape")
        expect(cell).not_to_have_attribute("aria-invalid", "true")
        expect(table.alert).to_have_text("")
        table.shows(GAME_2)
    python_has(table.page, "table.table", games.COORDINATION.tolist())  # once what was half typed is heard of

    table.cell(1, 0).focus()
    table.press("-")
    expect(cell).not_to_have_attribute("aria-invalid", "true")  # half typed is not yet wrong
    table.press("2")
    table.reaches_python("game(3x3: 6 4 2, -2 3 1, 2 1 8)")  # while typing
    table.press("Backspace", "Backspace", "Tab")
    expect(cell).to_have_attribute("aria-invalid", "true")  # and 4 is back, not what was passed on the way
    expect(table.root.get_by_label("share line", exact=True)).to_have_value(GAME_2)
    table.type(0, 2, "abc")
    screenshot(table.page, "reward-table-refused")
    assert len(table.alert.inner_text().splitlines()) == 2
    table.press("Escape")
    table.type(1, 0, "5", "Tab")  # put right
    table.reaches_python("game(3x3: 6 4 2, 5 3 1, 2 1 8)")
    expect(table.alert).to_have_text("")


def buttons_undo_redo_reset_choose_and_resize(table, screenshot):
    undo, redo = (table.root.get_by_role("button", name=name) for name in ("undo", "redo"))
    for button in (undo, redo):
        expect(button).to_have_attribute("aria-disabled", "true")
    table.type(0, 0, "-30")
    table.type(0, 1, "7.25", "Tab")
    once, twice = "game(3x3: -30 4 2, 4 3 1, 2 1 8)", "game(3x3: -30 7.25 2, 4 3 1, 2 1 8)"
    table.reaches_python(twice)
    table.press("Control+z")
    table.reaches_python(once)  # one step for the whole entry, however many letters it took
    undo.click()
    table.reaches_python(GAME_2)
    table.press("Control+Shift+Z")
    table.reaches_python(once)
    table.press("Control+y")
    table.reaches_python(twice)
    table.root.get_by_label("named game").select_option("QTRAN's game")
    table.reaches_python("game(3x3: 8 -12 -12, -12 0 0, -12 0 0)")
    python_has(table.page, "table.game", "QTRAN's game")
    screenshot(table.page, "reward-table-named-game")
    undo.click()
    table.reaches_python(twice)
    expect(table.root.get_by_label("named game")).to_have_value("")
    table.click("reset")
    table.reaches_python(GAME_2)
    undo.click()
    table.reaches_python(twice)
    redo.click()
    expect(redo).to_have_attribute("aria-disabled", "true")
    table.reaches_python(GAME_2)

    def actions(agent: int, change: str, times: int) -> None:
        for _ in range(times):
            table.click(
                {"more": f"add an action for agent {agent}", "fewer": f"the last action of agent {agent}"}[change]
            )

    actions(1, "more", 1)
    table.reaches_python("game(4x3: 6 4 2, 4 3 1, 2 1 8, 0 0 0)")
    actions(2, "fewer", 1)
    table.reaches_python("game(4x2: 6 4, 4 3, 2 1, 0 0)")
    table.press("Control+z")
    table.reaches_python("game(4x3: 6 4 2, 4 3 1, 2 1 8, 0 0 0)")
    actions(1, "more", 1)
    actions(2, "more", 2)
    largest = "game(5x5: 6 4 2 0 0, 4 3 1 0 0, 2 1 8 0 0, 0 0 0 0 0, 0 0 0 0 0)"
    table.reaches_python(largest)
    expect(table.alert).to_have_text("")
    actions(2, "more", 1)
    expect(table.alert).to_have_text("5x6 actions do not fit: this table shows 2 to 5 for each agent")
    table.shows(largest)
    screenshot(table.page, "reward-table-largest")
    actions(1, "fewer", 4)
    expect(table.alert).to_have_text("1x5 actions do not fit: this table shows 2 to 5 for each agent")
    table.reaches_python("game(2x5: 6 4 2 0 0, 4 3 1 0 0)")

    table.cell(1, 4).focus()
    python(table.page, "setattr(table, 'table', [[1, 2], [3, 4]])")  # the focus stays in the table
    table.reaches_python("game(2x2: 1 2, 3 4)")
    table.focus_is_at(1, 1)


def share_lines_and_cells_are_copied_and_pasted(table, screenshot):
    page = table.page

    def paste(text: str, i: int = 1, j: int = 1) -> None:
        page.evaluate("text => navigator.clipboard.writeText(text)", text)
        table.cell(i, j).focus()
        table.press("Control+v")

    table.click("paste a share line")
    expect(table.alert).to_have_text("this page may not read the clipboard: click a cell and press Ctrl+V")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    table.click("copy the share line")
    expect(table.status).to_contain_text("copied")
    assert page.evaluate("navigator.clipboard.readText()") == GAME_2

    paste(f" {games.share(games.CLIMBING)}\n")
    table.reaches_python(games.share(games.CLIMBING))
    paste("1\t2\r\n3\t4\r\n", 0, 1)  # as a spreadsheet copies cells
    table.reaches_python("game(3x3: 11 1 2, -30 3 4, 0 0 5)")
    paste("7, -8, 9")
    pasted = "game(3x4: 11 1 2 0, -30 7 -8 9, 0 0 5 0)"  # it grows
    table.reaches_python(pasted)
    table.press("Control+z")
    table.reaches_python("game(3x3: 11 1 2, -30 3 4, 0 0 5)")
    table.press("Control+y")
    table.reaches_python(pasted)
    screenshot(page, "reward-table-pasted")

    for text, why in [
        ("game(3x3: 6 4 2, 4 3 1, 2 1", "the share line is damaged: copy it whole, closing bracket included"),
        ("game(3x3: 6 4 2, 4 3 1, 2 1)", "the share line promises 3x3 rewards but holds 8: copy the whole line"),
        ("game(2x2x2: 1 2, 3 4, 5 6, 7 8)", "a 2x2x2 game does not fit: this table is for two agents"),
        ("1\t2\n3", "the pasted rows differ in length: copy a rectangular block of cells"),
        (
            "1\t2\n3\tfour",
            "row 2, column 2 of the pasted text: “four” is not a finite number: type one, such as 2.5 or 1/3",
        ),
        ("1\t2\t3\t4\t5", "3x6 actions do not fit: this table shows 2 to 5 for each agent"),
    ]:
        paste(text)
        expect(table.alert).to_have_text(why)
        table.shows(pasted)
    paste("2.5", 0, 0)  # one number is an entry like any other
    table.press("Enter")
    table.reaches_python("game(3x4: 2.5 1 2 0, -30 7 -8 9, 0 0 5 0)")
    page.evaluate("text => navigator.clipboard.writeText(text)", GAME_2)
    table.click("paste a share line")
    table.reaches_python(GAME_2)


def both_themes_and_a_narrow_window_are_readable(table, screenshot):
    page = table.page
    python(page, "setattr(table, 'game', 'Climbing')")
    table.reaches_python(games.share(games.CLIMBING))
    heights = page.locator("td.rt-cell:visible").evaluate_all("cells => cells.map(cell => cell.offsetHeight)")
    assert len(set(heights)) == 1, "two rows are as high as three"
    for theme in ("Dark", "Light"):  # light last: the server keeps it for the tests that follow
        name = f"JupyterLab {theme}"
        page.evaluate("theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", name)
        page.wait_for_function("theme => document.body.dataset.jpThemeName === theme", arg=name)
        expect(page.locator("#jupyterlab-splash")).to_have_count(0)
        contrasts = page.evaluate(CONTRASTS, ".marl-reward-table td.rt-cell:not([hidden]) input")
        assert len(contrasts) == 9 + 9 + 4 and min(contrasts) >= 4.5, contrasts
        screenshot(page, f"reward-table-{theme.lower()}")
    page.set_viewport_size({"width": 500, "height": 900})
    page.evaluate("() => window.jupyterapp.commands.execute('application:toggle-left-area')")
    grid = table.root.locator(".rt-grid")
    page.wait_for_function("grid => grid.clientWidth > 250", arg=grid.element_handle())
    assert grid.evaluate("grid => grid.scrollWidth <= grid.clientWidth"), "three actions fit without scrolling"
    screenshot(page, "reward-table-narrow")


# Opening a notebook takes seconds, so one of them serves several of the stories above.
def test_edits_and_looks(table, screenshot, console_errors):
    edits_reach_python_and_every_view_and_errors_come_back(table, screenshot)
    both_themes_and_a_narrow_window_are_readable(table, screenshot)
    assert console_errors == []


def test_keyboard(table, screenshot, console_errors):
    keys_move_as_in_a_spreadsheet_and_stay_in_the_table(table)
    table.click("reset")
    nonsense_is_refused_in_place_and_the_last_valid_table_stands(table, screenshot)
    assert console_errors == []


def test_buttons_and_clipboard(table, screenshot, console_errors):
    buttons_undo_redo_reset_choose_and_resize(table, screenshot)
    table.click("reset")
    share_lines_and_cells_are_copied_and_pasted(table, screenshot)
    assert console_errors == []


@pytest.fixture
def logic(page) -> Callable:
    """logic(expression, argument): the value of a JavaScript expression over `js`, the functions of table.js."""
    page.goto("about:blank")
    address = "data:text/javascript," + quote(TABLE_JS.read_text())
    return lambda expression, argument=None: page.evaluate(
        f"async ([address, argument]) => {{ const js = await import(address); return ({expression})(argument) }}",
        [address, argument],
    )


def test_page_and_python_agree_on_share_lines(logic):
    generator = np.random.default_rng(0)
    tables = [
        (generator.normal(size=generator.integers(2, 6, 2)) * 10.0 ** generator.integers(-9, 9)) for _ in range(100)
    ] + [np.array([[games.LARGEST, -games.LARGEST], [1e-300, 5e-324]])]
    lines = logic("tables => tables.map(js.share)", [table.tolist() for table in tables])
    read = logic("lines => lines.map(line => js.readPaste(line, 1e9).table)", [games.share(table) for table in tables])
    for table, line, rows in zip(tables, lines, read):
        assert np.array_equal(games.parse(line), table) and rows == table.tolist()


def spelled(generator: np.random.Generator) -> str:
    """A number or a fraction, or nearly one."""
    parts = ["", "0", "1", "3", "12", ".", "/", "-", "+", "e", "e-3", "e400", "0.0", "_", ",", "x", "\u0663", "1e309"]
    return "".join(generator.choice(parts, generator.integers(1, 7)))


FRACTIONS = ["1/3", "-2/3", "1.5/4", "+.5/2.", "1e3/7", "0/5", "-0/5", "2/1e-3", "1E2/3e0", "1e308/1e-10", "5e-324/3"]
DAMAGED = [
    "1/0",
    "1/0.0",
    "1/0e5",
    "1/1e-400",
    "0/0",
    "1//3",
    "1/3/2",
    "1/",
    "/3",
    "1/-3",
    "1/x",
    "1/3x",
    "1e400/1e400",
]
DAMAGED += ["1/inf", "½", "1\u20443", "1:3", "1/1_0"]


def test_page_and_python_read_the_same_numbers_and_fractions_and_refuse_the_same(logic):
    generator = np.random.default_rng(1)
    words = FRACTIONS + DAMAGED + [spelled(generator) for _ in range(3000)]
    words = [word for word in words if word and "," not in word]  # which divides rows
    lines = [f"game(2x2: {word} 0, 0 0)" for word in words]
    read = logic("lines => lines.map(line => js.readPaste(line, 1e9).table?.[0][0] ?? null)", lines)
    assert None not in read[: len(FRACTIONS)][:9] and {*read[len(FRACTIONS) :][: len(DAMAGED)]} == {None}
    for line, found in zip(lines, read, strict=True):
        with nullcontext() if found is not None else pytest.raises(games.TableError):
            assert games.parse(line)[0, 0] == found, line
    assert sum(found is not None for found in read) > 200


@pytest.mark.parametrize(
    ("entry", "remedy"),
    [
        ("1/0", "1/0 divides by zero: give a denominator other than 0"),
        ("1//3", "“1//3” is not a finite number: type one, such as 2.5 or 1/3"),
        ("1/3/2", "“1/3/2” is not a finite number: type one, such as 2.5 or 1/3"),
        ("1,5/4", "1,5/4 has a comma: write 1.5/4 with a point"),
        ("1,5/2,5", "1,5/2,5 has a comma: write 1.5/2.5 with a point"),
        ("2e9/1", "2e9/1 is too large: give a number between ±1,000,000,000"),
        ("\u22122/3", ""),
    ],
)
def test_a_fraction_that_is_none_gets_the_remedy(logic, entry, remedy):
    assert logic("entry => js.fault(entry, 1e9)", entry) == remedy


def test_a_fraction_stays_as_typed_until_its_reward_changes(page, console_errors):
    alone.show(page, RewardTable(games.EITHER))
    table = Table(page)
    table.type(0, 0, "-2/3")
    line, cell = "game(2x2: -0.6666666666666666 1, 1 1)", table.cell(0, 0)
    expect(table.root.get_by_label("share line", exact=True)).to_have_value(line)
    expect(cell).to_have_value("-2/3")
    expect(cell).to_have_attribute("title", "-0.6666666666666666")
    table.click("Undo")
    expect(cell).to_have_value("0")
    table.click("Redo")
    expect(cell).to_have_value("-0.6667")
    assert alone.told(page, "table")[-1] == [[-2 / 3, 1], [1, 1]] and console_errors == []


def test_page_and_python_refuse_the_same_share_lines_and_star_the_same_rewards(logic):
    lines = ["game(2x2: 0, 1 1 1)", "game(2x2: 0 1 1 1)", "game(2x2: 0 1,, 1 1)", "game(2x2: 0 1, 1 1_0)", GAME_2]
    read = logic("lines => lines.map(line => !js.readPaste(line, 1e9).why)", lines)
    for line, good in zip(lines, read):
        with nullcontext() if good else pytest.raises(games.TableError):
            games.parse(line)
    assert read == [False] * 4 + [True]
    near = [[1.0, 1 - 1e-12], [1 - 1e-6, 0.0]]
    stars = logic(f"rows => rows.flat().map(js.isBest(rows, {exact.TOLERANCE}))", near)
    assert stars == [True, True, False, False]
    assert re.findall(r"<td>(\*?)", table_html(near))[1:] == ["*", "*", "", ""]


def test_a_history_undoes_entries_in_order(logic):
    """Random edits, undos and redos against a plain list of tables with a cursor."""
    generator = np.random.default_rng(0)
    moves = generator.choice(["edit", "undo", "redo"], 300, p=[0.4, 0.35, 0.25]).tolist()
    tables, at, expected = [[[0, 0]]], 0, []
    for step, move in enumerate(moves, 1):
        if move == "edit":
            tables, at = [*tables[: at + 1], [[step, 0]]], at + 1
        else:
            at = max(at - 1, 0) if move == "undo" else min(at + 1, len(tables) - 1)
        expected.append(tables[at])
    play = """moves => {
        let history = js.begin([[0, 0]]);
        return moves.map((move, step) => {
            if (move === "undo") history = js.undone(history);
            else if (move === "redo") history = js.redone(history);
            else history = js.record(history, [[step + 1, 0]]);
            return history.present;
        });
    }"""
    assert logic(play, moves) == expected


def test_numbers_are_short_in_a_cell_and_still_tell_their_size(logic):
    values = [0, -30, 0.5, 1 / 3, -12.3456789, 123456.789, 1e9, -123456789, 1e-7, 0.1 + 0.2]
    texts = logic("values => values.map(js.shortText)", values)
    assert max(map(len, texts)) <= 9
    assert np.allclose([float(text) for text in texts], values, rtol=1e-3, atol=0)


def test_a_stored_notebook_shows_the_table_without_being_run(open_notebook, folder, screenshot, console_errors):
    stored = RewardTable([[0, 1], [1, 3]])
    data, metadata = stored._repr_mimebundle_()
    cell = nbformat.v4.new_code_cell("table", outputs=[nbformat.v4.new_output("display_data", data, metadata=metadata)])
    state = {"version_major": 2, "version_minor": 0, "state": dependency_state(stored, drop_defaults=False)}
    write_notebook(folder / "stored.ipynb", cell, widgets={"application/vnd.jupyter.widget-state+json": state})
    page = open_notebook("stored.ipynb")
    twin = page.locator(".jp-OutputArea-output table")  # while the notebook is not trusted
    expect(twin.get_by_role("row", name="agent 1 plays 1")).to_have_text("agent 1 plays 11*3")
    assert page.locator(".marl-reward-table").count() == 0
    screenshot(page, "reward-table-untrusted")

    # JupyterLab may say that it has restored the widgets a moment before it has; one drawn then stays an error.
    page.wait_for_function(
        """async id => {
            const { rendermime } = window.jupyterapp.shell.currentWidget.content;
            const renderer = rendermime.createRenderer("application/vnd.jupyter.widget-view+json", {});
            return (await renderer._manager.promise).has_model(id);
        }""",
        arg=stored.model_id,
    )
    page.evaluate("() => void window.jupyterapp.commands.execute('notebook:trust')")
    page.locator(".jp-Dialog .jp-mod-accept").click()
    table = Table(page)
    table.shows("game(2x2: 0 1, 1 3)")
    table.type(0, 0, "9")  # the page's half works on its own
    table.press("Control+z", "Control+y")
    table.shows("game(2x2: 9 1, 1 3)")
    screenshot(page, "reward-table-without-kernel")
    assert console_errors == []
