"""Training on a GPU, or on the CPU where there is none: steps per second, its share of busy time, and no waiting.

    python benchmarks/device.py --out FOLDER                             # a minute or two
    python benchmarks/device.py --out FOLDER --env predator_prey_full --seeds 1 8
    python benchmarks/device.py --out FOLDER --repeats 1 --rounds 2      # whether it works at all

Whole rounds of training with QMIX: 8 episodes of predator-prey for each seed, and one update from 32 of them. Trainings
with different numbers of seeds take turns, a few rounds each; steps are the environment's, of all seeds. A ratio is
that of the times of a round, right after each other; medians, and between which values they lie.

First a training of each method in METHODS makes a round in which anything that makes the host wait for a GPU is an
error. (On a CPU nothing can wait; there tests/test_training_waits.py looks for the same.) Busy is the share of a
round's time in which PyTorch's profiler, which slows a round down, saw a kernel on the GPU; on a CPU, an operator of
torch. FOLDER/device.json gets every number, and where it comes from.
"""

import argparse
import json
import platform
import statistics
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import torch
from torch.autograd import DeviceType
from torch.profiler import profile, supported_activities
from turns import WARMING, spread

from marl_helpers import envs
from marl_helpers.basics.devices import describe, find_device, no_waiting, wait
from marl_helpers.training.learner import PYMARL
from marl_helpers.training.loop import Plan, Training

METHODS = ("iql", "vdn", "qmix", "qplex", "qtran", "ow_qmix", "graph")
PLAN = Plan(capacity=256)  # episodes of each of many seeds must fit
SEED = 0


def train(env: str, method: str, seeds: int, device: str) -> Training:
    """A training whose first updates are done, so that constants and optimisers are where they stay."""
    training = Training(envs.make(env), method, seeds, SEED, device, PLAN, PYMARL)
    while training.updates < WARMING:
        training.round()
    return training


def check_waiting(env: str, device: str) -> dict[str, str]:
    """What made the host wait in a round of each method, or "nothing", or that nobody could see it."""
    found = {}
    for method in METHODS:
        training = train(env, method, 1, device)
        try:
            with no_waiting(device):
                training.round()
            found[method] = "nothing" if torch.device(device).type != "cpu" else "not seen on a CPU"
        except RuntimeError as error:
            found[method] = str(error).splitlines()[0]
    return found


def timed(training: Training, rounds: int) -> tuple[float, float]:
    """Environment steps per second, and the seconds of a round."""
    steps = training.steps.sum().item()
    wait(training.device)
    start = time.perf_counter()
    for _ in range(rounds):
        training.round()
    wait(training.device)
    seconds = time.perf_counter() - start
    return (training.steps.sum().item() - steps) / seconds, seconds / rounds


def busy(training: Training, rounds: int) -> tuple[float, float]:
    """The share of time in which the device computes, and how many kernels (or operators) it computes in a round."""
    wait(training.device)
    with profile(activities=supported_activities()) as profiler:
        start = time.perf_counter()
        for _ in range(rounds):
            training.round()
        wait(training.device)
        seconds = time.perf_counter() - start
    on_gpu = torch.device(training.device).type != "cpu"
    events = [event for event in profiler.events() if (event.device_type != DeviceType.CPU) == on_gpu]
    events = [event for event in events if not event.is_user_annotation]  # such as the whole of an optimiser's step
    end = total = 0.0
    for event in sorted(events, key=lambda event: event.time_range.start):  # those that overlap count once
        total += max(0.0, event.time_range.end - max(end, event.time_range.start))
        end = max(end, event.time_range.end)
    return total / 1e6 / seconds, len(events) / rounds


def provenance(device: str, options: argparse.Namespace) -> dict:
    """Where the numbers come from."""
    here = Path(__file__).parent
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=here, capture_output=True, text=True)
    return {
        "command": f"python {' '.join(sys.argv)}",
        "commit": commit.stdout.strip() or "unknown",
        "device": describe(device),
        "machine": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{package: version(package) for package in ("torch", "numpy")},
        "date": time.strftime("%Y-%m-%d %H:%M"),
        "seed": SEED,
        "env": options.env,
        "method": "qmix",
        "rounds": options.rounds,
        "repeats": options.repeats,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder to write device.json to")
    parser.add_argument("--device", default="auto", help="auto (default), or a name that torch knows")
    parser.add_argument("--env", default="predator_prey", help="environment (default predator_prey)")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 8, 64], help="numbers of seeds (default 1 8 64)")
    parser.add_argument("--rounds", type=int, default=10, help="rounds in a turn (default 10)")
    parser.add_argument("--repeats", type=int, default=5, help="turns of each training (default 5)")
    options = parser.parse_args()
    device = find_device(options.device)
    made = provenance(device, options)
    for name, value in made.items():
        print(f"{name:10} {value}")
    waiting = check_waiting(options.env, device)
    print("\nwhat makes the host wait in a round:")
    for method, reason in waiting.items():
        print(f"{method:10} {reason}", flush=True)

    trainings = [train(options.env, "qmix", seeds, device) for seeds in options.seeds]
    turns = [[timed(training, options.rounds) for training in trainings] for _ in range(options.repeats)]
    first, figures = options.seeds[0], []
    print(f"\n{'seeds':>5}  {'env-steps/s':32}{'ms a round':>10}  times that of {first:<14}{'busy':>8}{'kernels':>9}")
    for k, (seeds, training) in enumerate(zip(options.seeds, trainings)):
        rates, seconds = zip(*(turn[k] for turn in turns))
        ratios = [turn[k][1] / turn[0][1] for turn in turns]
        share, kernels = busy(training, max(1, options.rounds // 5))
        figures.append(dict(seeds=seeds, steps_per_second=rates, seconds_of_a_round=seconds, ratios=ratios))
        figures[-1] |= dict(busy=share, kernels_of_a_round=kernels)
        middle = 1000 * statistics.median(seconds)
        times = spread(ratios, ".2f")
        print(f"{seeds:5}  {spread(rates, ',.0f'):32}{middle:10.1f}  {times:28}{share:8.0%}{kernels:9.0f}", flush=True)
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / "device.json"
    content = json.dumps({"provenance": made, "waiting": waiting, "figures": figures}, indent=1) + "\n"
    path.write_text(content, encoding="utf-8")
    print(f"\nwrote {path}")


if __name__ == "__main__":
    main()
