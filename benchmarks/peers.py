"""QMIX's training against two code bases from the package index, on the same games: environment steps per second.

    python benchmarks/peers.py                    # 7 minutes, after 3 for installing the peers, once
    python benchmarks/peers.py --repeats 3        # 3 minutes
    python benchmarks/peers.py --returns          # 13 minutes: what teams earn after as many steps

The peers, and the game lbforaging, go into a folder (--cache) with an environment each; the pins are in
workers/*.txt, and marl_helpers runs in this Python, which needs vmas. All of it takes 4 GB, and Linux or macOS.

One core, pinned where that can be done, one thread. Both sides play the same game and learn from batches of 32 whole
episodes with GRU agents of 64 units, QMIX's mixing network of width 32, Adam at 5e-4, targets copied every 200 updates,
and one update after each round of episodes; so they make equally many updates per step. Both are running already,
their replays filled with a batch at least, and take turns: some updates of ours, as many of the peer's; the ratio is
the median of the ratios of such pairs, with the smallest and the largest. Steps are those of the game, without padding.
`8 seeds` are eight of our trainings at once, the steps of all of them counted, still on one core, against the peer's
one.

What is not equal: BenchMARL's agents lack our first linear layer, the last action and the agent's number, its
hypernetworks are torchrl's, and its targets are not double Q's. pymarlzooplus plays several games side by side in as
many processes, all on the one core here, and takes an episode that a time limit cut for one that ended; it looks at a
batch only as far as its longest episode goes.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from turns import HERE, Worker, pin, spread

PEERS = {"pymarlzooplus": "pymarlzooplus==1.1.0", "benchmarl": "benchmarl==1.5.2"}
GAME = ["lbforaging==2.0.0", "gymnasium==1.4.0", "pyglet==1.5.27", "six==1.17.0", "cloudpickle==3.1.2"]
GAME += ["farama-notifications==0.0.6"]
TESTS = 32  # greedy episodes
STEPS, SEEDS = 40_000, 4  # of a comparison of returns


@dataclass(frozen=True)
class Case:
    """One comparison. parallel: episodes in a round, after which comes one update. updates: in a portion."""

    peer: str
    env: str
    options: dict
    parallel: int
    updates: int
    capacity: int = 5000
    anneal: int = 50_000

    def told(self, seeds: int, seed: int) -> dict:
        """What the workers of both sides are told."""
        plan = {"batch": 32, "test_episodes": TESTS, **{k: vars(self)[k] for k in ("parallel", "capacity", "anneal")}}
        settings = {
            "optimiser": "adam",
            "rate": 5e-4,
            "hidden": 64,
            "width": 32,
            "clip": 10.0,
            "target_every": 200 * self.parallel,
        }
        parts = {"env": self.env, "options": self.options, "plan": plan, "settings": settings}
        return {**parts, "seeds": seeds, "seed": seed, "threads": 1}


FORAGING = {"game": "Foraging-8x8-2p-2f-coop-v3", "limit": 50}
SPREAD = {"scenario": "simple_spread", "limit": 100, "options": {"n_agents": 3, "obs_agents": True}}
CASES = [
    Case("pymarlzooplus", "lbforaging", FORAGING, parallel=1, updates=20),
    Case("pymarlzooplus", "lbforaging", FORAGING, parallel=8, updates=6),
    Case("benchmarl", "vmas", SPREAD, parallel=8, updates=6, capacity=500),
    Case("benchmarl", "vmas", SPREAD, parallel=32, updates=6, capacity=500),
]
LEARNING = Case(
    "pymarlzooplus", "lbforaging", FORAGING | {"game": "Foraging-5x5-2p-4f-v3"}, parallel=1, updates=50, anneal=20_000
)


def install(cache: Path) -> None:
    """The peers' environments and the game's folder, unless they are there."""
    sys.path.insert(0, str(HERE.parent / "tools"))
    from set_up import CPU_WHEELS, build_of_torch

    for name, package in PEERS.items():
        folder = cache / name
        if (folder / "ready").exists():
            continue
        print(f"installing {package} into {folder} ...", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet"]
        requirements = HERE / "workers" / f"{name}.txt"
        if build_of_torch("") == "cpu":
            torch = next(
                line for line in requirements.read_text(encoding="utf-8").splitlines() if line.startswith("torch==")
            )
            subprocess.run([*pip, "--no-deps", "--index-url", CPU_WHEELS, torch], check=True)
        subprocess.run([*pip, "-r", requirements], check=True)
        subprocess.run([*pip, "--no-deps", package], check=True)
        (folder / "ready").touch()
    if not (cache / "game" / "lbforaging").exists():
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", cache / "game"]
        subprocess.run([*pip, *GAME], check=True)


def ours(case: Case, seeds: int, cache: Path) -> Worker:
    return Worker("ours", case.told(seeds, 1), paths=(HERE.parent, cache / "game"))


def peer(case: Case, cache: Path, seed: int = 1) -> Worker:
    return Worker(f"with_{case.peer}", case.told(1, seed), cache / case.peer / "bin" / "python", paths=())


def compare_speed(case: Case, repeats: int, cache: Path) -> None:
    """Print what each side does in a second, and the ratios of the pairs."""
    with ExitStack() as stack:
        workers = [
            stack.enter_context(worker) for worker in (ours(case, 1, cache), peer(case, cache), ours(case, 8, cache))
        ]
        turns = [[worker.update(case.updates) for worker in workers] for _ in range(repeats)]
    rates = [[steps / seconds for steps, seconds in turn] for turn in turns]
    print(f"\n{case.env}, {case.options.get('game') or case.options['scenario']}, {case.parallel} side by side")
    print(f"  {case.peer:24}{spread([rate[1] for rate in rates], ',.0f')} steps/s")
    for name, k in (("marl_helpers", 0), ("marl_helpers, 8 seeds", 2)):
        ratios = spread([rate[k] / rate[1] for rate in rates], ".2f")
        print(
            f"  {name:24}{spread([rate[k] for rate in rates], ',.0f')} steps/s, {ratios} times the peer's", flush=True
        )


def compare_returns(case: Case, cache: Path) -> None:
    """Print what SEEDS teams of each side earn after STEPS environment steps each, and how long their training took."""
    what = f"{SEEDS} seeds, mean returns of {TESTS} greedy games after {STEPS:,} steps"
    print(f"\n{case.env}, {case.options['game']}, {what}")
    with ours(case, SEEDS, cache) as worker:
        seconds = learn(worker, case, SEEDS)
        print(f"  {'marl_helpers':16}{returns(worker.test(TESTS))} in {seconds:.0f} s, at once", flush=True)
    earned, seconds = [], 0.0
    for seed in range(1, SEEDS + 1):
        with peer(case, cache, seed) as worker:
            seconds += learn(worker, case, 1)
            earned += worker.test(TESTS)
    print(f"  {case.peer:16}{returns(earned)} in {seconds:.0f} s, one after the other")


def learn(worker: Worker, case: Case, seeds: int) -> float:
    """Train until a seed has made STEPS environment steps, on average; the seconds."""
    steps = total = 0
    while steps < STEPS * seeds:
        more, seconds = worker.update(case.updates)
        steps, total = steps + more, total + seconds
    return total


def returns(earned: list[float]) -> str:
    return f"mean {sum(earned) / len(earned):.3f} ({', '.join(f'{one:.3f}' for one in sorted(earned))})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=10, help="turns of each side (default 10)")
    parser.add_argument("--peer", choices=PEERS, action="append", help="only this one (default both)")
    parser.add_argument("--returns", action="store_true", help="compare what teams have learned, instead of speed")
    cache = Path(tempfile.gettempdir()) / "marl_helpers_peers"
    parser.add_argument("--cache", type=Path, default=cache, help=f"folder for the peers (default {cache})")
    options = parser.parse_args()
    cache = options.cache.resolve()
    install(cache)
    pin()
    print(f"python {sys.version.split()[0]}, torch {version('torch')}, one core pinned, load {os.getloadavg()[0]:.1f}")
    if options.returns:
        compare_returns(LEARNING, cache)
        return
    for case in CASES:
        if case.peer in (options.peer or PEERS):
            compare_speed(case, options.repeats, cache)


if __name__ == "__main__":
    main()
