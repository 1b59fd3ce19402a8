"""The recording of many random games: made in miniature, and what is stored agrees with it and with the package."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from marl_helpers import families, fit, random_games, recordings
from marl_helpers.fitting import LEARNER

ROOT = Path(__file__).parent.parent
STORED = json.loads((ROOT / "notebooks" / "recordings" / "random_games.json").read_text())


@pytest.fixture(scope="module")
def miniature(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recordings")
    command = [sys.executable, ROOT / "tools" / "record.py", "random_games", "--scale", "0.002", "--out", folder]
    subprocess.run(command, check=True)
    return json.loads((folder / "random_games.json").read_text())


def test_it_records_what_the_package_computes(miniature):
    for kind, tables in random_games.sample(4).items():
        best = families.project(tables)
        for method, name in (("vdn", "additive"), ("qmix", "convex"), ("monotone", "monotone")):
            learned = fit(tables, method, runs=1).share.mean()
            assert miniature["shares"][kind][method] == [families.shares(best[name]).mean(), learned]


def test_the_stored_one_has_the_same_form_and_says_how_it_was_made(miniature):
    assert STORED["provenance"].keys() == miniature["provenance"].keys()
    assert STORED["provenance"]["recipe"] == {**vars(LEARNER)} and STORED["provenance"]["games"] == 2000
    for kind, methods in miniature["shares"].items():
        assert STORED["shares"][kind].keys() == methods.keys()
        for method, (exactly, learned) in STORED["shares"][kind].items():
            assert 0 <= learned <= 1 and (exactly is None) == (methods[method][0] is None)


@pytest.mark.parametrize("method", STORED["shares"]["uniform"])
def test_the_stored_learned_shares_are_those_of_a_part_of_their_games(method):
    for kind, tables in random_games.sample(2000).items():
        stored = STORED["shares"][kind][method][1]
        again = fit(tables[:200], method, runs=1).share.mean()
        assert abs(again - stored) <= 4 * (stored * (1 - stored) / 200) ** 0.5 + 0.005, kind


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
