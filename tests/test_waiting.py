"""What looks for waiting finds each way to wait, and nothing else."""

import numpy as np
import pytest
import torch
from waiting import NoWaiting

WAYS = {
    "item": lambda x: x[0].item(),
    "float": lambda x: float(x[0]),
    "if": lambda x: 1 if x[0] > 0 else 0,
    "a number as an index": lambda x: [5, 6, 7][x[0]],
    "in": lambda x: 1 in x,
    "print": lambda x: f"{x[0]}",
    "tolist": lambda x: x.tolist(),
    "numpy": lambda x: x.numpy(),
    "np.asarray": lambda x: np.asarray(x),
    "cpu": lambda x: x.cpu(),
    "to cpu": lambda x: x.to("cpu"),
    "copy to cpu": lambda x: x.to("cpu", copy=True),
    "to device=cpu": lambda x: x.to(device="cpu", non_blocking=True),
    "equal": lambda x: torch.equal(x, x),
    "allclose": lambda x: torch.allclose(x, x),
    "nonzero": lambda x: x.nonzero(),
    "where without values": lambda x: torch.where(x > 0),
    "a mask as an index": lambda x: x[x > 0],
    "setting by a mask": lambda x: x.clone().__setitem__(x > 0, x[:2]),
    "masked_select": lambda x: x.masked_select(x > 0),
    "unique": lambda x: x.unique(),
    "unique rows": lambda x: x.view(3, 1).unique(dim=0),
    "unique_consecutive": lambda x: x.unique_consecutive(),
    "bincount": lambda x: x.bincount(),
    "repeat_interleave by a tensor": lambda x: x.repeat_interleave(x),
    "one_hot, which looks for the largest": lambda x: torch.nn.functional.one_hot(x),
    "a list": lambda x: torch.tensor([1, 2]),
    "a number put in place": lambda x: x.clone().__setitem__(0, 5),
}
HARMLESS = {
    "an index": lambda x: x[x],
    "where": lambda x: torch.where(x > 0, x, -x),
    "another type": lambda x: x.to(torch.float32),
    "to where another is": lambda x: x.to(x.device),
    "repeat_interleave by a number": lambda x: x.repeat_interleave(2),
    "repeat_interleave to a size that is known": lambda x: x.repeat_interleave(x, output_size=3),
    "unbind": lambda x: x.unbind(),
    "full": lambda x: x.new_full((2,), 1),
    "copy": lambda x: torch.empty_like(x).copy_(x),
    "fill": lambda x: x.clone().masked_fill(x > 0, 0),
}


@pytest.mark.parametrize("way", WAYS)
def test_each_way_to_wait_is_found(way):
    x = torch.arange(3)
    WAYS[way](x)  # it works
    with NoWaiting(), pytest.raises(AssertionError):
        WAYS[way](x)
    WAYS[way](x)  # and does so again afterwards


@pytest.mark.parametrize("way", HARMLESS)
def test_what_does_not_wait_is_left_alone(way):
    x = torch.arange(3)
    with NoWaiting():
        found = HARMLESS[way](x)
    assert str(found) == str(HARMLESS[way](x))
