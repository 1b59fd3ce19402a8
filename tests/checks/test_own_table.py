"""A table of one's own: 30 made-up students, each with a game and a key of their own."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted_own_table import answer, key

from marl_helpers import check, exact

CLASS = [f"{first} {last}" for first in ("Ada", "Béla", "Chidi", "Dana", "Émile", "Fatou") for last in "KLMNO"]


@pytest.fixture(autouse=True)
def a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)


def test_thirty_students_have_thirty_games_and_nobodys_answers_are_right_for_anybody_else():
    assert len(CLASS) == 30
    assert len({check.game_of(name).tobytes() for name in CLASS}) == 30
    for mine in CLASS:
        taken = [theirs for theirs in CLASS if check.own_table.graded(answer(mine)[0], answer(theirs)[1])]
        assert taken == [mine]


@settings(deadline=None, max_examples=40)
@given(st.text(min_size=1, max_size=12).filter(lambda text: any(letter.isalnum() for letter in text)))
def test_every_name_draws_a_game_that_the_exercise_is_about(name):
    one = check.game_of(name)
    assert one.shape == (3, 3) and np.all(one == one.astype(int)) and one.min() >= 0 and one.max() <= 19
    assert np.array_equal(one, check.game_of(f" {name.upper().lower()} ")) or name.upper().lower() != name.lower()
    fit = exact.additive(one)
    assert fit.finds_optimum == "no" and not exact.is_monotone(one)
    assert fit.greedy == (key(name)["plays"],)
    assert check.own_table.graded(*answer(name))


def test_a_table_is_drawn_again_the_same_on_another_day():
    assert check.game_of("Ada Lovelace").tolist() == [[6, 15, 4], [14, 0, 5], [14, 1, 11]]


def test_nbgrader_grades_only_the_name_of_the_submission(tmp_path, monkeypatch):
    folder = tmp_path / "autograded" / "ada-k" / "own-table"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    assert check.is_mine("anybody")
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert check.is_mine("ADA-K") and not check.is_mine("bela-k")


def test_a_name_that_is_none_is_told_what_to_give():
    for name in ("", " - ", 4711):
        feedback = check.own_table(lambda name=name: name, answer()[1])
        assert feedback.mistake == "unreadable" and "as text" in feedback.message
