"""The page writes numbers as Python does, also where a number lies exactly between two of its roundings."""

from html import escape

import numpy as np

from marl_helpers import exact
from marl_helpers.basics.rounding import steady
from marl_helpers.plots.base import decimals, label, places
from marl_helpers.widgets.alive import module

TIES = [0.5, 1.5, 2.5, 0.125, 0.375, 2.675, 0.03125, 12.34375, 1e7 + 50000, 1.5e7 + 50000, 9.5, 99.5, 0.0625]
ODD = [0.0, -0.0, 1e-9, -1e-9, 4.9e-5, 1e9, -1e9, 123456.5, 1234565.0, 999999.5, 9999995.0, 1e-4, 0.1 + 0.2, 1 / 3]
ODD += [1e-300, 5e-324, 9.9995, 99999.5, 0.99995, 0.000099995, -0.04, *(10.0**k for k in range(-12, 12))]


def numbers() -> list[float]:
    """Of every size and many forms: half of them lie halfway between two shorter ones, or just beside."""
    rng = np.random.default_rng(0)
    random = np.clip(rng.standard_normal(800) * 10.0 ** rng.integers(-12, 10, 800), -1e9, 1e9)
    short = [float(f"{x:.{n}g}") for x, n in zip(random, rng.integers(1, 6, 800))]
    halves = rng.integers(-(2**12), 2**12, 800) / 2.0 ** rng.integers(0, 12, 800)
    beside = np.nextafter(halves, rng.choice([-np.inf, np.inf], 800))
    return [*TIES, *ODD, *random.tolist(), *short, *halves.tolist(), *beside.tolist(), *(-value for value in TIES)]


def test_numbers_read_as_in_python(page):
    page.add_script_tag(content=module("numbers", "cells"))
    values = numbers()
    ways = [
        ("(x, n) => fixed(x, n)", lambda x, n: f"{x:.{n}f}", range(10)),
        ("(x, n) => fixed(100 * x, n) + '%'", lambda x, n: f"{x:.{n}%}", range(3)),
        ("(x, n) => general(x, n)", lambda x, n: f"{x:.{n}g}", range(1, 11)),
        ("(x, n) => exponential(x, n)", lambda x, n: f"{x:.{n}e}", range(4)),
        ("(x, n) => decimals(x, n)", decimals, range(10)),
        ("(x, n) => label(x, n, n > 2, n < 5)", lambda x, n: label(x, n, n > 2, n < 5), range(10)),
        ("x => steady(x)", lambda x, _: steady(x), [0]),
        ("x => spacing(Math.abs(x))", lambda x, _: np.spacing(abs(x)), [0]),
    ]
    for way, python, digits in ways:
        cases = [(value, n) for value in values for n in digits]
        shown = page.evaluate(f"cases => cases.map(([x, n]) => ({way})(x, n))", cases)
        wrong = [(case, one) for case, one in zip(cases, shown, strict=True) if one != python(*case)]
        assert wrong == [], way


def test_what_is_not_finite_reads_as_in_python(page):
    page.add_script_tag(content=module("numbers"))
    found = page.evaluate("[NaN, Infinity, -Infinity].map(x => [general(x, 3), general(steady(x), 3)])")
    assert found == [["nan"] * 2, ["inf"] * 2, ["-inf"] * 2]


def test_text_is_escaped_as_in_python(page):
    page.add_script_tag(content=module("numbers"))
    text = "a < b & 'c' > \"d\" &amp;"
    assert page.evaluate("text => escaped(text)", text) == escape(text)


def test_as_many_places_as_in_python(page):
    page.add_script_tag(content=module("numbers", "cells"))
    rng = np.random.default_rng(1)
    lists = [np.array([0.0, spread]) for spread in [0, 1, 10, 100, 1000, 999.9, 0.1, 0.001, 1e-12, 2e9]]
    lists += [np.array([0.0, abs(value)]) for value in numbers()]
    lists += [rng.random((2, 3)) * 10.0 ** rng.integers(-12, 10) for _ in range(200)]
    assert page.evaluate("lists => lists.map(one => placesFor(one.flat()))", [one.tolist() for one in lists]) == [
        places(one) for one in lists
    ]


def test_the_page_calls_the_same_values_equal(page):
    page.add_script_tag(content=module("numbers", "cells"))
    assert page.evaluate("TOLERANCE") == exact.TOLERANCE
