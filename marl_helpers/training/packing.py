"""A team of entity agents in plain numbers: small enough for a recording, and all that a page needs to play on."""

from base64 import b64decode, b64encode
from collections.abc import Mapping

import numpy as np
import torch

from marl_helpers import envs
from marl_helpers.basics import arguments
from marl_helpers.mixers import layers
from marl_helpers.training.entity_agents import EntityAgents
from marl_helpers.training.runs import Run

LEVELS = 2**15 - 1  # whole numbers on either side of 0 that a weight is rounded to


def pack(run: Run, which: int = 0) -> dict:
    """The agents of one of a run's seeds, without the mixer, as JSON takes them.

    which: the seed, counted from 0. Returns "env" and "options", "method", "which", "pooling", "hidden", and "weights":
    by their names in EntityAgents, each {"shape", "step", "numbers"}, where a weight is `step` times a whole number of
    two bytes, lower first, in base64. So no weight moves by more than 1/65534 of its tensor's largest.
    Raises ValueError for agents that are no EntityAgents, for a seed that the run has not or that diverged, and for
    weights that are not finite.
    """
    agents = arguments.instance(Run, "a run that train returned", run=run).learner.agents
    if not isinstance(agents, EntityAgents):
        raise ValueError(
            f"the agents are {type(agents).__name__}: train in an environment of rows, such as dock_teams, "
            "with pooling other than slots"
        )
    which = arguments.place(len(run.returns), "one of the run's seeds", which=which)
    if which in run.diverged:
        raise ValueError(f"which is {which}, and {run.diverged[which]}: choose another seed")
    weights = {name: _pack(x[which].detach().double().cpu().numpy(), name) for name, x in agents.state_dict().items()}
    how = {"method": run.name, "which": which, "pooling": agents.pooling, "hidden": agents.hidden}
    return {**envs.describe(run.env), **how, "weights": weights}


def _pack(weights: np.ndarray, name: str) -> dict:
    if not np.isfinite(weights).all():
        raise ValueError(f"weights {name} are not finite: choose another seed")
    step = float(np.abs(weights).max()) / LEVELS or 1.0
    numbers = np.rint(weights / step).astype("<i2").tobytes()
    return {"shape": list(weights.shape), "step": step, "numbers": b64encode(numbers).decode()}


def unpack(packed: Mapping, env: envs.Env) -> EntityAgents:
    """The agents again, as a run of one seed, for an environment of the same rows: any number of agents.

    Raises ValueError for what `pack` has not made, and for an environment of other rows or actions.
    """
    agents = EntityAgents(env, layers.generators(0, 1), packed["hidden"], packed["pooling"])
    try:
        agents.load_state_dict({name: _unpack(one).unsqueeze(0) for name, one in packed["weights"].items()})
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"packed does not fit {env.name}: give what pack returned ({error})") from error
    return agents


def _unpack(one: Mapping) -> torch.Tensor:
    numbers = np.frombuffer(b64decode(one["numbers"]), "<i2").reshape(one["shape"])
    return torch.from_numpy(one["step"] * numbers.astype(float)).float()
