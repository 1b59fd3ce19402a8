"""A class of 30 from release to the CSV of its grades, with nbgrader's own commands."""

import csv
import re
import shutil
from html import unescape
from pathlib import Path

import nbformat
import pytest
from grading import PATIENT, marked, nbgrader, submit

ROOT = Path(__file__).parents[2]
NAME, POINTS = "own-table", 8
DUE, IN_TIME, LATE = "2026-03-01 23:59:59 UTC", "2026-02-27 09:00:00 UTC", "2026-03-03 09:00:00 UTC"
RIGHT = [f"right{k}" for k in range(12)]
LATECOMERS = [f"late{k}" for k in range(3)]
WRONG = {  # student -> a change of the right answers, and what the check says about it
    "swapped": ('"plays": fit.greedy[0][::-1]', "in the wrong order"),
    "optimist": ('"plays": best', "is your table's best cell"),
    "trueworth": ('"worth": mine[best]', "is the reward of your best cell"),
    "nomean": ('"worth": fit.fit[best] + mine.mean()', "count the level of the whole table twice"),
    "howmuch": ('"peak": peak - mine[best]', "by how much to raise the entry"),
    "lowpeak": ('"peak": peak - 1', "something else changes, or nothing"),
    "sameorder": ('"reversal": (places, reversal[1][::-1])', "the same order twice"),
    "onerow": ('"reversal": ((1, 1), (0, 1))', "names the same row twice"),
}
BROKEN = ("nojson", "syntax", "exits", "nocheck", "othername")
CLASS = [*RIGHT, *LATECOMERS, *WRONG, "copyist", "undone", *BROKEN]


def delete_check(notebook):
    notebook.cells = [cell for cell in notebook.cells if not cell.metadata.get("nbgrader", {}).get("grade")]


def hand_in(course, student, right):
    """The submission of this student, with the time at which it came."""
    own = {**right, "own-name": f"def name():\n    return {student!r}"}
    change = lambda notebook: None  # noqa: E731
    if student in WRONG:
        more = WRONG[student][0]
        own["own-answers"] = own["own-answers"].replace("\n    return {", "\n    found = {")
        own["own-answers"] = own["own-answers"].replace("    ### END SOLUTION", f"    return found | {{{more}}}")
    elif student == "copyist":
        own["own-name"] = "def name():\n    return 'right0'"
    elif student == "undone":
        own = {}
    elif student == "syntax":
        own["own-answers"] = "def answers(:\n    return {"
    elif student == "exits":
        own["own-answers"] = "def answers():\n    raise SystemExit"
    elif student == "nocheck":
        change = delete_check
    path = submit(course, NAME, student, own, change)
    if student == "nojson":
        path.write_text("{ this is no notebook")
    elif student == "othername":
        path.rename(path.with_name("my table.ipynb"))
    (path.parent / "timestamp.txt").write_text(LATE if student in LATECOMERS else IN_TIME)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course after release, 30 submissions, grading, feedback and export."""
    folder = tmp_path_factory.mktemp("course")
    (folder / "source" / NAME).mkdir(parents=True)
    shutil.copy(ROOT / "solutions" / f"{NAME}.ipynb", folder / "source" / NAME)
    nbgrader(folder, "db", "assignment", "add", NAME, f"--duedate={DUE}")
    nbgrader(folder, "generate_assignment", NAME)
    answers = marked(nbformat.read(ROOT / "solutions" / f"{NAME}.ipynb", 4), "solution")
    right = {cell.metadata.nbgrader.grade_id: cell.source for cell in answers}
    for student in CLASS:
        hand_in(folder, student, right)
    said = nbgrader(folder, "autograde", NAME, *PATIENT, fails=True)  # because of the broken one
    (folder / "said.txt").write_text(said)
    nbgrader(folder, "generate_feedback", NAME)
    nbgrader(folder, "export", f"--to={folder / 'grades.csv'}")
    return folder


@pytest.fixture(scope="module")
def grades(course):
    with open(course / "grades.csv", newline="") as lines:
        return {row["student_id"]: row for row in csv.DictReader(lines) if row["assignment"] == NAME}


def score(grades, student):
    return float(grades[student]["score"])


@pytest.mark.learning
def test_thirty_hand_in_and_each_is_graded_by_a_key_of_their_own(grades):
    assert len(CLASS) == 30
    for student in [*RIGHT, *LATECOMERS]:
        assert score(grades, student) == POINTS == float(grades[student]["max_score"]), student


@pytest.mark.learning
def test_wrong_copied_and_undone_answers_get_nothing(grades):
    for student in [*WRONG, "copyist", "undone"]:
        assert score(grades, student) == 0, student


@pytest.mark.learning
def test_late_ones_can_be_told_from_the_csv_and_lose_no_points_by_themselves(grades):
    late = {student for student, row in grades.items() if row["timestamp"] > row["duedate"]}
    assert late == {*LATECOMERS}
    assert all(float(grades[student]["late_submission_penalty"]) == 0 for student in LATECOMERS)


@pytest.mark.learning
def test_broken_ones_stop_nobody_else_and_nbgrader_names_the_unreadable_one(course, grades):
    said = (course / "said.txt").read_text()
    assert "nojson" in said
    assert not (course / "autograded" / "nojson" / NAME).exists()
    for student in BROKEN:  # also where the check itself was deleted
        assert score(grades, student) == 0, student


@pytest.mark.learning
def test_feedback_says_which_mistake_it_was(course):
    for student, (_, said) in WRONG.items():
        page = (course / "feedback" / student / NAME / f"{NAME}.html").read_text(encoding="utf-8")
        assert said in re.sub("<.*?>", "", unescape(page)), student
    page = (course / "feedback" / "copyist" / NAME / f"{NAME}.html").read_text(encoding="utf-8")
    assert "not the name under which" in page
