"""Every benchmark that needs no browser, no peer and no minutes still measures what it says: a figure for each line."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from limits import HANG

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
SMALL = {  # the smallest measurement, and how many figures it prints at least
    "learner": (["--repeats", "1"], 9 * 3),
    "graphs": (["--graphs", "2"], 20),
    "operators": ([], 10),
    "projections": (["--tables", "2"], 20),
    "set_mixers": (["--rounds", "1"], 7 * 3),
}


@pytest.mark.learning
@pytest.mark.parametrize("name", SMALL)
def test_a_benchmark_measures(name):
    words, least = SMALL[name]
    command = [sys.executable, BENCHMARKS / f"{name}.py", *words]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=HANG)
    assert ran.returncode == 0, ran.stderr
    figures = [float(x.replace(",", "")) for x in re.findall(r"(?<![\w.])\d[\d,]*(?:\.\d+)?(?![\w.])", ran.stdout)]
    assert len([x for x in figures if x > 0]) >= least, ran.stdout
