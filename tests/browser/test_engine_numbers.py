"""Numbers as the page writes them, against Python's own formats."""

from html import escape

import numpy as np
import pytest

from marl_helpers.basics.rounding import steady
from marl_helpers.plots.base import decimals, places

FORMATS = {
    "general": {digits: f"{{:.{digits}g}}".format for digits in (1, 3, 4, 10)},
    "exponential": {2: "{:.2e}".format},
    "fixed": {digits: f"{{:.{digits}f}}".format for digits in (0, 1, 2, 9)},
}


@pytest.fixture(scope="module")
def numbers() -> list[float]:
    """Of every size and many forms: a third of them are halfway between two shorter ones, or just beside."""
    generator = np.random.default_rng(0)
    count = 4000
    any_size = generator.normal(size=count) * 10.0 ** generator.integers(-12, 12, count)
    decimal = [float(f"{x:.{digits}g}") for x, digits in zip(any_size, generator.integers(1, 6, count))]
    halves = generator.integers(-4000, 4000, count) / 2.0 ** generator.integers(0, 12, count)
    beside = np.nextafter(halves, generator.choice([-np.inf, np.inf], count))
    powers = [sign * 10.0**k for k in range(-12, 12) for sign in (-1, 1)]
    found = [
        *any_size.tolist(),
        *decimal,
        *halves.tolist(),
        *beside.tolist(),
        *powers,
        *np.nextafter(powers, 0).tolist(),
    ]
    return [*found, 0.0, -0.0, 1e-300, 5e-324, 9.9995, 99999.5, 0.99995, 0.000099995, -0.04]


@pytest.mark.parametrize(("name", "digits"), [(name, digits) for name, each in FORMATS.items() for digits in each])
def test_numbers_are_written_as_python_writes_them(engine_page, numbers, name, digits):
    found = engine_page.evaluate(f"([numbers, digits]) => numbers.map(x => {name}(x, digits))", [numbers, digits])
    expected = [*map(FORMATS[name][digits], numbers)]
    assert [(x, a, b) for x, a, b in zip(numbers, expected, found) if a != b] == []


def test_what_is_not_finite_is_written_as_python_writes_it(engine_page):
    found = engine_page.evaluate("() => [NaN, Infinity, -Infinity].map(x => [general(x, 3), general(steady(x), 3)])")
    assert found == [["nan"] * 2, ["inf"] * 2, ["-inf"] * 2]


@pytest.mark.parametrize("digits", [0, 1, 4, 9])
def test_entries_are_written_as_in_the_figures(engine_page, numbers, digits):
    found = engine_page.evaluate("([numbers, digits]) => numbers.map(x => decimals(x, digits))", [numbers, digits])
    assert found == [decimals(x, digits) for x in numbers]


def test_steady_numbers_places_and_spacings_are_pythons(engine_page, numbers):
    assert engine_page.evaluate("numbers => numbers.map(steady)", numbers) == [*map(steady, numbers)]
    spreads = [[0, abs(x)] for x in numbers]
    found = engine_page.evaluate("spreads => spreads.map(placesFor)", spreads)
    assert found == [places(np.array(pair)) for pair in spreads]
    sizes = [abs(x) for x in numbers]
    assert engine_page.evaluate("sizes => sizes.map(spacing)", sizes) == np.spacing(sizes).tolist()


def test_text_is_escaped_as_python_escapes_it(engine_page):
    text = "a < b & 'c' > \"d\" &amp;"
    assert engine_page.evaluate("escaped", text) == escape(text)
