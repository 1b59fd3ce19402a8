"""The views on IGM without a browser: they show what igm says, follow their controls, and tell their errors."""

import re
from html.parser import HTMLParser
from itertools import product

import numpy as np
import pytest
from inlined import inlined
from traitlets import TraitError

from marl_helpers import igm, widgets
from marl_helpers.widgets.igm import answer, weighted


class Page(HTMLParser):
    """The texts of each kind of element, and the attributes of the td elements, in order."""

    def __init__(self, html):
        super().__init__()
        self.open, self.texts, self.cells = [], {}, []
        self.feed(html)
        assert not self.open

    def handle_starttag(self, tag, attributes):
        if tag == "br":
            return
        self.open.append(tag)
        self.texts.setdefault(tag, []).append("")
        if tag == "td":
            self.cells.append(dict(attributes))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        for tag in set(self.open):
            self.texts[tag][-1] += data


def shown(view):
    """The labels in the view's tables, cell by cell."""
    return Page(view.html).texts.get("td")


def heats(page):
    return [float(re.fullmatch(r"--heat: (-?[\d.]+)", cell["style"])[1]) for cell in page.cells]


def labels(found):
    return [found.label(cell) for cell in np.ndindex(found.team.shape)]


def test_with_all_agents_assumed_the_solver_proves():
    html, text = answer(3, 2, (True, True, True))
    assert "marl-good" in html and 'aria-label="the solver\'s answer"' in html and "<table" not in html
    assert text in html and text == (
        "Proved: with 3 agents of 2 actions each there is no counterexample, "
        "whatever their utilities and whatever the mixer."
    )


def test_taking_an_axiom_away_shows_the_counterexample_and_giving_it_back_the_proof():
    view = widgets.ask_the_solver()
    assert shown(view) is None and "Proved: with 2 agents of 3 actions" in view.text
    for axioms in ((True, False), (False, False), (False, True)):
        view.axioms = list(axioms)
        found = igm.counterexample(2, 3, axioms)
        assert shown(view) == labels(found) and view.text.endswith(str(found))
        assert "marl-bad" in view.html and found.verdict in view.html
        assert 'aria-label="the solver\'s answer"' in view.html
    view.axioms = [True, True]
    assert shown(view) is None


def test_a_small_teams_answers_are_all_in_the_state_and_a_large_teams_come_as_they_are_asked():
    view = widgets.ask_the_solver(3, 2)
    assert view.get_state()["_answers"] == {
        "".join(str(int(one)) for one in axioms): answer(3, 2, axioms)[0] for axioms in product((False, True), repeat=3)
    }
    view = widgets.ask_the_solver(4, 2)
    assert [*view.get_state()["_answers"]] == ["1111"]
    view.set_state({"axioms": [True, False, True, True]})  # as the page does
    assert view.get_state()["_answers"]["1011"] == view.html == answer(4, 2, (True, False, True, True))[0]


def test_a_counterexample_of_three_agents_has_a_table_for_each_action_of_the_first():
    found = igm.counterexample(3, 2, (True, True, False))
    page = Page(answer(3, 2, (True, True, False))[0])
    assert page.texts["td"] == labels(found)
    q1, q2, q3 = found.utilities
    assert [caption.split(";")[0] for caption in page.texts["caption"]] == [
        f"agent 1 plays {a}, utility {q1[a]}" for a in (0, 1)
    ]
    once = ["agent 3 plays"] + [f"{a},utility {q3[a]}" for a in (0, 1)]
    once += [f"agent 2 plays {a}, utility {q2[a]}" for a in (0, 1)]
    assert page.texts["th"] == once * 2
    (played,) = (text for text, cell in zip(page.texts["td"], page.cells) if cell.get("class") == "marl-played")
    assert played.startswith("[")
    assert heats(page) == [round(value / 7, 2) for value in found.team.ravel().tolist()]


def test_four_agents_have_a_table_for_each_pair_of_actions_of_the_first_two():
    page = Page(weighted((1, 1, 1, 1), [[0, 1], [2, 3], [4, 5], [6, 7]])[0])
    assert page.texts["caption"] == [
        f"agent 1 plays {a}, utility {a}; agent 2 plays {b}, utility {2 + b}; {igm.LEGEND}"
        for a in (0, 1)
        for b in (0, 1)
    ]
    assert page.texts["td"][:4] == ["12", "13", "13", "14"] and page.texts["td"][-1] == "[16*]"


def test_a_weight_goes_from_minus_two_to_two_in_quarters_over_utilities_that_stay():
    utilities = [[0, 1, 3], [0, 4, 2]]
    view = widgets.linear_mixer(utilities)
    assert view.get_state()["_rules"]["weights"] == {"min": -2, "max": 2, "step": 0.25}
    utilities[0][:] = [9, 9, 9]
    view.weights = [1, 0]
    assert shown(view)[0] == "0"


def test_a_weight_below_zero_breaks_igm_and_a_weight_of_zero_leaves_the_inclusion():
    view = widgets.linear_mixer([[0, 1, 3], [0, 4, 2]])
    assert shown(view) == ["0", "4", "2", "1", "5", "3", "3", "[7*]", "5"]
    assert "Q_tot = 1 Q_1 + 1 Q_2" in view.text and "marl-good" in view.html
    assert 'aria-label="the linear mixer"' in view.html
    view.weights = [1, -0.5]
    assert shown(view) == ["0", "-2", "-1", "1", "-1", "0", "3*!", "[1]", "2!"]
    assert "Q_tot = 1 Q_1 - 0.5 Q_2" in view.html and "marl-bad" in view.html
    assert heats(Page(view.html))[:3] == [0.4, 0.0, 0.2]  # -2 is 0 and 3 is 1
    view.weights = [1, 0]
    assert shown(view)[6:] == ["3*", "[3*]", "3*"]
    assert "inclusion only" in view.html and "marl-good" in view.html


def test_equal_team_values_have_no_heat():
    page = Page(weighted((0, 0), [[1, 2], [3, 4]])[0])
    assert {cell["style"] for cell in page.cells} == {"--heat: 0.00"}


@pytest.mark.parametrize(
    ("view", "changed", "settings"),
    [
        (
            widgets.ask_the_solver,
            {"axioms": [False, True]},
            {"raising Q_1 never lowers Q_tot": "not assumed", "raising Q_2 never lowers Q_tot": "assumed"},
        ),
        (widgets.linear_mixer, {"weights": [0, 1]}, {"weight of Q_1": "0", "weight of Q_2": "1"}),
    ],
)
def test_the_twin_says_what_the_controls_are_set_to_and_what_follows(view, changed, settings):
    view = view()
    view.set_state(changed)
    data, _ = view._repr_mimebundle_()
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == view.model_id
    table, _, rest = data["text/html"].partition("</table>")
    assert rest.strip().startswith(inlined(view.html))
    page = Page(f"{table}</table></div>")
    assert page.texts["th"] == [*settings] and page.texts["td"] == [*settings.values()]
    lines = [f"{name}: {value}" for name, value in settings.items()]
    assert data["text/plain"] == "\n".join([*lines, view.text])


@pytest.mark.parametrize(
    ("error", "said"),
    [(RuntimeError("no <answer>"), "RuntimeError: no <answer>"), (KeyboardInterrupt(), "KeyboardInterrupt")],
)
def test_an_error_shows_until_the_next_change_and_is_raised(monkeypatch, error, said):
    view = widgets.ask_the_solver(4, 2)

    def stops(*team):
        raise error

    monkeypatch.setattr(igm, "counterexample", stops)
    for tick in (lambda: view.set_state({"axioms": [False] * 4}), lambda: setattr(view, "axioms", [False, True] * 2)):
        with pytest.raises(type(error)) as raised:
            tick()
        assert raised.value is error and view.error == said
    monkeypatch.undo()
    view.set_state({"axioms": [True] * 4})
    assert view.error == "" and "Proved" in view.text


def test_an_error_of_ones_own_observer_shows_too():
    view = widgets.linear_mixer()
    view.observe(lambda _: 1 / 0, "weights")
    with pytest.raises(ZeroDivisionError):
        view.set_state({"weights": [0, 0]})
    assert view.error == "ZeroDivisionError: division by zero" and view.weights == [0, 0]


def test_what_igm_refuses_is_refused_at_once():
    with pytest.raises(ValueError, match="2 agents with 9 actions have 81 joint actions"):
        widgets.ask_the_solver(2, 9)
    with pytest.raises(ValueError, match="agents is 'two'"):
        widgets.ask_the_solver("two")
    with pytest.raises(ValueError, match="utilities has length 1: give one list"):
        widgets.linear_mixer([[1, 2]])
    for bad in ([1], [1, 2, 3]):
        with pytest.raises(ValueError, match=r"weights is \[1.*: give one for each of 2 agents"):
            widgets.linear_mixer().weights = bad
    with pytest.raises(ValueError, match=r"axioms is \[True\]: give one for each of 3 agents"):
        widgets.ask_the_solver(3, 2).axioms = [True]


def test_what_no_page_of_ours_would_send_is_refused_and_the_last_valid_state_stands():
    view = widgets.linear_mixer()
    for bad in ([1, 2, 3], ["one", 2], None):
        with pytest.raises(TraitError):
            view.set_state({"weights": bad})
        assert view.weights == [1, 1] and view.error.startswith(("Refused: ", "TraitError: "))
