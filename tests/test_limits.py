"""No test waits for a time of its own: each limit is one of limits.py, so that none fails where a machine is slow."""

import ast
import tomllib
from pathlib import Path

import pytest
from limits import HANG

ROOT = Path(__file__).parents[1]
FILES = [*(ROOT / "tests").rglob("*.py"), ROOT / "conftest.py"]
NAMES = {"HANG", "PAGE", "None"}
WAITS = {"wait", "join", "communicate", "settimeout", "set_default_timeout", "wait_for_timeout"}
CLOCKS = {"monotonic", "perf_counter"}


def faults(text: str) -> list[str]:
    """Each call in a module that waits for a time that is none of limits.py, or reads a clock, as to stop then."""
    found = []
    for call in [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]:
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        named = {ast.unparse(word.value) for word in call.keywords if "timeout" in (word.arg or "")}
        numbers = [one for one in call.args if isinstance(one, ast.Constant) and isinstance(one.value, int | float)]
        if named - NAMES or (name in WAITS and numbers) or name in CLOCKS:
            found.append(f"line {call.lineno}: {ast.unparse(call)}")
    return found


def test_each_wait_is_one_of_the_limits():
    found = {path.name: faults(path.read_text(encoding="utf-8")) for path in FILES}
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "line",
    [
        "subprocess.run(command, timeout=60)",
        "serve(startup_timeout=2 * MINUTE)",
        "process.wait(30)",
        "thread.join(0.5)",
        "page.set_default_timeout(60_000)",
        "expect(cell).to_have_text('8', timeout=1000)",
        "end = time.monotonic() + 10",
    ],
)
def test_each_kind_of_short_wait_is_found(line):
    assert faults(line) == [f"line 1: {line.split('= ')[-1].split(' +')[0].replace('60_000', '60000')}"]


@pytest.mark.parametrize("line", ["', '.join(texts)", "run(command, timeout=HANG)", "page.wait(PAGE)", "one.wait()"])
def test_what_waits_as_long_as_it_takes_is_left_alone(line):
    assert faults(line) == []


def test_pytest_itself_is_no_less_patient():
    """A program that hangs is ended first, by the test that started it; then the test."""
    told = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]
    options = dict(option.split("=") for option in told["addopts"] if "timeout" in option)
    assert options == {"--nbval-cell-timeout": str(HANG), "--nbval-kernel-startup-timeout": str(HANG)}
    assert told["faulthandler_timeout"] > HANG
