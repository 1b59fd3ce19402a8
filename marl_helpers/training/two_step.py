"""What networks trained on the environment `two_step` make of its game, in the tables of fitting/two_step.py."""

import numpy as np
import torch

from marl_helpers.basics import arguments
from marl_helpers.exact.networks import Network
from marl_helpers.mixers.written import network
from marl_helpers.training.runs import Run


@torch.no_grad()
def utilities(run: Run) -> torch.Tensor:
    """What trained agents of the environment `two_step` think of their actions, [seeds, states, n_agents, A].

    The states are the first one, then the branches. A branch is looked at after agent 1 has chosen it and agent 2 has
    played its action 0, which the agents' memories may tell apart.
    """
    _check(run)
    env, seeds, branches = run.env, len(run.returns), run.env.state_dim - 1
    states = torch.eye(1 + branches, device=next(run.learner.agents.parameters()).device)
    chosen = torch.arange(branches, device=states.device)
    seen = torch.stack([states[:1].expand(branches, -1), states[1:]], 1)  # [branches, 2 steps, state_dim]
    obs = seen.unsqueeze(2).expand(seeds, -1, -1, env.n_agents, -1)
    actions = torch.stack([chosen, torch.zeros_like(chosen)], -1).expand(seeds, -1, -1).unsqueeze(2)
    q = run.learner.agents.unroll(obs, actions)  # [R, branches, 2, n_agents, A]
    return torch.cat([q[:, :1, 0], q[:, :, 1]], 1)


def team_values(run: Run) -> tuple[np.ndarray, np.ndarray]:
    """What a run trained on the environment `two_step` thinks that every joint action is worth.

    Returns the first state's table [seeds, branches, |A_2|] and the branches' [branches, seeds, |A_1|, |A_2|], as
    `Learned` has them; `utilities` says when a branch is looked at. Raises ValueError for another environment's run.
    """
    _check(run)
    env, q = run.env, utilities(run)
    branches, (rows, columns) = env.state_dim - 1, np.shape(env.branches[0])
    cells = torch.cartesian_prod(*[torch.arange(env.n_actions, device=q.device)] * 2)  # [A^2, 2]
    every = cells.expand(*q.shape[:2], -1, -1)
    values = q.unsqueeze(2).expand(-1, -1, len(cells), -1, -1)
    state = torch.eye(1 + branches, device=q.device)[:, None].expand(len(q), -1, len(cells), -1)
    with torch.no_grad():
        flat = run.learner.mixer(*(x.flatten(1, 2) for x in (values, every, state)))  # one batch axis
    tables = flat.reshape(len(q), -1, env.n_actions, env.n_actions).cpu().numpy()
    return tables[:, 0, :branches, :columns], tables[:, 1:, :rows, :columns].swapaxes(0, 1)


def networks(run: Run, which: int = 0) -> dict[str, Network]:
    """The mixing network that each state writes, over the utilities that the agents have there (see `utilities`).

    By the state's name: "first state", "branch A", "branch B" and so on. which: the seed of the run, counted from 0.
    Raises ValueError for another environment's run, a seed that it has not, and a mixer that is not VDN's or QMIX's.
    """
    q = utilities(run)
    which = arguments.place(len(q), "one of the run's seeds", which=which)
    states = torch.eye(q.shape[1], device=q.device)
    names = ["first state", *(f"branch {chr(ord('A') + k)}" for k in range(q.shape[1] - 1))]
    return {name: network(run.learner.mixer, q[which, k], states[k], which) for k, name in enumerate(names)}


def _check(run: Run) -> None:
    arguments.instance(Run, "a run that train returned", run=run)
    if not hasattr(run.env, "branches"):
        raise ValueError(f"run was trained on {run.env.name}: give one of two_step or mirrored_two_step")
