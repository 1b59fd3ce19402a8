"""What several browser tests do: write a notebook, drive a table or a laboratory, ask the kernel, measure colours."""

import ast
import json
import time
from collections.abc import Callable
from pathlib import Path

import nbformat
from limits import PAGE
from playwright.sync_api import Page, expect

from marl_helpers import diagnose, games
from marl_helpers.fitting.runs import Recipe

expect.set_options(timeout=PAGE)


class Table:
    """One view of a RewardTable on a page."""

    def __init__(self, page: Page, index: int = 0):
        self.page, self.root = page, page.locator(".marl-reward-table").nth(index)
        self.alert, self.status = self.root.get_by_role("alert"), self.root.get_by_role("status")

    def cell(self, i: int, j: int):
        return self.root.get_by_label(f"reward when agent 1 plays {i} and agent 2 plays {j}", exact=True)

    def type(self, i: int, j: int, text: str, key: str = "Enter") -> None:
        """Type a text over a cell's, then press a key."""
        self.cell(i, j).focus()
        self.page.keyboard.type(text)
        self.press(*([] if text else ["Delete"]), key)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def click(self, name: str) -> None:
        self.root.get_by_role("button", name=name).click()

    def shows(self, line: str) -> None:
        """The page has this table: in its share line, and number by number in its cells."""
        expect(self.root.get_by_label("share line", exact=True)).to_have_value(line)
        cells = self.root.locator("td.rt-cell:visible input").evaluate_all(
            """cells => cells.map(cell => [cell.ariaLabel, cell.value,
                cell.nextSibling.checkVisibility({ visibilityProperty: true }) ? cell.nextSibling.textContent : ""])"""
        )
        rows = games.parse(line).tolist()
        best = max(map(max, rows))
        assert cells == [
            [f"reward when agent 1 plays {i} and agent 2 plays {j}", games.number(value), "*" if value == best else ""]
            for i, row in enumerate(rows)
            for j, value in enumerate(row)
        ]

    def reaches_python(self, line: str) -> None:
        self.shows(line)
        expect(self.status).to_have_text(f"Python has {line}")

    def focus_is_at(self, i: int, j: int) -> None:
        expect(self.cell(i, j)).to_be_focused()
        selected = "input => input.selectionEnd - input.selectionStart === input.value.length"
        assert self.cell(i, j).evaluate(selected), "a cell selects its text on focus"


LABORATORY = "from marl_helpers import widgets\nlab = widgets.laboratory(methods=['vdn', 'qmix'], runs=8)\nlab"
METHODS = ["vdn", "qmix"]


class Lab(Table):
    """The laboratory on a page: its table, its cards, its notice."""

    def __init__(self, page: Page):
        super().__init__(page)
        self.box = page.locator(".marl-lab")
        self.panel, self.notice = page.locator(".marl-stage"), page.locator(".marl-notice")

    def card(self, label: str):
        return self.panel.get_by_role("region", name=label, exact=True)

    def choose(self, name: str, value: str) -> None:
        self.root.get_by_role("group", name=name).get_by_text(value, exact=True).click()

    def chosen(self, name: str):
        return self.root.get_by_role("group", name=name).locator(":checked + span")

    def shows_learned(self, table, recipe: Recipe | None = None) -> None:
        """The page has this table, and each card says what a diagnosis of it finds with this recipe."""
        self.shows(games.share(table))
        found = diagnose(table, METHODS, 8, recipe=recipe or Recipe())
        for verdict in found.verdicts.values():
            card = self.card(verdict.label)
            expect(card).to_contain_text(f"{int(verdict.learned.optimal.sum())} of 8 runs right")
            expect(card).to_contain_text(verdict.reason)
        expect(self.panel.locator("progress")).to_have_count(0)
        expect(self.notice).to_be_empty()


def text_sizes(page: Page) -> list[float]:
    """The size of every text that is seen in a widget, in pixels."""
    return page.evaluate(
        """() => [...document.querySelectorAll(".marl-stage *")].filter(one => one.checkVisibility()
            && [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
            .map(one => parseFloat(getComputedStyle(one).fontSize))"""
    )


def python(page: Page, expression: str):
    """The value of a Python expression in the open notebook's kernel."""
    text = page.evaluate(
        """async expression => {
            const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
            const user_expressions = { value: `__import__('json').dumps(${expression})` };
            const reply = await kernel.requestExecute({ code: '', user_expressions }).done;
            return reply.content.user_expressions.value.data["text/plain"];
        }""",
        expression,
    )
    return json.loads(ast.literal_eval(text))


def comes_to(what: str, wanted, look: Callable, *arguments) -> None:
    """What is looked at comes to be as wanted: a page is drawn, and a kernel hears of it, a moment after a change."""
    for _ in range(PAGE // 100):
        if (seen := look(*arguments)) == wanted:
            return
        time.sleep(0.1)
    raise AssertionError(f"{what}: {seen}, not {wanted}")


def python_has(page: Page, expression: str, value) -> None:
    """The open notebook's kernel comes to that value."""
    comes_to(expression, value, python, page, expression)


def write_notebook(path: Path, *cells: str | nbformat.NotebookNode, **metadata) -> None:
    """A notebook of these cells, or of code cells with these sources."""
    cells = [nbformat.v4.new_code_cell(cell) if isinstance(cell, str) else cell for cell in cells]
    metadata |= {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), path)


CONTRASTS = """selector => [...document.querySelectorAll(selector)].map(element => {
    const rgba = colour => {  // as the browser paints it, whatever notation it is computed in
        const context = new OffscreenCanvas(1, 1).getContext("2d");
        context.fillStyle = colour;
        context.fillRect(0, 0, 1, 1);
        return [...context.getImageData(0, 0, 1, 1).data].map(part => part / 255);
    };
    const light = rgb => rgb.map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
        .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
    const over = (paper, ink) => paper.map((c, i) => ink[i] * ink[3] + c * (1 - ink[3]));
    const papers = [];
    for (let node = element; node; node = node.parentElement) papers.unshift(getComputedStyle(node).backgroundColor);
    const paper = papers.map(rgba).reduce(over, [1, 1, 1]);
    const ink = over(paper, rgba(getComputedStyle(element).color));
    const [low, high] = [light(paper), light(ink)].sort((one, other) => one - other);
    return (high + 0.05) / (low + 0.05);
})"""  # the contrast ratio of WCAG 2 of each element's text with what is painted under it
