"""The machine on a plain page: its numbers are the mixers', and it answers to mouse, keyboard and touch."""

import re

import alone
import numpy as np
import pytest
import torch
from driving import text_sizes
from playwright.sync_api import expect

from marl_helpers import layers, mixers, widgets
from marl_helpers.exact.networks import Network
from marl_helpers.mixers.written import network
from marl_helpers.widgets.alive import module
from marl_helpers.widgets.machines import Reading, numbers, turned

SUM = Network([[0, 1], [3, 2]])
BENT = Network([[-1, 0, 2], [1, 0.5]], [[1, 0.2], [0.5, 2]], [-1, 0.5], [3, 1], 0.25)


def of_many_mixers(count):
    """Networks of random mixers, with the mixers' own team value of every joint action."""
    rng = np.random.default_rng(0)
    for seed in range(count):
        n, actions, state_dim = (int(rng.integers(*ends)) for ends in ((1, 5), (1, 5), (0, 4)))
        positivity = ("abs", "softplus")[seed % 2]
        spec = mixers.Spec(n, actions, state_dim, width=int(rng.integers(1, 33)), positivity=positivity)
        mixer = mixers.make("vdn" if seed % 10 == 0 else "qmix", spec, layers.generators(seed, 1)).double()
        size = 10.0 ** rng.integers(-3, 4)
        values = torch.tensor(size * rng.normal(size=(n, actions)))
        state = torch.tensor(rng.normal(size=state_dim)) if state_dim else None
        cells = torch.tensor(list(np.ndindex((actions,) * n)))
        batch = values.expand(1, len(cells), -1, -1), cells.unsqueeze(0)
        team = mixer(*batch, None if state is None else state.expand(1, len(cells), -1))
        yield network(mixer, values, state), cells.tolist(), team[0].tolist()


TEAM = "([network, cells]) => cells.map(cell => flow(network, chosenOf(network, cell)).team)"


def test_the_page_has_the_team_value_of_random_mixers(page):
    page.add_script_tag(content=module("network"))
    for one, cells, team in of_many_mixers(150):
        found = page.evaluate(TEAM, [numbers(one), cells])
        assert np.array(found) == pytest.approx(np.array(team), rel=1e-9, abs=1e-9)


def test_it_says_what_python_says_of_any_network_and_joint_action(page, console_errors):
    for k, (one, cells, _) in enumerate(of_many_mixers(40)):
        agents = len(one.sizes)
        negative = k % (agents + 1) if len(one.w2) else 0
        alone.show(page, widgets.machine({"it": one}))
        actions = cells[k % len(cells)]
        page.evaluate("([a, n]) => { model.set('actions', a); model.set('negative', n) }", [actions, negative])
        said = Reading(turned(one, negative) if negative else one, tuple(actions)).say().split("\n")
        assert page.locator(".machine-said").all_inner_texts() == said
        assert page.locator(".machine-negative").count() == (len(one.w2) if negative else 0)
    assert console_errors == []


@pytest.fixture
def machine(page):
    alone.show(page, widgets.machine({"VDN": SUM, "other": SUM.rescaled(0, 2)}))
    return page


def says(page, text):
    expect(page.locator(".machine-said").first).to_contain_text(text)
    expect(page.get_by_role("img")).to_have_accessible_name(re.compile(re.escape(text)))


def test_actions_are_chosen_by_mouse_on_the_picture_and_by_keys_on_the_controls(machine, console_errors):
    says(machine, "agent 1 plays 1 (1), agent 2 plays 0 (3): Q_tot 4.")
    machine.locator("[data-plays='0,0']").click()
    says(machine, "agent 1 plays 0 (0), agent 2 plays 0 (3): Q_tot 3.")
    second = machine.get_by_role("radiogroup", name="agent 2 plays").get_by_role("radio")
    second.first.focus()
    machine.keyboard.press("ArrowRight")
    says(machine, "agent 1 plays 0 (0), agent 2 plays 1 (2): Q_tot 2.")
    expect(second.nth(1)).to_be_focused()
    machine.get_by_role("radio", name="other", exact=True).locator("..").click()
    says(machine, "agent 1 plays 0 (0), agent 2 plays 1 (4): Q_tot 4.")
    assert alone.told(machine, "actions")[-1] == [0, 1] and alone.told(machine, "shown")[-1] == 1
    expect(machine.get_by_role("radiogroup", name="negative weights")).to_be_hidden()  # a sum has none
    assert console_errors == []


def test_touch_chooses_too_and_no_bar_is_too_low_for_a_finger(browser):
    context = browser.new_context(has_touch=True, viewport={"width": 390, "height": 800})
    page = context.new_page()
    alone.show(page, widgets.machine({"it": BENT}))
    bar = page.locator("[data-plays='0,1']")
    assert bar.bounding_box()["height"] >= 24
    bar.tap()
    says(page, "agent 1 plays 1 (0)")
    context.close()


def test_a_turned_sign_is_seen_and_breaks_igm(page):
    alone.show(page, widgets.machine({"it": BENT}))
    expect(page.locator(".machine-holds")).to_contain_text("IGM holds: each agent's own best, (2, 0)")
    page.get_by_role("radio", name="agent 1's").locator("..").click()
    expect(page.locator(".machine-fails")).to_contain_text("IGM fails: each agent's own best, (2, 0)")
    lines = page.locator(".machine-negative")
    expect(lines).to_have_count(2)
    assert lines.first.evaluate("line => getComputedStyle(line).strokeDasharray") != "none"
    widths = [float(width) for width in lines.evaluate_all("all => all.map(line => line.getAttribute('stroke-width'))")]
    assert widths[0] == pytest.approx(5 * widths[1], abs=0.05)  # 1 and 0.2


def test_what_is_not_available_cannot_be_chosen(page):
    alone.show(page, widgets.machine({"it": Network([[-np.inf, 1], [0, 2]])}))
    expect(page.get_by_role("radiogroup", name="agent 1 plays").get_by_role("radio").first).to_be_disabled()
    page.locator("[data-plays='0,0']").click()
    says(page, "agent 1 plays 1 (1), agent 2 plays 1 (2): Q_tot 3.")


@pytest.mark.parametrize("width", [390, 1024])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_any_width_with_readable_text(page, width, scheme):
    rng = np.random.default_rng(1)
    wide = Network([rng.normal(size=5)] * 4, rng.random((4, 32)), rng.normal(size=32), rng.random(32), 1.0)
    page.set_viewport_size({"width": width, "height": 800})
    for one in (BENT, wide):
        alone.show(page, widgets.machine({"it": one}), scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert min(text_sizes(page)) >= 12
