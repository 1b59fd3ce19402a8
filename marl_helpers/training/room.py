"""Whether a training fits into the memory that there is, asked before any of it is."""

from typing import TYPE_CHECKING

from marl_helpers import envs
from marl_helpers.basics.devices import check_memory
from marl_helpers.mixers import layers
from marl_helpers.training.learner import Learner
from marl_helpers.training.plan import Plan, Settings
from marl_helpers.training.replay import Episodes

if TYPE_CHECKING:
    from marl_helpers.envs import Env

COPIES = 4  # of the weights: online, target, gradient, and the optimiser's


def check_room(env: "Env", method: str, seeds: int, device: str, plan: Plan, settings: Settings) -> None:
    """Raise ValueError where the seeds' networks, or a round's or a test's episodes, take more than the device has.

    What they take is known from one seed's networks and one episode. The replay looks after itself.
    """
    envs.check_sizes(env)
    one = Learner(env, method, layers.generators(0, 1), settings).online
    weights = COPIES * sum(x.numel() * x.element_size() for x in one.parameters())
    check_memory(f"seeds is {seeds}: their networks", seeds * weights, device, "give fewer seeds, or fewer units")
    name = max("parallel", "test_episodes", key=lambda name: getattr(plan, name))
    episodes = seeds * getattr(plan, name) * Episodes.blank(env, 1, 1, "meta").bytes
    what = f"{name} is {getattr(plan, name)} with {seeds} seeds: these episodes"
    check_memory(what, episodes, device, f"give a smaller {name}, or fewer seeds")
