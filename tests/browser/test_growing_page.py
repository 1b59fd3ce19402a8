"""A team that grows, on a plain page without Python: its network and shifts are Python's, and it answers at once."""

import re

import numpy as np
import pytest
import torch
from alone import show, told
from playwright.sync_api import expect
from quick import QUICK

from marl_helpers import envs, train, widgets
from marl_helpers.exact import dock
from marl_helpers.training import pack
from marl_helpers.training.packing import unpack
from marl_helpers.widgets.alive import module

MOST = 12
CLOSE = 1e-5  # between JavaScript's doubles and PyTorch's floats


def packed(pooling="sum", **options):
    """A team with weights as wide apart as learned ones, which chooses both actions."""
    env = envs.make("dock_teams", **{"robots": (2, 4), "limit": 6} | options)
    run = train(env, **(QUICK | {"mixer": "vdn", "pooling": pooling, "hidden": 16}))
    agents = run.learner.agents
    obs = env.observe(env.reset(torch.rand(2, 50, env.noise, generator=torch.Generator().manual_seed(0)))).obs
    with torch.no_grad():
        for parameter in agents.parameters():
            parameter *= 2
        utilities, _ = agents.step(obs, *agents.start(obs))
        agents.value.bias -= utilities[:, :, :2].mean((1, 2)).unsqueeze(1)
    return pack(run)


class Twin:
    """The same team in Python, with whoever is present of MOST slots; who joins remembers nothing."""

    def __init__(self, made, size, noise):
        self.env = envs.make("dock_teams", **made["options"] | {"robots": (2, MOST), "slots": MOST})
        self.agents = unpack(made, self.env)
        self.world = self.env.reset(self.random(noise))
        self.last, self.memory = self.agents.start(self.env.observe(self.world).obs)
        self.size = 0
        self.resize(size)

    def random(self, noise):
        """A step's random numbers, with one for the team's size, which is given."""
        return torch.tensor([[[*noise, 0.0]]])

    def resize(self, size):
        slot = torch.arange(MOST).expand(1, 1, -1)
        stays = slot < min(self.size, size)
        self.world["present"] = slot < size
        self.last = self.last.masked_fill(~stays, -1)
        self.memory = self.memory * stays.unsqueeze(-1)
        self.size = size

    @torch.no_grad()
    def utilities(self):
        seen = self.env.observe(self.world)
        q, self.after = self.agents.step(seen.obs, self.last, self.memory)
        return q[0, 0, : self.size]

    def step(self, actions, noise):
        self.last = torch.zeros(1, 1, MOST, dtype=torch.int64)
        self.last[..., : self.size] = torch.tensor(actions)
        self.memory = self.after
        self.world, outcome = self.env.step(self.world, self.last, self.random(noise))
        return outcome.reward.item()


PLAY = """([made, rules, sizes, noise]) => {
    const crew = new Crew(new EntityTeam(made), new Shift(rules, sizes[0], noise[0]));
    return sizes.map((size, t) => {
        if (size !== crew.game.size) crew.resize(size);
        const [chosen, actions, before] = [crew.chosen, crew.actions, crew.earned];
        crew.step(noise[t + 1]);
        return { utilities: chosen.map(one => [...one.utilities]), actions, reward: crew.earned - before };
    });
}"""


@pytest.mark.parametrize("task", [{"need": 2}, {"need": None, "share": 0.5}])
@pytest.mark.parametrize("pooling", ["sum", "mean", "both", "attention", "none"])
def test_shifts_of_robots_that_come_and_go_are_those_of_python(page, pooling, task):
    made, rng = packed(pooling, **task), np.random.default_rng(0)
    page.add_script_tag(content=module("entity_agents", "dock_shift"))
    rules, played = widgets.growing_team(made, most=MOST).rules, []
    for _ in range(20):
        sizes = rng.integers(2, MOST + 1, made["options"]["limit"]).tolist()
        noise = rng.random((len(sizes) + 1, 2 * MOST + 1)).astype(np.float32).tolist()
        twin = Twin(made, sizes[0], noise[0])
        for size, numbers, found in zip(sizes, noise[1:], page.evaluate(PLAY, [made, rules, sizes, noise])):
            if size != twin.size:
                twin.resize(size)
            expected = twin.utilities()
            assert np.array(found["utilities"]) == pytest.approx(expected.numpy(), abs=CLOSE)
            tied = expected.diff(dim=-1).squeeze(-1).abs() < CLOSE
            assert all(tied | (expected.argmax(-1) == torch.tensor(found["actions"])))
            assert found["reward"] == pytest.approx(twin.step(found["actions"], numbers), abs=1e-4)
            played += found["actions"]
    assert 0.05 < np.mean(played) < 0.95


def test_what_a_shift_is_worth_is_pythons(page):
    page.add_script_tag(content=module("dock_shift"))
    rng, cases, expected = np.random.default_rng(1), [], []
    for k in range(300):
        need, size = ([1, 2, 5, None][k % 4], int(rng.integers(5, 8) if k % 4 == 2 else rng.integers(2, 8)))
        chances = {"shelves": rng.random(), "trucks": rng.random()}
        env = envs.make("dock_teams", robots=(size, size), need=need, pay=4 * rng.random(), limit=k % 9 + 1, **chances)
        worth = rng.choice([0.0, 0.7, *rng.random(size)], size).tolist()
        found = {name: getattr(env, name) for name in ("shelves", "trucks", "limit", "pay")}
        cases.append([found | {"needed": [env.needed(n) for n in range(size + 1)]}, worth])
        expected.append([dock.optimum(env.rules(worth)), dock.safe(env.rules(worth))])
    worths = "all => all.map(([rules, worth]) => [bestShift(rules, worth), safeShift(rules, worth)])"
    found = page.evaluate(worths, cases)
    assert np.array(found) == pytest.approx(np.array(expected), rel=1e-9)


def heading(page):
    return page.locator("[data-part=heading]")


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


def test_robots_are_added_and_leave_by_button_and_by_key_while_the_shift_goes_on(page):
    page.clock.install()
    page.clock.pause_at("2030-01-01")
    shown = widgets.growing_team(packed(), trained={8: 0.9})
    show(page, shown)
    expect(heading(page)).to_have_text("4 robots, step 0 of 6: earned 0.00")
    expect(button(page, "Play")).to_be_visible()
    expect(page.locator(".growing-trained")).to_have_count(1)
    button(page, "Play").click()
    page.clock.run_for(450)
    expect(heading(page)).to_contain_text("step 1 of 6")
    button(page, "add a robot").click()
    expect(heading(page)).to_contain_text("5 robots, step 1 of 6")
    expect(page.locator("[data-part=world] .film-agent")).to_have_count(5)
    expect(page.locator(".marl-aside")).to_have_text("5 robots play now; a truck needs 2.")
    page.clock.run_for(400)
    expect(heading(page)).to_contain_text("5 robots, step 2 of 6")
    page.get_by_role("img").focus()
    for key, size in (("-", 4), ("-", 3), ("+", 4), ("=", 5)):
        page.keyboard.press(key)
        expect(heading(page)).to_contain_text(f"{size} robots, step 2 of 6")
        assert told(page, "size")[-1] == size
    expect(page.locator("[data-part=shift]")).to_have_text(
        "The team has changed during this shift, which is not counted."
    )
    page.clock.run_for(400 * 4)
    expect(page.locator(".marl-aside")).to_contain_text("The shift is over: 5 robots earned")
    expect(page.locator("[data-part=found]")).to_contain_text("No whole shift of 5 robots yet.")
    page.keyboard.press(" ")
    expect(button(page, "Play")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(heading(page)).to_have_text("5 robots, step 0 of 6: earned 0.00")
    for _ in range(6):
        button(page, "next step").click()
    expect(page.locator("[data-part=found]")).to_contain_text("In 1 shift, 5 robots earned")
    expect(page.locator(".growing-found")).to_have_count(1)


def test_there_is_a_smallest_and_a_largest_team(page):
    show(page, widgets.growing_team(packed(), most=5))
    for name, size, times in (("add a robot", 5, 3), ("let a robot leave", 2, 5)):
        for _ in range(times):
            button(page, name).click(force=True)  # also where it is disabled
        expect(heading(page)).to_contain_text(f"{size} robots")
        expect(button(page, name)).to_have_attribute("aria-disabled", "true")
    page.evaluate("model.set('size', 3)")  # as Python says it
    expect(heading(page)).to_contain_text("3 robots")


def test_many_shifts_come_to_what_python_finds(page):
    """Against 2,000 shifts that Python plays with lanes of the same range: within four standard errors."""
    made = packed()
    shown = widgets.growing_team(made)
    show(page, shown)
    for shifts in (100, 200, 300):
        button(page, "100 shifts").click()
        expect(page.locator("[data-part=found]")).to_contain_text(f"In {shifts} shifts")
    said = page.locator("[data-part=found]").text_content()
    earned, safe, best, share, error = map(float, re.findall(r"-?\d+\.\d+", said))
    assert share == pytest.approx((earned - safe) / (best - safe), abs=0.01 + 0.02 / (best - safe))
    env = envs.make("dock_teams", **made["options"] | {"robots": (4, 4)})
    agents, generator = unpack(made, env), torch.Generator().manual_seed(0)
    world = env.reset(torch.rand(1, 2000, env.noise, generator=generator))
    last, memory = agents.start(env.observe(world).obs)
    returns = torch.zeros(1, 2000)
    for _ in range(env.limit):
        with torch.no_grad():
            q, memory = agents.step(env.observe(world).obs, last, memory)
        last = q.argmax(-1)
        world, outcome = env.step(world, last, torch.rand(1, 2000, env.noise, generator=generator))
        returns += outcome.reward
    assert earned == pytest.approx(returns.mean().item(), abs=4 * returns.std().item() * (1 / 300 + 1 / 2000) ** 0.5)
    assert error > 0


@pytest.mark.parametrize("width", [390, 1024])
def test_all_of_it_fits_and_can_be_touched(browser, width):
    context = browser.new_context(viewport={"width": width, "height": 844}, has_touch=True, is_mobile=width < 400)
    page = context.new_page()
    show(page, widgets.growing_team(packed()))
    for _ in range(8):
        button(page, "add a robot").tap()
    expect(heading(page)).to_contain_text("12 robots")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    heights = page.get_by_role("button").evaluate_all("all => all.map(one => one.getBoundingClientRect().height)")
    assert min(heights) >= 44
    context.close()
