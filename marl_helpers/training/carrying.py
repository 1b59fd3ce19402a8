"""A trained team of another size: the same weights, where there is room for more agents or fewer."""

from dataclasses import replace

from marl_helpers import envs
from marl_helpers.basics import arguments
from marl_helpers.mixers import layers
from marl_helpers.training.learner import Learner
from marl_helpers.training.runs import Run


def transfer(run: Run, env: envs.Env) -> Run:
    """The run with its networks in another environment, for `evaluate` and films; nothing more is learned.

    env: one with the same rows and actions, such as envs.make("dock_teams", robots=(8, 8)) after (2, 4). The curve
    stays that of the training. Raises ValueError for an environment of other rows, and for networks that are made for
    one number of agents, as those of numbered slots and of QMIX are.
    """
    arguments.instance(Run, "a run that train returned", run=run)
    arguments.instance(envs.Env, "an environment, such as envs.make('dock_teams', robots=(8, 8))", env=env)
    for name in ("entity_dim", "n_actions"):
        mine, theirs = getattr(run.env, name), getattr(env, name)
        if mine != theirs:
            raise ValueError(f"env has {name} {theirs}, and the run {mine}: give one with the same rows and actions")
    device = next(run.learner.agents.parameters()).device
    generators = layers.generators(0, len(run.returns), device)  # of weights that are overwritten
    learner = Learner(env, run.method, generators, run.settings)
    try:
        for mine, theirs in ((learner.online, run.learner.online), (learner.target, run.learner.target)):
            mine.load_state_dict(theirs.state_dict())
    except RuntimeError:
        made = f"for {run.env.n_agents} agents and not for {env.n_agents}"
        needs = "train with a mixer for teams of any size, such as set_hyper, and with pooling other than slots"
        raise ValueError(f"the networks of {run.method!r} are made {made}: {needs}") from None
    return replace(run, env=env, learner=learner)
