"""Levenberg-Marquardt for many small least-squares fits at once: the best fit found, where descent may stop early.

A table has few cells (9 for 3x3) and a fit many parameters (39 for QMIX with 8 units, utilities included), so each
step solves the dual system J J^T of the size of the cells (Nocedal and Wright 2006, section 10.3). Every run
has its own damping.
"""

import torch
from torch import Tensor

from marl_helpers.mixers import Mixer

CHUNK = 1024  # runs fitted together: their Jacobians still fit in a core's cache
DAMPING, GROW, SHRINK = 0.1, 4.0, 0.25


def pack(parameters: list[Tensor]) -> Tensor:
    """One tensor [R, P] that the parameters, each [R, ...], become views of: moving it moves them."""
    flat = torch.cat([parameter.detach().flatten(1) for parameter in parameters], 1)
    sizes = [parameter[0].numel() for parameter in parameters]
    for parameter, part in zip(parameters, flat.split(sizes, 1), strict=True):
        parameter.data = part.view(parameter.shape)
    return flat


@torch.no_grad()
def levenberg_marquardt(mixer: Mixer, utilities: Tensor, actions: Tensor, target: Tensor, steps: int) -> None:
    """Minimise the squared error of Q_tot over the utilities and the mixer's parameters, in place.

    utilities [R, 1, n_agents, n_actions], actions [R, B, n_agents], target [R, B]. A step that does not lower a run's
    error is undone for that run, so no run ever ends worse than it began.
    """
    flat = pack([utilities, *mixer.parameters()])
    team, jacobian = mixer.jacobian(utilities, actions)
    residual = team - target
    error = residual.square().sum(1)
    damping = torch.full_like(error, DAMPING)
    identity = torch.eye(target.shape[1], dtype=target.dtype, device=target.device)
    for _ in range(steps):
        dual = jacobian @ jacobian.mT + damping[:, None, None] * identity
        factor, _ = torch.linalg.cholesky_ex(dual)
        step = -(jacobian.mT @ torch.cholesky_solve(residual.unsqueeze(-1), factor)).squeeze(-1)
        before = flat.clone()
        flat += step
        team, trial_jacobian = mixer.jacobian(utilities, actions)
        trial = team - target
        trial_error = trial.square().sum(1)
        better = trial_error < error  # false for NaN
        flat.copy_(torch.where(better[:, None], flat, before))
        jacobian = torch.where(better[:, None, None], trial_jacobian, jacobian)
        residual = torch.where(better[:, None], trial, residual)
        error = torch.where(better, trial_error, error)
        damping *= torch.where(better, SHRINK, GROW)
