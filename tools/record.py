"""Record what takes too long for a lecture, with what a reader needs to judge it and to repeat it.

    .venv/bin/python tools/record.py random_games       # five minutes
    .venv/bin/python tools/record.py predator_prey      # half an hour
    .venv/bin/python tools/record.py all --scale 0.01 --out DIR    # everything in miniature

Each recording is a file in notebooks/recordings/, which marl_helpers.recordings reads. --scale shortens what is run:
fewer games, fewer updates.
"""

import argparse
import json
import os
import platform
import subprocess
import time
from collections.abc import Callable
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from marl_helpers import envs, families, fit, mixers, random_games
from marl_helpers.fitting import LEARNER
from marl_helpers.training import train

FOLDER = Path(__file__).parent.parent / "notebooks" / "recordings"
GAMES, SEEDS = 2000, 8
METHODS = [name for name in mixers.METHODS if name not in ("graph", "joint")]  # for two agents both hold every table
HUNTERS = ("vdn", "qmix", "ow_qmix", "graph")
PENALTIES = (0, -3, -6)
SMALL = {"optimiser": "adam", "rate": 1e-3, "hidden": 32, "width": 16, "anneal": 20_000, "test_every": 100}


def games(scale: float) -> tuple[dict, dict]:
    """Kind of random game -> method -> the share that its class's best fit wins (or null), and that a run wins."""
    count, found = max(1, round(GAMES * scale)), {}
    for kind, tables in random_games.sample(count).items():
        found[kind] = {}
        for method in METHODS:
            mixer, exactly = mixers.find(method), None
            if mixer.projections:
                exactly = families.shares([mixer.project(mixer.projections[-1], table) for table in tables]).mean()
            found[kind][method] = (exactly, fit(tables, method, runs=1).share.mean())
            print(kind, method, *found[kind][method])
    return {"games": count, "runs": 1, "recipe": asdict(LEARNER)}, {"shares": found}


def predator_prey(scale: float) -> tuple[dict, dict]:
    """Penalty -> method -> the curves of all seeds, on the small variant."""
    updates, found = max(1, round(4000 * scale)), {}
    for penalty in PENALTIES:
        env = envs.make("predator_prey", penalty=penalty)
        found[str(penalty)] = {method: curves(env, method, updates=updates, **SMALL) for method in HUNTERS}
    return {"env": "predator_prey", "seeds": SEEDS, "options": SMALL | {"updates": updates}}, {"curves": found}


def curves(env: envs.Env, method: str, **options) -> dict:
    """What every test found, rounded: "updates" [tests], everything else [tests, seeds]."""
    start = time.perf_counter()
    run = train(env, method, seeds=SEEDS, **options)
    print(run, f"({time.perf_counter() - start:.0f} s)")
    return {name: short(values.tolist()) for name, values in run.curve.items()}


def short(values: list | float) -> list | float:
    """Numbers to five digits, which is more than two machines share."""
    return [short(one) for one in values] if isinstance(values, list) else float(f"{values:.5g}")


# Each is told how much to run, and returns how it ran and what it found.
RECORDINGS: dict[str, Callable[[float], tuple[dict, dict]]] = {"random_games": games, "predator_prey": predator_prey}


def provenance(name: str, minutes: float) -> dict[str, str | float]:
    """How a recording was made."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=FOLDER.parent, capture_output=True, text=True)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "command": f"python tools/record.py {name}",
        "commit": commit.stdout.strip() or "unknown",
        "python": platform.python_version(),
        **{package: version(package) for package in ("torch", "numpy")},
        "machine": f"{platform.system()} {platform.machine()}, {cores} cores",
        "date": time.strftime("%Y-%m-%d"),
        "seed": 0,
        "minutes": round(minutes, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=[*RECORDINGS, "all"])
    parser.add_argument("--scale", type=float, default=1.0, help="share of the full size, above 0 (default 1)")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder to write to")
    options = parser.parse_args()
    if not 0 < options.scale <= 1:
        parser.error(f"--scale is {options.scale:g}: give a number above 0 and up to 1")
    options.out.mkdir(parents=True, exist_ok=True)
    for name in RECORDINGS if options.name == "all" else [options.name]:
        start = time.perf_counter()
        how, content = RECORDINGS[name](options.scale)
        made = provenance(name, (time.perf_counter() - start) / 60) | how
        path = options.out / f"{name}.json"
        path.write_text(json.dumps({"provenance": made, **content}) + "\n", encoding="utf-8")
        print(f"wrote {path}")


if __name__ == "__main__":
    main()
