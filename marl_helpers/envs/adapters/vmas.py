"""Scenarios of VMAS, the vectorised multi-agent simulator (Bettini et al. 2022): R x B games in one simulator.

VMAS is optional, and importing this module does not need it. A scenario's start is made of the numbers in `noise`, as
every environment's is: whatever the scenario asks of torch's random numbers is taken from there, game by game. Not all
scenarios can be fed so; those that draw one number for the whole batch, draw until a place is free, or (as far as a
short trial shows) draw in the middle of a game are refused, because their games and runs would influence each other.
So are those whose agents earn different rewards in that trial: they are no team.

Two things differ from the other environments. VMAS checks its actions on the host, so a step on a GPU waits for it.
And its state lives in the simulator, which the world holds: only the newest world of a simulator can be stepped.
"""

import warnings
from dataclasses import dataclass, field
from itertools import product
from math import prod

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from marl_helpers.basics.arguments import at_least
from marl_helpers.envs.adapters.simulators import Forward, Running, optional
from marl_helpers.envs.base import Env, Observation, World

WORKING = ("balance", "buzz_wire", "multi_give_way", "reverse_transport", "sampling", "simple_spread", "wheel")
TRIALS, STEPS, MOST = 64, 25, 512  # games and steps of a trial, and the most random numbers that a start may take
RANDOM = {"bernoulli", "bernoulli_", "multinomial", "normal", "normal_", "rand", "rand_like", "randint", "randint_like"}
RANDOM |= {"randn", "randn_like", "random_", "randperm", "uniform_"}
OFTEN = "a number of times that depends on what it draws"


class Feed(TorchFunctionMode):
    """While active, torch's uniform random numbers are the columns of noise [games, k], from the first one on.

    Raises ValueError for draws that are not uniform or not one row for each game, and when the columns run out.
    """

    def __init__(self, noise: Tensor, scenario: str):
        super().__init__()
        self.noise, self.scenario, self.used = noise, scenario, 0

    def __torch_function__(self, function, types, args=(), kwargs=None):
        name, kwargs = getattr(function, "__name__", ""), kwargs or {}
        if name not in RANDOM:
            return function(*args, **kwargs)
        if name == "rand":
            shape = args[0] if args and isinstance(args[0], list | tuple | torch.Size) else args
            return self._take(name, kwargs.get("size", shape))
        if name == "uniform_":
            tensor, low, high = (*args, *kwargs.values(), 0.0, 1.0)[:3]
            return tensor.copy_(low + (high - low) * self._take(name, tensor.shape))
        raise refusal(self.scenario, name, "which cannot be fed game by game")

    def _take(self, name: str, shape: tuple[int, ...]) -> Tensor:
        games, width = self.noise.shape
        if not shape or shape[0] != games:
            raise refusal(self.scenario, name, f"for shape {list(shape)}, not for each of {games} games")
        first, self.used = self.used, self.used + prod(shape[1:])
        if self.used > width:
            raise refusal(self.scenario, name, "in the middle of a game" if width == 0 else OFTEN)
        return self.noise[:, first : self.used].reshape(shape)


def refusal(scenario: str, name: str, how: str) -> ValueError:
    """Why a scenario cannot be fed."""
    return ValueError(
        f"scenario {scenario!r} draws with torch's {name}, {how}, so that its games would not be independent: "
        f"choose another, such as {', '.join(WORKING)}"
    )


@dataclass(kw_only=True, eq=False)
class Vmas(Forward, Env):
    """A VMAS scenario with discrete actions.

    An agent's actions are all combinations that VMAS offers it, the forces along each axis and then what it says;
    action 0 stays and says the first word. Agents with fewer actions have the rest unavailable, and shorter
    observations end in zeros. State: all agents' observations side by side. Reward: the one that all agents share. The
    scenario's own `done` terminates, `limit` steps truncate.

    scenario: its file's name in VMAS. Of VMAS's 21 scenarios and 9 of MPE these work as they are: balance, buzz_wire,
    multi_give_way, reverse_transport, sampling, simple, simple_spread and wheel; dispersion does with the option
    share_reward=True. options: what the scenario takes, such as {"n_agents": 4}.
    Raises ModuleNotFoundError, with what to install, without VMAS; ValueError for a scenario that it has not, that
    cannot be fed (see above), whose observations are not plain tensors, or whose agents' rewards differ, and for
    options that it does not take.
    """

    name, variant = "vmas", "scenario"

    scenario: str = "simple_spread"
    limit: int = 100
    options: dict = field(default_factory=dict)

    def __post_init__(self):
        at_least(1, limit=self.limit)
        if not isinstance(self.options, dict) or not all(isinstance(name, str) for name in self.options):
            raise ValueError(f"options is {self.options!r}: give a dictionary of names, such as {{'n_agents': 4}}")
        trials = torch.rand(2, TRIALS, MOST, generator=torch.Generator().manual_seed(0))
        (simulator, self.noise), (_, other) = (self._simulator(noise) for noise in trials)
        if self.noise != other:
            raise refusal(self.scenario, "uniform_", OFTEN)
        seen = self._look(simulator)
        if not all(isinstance(one, Tensor) and one.ndim == 2 for one in seen):
            raise ValueError(f"scenario {self.scenario!r} observes more than one vector: choose another scenario")
        sizes = [one.shape[-1] for one in seen]
        self.n_agents, self.obs_dim, self.state_dim = len(seen), max(sizes), sum(sizes)
        actions = [self.actions_of(simulator, agent) for agent in simulator.agents]
        self.n_actions = max(len(own) for own in actions)
        self._check_team(simulator, actions, trials[0])
        self.keep(
            actions=torch.tensor([own + [0] * (self.n_actions - len(own)) for own in actions]),
            available=torch.tensor([[k < len(own) for k in range(self.n_actions)] for own in actions]),
            filled=torch.cat([k * self.obs_dim + torch.arange(size) for k, size in enumerate(sizes)]),
        )

    def _check_team(self, simulator, actions: list[list[int]], numbers: Tensor) -> None:
        """Play actions that random numbers [games, k] choose; raises ValueError where the rewards of agents differ."""
        choices = iter(numbers.unbind(-1))
        with Feed(numbers[:, :0], self.scenario):
            for _ in range(STEPS):
                tables = [torch.tensor(own) for own in actions]
                _, rewards, *_ = simulator.step([t[(next(choices) * len(t)).long()].unsqueeze(-1) for t in tables])
                others = [k for k, reward in enumerate(rewards) if not torch.allclose(reward, rewards[0], atol=1e-4)]
                if others:
                    one, other = (simulator.agents[k].name for k in (0, others[0]))
                    raise ValueError(
                        f"scenario {self.scenario!r} is no team's: the rewards of {one} and {other} differ, and a team "
                        f"shares one; choose another, such as {', '.join(WORKING)}, or an option such as "
                        "{'share_reward': True} where the scenario has one"
                    )

    def load(self):
        """The scenario as VMAS takes it: its name, or an object."""
        import vmas

        known = (*vmas.scenarios, *vmas.mpe_scenarios, *vmas.debug_scenarios)
        if self.scenario not in known:
            raise ValueError(f"scenario is {self.scenario!r}: VMAS has {', '.join(known)}")
        return self.scenario

    def actions_of(self, simulator, agent) -> list[int]:
        """The numbers, in VMAS, of the actions that the agent is offered."""
        return list(range(simulator.get_agent_action_space(agent).n))

    def _simulator(self, noise: Tensor) -> tuple[object, int]:
        """A simulator with one game for each row of noise, and how many columns its start took."""
        vmas = optional("vmas", self.name)
        fixed = dict(num_envs=len(noise), device=noise.device, continuous_actions=False, terminated_truncated=True)
        with Feed(noise, self.scenario) as feed, warnings.catch_warnings():
            warnings.filterwarnings("error", message="Scenario kwargs: .* not used")
            try:
                simulator = vmas.make_env(self.load(), **fixed, **self.options)
            except (TypeError, UserWarning) as error:
                if not self.options:
                    raise
                raise ValueError(f"scenario {self.scenario!r} cannot have options {self.options}: {error}") from error
        return simulator, feed.used

    def _look(self, simulator) -> list[Tensor]:
        (seen,) = simulator.get_from_scenario(
            get_observations=True, get_rewards=False, get_infos=False, get_dones=False
        )
        return seen

    def _pad(self, seen: list[Tensor], shape: tuple[int, ...]) -> Tensor:
        padded = [torch.nn.functional.pad(one, (0, self.obs_dim - one.shape[-1])) for one in seen]
        return torch.stack(padded, 1).view(*shape, self.n_agents, self.obs_dim)

    def start(self, noise: Tensor) -> World:
        simulator, _ = self._simulator(noise.flatten(0, 1))
        obs = self._pad(self._look(simulator), noise.shape[:2])
        return {"running": Running(simulator, obs), "obs": obs}

    def observe(self, world: World) -> Observation:
        obs, constants = world["obs"], self.on(world["obs"].device)
        available = constants["available"].expand(*obs.shape[:2], -1, -1)
        return Observation(obs, obs.flatten(2)[..., constants["filled"]], available)

    def scene(self, world: World, run: int, game: int) -> dict:
        """A "plane" with the positions (x, y) of agents and landmarks."""
        row = run * world["obs"].shape[1] + game
        simulated = world["running"].simulator.world
        places = {name: getattr(simulated, name) for name in ("agents", "landmarks")}
        return {"kind": "plane", **{name: [_place(one, row) for one in many] for name, many in places.items()}}

    def play(self, world: World, actions: Tensor, noise: Tensor) -> tuple[World, Tensor, Tensor]:
        running, shape = world["running"], actions.shape[:2]
        table = self.on(actions.device)["actions"]
        chosen = [table[k][own].view(-1, 1) for k, own in enumerate(actions.unbind(-1))]
        seen, rewards, terminated, *_ = running.simulator.step(chosen)
        return {"running": running, "obs": self._pad(seen, shape)}, rewards[0].view(shape), terminated.view(shape)


def _place(entity, row: int) -> list[float]:
    return [round(float(x), 3) for x in entity.state.pos[row]]


@dataclass(kw_only=True, eq=False)
class SpeakerListener(Vmas):
    """MPE's speaker and listener (Lowe et al. 2017): one knows which landmark is the goal, the other can move.

    VMAS's own scenario with what it changed put back, so that returns compare with published ones: see
    `_speaker_listener`. Three words for the speaker, and five moves for the listener, none of them diagonal. Nothing
    terminates; the limit of 25 steps truncates.
    """

    name, variant = "speaker_listener", None
    agent_names = ("speaker", "listener")
    action_names = (("word 0", "word 1", "word 2", "", ""), ("stay", "down", "up", "left", "right"))

    scenario: str = field(default="simple_speaker_listener", init=False)
    limit: int = 25
    options: dict = field(default_factory=dict, init=False)

    def load(self):
        from marl_helpers.envs.adapters._speaker_listener import Scenario

        return Scenario()

    def scene(self, world: World, run: int, game: int) -> dict:
        """The plane, with the `goal` that the speaker sees and the `word` that the listener hears, None at first."""
        plane, simulator = super().scene(world, run, game), world["running"].simulator
        row = run * world["obs"].shape[1] + game
        heard = simulator.world.agents[0].state.c[row]
        word = int(heard.argmax()) if heard.any() else None
        return plane | {"goal": int(simulator.scenario.goal[row]), "word": word}

    def actions_of(self, simulator, agent) -> list[int]:
        if not agent.movable:
            return list(range(simulator.world.dim_c))  # forces 0 and 0, then the word
        forces = list(product(*map(range, agent.discrete_action_nvec)))  # 0 along an axis is no force
        return [number for number, force in enumerate(forces) if sum(axis > 0 for axis in force) <= 1]
