"""A small game, its agents in plain numpy, and random episodes: what the tests of the deep pipeline compare with."""

import pytest
import torch
from numpy import array, concatenate, exp, eye, maximum, tanh, zeros
from torch import Tensor

from marl_helpers import layers
from marl_helpers.basics.devices import one_thread
from marl_helpers.envs import Observation, Outcome
from marl_helpers.training.learner import Learner, Settings
from marl_helpers.training.replay import Episodes

RUNS, COUNT = 3, 5
SMALL = {"hidden": 5, "width": 3}


class Tiny:
    """A game that draws its length, how it ends and which actions there are, and remembers what was played.

    It breaks the promises that a rollout must not rely on: after its end a new game begins as if by itself, with
    rewards, other observations and another end.
    """

    n_agents, n_actions, obs_dim, state_dim, limit, noise, whole = 2, 3, 2, 3, 6, 4, ()
    entity_dim = 0

    def reset(self, noise: Tensor) -> dict[str, Tensor]:
        length = 1 + (noise[..., 0] * self.limit).long()
        return {
            "seed": noise,
            "time": torch.zeros_like(length),
            "length": length,
            "trace": torch.zeros_like(noise[..., 0]),
        }

    def observe(self, world: dict[str, Tensor]) -> Observation:
        """obs: the trace of what was played and the time, each agent's in other units. The last action always is."""
        trace, time, seed = world["trace"], world["time"], world["seed"]
        unit = torch.arange(1.0, self.n_agents + 1, device=trace.device)
        obs = torch.stack([trace.unsqueeze(-1) * unit, time.unsqueeze(-1) / unit], -1)
        state = torch.stack([trace, time.float(), seed[..., 1]], -1)
        place = torch.arange(self.n_agents * self.n_actions, device=trace.device).unflatten(0, (self.n_agents, -1))
        available = (place + 2.3 * trace[..., None, None]).sin() > -0.4
        available[..., -1] = True
        return Observation(obs, state, available)

    def step(self, world: dict[str, Tensor], actions: Tensor, noise: Tensor) -> tuple[dict[str, Tensor], Outcome]:
        time = world["time"] + 1
        ends, good = time % world["length"] == 0, world["seed"][..., 2] < 0.5
        trace = 0.7 * world["trace"] + noise[..., 3] + actions[..., 0] - 0.5 * actions[..., 1]
        at_limit = (time >= self.limit) & ~good
        return world | {"time": time, "trace": trace}, Outcome(trace + 1, ends & good, (ends & ~good) | at_limit)


def normal(generators: layers.Generators, *shape: int) -> Tensor:
    return layers.draw(generators, shape, Tensor.normal_).double()


def random_episodes(seed: int, runs: int, count: int, env=Tiny) -> Episodes:
    """Episodes in float64 of every length and end, drawn at random, with padding as it has to be.

    The first ends at once, the second is cut by the time limit in its last step, and the third before that.
    """
    g = layers.generators(seed, runs)
    n, steps = env.n_agents, env.limit
    length = 1 + (layers.draw(g, (count,), Tensor.uniform_) * steps).long()
    over = layers.draw(g, (count,), Tensor.uniform_) < 0.5
    length[:, :3], over[:, :3] = torch.tensor([1, steps, steps - 2]), torch.tensor([True, False, False])
    time = torch.arange(steps + 1)
    seen, filled = time <= length.unsqueeze(-1), time[:-1] < length.unsqueeze(-1)
    available = layers.draw(g, (count, steps + 1, n, env.n_actions), Tensor.uniform_) < 0.6
    available[..., 1] |= ~available.any(-1)
    actions = layers.draw(g, (count, steps, n, env.n_actions), Tensor.uniform_)
    actions = actions.masked_fill(~available[:, :, :-1], -1).argmax(-1)
    return Episodes(
        obs=normal(g, count, steps + 1, n, env.obs_dim) * seen[..., None, None],
        state=normal(g, count, steps + 1, env.state_dim) * seen[..., None],
        available=available | ~seen[..., None, None],
        actions=actions * filled[..., None],
        reward=normal(g, count, steps) * filled,
        filled=filled,
        terminated=(time[:-1] == length.unsqueeze(-1) - 1) & over.unsqueeze(-1),
    )


def some(episodes: Episodes, runs: slice) -> Episodes:
    """The episodes of some runs."""
    return episodes.map(lambda x: x[runs])


class PlainAgents:
    """One run's agents, one agent and one step at a time, in numpy."""

    def __init__(self, agents, run: int):
        self.weights = {name: value[run].detach().double().numpy() for name, value in agents.state_dict().items()}
        self.n_agents, self.n_actions, self.hidden = agents.n_agents, agents.n_actions, agents.hidden
        self.begin()

    def begin(self) -> None:
        """A new episode."""
        self.memory, self.last = zeros((self.n_agents, self.hidden)), [None] * self.n_agents

    def utilities(self, obs) -> array:
        """[n, A] of observations [n, obs_dim], with all that was seen and done before in mind."""
        return array([self._one(i, obs[i]) for i in range(self.n_agents)])

    def _one(self, agent: int, obs) -> array:
        w, h, size = self.weights, self.memory[agent], self.hidden
        last = zeros(self.n_actions) if self.last[agent] is None else eye(self.n_actions)[self.last[agent]]
        seen = concatenate([obs, last, eye(self.n_agents)[agent]])
        x = maximum(seen @ w["encode.weight"] + w["encode.bias"][0], 0)
        from_x = x @ w["remember.input_weight"] + w["remember.input_bias"][0]
        from_h = h @ w["remember.hidden_weight"] + w["remember.hidden_bias"][0]
        r, z = (1 / (1 + exp(-(from_x + from_h)[k * size : (k + 1) * size])) for k in range(2))
        new = tanh(from_x[2 * size :] + r * from_h[2 * size :])
        self.memory[agent] = (1 - z) * new + z * h
        return self.memory[agent] @ w["value.weight"] + w["value.bias"][0]


@pytest.fixture(autouse=True)
def one_thread_each():
    """Tensors as small as here wait longer for a second thread than they compute."""
    with one_thread():
        yield


def make(method, seed=0, which=slice(None), runs=RUNS, **options):
    """A learner in float64 whose target networks are not its online ones."""
    learner = Learner(Tiny, method, layers.generators(seed, runs)[which], Settings(**(SMALL | options)))
    other = Learner(Tiny, method, layers.generators(seed + 1, runs)[which], learner.settings)
    learner.online.double()
    learner.target.load_state_dict(other.online.state_dict())
    learner.target.double()
    return learner
