"""What other people's environments are and return, checked by name before it is used.

Whatever is wrong is a ValueError with the environment, the field, the agent and the step (0 is the start), what was
found and what is needed. Only forms whose meaning is certain are taken.
"""

import inspect
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from gymnasium import spaces

from marl_helpers.envs.adapters.theirs import EnvError, theirs

START, STEP = ("observation", "info"), ("observation", "reward", "terminated", "truncated", "info")
MASKS = ("action_mask", "avail_actions", "available_actions")  # what a mask of 0 and 1 is called
UNSURE = ("action_masks", "legal_actions", "legal_moves", "valid_actions")  # and what may be a list of actions as well
ALL = "__all__"  # an end under this name is everyone's
PARALLEL = ("possible_agents", "observation_space", "action_space", "reset", "step")


def shown(value: Any) -> str:
    """A value in one short line."""
    text = " ".join(repr(value).split())
    return text if len(text) <= 80 else f"{text[:77]}..."


def numbers(value: Any) -> np.ndarray | None:
    """The array that a value is; None for what is not made of numbers, such as a string of them."""
    if isinstance(value, np.ma.MaskedArray):
        return None
    try:
        array = np.asarray(value)
    except Exception:  # rows of different lengths; a tensor that needs a gradient
        return None
    return array if array.dtype.kind in "biuf" else None


def mask_in(given: Mapping) -> str | None:
    """What the mask among these is called; None where there is none."""
    return next((name for name in (*MASKS, *UNSURE) if name in given), None)


class Reading:
    """The checks of one game, which is at step `time`."""

    def __init__(self, env: str):
        self.env, self.time = env, 0

    def wrong(self, field: str, agent: Any, what: str) -> ValueError:
        """The error that names them all; None for what is no single agent's."""
        of = "" if agent is None else f" of agent {agent!r}"
        return ValueError(f"{self.env}: {field}{of} at step {self.time} {what}")

    def parts(self, call: str, came: Any, fields: Sequence[str]) -> list[Mapping]:
        """What reset or step returned, each part by agent; no infos are empty ones."""
        if not isinstance(came, tuple | list) or len(came) != len(fields):
            found = f"{len(came)} values" if isinstance(came, tuple | list) else shown(came)
            old = " (four, with `done`, do not tell an ending from a cut)" if fields == STEP else ""
            needed = f"give {len(fields)}, {', '.join(fields)}, each a dictionary by agent{old}"
            raise ValueError(f"{self.env}: {call} at step {self.time} returned {found}: {needed}")
        *parts, infos = came
        parts.append({} if infos is None else infos)
        for field, part in zip(fields, parts):
            if not isinstance(part, Mapping):
                raise self.wrong(field, None, f"is {shown(part)}: give a dictionary with one for each agent")
        if name := mask_in(parts[-1]):
            raise self.wrong("info", None, f"has {name} beside the agents: give each agent's in its own info")
        return parts

    def known(self, agents: Sequence, seen: Mapping, infos: Mapping) -> None:
        """Refuse observations and masks of someone who is no agent."""
        masked = [agent for agent, own in infos.items() if isinstance(own, Mapping) and mask_in(own)]
        for field, given in (("observation", seen), (MASKS[0], masked)):
            for agent in given:
                if agent not in agents:
                    raise self.wrong(field, agent, f"is of nobody in possible_agents, {shown(agents)}: name all")

    def number(self, field: str, agent: Any, value: Any) -> float:
        """A finite number, or an array or tensor without axes that is one."""
        found = numbers(value)
        if found is None or found.ndim:
            raise self.wrong(field, agent, f"is {shown(value)}: give a number")
        if not np.isfinite(found):
            raise self.wrong(field, agent, f"is {value}: give a finite number")
        return float(found)

    def flag(self, field: str, agent: Any, value: Any) -> bool:
        """True or False, which 1 and 0 are too, and nothing else."""
        if value is True or value is False:
            return value
        found = numbers(value)
        if found is None or found.ndim or found not in (0, 1):
            raise self.wrong(field, agent, f"is {shown(value)}: give True or False")
        return bool(found)

    def ends(self, field: str, given: Mapping, agents: Iterable, needed: Iterable) -> set:
        """Which of these agents end; those that are needed must be told, by their name or for all."""
        everyone = self.flag(field, ALL, given[ALL]) if ALL in given else None
        if missing := [agent for agent in needed if agent not in given and everyone is None]:
            raise self.wrong(field, missing[0], f"is missing: give True or False, or everyone's as {ALL!r}")
        return {agent for agent in agents if everyone or (agent in given and self.flag(field, agent, given[agent]))}

    def flat(self, space: spaces.Space, given: Any, agent: Any, field: str = "observation") -> np.ndarray:
        """An observation's numbers side by side, as Gymnasium has them; a Box's may be of any precision."""
        if isinstance(space, spaces.Dict | spaces.Tuple):
            inner = space.spaces if isinstance(space, spaces.Dict) else dict(enumerate(space.spaces))
            own = dict(enumerate(given)) if isinstance(given, tuple | list) else given
            if not isinstance(own, Mapping) or own.keys() != inner.keys():
                raise self.wrong(field, agent, f"is {shown(given)}: its space has {', '.join(map(repr, inner))}")
            parts = [self.flat(inner[key], own[key], agent, f"{field}[{key!r}]") for key in inner]
            return np.concatenate([np.zeros(0, bool), *parts])
        if not isinstance(space, spaces.Box):
            if given not in space:
                raise self.wrong(field, agent, f"is {shown(given)}: its space is {space}")
            return spaces.flatten(space, given)
        found = numbers(given)
        if found is None:
            raise self.wrong(field, agent, f"is {shown(given)}: its space is {space}, give numbers")
        if found.shape != space.shape:
            raise self.wrong(field, agent, f"has shape {list(found.shape)}: its space has {list(space.shape)}")
        return found.reshape(-1)

    def mask(self, infos: Mapping, agent: Any) -> tuple[str, Any]:
        """What a mask in an agent's info is called, and the mask; None where there is none."""
        own = infos.get(agent)
        if own is not None and not isinstance(own, Mapping):
            raise self.wrong("info", agent, f"is {shown(own)}: give a dictionary")
        return (name, own[name]) if own and (name := mask_in(own)) else (MASKS[0], None)

    def available(self, name: str, mask: Any, count: int, agent: Any) -> np.ndarray:
        """A mask as bool [count]."""
        needed = "give 1 for what may be played, and 0 for the rest"
        if name in UNSURE:
            raise self.wrong(name, agent, f"may be a mask or a list: call it {MASKS[0]}, and {needed}")
        found = numbers(mask)
        if np.shape(found) != (count,):
            what = f"has shape {list(np.shape(found))}" if found is not None else f"is {shown(mask)}"
            raise self.wrong(name, agent, f"{what}: give [{count}], one for each action")
        if not ((found == 0) | (found == 1)).all():
            raise self.wrong(name, agent, f"is {shown(mask)}: {needed}")
        if not found.any():
            raise self.wrong(name, agent, "leaves no action: allow at least one")
        return found.astype(bool)

    def rows(self, field: str, agent: Any, flat: np.ndarray, width: int) -> np.ndarray:
        """Numbers side by side as rows of that width, each of which begins with 1, or is all zeros."""
        table = flat.reshape(-1, width)
        strange = (table[:, 0] != 1) & table.any(-1)
        if strange.any():
            k = int(strange.argmax())
            what = f"has row {k + 1}, {shown(table[k].tolist())}: begin it with 1 for who is there, or give zeros"
            raise self.wrong(field, agent, what)
        return table

    def state(self, env: Any, agents: Sequence) -> np.ndarray | None:
        """What an environment itself calls its state, as numbers side by side; None where it has none.

        It is a method or an attribute: an array, or a dictionary with numbers of each agent.
        """
        own = theirs(self.env, "state", getattr, env, "state", None)
        if callable(own):
            try:
                own = theirs(self.env, f"state at step {self.time}", own)
            except EnvError as error:
                if isinstance(why := error.__cause__, NotImplementedError) or (  # PettingZoo's own; a wrapper's
                    isinstance(why, AttributeError) and why.name == "state"
                ):
                    return None
                raise
        if own is None:
            return None
        if isinstance(own, Mapping) and own.keys() != {*agents}:
            raise self.wrong("state", None, f"is {shown(own)}: give an array, or a dictionary of all agents")
        parts = [numbers(part) for part in ([own[agent] for agent in agents] if isinstance(own, Mapping) else [own])]
        if any(part is None for part in parts):
            raise self.wrong("state", None, f"is {shown(own)}: give numbers, or give it another name")
        return np.concatenate([part.reshape(-1) for part in parts])


def agents_of(env: Any, name: str, inner: Any) -> list:
    """The agents of a parallel environment; raises ValueError for what is none, or cannot be played here.

    inner: what the environment puts into another form, or itself.
    """
    if hasattr(env, "agent_iter"):
        turn = "its agents act in turn (AEC): give what makes its parallel_env"
        raise ValueError(f"{name}: {turn}, or pettingzoo.utils.conversions.aec_to_parallel of it")
    for needed in PARALLEL:
        if theirs(name, needed, getattr, env, needed, None) is None:
            raise ValueError(f"{name}: {shown(env)} has no {needed}: a parallel environment has {', '.join(PARALLEL)}")
        if needed != PARALLEL[0] and not callable(own := getattr(env, needed)):
            raise ValueError(f"{name}: {needed} is {shown(own)}: give a function")
    if getattr(inner, "render_mode", None) == "human":
        raise ValueError(f"{name}: render_mode is 'human', which opens a window for each game: leave it out")
    agents = env.possible_agents
    if not isinstance(agents, Sequence | np.ndarray) or isinstance(agents, str) or len(agents) == 0:
        raise ValueError(f"{name}: possible_agents is {shown(agents)}: give a list of names")
    if not all(isinstance(agent, Hashable) for agent in agents) or len({*agents}) < len(agents):
        raise ValueError(f"{name}: possible_agents is {shown(agents)}: give each agent a name of its own")
    _takes_seed(getattr(inner, "reset", None), name)
    return list(agents)


def _takes_seed(reset: Callable, name: str) -> None:
    try:
        known = inspect.signature(reset).parameters
    except (TypeError, ValueError):  # it is not written in Python, or there is none
        return
    if "seed" not in known and all(one.kind is not one.VAR_KEYWORD for one in known.values()):
        raise ValueError(f"{name}: reset takes no seed: give it the parameter seed, for a generator of its own")


def space_of(call: Callable, agent: Any, what: str, name: str) -> spaces.Space:
    """An agent's space of Gymnasium; `what` is observation or action."""
    space = theirs(name, f"{what}_space of agent {agent!r}", call, agent)
    if not isinstance(space, spaces.Space):
        old = type(space).__module__.partition(".")[0] == "gym"
        found = f"{space} of the package gym, which is gymnasium now" if old else shown(space)
        raise ValueError(f"{name}: {what} space of agent {agent!r} is {found}: give one of gymnasium.spaces")
    return space


def width_of(env: Any, name: str) -> int:
    """How wide a row is, where an environment has an `entity_dim`: its observations are tables. 0: they are none."""
    width = theirs(name, "entity_dim", getattr, env, "entity_dim", 0)
    if isinstance(width, bool) or not isinstance(width, int | np.integer) or width < 0:
        raise ValueError(f"{name}: entity_dim is {shown(width)}: give how many numbers a row has, or leave it out")
    return int(width)


def size_of(space: spaces.Space, agent: Any, name: str) -> int:
    """How many numbers an observation has."""
    try:
        return spaces.flatdim(space)
    except (ValueError, NotImplementedError):
        fixed = "it has no fixed number of numbers: give a Box, or a Dict of them"
        raise ValueError(f"{name}: observation space of agent {agent!r} is {space}: {fixed}") from None
