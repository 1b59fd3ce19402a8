"""The slider of lecture 04 as a student moves it: exact verdicts at once, learned ones, by Python, when it rests."""

import pytest
from driving import write_notebook
from playwright.sync_api import expect

from marl_helpers import diagnose, games
from marl_helpers.fitting.diagnosis import diagnose_exactly


@pytest.fixture
def slider(open_notebook, run_all, folder):
    write_notebook(folder / "slider.ipynb", "from marl_helpers import widgets\nwidgets.interpolation(lam=0.84, runs=8)")
    page = open_notebook("slider.ipynb")
    run_all(page)
    return page


def test_the_cards_follow_the_sliders(slider, screenshot, console_errors):
    card = slider.get_by_role("region", name="VDN", exact=True)
    expect(card).to_contain_text("plays (2, 2)")
    slider.get_by_role("slider", name="λ", exact=True).focus()
    for _ in range(2):
        slider.keyboard.press("ArrowRight")
    exactly = diagnose_exactly(games.interpolate(0.86), ["vdn"])["vdn"]
    expect(card).to_contain_text(f"plays {exactly.plays}")
    expect(slider.locator("progress")).to_have_count(0)
    learned = diagnose(games.interpolate(0.86), ["vdn", "qmix"], runs=8)
    for label, method in (("VDN", "vdn"), ("QMIX", "qmix")):
        expect(slider.get_by_role("region", name=label, exact=True)).to_contain_text(learned[method].reason)
    screenshot(slider, "lecture-04-beyond-six-sevenths")
    slider.get_by_role("radio", name="0.1", exact=True).press("ArrowRight")
    expect(slider.get_by_text("utilities start at standard deviation 0.3")).to_be_visible()
    expect(slider.locator("progress")).to_have_count(0)
    assert console_errors == []
