"""A bet's box on a plain page and in JupyterLab: placed, waived, kept whatever happens to the kernel, and voted on."""

import subprocess
import sys
from pathlib import Path

import alone
import pytest
from driving import CONTRASTS, python_has, write_notebook
from playwright.sync_api import Page, expect

from marl_helpers import games, widgets
from marl_helpers.basics.memory import FILE

ROOT = Path(__file__).parents[2]
REMEMBERED = "() => Object.keys(localStorage).some(key => key.startsWith('marl bet'))"
KEEP = "() => window.jupyterapp.commands.execute('docmanager:save')"
END = "() => window.jupyterapp.serviceManager.sessions.shutdownAll()"
CELL = """from marl_helpers import games, plots, widgets

with widgets.bet("02-it", "How high must $p$ be?", widgets.number("points")) as bet:
    print("THE OUTPUT")
    display(plots.tables({"Game 1": games.ADDITIVE}))
    bet.answer((9, 99), "it is **9** or more", "Since $x > 8$.")
"""


@pytest.fixture(autouse=True)
def folder_of_bets(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def bet(field, right):
    with widgets.bet("02-it", "What <i>is</i> it?", field) as made:
        print("THE OUTPUT")
        made.answer(right, "it is *that*", "Explained.")
    return made


@pytest.fixture
def show(page) -> callable:
    """show(field, right) -> the page with such a bet; of an origin, so that it can keep something."""

    def shown(field, right, scheme="light"):
        page.route("http://bets.test/", lambda route: route.fulfill(content_type="text/html", body="<p>"))
        page.goto("http://bets.test/")
        alone.show(page, bet(field, right), scheme)
        return page

    return shown


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def is_closed(page: Page) -> None:
    expect(page.locator(".box-answer")).to_be_hidden()
    expect(page.locator(".box-verdict")).to_be_empty()


def test_a_number_is_placed_by_keyboard_and_stands_beside_the_truth(show, console_errors, screenshot):
    page = show(widgets.number("points", low=0), (9, 99))
    is_closed(page)
    expect(page.get_by_role("region", name="bet 02-it")).to_contain_text("What <i>is</i> it?")
    page.get_by_role("textbox").focus()
    page.keyboard.type("-3")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").last).to_have_text("-3 cannot be: give a number from 0")
    is_closed(page)
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("17/2")
    page.keyboard.press("Enter")
    expect(page.locator(".box-verdict")).to_contain_text("✘ Not right. You said 8.5 points; it is that.")
    expect(page.locator(".box-answer")).to_contain_text("THE OUTPUT")
    screenshot(page, "box-open")
    assert alone.told(page, "placed")[-1]["said"] == [8.5] and console_errors == []


@pytest.mark.parametrize(
    ("field", "right", "labels", "said"),
    [
        (["a", "b"], "b", ["b"], "b"),
        (["a", "b"], {"a", "b"}, ["a"], "a"),
        (widgets.several(["a", "b", "c"]), {"a", "c"}, ["a", "c"], "a, c"),
        (widgets.cell(games.COORDINATION), (0, 2), ["(0, 2)"], "(0, 2)"),
        (widgets.cell(games.COORDINATION), [(0, 0), (2, 2)], ["(2, 2)"], "(2, 2)"),
    ],
)
def test_choices_and_cells_are_placed_by_mouse(show, console_errors, field, right, labels, said):
    page = show(field, right)
    press(page, "Place")
    if not isinstance(field, widgets.several):  # where none may be what is meant
        expect(page.get_by_role("alert").last).to_have_text("Say something first, or choose Show me.")
        is_closed(page)
    else:
        expect(page.locator(".box-verdict")).to_contain_text("You said none;")
        press(page, "Take back")
    for label in labels:
        page.get_by_label(label, exact=True).click()
    press(page, "Place")
    expect(page.locator(".box-verdict")).to_contain_text(f"✔ Right. You said {said}; it is that.")
    assert console_errors == []


def test_an_axis_is_dragged(show):
    page = show(widgets.axis(2), (0.9, 1.1))
    page.get_by_role("slider").press("Home")
    page.get_by_role("slider").fill("1")
    expect(page.get_by_role("textbox")).to_have_value("1")
    press(page, "Place")
    expect(page.locator(".box-verdict")).to_contain_text("✔ Right. You said 1;")
    expect(page.locator(".box-axis i")).to_be_visible()


def test_two_parts_are_one_bet(show):
    page = show({"Game 1": ["a", "b"], "Game 2": ["a", "b"]}, {"Game 1": "a", "Game 2": "b"})
    for part in page.get_by_role("radiogroup").all():
        part.get_by_label("a", exact=True).check()
    press(page, "Place")
    expect(page.locator(".box-verdict")).to_contain_text("✘ 1 of 2 right. You said a (Game 1), a (Game 2); it is that.")


def test_who_waives_sees_the_answer_and_can_close_it(show, console_errors):
    page = show(["a", "b"], "b")
    press(page, "Show me")
    expect(page.locator(".box-verdict")).to_contain_text("It is that.")
    expect(page.locator(".box-answer")).to_be_visible()
    press(page, "Take back")
    is_closed(page)
    assert alone.told(page, "placed")[-1] | {"at": 0} == {"at": 0, "open": False, "said": None} and console_errors == []


def test_the_page_alone_remembers(show):
    page = show(["a", "b"], "b")
    page.get_by_label("a", exact=True).check()
    press(page, "Place")
    page = show(["a", "b"], "b")
    expect(page.locator(".box-verdict")).to_contain_text("You said a;")
    press(page, "Take back")
    page = show(["a", "b"], "b")
    is_closed(page)


def test_what_was_said_of_another_question_is_forgotten(show):
    page = show(["a", "b"], "b")
    page.get_by_label("a", exact=True).check()
    press(page, "Place")
    page = show(["c", "d"], "d")
    is_closed(page)


def hands(page: Page) -> list[str]:
    return [" ".join(row.split()) for row in page.locator(".box-hands tr").all_inner_texts()]


def enlarge(page: Page) -> None:
    page.get_by_role("button", name="large, for the back of a room").click()


def test_a_hall_votes_by_key_and_click_and_sees_the_truth_beside_its_bars(show, console_errors, screenshot):
    page = show(["first", "second"], "second")
    page.get_by_label("second").check()  # and not placed
    enlarge(page)
    for key in "1122":
        page.keyboard.press(key)
    page.locator(".box-choices").get_by_text("second").click()
    page.keyboard.press("1")
    page.keyboard.press("Backspace")
    assert hands(page) == ["first 2", "second 3"]
    is_closed(page)
    press(page, "Undo")
    press(page, "Show the answer")
    assert hands(page) == ["first 2", "second 2 ✔"]
    screenshot(page, "box-vote")
    page = show(["first", "second"], "second")  # the cell is run again
    assert hands(page) == ["first 2", "second 2 ✔"]
    press(page, "Take back")
    page.locator(".marl-stage").press("1")  # counts in Large alone
    assert hands(page) == ["first 2", "second 2"]
    assert all("hand" not in str(said) for said in alone.told(page, "placed")) and console_errors == []


def test_numbers_are_voted_on_one_by_one(show):
    page = show(widgets.number(), (9, 99))
    enlarge(page)
    for text in ("10", "8", "10"):
        page.get_by_role("textbox").fill(text)
        page.keyboard.press("Enter")
    press(page, "Show the answer")
    assert hands(page) == ["8 1", "10 2 ✔"]


def test_on_a_small_screen_the_rarest_numbers_are_counted_together(show):
    page = show(widgets.number(), (50, 52))
    page.set_viewport_size({"width": 597, "height": 420})
    enlarge(page)
    for number in [3, 1, *range(40, 60), *range(60), 1]:
        page.get_by_role("textbox").fill(str(number))
        page.keyboard.press("Enter")
    *seen, others = (text.split() for text in hands(page))
    assert others[0] == "others" and {str(number) for number in (1, 3, *range(40, 60))} < {one for one, _ in seen}
    assert len(seen) < 60 and sum(int(count) for _, count, *_ in (*seen, others)) == 83
    assert [*map(float, (number for number, _ in seen))] == sorted(float(number) for number, _ in seen)
    press(page, "Show the answer")
    assert {"50 2 ✔", "51 2 ✔", "52 2 ✔"} < {*hands(page)}  # what is right is there, as long as there is room
    press(page, "Take back")
    page.keyboard.press("Escape")
    expect(page.locator(".box-hands tr")).to_have_count(60)  # drawn again once it is seen to be wide


@pytest.mark.parametrize(("scheme", "paper", "ink"), [("light", "white", "black"), ("dark", "#212121", "white")])
def test_verdicts_and_ticks_can_be_read_in_jupyterlabs_themes(show, scheme, paper, ink):
    page = show(["a", "b"], "a", scheme)
    page.add_style_tag(content=f":root {{ --jp-layout-color1: {paper}; --jp-ui-font-color0: {ink} }}")
    for said in ("b", "a"):  # wrong and right
        page.get_by_label(said, exact=True).check()
        press(page, "Place")
        (contrast,) = page.evaluate(CONTRASTS, ".box-verdict strong")
        assert contrast >= 4.5
        if said == "b":
            press(page, "Take back")
    chosen = "getComputedStyle(document.querySelector('.box-choices :checked')).backgroundColor"
    page.evaluate(f"document.querySelector('.box-answer').innerHTML = `<i id=chosen style='color: ${{{chosen}}}'></i>`")
    (contrast,) = page.evaluate(CONTRASTS, "#chosen")
    assert contrast >= 3
    tick = page.locator(".box-choices .box-right").evaluate("one => getComputedStyle(one, '::after').color")
    assert tick == page.locator(".box-good").evaluate("one => getComputedStyle(one).color")


def test_it_stands_closed_through_run_all_and_open_through_everything(
    folder, open_notebook, run_all, screenshot, console_errors
):
    write_notebook(folder / "bets.ipynb", CELL)
    page = open_notebook("bets.ipynb")
    run_all(page)
    box = page.locator(".box")
    expect(box.locator("mjx-container").first).to_be_visible()
    is_closed(page)
    page.get_by_role("textbox", name="a number").fill("8.5")
    press(page, "Place")
    verdict = "✘ Not right. You said 8.5 points; it is 9 or more."
    expect(box).to_contain_text(verdict)
    screenshot(page, "box-in-a-notebook")
    run_all(page)
    expect(box).to_contain_text(verdict)
    page.evaluate(KEEP)
    page.evaluate(END)

    page = open_notebook("bets.ipynb")  # nothing is run
    expect(page.locator(".box")).to_contain_text(verdict)
    page.evaluate("() => localStorage.clear()")
    run_all(page)
    expect(page.locator(".box")).to_contain_text(verdict)  # Python remembers
    page.wait_for_function(REMEMBERED)  # so does the page, again
    (folder / FILE).unlink()
    run_all(page)
    expect(page.locator(".box")).to_contain_text(verdict)  # the page does, and Python hears of it again
    python_has(page, "bet.placed['said']", [8.5])
    assert '"said": [8.5]' in (folder / FILE).read_text()
    press(page, "Take back")
    run_all(page)
    is_closed(page)
    assert console_errors == []


def test_what_was_placed_stands_in_the_file_alone(folder, open_notebook, run_all, console_errors):
    write_notebook(folder / "bets.ipynb", CELL)
    page = open_notebook("bets.ipynb")
    run_all(page)
    page.get_by_role("textbox", name="a number").fill("8.5")
    press(page, "Place")
    python_has(page, "bet.placed['said']", [8.5])
    page.evaluate(KEEP)
    page.evaluate(END)
    page.evaluate("() => localStorage.clear()")
    (folder / FILE).unlink()

    page = open_notebook("bets.ipynb")
    box = page.locator(".box")
    expect(box).to_be_visible()  # JupyterLab restores widgets only while it has a kernel
    page.evaluate(END)
    expect(box).to_contain_text("✘ Not right. You said 8.5 points; it is 9 or more.")
    expect(box.locator(".box-answer")).to_contain_text("THE OUTPUT")
    press(page, "Take back")
    is_closed(page)
    page.get_by_role("textbox", name="a number").fill("9")
    press(page, "Place")
    expect(box).to_contain_text("✔ Right. You said 9 points;")

    page = open_notebook("bets.ipynb")
    run_all(page)
    expect(page.locator(".box")).to_contain_text("✔ Right. You said 9 points;")
    own = ("Could not send widget sync message", "Could not restore the debugger state")  # JupyterLab's, of no kernel
    assert [error for error in console_errors if not error.startswith(own)] == []


def test_without_trust_the_answer_is_a_closed_details(folder, open_notebook, screenshot, console_errors):
    path = folder / "bets.ipynb"
    write_notebook(path, CELL)
    subprocess.run([sys.executable, ROOT / "tools" / "run_notebooks.py", path], check=True, capture_output=True)
    page = open_notebook(path.name)  # which nobody has signed
    output = page.locator(".jp-OutputArea-output")
    expect(output).to_contain_text("Bet. How high must")
    answer = output.locator("details")
    expect(answer.get_by_text("THE OUTPUT", exact=True)).to_be_hidden()
    expect(page.locator(".box")).to_have_count(0)
    screenshot(page, "box-untrusted")
    answer.locator("summary").click()
    expect(answer.get_by_text("THE OUTPUT", exact=True)).to_be_visible()
    expect(answer.locator("img")).to_be_visible()
    assert console_errors == []


def test_an_error_in_the_body_is_the_cells_and_shows_no_box(folder, open_notebook):
    write_notebook(folder / "bets.ipynb", CELL.replace("    bet.answer", "    1 / 0\n    bet.answer"))
    page = open_notebook("bets.ipynb")
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
    output = page.locator(".jp-OutputArea-child")
    expect(output.filter(has_text="ZeroDivisionError")).to_be_visible()
    expect(output.first).to_contain_text("THE OUTPUT")
    expect(page.locator(".box")).to_have_count(0)
