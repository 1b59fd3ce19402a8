"""What a training of a sweep costs: processor seconds, memory and disk, for the plan in docs/sweeps.md.

    python benchmarks/trainings.py                         # some minutes
    python benchmarks/trainings.py --kind two_step/qmix    # one of KINDS

Each kind is trained twice, once for longer, in the program that a local sweep starts, with 8 seeds on one thread. Its
processor seconds (user and system, by psutil at its end) make a line: what every program costs, and what an update
does. They hardly depend on what else the machine does, unlike the clock. Memory is the largest resident set that psutil
saw, every 20 ms, with the replay's memory that a longer training would come to fill added; disk is what two
checkpoints of a full replay take, at the bytes that an episode took in these.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

import psutil

from marl_helpers import envs
from marl_helpers.sweeps.cells import ENDED
from marl_helpers.sweeps.grid import cells
from marl_helpers.sweeps.places import Local
from marl_helpers.training.folders import CHECKPOINT
from marl_helpers.training.plan import Plan
from marl_helpers.training.replay import Episodes

SEEDS, UPDATES = 8, Plan.updates  # of a training in the plan: the defaults
KINDS = {  # environment/method: two lengths to measure
    "two_step/qmix": (50, 450),
    "predator_prey/vdn": (20, 100),
    "predator_prey/qmix": (20, 100),
}


def trained(kind: str, updates: int) -> dict[str, float]:
    """Processor seconds, bytes of memory and of the last checkpoint, and episodes in it, of a training."""
    env, _, mixer = kind.partition("/")
    grid = {"env": env, "mixer": mixer, "seeds": SEEDS, "updates": updates, "device": "cpu", "checkpoint_every": 0}
    (cell,) = cells(grid)
    with tempfile.TemporaryDirectory() as place:
        folder, local = Path(place), Local(Path(place), 1, {})
        ((process, _),) = local.start([(cell, folder)])
        seen, most, spent = psutil.Process(process.pid), 0, 0.0
        while process.poll() is None:
            try:
                most = max(most, seen.memory_info().rss)
                spent = max(spent, sum(seen.cpu_times()[:2]))
            except psutil.Error:
                break
            time.sleep(0.02)
        process.wait()
        process.stdin.close()
        if json.loads((folder / ENDED).read_text(encoding="utf-8"))["kind"] != "done":
            sys.exit(f"{kind} failed: {(folder / 'sweep.log').read_text(encoding='utf-8')}")
        size = (folder / CHECKPOINT).stat().st_size
    episodes = Plan.parallel * (updates + Plan.batch // Plan.parallel - 1)
    return {"spent": spent, "memory": most, "size": size, "episodes": episodes}


def cost(kind: str) -> dict[str, float]:
    """What a training of UPDATES updates costs, from two shorter ones."""
    lengths = KINDS[kind]
    short, long = (trained(kind, updates) for updates in lengths)
    update = (long["spent"] - short["spent"]) / (lengths[1] - lengths[0])
    episode = (long["size"] - short["size"]) / (long["episodes"] - short["episodes"])
    more = Plan.capacity - long["episodes"]
    blank = SEEDS * Episodes.blank(envs.make(kind.partition("/")[0]), 1, 1, "meta").bytes
    start = short["spent"] - lengths[0] * update
    return {
        "start": start,
        "update": update,
        "training": start + UPDATES * update,
        "memory": long["memory"] + more * blank,
        "disk": 2 * (long["size"] + more * episode),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kind", choices=KINDS, action="append", help="may be given several times (default: all)")
    kinds = parser.parse_args().kind or KINDS
    print("| environment/method | s to start | ms an update | s a training | GB of memory | GB of disk |")
    print("|---|---|---|---|---|---|")
    for kind in kinds:
        found = cost(kind)
        row = [f"{found['start']:.1f}", f"{1000 * found['update']:.0f}", f"{found['training']:.0f}"]
        row += [f"{found[name] / 1e9:.2f}" for name in ("memory", "disk")]
        print(f"| {kind} | {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()
