"""Lecture 09's recordings: teams of any size, trained on some sizes and judged at others."""

import torch
from recording import SEEDS, run, short, shortened
from torch import Tensor

from marl_helpers import envs, layers, mixers, scenes
from marl_helpers.exact import dock
from marl_helpers.mixers.entities import Team
from marl_helpers.training import TEST_SEED, Plan, Settings, Training, pack, transfer
from marl_helpers.training.replay import play
from marl_helpers.training.runs import Run

ROOM = 12  # robots: the same slots for all, so that all are judged in the very same shifts
TESTS = 4  # of a training; what counts comes after it
SIZES = (2, 3, 4, 5, 6, 8, 12)
TASKS = {"need 2": {"need": 2}, "half": {"need": None, "share": 0.5}}  # what a truck takes
SMALL = {"optimiser": "adam", "hidden": 32, "width": 16}
TEAM = {"updates": 600, "capacity": 1000, "anneal": 12_000, "rate": 4e-3, "discount": 0.9} | SMALL
POOLINGS = ("sum", "mean", "attention")
LONG, LONGER = 2, ("sum", "mean")  # times as many updates, and the poolings that get them
MIXERS = ("set_hyper", "qatten", "transformer", "deep_set")
LATER = {"updates": 300, "capacity": 1000} | SMALL | {"rate": 4e-3, "discount": 0.9}  # with eight robots
HUNT = {"updates": 600, "parallel": 16, "anneal": 90_000, "rate": 3e-3, "discount": 0.9} | SMALL
HERDS = ((2, 1), (4, 2), (8, 4))  # hunters and prey; the first ones are trained
PENALTIES, HUNTERS = (0, -3), ("vdn", "transformer")
SCOUT = {"updates": 400, "epsilon_end": 1.0, "rate": 3e-3, "discount": 1.0} | SMALL
SCOUTED = {"not told": (False, 0.0), "told": (True, 0.0), "not told, returns": (False, 1.0)}  # told, TD(lambda)
REMEMBERING = ("vdn", "set_hyper", "transformer", "trajectory")
GAMES = 64  # shifts of every size


def docks(task: str, least: int, most: int, slots: int | None = None) -> envs.Env:
    """A dock for teams from the least to the most robots."""
    return envs.make("dock_teams", robots=(least, most), slots=slots, **TASKS[task])


def teams(scale: float) -> tuple[dict, dict]:
    """Task -> team -> what it earns and what its mixer says at each of SIZES, [sizes, seeds]; going on with eight."""
    options, games = shortened(TEAM, scale), max(2, round(GAMES * scale))
    asked = {(task, pooling): (pooling, "vdn", 2, 4, 1) for task in TASKS for pooling in POOLINGS}
    asked |= {("need 2", pooling): (pooling, "vdn", 2, 4, 1) for pooling in ("none", "slots")}
    asked |= {("need 2", f"{pooling}, 3 only"): (pooling, "vdn", 3, 3, 1) for pooling in ("sum", "attention")}
    asked |= {("need 2", mixer): ("sum", mixer, 2, 4, 1) for mixer in MIXERS}
    asked |= {("need 2", f"{pooling}, {LONG} times as long"): (pooling, "vdn", 2, 4, LONG) for pooling in LONGER}
    found, trained = {task: {} for task in TASKS}, {}
    for (task, name), (pooling, mixer, least, most, times) in asked.items():
        env = docks(task, least, most, ROOM if pooling == "slots" else None)
        longer = options | {"updates": times * options["updates"], "pooling": pooling}
        one = trained[task, name] = run(env, mixer, SEEDS, longer, TESTS)
        found[task][name] = judged(one, task, games)
    levels = {task: {str(n): bounds(task, n, games) for n in SIZES} for task in TASKS}
    later = shortened(LATER, scale)
    best = trained["need 2", f"sum, {LONG} times as long"]
    going = {"from nothing": going_on(None, later), "kept": going_on(best.learner.agents.state_dict(), later)}
    film = scenes.record(transfer(best, docks("need 2", 8, 8)), episodes=2)
    how = {"env": "dock_teams", "seeds": SEEDS, "options": options, "later": later, "games": games}
    content = {"sizes": list(SIZES), "levels": levels, "teams": found, "runs": going}
    return how, content | {"episodes": film, "team": pack(best)}


def sum_with_value(scale: float) -> tuple[dict, dict]:
    """What a team earns and what its mixer says at each of SIZES, with a value of the state beside VDN's sum."""

    class WithValue(mixers.find("vdn")):
        """A sum, and a value of the team written as the set hypernetwork's: after VDN-S of Rashid et al. 2018."""

        name, label, rank = "vdn_s", "VDN-S", 1.1

        def __init__(self, spec: mixers.Spec, generators: layers.Generators):
            super().__init__(spec, generators)
            self.team = Team(spec, generators)
            self.v = layers.Hypernetwork(self.team.whole, (1,), spec.width, 32, generators)

        def forward(self, values: Tensor, actions: Tensor, state: Tensor | None = None) -> Tensor:
            return super().forward(values, actions) + self.v(self.team(values, state)[1]).squeeze(-1)

    options, games, task = shortened(TEAM, scale), max(2, round(GAMES * scale)), "need 2"
    trained = run(docks(task, 2, 4), WithValue.name, SEEDS, options | {"pooling": "sum"}, TESTS)
    how = {"env": "dock_teams", "seeds": SEEDS, "options": options, "games": games}
    return how, {"sizes": list(SIZES), "teams": {task: {WithValue.name: judged(trained, task, games)}}}


def shifts(task: str, size: int, games: int) -> tuple[envs.Env, Tensor]:
    """A dock of that many robots, and the random numbers of its shifts: the same for every seed and every team."""
    env = docks(task, size, size, ROOM)
    noise = layers.draw(layers.generators(TEST_SEED, 1), (env.limit + 1, games, env.noise), Tensor.uniform_)
    return env, noise.expand(SEEDS, -1, -1, -1)


@torch.no_grad()
def judged(trained: Run, task: str, games: int) -> dict:
    """What greedy play earns, what it earns discounted, and what Q_tot says of the first step: each [sizes, seeds]."""
    found, discount = {"returns": [], "earns": [], "says": []}, trained.settings.discount
    for size in SIZES:
        env, noise = shifts(task, size, games)
        learner = transfer(trained, env).learner
        draws = noise.new_zeros(SEEDS, env.limit, games, env.n_agents, 2)  # nobody explores
        played = play(env, learner.agents, learner.mixer, noise, draws, 0.0)
        earns = (played.reward * discount ** torch.arange(env.limit)).sum(-1)
        says = learner.loss(played)[1]["value"]
        for name, x in (("returns", played.returns.mean(1)), ("earns", earns.mean(1)), ("says", says)):
            found[name].append(short(x.tolist()))
    return found


def bounds(task: str, size: int, games: int) -> dict:
    """What a team expects in these shifts that never goes to the dock, and the best one: the mean over them."""
    env, noise = shifts(task, size, games)
    worth = env.reset(noise[:1, 0])["worth"][0, :, :size].double().tolist()
    rules = [env.rules(lanes) for lanes in worth]
    return {name: short(sum(map(f, rules)) / games) for name, f in (("safe", dock.safe), ("optimum", dock.optimum))}


def going_on(weights: dict | None, options: dict) -> dict:
    """The tests of VDN teams of eight that learn, [tests, seeds]: from nothing, or from agents trained with fewer.

    These explore little, as they know how to play.
    """
    explores = {"anneal": TEAM["anneal"]} if weights is None else {"epsilon_start": 0.05}
    plan = {name: options[name] for name in ("updates", "capacity")} | explores
    settings = {name: x for name, x in options.items() if name not in plan}
    training = Training(docks("need 2", 8, 8), "vdn", SEEDS, 0, "cpu", Plan(**plan), Settings(**settings))
    if weights:
        training.learner.agents.load_state_dict(weights)
        training.learner.target[0].load_state_dict(weights)
    training.test()
    while not training.finished:
        training.round()
        if training.updates and training.updates % max(1, options["updates"] // 10) == 0:
            training.test()
    print("going on:", training.curve[-1]["returns"].tolist(), flush=True)
    return {name: short([row[name].tolist() for row in training.curve]) for name in ("updates", "steps", "returns")}


def hunters_of_any_number(scale: float) -> tuple[dict, dict]:
    """Method -> penalty -> herd -> what hunters earn who learned as two of one prey, as so many of so many, [seeds]."""
    options, games, found = shortened(HUNT, scale), max(2, round(GAMES * scale)), {}
    for method in HUNTERS:
        found[method] = {}
        for penalty in PENALTIES:
            trained = run(herd(penalty, *HERDS[0]), method, SEEDS, options, TESTS)
            earns = {f"{n} against {m}": transfer(trained, herd(penalty, n, m)).evaluate(games) for n, m in HERDS}
            found[method][str(penalty)] = {name: short(one.returns.mean(1).tolist()) for name, one in earns.items()}
    return {"env": "predator_prey_teams", "seeds": SEEDS, "options": options, "games": games}, {"earned": found}


def herd(penalty: float, hunters: int, prey: int) -> envs.Env:
    """So many hunters and prey, on the same grid."""
    numbers = {"n_agents": hunters, "n_prey": prey, "hunters": (hunters, hunters), "prey": (prey, prey)}
    return envs.make("predator_prey_teams", penalty=penalty, limit=25, **numbers)


def scouts(scale: float) -> tuple[dict, dict]:
    """Whether the state tells, and how targets are made -> method -> what every seed earns, and says at first."""
    options, found = shortened(SCOUT, scale), {}
    for case, (told, share) in SCOUTED.items():
        found[case] = {}
        for mixer in REMEMBERING:
            trained = run(envs.make("scout", told=told), mixer, SEEDS, options | {"td_lambda": share}, TESTS)
            says = trained.curve["value"][-1]
            found[case][mixer] = {"returns": short(trained.returns.tolist()), "says": short(says.tolist())}
    return {"env": "scout", "seeds": SEEDS, "options": options}, {"found": found}
