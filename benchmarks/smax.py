"""A round of QMIX on SMAX 3m against JaxMARL's, on the same core: processor time, and the game's own steps.

    python benchmarks/smax.py                     # three minutes, after one in which JAX compiles
    python benchmarks/smax.py --repeats 3 --limit 50

Both play 8 games side by side in a round and make one update from 32 stored ones, with GRU agents of 64 units, a mixing
network of width 32 and targets copied every 200 games. They are running already, their replays filled with a batch at
least, and take turns on one core, one thread; the ratio is the median of the ratios of such pairs. Processor time,
since a machine that others use as well lets one of the two wait more.

What is not equal: JaxMARL's games go on over their ends, so its round is always 8 times `limit` steps and its batch 32
times as many; ours ends with each game, and plays and learns from no more. So both are told: the time of a round, where
ours is the shorter, and that of a thousand of the game's steps, of which JaxMARL's round has five times as many. All of
its round is one compiled program; its GRU is flax's, its optimiser rectified Adam.
"""

import argparse
import os
from contextlib import ExitStack
from importlib.metadata import version

from turns import Worker, pin, spread

ROUNDS = 6  # in a turn


def told(limit: int) -> dict:
    """What both workers are told."""
    plan = {"parallel": 8, "batch": 32, "capacity": 500, "anneal": 50_000}
    settings = {"hidden": 64, "width": 32, "clip": 10.0, "target_every": 200, "rate": 5e-4}
    shape = {"env": "smax", "options": {"map": "3m", "limit": limit}, "seeds": 1, "seed": 1, "threads": 1}
    return shape | {"plan": plan, "settings": settings}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=15, help="turns of each side (default 15)")
    parser.add_argument("--limit", type=int, default=100, help="steps of a game at most (default 100)")
    options = parser.parse_args()
    pin()
    one_thread = {"OMP_NUM_THREADS": "1", "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false"}
    print(
        f"torch {version('torch')}, jax {version('jax')}, jaxmarl {version('jaxmarl')}, load {os.getloadavg()[0]:.1f}"
    )
    with ExitStack() as stack:
        workers = [
            stack.enter_context(Worker(script, told(options.limit), variables=one_thread))
            for script in ("ours", "with_jaxmarl")
        ]
        turns = [[worker.update(ROUNDS, "processor") for worker in workers] for _ in range(options.repeats)]
    rounds = [[1000 * seconds / ROUNDS for _, seconds in turn] for turn in turns]
    steps = [[1e6 * seconds / count for count, seconds in turn] for turn in turns]
    for what, times in (("a round", rounds), ("a thousand steps played", steps)):
        print(f"\nms of {what}")
        for k, name in enumerate(("marl_helpers", "JaxMARL")):
            print(f"  {name:16}{spread([turn[k] for turn in times], '.1f')}")
        print(f"  {'ratio':16}{spread([ours / theirs for ours, theirs in times], '.2f')}", flush=True)


if __name__ == "__main__":
    main()
