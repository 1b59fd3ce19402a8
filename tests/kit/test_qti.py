"""The quiz as an LMS gets it: sound by the published structure of QTI 1.2, and a fault would be seen."""

import re
import zipfile

import pytest
from kit import items, quiz
from qti import problems

FAULTS = {  # a change of the assessment's XML -> what the problem says
    "a key that is no answer": (r"(<varequal[^>]*>)text2qti", r"\1text3qti", "key is none of the answers"),
    "another response": (r'respident="response1"', 'respident="response2"', "key is none of the answers"),
    "two right answers": (r"(?s)(<respcondition continue=.No.*?</respcondition>)", r"\1\1", "not one answer alone"),
    "no right answer": (r">100</setvar>", ">0</setvar>", "not one answer alone"),
    "an answer twice": (
        r'(?s)(<response_label ident=")\w+(">.*?<response_label ident=")\w+',
        r"\1same\2same",
        "used 2",
    ),
    "order": (r"(?s)(<itemmetadata>.*?</itemmetadata>)\s*(<presentation>.*?</presentation>)", r"\2\1", "<item> holds"),
    "an element of another kind": (r"<flow_mat>|</flow_mat>", "", None),
    "no identifier": (r'<section ident="root_section">', "<section>", "has no ident"),
    "an unknown element": (r"<outcomes>", "<outcome/><outcomes>", "<outcome> is unknown"),
    "feedback": (r'itemfeedback ident="general_fb"', 'itemfeedback ident="other"', "feedback is missing"),
    "a picture": (r"&lt;p&gt;", '&lt;p&gt;&lt;img src="https://x/y.png"&gt;', "<img> loads"),
    "a formula": (r"&lt;p&gt;", r"&lt;p&gt;\\(x\\) ", "formula in LaTeX"),
    "HTML that does not close": (r"&lt;/table&gt;", "", "is not closed"),
    "points": (r"(?s)points_possible(.*?)<fieldentry>1<", r"points_possible\1<fieldentry>2<", "points in all"),
    "the answers' order": (r"(original_answer_ids</fieldlabel>\s*<fieldentry>)", r"\1x,", "Canvas's fields"),
}
HARMLESS = "an element of another kind"  # QTI allows <material> there too


def changed(path, name, change):
    """The package with one of its files changed; a change that changes nothing is an error."""
    with zipfile.ZipFile(path) as packed:
        files = {one: packed.read(one) for one in packed.namelist()}
    (found,) = (one for one in files if re.search(name, one))
    text = files[found].decode()
    files[found] = change(text).encode()
    assert files[found] != text.encode()
    other = path.with_name("changed.zip")
    with zipfile.ZipFile(other, "w") as packed:
        for one, content in files.items():
            packed.writestr(one, content)
    return other


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """Of each lecture the quizzes of three classes."""
    found = {}
    for lecture in items.MAKERS:
        for seed in range(3):
            folder = tmp_path_factory.mktemp("quiz")
            quiz.write(folder, lecture, f"Quiz · {lecture}", seed)
            found[lecture, seed] = folder / f"quiz-{lecture}.zip"
    return found


def test_every_quiz_is_sound(packages):
    assert {key: problems(path) for key, path in packages.items() if problems(path)} == {}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_the_assessment_is_seen(packages, fault):
    pattern, other, said = FAULTS[fault]
    count = 0 if fault in (HARMLESS, "a picture") else 1
    change = lambda text: re.sub(pattern, other, text, count=count)  # noqa: E731
    path = changed(packages["02", 0], r"text2qti\w+\.xml$", change)
    assert any(said in one for one in problems(path)) if said else not problems(path)


@pytest.mark.parametrize(
    ("name", "pattern", "said"),
    [
        ("imsmanifest", r"(assessment_meta\.xml)", "is missing"),
        ("imsmanifest", r'(identifierref="text2qti_dep)', "depends on something"),
        ("assessment_meta", r'(identifier="text2qti_assessment_)', "different assessments"),
    ],
)
def test_a_fault_in_the_package_is_seen(packages, name, pattern, said):
    path = changed(packages["02", 0], name, lambda text: re.sub(pattern, r"\1x", text))
    assert any(said in one for one in problems(path))


def test_questions_can_be_told_apart_in_a_bank(packages):
    with zipfile.ZipFile(packages["02", 0]) as packed:
        (name,) = (one for one in packed.namelist() if re.search(r"assessment_\w+/text2qti\w+\.xml$", one))
        titles = re.findall(r'<item ident="\w+" title="(.*?)"', packed.read(name).decode())
    assert titles == [f"{k}. {maker}" for k, maker in enumerate(["sum_play", "sum_worth", "peak"] * 2, 1)]
