"""Gymnasium's teams in the form of PettingZoo's. Loaded with its first use, as it needs Gymnasium."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from gymnasium import spaces

from marl_helpers.envs.adapters._reading import mask_in


class Listed:
    """A Gymnasium environment of a team (Tuple spaces, lists of observations and rewards) in PettingZoo's form.

    A reward or an end that is a single number is everyone's. What has no such form is handed on as it is,
    for `_reading` to name it.
    """

    def __init__(self, env):
        self.env, choices = env, getattr(env, "action_space", None)
        self.possible_agents = [f"agent_{i}" for i in range(len(choices) if isinstance(choices, spaces.Tuple) else 0)]
        if callable(own := getattr(env, "state", None)):
            self.state = own
        if callable(drawn := getattr(env, "render", None)):
            self.render, self.metadata = drawn, getattr(env, "metadata", {})

    def check(self, name: str) -> None:
        """Raise ValueError for spaces that are no Tuple."""
        for field in ("observation_space", "action_space"):
            if not isinstance(space := getattr(self.env, field, None), spaces.Tuple):
                raise ValueError(f"{name}: {field} is {space}: a team's is a Tuple with one space for each agent")
        if (sights := len(self.env.observation_space)) != (choices := len(self.env.action_space)):
            sizes = f"{sights} spaces, and action_space {choices}"
            raise ValueError(f"{name}: observation_space has {sizes}: give each agent one of both")

    def observation_space(self, agent: str) -> spaces.Space:
        return self.env.observation_space[self.possible_agents.index(agent)]

    def action_space(self, agent: str) -> spaces.Space:
        return self.env.action_space[self.possible_agents.index(agent)]

    def reset(self, seed: int) -> Any:
        return self._by_agent(self.env.reset(seed=seed))

    def step(self, actions: dict) -> Any:
        return self._by_agent(self.env.step([actions[agent] for agent in self.possible_agents]))

    def close(self) -> None:
        if callable(end := getattr(self.env, "close", None)):
            end()

    def _by_agent(self, came: Any) -> Any:
        if not isinstance(came, tuple | list) or len(came) < 2:
            return came
        seen, *others, info = came
        return [self._each(seen, False), *(self._each(one, True) for one in others), self._infos(info)]

    def _each(self, values: Any, shared: bool) -> Any:
        """A list by agent, however long it is; another value is everyone's where it may be shared."""
        if isinstance(values, Sequence | np.ndarray) and not isinstance(values, str) and np.ndim(values):
            return {f"agent_{i}": value for i, value in enumerate(values)}
        return dict.fromkeys(self.possible_agents, values) if shared else values

    def _infos(self, info: Any) -> Any:
        """One dictionary has lists of everyone's; a list has everyone's dictionary."""
        if isinstance(info, Mapping):
            name = mask_in(info)
            masks = self._each(info[name], True) if name and info[name] is not None else {}
            needed = dict.fromkeys(self.possible_agents, ()) if masks else {}  # for what a short list leaves out
            return {agent: {name: mask} for agent, mask in (needed | masks).items()}
        return self._each(info, False)
