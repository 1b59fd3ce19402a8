"""Teams of any size: observations and states as tables with one row for each entity, some of them absent.

An environment that sets `entity_dim` still hands out flat tensors, but they can be viewed as tables [..., slots,
entity_dim]:

- Feature 0 of a row says whether the entity is present, 1 or 0. An absent one's row is all zeros.
- The first n_agents rows of a state are the agents', in their order; whatever else there is follows.
- An agent's observation has its own row first, then those of the others, in any order. What it does not see is absent
  to it, so its rows need not be the state's. An absent agent sees zeros, and has one action.

- A world may have `present` [R, B, n_agents], which whoever plays it may change between two steps: agents that come and
  go in the middle of an episode. One that comes remembers nothing.

So n_agents is the largest team that there is room for, and networks that only ever look at rows (training/agents.py,
mixers/entities.py) have the same weights whatever it is.
"""

from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from marl_helpers.envs.base import Env, Observation


def table(flat: Tensor, entity_dim: int) -> Tensor:
    """The rows of flat observations or states: [..., slots * entity_dim] -> [..., slots, entity_dim]."""
    return flat.unflatten(-1, (-1, entity_dim))


def own_first(agents: int, slots: int) -> Tensor:
    """The order of rows for each agent, [agents, slots]: its own, then the others in their order."""
    own, every = torch.arange(agents).unsqueeze(-1), torch.arange(slots - 1).expand(agents, -1)
    return torch.cat([own, every + (every >= own)], -1)


def check_sizes(env: "Env") -> None:
    """Raise ValueError where sizes make no tables of whole rows, one at least for each agent."""
    width = env.entity_dim
    for name, least in (("obs_dim", 1), ("state_dim", env.n_agents)) if width else ():
        size = getattr(env, name)
        if size % width or size < least * width:
            need = f"give whole rows of its entity_dim, {width}, at least {least}"
            raise ValueError(f"{env.name}.{name} is {size}: {need}")


def check(env: "Env", seen: "Observation", step: int) -> None:
    """Raise ValueError that names the agent where a table breaks the rules above."""
    if not env.entity_dim:
        return
    own, rows = table(seen.obs, env.entity_dim)[..., 0, :], table(seen.state, env.entity_dim)
    there = rows[..., : env.n_agents, 0] > 0
    faults = {
        "is said to be present by something else than 1 or 0": ~_told(rows)[..., : env.n_agents],
        "sees a row that is neither absent, all zeros, nor present": ~_told(table(seen.obs, env.entity_dim)).all(-1),
        "is present in only one of its own row and the state's": (own[..., 0] > 0) != there,
        "is absent and has more than one action": ~there & (seen.available.sum(-1) > 1),
        "is absent and sees something": ~there & (seen.obs != 0).any(-1),
    }
    for what, wrong in faults.items():
        if wrong.any():
            _, game, agent = wrong.nonzero()[0].tolist()
            where = f"agent {agent + 1} at step {step} of game {game}"
            raise ValueError(f"{env.name}: {where} {what}: give tables as envs/entities.py describes them")


def _told(rows: Tensor) -> Tensor:
    """Which rows [..., slots, entity_dim] begin with 1, or are all zeros."""
    return (rows[..., 0] == 1) | (rows == 0).all(-1)
