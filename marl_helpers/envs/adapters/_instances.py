"""Games of one PettingZoo parallel environment side by side in NumPy; `_reading` names the environment's mistakes.

Loaded by parallel.py with its first use, as it needs Gymnasium.

An instance that has an `entity_dim` says that its observations are tables of rows that wide, as envs/entities.py
describes them: an agent's own row first, and each begins with 1, or is all zeros for who is absent. Its possible_agents
are the slots, and whoever is not in the game, not yet or no more, is absent. Its own `state` is a table too, whose
first rows are those of possible_agents in their order; without one the state is made of everyone's own row.
"""

import math
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from gymnasium import spaces

from marl_helpers.envs.adapters._listed import Listed
from marl_helpers.envs.adapters._reading import START, STEP, Reading, agents_of, mask_in, size_of, space_of, width_of
from marl_helpers.envs.adapters.theirs import close, theirs


class Seen(NamedTuple):
    """What is seen of N games: obs [N, n, obs_dim] and state [N, state_dim] float32, available [N, n, A] bool."""

    obs: np.ndarray
    state: np.ndarray
    available: np.ndarray


class Layout:
    """Who plays, and where their numbers go: agents' observations and actions are padded to the longest.

    Resets the environment. Raises ValueError for what is no parallel environment, for actions that are not Discrete,
    and for observations without a fixed number of numbers.
    """

    def __init__(self, env, name: str):
        self.name = name
        if isinstance(env, Listed):
            env.check(name)
        self.agents = agents_of(env, name, env.env if isinstance(env, Listed) else env)
        choices = [space_of(env.action_space, agent, "action", name) for agent in self.agents]
        for agent, space in zip(self.agents, choices):
            if not isinstance(space, spaces.Discrete):
                only = "only Discrete ones can be learned here"
                raise ValueError(f"{name}: action space of agent {agent!r} is {space}: {only}")
        sights = [space_of(env.observation_space, agent, "observation", name) for agent in self.agents]
        self.counts, self.firsts = [int(space.n) for space in choices], [int(space.start) for space in choices]
        self.masks = [mask_in(space.spaces) if isinstance(space, spaces.Dict) else None for space in sights]
        self.spaces = [space if mask is None else _without(space, mask) for space, mask in zip(sights, self.masks)]
        self.sizes = [size_of(space, agent, name) for agent, space in zip(self.agents, self.spaces)]
        self.n_actions, self.obs_dim = max(self.counts), max(self.sizes)
        self.entity_dim = width_of(env, name)
        parts = [self.entity_dim or size for size in self.sizes]  # of everyone's observation, where there is no state
        self.filled = np.concatenate([k * self.obs_dim + np.arange(size) for k, size in enumerate(parts)])
        theirs(name, "reset", env.reset, seed=0)
        state = Reading(name).state(env, self.agents)
        self.own_state = state is not None
        self.state_dim = state.size if self.own_state else len(self.filled)
        self._check_rows()

    def _check_rows(self) -> None:
        """Raise ValueError where there should be whole rows, and are not."""
        width, least = self.entity_dim, len(self.agents)
        sizes = {f"observation space of agent {agent!r}": (size, 1) for agent, size in zip(self.agents, self.sizes)}
        for what, (size, rows) in (sizes | {"state": (self.state_dim, least)}).items() if width else ():
            if size % width or size < rows * width:
                need = f"give whole rows of its entity_dim, {width}, at least {rows}"
                raise ValueError(f"{self.name}: {what} has {size} numbers: {need}")

    def blank(self, games: int) -> Seen:
        """Games in which nobody is present: nothing to see, and the first action alone to play."""
        team = games, len(self.agents)
        obs, state = np.zeros((*team, self.obs_dim), np.float32), np.zeros((games, self.state_dim), np.float32)
        return Seen(obs, state, np.arange(self.n_actions) == np.zeros((*team, 1)))

    def apart(self, i: int, given: Any) -> tuple[Any, Any]:
        """What agent i observes, and the mask beside it, None where there is none."""
        if (name := self.masks[i]) is None or not isinstance(given, Mapping):
            return given, None
        return {key: value for key, value in given.items() if key != name}, given.get(name)


def _without(space: spaces.Dict, mask: str) -> spaces.Dict:
    return spaces.Dict({key: one for key, one in space.spaces.items() if key != mask})


class Game:
    """One instance. Agents that are not in the game (any more) see zeros and have their first action only."""

    def __init__(self, env, layout: Layout, reward: str):
        self.env, self.layout, self.reward = env, layout, reward
        self.reading = Reading(layout.name)
        self.present, self.ended, self.masked = [], {}, set()

    def begin(self, seed: int, row: Seen) -> None:
        came = theirs(self.layout.name, "reset", self.env.reset, seed=seed)
        seen, infos = self.reading.parts("reset", came, START)
        self.reading.known(self.layout.agents, seen, infos)
        self.present = [agent for agent in self.layout.agents if agent in seen]
        if not self.present:
            what = "observations at the start have no agent: give those that begin theirs"
            raise ValueError(f"{self.layout.name}: {what}")
        self._look(self.present, self.present, seen, infos, row)

    def step(self, actions: list[int], row: Seen) -> tuple[float, bool, bool]:
        """The team's reward, whether the game is over, and whether a time limit of its own cut it."""
        lay, reading = self.layout, self.reading
        reading.time += 1
        played = {a: k + first for a, k, first in zip(lay.agents, actions, lay.firsts) if a in self.present}
        came = theirs(lay.name, f"step {reading.time}", self.env.step, played)
        seen, rewards, terminated, truncated, infos = reading.parts("step", came, STEP)
        reading.known(lay.agents, seen, infos)
        reward = self._team(played, rewards)
        over, cut = self._ends(played, seen, terminated, truncated)
        shown = self.present or [agent for agent in played if agent in seen]
        if self.present or cut or not lay.entity_dim:  # in tables nobody is there after a termination
            self._look(shown, self.present or cut, seen, infos, row)  # nobody acts after a termination
        return reward, over, bool(cut)

    def _ends(self, played: Iterable, seen: Mapping, *given: Mapping) -> tuple[bool, list]:
        """Whether the game is over, and who would have gone on, had a time limit not cut it; notes who is present."""
        told = dict.fromkeys((*played, *seen))
        terminated, truncated = (self.reading.ends(field, flags, told, played) for field, flags in zip(STEP[2:], given))
        ended = terminated | truncated
        for agent in seen:
            if agent in self.ended and agent not in ended and all(agent in flags for flags in given):
                left = f"has not ended, but it had at step {self.ended[agent]}: leave it out, or let it stay so"
                raise self.reading.wrong(STEP[2], agent, left)
        for agent in played:
            if agent not in seen and agent not in ended:
                raise self.reading.wrong("observation", agent, "is missing, and the agent has not ended: give it")
        self.ended |= {agent: self.reading.time for agent in played if agent in ended}
        self.present = [a for a in self.layout.agents if a in seen and a not in ended and a not in self.ended]
        cut = [] if self.present else [agent for agent in played if agent in truncated - terminated]
        for agent in cut:
            if agent not in seen:
                what = "is missing, and a time limit cut the game: give what it would have gone on from"
                raise self.reading.wrong("observation", agent, what)
        return not self.present, cut

    def _team(self, played: Iterable, rewards: Mapping) -> float:
        """What the team earns for what its agents do."""
        values = {}
        for agent in played:
            if agent not in rewards:
                raise self.reading.wrong("reward", agent, "is missing: give it")
            values[agent] = self.reading.number("reward", agent, rewards[agent])
        if self.reward == "sum":
            return sum(values.values())
        (first, shared), *others = values.items()
        for agent, value in others:
            if not math.isclose(value, shared, rel_tol=1e-5, abs_tol=1e-6):
                differ = f"is {value:g}, and that of {first!r} {shared:g}"
                raise self.reading.wrong("reward", agent, f"{differ}: a team shares one; reward='sum' adds them up")
        return shared

    def _look(self, shown: Sequence, acting: Sequence, seen: Mapping, infos: Mapping, row: Seen) -> None:
        lay, reading = self.layout, self.reading
        for i, agent in enumerate(lay.agents):
            if agent in shown:
                given, mask = lay.apart(i, seen[agent])
                row.obs[i, : lay.sizes[i]] = reading.flat(lay.spaces[i], given, agent)
                if agent in acting:
                    name, mask = reading.mask(infos, agent) if mask is None else (lay.masks[i], mask)
                    self._allow(i, name, mask, row)
                else:
                    row.available[i, : lay.counts[i]] = True
        if lay.own_state:
            state = reading.state(self.env, lay.agents)
            if state is None or state.size != lay.state_dim:
                what = "is missing" if state is None else f"has {state.size} numbers"
                raise reading.wrong("state", None, f"{what}: it had {lay.state_dim} at the start")
            row.state[:] = state
        else:
            row.state[:] = row.obs.reshape(-1)[lay.filled]
        if lay.entity_dim:
            self._tabled(shown, row)

    def _tabled(self, shown: Sequence, row: Seen) -> None:
        """Check that tables of rows say of everyone whether it is there."""
        lay, reading = self.layout, self.reading
        rows = reading.rows("state", None, row.state, lay.entity_dim)
        for i, agent in enumerate(lay.agents):
            if agent in shown and not reading.rows("observation", agent, row.obs[i], lay.entity_dim)[0, 0]:
                raise reading.wrong("observation", agent, "says that it is absent itself: begin its own row with 1")
            if (agent in shown) != bool(rows[i, 0]):
                said = "absent, and it is in the game: begin its row with 1"
                said = said if agent in shown else "there, and it is not in the game: give zeros"
                raise reading.wrong("state", None, f"says that agent {agent!r} is {said}")

    def _allow(self, i: int, name: str, mask: Any, row: Seen) -> None:
        """Note what an agent may play: everything, if it never had a mask."""
        agent, count = self.layout.agents[i], self.layout.counts[i]
        if mask is None and (agent in self.masked or self.layout.masks[i]):
            raise self.reading.wrong(name, agent, "is missing: give it whenever the agent may act next")
        if mask is not None:
            self.masked.add(agent)
        row.available[i, :count] = True if mask is None else self.reading.available(name, mask, count, agent)


class Games:
    """Many instances, each made anew for every game: a reset may leave something of the game before.

    They are closed by `close`, which an error calls too, and when nobody has these games any more.
    """

    def __init__(self, make: Callable, layout: Layout, reward: str):
        self.make, self.layout, self.reward = make, layout, reward
        self.games, self.instances = [], []
        self.close = weakref.finalize(self, close, layout.name, self.instances)

    def reset(self, seeds: Sequence[int]) -> Seen:
        """Begin a game for each seed."""
        with self._closing():
            for _ in seeds:
                self.instances.append(theirs(self.layout.name, "making an instance", self.make))
            if len({id(one.env if isinstance(one, Listed) else one) for one in self.instances}) < len(seeds):
                what = "it was the same instance twice that was made: make a new one every time"
                raise ValueError(f"{self.layout.name}: {what}")
            self.games = [Game(instance, self.layout, self.reward) for instance in self.instances]
            seen = self.layout.blank(len(seeds))
            for game, seed, *row in zip(self.games, seeds, *seen):
                game.begin(seed, Seen(*row))
            return self._finite(seen)

    def step(self, actions: Sequence[list[int]], over: Sequence[bool]) -> tuple[Seen, np.ndarray]:
        """One step of those that are not over: what is seen, and [N, 3] of what each `Game.step` returned."""
        if not self.close.alive:
            raise ValueError(f"{self.layout.name}: the world's games ended with an error: reset for new ones")
        seen, brought = self.layout.blank(len(actions)), np.zeros((len(actions), 3), np.float32)
        with self._closing():
            for k, (game, own, still, *row) in enumerate(zip(self.games, actions, over, *seen)):
                if not still:
                    brought[k] = game.step(own, Seen(*row))
            return self._finite(seen), brought

    @contextmanager
    def _closing(self):
        try:
            yield
        except BaseException:
            self.close()
            raise

    def _finite(self, seen: Seen) -> Seen:
        what = "has a number that is not finite (NaN or infinite): give finite ones"
        for field, values in (("observation", seen.obs), ("state", seen.state)):
            if not np.isfinite(values).all():
                k, i, *_ = np.argwhere(~np.isfinite(values))[0]
                agent = self.layout.agents[i] if field == "observation" else None
                raise self.games[k].reading.wrong(field, agent, what)
        return seen
