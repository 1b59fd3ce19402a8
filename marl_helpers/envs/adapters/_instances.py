"""Games of one PettingZoo parallel environment side by side in NumPy; its mistakes are named: agent, step and field.

Loaded by parallel.py with its first use, as it needs Gymnasium.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np
from gymnasium import spaces


class Seen(NamedTuple):
    """What is seen of N games: obs [N, n, obs_dim] and state [N, state_dim] float32, available [N, n, A] bool."""

    obs: np.ndarray
    state: np.ndarray
    available: np.ndarray


class Listed:
    """A Gymnasium environment of a team (Tuple spaces, lists of observations and rewards) in PettingZoo's form.

    A reward or an end that is a single number is everyone's. Raises ValueError for spaces that are no Tuple.
    """

    def __init__(self, env):
        for name in ("observation_space", "action_space"):
            if not isinstance(space := getattr(env, name), spaces.Tuple):
                raise ValueError(f"{name} is {space}: a team's is a Tuple with one space for each agent")
        self.env, self.possible_agents = env, [f"agent_{i}" for i in range(len(env.action_space))]
        self.observation_space = dict(zip(self.possible_agents, env.observation_space)).__getitem__
        self.action_space = dict(zip(self.possible_agents, env.action_space)).__getitem__
        if callable(own := getattr(env, "state", None)):
            self.state = own

    def reset(self, seed: int) -> tuple[dict, dict]:
        seen, info = self.env.reset(seed=seed)
        return self._each(seen), self._masks(info)

    def step(self, actions: dict) -> tuple[dict, ...]:
        *found, info = self.env.step([actions[agent] for agent in self.possible_agents])
        return *map(self._each, found), self._masks(info)

    def _each(self, values) -> dict:
        alone = not isinstance(values, Sequence | np.ndarray)
        return dict(zip(self.possible_agents, [values] * len(self.possible_agents) if alone else values))

    def _masks(self, info: dict) -> dict:
        masks = info.get("action_mask", ())
        return {agent: {"action_mask": mask} for agent, mask in zip(self.possible_agents, masks)}


class Layout:
    """Who plays, and where their numbers go: agents' observations and actions are padded to the longest.

    Raises ValueError for actions that are not Discrete.
    """

    def __init__(self, env, name: str):
        self.agents = list(env.possible_agents)
        for agent in self.agents:
            if not isinstance(space := env.action_space(agent), spaces.Discrete):
                raise ValueError(
                    f"{name}: action space of agent {agent!r} is {space}: only Discrete ones can be learned here"
                )
        choices, sights = [
            [space(agent) for agent in self.agents] for space in (env.action_space, env.observation_space)
        ]
        self.counts, self.firsts = [int(space.n) for space in choices], [int(space.start) for space in choices]
        self.masked = [isinstance(space, spaces.Dict) and "action_mask" in space.spaces for space in sights]
        self.spaces = [space["observation"] if masked else space for space, masked in zip(sights, self.masked)]
        self.sizes = [spaces.flatdim(space) for space in self.spaces]
        self.n_actions, self.obs_dim = max(self.counts), max(self.sizes)
        self.filled = np.concatenate([k * self.obs_dim + np.arange(size) for k, size in enumerate(self.sizes)])
        self.own_state, self.state_dim = False, len(self.filled)
        env.reset(seed=0)
        try:
            self.own_state, self.state_dim = True, np.size(env.state())
        except (AttributeError, NotImplementedError):  # it has none, and everyone's observations serve
            self.own_state = False

    def blank(self, games: int) -> Seen:
        """Games in which nobody is present: nothing to see, and the first action alone to play."""
        team = games, len(self.agents)
        obs, state = np.zeros((*team, self.obs_dim), np.float32), np.zeros((games, self.state_dim), np.float32)
        return Seen(obs, state, np.arange(self.n_actions) == np.zeros((*team, 1)))


class Game:
    """One instance. Agents that are not in the game (any more) see zeros and have their first action only."""

    def __init__(self, env, layout: Layout, name: str, reward: str):
        self.env, self.layout, self.name, self.reward = env, layout, name, reward
        self.present, self.ended, self.time = [], set(), 0

    def begin(self, seed: int, row: Seen) -> None:
        seen, infos = self.env.reset(seed=seed)
        self.present = [agent for agent in self.layout.agents if agent in seen]
        if not self.present:
            raise ValueError(f"{self.name}: observations at the start have no agent: give those that begin theirs")
        self._look(self.present, seen, infos, row)

    def step(self, actions: list[int], row: Seen) -> tuple[float, bool, bool]:
        """The team's reward, whether the game is over, and whether a time limit of its own cut it."""
        self.time += 1
        lay = self.layout
        played = {a: k + first for a, k, first in zip(lay.agents, actions, lay.firsts) if a in self.present}
        seen, rewards, terminated, truncated, infos = self.env.step(played)
        reward = self._team(played, rewards)
        ended = [agent for agent in played if terminated.get(agent) or truncated.get(agent)]
        self.ended.update(ended)
        for agent in played:
            if agent not in seen and agent not in self.ended:
                raise self.wrong("observation", agent, "is missing, and the agent has not ended: give it")
        self.present = [agent for agent in lay.agents if agent in seen and agent not in self.ended]
        self._look(self.present or [agent for agent in played if agent in seen], seen, infos, row)
        cut = any(truncated.get(agent) and not terminated.get(agent) for agent in ended)
        return reward, not self.present, not self.present and cut

    def wrong(self, field: str, agent: str, what: str) -> ValueError:
        """The error that names them all."""
        return ValueError(f"{self.name}: {field} of agent {agent!r} at step {self.time} {what}")

    def _team(self, played: Iterable[str], rewards: dict) -> float:
        """What the team earns for what its agents do."""
        values = {}
        for agent in played:
            if agent not in rewards:
                raise self.wrong("reward", agent, "is missing: give it")
            try:
                values[agent] = float(rewards[agent])
            except (TypeError, ValueError):
                raise self.wrong("reward", agent, f"is {rewards[agent]!r}: give a number") from None
            if not math.isfinite(values[agent]):
                raise self.wrong("reward", agent, f"is {values[agent]}: give a finite number")
        if self.reward == "sum":
            return sum(values.values())
        (first, shared), *others = values.items()
        for agent, value in others:
            if not math.isclose(value, shared, rel_tol=1e-5, abs_tol=1e-6):
                differ = f"is {value:g}, and that of {first!r} {shared:g}"
                raise self.wrong("reward", agent, f"{differ}: a team shares one; reward='sum' adds them up")
        return shared

    def _look(self, agents: list[str], seen: dict, infos: dict, row: Seen) -> None:
        lay = self.layout
        for i, agent in enumerate(lay.agents):
            if agent in agents:
                given, mask = seen[agent], (infos.get(agent) or {}).get("action_mask")
                if lay.masked[i]:
                    given, mask = given["observation"], given["action_mask"]
                row.obs[i, : lay.sizes[i]] = self._flat(i, given)
                row.available[i, : lay.counts[i]] = True if mask is None else self._mask(i, mask)
        if not lay.own_state:
            row.state[:] = row.obs.reshape(-1)[lay.filled]
            return
        state = np.asarray(self.env.state(), np.float32)
        if state.size != lay.state_dim:
            what = f"has shape {list(state.shape)}: it had {lay.state_dim} numbers at the start"
            raise ValueError(f"{self.name}: state at step {self.time} {what}")
        row.state[:] = state.reshape(-1)

    def _flat(self, i: int, given) -> np.ndarray:
        space, agent = self.layout.spaces[i], self.layout.agents[i]
        if not isinstance(space, spaces.Box):
            if given not in space:
                raise self.wrong("observation", agent, f"is {given!r}: its space is {space}")
            return spaces.flatten(space, given)
        if np.shape(given) != space.shape:
            found, needed = list(np.shape(given)), list(space.shape)
            raise self.wrong("observation", agent, f"has shape {found}: its space has {needed}")
        return np.reshape(given, -1)

    def _mask(self, i: int, mask) -> np.ndarray:
        agent, count = self.layout.agents[i], self.layout.counts[i]
        if np.shape(mask) != (count,):
            found = list(np.shape(mask))
            raise self.wrong("action_mask", agent, f"has shape {found}: give [{count}], one for each action")
        if not np.any(mask):
            raise self.wrong("action_mask", agent, "leaves no action: allow at least one")
        return np.asarray(mask, bool)


class Games:
    """Many instances, each made anew for every game: a reset may leave something of the game before."""

    def __init__(self, make: Callable, layout: Layout, name: str, reward: str):
        self.make, self.layout, self.name, self.reward = make, layout, name, reward
        self.games: list[Game] = []

    def reset(self, seeds: Sequence[int]) -> Seen:
        """Begin a game for each seed."""
        self.games = [Game(self.make(), self.layout, self.name, self.reward) for _ in seeds]
        seen = self.layout.blank(len(seeds))
        for game, seed, *row in zip(self.games, seeds, *seen):
            game.begin(seed, Seen(*row))
        return self._finite(seen)

    def step(self, actions: Sequence[list[int]], over: Sequence[bool]) -> tuple[Seen, np.ndarray]:
        """One step of those that are not over: what is seen, and [N, 3] of what each `Game.step` returned."""
        seen, brought = self.layout.blank(len(actions)), np.zeros((len(actions), 3), np.float32)
        for k, (game, own, still, *row) in enumerate(zip(self.games, actions, over, *seen)):
            if not still:
                brought[k] = game.step(own, Seen(*row))
        return self._finite(seen), brought

    def _finite(self, seen: Seen) -> Seen:
        what = "has a number that is not finite (NaN or infinite): give finite ones"
        if not np.isfinite(seen.obs).all():
            k, i, _ = np.argwhere(~np.isfinite(seen.obs))[0]
            raise self.games[k].wrong("observation", self.layout.agents[i], what)
        if not np.isfinite(seen.state).all():
            k, _ = np.argwhere(~np.isfinite(seen.state))[0]
            raise ValueError(f"{self.name}: state at step {self.games[k].time} {what}")
        return seen
