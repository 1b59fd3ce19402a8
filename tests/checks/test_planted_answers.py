"""The checks, tested by mutation: planted wrong answers meet their own message, and several right ones are accepted."""

import re
from functools import cache

import planted_lecture_01
import planted_lecture_02
import planted_lecture_03
import planted_lecture_04
import planted_lecture_05
import planted_lecture_06
import planted_lecture_07
import planted_lecture_07_hundred
import planted_lecture_07_teams
import planted_lecture_08
import planted_lecture_09
import planted_own_table
import planted_section_1
import planted_section_2
import planted_section_3
import pytest

from marl_helpers import check
from marl_helpers.checks.exercise import COMMON

FILES = (planted_lecture_01, planted_lecture_02, planted_lecture_03, planted_lecture_04)
FILES += (planted_lecture_05, planted_lecture_06, planted_lecture_07)
FILES += (planted_lecture_07_teams, planted_lecture_07_hundred)
FILES += (planted_lecture_08, planted_own_table, planted_section_1, planted_section_2, planted_section_3)
FILES += (planted_lecture_09,)
PLANTED = {name: answers for file in FILES for name, answers in file.PLANTED.items()}
RIGHT = [(name, k) for name, (right, _) in PLANTED.items() for k in range(len(right))]
WRONG = [(name, kind, k) for name, (_, wrong) in PLANTED.items() for kind in wrong for k in range(len(wrong[kind]))]


@pytest.fixture(autouse=True)
def a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_every_exercise_has_answers_planted():
    assert PLANTED.keys() == check.EXERCISES.keys()


@pytest.mark.parametrize("name", PLANTED)
def test_every_kind_of_mistake_is_planted(name):
    right, wrong = PLANTED[name]
    own = check.EXERCISES[name].mistakes.keys() - COMMON.keys()
    assert wrong.keys() == own
    assert len(own) >= 6 and len(right) >= 2 and all(wrong.values())


@pytest.mark.parametrize(("name", "k"), RIGHT)
def test_right_answers_are_accepted(name, k):
    feedback = check.EXERCISES[name](*PLANTED[name][0][k])
    assert feedback, feedback
    assert str(feedback).startswith("✔ ")


@cache
def judged(name, kind, k):
    return check.EXERCISES[name](*PLANTED[name][1][kind][k])


@pytest.mark.parametrize(("name", "kind", "k"), WRONG)
def test_wrong_answers_meet_their_own_message(name, kind, k):
    exercise, feedback = check.EXERCISES[name], judged(name, kind, k)
    assert feedback.mistake == kind, feedback
    assert not feedback and str(feedback).startswith("✘ ")
    pattern = re.sub(r"\\{.*?\\}", ".+", re.escape(exercise.mistakes[kind]))
    assert re.fullmatch(pattern, feedback.message, re.DOTALL)
    assert len(feedback.message) <= 320


@pytest.mark.parametrize("name", PLANTED)
def test_hidden_tests_judge_alike_and_leave_no_trace(name, tmp_path):
    right, wrong = PLANTED[name]
    for answer in right:
        assert check.EXERCISES[name].graded(*answer)
    for answer in [answer for answers in wrong.values() for answer in answers]:
        assert not check.EXERCISES[name].graded(*answer)
    assert list(tmp_path.iterdir()) == []


JUDGED_BY_CASES = ["igm_holds", "peak_needed", "boundary_formula", "resting_places"]
JUDGED_BY_CASES += ["qmix_holds", "igm_utilities", "qplex_weights", "edges_needed", "step_targets", "lambda_returns"]
JUDGED_BY_CASES += ["dock_price", "simplest_mixer", "pool_set", "any_size", "team_value_growth"]


@pytest.mark.parametrize("name", JUDGED_BY_CASES)
def test_hidden_tests_have_cases_that_a_student_has_not_seen(name):
    seen, (function,) = {}, PLANTED[name][0][0]

    def noting(*arguments):
        return seen.setdefault(repr(arguments), function(*arguments))

    def by_heart(*arguments):
        return seen[repr(arguments)]

    exercise = check.EXERCISES[name]
    assert exercise(noting) and exercise(by_heart)
    assert exercise.graded(by_heart).mistake in ("raised", "two agents")


@pytest.mark.parametrize("name", PLANTED)
def test_every_message_is_told_apart(name):
    messages = list(check.EXERCISES[name].mistakes.values())
    assert len(set(messages)) == len(messages)


SECRETS = {  # what would give the answer away, as a student might read it
    "interpolation": ["6/7", "0.857", "0.86"],
    "path_places": ["1/6", "0.16", "0.17", "6/11", "0.54", "0.55"],
}


@pytest.mark.parametrize("name", SECRETS)
def test_no_message_gives_the_answer_away(name):
    for kind, answers in PLANTED[name][1].items():
        for k, answer in enumerate(answers):
            own = re.findall(r"[\d.]+", repr(answer[-1]()))  # what the student said may be said again
            message = judged(name, kind, k).message
            for word in own:
                message = message.replace(word, "")
            assert not any(secret in message for secret in SECRETS[name]), (kind, message)
