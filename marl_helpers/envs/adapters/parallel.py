"""Environments of PettingZoo's parallel interface, and teams of Gymnasium: each game an instance, played in NumPy.

All are optional, and importing this module needs none of them. A game is begun with a seed from the noise, and by
itself draws nothing else: what draws from a generator that everyone shares (Python's `random`, NumPy's `np.random`,
torch's), seeded or not, is refused, as is what plays otherwise the second time with the same seed and actions; as far
as a trial of 25 steps shows. Every game has an instance of its own, made anew, as some leave something of the game
before behind.

Agents with fewer actions have the rest unavailable, shorter observations end in zeros, and an agent that joins later or
leaves early sees zeros meanwhile and can only play its first action, which nobody hears of or pays; nobody comes back.
With an `entity_dim` the environment says that what is seen are rows (_instances.py): a team of any size. Observations
are flattened, as Gymnasium does it. State: the environment's own `state`, a method or an attribute, where it has one,
else all agents' observations side by side. What an agent may play: `action_mask` (also `avail_actions`,
`available_actions`), beside what it observes or in its infos, else everything. An end is told for each agent, or for
all as `__all__`. Whatever comes back is checked before it is used, and what is not certain is refused; after a
termination nobody is asked what could be played. Every instance is closed when its game is replaced, tried or left,
after an error too.

As with VMAS only the newest world can be stepped, and a step on a GPU waits for it. The instances are played one after
the other in this process, or divided over `workers` others, which pays where as many cores are free: a step costs half
a millisecond to one more here, and the rest is divided. Reckoned from processor time, 2 workers make a step of 64 games
1.5 times as fast with lbf/8x8-2p-2f-coop and 1.7 times with rware/tiny-2ag, and one of 8 games no faster; by the clock,
on two cores that others kept busy, 0.9 to 1.5 times. The processes start with the first reset, in half a second to
some, and stay for the next ones.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import torch
from torch import Tensor

from marl_helpers.basics.arguments import at_least, truth
from marl_helpers.envs.adapters.generators import REMEDY, watched
from marl_helpers.envs.adapters.simulators import Forward, Running, optional
from marl_helpers.envs.adapters.sources import load
from marl_helpers.envs.adapters.theirs import EnvError, close, theirs
from marl_helpers.envs.base import Env, Observation, Outcome, World

CLOCKS = {"lbforaging": "max_episode_steps", "rware": "max_steps"}  # time limits that they take for an ending
REGISTERED = {"Foraging": "lbforaging", "rware": "rware"}  # how a game's id begins -> the package that registers it
TEAMS = ("simple_reference_v3", "simple_speaker_listener_v4", "simple_spread_v3")  # of mpe2: others have opponents
TRIALS, STEPS = 4, 25  # games and steps of the trial
SEEDS = 2**24  # as many as there are numbers in [0, 1) that `rand` may draw in single precision


@dataclass(kw_only=True, eq=False)
class PettingZoo(Forward, Env):
    """A cooperative environment of PettingZoo's parallel interface, with Discrete actions.

    source: "module:function" that makes one, such as "mpe2.simple_spread_v3:parallel_env", or the function. limit:
    steps until truncation; a time limit of its own that comes sooner truncates too. reward: "shared", the one that all
    agents earn, or "sum" of what they earn. options: what the function takes. workers: processes that the games are
    divided over, 0 for this one; the numbers are the same, and a checkpoint may go on with another number. Raises what
    sources.load does; ValueError that names agent, step and field where the environment breaks its promises, in the
    trial and ever after; theirs.EnvError from what its own code raises. `reset` raises ValueError for what the workers
    cannot have, and both it and `step` simulators.WorkerLost where one has ended.
    """

    name, variant = "pettingzoo", "source"
    noise = 1  # a game's seed
    package = "pettingzoo"

    source: str | Callable = "mpe2.simple_speaker_listener_v4:parallel_env"
    limit: int = 100
    reward: str = "shared"
    options: dict = field(default_factory=dict)
    workers: int = field(default=0, compare=False)  # another number is the same environment, for a checkpoint too
    render: bool = field(default=False, compare=False)  # the same, drawn

    def __post_init__(self):
        at_least(1, limit=self.limit)
        at_least(0, workers=self.workers)
        truth(render=self.render)
        if self.reward not in ("shared", "sum"):
            raise ValueError(f"reward is {self.reward!r}: give 'shared', or 'sum' to add up what the agents earn")
        if not isinstance(self.options, dict) or not all(isinstance(name, str) for name in self.options):
            raise ValueError(f"options is {self.options!r}: give a dictionary of names, such as {{'max_cycles': 50}}")
        if self.options.get("render_mode") == "human":
            raise ValueError("options have render_mode 'human', which opens a window for each game: leave it out")
        optional(self.package, self.name)
        from marl_helpers.envs.adapters._instances import Games, Layout

        with watched(self.name):
            make = self.maker()
            instance = self._one(make)
            try:
                layout = Layout(instance, self.name)
            finally:
                close(self.name, [instance])
            self.n_agents, self.agent_names = len(layout.agents), [str(agent) for agent in layout.agents]
            self.n_actions, self.obs_dim, self.state_dim = layout.n_actions, layout.obs_dim, layout.state_dim
            self.entity_dim = layout.entity_dim
            self.games, self.pool = partial(Games, make, layout, self.reward), None
            first, second = self._trial(), self._trial()
        if not all(map(np.array_equal, first, second)):
            raise ValueError(f"{self.name}: the same seed and actions made another game the second time: {REMEDY}")

    def _one(self, make: Callable):
        try:
            return theirs(self.name, "making an instance", make)
        except EnvError as error:
            why = error.__cause__
            if isinstance(why, TypeError) and any(f"argument {name!r}" in str(why) for name in self.options):
                raise ValueError(f"{self.name} cannot have options {self.options}: {why}") from error
            raise

    def maker(self) -> Callable:
        """What makes an instance."""
        if callable(self.source):
            return partial(self.source, **self.given)
        module, _, function = str(self.source).partition(":")
        needed = f"source is {self.source!r}: give module:function, which makes a parallel environment"
        if not module or module.startswith("."):
            raise ValueError(needed)
        make = getattr(load(module, self.name), function or "parallel_env", None)
        if not callable(make):
            raise ValueError(needed)
        return partial(make, **self.given)

    @property
    def given(self) -> dict:
        """The options of an instance."""
        return self.options | ({"render_mode": "rgb_array"} if self.render else {})

    def _trial(self) -> list[np.ndarray]:
        """All that is seen and earned in some steps of random actions."""
        generator, games, over = np.random.default_rng(0), self.games(), np.zeros(TRIALS, bool)
        seen = games.reset(range(TRIALS))  # an error closes them
        found = [*seen]
        for _ in range(min(self.limit, STEPS)):
            actions = (generator.random(seen.available.shape) * seen.available).argmax(-1)
            seen, brought = games.step(actions.tolist(), over)
            over |= brought[:, 1] > 0
            found += [*seen, brought]
        games.close()
        return found

    def _simulator(self):
        """Games that are yet to be begun, here or in the processes of the pool."""
        if not self.workers:
            return self.games()
        from marl_helpers.envs.adapters._pool import Divided, Pool

        if self.pool is None or not self.pool.end.alive:
            self.pool = Pool(self.workers, self.games, self.name)
        return Divided(self.pool)

    def start(self, noise: Tensor) -> World:
        games = self._simulator()
        seen = games.reset((noise.flatten() * SEEDS).long().tolist())
        world = self._tensors(noise, *seen)
        cut = torch.zeros(noise.shape[:2], dtype=torch.bool, device=noise.device)
        return {"running": Running(games, world["obs"]), "cut": cut, **world}

    def observe(self, world: World) -> Observation:
        return Observation(world["obs"], world["state"], world["available"])

    def step(self, world: World, actions: Tensor, noise: Tensor) -> tuple[World, Outcome]:
        after, outcome = super().step(world, actions, noise)
        cut = outcome.terminated & after["cut"]  # by a time limit of its own
        return after, Outcome(outcome.reward, outcome.terminated & ~cut, outcome.truncated | cut)

    def scene(self, world: World, run: int, game: int) -> dict:
        """With `render` a "drawn" scene: the "png" that the environment draws of itself, where it does."""
        games = getattr(world["running"].simulator, "games", None)  # of this process, or None
        if not self.render or games is None:
            return {}
        from marl_helpers.envs.adapters._drawing import png

        drawn = png(self.name, games[run * world["obs"].shape[1] + game].env)
        return {"kind": "drawn", "png": drawn} if drawn else {}

    def play(self, world: World, actions: Tensor, noise: Tensor) -> tuple[World, Tensor, Tensor]:
        running, over = world["running"], world["over"].flatten().tolist()
        seen, brought = running.simulator.step(actions.flatten(0, 1).tolist(), over)
        reward, ended, cut = torch.from_numpy(brought).view(*actions.shape[:2], 3).to(actions.device).unbind(-1)
        return {"running": running, **self._tensors(actions, *seen), "cut": cut > 0}, reward, ended > 0

    def _tensors(self, like: Tensor, *arrays: np.ndarray) -> World:
        tensors = (torch.from_numpy(x).view(*like.shape[:2], *x.shape[1:]).to(like.device) for x in arrays)
        return dict(zip(("obs", "state", "available"), tensors))


@dataclass(kw_only=True, eq=False)
class Gymnasium(PettingZoo):
    """A cooperative environment of Gymnasium whose spaces are Tuples and whose rewards are lists, one for each agent.

    id: what it is registered as, "module:id" where a module must be imported first. limit, reward, options and what is
    raised: as for pettingzoo. The time limits that Gymnasium's wrappers keep are not used; those that lbforaging and
    rware keep, and report as an ending, are put off beyond `limit`.
    """

    name, variant, package = "gymnasium", "id", "gymnasium"

    source: None = field(default=None, init=False)
    id: str = "lbforaging:Foraging-8x8-2p-2f-coop-v3"

    def maker(self) -> Callable:
        gymnasium, registration = (load(x, self.name) for x in ("gymnasium", "gymnasium.envs.registration"))
        from marl_helpers.envs.adapters._listed import Listed

        module, _, name = self.id.rpartition(":")
        if module := module or REGISTERED.get(name.partition("-")[0]):
            load(module, self.name)
        try:
            spec = gymnasium.spec(name)
        except gymnasium.error.Error as error:
            raise ValueError(f"id is {self.id!r}: {error}") from None
        make = spec.entry_point
        if isinstance(make, str):
            make = theirs(self.name, f"importing {make}", registration.load_env_creator, make)
        if make is None:
            raise ValueError(f"id is {self.id!r}, which is registered without an entry_point: choose another")
        clock = CLOCKS.get(str(getattr(make, "__module__", "")).partition(".")[0])
        options = spec.kwargs | ({clock: self.limit + 1} if clock else {}) | self.given
        return lambda: Listed(make(**options))


@dataclass(kw_only=True, eq=False)
class Foraging(Gymnasium):
    """Level-based foraging (Papoudakis et al. 2021), from lbforaging: agents gather food, some of it only together.

    game: the middle of its name there, Foraging-...-v3: "2s-8x8-3p-3f-coop" sees 2 cells far, has a grid of 8 x 8, 3
    agents (players), 3 foods, and every food takes all. The team earns the sum: 1 for all the food there is.
    """

    name, variant, package = "lbf", "game", "lbforaging"

    id: str = field(default="", init=False)
    game: str = "8x8-2p-2f-coop"
    limit: int = 50
    reward: str = "sum"

    def maker(self) -> Callable:
        self.id = f"Foraging-{self.game}-v3"
        return super().maker()


@dataclass(kw_only=True, eq=False)
class Warehouse(Gymnasium):
    """The multi-robot warehouse (Papoudakis et al. 2021), from rware: robots bring requested shelves to the workers.

    game: the middle of its name there, rware-...-v2: size and number of agents, such as "small-4ag", and "-easy" or
    "-hard" after it for more or fewer requests. The team earns the sum: 1 for each delivery.
    """

    name, variant, package = "rware", "game", "rware"

    id: str = field(default="", init=False)
    game: str = "tiny-2ag"
    limit: int = 500
    reward: str = "sum"

    def maker(self) -> Callable:
        self.id = f"rware-{self.game}-v2"
        return super().maker()


@dataclass(kw_only=True, eq=False)
class Particles(PettingZoo):
    """The multi-agent particle environments that are teams (Lowe et al. 2017), from mpe2.

    scenario: simple_spread_v3, simple_reference_v3 or simple_speaker_listener_v4. The team earns the sum of what its
    agents earn, which differs between them where they collide.
    """

    name, variant, package = "mpe2", "scenario", "mpe2"

    source: None = field(default=None, init=False)
    scenario: str = "simple_spread_v3"
    limit: int = 25
    reward: str = "sum"

    def maker(self) -> Callable:
        if self.scenario not in TEAMS:
            raise ValueError(f"scenario is {self.scenario!r}: the teams of mpe2 are {', '.join(TEAMS)}")
        make = load(f"mpe2.{self.scenario}", self.name).parallel_env
        return partial(make, **({"max_cycles": self.limit + 1} | self.given))
