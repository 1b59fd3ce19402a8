"""What is learned from episodes: targets by double Q and TD(lambda), and one step of gradient descent.

Last of three files, after agents.py and replay.py. Shapes: R runs, N episodes side by side, T steps, n agents, A
actions. Every number here belongs to one run, and no run has a say in another: not in a loss, not in a clipped norm.
"""

from collections.abc import Iterable
from copy import deepcopy
from functools import partial
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from marl_helpers import mixers
from marl_helpers.mixers.base import mask
from marl_helpers.mixers.layers import Generators
from marl_helpers.training.entity_agents import make_agents
from marl_helpers.training.plan import OPTIMISERS, PYMARL, Settings
from marl_helpers.training.replay import Episodes

if TYPE_CHECKING:
    from marl_helpers.envs import Env

MAKERS = dict(zip(OPTIMISERS, [partial(torch.optim.RMSprop, alpha=0.99, eps=1e-5), torch.optim.Adam], strict=True))


class Learner:
    """The networks of one method, and how they learn.

    `agents` and `mixer` are the online networks, which play and which gradients change. The target networks are an
    older copy of both: were targets computed with the online ones, each step would move what it aims at.
    """

    def __init__(self, env: "Env", method: str, generators: Generators, settings: Settings = PYMARL):
        self.settings = settings
        self.agents = make_agents(env, generators, settings.hidden, settings.pooling)
        spec = mixers.Spec(env.n_agents, env.n_actions, env.state_dim, settings.width, entity_dim=env.entity_dim)
        self.mixer = mixers.make(method, spec, generators, settings.mixer_options)
        self.online = nn.ModuleList([self.agents, self.mixer])  # hypernetworks too: all that the optimiser is given
        self.target = deepcopy(self.online).requires_grad_(False)
        parameters = list(self.online.parameters())
        self.optimiser = MAKERS[settings.optimiser](
            parameters,
            lr=settings.rate,
            foreach=True,
            capturable=parameters[0].is_cuda,  # there an update may be recorded once and replayed
        )
        self.copied = 0  # episodes played until the last copy to the target networks

    def update(self, episodes: Episodes) -> dict[str, Tensor]:
        """One step of gradient descent on a batch of episodes; returns metrics, each [R].

        loss: the mean over the steps played, which is descended. gradient: its norm, before clipping. target: the mean
        of the targets. value: the mean team value of the first joint actions, to compare with discounted returns.
        """
        self.optimiser.zero_grad()
        loss, metrics = self.loss(episodes)
        loss.sum().backward()  # a sum, so that each run's gradient is that of its own loss
        gradient = clip(self.online.parameters(), self.settings.clip)
        self.optimiser.step()
        if self.settings.tau:
            self._move_targets(self.settings.tau)
        return {"loss": loss.detach(), "gradient": gradient, **metrics}

    def loss(self, episodes: Episodes) -> tuple[Tensor, dict[str, Tensor]]:
        """The mean loss of each run over the steps played, [R], and metrics of the same shape."""
        q = self.agents.unroll(episodes.obs, episodes.actions)
        target = self.targets(episodes, q.detach())
        available = episodes.available[:, :, :-1] | ~episodes.filled[..., None, None]  # padding's action is anything
        values, state = mask(q[:, :, :-1], available), episodes.state[:, :, :-1]
        losses = self.mixer.loss(*self._samples(values, episodes.actions, target, state))
        with torch.no_grad():
            first = self.mixer(values[:, :, 0], episodes.actions[:, :, 0], state[:, :, 0])
        played = episodes.filled.to(losses)
        share = played / played.sum((1, 2), keepdim=True)  # of each step in the mean: none for padding
        metrics = {"target": mean(target, share), "value": first.mean(1)}
        return mean(losses.reshape(share.shape), share), metrics

    @torch.no_grad()
    def targets(self, episodes: Episodes, q: Tensor) -> Tensor:
        """What each step's value should be, [R, N, T], or [R, N, T, n] where agents learn each on its own.

        q: the online utilities [R, N, T+1, n, A]. Double Q (van Hasselt et al. 2016): the online networks choose the
        next joint action and the target networks value it, so an action is not chosen for the error in its own value.
        """
        agents, mixer = self.target
        since = 0 if mixer.remembers else 1  # the first step whose state counts in what comes after a step
        values = agents.unroll(episodes.obs, episodes.actions)
        every = q, values, episodes.available, episodes.state
        q, values, available, state = self._samples(*(x[:, :, since:] for x in every))
        greedy = self.mixer.greedy(mask(q, available), state)
        after = mixer.backup(mask(values, available), greedy, state)
        after = after[:, :, 1:] if mixer.remembers else after.unflatten(1, episodes.reward.shape[1:])
        return td_lambda(episodes, after, self.settings.discount, self.settings.td_lambda)

    def _samples(self, *parts: Tensor) -> list[Tensor]:
        """What the mixer takes [R, N, T, ...] as: whole episodes where it remembers, else every step a sample."""
        return list(parts) if self.mixer.remembers else [flat(part) for part in parts]

    def refresh(self, played: int) -> None:
        """Copy the online networks to the target ones, if it is time to; `played`: episodes of each run so far."""
        if not self.settings.tau and played - self.copied >= self.settings.target_every:
            self._move_targets(1.0)
            self.copied = played

    @torch.no_grad()
    def _move_targets(self, share: float) -> None:
        torch._foreach_lerp_(list(self.target.parameters()), list(self.online.parameters()), share)

    def state_dict(self) -> dict:
        """A copy of all that an update depends on, for a checkpoint."""
        parts = {name: getattr(self, name).state_dict() for name in ("online", "target", "optimiser")}
        return deepcopy({**parts, "copied": self.copied})

    def load_state_dict(self, state: dict) -> None:
        """Go on from what `state_dict` returned, of a learner of the same method, environment and settings."""
        for name in ("online", "target", "optimiser"):
            getattr(self, name).load_state_dict(state[name])
        self.copied = state["copied"]


def td_lambda(episodes: Episodes, after: Tensor, discount: float, td_lambda: float) -> Tensor:
    """Targets [R, N, T(, n)] from the values `after` each step, of the same shape (Sutton and Barto 2018, 12.1).

    G_t = r_t + discount * ((1 - lambda) V_t+1 + lambda G_t+1). After a termination nothing is added to the reward; at
    the last step of an episode that a time limit cut there is no G, and V_t+1 takes its place.
    """
    none = torch.zeros_like(episodes.filled[..., :1])
    goes_on = torch.cat([episodes.filled[..., 1:], none], -1)  # [R, N, T]: another step was played
    steps = (episodes.reward, episodes.terminated, goes_on)
    reward, terminated, goes_on = steps if after.ndim == goes_on.ndim else (x.unsqueeze(-1) for x in steps)
    later = td_lambda * goes_on.to(after)  # the share of G_t+1
    target = reward + discount * ((1 - later) * after).masked_fill(terminated, 0)
    if td_lambda:
        for t in reversed(range(target.shape[2] - 1)):
            target[:, :, t] += discount * later[:, :, t] * target[:, :, t + 1]
    return target


def mean(x: Tensor, share: Tensor) -> Tensor:
    """The mean [R] of x [R, N, T], or [R, N, T, n], where every step counts by its share [R, N, T]."""
    x = x if x.ndim == share.ndim else x.mean(-1)
    return (x * share).sum((1, 2))


def clip(parameters: Iterable[nn.Parameter], most: float) -> Tensor:
    """Scale each run's gradient, in place, down to a norm of at most `most`; returns the norms before, [R]."""
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    norm = torch.cat([gradient.flatten(1) for gradient in gradients], 1).norm(dim=1)
    scale = (most / (norm + 1e-6)).clamp(max=1)
    torch._foreach_mul_(gradients, [scale.view(-1, *[1] * (gradient.ndim - 1)) for gradient in gradients])
    return norm


def flat(x: Tensor) -> Tensor:
    """[R, N, T, ...] -> [R, N T, ...]: to a mixer every step of every episode is one more sample."""
    return x.flatten(1, 2)
