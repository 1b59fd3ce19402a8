"""Record what takes too long for a lecture: the share of 10,000 random games on which each method plays the optimum.

    .venv/bin/python tools/record.py                       # five minutes; writes notebooks/recordings/random_games.json
    .venv/bin/python tools/record.py --games 5 --out DIR   # in miniature

For every kind of random_games and every method: the share of games on which the exact best fit of its class plays the
optimum (half for a tie), and the share on which one run of the learner does. The file says how it was made.
"""

import argparse
import json
import os
import platform
import subprocess
import time
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from marl_helpers import families, fit, mixers, random_games
from marl_helpers.fitting import LEARNER

FOLDER = Path(__file__).parent.parent / "notebooks" / "recordings"
GAMES, SEED = 2000, 0  # of each kind
METHODS = [name for name in mixers.METHODS if name not in ("graph", "joint")]  # for two agents both hold every table


def shares(count: int) -> dict[str, dict[str, tuple[float | None, float]]]:
    """Kind -> method -> the share of games that its class's best fit wins, where there is one, and that a run wins."""
    found = {}
    for kind, tables in random_games.sample(count, SEED).items():
        found[kind] = {}
        for method in METHODS:
            mixer, exactly = mixers.find(method), None
            if mixer.projections:
                exactly = families.shares([mixer.project(mixer.projections[-1], table) for table in tables]).mean()
            learned = fit(tables, method, runs=1, seed=SEED).share.mean()
            found[kind][method] = (exactly, learned)
            print(
                f"{kind:16} {method:10} best fit {'-' if exactly is None else f'{exactly:.3f}':6} learned {learned:.3f}"
            )
    return found


def provenance() -> dict[str, str]:
    """What a reader needs to judge a recording, and to repeat it."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=FOLDER.parent, capture_output=True, text=True)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "command": "python tools/record.py",
        "commit": commit.stdout.strip() or "unknown",
        "python": platform.python_version(),
        **{name: version(name) for name in ("torch", "numpy")},
        "machine": f"{platform.system()} {platform.machine()}, {cores} cores",
        "date": time.strftime("%Y-%m-%d"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--games", type=int, default=GAMES, help=f"games of each kind (default {GAMES})")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder to write to")
    options = parser.parse_args()
    if options.games < 1:
        parser.error(f"--games is {options.games}: give at least 1")
    start = time.perf_counter()
    found = shares(options.games)
    how = {"games": options.games, "seed": SEED, "runs": 1, "recipe": asdict(LEARNER)}
    how |= {"minutes": round((time.perf_counter() - start) / 60, 1)}
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / "random_games.json"
    path.write_text(json.dumps({"provenance": provenance() | how, "shares": found}, indent=1) + "\n")
    print(f"wrote {path}")


if __name__ == "__main__":
    main()
