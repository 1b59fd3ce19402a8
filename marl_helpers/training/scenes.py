"""Episodes taken down step by step, to be looked at later: where everything stood, and what everyone made of it."""

import torch

from marl_helpers import envs
from marl_helpers.basics import arguments
from marl_helpers.mixers import layers
from marl_helpers.mixers.base import mask
from marl_helpers.training.learner import flat
from marl_helpers.training.replay import collect
from marl_helpers.training.runs import Run


class Filmed:
    """An environment that also keeps the scenes of one run's games, [T + 1][games], as it goes."""

    def __init__(self, env: envs.Env, run: int, games: int):
        self.env, self.run, self.games, self.scenes = env, run, games, []

    def __getattr__(self, name: str):
        return getattr(self.env, name)

    def observe(self, world: envs.World) -> envs.Observation:
        """What the environment shows of the world, once for every world that it passes through."""
        self.scenes.append([self.env.scene(world, self.run, game) for game in range(self.games)])
        return self.env.observe(world)


def record(run: Run, episodes: int = 3, seed: int = 0, which: int = 0) -> dict:
    """Greedy episodes of one of a run's seeds, in plain numbers for a JSON file, to four digits.

    The games are those that `collect` plays with generators of `seed`. `which`: the seed of the run, counted from 0.

    Returns "env" and "options", "method" (its label), "which", "seed", "agents" (names), "actions" (each agent's names)
    and "episodes", each of T steps: "scenes" [T + 1], what Env.scene says before each step and at the end; "actions"
    [T][n]; "utilities" [T][n][A], None where an action is unavailable; "team" [T], the mixer's output for these
    actions; "reward" [T]; "terminated", False where the time limit cut it.
    Raises ValueError for fewer than one episode, and for a seed that the run has not or that diverged.
    """
    arguments.instance(Run, "a run that train returned", run=run)
    episodes, seed = arguments.at_least(1, episodes=episodes), arguments.at_least(0, seed=seed)
    seeds = len(run.returns)
    which = arguments.place(seeds, "one of the run's seeds", which=which)
    if which in run.diverged:
        raise ValueError(f"which is {which}, and {run.diverged[which]}: choose another seed")
    agents, mixer = run.learner.agents, run.learner.mixer
    generators = layers.generators(seed, seeds, next(agents.parameters()).device)
    filmed = Filmed(run.env, which, episodes)
    played = collect(filmed, agents, mixer, generators, episodes, 0.0)
    with torch.no_grad():
        q = mask(agents.unroll(played.obs, played.actions), played.available)[:, :, :-1]
        team = mixer(flat(q), flat(played.actions), flat(played.state[:, :, :-1])).view_as(played.reward)
    of_steps = {"actions": played.actions, "utilities": q, "team": team, "reward": played.reward}
    found = []
    for k, scenes in enumerate(zip(*filmed.scenes)):
        steps = int(played.filled[which, k].sum())
        numbers = {name: _short(x[which, k, :steps].tolist()) for name, x in of_steps.items()}
        ended = {"terminated": bool(played.terminated[which, k].any())}
        found.append({"scenes": list(scenes[: steps + 1]), **numbers, **ended})
    how = {"method": mixer.label, "which": which, "seed": seed}
    return {**envs.describe(run.env), **how, **_names(run.env), "episodes": found}


def _names(env: envs.Env) -> dict[str, list]:
    agents = [f"{i + 1} {name}" for i, name in enumerate(env.agent_names)]
    agents = agents or [f"agent {i + 1}" for i in range(env.n_agents)]
    actions = env.action_names or [[str(a) for a in range(env.n_actions)]] * env.n_agents
    return {"agents": agents, "actions": [list(names) for names in actions]}


def _short(values: list | float) -> list | float | None:
    """Real numbers to four digits, and None for minus infinity."""
    if isinstance(values, list):
        return [_short(one) for one in values]
    if isinstance(values, int):
        return values
    return None if values == -torch.inf else float(f"{values:.4g}")
