"""Whole episodes: how they are played, and where they are kept.

Second of three files, after agents.py. Shapes: R runs, N episodes side by side, T steps, n agents, A actions.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from marl_helpers.basics.devices import check_memory, may_look
from marl_helpers.envs.trial import check_whole
from marl_helpers.mixers import Mixer
from marl_helpers.mixers.layers import Generators, draw
from marl_helpers.training.agents import Agents, explore

if TYPE_CHECKING:
    from marl_helpers.envs import Env

PLAYED = {"obs": torch.float32, "state": torch.float32, "actions": torch.int64}  # what may be kept as bytes


@dataclass(frozen=True)
class Episodes:
    """N episodes of each run, all of them T steps long: a shorter one is padded with zeros, every action available.

    Step t leads from observation t to observation t + 1, so there is one observation more than there are steps. The one
    after the last step played is kept also: where a time limit cut an episode short, its value is what comes next.
    """

    obs: Tensor  # [R, N, T+1, n, obs_dim]
    state: Tensor  # [R, N, T+1, state_dim]
    available: Tensor  # [R, N, T+1, n, A] bool
    actions: Tensor  # [R, N, T, n] int64
    reward: Tensor  # [R, N, T]
    filled: Tensor  # [R, N, T] bool: this step was played, and is no padding
    terminated: Tensor  # [R, N, T] bool: the game ended with this step, unlike one that a time limit cut

    @classmethod
    def blank(
        cls, env: "Env", runs: int, episodes: int, device: torch.device | str, packed: bool = False
    ) -> "Episodes":
        """Nothing but padding; packed, as a replay keeps it: in bytes what the environment calls whole, and actions."""
        steps, n = (runs, episodes, env.limit), env.n_agents
        seen = (runs, episodes, env.limit + 1)
        whole = (*env.whole, "actions") if env.n_actions <= 256 else env.whole
        kinds = {name: torch.uint8 if packed and name in whole else kind for name, kind in PLAYED.items()}
        return cls(
            obs=torch.zeros(*seen, n, env.obs_dim, dtype=kinds["obs"], device=device),
            state=torch.zeros(*seen, env.state_dim, dtype=kinds["state"], device=device),
            available=torch.ones(*seen, n, env.n_actions, dtype=torch.bool, device=device),
            actions=torch.zeros(*steps, n, dtype=kinds["actions"], device=device),
            reward=torch.zeros(steps, device=device),
            filled=torch.zeros(steps, dtype=torch.bool, device=device),
            terminated=torch.zeros(steps, dtype=torch.bool, device=device),
        )

    @property
    def returns(self) -> Tensor:
        """What each episode earned, not discounted, [R, N]."""
        return self.reward.sum(-1)

    @property
    def bytes(self) -> int:
        """The memory that all of it takes."""
        return sum(tensor.numel() * tensor.element_size() for tensor in vars(self).values())

    def map(self, change: Callable[[Tensor], Tensor]) -> "Episodes":
        """The same change made to every tensor."""
        return Episodes(**{name: change(tensor) for name, tensor in vars(self).items()})


def collect(
    env: "Env", agents: Agents, mixer: Mixer, generators: Generators, episodes: int, epsilon: float | Tensor
) -> Episodes:
    """Play that many episodes for every run, side by side, and never wait for their outcome on the way.

    epsilon: the probability that an agent explores at a step, a number or, for each run its own, [R, 1, 1]. All random
    numbers are drawn before the first step, those of env.limit steps, run k's from generator k alone: so what is drawn
    next does not depend on when games end. On a CPU playing stops once every game is over. Elsewhere nobody looks, and
    every environment makes env.limit steps; what one makes after its end becomes padding.
    """
    shapes = (env.limit + 1, episodes, env.noise), (env.limit, episodes, env.n_agents, 2)
    sizes = [math.prod(shape) for shape in shapes]
    numbers = draw(generators, (sum(sizes),), Tensor.uniform_).split(sizes, 1)
    noise, draws = (x.view(len(x), *shape) for x, shape in zip(numbers, shapes))
    return play(env, agents, mixer, noise, draws, epsilon)


@torch.no_grad()
def play(env: "Env", agents: Agents, mixer: Mixer, noise: Tensor, draws: Tensor, epsilon: float | Tensor) -> Episodes:
    """`collect` with its random numbers given: noise [R, T+1, N, env.noise] for the games, draws [R, T, N, n, 2].

    The mixer says what the team plays greedily: each agent's own best action, or what agents on a graph agree on.
    """
    world = env.reset(noise[:, 0])
    seen, played, outcomes = [env.observe(world)], [], []
    last, memory = agents.start(seen[0].obs)
    over, looking = torch.zeros((), dtype=torch.bool, device=noise.device), may_look(noise.device)
    for t in range(env.limit):
        now = seen[-1]
        q, memory = agents.step(now.obs, last, memory)
        greedy = mixer.greedy(q, now.state, now.available)
        last = explore(greedy, now.available, epsilon, draws[:, t])
        world, outcome = env.step(world, last, noise[:, t + 1])
        seen.append(env.observe(world))
        played.append(last)
        outcomes.append(outcome)
        over = over | outcome.terminated | outcome.truncated
        if looking and over.all():
            break

    idle = env.limit - len(played)  # the last step stands for those that nobody played: all of it becomes padding

    def all_steps(parts: list, name: str) -> Tensor:
        return torch.stack([getattr(part, name) for part in parts + parts[-1:] * idle], 2)

    terminated = all_steps(outcomes, "terminated")
    ended = terminated | all_steps(outcomes, "truncated")
    return pad(
        Episodes(
            obs=all_steps(seen, "obs"),
            state=all_steps(seen, "state"),
            available=all_steps(seen, "available"),
            actions=torch.stack(played + played[-1:] * idle, 2),
            reward=all_steps(outcomes, "reward"),
            filled=ended.cumsum(-1) - ended.long() == 0,  # no step before this one ended the episode
            terminated=terminated,
        )
    )


def pad(episodes: Episodes) -> Episodes:
    """The same episodes with padding wherever a step was not played, and after the observation that ends them."""
    filled = episodes.filled
    real = torch.cat([torch.ones_like(filled[..., :1]), filled], -1)  # [R, N, T+1]: observation t + 1 follows step t
    return Episodes(
        obs=_keep(real, episodes.obs),
        state=_keep(real, episodes.state),
        available=_keep(real, episodes.available, instead=True),
        actions=_keep(filled, episodes.actions),
        reward=_keep(filled, episodes.reward),
        filled=filled,
        terminated=episodes.terminated & filled,
    )


def _keep(where: Tensor, tensor: Tensor, instead: float = 0) -> Tensor:
    """The tensor, and `instead` where it is to be padded; `where` lacks its last axes."""
    return tensor.masked_fill(~where.reshape(*where.shape, *[1] * (tensor.ndim - where.ndim)), instead)


class Replay:
    """The last `capacity` episodes of each run, on the device: old episodes make room for new ones.

    A slot is overwritten to its last step, padding included, so a short episode keeps no tail of a longer one. What
    fits into bytes is kept in bytes, and handed out as it was played. Raises ValueError where all of them would not fit
    into what is free of the device's memory.
    """

    def __init__(self, env: "Env", runs: int, capacity: int, device: torch.device | str = "cpu"):
        if capacity < 1:
            raise ValueError(f"capacity is {capacity}: give a whole number of episodes, at least 1")
        needed = capacity * Episodes.blank(env, runs, 1, "meta", packed=True).bytes
        what = f"capacity is {capacity} with {runs} seeds: the replay's episodes"
        check_memory(what, needed, device, "give a smaller capacity, or fewer seeds")
        self.episodes = Episodes.blank(env, runs, capacity, device, packed=True)
        self.capacity, self.added = capacity, 0

    def __len__(self) -> int:
        """How many episodes of each run there are to sample from."""
        return min(self.added, self.capacity)

    def add(self, episodes: Episodes) -> None:
        """Store episodes of the same environment and number of runs; raises ValueError if they do not fit."""
        count = episodes.reward.shape[1]
        if count > self.capacity:
            raise ValueError(f"episodes hold {count} of each run: give at most the replay's capacity, {self.capacity}")
        slots = (self.added + torch.arange(count, device=episodes.reward.device)) % self.capacity
        for name, kept in vars(self.episodes).items():
            new = getattr(episodes, name)
            if new.shape[2:] != kept.shape[2:] or len(new) != len(kept):
                wanted = [len(kept), "any", *kept.shape[2:]]
                raise ValueError(f"episodes: {name} is {list(new.shape)}: this replay's env and runs need {wanted}")
            if kept.dtype == torch.uint8 and new.is_floating_point() and may_look(new.device):
                check_whole("episodes", name, new)
            kept.index_copy_(1, slots, new.to(kept.dtype))
        self.added += count

    def sample(self, count: int, generators: Generators) -> Episodes:
        """That many different episodes of each run, run k's chosen by generator k; raises ValueError for too many.

        On a CPU they are only as long as the longest of them: padding adds nothing to a loss, and takes as long.
        """
        if not 1 <= count <= len(self):
            raise ValueError(f"count is {count}: the replay holds {len(self)} episodes of each run, so add some first")
        draws = draw(generators, (len(self),), Tensor.uniform_)
        chosen = draws.topk(count).indices  # [R, count]: where the largest draws fell is anywhere, and never twice
        runs = torch.arange(len(draws), device=draws.device).unsqueeze(-1)
        idle = int((~self.episodes.filled[runs, chosen]).sum(-1).min()) if may_look(draws.device) else 0
        batch = vars(self.episodes.map(lambda kept: kept[:, :, : kept.shape[2] - idle][runs, chosen]))
        return Episodes(**{name: x.to(PLAYED.get(name, x.dtype)) for name, x in batch.items()})

    def state(self) -> dict[str, Tensor | int]:
        """Everything, for a checkpoint to be written now: of a full replay the tensors themselves, not a copy."""
        full = len(self) == self.capacity
        return {
            "added": self.added,
            **vars(self.episodes.map(lambda kept: kept if full else kept[:, : len(self)].clone())),
        }

    def load(self, state: dict[str, Tensor | int]) -> None:
        """Go on from what `state` returned; raises ValueError where it was another environment's or another size."""
        added = state["added"]
        for name, kept in vars(self.episodes).items():
            wanted = (len(kept), min(added, self.capacity), *kept.shape[2:])
            if state[name].shape != wanted:
                found = list(state[name].shape)
                raise ValueError(
                    f"replay: {name} was saved as {found}, where {list(wanted)} is needed: load it with the env, runs "
                    "and capacity that it was saved with"
                )
        for name, kept in vars(self.episodes).items():
            kept[:, : state[name].shape[1]] = state[name]
        self.added = added
