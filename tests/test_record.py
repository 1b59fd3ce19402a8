"""Recordings: made in miniature, and what is stored agrees with that in form, and with the package in numbers."""

import importlib
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from full_disk import names, room_for
from limits import HANG

from marl_helpers import envs, families, fit, recordings
from marl_helpers.exact import prices
from marl_helpers.fitting.runs import LEARNER
from marl_helpers.games import random_games
from marl_helpers.training.loop import train

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "notebooks" / "recordings"
STORED = json.loads((FOLDER / "random_games.json").read_text())
TRAININGS = ("two_step", "predator_prey", "parts", "speaker_listener", "docks")
OTHERS = ("prices", "phases", "others", "teams", "sum_with_value", "herds", "scouts")
BENCHMARK = {"benchmark"}  # whose miniature test_benchmark.py makes


@pytest.fixture(scope="module")
def miniatures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recordings")
    others = sorted({path.stem for path in FOLDER.glob("*.json")} - BENCHMARK)
    command = [sys.executable, ROOT / "tools" / "record.py", *others, "--scale", "0.002", "--out", folder]
    subprocess.run(command, check=True, timeout=HANG)
    return {path.stem: json.loads(path.read_text()) for path in folder.glob("*.json")}


@pytest.fixture
def miniature(miniatures):
    return miniatures["random_games"]


@pytest.mark.learning
def test_every_recording_can_be_made_and_is_stored_small(miniatures):
    assert miniatures.keys() | BENCHMARK == {path.stem for path in FOLDER.glob("*.json")}
    assert all(path.stat().st_size < 300_000 for path in FOLDER.glob("*.json"))


@pytest.fixture
def tool(monkeypatch):
    """tools/record.py with two recordings of a moment."""
    monkeypatch.syspath_prepend(ROOT / "tools")
    record = importlib.import_module("record")
    made = {"short": lambda scale: ({}, {"x": [1]}), "long": lambda scale: ({}, {"x": list(range(1000))})}
    monkeypatch.setattr(record, "RECORDINGS", made)
    yield lambda *words: monkeypatch.setattr(sys, "argv", ["record.py", *words]) or record.main()
    del sys.modules["record"]


@pytest.mark.parametrize("room", [0, 1, 100, 1000, 4000])
def test_a_disk_that_is_full_costs_no_recording_but_the_one_that_does_not_fit(room, tool, capsys, tmp_path):
    (tmp_path / "long.json").write_text('{"good": 1}')
    with room_for(room):
        assert tool("all", "--out", str(tmp_path)) is True
    said = capsys.readouterr().err.splitlines()
    path = tmp_path / "long.json"
    failed = f"error: {path} cannot be written (File too large): make room there, or give another folder"
    assert said[-1] == failed
    assert json.loads((tmp_path / "long.json").read_text()) == {"good": 1}
    fits = room >= 1000  # the short one
    assert names(tmp_path) == {"long.json", *(["short.json"] if fits else [])} and len(said) == 2 - fits
    assert tool("all", "--out", str(tmp_path)) is False
    assert json.loads((tmp_path / "long.json").read_text())["x"] == list(range(1000))


def test_a_recordings_folder_may_be_in_ones_own_and_must_be_one(tool, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert tool("short", "--out", "~/new") is False
    assert (tmp_path / "new" / "short.json").exists()
    with pytest.raises(SystemExit, match=r"error: .*short.json cannot be written \(File exists\)"):
        tool("short", "--out", "~/new/short.json")


def test_a_training_that_was_stopped_is_no_recording(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "tools")
    recording = importlib.import_module("recording")
    monkeypatch.setattr(recording, "train", lambda *_, **__: SimpleNamespace(finished=False))
    with pytest.raises(SystemExit, match="130"):
        recording.run("two_step", "vdn", 2, {"updates": 1})


def form(value):
    """Keys and kinds, without the numbers and how many of them."""
    if isinstance(value, dict):
        return {key: form(one) for key, one in value.items()}
    return [form(value[0])] if isinstance(value, list) and value else type(value).__name__


def recipe(options):
    """Options, of several trainings perhaps, without those that --scale shortens."""
    kept = {key: x for key, x in options.items() if key not in ("updates", "anneal")}
    return {key: recipe(x) if isinstance(x, dict) else x for key, x in kept.items()}


@pytest.mark.learning
@pytest.mark.parametrize("name", TRAININGS)
def test_a_stored_training_has_the_form_and_the_recipe_of_a_fresh_one(miniatures, name):
    stored, fresh = recordings.read(name), miniatures[name]
    shape = {key: form(stored[key]) for key in ("runs", "tables") if key in stored}
    assert shape and shape == {key: form(fresh[key]) for key in shape} and stored.keys() == fresh.keys()
    ours, theirs = stored["provenance"], fresh["provenance"]
    assert ours.keys() == theirs.keys() and ours["commit"] != "unknown"
    assert recipe(ours["options"]) == recipe(theirs["options"])
    assert ours["options"]["updates"] > 100 * theirs["options"]["updates"]


@pytest.mark.parametrize("name", TRAININGS[1:])
def test_a_stored_curve_is_of_all_seeds_up_to_the_last_update(name):
    stored = recordings.read(name)
    for run in curves(stored["runs"]):
        tests, seeds = len(run["updates"]), stored["provenance"]["seeds"]
        assert (
            np.shape(run["returns"]) == np.shape(run["steps"]) == (tests, seeds) and np.isfinite(run["returns"]).all()
        )
        assert run["updates"][0] == 0 and run["updates"][-1] == stored["provenance"]["options"]["updates"]
        assert (np.diff(run["updates"]) > 0).all() and (np.diff(run["steps"], axis=0) > 0).all()


@pytest.mark.learning
@pytest.mark.parametrize("name", OTHERS)
def test_what_else_is_stored_has_the_form_of_a_fresh_one(miniatures, name):
    stored, fresh = recordings.read(name), miniatures[name]
    assert form(stored) == form(fresh) and stored["provenance"]["commit"] != "unknown"
    assert recipe(stored["provenance"]["options"]) == recipe(fresh["provenance"]["options"])


def test_a_plane_has_a_return_of_each_seed_in_each_place():
    stored = recordings.read("phases")
    size = (len(stored["needs"]), len(stored["pays"]), stored["provenance"]["seeds"])
    assert all(np.shape(returns) == size and np.isfinite(returns).all() for returns in stored["returns"].values())


@pytest.mark.learning
@pytest.mark.parametrize(("share", "come"), [(0.8, 0), (1.5, 8)])
def test_the_stored_price_of_three_robots_is_found_again(share, come):
    """Between the class's price and the sum's no seed comes; well above both all do."""
    stored, pay = recordings.read("prices"), share * prices.additive(3)
    row = stored["robots"].index(3)
    assert prices.monotone(3) < pay
    assert stored["came"]["qmix"][row][stored["pays"][row].index(pay)] == come
    rules, options = stored["provenance"]["dock"], stored["provenance"]["options"]
    run = train(envs.make("dock", n_robots=3, pay=pay, **rules), "qmix", seeds=8, device="cpu", **options)
    assert (run.returns > 3).sum() == come


def curves(runs):
    return [runs] if "returns" in runs else [one for part in runs.values() for one in curves(part)]


def test_a_recorded_training_reads_like_a_run():
    run = recordings.run("predator_prey", "-6", "graph")
    stored = recordings.read("predator_prey")["runs"]["-6"]["graph"]["returns"]
    assert run.returns.tolist() == stored[-1] and run.curve["returns"].tolist() == stored
    with pytest.raises(ValueError, match=r"recording 'predator_prey' has no '-5': choose from 0, -3, -6"):
        recordings.run("predator_prey", "-5", "graph")
    with pytest.raises(ValueError, match=r"has several runs .'-6'.: choose one of vdn, qmix"):
        recordings.run("predator_prey", "-6")


@pytest.mark.learning
def test_it_records_what_the_package_computes(miniature):
    for kind, tables in random_games.sample(4).items():
        best = families.project(tables)
        for method, name in (("vdn", "additive"), ("qmix", "convex"), ("monotone", "monotone")):
            learned = fit(tables, method, runs=1).share.mean()
            assert miniature["shares"][kind][method] == [families.shares(best[name]).mean(), learned]


@pytest.mark.learning
def test_the_stored_one_has_the_same_form_and_says_how_it_was_made(miniature):
    assert STORED["provenance"].keys() == miniature["provenance"].keys()
    assert STORED["provenance"]["recipe"] == {**vars(LEARNER)} and STORED["provenance"]["games"] == 2000
    for kind, methods in miniature["shares"].items():
        assert STORED["shares"][kind].keys() == methods.keys()
        for method, (exactly, learned) in STORED["shares"][kind].items():
            assert 0 <= learned <= 1 and (exactly is None) == (methods[method][0] is None)


@pytest.mark.learning
@pytest.mark.parametrize("method", STORED["shares"]["uniform"])
def test_the_stored_learned_shares_are_those_of_a_part_of_their_games(method):
    for kind, tables in random_games.sample(2000).items():
        stored = STORED["shares"][kind][method][1]
        again = fit(tables[:200], method, runs=1).share.mean()
        assert abs(again - stored) <= 4 * (stored * (1 - stored) / 200) ** 0.5 + 0.005, kind


@pytest.mark.learning
def test_the_stored_best_fits_are_those_of_their_games():
    for kind, tables in random_games.sample(2000).items():
        best = families.project(tables)
        for method, name in (("vdn", "additive"), ("qmix", "convex"), ("monotone", "monotone")):
            exactly = families.shares(best[name]).mean()
            assert STORED["shares"][kind][method][0] == pytest.approx(exactly, abs=0.002), kind


def test_a_recording_is_found_beside_a_copied_notebook_and_at_home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert recordings.read("random_games") == STORED
    (tmp_path / "recordings").mkdir()
    (tmp_path / "recordings" / "random_games.json").write_text('{"mine": 1}')
    assert recordings.read("random_games") == {"mine": 1}
    with pytest.raises(
        FileNotFoundError, match=r"no recording 'other'.*copy the folder notebooks/recordings.*record.py other"
    ):
        recordings.read("other")


def test_a_recording_of_no_games_is_refused(tmp_path):
    command = [sys.executable, ROOT / "tools" / "record.py", "random_games", "--scale", "0", "--out", tmp_path / "new"]
    refused = subprocess.run(command, capture_output=True, text=True, timeout=HANG)
    assert refused.returncode == 2 and "--scale is 0: give a number above 0" in refused.stderr
    assert not (tmp_path / "new").exists()


def test_a_scale_above_1_is_for_what_trains_on(tool, capsys, tmp_path, monkeypatch):
    with pytest.raises(SystemExit):
        tool("short", "--scale", "2", "--out", str(tmp_path))
    assert "--scale is 2: give a number above 0 and up to 1" in capsys.readouterr().err
    monkeypatch.setattr(sys.modules["record"], "LONGER", ("short",))
    assert tool("short", "--scale", "2", "--out", str(tmp_path)) is False
