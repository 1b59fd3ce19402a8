"""The edges of a coordination graph, taken and left by keyboard and mouse."""

from driving import write_notebook
from playwright.sync_api import expect


def test_edges_are_taken_and_left_and_follow_the_task(open_notebook, run_all, folder, screenshot, console_errors):
    write_notebook(folder / "graph.ipynb", "from marl_helpers import widgets\nwidgets.graph()")
    page = open_notebook("graph.ipynb")
    run_all(page)
    card, drawn = page.get_by_label("graph", exact=True), page.get_by_role("img", name="3 agents; edges: 1–2, 2–3")
    expect(card).to_contain_text("earns 5 of 5")
    page.get_by_role("checkbox", name="edge 1–2").focus()
    page.keyboard.press("Space")
    expect(card).to_contain_text("error 0.671875")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("checkbox", name="edge 2–3")).to_be_focused()
    page.keyboard.press("Space")
    expect(card).to_contain_text("earns 4 of 5")
    expect(drawn).to_be_visible()
    expect(page.get_by_label("messages", exact=True)).to_contain_text("After round 2 the messages repeat.")
    screenshot(page, "graph-of-two-edges")
    boxes = page.get_by_role("checkbox", name="edge")
    expect(boxes).to_have_count(3)
    page.get_by_label("task").select_option("Ring, 3 a pair")
    expect(boxes).to_have_count(6)
    cut = page.locator(".widget-checkbox:visible *").evaluate_all(
        "parts => parts.filter(part => part.scrollWidth > part.clientWidth + 1).length"
    )
    assert cut == 0, "a label is cut off"
    for name in ("edge 3–4", "edge 1–4"):
        page.get_by_role("checkbox", name=name).click()
    expect(card).to_contain_text("plays (1, 1, 1, 1) and earns 14 of 14")
    assert console_errors == []
