"""The worker of benchmarks/peers.py that trains with BenchMARL, by its own entry point."""

import tempfile

import torch
from benchmarl.algorithms import QmixConfig
from benchmarl.environments import VmasTask
from benchmarl.experiment import Callback, Experiment, ExperimentConfig
from benchmarl.models import GruConfig
from pace import Pace, work
from torchrl.envs.utils import ExplorationType, set_exploration_type

FOREVER = 10**9
TESTS = 32


class Paced(Callback):
    """The end of a round: so many environment steps, and one update."""

    def on_setup(self) -> None:
        self.pace = Pace(self.test)

    @torch.no_grad()
    def test(self, _: int) -> list[float]:
        experiment = self.experiment
        with set_exploration_type(ExplorationType.DETERMINISTIC):
            played = experiment.test_env.rollout(experiment.max_steps, experiment.policy, break_when_any_done=False)
        return [played["next", "agents", "reward"].mean(-2).sum(1).mean().item()]

    def on_train_end(self, training_td, group: str) -> None:
        self.pace.updated(self.experiment.total_frames)


def main() -> None:
    torch.set_num_threads(1)
    told = work()
    plan, settings, options = told["plan"], told["settings"], told["options"]
    limit = options["limit"]
    config = ExperimentConfig.get_from_yaml()
    changes = {
        "lr": settings["rate"],
        "clip_grad_val": settings["clip"],
        "soft_target_update": False,
        "hard_target_update_frequency": settings["target_every"] // plan["parallel"],  # it counts updates
        "exploration_eps_init": 1.0,
        "exploration_eps_end": 0.05,
        "exploration_anneal_frames": plan["anneal"],
        "max_n_frames": FOREVER,
        "off_policy_collected_frames_per_batch": plan["parallel"] * limit,  # whole episodes
        "off_policy_n_envs_per_worker": plan["parallel"],
        "off_policy_n_optimizer_steps": 1,
        "off_policy_train_batch_size": plan["batch"] * limit,
        "off_policy_memory_size": plan["capacity"] * limit,
        "off_policy_init_random_frames": plan["batch"] * limit,
        "evaluation": False,
        "evaluation_episodes": TESTS,
        "render": False,
        "loggers": [],
        "create_json": False,
        "save_folder": tempfile.mkdtemp(),
    }
    for name, value in changes.items():
        assert hasattr(config, name), name
        setattr(config, name, value)
    task = VmasTask[options["scenario"].upper()].get_from_yaml()
    task.config.update(max_steps=limit, **options["options"])
    agents = GruConfig(
        hidden_size=settings["hidden"],
        n_layers=1,
        bias=True,
        dropout=0,
        compile=False,
        mlp_num_cells=[],
        mlp_layer_class=torch.nn.Linear,
        mlp_activation_class=torch.nn.ReLU,
    )
    qmix = QmixConfig(mixing_embed_dim=settings["width"], delay_value=True, loss_function="l2")
    Experiment(task, qmix, agents, told["seed"], config, callbacks=[Paced()]).run()


if __name__ == "__main__":
    main()
