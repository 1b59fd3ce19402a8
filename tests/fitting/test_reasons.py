"""Every kind of reason, from fits made by hand: Game 2 for QMIX unless said otherwise."""

from dataclasses import replace

import numpy as np
import pytest

from marl_helpers import exact, games
from marl_helpers.fitting.reasons import OUTCOMES, Evidence, details, explain
from marl_helpers.fitting.runs import LEARNER, Fit

TABLE, RIGHT, WRONG = games.COORDINATION, (2, 2), (0, 0)
CONVEX = exact.convex(TABLE)  # error 2.2074, right, and only a limit
REACHED = exact.Projection(np.array([[3.0, 2, 1], [2, 1, 0], [1, 0, 8]]), 2.0, (RIGHT,), (RIGHT,))  # no ties


def fits(*errors_and_plays):
    """A Fit of TABLE whose runs have these errors, which are their losses too, and play these joint actions."""
    errors, plays = zip(*errors_and_plays)
    optimal = np.array([TABLE[cell] == TABLE.max() for cell in plays])
    tables = np.zeros((len(errors), 3, 3))
    errors = np.array(errors)
    return Fit("qmix", "gradient", LEARNER, tables, tables[:, :2], errors, errors, np.array(plays), optimal)


def case(own="convex", best=CONVEX, **runs):
    return Evidence({own: best} if best else {}, own, **runs)


LOST = fits((4.0, WRONG), (2.5, RIGHT), (4.1, WRONG))
CASES = {
    "right": (
        case(learned=fits((2.3, RIGHT))),
        "cannot hold this table, but QMIX's best fit is right: it puts (2, 2) ",
    ),
    "representation": (
        case("additive", exact.additive(TABLE), learned=fits((4.3, WRONG))),
        "A sum cannot hold this table: QMIX's best fit puts (0, 0) first.",
    ),
    "tie": (case("additive", exact.Projection(TABLE, 1.0, (WRONG, RIGHT), (RIGHT,))), "chance decides which "),
    "unfinished": (
        case(learned=LOST, settled=fits((2.3, RIGHT), (2.3, RIGHT), (2.3, RIGHT))),
        "QMIX can hold a right answer; 2 of 3 runs were still on their way to it when learning stopped.",
    ),
    "basin": (
        case(learned=LOST, settled=fits((3.9, WRONG), (2.5, RIGHT), (4.05, WRONG)), search=fits((2.4, RIGHT))),
        "QMIX can hold a right answer; 2 of 3 runs got stuck in a worse one.",
    ),
    "close": (
        case(learned=LOST, settled=fits((2.401, WRONG), (2.5, RIGHT), (4, WRONG)), search=fits((2.4, RIGHT))),
        "QMIX can hold a right answer; 2 of 3 runs got stuck in a wrong one that is almost as close.",
    ),
    "limit": (
        case(learned=LOST, settled=LOST, search=fits((2.4, WRONG))),
        "QMIX can come ever closer to a right answer, never hold one; the closest found is wrong.",
    ),
    "loss": (
        case(best=None, learned=LOST, settled=fits((0.1, WRONG), (0.3, RIGHT)), by_loss=True),
        "1 of 2 runs are wrong, also after more steps: QMIX wants a small loss, and theirs is smaller than where runs ",
    ),
    "messages": (
        case("graph", exact.graph(TABLE), learned=LOST, settled=replace(LOST, fitted=np.stack([TABLE] * 3))),
        "right answer; 2 of 3 runs do not play the largest value that they hold, as their agents' messages go round",
    ),
    "diverged": (case(learned=fits((np.nan, RIGHT), (2.3, RIGHT))), "1 of 2 runs diverged"),
    "open": (
        case(best=None, learned=LOST, settled=LOST, search=fits((2.4, WRONG))),
        "2 of 3 runs got stuck in a wrong answer, and the closest found puts (0, 0) first. QMIX's best fit cannot be ",
    ),
}


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_each_outcome_and_its_sentence(outcome):
    evidence, sentence = CASES[outcome]
    said, reason = explain("QMIX", TABLE, evidence)
    assert said == outcome
    assert sentence in reason and reason[0].isupper() | reason[0].isdigit() and reason.endswith(".")


@pytest.mark.parametrize(
    ("evidence", "outcome", "sentence"),
    [
        (case(best=REACHED, learned=LOST, settled=LOST, search=fits((2.4, WRONG))), "basin", "no run or search came"),
        (
            case(best=None, learned=LOST, settled=LOST, search=fits((2.4, RIGHT))),
            "basin",
            "is right, and puts (2, 2) first",
        ),
        (case(best=None, learned=fits((2.3, RIGHT))), "right", "Every run plays a best joint"),
        (case(best=None, learned=LOST, settled=fits((2.3, RIGHT))), "unfinished", "were wrong when learning"),
        (case("independent", REACHED, learned=LOST), "unfinished", "2 of 3 runs were still on their way"),
        (case("graph", REACHED, learned=LOST, settled=LOST), "unfinished", "2 of 3 runs were still on their way"),
        (case(learned=LOST, settled=fits((2.42, WRONG)), search=fits((2.4, RIGHT))), "basin", "1 of 1 runs got stuck"),
        (case("additive", exact.additive(games.ADDITIVE)), "right", "A sum holds this table exactly."),
        (case("additive", exact.additive(TABLE), learned=fits((4.3, RIGHT))), "representation", "though every run"),
        (case(learned=fits((2.4, WRONG), (2.3, RIGHT)), settled=LOST, search=LOST), "basin", "2 of 3 runs got stuck"),
    ],
)
def test_other_ways_to_the_same_outcomes(evidence, outcome, sentence):
    said, reason = explain("QMIX", TABLE, evidence)
    assert (said, sentence in reason) == (outcome, True), reason


def test_a_large_reward_for_everyone_does_not_keep_a_sum_from_holding_a_table():
    for table in (games.ADDITIVE, 0.13 * games.ADDITIVE + 1e8):
        said = explain("VDN", table, Evidence({"additive": exact.additive(table)}, "additive"))
        assert said == ("right", "A sum holds this table exactly.")


OWN = Evidence({}, "", by_loss=True)  # a method with a loss of its own and no class to compare with


@pytest.mark.parametrize(
    ("learned", "later", "outcome", "sentence"),
    [
        (fits((0.1, RIGHT)), None, "right", "Every run plays a best joint action."),
        (LOST, fits((0.1, RIGHT), (0.2, RIGHT), (0, RIGHT)), "unfinished", "2 of 3 runs were wrong when learning"),
        (
            LOST,
            fits((0.3, WRONG), (0.1, RIGHT), (0.4, WRONG)),
            "basin",
            "2 of 3 runs are wrong, also after more steps: they got stuck",
        ),
        (LOST, fits((0.3, WRONG), (0.1, RIGHT), (0.4, WRONG)), "basin", "than the right ones have (0.3 against 0.1)."),
        (LOST, fits((0.105, WRONG), (0.1, RIGHT), (0.4, WRONG)), "basin", "(0.105 against 0.1)."),
        (LOST, fits((0.1, WRONG), (0.105, RIGHT), (0.4, WRONG)), "loss", "(0.1 against 0.105)."),
        (LOST, fits((0.1, WRONG), (0.1, RIGHT), (0.4, WRONG)), "close", "almost that of the right ones (0.1"),
        (LOST, fits((0.1, WRONG), (0.3, RIGHT), (0.4, WRONG)), "loss", "QMIX wants a small loss, and theirs is small"),
        (LOST, fits((0.3, WRONG), (0.2, WRONG)), "open", "No run of QMIX plays a best joint action, not even after"),
        (LOST, fits((np.nan, WRONG), (0.2, WRONG)), "diverged", "1 of 2 runs diverged"),
    ],
)
def test_a_method_with_a_loss_of_its_own_is_judged_by_that(learned, later, outcome, sentence):
    evidence = replace(OWN, learned=learned, settled=later)
    said, reason = explain("QMIX", TABLE, evidence)
    assert (said, sentence in reason) == (outcome, True), reason
    assert "losses" in details(TABLE, evidence)[-1]


def test_details_say_what_was_compared():
    evidence = case(learned=LOST, settled=fits((3.9, WRONG)), search=fits((2.4, RIGHT), (2.6, WRONG)))
    assert details(TABLE, evidence) == [
        "best fit of a mixer like QMIX's: error 2.207, puts (2, 2) first",
        "learned: 1 of 3 runs right, errors 2.5 to 4.1",
        "the same runs after more steps: 0 of 1 runs right, errors 3.9 to 3.9",
        "searches from other starts: 1 of 2 runs right, errors 2.4 to 2.6",
    ]


def test_a_limit_is_not_called_a_member():
    for table, words in (
        (games.BOTH, "comes as close to this table as you like, but never holds it"),
        (games.ADDITIVE, "holds this table exactly"),
        (np.array([[0, 1], [1, 3]]), "holds this table exactly"),
    ):
        best = exact.convex(table)
        _, reason = explain("QMIX", table, Evidence({"convex": best}, "convex"))
        assert reason == f"A mixer like QMIX's {words}."
