"""The frame of the checks: no answer raises, every trouble is named, and what was done is remembered."""

import os
import subprocess
import sys
from collections.abc import Mapping

import numpy as np
import pytest
import test_planted_answers
from full_disk import room_for
from hypothesis import given, settings
from hypothesis import strategies as st
from limits import HANG

from marl_helpers import check
from marl_helpers.basics.memory import FILE, recall, remember
from marl_helpers.checks.exercise import call

PLANTED = test_planted_answers.PLANTED
FAST = sorted(PLANTED.keys() - {"interpolation"})


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def undone(*arguments):
    raise NotImplementedError


@pytest.mark.parametrize("name", PLANTED)
def test_a_stub_is_told_what_to_do_first_and_is_no_try(name, folder):
    answers = [undone if callable(answer) else answer for answer in PLANTED[name][0][0]]
    feedback = check.EXERCISES[name](*answers)
    assert feedback.mistake == "unanswered" and not feedback
    assert "`undone`" in str(feedback) and str(feedback).startswith("○ ")
    assert recall(folder) == {}


@pytest.mark.parametrize("name", PLANTED)
def test_every_function_of_an_answer_may_be_a_stub(name):
    answers = PLANTED[name][0][0]
    for k in [k for k, answer in enumerate(answers) if callable(answer)]:
        feedback = check.EXERCISES[name](*answers[:k], undone, *answers[k + 1 :])
        assert feedback.mistake == "unanswered"


@pytest.mark.parametrize("name", PLANTED)
def test_a_call_with_other_arguments_is_shown_the_right_one(name):
    for feedback in (check.EXERCISES[name](), check.EXERCISES[name](1, 2, 3, 4, 5), check.EXERCISES[name](answer=1)):
        assert feedback.mistake == "unreadable" and f"check.{name}(" in feedback.message


@pytest.mark.parametrize("name", FAST)
def test_errors_of_the_students_function_are_named(name):
    def broken(*arguments):
        return {}["key"]

    answers = PLANTED[name][0][0]
    feedback = check.EXERCISES[name](*(broken if callable(answer) else answer for answer in answers))
    assert feedback.mistake in ("raised", "two agents") and "`broken` stopped with KeyError: 'key'" in feedback.message


class Unspeakable(Exception):
    def __str__(self):
        raise ValueError


@pytest.mark.parametrize(("error", "said"), [(SystemExit(2), "SystemExit: 2"), (Unspeakable(), "Unspeakable")])
def test_errors_of_any_kind_are_named(error, said):
    def broken():
        raise error

    feedback = check.sum_loses(broken)
    assert feedback.mistake == "raised" and f"stopped with {said}." in feedback.message


def test_a_generator_that_is_a_stub_is_no_try(folder):
    def steps(values, best):
        yield values
        raise NotImplementedError

    assert "fill in `steps`" in check.proof_steps(steps).message and recall(folder) == {}


def test_numbers_beyond_all_floats_are_unreadable():
    feedback = check.sum_loses(lambda: {"table": [[10**400, 1], [0, 2]], "plays": (0, 0)})
    assert feedback.mistake == "unreadable"


def test_a_folder_that_is_gone_costs_only_the_memory(folder):
    (folder / "gone").mkdir()
    os.chdir(folder / "gone")
    (folder / "gone").rmdir()
    feedback = check.sum_loses(*PLANTED["sum_loses"][0][0])
    check.progress("lecture-02")
    assert feedback and "check.progress() will not know" in feedback.message


def test_a_result_instead_of_a_function_is_named():
    assert "without brackets" in check.sum_loses({"table": [[0, 2], [3, 2]], "plays": (1, 1)}).message
    assert "returned nothing" in check.sum_loses(lambda: None).message


numbers = st.one_of(st.integers(-3, 10**30), st.floats(), st.booleans(), st.complex_numbers())
texts = st.text(max_size=3) | st.binary(max_size=2)
atoms = st.one_of(numbers, texts, st.sampled_from([None, print, np.float32(2), np.int64(1), range(2)]))
arrays = st.lists(st.integers(0, 3), max_size=4).flatmap(lambda shape: st.just(np.ones(shape)))
JUNK = st.recursive(
    atoms | arrays,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.sets(st.integers(-1, 3))
        | st.dictionaries(st.text(max_size=2), inner, max_size=2)
    ),
    max_leaves=9,
)


@pytest.mark.parametrize("name", FAST)
@settings(max_examples=60)
@given(data=st.data())
def test_no_answer_whatever_raises_or_confuses_a_check(name, data):
    """One function of a right answer, or one part of what it returns, becomes junk."""
    answers = list(data.draw(st.sampled_from(PLANTED[name][0])))
    k = data.draw(st.sampled_from([k for k, answer in enumerate(answers) if callable(answer)]))
    function, junk = answers[k], data.draw(JUNK)
    part = data.draw(st.integers(0, 5))

    def spoiled(*arguments):
        right = function(*arguments)
        if isinstance(right, Mapping) and part < len(right):
            return {**right, list(right)[part]: junk}
        return junk

    answers[k] = spoiled
    feedback = check.EXERCISES[name](*answers)
    assert feedback.mistake != "unjudged", feedback


@settings(max_examples=30)
@given(junk=JUNK)
def test_no_family_record_or_boundary_confuses_the_check_of_exercise_2(junk):
    family, record, boundary = PLANTED["interpolation"][0][1]
    for answers in ((lambda lam: junk, record, boundary), (family, lambda lam: junk, boundary)):
        assert check.interpolation(*answers).mistake not in ("", "unjudged")
    for answer in (junk, (junk, "tie"), (6 / 7, junk)):
        assert check.interpolation(family, lambda lam: (True, [True] * 8), lambda a=answer: a).mistake != "unjudged"


def test_a_payoff_that_is_too_large_is_refused():
    edges, none = (lambda: [(1, 2)]), list
    feedback = check.coordination_graph(lambda: np.eye(9), edges, none, lambda: "tie")
    assert feedback.mistake == "unreadable" and "fewer actions" in feedback.message


def test_answers_may_be_named():
    assert check.sum_loses(game=PLANTED["sum_loses"][0][0][0])


def test_a_trouble_of_the_check_itself_is_owned_up_to(monkeypatch):
    monkeypatch.setattr(check.EXERCISES["sum_loses"], "judge", lambda game: 1 / 0)
    feedback = check.sum_loses(undone)
    assert feedback.mistake == "unjudged" and "ZeroDivisionError" in feedback.message


def test_a_function_that_changes_its_arguments_changes_only_copies():
    table = np.ones((2, 2))
    call(lambda one: one.fill(0) or 1, table)
    assert table.all()


def test_warnings_of_the_students_code_stay_out_of_the_cell(recwarn):
    """nbgrader takes every line on stderr for a failure."""
    assert np.isnan(call(lambda: np.zeros(1) / 0)).all()
    assert not recwarn.list


def test_what_cannot_be_shown_yet_says_what_to_do_first(capsys):
    def family(lam):
        raise NotImplementedError

    with check.showing():
        print("never", family(0.5))
    assert capsys.readouterr().out.startswith("○ Not answered yet: fill in `family`")
    with check.showing():
        print("never", {}["table"])
    assert capsys.readouterr().out == "✘ Nothing to show yet: the check says why. (KeyError: 'table')\n"
    with check.showing():
        print("shown")
    assert capsys.readouterr().out == "shown\n"
    with check.showing():
        raise SystemExit(1)
    assert "SystemExit: 1" in capsys.readouterr().out
    with pytest.raises(KeyboardInterrupt), check.showing():
        raise KeyboardInterrupt


def test_progress_is_remembered_in_another_process(folder, capsys):
    right, wrong = PLANTED["sum_loses"][0][0], PLANTED["sum_loses"][1]["additive"][0]
    check.progress("lecture-02")
    check.sum_loses(*wrong)
    check.progress("lecture-02")
    check.sum_loses(*right)
    check.sum_loses(*wrong)  # solved once, solved for good
    blank, tried, solved = "○ open", "✘ tried", "✔ solved"
    states = [line.split("lecture")[0].strip() for line in capsys.readouterr().out.splitlines()]
    assert states == [blank, blank, "0 of 2 solved", tried, blank, "0 of 2 solved"]
    again = subprocess.run(
        [sys.executable, "-c", "from marl_helpers import check; check.progress('lecture-02')"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=HANG,
    )
    assert again.stdout.splitlines()[0].startswith(solved) and again.stdout.endswith("1 of 2 solved\n"), again.stderr
    assert (folder / FILE).read_text().count("\n") == 2


def test_progress_lists_every_exercise_and_refuses_a_notebook_without_any(capsys):
    check.progress()
    said = capsys.readouterr().out
    assert said.count("\n") == len(check.EXERCISES) + 1 and "and 4 answers in words" in said
    check.progress("section-1-igm")
    assert "0 of 2 solved, and 1 answer in words, which a person marks" in capsys.readouterr().out
    with pytest.raises(ValueError, match="lecture-01"):
        check.progress("lecture-99")


def test_two_notebooks_that_write_at_once_lose_nothing(folder):
    code = "from pathlib import Path; from marl_helpers.basics.memory import remember; import sys\n"
    code += "for k in range(200): remember(Path.cwd(), f'{sys.argv[1]}{k}', True)"
    both = [subprocess.Popen([sys.executable, "-c", code, name], cwd=folder) for name in "ab"]
    try:
        assert [one.wait(HANG) for one in both] == [0, 0]
    finally:
        for one in both:
            one.kill()
    assert recall(folder) == {f"{name}{k}": True for name in "ab" for k in range(200)}


def test_damaged_lines_cost_no_other(folder):
    remember(folder, "one", False)
    with (folder / FILE).open("ab") as file:
        file.write(b'\n{"exercise": \xff\n[]\n7\n{"exercise": []}\n{"exercise": "cut sho\n' + b"[" * 200_000)
    remember(folder, "two", True)
    assert recall(folder) == {"one": False, "two": True}


def test_a_folder_that_cannot_be_written_costs_only_the_memory(folder):
    (folder / FILE).mkdir()
    feedback = check.sum_loses(*PLANTED["sum_loses"][0][0])
    assert feedback and "check.progress() will not know" in feedback.message and os.fspath(folder) in feedback.message


@pytest.mark.parametrize("room", range(0, 160, 9))
def test_a_disk_that_is_full_costs_only_what_does_not_fit(room, folder):
    remember(folder, "one", True)
    before = (folder / FILE).read_bytes()
    with room_for(room):
        said = remember(folder, "two", True)
    fits = room >= 2 * len(before)
    assert said == (
        "" if fits else f"check.progress() will not know of this: {folder / FILE} cannot be written (File too large)."
    )
    assert fits or (folder / FILE).read_bytes() == before
    assert remember(folder, "two", True) == "" and recall(folder) == {"one": True, "two": True}


def test_the_memory_is_not_written_through_a_link(folder, tmp_path):
    (tmp_path / "precious").write_text("mine")
    (folder / FILE).symlink_to(tmp_path / "precious")
    assert "cannot be written (Too many levels of symbolic links)" in remember(folder, "one", True)
    assert (tmp_path / "precious").read_text() == "mine"


def test_opening_the_memory_runs_nothing(folder):
    (folder / FILE).write_text("import os; os.abort()\n__import__('os').abort()\n")
    assert recall(folder) == {}
