"""Options of methods: by word what a class of one's own says otherwise."""

import pytest
import torch

from marl_helpers import graphs, layers, mixers

SPEC = mixers.Spec(3, 2, 4)
BAD = [
    ("qmix", {"alpha": 0.1}, "qmix has no mixer option 'alpha': choose from width"),
    ("wqmix", {"beta": 0.1}, "ow_qmix has no mixer option 'beta': choose from alpha, width"),
    ("wqmix", {"alpha": 2}, "alpha is 2: give a weight from 0 to 1"),
    ("wqmix", {"alpha": None}, "alpha is None: give a weight from 0 to 1"),
    ("graph", {"edges": "star"}, "edges is 'star': give chain, ring, complete or pairs of agents"),
    ("graph", {"edges": 3}, "edges is 3: give chain, ring, complete or pairs of agents"),
    ("graph", {"edges": [[0, 3]]}, "give pairs of different agents, numbered from 0 to 2"),
    ("graph", {"payoff_rank": 0}, "payoff_rank is 0: give a whole number of at least 1"),
    ("qplex", {"heads": 0}, "heads is 0: give a whole number of at least 1"),
    ("qtran", {"weights": [1]}, r"weights is \[1\]: give two numbers, 0 or more"),
    ("qtran", {"weights": [1, -1]}, "weights is -1: give two numbers, 0 or more"),
    ("vdn", {"width": 0}, "width is 0: give a whole number of at least 1"),
    ("vdn", [("width", 3)], "options is .*: give a dictionary"),
]


def made(name, options=mixers.NONE):
    return mixers.make(name, SPEC, layers.generators(0, 2), options)


@pytest.mark.parametrize(("name", "options", "message"), BAD)
def test_an_option_that_there_is_not_or_a_bad_value_is_named(name, options, message):
    with pytest.raises(ValueError, match=message):
        made(name, options)


def test_an_option_is_what_a_class_of_ones_own_would_have():
    class Careless(mixers.find("cw_qmix")):
        name, label, rank, igm = "careless_by_class", "Careless", 4.2, True
        alpha = 0.01

    try:
        own, by_word = made("careless_by_class"), made("cw_qmix", {"alpha": 0.01})
    finally:
        del mixers.METHODS["careless_by_class"]
    values, state = torch.randn(2, 5, 3, 2), torch.randn(2, 5, 4)
    actions, target = torch.randint(2, (2, 5, 3)), torch.randn(2, 5)
    assert by_word.loss(values, actions, target, state).equal(own.loss(values, actions, target, state))
    assert not by_word.loss(values, actions, target, state).equal(made("cw_qmix").loss(values, actions, target, state))
    assert by_word.name == "cw_qmix" and mixers.find("cw_qmix").alpha == 0.1


@pytest.mark.parametrize(
    ("edges", "expected"),
    [("chain", graphs.chain(3)), ("ring", graphs.ring(3)), ("complete", graphs.complete(3)), ([[0, 2]], [(0, 2)])],
)
def test_edges_are_a_word_or_pairs(edges, expected):
    assert made("graph", {"edges": edges}).ends.T.tolist() == [list(pair) for pair in sorted(expected)]


def test_the_width_is_the_specs():
    assert made("qmix", {"width": 5}).spec.width == 5 and made("qmix").spec.width == 32
    assert made("qplex", {"heads": 2}).heads == 2 and made("qtran", {"weights": [1, 0]}).weights == (1, 0)
    assert made("graph", {"payoff_rank": None}).payoff_rank is None
