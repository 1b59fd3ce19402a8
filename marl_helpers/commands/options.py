"""Every option of every command. No torch, so that help does not wait for it."""

import argparse
import inspect
from pathlib import Path
from textwrap import fill

from marl_helpers.basics.options import meanings
from marl_helpers.commands import reading
from marl_helpers.commands.saying import program
from marl_helpers.commands.sources import environments
from marl_helpers.exact.methods import ALIASES, METHODS
from marl_helpers.training.plan import EVERY, METRICS, Plan, Settings, X

TRAINED = """exit status: 0 trained; 1 an error, among them every seed diverged and a result that could not be kept or
exported; 2 a command that is not understood, a wrong name or value; 3 trained, but a seed diverged; 130 stopped in good
order by Control-C, SIGTERM, SIGHUP or SIGUSR1"""

PLAYED = (
    "exit status: 0 always the same joint action; 1 an error, a difference or a robot that was lost without being "
    "killed; 2 a command that is not understood, a wrong name or value; 130 stopped by Control-C, SIGTERM, SIGHUP or "
    "SIGUSR1, once an episode has ended"
)

SWEPT = """a grid, with an example of everything:
  env = "predator_prey"             # words of `train --help`, without the dashes
  mixer = ["vdn", "qmix"]           # a list is an axis: each of its values with each of all others
  seed = [0, 1, 2]                  # of a training, which trains several seeds:
  seeds = 4                         # so these are twelve of each method
  updates = 2000
  options.penalty = [0, -6]         # of the environment
  [[parts]]                         # grids that are joined to what is above
  [[parts]]
  mixer = "wqmix"
  mixer_options.alpha = [0.01, 0.1] # of the method
  # a value that is itself a list is in a list: mixer_options.edges = [[[0, 1], [1, 2]]]

exit status: 0 all is trained; 1 an error, or a training that failed; 2 a command or a grid that is not understood;
3 trained, but a seed diverged; 130 stopped in good order, and the same command goes on"""

GENERAL = {
    "seeds": (8, "independent seeds, trained side by side"),
    "seed": (0, "start of all random numbers: the same gives the same training"),
    "device": ("auto", "where to train, such as cpu or cuda; auto takes a GPU if there is one"),
    "checkpoint_every": (
        EVERY,
        "seconds between two checkpoints in the folder, which is a wish: there is one at a test",
    ),
}


def train(command: argparse.ArgumentParser) -> None:
    """Every option, with its meaning and its default."""
    command.usage = "%(prog)s [options]"
    command.epilog = TRAINED
    explained = f"`{program()} list` explains them".replace("%", "%%")  # which argparse reads
    member = "or a family and its member, such as smax/3m"
    own = "or MODULE:CLASS of your own, an Env or an instance of one"
    meaning = f"{', '.join(environments())}, {member}, {own} (default: two_step; {explained})"
    kept = {"default": argparse.SUPPRESS}  # what is not given is as the folder has it, if that has something
    command.add_argument("--env", type=reading.environment, metavar="NAME", help=meaning, **kept)
    methods = [*METHODS, *ALIASES]
    meaning = f"{', '.join(methods)} (default: qmix; {explained})"
    command.add_argument("--mixer", choices=methods, metavar="NAME", help=meaning, **kept)
    repeated = "an option of the environment, such as penalty=-6; may be given several times"
    command.add_argument("--option", action="append", default=[], metavar="NAME=VALUE", help=repeated)
    repeated = "an option of the method, such as width=64, alpha=0.01 or edges=chain; may be given several times"
    command.add_argument("--mixer-option", action="append", default=[], metavar="NAME=VALUE", help=repeated)
    here = f"checkpoints, config.json and {METRICS} go here, and event files for TensorBoard where that is installed"
    on = "a training goes on from what is here, and needs no other option for it (default: nothing is kept)"
    command.add_argument("--folder", type=reading.path, metavar="PATH", help=f"{here}; {on}")
    alone = "write the agents of the best seed here, without the mixer, for robots (default: they are not written)"
    command.add_argument("--export", type=reading.path, metavar="PATH", help=alone)
    shown = command.add_mutually_exclusive_group()
    shown.add_argument("--quiet", action="store_true", help="show no progress; elsewhere than in a terminal none is")
    shown.add_argument("--lines", action="store_true", help="in place of a bar, print a line for each test")
    groups = [(kind.__name__.lower(), inspect.getdoc(kind), meanings(kind)) for kind in (Plan, Settings)]
    for title, about, options in [(None, None, GENERAL), *groups]:
        group = command.add_argument_group(title, about)
        for name, (default, meaning) in options.items():
            if name == "mixer_options":  # which --mixer-option gives
                continue
            kind, text = type(default), f"{meaning} (default: {default})"
            flag = f"--{name.replace('_', '-')}"
            group.add_argument(flag, type=kind, metavar=kind.__name__.upper(), help=text, **kept)


def eval(command: argparse.ArgumentParser) -> None:
    """Every option, with its meaning and its default."""
    _folders(command)
    _environment(command)
    command.add_argument("--episodes", type=int, default=100, metavar="INT", help="games to play (default: 100)")
    command.add_argument("--seed", type=int, default=0, metavar="INT", help="of the games (default: 0)")


def plot(command: argparse.ArgumentParser) -> None:
    """Every option, with its meaning and its default."""
    _folders(command)
    meaning = f"what returns are held against: {', '.join(X)} (default: updates)"
    command.add_argument("--x", default="updates", choices=X, metavar="NAME", help=meaning)
    written = "the figure (default: comparison.png)"
    command.add_argument("--out", type=reading.path, default=Path("comparison.png"), metavar="PATH", help=written)


def film(command: argparse.ArgumentParser) -> None:
    """Every option, with its meaning and its default."""
    _folders(command)
    _environment(command)
    written = (
        "the film, a .gif, or an .mp4 where imageio-ffmpeg is installed (default: the folder's name and .gif, here)"
    )
    command.add_argument("--out", type=reading.path, metavar="PATH", help=written)
    command.add_argument("--episodes", type=int, default=1, metavar="INT", help="games to play (default: 1)")
    command.add_argument("--seed", type=int, default=0, metavar="INT", help="of the games (default: 0)")
    best = "which of the training's seeds plays, as metrics.csv counts them (default: the best in its last test)"
    command.add_argument("--which", type=int, metavar="INT", help=best)
    command.add_argument("--pause", type=int, default=400, metavar="INT", help="milliseconds a step (default: 400)")


def sweep(command: argparse.ArgumentParser) -> None:
    """Every option, with its meaning and its default."""
    command.epilog, command.description = SWEPT, fill(command.description, 79)
    command.formatter_class = argparse.RawDescriptionHelpFormatter
    command.add_argument("grid", type=reading.path, metavar="GRID", help="a .toml file of what to train, as below")
    here = "a folder for each training goes here, and comparison.png (default: the grid's name, here)"
    command.add_argument("--folder", type=reading.path, metavar="PATH", help=here)
    where = "where to train: processes on this machine, jobs of a Slurm cluster, or tasks of Ray (default: local)"
    command.add_argument("--on", default="local", choices=("local", "slurm", "ray"), help=where)
    most = "trainings at once (default: as many as there are cores; on a cluster as many as it takes)"
    command.add_argument("--workers", type=int, metavar="INT", help=most)
    repeated = "an option of the cluster, such as partition=cpu for Slurm, or address=10.0.0.7:6379 for Ray, which is "
    repeated += "started on this machine where neither this nor RAY_ADDRESS names one; may be given several times"
    command.add_argument("--place", action="append", default=[], metavar="NAME=VALUE", help=repeated)
    alone = "train nothing: only say how the sweep stands, and write its figure; also while it goes on elsewhere"
    command.add_argument("--look", dest="look_", action="store_true", help=alone)
    meaning = f"what the figure holds returns against: {', '.join(X)} (default: updates)"
    command.add_argument("--x", default="updates", choices=X, metavar="NAME", help=meaning)
    command.add_argument("--quiet", action="store_true", help="show no progress: no bar, and no line for each training")


def _folders(command: argparse.ArgumentParser) -> None:
    here = "what `train --folder` wrote; one or more"
    command.add_argument("folders", type=reading.path, nargs="+", metavar="FOLDER", help=here)


def _environment(command: argparse.ArgumentParser) -> None:
    trusted = "the environment, where it runs a module that FOLDER names, such as pettingzoo/MODULE:FUNCTION, or is "
    trusted += "MODULE:CLASS of your own: give it if you trust that module (default: only this project's environments)"
    command.add_argument("--env", type=reading.environment, metavar="NAME", help=trusted)


def robots(command: argparse.ArgumentParser) -> None:
    """Every option, with its meaning and its default."""
    command.epilog = PLAYED
    command.add_argument("folder", type=reading.path, metavar="FOLDER", help="what `train --export` wrote")
    trusted = "the team's environment, where it runs a module that FOLDER names, such as pettingzoo/MODULE:FUNCTION: "
    trusted += "give it if you trust that module (default: only this project's own environments)"
    command.add_argument("--env", type=reading.environment, metavar="NAME", help=trusted)
    command.add_argument("--episodes", type=int, default=100, metavar="INT", help="games to play (default: 100)")
    command.add_argument("--seed", type=int, default=0, metavar="INT", help="of the games (default: 0)")
    other = "an option of the environment other than in training, such as slots=8; may be given several times"
    command.add_argument("--option", action="append", default=[], metavar="NAME=VALUE", help=other)
    killed = "play them a second time, and kill this robot before this step, both counted from 1 (default: nobody)"
    command.add_argument("--kill", type=reading.change, metavar="AGENT@STEP", help=killed)
    joined = "the second time, let this robot join the team before this step: until then it is not there, and has no "
    joined += "process (default: nobody); of dock_teams, whose robots need room (--option slots=8)"
    command.add_argument("--join", type=reading.change, metavar="AGENT@STEP", help=joined)
