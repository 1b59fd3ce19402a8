"""A worker that trains with marl_helpers."""

import torch
from pace import Pace, work

from marl_helpers import envs
from marl_helpers.training.learner import Settings
from marl_helpers.training.loop import Plan, Training


def main() -> None:
    told = work()
    torch.set_num_threads(told["threads"])
    if told["env"] == "lbforaging":
        import lbforaging_env  # noqa: F401  (this defines it)
    env = envs.make(told["env"], **told["options"])
    training = Training(
        env, "qmix", told["seeds"], told["seed"], "cpu", Plan(**told["plan"]), Settings(**told["settings"])
    )
    pace = Pace(lambda _: training.test().returns.mean(1).tolist())  # as many episodes as its plan says
    while True:
        training.round()
        if training.updates:
            pace.updated(int(training.steps.sum()))


if __name__ == "__main__":
    main()
