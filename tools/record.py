"""Record what takes too long for a lecture, with what a reader needs to judge it and to repeat it.

    .venv/bin/python tools/record.py random_games       # five minutes
    .venv/bin/python tools/record.py two_step           # nine minutes
    .venv/bin/python tools/record.py predator_prey      # an hour
    .venv/bin/python tools/record.py parts              # twenty minutes
    .venv/bin/python tools/record.py speaker_listener   # half an hour to one
    .venv/bin/python tools/record.py docks              # ten minutes
    .venv/bin/python tools/record.py prices             # ten minutes
    .venv/bin/python tools/record.py phases             # half an hour
    .venv/bin/python tools/record.py others             # a quarter of an hour
    .venv/bin/python tools/record.py teams              # half an hour
    .venv/bin/python tools/record.py sum_with_value     # four minutes
    .venv/bin/python tools/record.py herds              # ten minutes
    .venv/bin/python tools/record.py scouts             # five minutes
    .venv/bin/python tools/record.py benchmark          # an hour and a half; ten times as many updates: --scale 10
    .venv/bin/python tools/record.py all --scale 0.01 --out DIR    # everything in miniature

Each recording is a file in notebooks/recordings/, which marl_helpers.recordings reads. --scale shortens what is run:
fewer games, fewer updates. The benchmark can also be trained on, with a scale above 1.
"""

import argparse
import json
import math
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import torch
from record_benchmark import benchmark
from record_teams import hunters_of_any_number, scouts, sum_with_value, teams
from recording import SEEDS, curve, run, short, shortened

from marl_helpers import envs, families, fit, layers, mixers, scenes
from marl_helpers.basics import arguments, files
from marl_helpers.exact import dock
from marl_helpers.exact import prices as exact_prices
from marl_helpers.exact.methods import on_tables
from marl_helpers.fitting.runs import LEARNER
from marl_helpers.games import random_games
from marl_helpers.training import two_step
from marl_helpers.training.replay import collect
from marl_helpers.training.runs import Run

FOLDER = Path(__file__).parent.parent / "notebooks" / "recordings"
GAMES = 2000
METHODS = [name for name in on_tables() if name not in ("graph", "joint")]  # for two agents these hold all tables
HUNTERS = ("vdn", "qmix", "careless", "graph")
PENALTIES = (0, -3, -6)
HUNT = {"updates": 2000, "parallel": 16, "anneal": 300_000, "optimiser": "adam", "rate": 3e-3, "discount": 0.9}
HUNT |= {"hidden": 32, "width": 16}
ALSO = (("ow_qmix", -6), ("cw_qmix", -6))  # with the weight that was published
FILMED = (("qmix", 0), ("qmix", -6), ("careless", -6), ("graph", -6))  # some episodes are kept too
FEW = {"parallel": 2, "anneal": 37_500, "target_every": 26}  # an eighth of the episodes for as many updates
PARTS = {  # QMIX without a penalty, to see what each part is good for
    "as it is": {},
    "targets copied at every update": {"target_every": 1},
    "only the last 32 episodes": {"capacity": 32},
    "two a round": FEW,
    "two a round, only the last 32": FEW | {"capacity": 32},
}
SPEAKERS = ("iql", "vdn", "qmix")
SPEAK = {"updates": 1500, "parallel": 16, "anneal": 100_000, "optimiser": "adam", "rate": 3e-3, "discount": 0.9}
SPEAK |= {"tau": 0.01}
COPIED = "vdn, targets copied every 200 episodes"  # as PyMARL does, in place of moving a hundredth at every update
TWO_STEP = {"updates": 5000, "epsilon_end": 1.0}
SMALL = {"optimiser": "adam", "hidden": 32, "width": 16}
ONE_SHOT = {"limit": 1, "shelves": 1.0, "trucks": 1.0}  # a dock as in marl_helpers.exact.prices
PRICED = {"updates": 400, "parallel": 32, "epsilon_end": 1.0, "rate": 4e-3} | SMALL
PRICED |= {"clip": 1e9}  # none: a rare payoff of thousands makes a gradient that clipping would undo
ROBOTS = (2, 3, 4, 5, 6, 8, 10, 12, 16)
SHARES = (0.65, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0)  # of a sum's price
DOCK = {"n_robots": 4, "limit": 10}
LOAD = {"updates": 300, "anneal": 12_000, "rate": 4e-3, "discount": 0.9} | SMALL
DOCKERS = ("iql", "vdn", "qmix", "monotone", "qplex")
OTHERS = {  # other projects' environments: what to make of each, and how VDN learns there
    "lbf/5x5-2p-1f-coop": (
        {},
        {"updates": 3600, "parallel": 2, "anneal": 40_000, "epsilon_end": 0.1, "optimiser": "adam", "rate": 2e-3}
        | {"discount": 0.95, "td_lambda": 0.8, "tau": 0.02, "test_episodes": 32},
    ),
    "smax/3m": (
        {"limit": 30},
        {"updates": 1500, "anneal": 30_000, "rate": 2e-3, "td_lambda": 0.8, "target_every": 100}
        | {"test_episodes": 8}  # as many as in a round, so that JAX compiles the battle once
        | SMALL,
    ),
}
NEEDS, PAYS = (2, 3, 4), (1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0)


def games(scale: float) -> tuple[dict, dict]:
    """Kind of random game -> method -> the share that its class's best fit wins (or null), and that a run wins."""
    count, found = max(1, round(GAMES * scale)), {}
    for kind, tables in random_games.sample(count).items():
        found[kind] = {}
        for method in METHODS:
            mixer, exactly = mixers.find(method), None
            if mixer.projections:
                exactly = families.shares([mixer.project(mixer.projections[-1], table) for table in tables]).mean()
            found[kind][method] = (exactly, fit(tables, method, runs=1).share.mean())
            print(kind, method, *found[kind][method])
    return {"games": count, "runs": 1, "recipe": asdict(LEARNER)}, {"shares": found}


def tables(scale: float) -> tuple[dict, dict]:
    """Method -> the values of every joint action in the two-step game at the end, for each seed; and a mirrored run."""
    options, found = shortened(TWO_STEP, scale), {}
    for method in ("vdn", "qmix"):
        first, branches = two_step.team_values(run("two_step", method, 16, options))
        found[method] = {"first": short(first.tolist()), "branches": short(branches.tolist())}
    mirrored = {"mirrored": curve(run("mirrored_two_step", "monotone", 16, options))}
    return {"env": "two_step", "seeds": 16, "options": options}, {"tables": found, "runs": mirrored}


class Careless(mixers.find("cw_qmix")):
    """CW-QMIX that hardly cares for joint actions which are not the best."""

    name, label, rank, igm = "careless", "CW-QMIX, weight .01", 4.1, True
    alpha = 0.01


def hunts(scale: float) -> tuple[dict, dict]:
    """Penalty -> method -> the curves of all seeds, on the small variant; some episodes."""
    options, found, films = shortened(HUNT, scale), {}, {}
    for penalty in PENALTIES:
        env, key = envs.make("predator_prey", penalty=penalty), str(penalty)
        found[key] = {}
        for method in [*HUNTERS, *(method for method, where in ALSO if where == penalty)]:
            trained = run(env, method, SEEDS, options)
            found[key][method] = curve(trained)
            if (method, penalty) in FILMED:
                films[f"{method} {penalty}"] = scenes.record(trained)
    return {"env": "predator_prey", "seeds": SEEDS, "options": options}, {"runs": found, "episodes": films}


def parts(scale: float) -> tuple[dict, dict]:
    """Part -> the curves of all seeds without it, or with less."""
    options, env = shortened(HUNT, scale), envs.make("predator_prey", penalty=0)
    found = {part: curve(run(env, "qmix", SEEDS, options | change)) for part, change in PARTS.items()}
    return {"env": "predator_prey", "seeds": SEEDS, "options": options}, {"runs": found}


def speakers(scale: float) -> tuple[dict, dict]:
    """Method -> the curves of all seeds on MPE's speaker and listener, and some episodes of QMIX's first seed."""
    options, trained = shortened(SPEAK, scale), {}
    for method in SPEAKERS:
        trained[method] = run("speaker_listener", method, SEEDS, options)
    trained[COPIED] = run("speaker_listener", "vdn", SEEDS, options | {"tau": 0.0})
    content = {"runs": {method: curve(one) | {"words": words(one)} for method, one in trained.items()}}
    how = {"env": "speaker_listener", "seeds": SEEDS, "options": options}
    return how, content | {"episodes": scenes.record(trained["qmix"])}


def prices(scale: float) -> tuple[dict, dict]:
    """What the dock paid [robots, payoffs], and method -> how many seeds came: in the one-shot game, all exploring."""
    options, robots = shortened(PRICED, scale), some(ROBOTS, scale)
    pays = [[share * exact_prices.additive(n) for share in SHARES] for n in robots]
    docks = [[envs.make("dock", n_robots=n, pay=pay, **ONE_SHOT) for pay in row] for n, row in zip(robots, pays)]
    came = {}
    for method in ("vdn", "qmix"):
        found = [[run(env, method, SEEDS, options).returns for env in row] for row in docks]
        came[method] = [[int((one > n).sum()) for one in row] for n, row in zip(robots, found)]  # n: all in their lanes
    how = {"env": "dock", "dock": ONE_SHOT, "seeds": SEEDS, "options": options}
    return how, {"robots": robots, "pays": short(pays), "came": came}


def phases(scale: float) -> tuple[dict, dict]:
    """Method -> greedy returns at the end, [robots needed, what a truck pays, seeds]."""
    options, pays, found = shortened(LOAD, scale), some(PAYS, scale), {}
    for method in DOCKERS:
        docks = [[envs.make("dock", need=need, pay=pay, **DOCK) for pay in pays] for need in NEEDS]
        found[method] = [[short(run(env, method, SEEDS, options).returns.tolist()) for env in row] for row in docks]
    how = {"env": "dock", "dock": DOCK, "seeds": SEEDS, "options": options}
    return how, {"needs": list(NEEDS), "pays": pays, "returns": found}


def docks(scale: float) -> tuple[dict, dict]:
    """The dock as it is by default: what is exactly known, the curves of all seeds, and some episodes."""
    options, env = shortened(LOAD | {"updates": 1000}, scale), envs.make("dock", n_robots=3 if scale == 1 else 2)
    trained = {method: run(env, method, SEEDS, options) for method in DOCKERS}
    exactly = {"optimum": dock.optimum(env), "best_reactive": dock.best_reactive(env).earns, "safe": dock.safe(env)}
    exactly["decentralised_at_least"] = dock.decentralised_at_least(env, starts=300 if scale == 1 else 2)
    content = {"exactly": exactly, "runs": {method: curve(one) for method, one in trained.items()}}
    how = {"env": "dock", "seeds": SEEDS, "options": options}
    return how, content | {"episodes": {method: scenes.record(trained[method]) for method in ("vdn", "qmix")}}


def others(scale: float) -> tuple[dict, dict]:
    """Environment -> the curves of all seeds of VDN, and the recipe."""
    found, options = {}, {name: shortened(recipe, scale) for name, (_, recipe) in OTHERS.items()}
    for name, (rules, _) in OTHERS.items():
        found[name] = curve(run(envs.make(name, **rules), "vdn", SEEDS, options[name]))
    rules = {name: rules for name, (rules, _) in OTHERS.items()}
    return {"method": "vdn", "rules": rules, "seeds": SEEDS, "options": options}, {"runs": found}


def some(values: tuple, scale: float) -> list:
    """A share of the values, two at least."""
    return list(values[: max(2, round(len(values) * scale))])


@torch.no_grad()
def words(trained: Run) -> list:
    """How often each seed's speaker says each word at each goal, in 64 greedy episodes: [seeds, goals, words]."""
    agents, mixer, seeds = trained.learner.agents, trained.learner.mixer, len(trained.returns)
    played = collect(trained.env, agents, mixer, layers.generators(0, seeds, "cpu"), 64, 0.0)
    goal, said = played.obs[:, :, 0, 0, :3].argmax(-1), played.actions[..., 0]  # the speaker sees the goal, one-hot
    counts = torch.zeros(seeds, 9, dtype=torch.int64)
    counts.scatter_add_(1, (3 * goal.unsqueeze(-1) + said).flatten(1), torch.ones_like(said).flatten(1))
    return counts.view(seeds, 3, 3).tolist()


# Each is told how much to run, and returns how it ran and what it found.
RECORDINGS: dict[str, Callable[[float], tuple[dict, dict]]] = {
    "random_games": games,
    "two_step": tables,
    "predator_prey": hunts,
    "parts": parts,
    "speaker_listener": speakers,
    "docks": docks,
    "prices": prices,
    "phases": phases,
    "others": others,
    "teams": teams,
    "sum_with_value": sum_with_value,
    "herds": hunters_of_any_number,
    "scouts": scouts,
    "benchmark": benchmark,
}
LONGER = ("benchmark",)  # those that a scale above 1 is for


def provenance(name: str, minutes: float) -> dict[str, str | float]:
    """How a recording was made."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=FOLDER.parent, capture_output=True, text=True)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "command": f"python tools/record.py {name}",
        "commit": commit.stdout.strip() or "unknown",
        "python": platform.python_version(),
        **{package: version(package) for package in ("torch", "numpy")},
        "machine": f"{platform.system()} {platform.machine()}, {cores} cores",
        "date": time.strftime("%Y-%m-%d"),
        "seed": 0,
        "minutes": round(minutes, 1),
    }


def main() -> bool:
    """Make what is asked for; returns whether any of it could not be written."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", choices=[*RECORDINGS, "all"], nargs="+", metavar="name", help="or all")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the full size, above 0 (default 1)")
    parser.add_argument("--out", type=lambda text: arguments.path(out=text), default=FOLDER, help="folder to write to")
    options = parser.parse_args()
    most = math.inf if set(options.names) <= set(LONGER) else 1
    if not 0 < options.scale <= most:
        parser.error(f"--scale is {options.scale:g}: give a number above 0 and up to {most:g}")
    try:
        with files.written(options.out):
            options.out.mkdir(parents=True, exist_ok=True)
    except files.NotWritten as error:
        sys.exit(f"error: {error}")
    failed = False
    for name in RECORDINGS if "all" in options.names else options.names:
        start, path = time.perf_counter(), options.out / f"{name}.json"
        how, content = RECORDINGS[name](options.scale)
        made = provenance(name, (time.perf_counter() - start) / 60) | how
        try:
            files.write(path, json.dumps({"provenance": made, **content}) + "\n")
        except files.NotWritten as error:
            print(f"error: {error}", file=sys.stderr)
            failed = True
        else:
            print(f"wrote {path}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
