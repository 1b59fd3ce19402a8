"""What each kind of argument is not: kind -> what is wrong -> a value of that sort."""

import math
from functools import cache

import numpy as np
import torch

from marl_helpers import envs

TABLE, WEIGHTS = [[6.0, 4.0, 2.0], [4.0, 3.0, 1.0], [2.0, 1.0, 8.0]], np.ones((3, 3))
HIDDEN = np.ma.masked_array(TABLE, [[0, 1, 0], [0, 0, 0], [0, 0, 0]])


@cache
def another_game() -> envs.Env:
    return envs.make("two_step")


def without(kind: dict, *names: str) -> dict:
    return {name: value for name, value in kind.items() if name not in names}


ANYTHING = {
    "None": None,
    "an object": object(),
    "text": "x\ny",
    "bytes": b"7",
    "a list": [[]],
    "a set": {1},
    "a class": dict,
}
CALLED = without(ANYTHING, "a class")  # a class can be called
NO_NUMBER = {**ANYTHING, "complex": 1j, "two": np.ones(2), "True": True, "masked": np.ma.masked}
NO_LIST = {**ANYTHING, "a number": 3, "a tensor without numbers": torch.ones(3, device="meta")}
NO_TABLE = {
    **without(ANYTHING, "a list"),
    "masked": HIDDEN,
    "masked rows": list(HIDDEN),
    "a masked entry": [[1.0, 2.0], [3.0, np.ma.masked]],
    "ragged": [[1, 2], [3]],
    "not finite": [[1, 2, 3], [1, math.nan, 3], [1, 2, 3]],
    "infinite": torch.tensor([[1, 2, 3], [1, math.inf, 3], [1, 2, 3]]),
    "complex": np.ones((3, 3)) * 1j,
    "without numbers": torch.ones(3, 3, device="meta"),
    "text in it": [["1", "2"], ["3", "4"]],
    "objects": [[1, None], [2, 3]],
    "dates": np.zeros((2, 2), "datetime64[s]"),
    "enormous": np.broadcast_to(1.0, (10**4,) * 3),
}
KINDS = {
    "whole": {**NO_NUMBER, "a half": 2.5, "too low": -(10**6), "NaN": math.nan, "a whole float": 2.0},
    "number": {**NO_NUMBER, "NaN": math.nan, "infinite": math.inf, "beyond floats": 10**400},
    "share": {**NO_NUMBER, "NaN": math.nan, "above 1": 1.5, "negative": -0.1},
    "truth": {**ANYTHING, "a 1": 1, "NaN": math.nan, "two": np.array([True, False])},
    "function": {**CALLED, "a number": 3},
    "table": NO_TABLE,
    "weights": {**NO_TABLE, "negative": -WEIGHTS, "of another shape": np.ones((3, 2)), "none": 0 * WEIGHTS},
    "tables": {**NO_LIST, "none": [], "none of games": [TABLE, [[1, "2"]]], "masked": [HIDDEN, HIDDEN]},
    "edges": {
        **NO_LIST,
        "one agent": [(0, 0)],
        "nobody": [(0, 7)],
        "halves": [(0, 0.5)],
        "three": [(0, 1, 2)],
        "True": [(0, True)],
    },
    "cell": {
        **NO_LIST,
        "too long": (0, 0, 0),
        "no action": (0, 9),
        "halves": (0, 0.5),
        "True": (0, True),
        "negative": (0, -1),
    },
    "name": {**ANYTHING, "a number": 3, "unknown": "chess"},
    "names": {**NO_LIST, "none": [], "twice": ["vdn", "vdn"], "unknown": ["chess"], "numbers": [1], "a name": "vdn"},
    "numbers": {
        **NO_LIST,
        "NaN": [0.0, math.nan, 1.0],
        "none": [],
        "text in it": [0.0, "1", 2.0],
        "masked": np.ma.masked_array([0.0, 1.0, 2.0], [0, 1, 0]),
        "a table": TABLE,
    },
    "generator": {**ANYTHING, "a seed": 3, "an old one": np.random.RandomState(0), "torch's": torch.Generator()},
    "generators": {**NO_LIST, "none": [], "NumPy's": [np.random.default_rng(0)]},
    "shape": {**NO_LIST, "zeros": (0, 3), "halves": (1.5, 3), "enormous": (10**4,) * 3},
    "dock": {**ANYTHING, "another game": another_game(), "a dictionary": {"pay": 3}},
    "env": {**ANYTHING, "a number": 3, "unknown": "chess", "its class": type(another_game())},
    "object": {**ANYTHING, "a number": 3, "a dictionary": {"a": 1}},
    "device": {**ANYTHING, "a number": 3.5, "unknown": "chess", "without numbers": "meta"},
    "mapping": {**ANYTHING, "a number": 3, "none": {}},
    "path": {**without(ANYTHING, "text", "bytes"), "a number": 3},
}
