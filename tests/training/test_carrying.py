"""A trained team where there is room for more: the same weights, which play on."""

import numpy as np
import pytest
import torch
from quick import QUICK

from marl_helpers import envs, evaluate, train
from marl_helpers.training import transfer

SETS = ["vdn", "qatten", "set_hyper", "deep_set", "transformer", "trajectory"]


def dock(*robots, **options):
    return envs.make("dock_teams", robots=robots, limit=4, **options)


@pytest.mark.parametrize("method", SETS)
def test_one_set_of_weights_plays_with_two_to_sixteen(method):
    run = train(dock(2, 4), **(QUICK | {"mixer": method}))
    for n in (2, 8, 16):
        moved = transfer(run, dock(n, n))
        for which in ("online", "target"):
            both = (getattr(one.learner, which).parameters() for one in (moved, run))
            assert all(torch.equal(mine, theirs) for mine, theirs in zip(*both, strict=True)), which
        found = evaluate(moved, 8)
        assert found.returns.shape == (2, 8) and np.isfinite(found.returns).all()
    again = evaluate(transfer(run, dock(2, 4)), 8)
    assert np.array_equal(again.returns, evaluate(run, 8).returns)


@pytest.mark.parametrize(
    ("mixer", "pooling", "there", "message"),
    [
        ("qmix", "sum", dock(5, 5), "the networks of 'qmix' are made for 4 agents and not for 5: train with a mixer"),
        ("vdn", "slots", dock(5, 5), "the networks of 'vdn' are made for 4 agents and not for 5"),
        ("vdn", "sum", envs.make("dock"), "env has entity_dim 0, and the run 6: give one with the same rows"),
    ],
)
def test_what_cannot_be_carried_over_is_refused(mixer, pooling, there, message):
    run = train(dock(2, 4), **(QUICK | {"mixer": mixer, "pooling": pooling}))
    with pytest.raises(ValueError, match=message):
        transfer(run, there)


def test_numbered_slots_go_where_there_is_as_much_room():
    run = train(dock(2, 4, slots=6), **(QUICK | {"mixer": "vdn", "pooling": "slots"}))
    assert np.isfinite(evaluate(transfer(run, dock(6, 6)), 4).returns).all()
