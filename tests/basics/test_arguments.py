"""What the checks of arguments make of a value; what they refuse is in tests/test_bad_input.py."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch

from marl_helpers.basics import arguments


class Unprintable:
    def __repr__(self):
        raise RuntimeError("no text")


def test_a_value_is_shown_on_one_short_line_whatever_it_is():
    assert arguments.shown(3) == "3" and arguments.shown("x\ny") == r"'x\ny'"
    for value in (Unprintable(), [Unprintable()], 10**5000, np.zeros((99, 99)), "x" * 1000, torch.zeros(9, 9)):
        assert "\n" not in arguments.shown(value) and 3 < len(arguments.shown(value)) <= 80
    assert arguments.shown(Unprintable()) == "of type Unprintable"


def test_one_value_comes_back_alone_and_several_as_a_list():
    assert arguments.at_least(1, n=np.int8(3)) == 3 and arguments.at_least(1, n=3, least=np.array(4)) == [3, 4]
    assert arguments.finite(x=Fraction(1, 2), y=np.float32(0.5), z=7) == [0.5, 0.5, 7]
    kinds = [type(one) for one in arguments.finite(x=Fraction(1, 2), y=np.float32(0.5), z=np.int64(7))]
    assert kinds == [float, float, int]
    assert arguments.truth(yes=np.True_) is True


def test_a_list_is_what_can_be_gone_through_and_is_no_text():
    assert arguments.several("a list", x=iter([1, 2])) == [1, 2] and arguments.names(methods=np.array(["a", "b"])) == (
        "a",
        "b",
    )
    assert arguments.cell((2, 3), cell=np.array([1, 2])) == (1, 2) and arguments.sizes(shape=torch.Size([2, 3])) == (
        2,
        3,
    )
    with pytest.raises(ValueError, match=r"edges is 'ab': give a list"):
        arguments.several("a list", edges="ab")


def test_an_entry_is_named_by_its_title():
    given = {"QMIX": {"first": 1, "second": None}}
    with pytest.raises(ValueError, match=r"^panels\['QMIX'\]\['second'\] is None: give a finite number$"):
        arguments.entries(lambda **one: arguments.entries(arguments.finite, **one), panels=given)
    with pytest.raises(ValueError, match=r"^panels is empty: give one entry or more"):
        arguments.entries(arguments.finite, panels={})


def test_numbers_beyond_what_arrays_count_with_are_refused():
    assert arguments.at_least(0, seed=2**63 - 1) == 2**63 - 1
    with pytest.raises(ValueError, match=r"seed is 9223372036854775808: give a number below 2\*\*63"):
        arguments.at_least(0, seed=2**63)


def test_a_path_may_begin_in_ones_own_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    one, other = arguments.path(one="~/a", other=Path("~"))
    assert one == tmp_path / "a" and other == tmp_path
    for same in ("a/~", "~nobody of that name/a"):
        assert arguments.path(one=same) == Path(same)
