"""The interface that every environment shares: B games of each of R runs, side by side in tensors, on any device.

A game is a pure function of uniform random numbers in [0, 1), which the caller draws. So runs never share a draw, a
slow twin in plain Python can be fed the same numbers, and a checkpoint holds generators instead of environments.
"""

import inspect
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import ClassVar

import torch
from torch import Tensor

from marl_helpers.basics import arguments
from marl_helpers.basics.options import plain

World = dict[str, Tensor]  # all that a game must remember, every tensor [R, B, ...]


@dataclass(frozen=True)
class Observation:
    """What the agents and the mixer see of a world."""

    obs: Tensor  # [R, B, n_agents, obs_dim]
    state: Tensor  # [R, B, state_dim]: for the mixer, in training only
    available: Tensor  # [R, B, n_agents, n_actions] bool: at least one action of each agent


@dataclass(frozen=True)
class Outcome:
    """What a step brought, each [R, B]. An ending is one of the two, never both."""

    reward: Tensor
    terminated: Tensor  # the game is over: nothing follows, so nothing is bootstrapped
    truncated: Tensor  # the time limit cut an unfinished game: the value of where it stands is still bootstrapped


ENVS: dict[str, type["Env"]] = {}  # every environment by name; defining an Env enters it here


class Env:
    """A cooperative game of n_agents for at most `limit` steps.

    A subclass is a dataclass whose fields are the options. It sets the attributes below and writes `start`, `play` and
    `observe`; time, limits and finished games are looked after here.
    """

    name: ClassVar[str]  # what a person types
    variant: ClassVar[str | None] = None  # the option that NAME/VALUE sets, such as the scenario of vmas/balance
    n_agents: int
    n_actions: int
    obs_dim: int
    state_dim: int
    limit: int  # steps until truncation
    noise: int  # random numbers that reset, and every step, take for one game
    entity_dim: int = 0  # how wide an entity's row is, where obs and state are tables (entities.py); 0: they are none
    whole: Collection[str] = ()  # which of "obs" and "state" hold whole numbers from 0 to 255 alone: kept as bytes
    optimum: float | None = None  # the largest return that any episode can have, where it is known
    agent_names: Sequence[str] = ()  # where a number does not say enough
    action_names: Sequence[Sequence[str]] = ()  # of each agent's actions, where they have names

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        name = vars(cls).get("name")
        other = ENVS.get(name)
        if name is None or (other and other.__qualname__ != cls.__qualname__):
            raise TypeError(f"class {cls.__name__} has name {name!r}: give it a name that no other environment has")
        ENVS[name] = cls  # defining a class again, as a notebook does, replaces it

    def __str__(self) -> str:
        """What `make` takes, without the options: "two_step", "smax/3m"; where a function is the source, the name."""
        member = getattr(self, self.variant) if self.variant else None
        return f"{self.name}/{member}" if isinstance(member, str) else self.name

    def reset(self, noise: Tensor) -> World:
        """The start of R x B games; noise [R, B, `self.noise`]. Raises ValueError for another shape."""
        _check_last("noise", noise, self.noise)
        over = torch.zeros(noise.shape[:2], dtype=torch.bool, device=noise.device)
        started = self.start(noise)
        if not isinstance(started, dict):
            raise ValueError(f"{self.name}: start returned {type(started).__name__}: give a dictionary of tensors")
        return {"time": torch.zeros_like(over, dtype=torch.int64), "over": over, **started}

    def step(self, world: World, actions: Tensor, noise: Tensor) -> tuple[World, Outcome]:
        """One step of every game; actions [R, B, n_agents] int64, noise [R, B, `self.noise`].

        Nothing happens in a game that is over: it stands still, its reward is 0 and neither flag is set again.
        Raises ValueError for tensors of other shapes, given or returned by `play`, and for a world that is not made of
        what `start` put into it.
        """
        _check_last("noise", noise, self.noise)
        _check_last("actions", actions, self.n_agents)
        over = world["over"]
        played, reward, finished = self._parts(self.play(world, actions, noise), world)
        for name, given in (("rewards", reward), ("games finished", finished)):
            if not isinstance(given, Tensor):
                raise ValueError(f"{self.name}: play returned {name} of type {type(given).__name__}: give a tensor")
            if given.shape != over.shape:  # it would be broadcast, and every run or game get another's
                need = f"give {list(over.shape)}, [runs, environments]"
                need += ", as a team earns one" if given.shape == (*over.shape, self.n_agents) else ""
                raise ValueError(f"{self.name}: play returned {name} of shape {list(given.shape)}: {need}")
        if finished.dtype != torch.bool:
            raise ValueError(f"{self.name}: play returned games finished of dtype {finished.dtype}: give torch.bool")
        going = ~over
        terminated = finished & going
        time = world["time"] + going
        truncated = going & (time >= self.limit) & ~finished
        after = {key: _keep(over, world[key], value) for key, value in played.items()}
        after |= {"time": time, "over": over | terminated | truncated}
        return after, Outcome(reward.masked_fill(over, 0), terminated, truncated)

    def _parts(self, came: tuple, world: World) -> tuple:
        """What `play` returned, which has the form that it should."""
        if not isinstance(came, tuple | list) or len(came) != 3 or not isinstance(came[0], dict):
            found = [type(one).__name__ for one in came] if isinstance(came, tuple | list) else type(came).__name__
            raise ValueError(f"{self.name}: play returned {found}: give the next world, rewards and games finished")
        if strange := sorted((came[0].keys() ^ world.keys()) - {"time", "over"}):
            raise ValueError(
                f"{self.name}: only one of start and play has {strange[0]!r} in its world: give it in both"
            )
        return came

    def observe(self, world: World) -> Observation:
        """What is seen of the world; of a game that is over too."""
        raise NotImplementedError

    def start(self, noise: Tensor) -> World:
        """This game's own part of a new world."""
        raise NotImplementedError

    def play(self, world: World, actions: Tensor, noise: Tensor) -> tuple[World, Tensor, Tensor]:
        """This game's own part of the next world, the rewards [R, B], and which games are finished [R, B].

        Of games that are over the answers are not used.
        """
        raise NotImplementedError

    def scene(self, world: World, run: int, game: int) -> dict:
        """Where everything stands in one game, in plain numbers, for a picture of it; empty where there is none.

        Its "kind" is one of KINDS in plots/worlds.py, which says what else is in it.
        """
        return {}

    def won(self, world: World) -> Tensor | None:
        """Which games are won by now, [R, B] bool; None where nobody wins or loses."""
        return None

    def keep(self, **constants: Tensor) -> None:
        """Remember constant tensors, which `on` hands out."""
        self._constants = {torch.device("cpu"): constants}

    def on(self, device: torch.device) -> dict[str, Tensor]:
        """The constants on that device, copied there only once."""
        if device not in self._constants:
            cpu = self._constants[torch.device("cpu")]
            self._constants[device] = {key: value.to(device) for key, value in cpu.items()}
        return self._constants[device]


def find(name: str) -> type[Env]:
    """The environment of that name; raises ValueError that lists the names there are."""
    return ENVS[arguments.one_of(sorted(ENVS), env=name)]


def make(name: str, /, **options) -> Env:
    """The environment of that name with these options; raises ValueError for an option it has not, or a bad value.

    name: one of ENVS, or of those that are a whole family NAME/VALUE, such as "vmas/balance" or "smax/3m".
    """
    name, slash, value = arguments.instance(str, f"a name, one of {', '.join(sorted(ENVS))}", env=name).partition("/")
    kind = find(name)
    if slash:
        if kind.variant is None:
            raise ValueError(f"env is '{name}/{value}': {name} is no family, write {name!r}")
        options = {kind.variant: value} | options
    known = inspect.signature(kind).parameters
    if strange := [option for option in options if option not in known]:
        raise ValueError(f"{name} has no option {strange[0]!r}: choose from {', '.join(known) or 'none at all'}")
    return kind(**options)


def describe(env: Env) -> dict:
    """The environment's name and options, as options.plain has them; raises ValueError for one that it cannot have.

    Fields that are not compared (`compare=False`) say how it is played, not what, and are left out.
    """
    compared = [field.name for field in fields(env) if field.compare] if is_dataclass(env) else []
    given = {name: getattr(env, name) for name in compared}
    return {"env": env.name, "options": {name: plain(value, f"{env.name}.{name}") for name, value in given.items()}}


def _check_last(name: str, given: Tensor, size: int) -> None:
    arguments.instance(Tensor, f"a tensor [runs, environments, {size}]", **{name: given})
    if given.ndim != 3 or given.shape[-1] != size:
        raise ValueError(f"{name} has shape {list(given.shape)}: give [runs, environments, {size}]")


def _keep(over: Tensor, old, new):
    """The old value where a game is over; what is no tensor, such as a simulator, is taken as it is."""
    if not isinstance(new, Tensor):
        return new
    return torch.where(over.view(*over.shape, *[1] * (new.ndim - 2)), old, new)
