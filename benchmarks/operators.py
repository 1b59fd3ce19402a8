"""How many operators of torch a round of training is made of, and which: small ones cost more than what they compute.

    python benchmarks/operators.py                           # two_step, eight seeds, qmix
    python benchmarks/operators.py --env predator_prey --method graph --seeds 1

Every call that reaches an operator counts, views too, in the forward and the backward pass; a foreach is one, a product
of matrices is one. A round is 8 episodes of each seed and one update from a batch of 32.
"""

import argparse
from collections import Counter

from torch.utils._python_dispatch import TorchDispatchMode

from marl_helpers import envs
from marl_helpers.basics.devices import one_thread
from marl_helpers.training import loop
from marl_helpers.training.learner import Settings
from marl_helpers.training.loop import Training
from marl_helpers.training.runs import Plan


class Counted(TorchDispatchMode):
    """Counts the operators that run while it is active, by name."""

    def __init__(self):
        super().__init__()
        self.found = Counter()

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        self.found[function.overloadpacket.__name__] += 1
        return function(*args, **kwargs or {})


def parts(training: Training) -> dict[str, Counter]:
    """The operators of one round, of playing and of learning."""
    found = {}

    def watched(name, work):
        def worked(*arguments):
            with Counted() as counted:
                result = work(*arguments)
            found[name] = counted.found
            return result

        return worked

    collect, learner, replay = loop.collect, training.learner, training.replay
    loop.collect = watched("playing", collect)
    replay.add, replay.sample = watched("storing", replay.add), watched("sampling", replay.sample)
    learner.update, learner.refresh = watched("an update", learner.update), watched("targets", learner.refresh)
    with Counted() as counted:
        training.round()
    loop.collect = collect
    others = counted.found - sum(found.values(), Counter())
    return found | {"the rest": others}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--env", default="two_step", help="environment (default two_step)")
    parser.add_argument("--method", default="qmix", help="method (default qmix)")
    parser.add_argument("--seeds", type=int, default=8, help="number of seeds (default 8)")
    options = parser.parse_args()
    with one_thread():
        env = envs.make(options.env)
        training = Training(env, options.method, options.seeds, 0, "cpu", Plan(), Settings())
        while training.updates < 2:  # the optimiser makes its state in the first one
            training.round()
        found = parts(training)
    total = sum(found.values(), Counter())
    print(f"{options.env}, {options.method}, {options.seeds} seeds: {total.total()} operators in a round\n")
    for name, counts in found.items():
        most = ", ".join(f"{count} {operator}" for operator, count in counts.most_common(8))
        print(f"{name:10}{counts.total():6}  {most}")
    print(f"\na step of playing: {found['playing'].total() / env.limit:.0f}")


if __name__ == "__main__":
    main()
