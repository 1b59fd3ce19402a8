"""Reward tables: named games, validation, and the line to share."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from marl_helpers import games
from marl_helpers.games import TableError

rewards = st.floats(-games.LARGEST, games.LARGEST)  # signed zeros and subnormal numbers among them
shapes = hnp.array_shapes(min_dims=2, max_dims=5, max_side=4)
tables = hnp.arrays(np.float64, shapes, elements=rewards)


@given(tables)
def test_share_and_parse_give_back_every_bit(table):
    line = games.share(table)
    back = games.parse(f"  {line}\n")
    assert "\n" not in line and back.shape == table.shape and back.tobytes() == table.tobytes()


def test_share_line_reads_as_rows_of_the_last_agent():
    assert games.share(games.COORDINATION) == "game(3x3: 6 4 2, 4 3 1, 2 1 8)"
    assert games.share([[[0.5, -1], [1e-7, 2]]]) == "game(1x2x2: 0.5 -1, 1e-07 2)"
    assert games.parse("game( 2x3 :0 1 2,3 4 5)").tolist() == [[0, 1, 2], [3, 4, 5]]


@given(st.integers(-(10**6), 10**6), st.integers(1, 10**6))
def test_a_reward_may_be_written_as_a_fraction(above, below):
    one, other = games.parse(f"game(1x2: {above}/{below} {above}e-1/.25)")[0]
    assert one == float(Fraction(above, below)) and other == pytest.approx(above * 0.4)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not a share line"),
        (None, "not a share line"),
        (b"game(1x2: 0 1)", "not a share line"),
        ("game(2x2: 0 1, 1 1", "closing bracket"),
        ("my game(2x2: 0 1, 1 1)", "not a share line"),
        ("game(2x2: 0 1, 1 1) game(2x2: 0 1, 1 1)", "not a share line"),
        ("game(2x: 0 1)", "not a share line"),
        ("game(-1x2: 0 1)", "not a share line"),
        ("game(2x2: 0 1, 1)", "promises 2x2 rewards but holds 3"),
        ("game(2x2: 0 1, 1 1, 1)", "promises 2x2 rewards but holds 5"),
        ("game(2x2: 0 1, 1 one)", "holds 'one', which is not a number"),
        ("game(2x2: 0 1, 1 1_000)", "'1_000', which is not a number"),
        ("game(2x2: 0 1, 1 ١)", "not a number"),
        (
            "game(2x2: 0 1, 1 1//3)",
            "'1//3', which is not a number: copy the whole line, or write a reward such as 2.5 or 1/3",
        ),
        ("game(2x2: 0 1, 1 1/3/2)", "not a number"),
        ("game(2x2: 0 1, 1 1/0)", "holds '1/0', which divides by zero: give a denominator other than 0"),
        ("game(2x2: 0 1, 1 1/1e-400)", "divides by zero"),
        ("game(2x2: 0 1, 1 1e308/1e-308)", r"reward at \(1, 1\) is inf"),
        ("game(2x2: 0, 1 1 1)", "2x2 but has a row that is not 2 long"),
        ("game(2x2: 0 1 1 1)", "has a row that is not 2 long"),
        ("game(2x2: 0 1,, 1 1)", "has a row that is not 2 long"),
        ("game(2x2: 0 1, 1 1,)", "has a row that is not 2 long"),
        ("game(2x2: 0 1, 1 nan)", r"reward at \(1, 1\) is nan"),
        ("game(2x2: 0 1, inf 1)", r"reward at \(1, 0\) is inf"),
        ("game(0x2: )", "not a share line"),
        ("game(4: 0 1 2 3)", "not a team"),
        (f"game({'9' * 5000}x2: 0 1)", "not a share line"),
        (f"game({'65536x' * 4}1: )", "promises"),  # a product that overflows 64 bits to 0
        (f"game({'1x' * 70}1: 0)", "not a share line"),
        (f"game(0{'x999999999' * 3}: )", "not a share line"),
    ],
)
def test_parse_says_what_is_wrong_with_a_damaged_line(text, message):
    with pytest.raises(TableError, match=message):
        games.parse(text)


@given(st.text() | st.from_regex(r"game\([0-9x]{0,6}: [0-9e. ,-]{0,12}\)", fullmatch=True))
def test_parse_returns_a_valid_table_or_raises_table_error(text):
    try:
        table = games.parse(text)
    except TableError:
        return
    assert games.validate(table).tobytes() == table.tobytes()


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ([[1, math.nan]], r"reward at \(0, 1\) is nan"),
        ([[1, 2], [-math.inf, 3]], r"reward at \(1, 0\) is -inf"),
        ([[1, 2e9]], r"reward at \(0, 1\) is 2e\+09"),
        ([[1, 10**30]], "entries"),
        ([[1, 2], [3]], "ragged"),
        ([[[1, 2], [3, 4]], [[1, 2]]], "ragged"),
        ([[]], "empty"),
        (np.zeros((3, 0, 2)), "empty"),
        ([1, 2, 3], r"shape \(3,\), which is not a team"),
        (5, r"shape \(\), which is not a team"),
        ([["1", "2"]], "holds text: give plain numbers"),
        ("game(1x2: 0 1)", "holds text: give plain numbers"),
        ([[1, None]], "object entries"),
        ([[1 + 2j, 3]], "complex128 entries"),
        ([[True, False]], "bool entries"),
        ({}, "object entries"),
        (None, "object entries"),
    ],
)
def test_validate_says_what_is_wrong_with_a_table(table, message):
    with pytest.raises(TableError, match=message):
        games.validate(table)
    assert issubclass(TableError, ValueError)


@given(tables)
def test_validate_gives_an_independent_copy(table):
    copy = games.validate(table)
    assert copy.dtype == np.float64 and copy.tobytes() == table.tobytes()
    assert copy.flags.writeable and not np.shares_memory(copy, table)


def test_validate_takes_lists_integers_and_single_precision():
    for given_as in ([[1, 2]], np.array([[1, 2]], dtype=np.int8), np.array([[1, 2]], dtype=np.float32)):
        assert games.validate(given_as).tolist() == [[1.0, 2.0]]


def test_named_games_are_shared_and_therefore_read_only():
    constants = [games.ADDITIVE, games.COORDINATION, games.QTRAN, games.CLIMBING, games.EITHER, games.BOTH]
    for table in [*constants, games.MATCHING, *games.NAMED.values()]:
        with pytest.raises(ValueError, match="read-only"):
            table[0, 0] = 7
        editable = games.validate(table)
        editable[0, 0] = 7


def test_named_games_have_the_optima_they_are_known_for():
    optima = {name: np.argwhere(table == table.max()).tolist() for name, table in games.NAMED.items()}
    assert optima == {
        "Game 1: additive": [[2, 2]],
        "Game 2: coordination": [[2, 2]],
        "QTRAN's game": [[0, 0]],
        "Climbing": [[0, 0]],
        "Penalty": [[0, 0], [2, 2]],
        "Either (OR)": [[0, 1], [1, 0], [1, 1]],
        "Both (AND)": [[1, 1]],
        "Matching": [[0, 0], [1, 1]],
    }


def test_interpolate_ends_at_games_1_and_2_and_goes_on_beyond():
    assert np.array_equal(games.interpolate(0), games.ADDITIVE)
    assert np.array_equal(games.interpolate(1), games.COORDINATION)
    assert np.array_equal(games.interpolate(3) - games.interpolate(2), games.COORDINATION - games.ADDITIVE)
    games.interpolate(0.5)[0, 0] = 7  # a table of one's own
    for lam in (math.nan, math.inf):
        with pytest.raises(ValueError, match=f"lam is {lam}"):
            games.interpolate(lam)


def test_penalty_puts_k_where_the_agents_miss_each_other():
    assert games.penalty(-7).tolist() == [[10, 0, -7], [0, 2, 0], [-7, 0, 10]]
    with pytest.raises(ValueError, match="k is nan: give a finite number"):
        games.penalty(math.nan)


def test_random_tables_depend_on_their_generator_alone():
    first = games.random_tables(np.random.default_rng(3), 4, (2, 5))
    again = games.random_tables(np.random.default_rng(3), 4, (2, 5))
    assert len(first) == 4 and all(table.shape == (2, 5) for table in first)
    assert np.array_equal(first, again) and not np.array_equal(first[0], first[1])
    many = np.array(games.random_tables(np.random.default_rng(0), 4000))
    assert many.shape == (4000, 3, 3) and many.min() >= 0 and many.max() < 1
    assert np.abs(many.mean(axis=0) - 0.5).max() < 5 * np.sqrt(1 / 12 / 4000)
