"""A team that grows without a browser: what its state holds, what it refuses, and a twin with a picture."""

import json
from base64 import b64decode
from html import escape

import pytest
import torch
from quick import QUICK

from marl_helpers import envs, layers, train, widgets
from marl_helpers.exact import dock
from marl_helpers.training import pack


@pytest.fixture(scope="module")
def run():
    return train(envs.make("dock_teams", robots=(2, 4), limit=5), **(QUICK | {"mixer": "vdn", "hidden": 64}))


def test_its_state_is_small_and_all_that_the_page_needs(run):
    shown = widgets.growing_team(run, 1, most=8, trained={8: 0.9, 3: -0.25})
    assert shown.team == pack(run, 1) and (shown.size, shown.least, shown.learned) == (4, 2, [2, 4])
    assert shown.trained == {"8": 0.9, "3": -0.25}
    assert shown.rules["needed"] == [2] * 9 and shown.rules["slots"] == 8 and shown.rules["limit"] == 5
    state = {name: value for name, value in shown.get_state().items() if name not in ("layout", "tooltip")}
    own = {name: value for name, value in state.items() if not name.startswith("_")}
    assert len(json.dumps(own)) < 100_000 and len(json.dumps(state)) < 200_000


def test_a_recording_of_the_team_is_the_same(run):
    recorded = json.loads(json.dumps(pack(run)))
    assert widgets.growing_team(recorded).text == widgets.growing_team(run).text


@pytest.mark.parametrize("size", [2, 4, 7])
def test_its_twin_shows_how_a_shift_begins_and_what_it_is_worth(run, size):
    shown = widgets.growing_team(run, most=8, trained={6: 0.9})
    shown.size = size
    env = envs.make("dock_teams", robots=(size, size), slots=8, limit=5)
    world = env.reset(layers.draw(layers.generators(0, 1), (1, env.noise), torch.Tensor.uniform_))
    rules = env.rules([round(worth, 2) for worth in world["worth"][0, 0, :size].tolist()])
    data, _ = shown._repr_mimebundle_()
    said = [
        f"{size} robots of a team that was trained on 2 to 4 begin a shift.",
        f"With these lanes a safe team expects {dock.safe(rules):.2f}, the best {dock.optimum(rules):.2f}.",
        "A team trained on 6: 0.90 of that way.",
    ]
    assert all(line in data["text/plain"] and escape(line) in data["text/html"] for line in said)
    assert f"robot {size} " in shown.text and f"robot {size + 1} " not in shown.text
    assert b"<svg" in b64decode(data["text/html"].partition("base64,")[2].partition('"')[0])


def test_what_it_cannot_show_is_refused(run):
    for given, message in [
        ({"most": 3}, "most is 3: give a whole number of at least 4"),
        ({"most": 17}, "most is 17"),
        ({"which": 2}, "which is 2: give one of the run's seeds"),
        ({"trained": {"many": 1.0}}, "a size in trained is 'many'"),
        ({"trained": {8: "good"}}, r"trained\[8\] is 'good'"),
    ]:
        with pytest.raises(ValueError, match=message):
            widgets.growing_team(run, **given)
    with pytest.raises(ValueError, match="team was trained in 'two_step': give a run of train"):
        widgets.growing_team({"env": "two_step"})
    with pytest.raises(ValueError, match="team is 3: give"):
        widgets.growing_team(3)
    shown = widgets.growing_team(run, most=8)
    for size in (1, 9):
        with pytest.raises(ValueError, match="size"):
            shown.size = size
    assert shown.size == 4
