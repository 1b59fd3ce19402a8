"""What mixers for teams of any size cost beside QMIX: parameters, and milliseconds of an update's mixing.

    python benchmarks/set_mixers.py               # teams of 3, 8 and 16, eight seeds, half a minute
    python benchmarks/set_mixers.py --rounds 50   # more of each

The rows are the dock's, the batch is 32 shifts of ten steps. An update's mixing is the mixer's value of all steps, and
the gradients of its weights and of the utilities; agents and targets are left out, as they are the same for all.
Methods take turns, and the median counts: what else the machine does meets all alike.
"""

import argparse
import time
from statistics import median

import torch

from marl_helpers import envs, layers, mixers
from marl_helpers.basics.devices import one_thread

METHODS = ("qmix", "vdn", "qatten", "set_hyper", "deep_set", "transformer", "trajectory")
TEAMS, SEEDS, BATCH = (3, 8, 16), 8, 32


def prepared(method: str, env: envs.Env):
    """A mixer, and what it is given: whole episodes where it remembers, else samples."""
    spec = mixers.Spec(env.n_agents, env.n_actions, env.state_dim, entity_dim=env.entity_dim)
    mixer = mixers.make(method, spec, layers.generators(0, SEEDS))
    shape = (SEEDS, BATCH, env.limit) if mixer.remembers else (SEEDS, BATCH * env.limit)
    values = torch.randn(*shape, env.n_agents, env.n_actions, requires_grad=True)
    state = torch.rand(*shape, env.n_agents, env.entity_dim)
    state[..., 0] = 1
    return mixer, values, torch.zeros(*shape, env.n_agents, dtype=torch.int64), state.flatten(-2)


def mixing(mixer, values, actions, state) -> float:
    """Milliseconds of one value and its gradients."""
    start = time.perf_counter()
    (mixer(values, actions, state) ** 2).mean().backward()
    return 1000 * (time.perf_counter() - start)


@one_thread()
def main() -> None:
    """Print a row for each method."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15, help="updates of each that are timed (default 15)")
    rounds = parser.parse_args().rounds
    envs_ = [envs.make("dock_teams", robots=(n, n)) for n in TEAMS]
    made = {(method, env.n_agents): prepared(method, env) for method in METHODS for env in envs_}
    times = {key: [] for key in made}
    for _ in range(rounds):
        for key, given in made.items():
            times[key].append(mixing(*given))
    print("method       " + "".join(f"{n:>22} agents" for n in TEAMS))
    for method in METHODS:
        cells = []
        for n in TEAMS:
            parameters = sum(p[0].numel() for p in made[method, n][0].parameters())
            ms, beside = median(times[method, n]), median(times["qmix", n])
            cells.append(f"{parameters:8} {ms:7.1f} ms x{ms / beside:5.2f}  ")
        print(f"{method:12}", *cells)


if __name__ == "__main__":
    main()
