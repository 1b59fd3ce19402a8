"""An update of the learner against the floor of its recurrent layers, and eight runs against one; median processor ms.

    python benchmarks/learner.py              # a minute
    python benchmarks/learner.py --repeats 10

One core, PyMARL's shape: 32 episodes of 50 steps, 2 agents, observations of 30 and states of 60 numbers, 5 actions,
GRU 64, QMIX's mixing network of width 32. The floor is a bare torch.nn.GRU over the same sequences: forward and
backward, as the online network, and forward again, as the target network. Each update is timed right after a floor, and
the ratio is the median of the ratios of such pairs, so that a machine that others use as well slows both.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable

os.environ.setdefault("OMP_NUM_THREADS", "1")  # read when numpy loads

import torch
from torch import Tensor

from marl_helpers import envs, layers
from marl_helpers.training.learner import PYMARL, Learner, Settings
from marl_helpers.training.replay import Episodes

EPISODES = 32


class Shape(envs.Env):
    """The sizes alone: nobody plays it."""

    name = "pymarl_shape"
    n_agents, n_actions, obs_dim, state_dim, limit = 2, 5, 30, 60, 50


SHAPE = Shape()


def episodes(runs: int) -> Episodes:
    """Random ones of full length."""
    generators, blank = layers.generators(0, runs), Episodes.blank(SHAPE, runs, EPISODES, "cpu")
    drawn = blank.map(lambda x: layers.draw(generators, x.shape[1:], Tensor.uniform_))
    available = drawn.available < 0.7
    available[..., 0] = True
    return Episodes(
        drawn.obs,
        drawn.state,
        available,
        blank.actions,  # 0, which is available
        drawn.reward,
        torch.ones_like(blank.filled),
        blank.terminated,
    )


def floor() -> Callable[[], None]:
    hidden = PYMARL.hidden
    gru = torch.nn.GRU(hidden, hidden)
    x = torch.randn(SHAPE.limit + 1, EPISODES * SHAPE.n_agents, hidden)

    def work() -> None:
        gru(x)[0].sum().backward()
        with torch.no_grad():
            gru(x)

    return work


def update(method: str, runs: int, **options) -> Callable[[], None]:
    learner, batch = Learner(SHAPE, method, layers.generators(0, runs), Settings(**options)), episodes(runs)
    return lambda: learner.update(batch)


def milliseconds(work: Callable[[], None]) -> float:
    start = time.process_time()
    work()
    return 1000 * (time.process_time() - start)


def against(base: Callable[[], None], work: Callable[[], None], repeats: int) -> str:
    """Median milliseconds of both, and the median ratio of pairs."""
    pairs = [(milliseconds(base), milliseconds(work)) for _ in range(repeats + 3)][3:]  # the first are warming up
    bases, works = zip(*pairs)
    ratio = statistics.median(b / a for a, b in pairs)
    return f"{statistics.median(bases):9.1f}{statistics.median(works):9.1f}{ratio:8.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=60, help="pairs of measurements (default 60)")
    repeats = parser.parse_args().repeats
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    torch.set_num_threads(1)
    print(f"python {sys.version.split()[0]}, torch {torch.__version__}, one core pinned, {repeats} pairs a line\n")
    print(f"{'':42}{'base':>9}{'update':>9}{'ratio':>8}")
    base = floor()
    for method in ("qmix", "vdn", "iql", "qplex", "qtran", "cw_qmix", "graph"):
        print(f"{method + ', 1 run, against the floor':42}{against(base, update(method, 1), repeats)}", flush=True)
    print(f"{'qmix with TD(.8), against the floor':42}{against(base, update('qmix', 1, td_lambda=0.8), repeats)}")
    eight = against(update("qmix", 1), update("qmix", 8), max(3, repeats // 4))
    print(f"{'qmix, 8 runs, against 1':42}{eight}")


if __name__ == "__main__":
    main()
