"""Max-plus and variable elimination against brute force: how often they agree, and milliseconds a graph.

    python benchmarks/graphs.py              # a minute
    python benchmarks/graphs.py --graphs 100

One core. Every part of every graph is drawn from a normal distribution. Brute force adds the parts up to the table of
all joint actions and takes its largest entry; it and elimination are left out beyond 10^7 cells. "right" is the share
of graphs on which max-plus finds the maximum that elimination, or else brute force, finds. Last, the same messages for
many graphs at once, as the mixer passes them.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable

os.environ.setdefault("OMP_NUM_THREADS", "1")  # read when numpy loads

import numpy as np

from marl_helpers import graphs
from marl_helpers.exact.rankings import TooMuchWork

LIMIT = 10**7  # cells
SHAPES = {"chain": graphs.chain, "ring": graphs.ring, "complete": graphs.complete}
SIZES = [(4, 3), (6, 3), (8, 3), (10, 3), (6, 5), (8, 5), (10, 5), (30, 5), (100, 5)]


def random_graph(generator: np.random.Generator, edges, n_agents: int, n_actions: int) -> graphs.Graph:
    singles = generator.normal(size=(n_agents, n_actions))
    return graphs.Graph(singles, {edge: generator.normal(size=(n_actions, n_actions)) for edge in edges})


def brute_force(graph: graphs.Graph) -> float:
    if float(graph.singles[0].size) ** len(graph.singles) > LIMIT:
        raise TooMuchWork
    return graph.table().max()


def timed(work: Callable, cases: list) -> tuple[list | None, float]:
    """What `work` makes of each case, and the median of its milliseconds; None where it is too much."""
    results, times = [], []
    for case in cases:
        start = time.perf_counter()
        try:
            results.append(work(case))
        except TooMuchWork:
            return None, float("nan")
        times.append(1000 * (time.perf_counter() - start))
    return results, statistics.median(times)


def row(name: str, n_agents: int, n_actions: int, count: int) -> str:
    generator = np.random.default_rng(0)
    cases = [random_graph(generator, SHAPES[name](n_agents), n_agents, n_actions) for _ in range(count)]
    brute, brute_ms = timed(brute_force, cases)
    exact, exact_ms = timed(graphs.eliminate, cases)
    talks, talk_ms = timed(graphs.max_plus, cases)
    most = brute if exact is None else [found.value for found in exact]
    if brute is not None and exact is not None:
        assert np.allclose(brute, most), "elimination is exact"
    right = np.nan if most is None else np.mean([talk.value >= top - 1e-9 for talk, top in zip(talks, most)])
    settled = np.mean([talk.settled for talk in talks])
    numbers = [brute_ms, exact_ms, talk_ms, brute_ms / exact_ms, brute_ms / talk_ms]
    line = f"{name:10}{n_agents:7}{n_actions:9}" + "".join(f"{x:12.3g}" if x == x else f"{'-':>12}" for x in numbers)
    return line + (f"{right:9.1%}" if right == right else f"{'-':>9}") + f"{settled:10.1%}"


def batched(n_agents: int, n_actions: int, runs: int, repeats: int = 5) -> tuple[float, float]:
    """Milliseconds a graph of the mixer's max-plus for that many complete graphs at once, and one after the other."""
    import torch

    from marl_helpers import layers, mixers

    torch.set_num_threads(1)
    generators = layers.generators(0, runs)
    mixer = mixers.make("graph", mixers.Spec(n_agents, n_actions), generators).double()
    values = layers.draw(generators, (1, n_agents, n_actions), torch.Tensor.normal_).double()
    together = timed(mixer.greedy, [values] * repeats)[1] / runs
    payoffs = mixer.payoffs().detach().numpy()[:, 0]
    edges = graphs.complete(n_agents)
    cases = [graphs.Graph(q, dict(zip(edges, p))) for q, p in zip(values[:30, 0].numpy(), payoffs)]
    return together, timed(graphs.max_plus, cases)[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--graphs", type=int, default=30, help="random graphs of each shape and size (default 30)")
    count = parser.parse_args().graphs
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    print(f"python {sys.version.split()[0]}, numpy {np.__version__}, one core pinned, {count} graphs a line")
    names = ("brute ms", "elimin. ms", "max-plus ms", "brute/elim.", "brute/m.-p.")
    print(f"{'graph':10}{'agents':>7}{'actions':>9}" + "".join(f"{name:>12}" for name in names) + "    right   settled")
    for name in SHAPES:
        for n_agents, n_actions in SIZES:
            if name != "complete" or n_agents <= 30:
                print(row(name, n_agents, n_actions, count), flush=True)
    for n_agents, n_actions in ((4, 3), (8, 5)):
        together, alone = batched(n_agents, n_actions, 1000)
        print(f"mixer, 1000 complete graphs of {n_agents} agents with {n_actions} actions at once: ", end="")
        print(f"{together:.3f} ms a graph; one by one {alone:.2f} ms, ratio {alone / together:.0f}")


if __name__ == "__main__":
    main()
