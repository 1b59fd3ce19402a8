"""The family on paper: the same facts with its networks and without them."""

import json
import subprocess
import sys

import pytest
from limits import HANG

from marl_helpers import exact
from marl_helpers.exact import graphs
from marl_helpers.exact.methods import ALIASES, METHODS, Graph, Method, find

FACTS = ("name", "label", "rank", "igm", "projections", "least_squares", "on_tables")


def test_every_method_has_a_label_of_its_own_and_stands_in_the_order_of_rank():
    ours = [method for method in METHODS.values() if method.__module__.startswith("marl_helpers.")]  # not a lecture's
    assert len({method.label for method in ours}) == len(ours) == 16
    assert [*METHODS.values()] == sorted(METHODS.values(), key=lambda method: method.rank)


def test_every_class_around_a_method_is_a_best_fit_of_exact():
    table = [[6, 4, 2], [4, 3, 1], [2, 1, 8]]
    for method in METHODS.values():
        errors = [method.project(name, table).mse for name in method.projections]
        assert errors == sorted(errors), method.name  # ever narrower


def test_a_networks_facts_are_those_on_paper():
    pytest.importorskip("torch")
    code = f"""
import json
from marl_helpers.exact.methods import METHODS
on_paper = {{name: [getattr(method, fact) for fact in {FACTS}] for name, method in METHODS.items()}}
paper = dict(METHODS)
from marl_helpers import mixers
assert mixers.METHODS is METHODS and list(METHODS) == list(paper)
assert all(issubclass(METHODS[name], mixers.Mixer) and issubclass(METHODS[name], paper[name]) for name in paper)
print(json.dumps([on_paper, {{name: [getattr(method, fact) for fact in {FACTS}] for name, method in METHODS.items()}}]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=HANG)
    before, after = json.loads(done.stdout or "[0, 1]")
    assert before == after, done.stderr


def test_a_graphs_best_fit_is_that_of_its_edges():
    class Chain(Graph, entered=False):
        edges = graphs.chain

    class Pair(Graph, entered=False):
        edges = ((2, 0),)

    class Low(Graph, entered=False):
        payoff_rank = 1

    assert Chain.listed(3) == ((0, 1), (1, 2)) and Pair.listed(3) == ((0, 2),)
    table = [[[0, 1], [5, 2]], [[3, 3], [1, 8]]]
    for kind in (Chain, Pair):
        assert kind.project("graph", table).mse == exact.graph(table, kind.listed(3)).mse
    with pytest.raises(exact.TooMuchWork, match="leave payoff_rank None"):
        Low.project("graph", table)


def test_a_name_or_an_alias_finds_a_method_and_the_error_lists_them():
    assert find("wqmix") is METHODS[ALIASES["wqmix"]] is find("ow_qmix")
    for wrong in ("qmixx", None, ["vdn"]):
        with pytest.raises(ValueError, match=r"method is .*: choose one of iql, vdn, .*, or wqmix for ow_qmix"):
            find(wrong)


def test_a_method_without_a_rank_is_refused_and_spoils_no_other():
    before = dict(METHODS)
    with pytest.raises(TypeError, match="class Rankless has no rank: give its position"):

        class Rankless(Method):
            name = "rankless"

    assert before == METHODS
