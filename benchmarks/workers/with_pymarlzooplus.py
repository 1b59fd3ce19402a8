"""The worker of benchmarks/peers.py that trains with pymarlzooplus, by its own entry point."""

import tempfile

import pymarlzooplus.main
from pace import Pace, work
from pymarlzooplus.learners.q_learner import QLearner
from pymarlzooplus.runners import REGISTRY

FOREVER = 10**9


def main() -> None:
    told, runners = work(), []
    plan, settings = told["plan"], told["settings"]
    runner = "episode" if plan["parallel"] == 1 else "parallel"

    class Runner(REGISTRY[runner]):
        """The peer's, found again when it is to test."""

        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            runners.append(self)

    def test(episodes: int) -> list[float]:
        returns = [runners[0].run(test_mode=True)[1] for _ in range(episodes // plan["parallel"])]
        return [sum(map(sum, returns)) / episodes]

    pace, train = Pace(test), QLearner.train

    def paced(learner: QLearner, batch, steps: int, episodes: int) -> None:
        train(learner, batch, steps, episodes)
        pace.updated(steps)

    REGISTRY[runner], QLearner.train = Runner, paced
    folder = tempfile.mkdtemp()  # it always writes results, else beside this file
    pymarlzooplus.main.get_caller_path = lambda: folder
    changes = {
        "runner": runner,
        "batch_size_run": plan["parallel"],
        "batch_size": plan["batch"],
        "buffer_size": plan["capacity"],
        "epsilon_anneal_time": plan["anneal"],
        "target_update_interval_or_tau": settings["target_every"] // plan["parallel"],  # it counts updates
        "lr": settings["rate"],
        "hidden_dim": settings["hidden"],
        "mixing_embed_dim": settings["width"],
        "standardise_rewards": False,
        "t_max": FOREVER,
        "test_interval": FOREVER,  # one test after the first episode, before the first update
        "test_nepisode": plan["parallel"],
    }
    game = {
        "key": f"lbforaging:{told['options']['game']}",
        "time_limit": told["options"]["limit"],
        "seed": told["seed"],
    }
    pymarlzooplus.main.pymarlzooplus({"config": "qmix", "env-config": "gymma", "algo_args": changes, "env_args": game})


if __name__ == "__main__":
    main()
