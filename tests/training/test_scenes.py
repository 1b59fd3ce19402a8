"""Recorded episodes: those that a plain loop plays on the same noise, and everything in them fit for a JSON file."""

import json
from collections.abc import Iterator
from copy import deepcopy

import numpy as np
import pytest
import torch
from quick import QUICK
from tiny import PlainAgents
from torch import Tensor
from twins.predator_prey import Twin
from twins.tables import TwoStepTwin

from marl_helpers import envs, layers, scenes, train
from marl_helpers.envs.predator_prey import ACTIONS, CATCH
from marl_helpers.plots.worlds import HEADINGS
from marl_helpers.training.replay import collect

SEEDS, WHICH, SEED = 2, 1, 5
HUNT = dict(n_agents=3, n_prey=2, size=4, limit=3, penalty=-3.0)  # so crowded that there is something to catch


def trained(env, mixer="vdn"):
    return train(env, **{**QUICK, "mixer": mixer, "seeds": SEEDS})


def hunters(mixer="vdn", **options):
    """A run whose agents catch whenever they can."""
    run = trained(envs.make("predator_prey", **(HUNT | options)), mixer)
    with torch.no_grad():
        run.learner.agents.value.bias[..., CATCH] += 9
    return run


def noise_of(env, games):
    """What collect draws first, of the run that is recorded: [games, limit + 1, noise]."""
    shape = (env.limit + 1, games, env.noise)
    return layers.draw(layers.generators(SEED, SEEDS), shape, Tensor.uniform_)[WHICH].transpose(0, 1)


def plain(run, twin, noise) -> Iterator[dict]:
    """One episode of one run in lists and loops: a dictionary for each step."""
    agents = PlainAgents(run.learner.agents, WHICH)
    twin.reset(noise[0].tolist())
    agents.begin()
    for numbers in noise[1:]:
        here = {"world": deepcopy(vars(twin)), "state": twin.state()}
        n = range(agents.n_agents)
        q = agents.utilities(np.array([twin.observation(i) for i in n]))
        allowed = [twin.available(i) for i in n]
        agents.last = [max(np.flatnonzero(allowed[i]), key=lambda a, i=i: q[i, a]) for i in n]
        reward, terminated, truncated = twin.step(agents.last, numbers.tolist())
        yield {**here, "q": np.where(allowed, q, np.nan), "actions": agents.last, "reward": reward, "over": terminated}
        if terminated or truncated:
            return


def team_value(run, step):
    """The mixer's output for one joint action in one state, asked for alone."""
    values = torch.tensor(np.nan_to_num(step["q"], nan=-np.inf), dtype=torch.float32)
    state, actions = torch.tensor(step["state"]), torch.tensor(np.array(step["actions"]))
    every = (x.expand(SEEDS, 1, *x.shape) for x in (values, actions, state))
    return run.learner.mixer(*every)[WHICH].item()


GAMES = {
    "hunt": (hunters, lambda env: Twin(**HUNT, view=env.view, diagonal=env.diagonal), 20),
    "two_step": (lambda mixer: trained("two_step", mixer), lambda env: TwoStepTwin(env.branches), 1),
}


@pytest.mark.parametrize("mixer", ["vdn", "qmix", "iql"])
@pytest.mark.parametrize("game", GAMES)
def test_a_recording_is_what_a_plain_loop_plays_on_the_same_noise(game, mixer):
    make, twin_of, games = GAMES[game]
    run = make(mixer)
    recording = json.loads(json.dumps(scenes.record(run, games, SEED, WHICH)))
    rewards = []
    for episode, noise in zip(recording["episodes"], noise_of(run.env, games), strict=True):
        steps = list(plain(run, twin_of(run.env), noise))
        assert episode["actions"] == [step["actions"] for step in steps]
        assert episode["reward"] == [step["reward"] for step in steps]
        assert episode["terminated"] == steps[-1]["over"]
        found = np.array(episode["utilities"], dtype=float)  # None becomes NaN
        assert found == pytest.approx(np.stack([step["q"] for step in steps]), rel=1e-3, abs=1e-5, nan_ok=True)
        assert episode["team"] == pytest.approx([team_value(run, step) for step in steps], rel=1e-3, abs=1e-5)
        if mixer == "vdn":
            played = np.take_along_axis(found, np.array(episode["actions"])[..., None], -1)
            assert episode["team"] == pytest.approx(played.sum((-1, -2)), rel=1e-3, abs=1e-3)
        assert len(episode["scenes"]) == len(steps) + 1
        for scene, step in zip(episode["scenes"], steps):
            same_place(scene, step["world"])
        rewards += episode["reward"]
    ends = {episode["terminated"] for episode in recording["episodes"]}
    assert game == "two_step" or ({-3.0, 10.0} <= set(rewards) and ends == {True, False})


def same_place(scene, world):
    """A scene and what a twin remembers before the same step."""
    if scene["kind"] == "tables":
        assert scene["now"] == (0 if world["branch"] is None else 1 + world["branch"])
    else:
        cells = {name: [cell and list(cell) for cell in world[name]] for name in ("agents", "prey")}
        assert scene == {"kind": "grid", "size": world["size"], **cells}


@pytest.mark.parametrize(
    ("env", "mixer"), [("predator_prey", "graph"), ("matrix", "qplex"), ("speaker_listener", "qmix")]
)
def test_actions_and_returns_are_those_of_collect_on_the_same_noise(env, mixer):
    if env == "speaker_listener":
        pytest.importorskip("vmas", reason="VMAS is not installed")
    run = trained(env, mixer)
    episodes = collect(run.env, run.learner.agents, run.learner.mixer, layers.generators(SEED, SEEDS), 4, 0.0)
    recording = scenes.record(run, 4, SEED, WHICH)
    for k, episode in enumerate(recording["episodes"]):
        steps = int(episodes.filled[WHICH, k].sum())
        assert len(episode["reward"]) == steps and episode["actions"] == episodes.actions[WHICH, k, :steps].tolist()
        assert sum(episode["reward"]) == pytest.approx(episodes.returns[WHICH, k].item(), rel=1e-3)
        assert episode["terminated"] == episodes.terminated[WHICH, k].any().item()
        unavailable = [[[q is None for q in row] for row in step] for step in episode["utilities"]]
        assert unavailable == (~episodes.available[WHICH, k, :steps]).tolist()


def test_speaker_and_listener_are_where_the_originals_rules_put_them():
    pytest.importorskip("vmas", reason="VMAS is not installed")
    from test_envs_vmas import SpeakerListenerTwin

    run = trained("speaker_listener", "qmix")
    recording = scenes.record(run, 6, SEED, WHICH)
    assert recording["agents"] == ["1 speaker", "2 listener"]
    for episode, noise in zip(recording["episodes"], noise_of(run.env, 6), strict=True):
        twin, word = SpeakerListenerTwin(noise[0].tolist()), None
        for scene, actions in zip(episode["scenes"], [*episode["actions"], [0, 0]]):
            assert scene["agents"][1] == pytest.approx(twin.place, abs=2e-3)
            assert np.array(scene["landmarks"]) == pytest.approx(np.array(twin.landmarks), abs=2e-3)
            assert (scene["goal"], scene["word"]) == (twin.goal, word)
            twin.step(*actions)
            word = actions[0]
    for move, name in enumerate(recording["actions"][1]):
        twin = SpeakerListenerTwin(noise[0].tolist())
        twin.step(0, move)
        assert tuple(np.sign(twin.speed)) == HEADINGS.get(name, (0, 0)) and (move == 0) == (name == "stay")


def test_a_recording_says_what_it_is_of():
    run = trained(envs.make("predator_prey", limit=4), "qmix")
    recording = scenes.record(run, 2, 3, 1)
    assert recording["env"] == "predator_prey" and recording["options"]["limit"] == 4
    assert {name: recording[name] for name in ("method", "which", "seed")} == {"method": "QMIX", "which": 1, "seed": 3}
    assert recording["agents"] == ["agent 1", "agent 2"] and recording["actions"] == [list(ACTIONS)] * 2
    assert envs.make(recording["env"], **recording["options"]).limit == 4
    assert [len(episode["reward"]) for episode in recording["episodes"]] == [4, 4]


def test_the_seed_chooses_the_games_and_which_the_networks():
    run = trained("predator_prey")
    one = scenes.record(run, 2, seed=0, which=0)
    assert scenes.record(run, 2, seed=0, which=0) == one
    other_games, other_networks = scenes.record(run, 2, seed=1, which=0), scenes.record(run, 2, seed=0, which=1)
    for other in (other_games, other_networks):
        assert other["episodes"][0]["utilities"] != one["episodes"][0]["utilities"]


def test_the_papers_size_is_a_small_file():
    run = trained(envs.make("predator_prey_full", limit=20))
    recording = scenes.record(run, 1)
    steps = len(recording["episodes"][0]["reward"])
    assert len(json.dumps(recording)) < 1000 * (steps + 1)


def test_a_matrix_of_two_agents_shows_its_round_and_more_agents_nothing():
    recording = scenes.record(trained(envs.make("matrix", table=[[1, 2], [3, 4]], rounds=2)))
    titles = [scene["titles"] for scene in recording["episodes"][0]["scenes"]]
    assert titles == [["round 1 of 2"], ["round 2 of 2"], ["round 2 of 2"]]
    assert recording["episodes"][0]["scenes"][0]["tables"] == [[[1, 2], [3, 4]]]
    three = scenes.record(trained(envs.make("matrix", table=np.zeros((2, 2, 2)))))
    assert three["episodes"][0]["scenes"] == [{}, {}]


def test_what_cannot_be_recorded_is_refused():
    run = trained("two_step")
    with pytest.raises(ValueError, match="episodes is 0: give a whole number"):
        scenes.record(run, 0)
    for which in (2, -1):
        with pytest.raises(ValueError, match=f"which is {which}: give one of the run's seeds, from 0 to 1"):
            scenes.record(run, which=which)
    run.diverged[1] = "seed 1 diverged at update 3"
    with pytest.raises(ValueError, match="which is 1, and seed 1 diverged at update 3: choose another seed"):
        scenes.record(run, which=1)
    assert scenes.record(run, which=0)["which"] == 0
