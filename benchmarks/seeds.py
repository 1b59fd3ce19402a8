"""Eight seeds at once against one, on one thread and on two; and the two-step game until every seed has solved it.

    python benchmarks/seeds.py              # three minutes; ten where others use the cores too
    python benchmarks/seeds.py --repeats 2  # a minute

Whole rounds of training with QMIX, that is playing eight episodes and one update from 32. Trainings with different
numbers of seeds and threads run in processes of their own and take turns; a ratio is that of the times of equally many
rounds, right after each other, its median and between which it lies. In PyMARL's shape episodes have 50 steps (of
predator-prey, 2 agents), with agents of 64 units in both games.

`train` always takes one thread. So that two can be measured, the trainings here are advanced by their own `round`,
which takes as many as torch has. `patient` threads sleep while they wait for each other (OMP_WAIT_POLICY=PASSIVE, read
when torch is loaded), where others keep a core busy with waiting: which costs little as long as every thread has a core
to itself.
"""

import argparse
import os
import statistics
import sys
import time
from contextlib import ExitStack

import torch
from turns import Worker, spread

from marl_helpers import envs
from marl_helpers.training.learner import PYMARL
from marl_helpers.training.loop import Plan, Training

GAMES = {"two-step game": ("two_step", {}, 20), "PyMARL's shape": ("predator_prey", {"limit": 50}, 4)}
PATIENT = {"OMP_WAIT_POLICY": "PASSIVE"}
KINDS = {  # seeds, threads and variables; the first is what the others are compared with
    "1 seed, 1 thread": (1, 1, {}),
    "1 seed, 2 threads": (1, 2, {}),
    "1 seed, 2 patient threads": (1, 2, PATIENT),
    "8 seeds, 1 thread": (8, 1, {}),
    "8 seeds, 2 threads": (8, 2, {}),
    "8 seeds, 2 patient threads": (8, 2, PATIENT),
}
SOLVED, EVERY, LATEST = 16, 25, 3000  # seeds; updates between tests, and when to give up
HOLD = 5  # tests in a row


def compare(title: str, env: str, options: dict, rounds: int, repeats: int) -> None:
    """Print what a round takes of each kind, and how many times the first kind's that is."""
    told = {"env": env, "options": options, "seed": 0, "plan": {"capacity": 500}, "settings": {}}
    with ExitStack() as stack:
        workers = [
            stack.enter_context(
                Worker(
                    "ours",
                    told | {"seeds": seeds, "threads": threads},
                    variables={"OMP_NUM_THREADS": str(threads), **variables},
                )
            )
            for seeds, threads, variables in KINDS.values()
        ]
        times = [[worker.update(rounds)[1] / rounds for worker in workers] for _ in range(repeats)]
    print(f"\n{title + f', {rounds} rounds in a turn':40}{'ms a round':>10}   times the first")
    for kind, own in zip(KINDS, zip(*times)):
        ratios = spread([mine / row[0] for mine, row in zip(own, times)], ".2f")
        print(f"  {kind:30}{1000 * statistics.median(own):18.1f}   {ratios}", flush=True)


def solve(seed: int) -> tuple[int, float]:
    """Updates and seconds, on one thread, until the first of HOLD tests in a row in which all of 16 seeds earn 8."""
    env = envs.make("two_step")
    training = Training(env, "qmix", SOLVED, seed, "cpu", Plan(), PYMARL)
    start, held = time.perf_counter(), []
    while training.updates < LATEST:
        training.round()
        if training.updates and training.updates % EVERY == 0:
            training.test()
            solved = (training.curve[-1]["returns"] == env.optimum).all()
            held = [*held, (training.updates, time.perf_counter() - start)] if solved else []
            if len(held) == HOLD:
                return held[0]
    sys.exit(f"with seed {seed} not all of {SOLVED} seeds earn {env.optimum} after {LATEST} updates")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=8, help="turns of each kind (default 8)")
    repeats = parser.parse_args().repeats
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    print(f"python {sys.version.split()[0]}, torch {torch.__version__}, {os.cpu_count()} cores{load}")
    for title, (env, options, rounds) in GAMES.items():
        compare(title, env, options, rounds, repeats)
    torch.set_num_threads(1)
    found = [solve(seed) for seed in range(3)]
    updates, seconds = zip(*found)
    print(f"\ntwo-step game, {SOLVED} of {SOLVED} seeds earn 8 in {HOLD} tests in a row, one thread, three trainings:")
    print(f"  after {spread(updates, '.0f')} updates, {spread(seconds, '.1f')} s")


if __name__ == "__main__":
    main()
