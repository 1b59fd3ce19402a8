"""Train a team: play, remember, learn, test now and then, and lose nothing when interrupted.

The loop around agents.py, replay.py and learner.py. All seeds train in one program, along the leading run dimension.
"""

import inspect
import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from marl_helpers import envs, mixers
from marl_helpers.basics import arguments
from marl_helpers.basics.devices import find_device, one_thread
from marl_helpers.basics.interruptions import interruptions
from marl_helpers.mixers import layers
from marl_helpers.training import checkpoints, config
from marl_helpers.training.folders import Folder, kept
from marl_helpers.training.learner import Learner
from marl_helpers.training.plan import EVERY, PYMARL, Plan, Settings
from marl_helpers.training.progress import Progress, Terminal
from marl_helpers.training.replay import Episodes, Replay, collect
from marl_helpers.training.room import check_room
from marl_helpers.training.runs import Diverged, Run, columns

TEST_SEED = 2**31  # every test plays the same games, whatever training drew
EXPLODED = 1e12  # a loss or a gradient beyond it is no longer learning
STATE = ("rounds", "updates", "steps", "bad", "metrics", "curve")  # of a training, beside its parts' own
LARGE = 1000  # rewards beyond it are likely to have made a training diverge


class Training:
    """A training in progress, advanced round by round. All that it depends on goes into `state`."""

    def __init__(self, env: envs.Env, method: str, seeds: int, seed: int, device: str, plan: Plan, settings: Settings):
        self.env, self.method = env, mixers.find(method).name
        self.seeds, self.seed = arguments.at_least(1, seeds=seeds), arguments.at_least(0, seed=seed)
        self.device, self.plan, self.settings = device, plan, settings
        check_room(env, self.method, self.seeds, device, plan, settings)
        self.generators = layers.generators(seed, seeds, device)
        envs.check(env, layers.generators(seed, seeds, device), plan.parallel)  # its own: training's stay as they are
        self.learner = Learner(env, self.method, self.generators, settings)
        self.replay = Replay(env, seeds, plan.capacity, device)
        self.rounds = self.updates = 0
        self.steps = torch.zeros(seeds, dtype=torch.int64, device=device)  # of the environment, a seed's own
        self.bad = torch.zeros(seeds, dtype=torch.int64, device=device)  # the update at which a seed diverged, or 0
        self.metrics: dict[str, Tensor] = {}  # of the last update
        self.curve: list[dict[str, Tensor]] = []  # a row for each test
        self.before, self.began = 0.0, time.monotonic()  # the seconds of programs before this one, and when it began

    @property
    def finished(self) -> bool:
        """Whether the plan is carried out."""
        return self.updates >= self.plan.updates

    @property
    def seconds(self) -> float:
        """How long the training took so far, tests and checkpoints included."""
        return self.before + time.monotonic() - self.began

    @property
    def epsilon(self) -> Tensor:
        """The exploration of each seed now, [R]."""
        plan, share = self.plan, (self.steps / self.plan.anneal).clamp(max=1)
        return plan.epsilon_start + (plan.epsilon_end - plan.epsilon_start) * share

    def round(self) -> None:
        """Play a round of episodes; once there are enough for a batch, learn from one. Never waits for the device."""
        epsilon = self.epsilon.view(-1, 1, 1)
        episodes = collect(
            self.env, self.learner.agents, self.learner.mixer, self.generators, self.plan.parallel, epsilon
        )
        self.replay.add(episodes)
        self.steps = self.steps + episodes.filled.sum((1, 2))  # not in place: the curve holds the tensor itself
        self.rounds += 1
        if len(self.replay) < self.plan.batch:
            return
        self.metrics = self.learner.update(self.replay.sample(self.plan.batch, self.generators))
        self.learner.refresh(self.rounds * self.plan.parallel)
        self.updates += 1
        sound = (self.metrics["loss"] < EXPLODED) & (self.metrics["gradient"] < EXPLODED)  # false for NaN too
        self.bad = torch.where((self.bad == 0) & ~sound, self.updates, self.bad)

    @torch.no_grad()
    def test(self) -> Episodes:
        """Greedy episodes; a row of the curve comes of them."""
        generators = layers.generators(TEST_SEED, self.seeds, self.device)
        played = collect(self.env, self.learner.agents, self.learner.mixer, generators, self.plan.test_episodes, 0.0)
        returns = played.returns.mean(1).masked_fill(self.bad > 0, torch.nan)
        seconds = torch.full((self.seeds,), self.seconds, dtype=torch.float64)
        row = {"returns": returns, "epsilon": self.epsilon, "steps": self.steps, **self.metrics, "seconds": seconds}
        self.curve.append({"updates": torch.tensor(self.updates), **{name: x.cpu() for name, x in row.items()}})
        return played

    def run(self) -> Run:
        """Where it stands, since the last test."""
        curve = columns(self.curve, self.seeds)
        return Run(self.env, self.method, self.plan, self.settings, self.learner, curve, self.diverged(), self.finished)

    def diverged(self) -> dict[int, str]:
        """Seed -> when it diverged, and what made it."""
        when = enumerate(self.bad.tolist())
        return {k: f"seed {k} diverged at update {update}: {self._cause(k)}" for k, update in when if update}

    def _cause(self, seed: int) -> str:
        """What made a seed diverge: first what is certain, which is the environment's fault, then what is likely."""
        for name in ("reward", "obs", "state"):
            wrong = ~getattr(self.replay.episodes, name)[seed].isfinite()
            if wrong.any():
                _, step, *place = envs.first(wrong)
                where = f" of agent {place[0] + 1}" if name == "obs" else ""
                where += f" at step {step + (name == 'reward')}"  # step 0 is the start, which pays nothing yet
                return f"{self.env.name}: {name}{where} is not finite (NaN or infinite): mend the environment"
        if (most := self.replay.episodes.reward[seed].abs().max().item()) > LARGE:
            return f"probably rewards are as large as {most:.3g}: scale them down"
        return f"probably take a smaller rate than {self.settings.rate:g}, or slower targets"

    def what(self) -> dict:
        """What a checkpoint must agree with, in plain values."""
        return {
            **envs.describe(self.env),
            "method": self.method,
            "seeds": self.seeds,
            "seed": self.seed,
            "device": torch.device(self.device).type,  # another one's generators draw other numbers
            "plan": {name: value for name, value in asdict(self.plan).items() if name != "updates"},
            "settings": asdict(self.settings),
        }

    def state(self) -> dict:
        """Everything, for a checkpoint."""
        return {
            "what": self.what(),
            "learner": self.learner.state_dict(),
            "replay": self.replay.state(),
            "generators": [generator.get_state() for generator in self.generators],
            **{name: getattr(self, name) for name in (*STATE, "seconds")},
        }

    def load(self, state: dict) -> None:
        """Go on from a checkpoint; raises CheckpointError where it is another training's, or only looks like one."""
        try:
            other = config.difference(state["what"], self.what())
            if not other:
                self._load(state)
        except (AttributeError, KeyError, IndexError, RuntimeError, TypeError, ValueError) as error:
            what = f"{type(error).__name__}: {error}".splitlines()[0]
            raise checkpoints.CheckpointError(
                f"the checkpoint does not fit this training ({what}): was the environment or the method changed since? "
                "Move the folder away, or give another one, to start afresh"
            ) from error
        if other:
            raise checkpoints.CheckpointError(f"{other}: give it the same, or another folder")

    def _load(self, state: dict) -> None:
        self.learner.load_state_dict(state["learner"])
        self.replay.load(state["replay"])
        for generator, saved in zip(self.generators, state["generators"], strict=True):
            generator.set_state(saved.cpu())
        for name in STATE:
            setattr(self, name, state[name])
        self.before, self.began = state.get("seconds", math.nan), time.monotonic()  # older ones did not count them


@one_thread()
def train(
    env: str | envs.Env = "two_step",
    mixer: str = "qmix",
    seeds: int = 8,
    seed: int = 0,
    device: str = "auto",
    plan: Plan | None = None,
    settings: Settings = PYMARL,
    folder: str | Path | None = None,
    checkpoint_every: float = EVERY,
    progress: type[Progress] = Terminal,
    **changes,
) -> Run:
    """Train a team with `seeds` independent seeds at once, and return what came of it.

    env: a name of envs.ENVS, or an environment. mixer: a name of mixers.METHODS, or an alias. changes: fields of Plan
    and Settings, such as updates=500 or rate=1e-3. folder: where checkpoints, config.json (what the training is),
    metrics.csv and, if the package tensorboard is installed, event files for it go; a training that finds its
    checkpoint there goes on from it. One is written at the first test, `checkpoint_every` seconds or more after the one
    before, and at the end, however it comes about. What cannot be written on the way, as where a disk is full, costs a
    warning only, and is tried again. progress: what shows it, here a bar after two seconds; marl_helpers.train has
    curves where it runs in a notebook, which stay when it is over (progress=training.Terminal: a bar there too).
    Control-C (in JupyterLab the stop button), SIGTERM, SIGHUP and SIGUSR1 end it after the present round, with what was
    learned so far and a last test of it, which is kept nowhere else.

    Raises ValueError for a bad argument, or an environment that no checkpoint can describe where there is a folder,
    CheckpointError for a folder with another training's checkpoint or with damaged ones only, files.InUse for one that
    another program trains in, files.NotWritten for one that cannot be written to, and Diverged where all seeds
    diverged.
    """
    env, plan, settings = _asked(env, plan, settings, changes)
    arguments.instance(str, "a name, such as 'qmix'", mixer=mixer)
    arguments.function(progress=progress)
    checkpoint_every = arguments.finite("seconds, 0 or more", 0, checkpoint_every=checkpoint_every)
    path = None if folder is None else arguments.path(folder=folder)
    training = Training(env, mixer, seeds, seed, find_device(device), plan, settings)
    with interruptions() as interrupted, kept(path, training, checkpoint_every) as keeper, progress(training) as shown:
        _train(training, interrupted, keeper, shown)
    if training.curve[-1]["updates"] < training.updates:  # interrupted, and what it was tested on has learned since
        training.test()
    run = replace(training.run(), unkept=keeper.unkept if keeper else "")
    shown.ended(run)
    return run


def _train(training: Training, interrupted: threading.Event, keeper: Folder | None, shown: Progress) -> None:
    """Train from test to test, and keep and show each, until all is learned or an interruption comes."""
    while not training.finished or not training.curve:
        advance(training, interrupted, shown.round)
        stopped = interrupted.is_set()
        if keeper:
            keeper.keep(last=stopped or training.finished)
        if stopped:
            return
        shown.test()


def advance(training: Training, interrupted: threading.Event, tell: Callable[[], None] = lambda: None) -> None:
    """Train to the next test, and test; or to the end of the round in which an interruption came."""
    if not training.curve:
        training.test()
        return
    while not interrupted.is_set():
        training.round()
        tell()
        due = training.updates > 0 and training.updates % training.plan.test_every == 0
        if due or training.finished:
            training.test()
            if (training.bad > 0).all():
                raise Diverged("; ".join(training.diverged().values()))
            return


def _asked(
    env: str | envs.Env, plan: Plan | None, settings: Settings, changes: Mapping[str, Any]
) -> tuple[envs.Env, Plan, Settings]:
    """The environment, and plan and settings with the changes that belong to each; raises ValueError for bad ones."""
    env = envs.make(env) if isinstance(env, str) else arguments.instance(envs.Env, "a name or an environment", env=env)
    remedy = "a Plan, or its fields one by one, as updates=500"
    plan = Plan() if plan is None else arguments.instance(Plan, remedy, plan=plan)
    arguments.instance(Settings, "Settings, or their fields one by one, as rate=1e-3", settings=settings)
    mine = [{name: value for name, value in changes.items() if name in vars(part)} for part in (plan, settings)]
    if strange := changes.keys() - mine[0].keys() - mine[1].keys():
        known = ", ".join([*inspect.signature(train).parameters, *vars(plan), *vars(settings)])
        raise ValueError(f"train has no option {min(strange)!r}: choose from {known.replace('changes, ', '')}")
    return env, replace(plan, **mine[0]), replace(settings, **mine[1])
