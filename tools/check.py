"""Run checks one after the other, each to its end, also after one that failed: what `make test` runs.

    python tools/check.py ruff tests browser notebooks

Says how long each took, and at the end which passed and which failed; the exit status is 1 where one failed.
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
# A test worker that crashed ends its check: after replacing one, xdist can wait for ever.
PYTEST = ["pytest", "-n", "auto", "--maxprocesses", "4", "--dist", "loadfile", "--max-worker-restart", "0"]
PYTEST += ["--durations", "10"]
CHECKS = {  # name -> the modules of Python that it runs, with their arguments
    "ruff": [["ruff", "check"], ["ruff", "format", "--check"]],
    "tests": [[*PYTEST, "-m", "not learning", "--ignore", "tests/browser"]],
    "browser": [[*PYTEST, "-m", "not learning", "tests/browser"]],
    "notebooks": [[*PYTEST, "--nbval", "notebooks", "solutions"]],
    "learning": [[*PYTEST, "-m", "learning"]],
}


def run(name: str) -> bool:
    """Whether a check passed: each of its programs, all of which are run, ended with status 0."""
    codes = [subprocess.run([sys.executable, "-m", *one], cwd=ROOT).returncode for one in CHECKS[name]]
    return not any(codes)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checks", nargs="+", choices=CHECKS)
    said, well = [""], True
    for name in parser.parse_args().checks:
        start = time.monotonic()
        passed = run(name)
        said.append(f"{name:9} {'passed' if passed else 'FAILED'} in {(time.monotonic() - start) / 60:.1f} min")
        print(said[-1], flush=True)
        well &= passed
    print(*said, sep="\n")
    sys.exit(not well)


if __name__ == "__main__":
    main()
