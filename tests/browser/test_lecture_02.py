"""Lecture 02 as a student takes it: run it, change a reward by keyboard, read the new verdict and its reason."""

from pathlib import Path

import pytest

ARTIFACTS = Path(__file__).parents[2] / "test-artifacts"
CARD = '.marl-card[aria-label="{}"]'
PEAK = "reward when agent 1 plays 2 and agent 2 plays 2"


@pytest.fixture
def lecture(open_notebook, run_all):
    page = open_notebook("02-vdn-versus-qmix.ipynb")
    run_all(page)
    page.locator(CARD.format("QMIX")).scroll_into_view_if_needed()
    return page


def card(page, method, *texts, outcome):
    """Wait until a method's card shows its learned verdict, with these texts in it."""
    found = page.locator(f'{CARD.format(method)}[data-outcome="{outcome}"]:not(.marl-wait)')
    for text in texts:
        found = found.filter(has_text=text)
    found.wait_for()
    return found


def an_edit_by_keyboard_changes_verdict_and_reason(lecture, screenshot):
    card(lecture, "VDN", "earns 6 of 8", "0 of 32", "VDN's best fit puts (0, 0) first", outcome="representation")
    card(lecture, "QMIX", "earns 8 of 8", "32 of 32", outcome="right")
    widget = lecture.locator(f".jp-OutputArea-output:has({CARD.format('QMIX')})")
    widget.screenshot(path=ARTIFACTS / "laboratory.png")  # README's picture is a copy

    peak = lecture.get_by_label(PEAK)
    peak.focus()
    lecture.keyboard.type("9.5")
    lecture.keyboard.press("Enter")
    woken = card(lecture, "VDN", "earns 9.5 of 9.5", "32 of 32", "puts (2, 2) first", outcome="right")
    screenshot(lecture, "lecture-02-vdn-wakes-up")
    assert peak.input_value() == "9.5"
    woken.locator("summary").click()
    assert "best fit of a sum: error" in woken.locator("li").first.inner_text()

    peak.focus()
    lecture.keyboard.type("9")
    lecture.keyboard.press("Enter")
    card(lecture, "VDN", "in VDN's best fits chance decides which comes first", outcome="tie")


def the_exact_verdict_comes_first_and_the_last_of_many_edits_wins(lecture):
    lecture.evaluate(
        """card => { window.seen = []; new MutationObserver(() => window.seen.push(
            document.querySelector(card)?.textContent ?? '')).observe(
            document.querySelector(card).closest('.marl-cards').parentNode, {childList: true}) }""",
        CARD.format("VDN"),
    )
    lecture.get_by_label(PEAK).focus()
    for value in ("20", "1", "30", "8.5", "12"):  # faster than the learner
        lecture.keyboard.type(value)
        lecture.keyboard.press("Control+a")
    card(lecture, "VDN", "12 of 12", "32 of 32", outcome="right")
    card(lecture, "QMIX", "12 of 12", "32 of 32", outcome="right")
    of_twelve = [text for text in lecture.evaluate("window.seen") if "of 12" in text]
    assert "best fit plays (2, 2), earns 12 of 12" in of_twelve[0]
    assert "32 of 32 runs right" in of_twelve[-1]


def a_game_that_qmix_loses_has_another_reason(lecture, screenshot):
    lecture.get_by_label("named game").select_option("QTRAN's game")
    lost = card(lecture, "QMIX", "earns 0 of 8", "got stuck in a worse one", outcome="basin")
    lost.locator("summary").click()
    assert lost.locator("li").count() == 5
    screenshot(lecture, "lecture-02-qtran")


def figures_have_alt_text(lecture):
    pictures = lecture.locator(".jp-OutputArea-output img")
    assert pictures.count() >= 3
    for alt in pictures.evaluate_all("images => images.map(image => image.alt)"):
        assert ": " in alt and "*" in alt


# Opening a lecture and running it takes long, so one run serves all stories.
def test_lecture_02(lecture, screenshot, console_errors):
    figures_have_alt_text(lecture)
    an_edit_by_keyboard_changes_verdict_and_reason(lecture, screenshot)
    the_exact_verdict_comes_first_and_the_last_of_many_edits_wins(lecture)
    a_game_that_qmix_loses_has_another_reason(lecture, screenshot)
    assert console_errors == []
