"""What a trained team earns in games that it was not trained or tested on: the same ones, whichever team is asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from marl_helpers import envs
from marl_helpers.basics import arguments
from marl_helpers.basics.devices import check_memory, one_thread
from marl_helpers.mixers import layers
from marl_helpers.training.intervals import aligned, caution, estimate, iqm, median, short
from marl_helpers.training.learner import Learner
from marl_helpers.training.replay import Episodes, play

SPREAD = ("", "interquartile mean [95 %]", "median [95 %]", "seeds", "deviation of a seed's games")
AT_ONCE = 32  # games; with more, those before stay the same


class Run(Protocol):
    """What plays: runs.Run."""

    name: str
    env: envs.Env
    learner: Learner
    returns: np.ndarray
    diverged: Mapping[int, str]


@dataclass(frozen=True)
class Evaluation:
    """Greedy episodes: every seed of a run has played the same games. NaN for a seed that has diverged.

    method and env: as they are named. returns and lengths [seeds, episodes]; wins the same, 1 or 0, or None where the
    environment has no winning. diverged: seed -> what happened.
    """

    method: str
    env: str
    returns: np.ndarray
    lengths: np.ndarray
    wins: np.ndarray | None
    diverged: dict[int, str]

    def __repr__(self) -> str:
        seeds, episodes = self.returns.shape
        parts = {"returns": self.returns, "lengths": self.lengths, "wins": self.wins}
        rows = [[name, *spread(values)] for name, values in parts.items() if values is not None]
        lost = f", of which {len(self.diverged)} diverged and count nowhere" if self.diverged else ""
        title = f"{self.method} on {self.env}: {seeds} seeds{lost}, each in the same {episodes} games"
        few = caution([seeds - len(self.diverged)])
        return "\n".join([title, aligned([SPREAD, *rows]), *few, *self.diverged.values()])


def spread(values: np.ndarray) -> list[str]:
    """The columns of SPREAD: how seeds differ in their means over games [seeds, games], and a seed's games."""
    sound = values[np.isfinite(values).all(1)]
    if not len(sound):
        return ["none: all seeds have diverged", *[""] * (len(SPREAD) - 2)]
    means, games = sound.mean(1), sound.std(1).mean()
    found = [estimate([means], statistic) for statistic in (iqm, median)]
    return [*map(str, found), f"{short(means.min())} to {short(means.max())}", short(games)]


class Watched:
    """An environment that also knows which games of the newest world are won."""

    def __init__(self, env: envs.Env):
        self.env, self.won = env, None

    def __getattr__(self, name: str):
        return getattr(self.env, name)

    def observe(self, world: envs.World) -> envs.Observation:
        """What the environment shows of the world."""
        self.won = self.env.won(world)
        return self.env.observe(world)


@one_thread()
def evaluation(run: Run, episodes: int, seed: int) -> Evaluation:
    """What `Run.evaluate` returns; raises ValueError for bad arguments, and for games that do not fit into memory."""
    episodes, seed = arguments.at_least(1, episodes=episodes), arguments.at_least(0, seed=seed)
    seeds, env = len(run.returns), Watched(run.env)
    device = next(run.learner.agents.parameters()).device
    needed = seeds * AT_ONCE * Episodes.blank(run.env, 1, 1, "meta").bytes
    check_memory(f"{seeds} seeds' games, {AT_ONCE} at once,", needed, device, "load it elsewhere")
    generators, found = layers.generators(seed, 1), {"returns": [], "lengths": [], "wins": []}
    for _ in range(0, episodes, AT_ONCE):
        noise = layers.draw(generators, (run.env.limit + 1, AT_ONCE, run.env.noise), Tensor.uniform_).to(device)
        noise = noise.expand(seeds, -1, -1, -1).contiguous()
        draws = noise.new_zeros(seeds, run.env.limit, AT_ONCE, run.env.n_agents, 2)  # nobody explores
        played = play(env, run.learner.agents, run.learner.mixer, noise, draws, 0.0)
        found["returns"].append(played.returns)
        found["lengths"].append(played.filled.sum(-1))
        found["wins"].append(env.won)
    games = {name: _numbers(parts, episodes, run) for name, parts in found.items() if parts[0] is not None}
    return Evaluation(run.name, str(run.env), **{"wins": None, **games}, diverged=dict(run.diverged))


def _numbers(parts: list[Tensor], episodes: int, run: Run) -> np.ndarray:
    """[seeds, episodes], NaN for seeds that have diverged."""
    values = torch.cat(parts, 1)[:, :episodes].double().cpu().numpy()
    values[list(run.diverged)] = np.nan
    return values
