"""Right answers and planted wrong ones for the exercises of lecture 07 on the mixer, exploration, and single seeds."""

import math

import numpy as np
import torch

from marl_helpers import layers, mixers
from marl_helpers.training import agents


def elu(x):
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


def same(x):
    return x


def mixer(w1=abs, b1=same, w2=abs, v=same, bend=elu, inside=same):
    """A team value with these done to what is written for a state, or `inside` to the hypernetwork's own numbers."""

    def team_value(q, state, weights):
        layer1, layer2 = (inside(weights[name]) @ state for name in ("w1", "w2"))
        hidden = bend(q @ w1(layer1) + b1(weights["b1"] @ state))
        return hidden @ w2(layer2) + v(weights["v"] @ state)

    return team_value


def unit_by_unit(q, state, weights):
    total = float(np.dot(weights["v"], state))
    for j, row in enumerate(weights["w2"]):
        x = float(np.dot(weights["b1"][j], state))
        for i, utility in enumerate(q):
            x += abs(float(np.dot(weights["w1"][i][j], state))) * utility
        total += abs(float(np.dot(row, state))) * (x if x > 0 else math.exp(x) - 1)
    return total


def the_package(q, state, weights):
    """The package's own mixer without a state, whose plain weights are what is written for this one."""
    (n, width, _), parts = weights["w1"].shape, {name: torch.tensor(w @ state) for name, w in weights.items()}
    plain = mixers.make("qmix", mixers.Spec(n, 1, width=width), layers.generators(0, 1)).double()
    with torch.no_grad():
        for name, written in parts.items():
            kept = getattr(plain, name).plain
            kept.copy_(written.reshape(kept.shape))
    return plain(torch.tensor(q).view(1, 1, n, 1), torch.zeros(1, 1, n, dtype=torch.int64))[0, 0]


def falls(q=(-3, -2), state=(0, 1), agent=2, raised=0):
    return lambda: {"q": q, "state": state, "agent": agent, "raised": raised}


def only(team_value):
    return (team_value, falls())


def third_agent_free(q, state, weights):
    """abs of w1, but not for the last agent."""
    w1 = weights["w1"] @ state
    w1[:-1] = abs(w1[:-1])
    return elu(q @ w1 + weights["b1"] @ state) @ abs(weights["w2"] @ state) + weights["v"] @ state


def clip(x):
    return np.maximum(x, 0)


HYPERNETWORK = (
    [
        (mixer(), falls()),
        (unit_by_unit, falls(np.array([-3.0, -2.5]), [0.1, 0.9], np.int64(2), 2)),
        (the_package, falls([-10, -10], torch.tensor([0.0, 1.0]), 2, 10)),
        (mixer(w1=lambda x: np.sqrt(x**2), w2=lambda x: np.sign(x) * x), falls([-2, -1], [0.2, 0.8], 2, -0.5)),
    ],
    {
        "no abs": [only(mixer(w1=same, w2=same))],
        "w1 free": [only(mixer(w1=same))],
        "w2 free": [only(mixer(w2=same))],
        "abs inside": [only(mixer(w1=same, w2=same, inside=abs))],
        "not monotone": [
            only(third_agent_free),
            only(mixer(w1=same, bend=clip)),
            only(mixer(w1=lambda x: -abs(x))),
            only(mixer(bend=abs)),
        ],
        "clipped": [only(mixer(w1=clip, w2=clip))],
        "b1 restricted": [only(mixer(b1=abs))],
        "v restricted": [only(mixer(v=abs))],
        "all restricted": [only(mixer(b1=abs, v=abs))],
        "no bend": [only(mixer(bend=same))],
        "relu": [only(mixer(bend=clip))],
        "no v": [only(mixer(v=lambda x: 0))],
        "no b1": [only(mixer(b1=lambda x: 0 * x))],
        "other answer": [
            only(mixer(w1=lambda x: np.log1p(np.exp(x)), w2=lambda x: np.log1p(np.exp(x)))),
            only(lambda q, state, weights: q.sum()),
            only(mixer(v=lambda x: x + 1)),
        ],
        "outside": [
            (mixer(), falls(state=(-1, 2))),
            (mixer(), falls(q=(-1000, 0))),
            (mixer(), falls(raised=11)),
        ],
        "no such agent": [(mixer(), falls(agent=3)), (mixer(), falls(agent=0)), (mixer(), falls(agent=0.5))],
        "not raised": [(mixer(), falls(raised=-5)), (mixer(), falls(raised=-2))],
        "rises": [(mixer(), falls(q=(3, 0), agent=1, raised=4)), (mixer(), falls(state=(1, 0)))],
        "unchanged": [(mixer(), falls(q=(1, 1), raised=3)), (mixer(), falls(state=(0, 0)))],
        "other agent": [(mixer(), falls(agent=1, q=(-5, -2), raised=-4))],
    },
)


def separately(greedy, available, epsilon, generator):
    actions = []
    for own, allowed in zip(greedy, available):
        explores = generator.random() < epsilon
        actions.append(generator.choice(np.flatnonzero(allowed)) if explores else own)
    return actions


def at_once(greedy, available, epsilon, generator):
    other = np.where(available, generator.random(available.shape), -1).argmax(-1)
    return np.where(generator.random(len(greedy)) < epsilon, other, greedy)


def package_explores(greedy, available, epsilon, generator):
    draws = torch.tensor(generator.random((len(greedy), 2)))
    return agents.explore(torch.tensor(greedy), torch.tensor(available), epsilon, draws)


def from_chances(greedy, available, epsilon, generator):
    chances = epsilon * available / available.sum(1, keepdims=True)
    chances[np.arange(len(greedy)), greedy] += 1 - epsilon
    return [generator.choice(len(own), p=own / own.sum()) for own in chances]


def randomly(available, generator):
    return np.array([generator.choice(np.flatnonzero(one)) for one in available])


def team_explores(greedy, available, epsilon, generator):
    return randomly(available, generator) if generator.random() < epsilon else greedy


def places(available, u):
    return np.array([np.flatnonzero(one)[int(u * one.sum())] for one in available])


def one_number(greedy, available, epsilon, generator):
    return places(available, generator.random()) if generator.random() < epsilon else greedy


def one_choice(greedy, available, epsilon, generator):
    explore = generator.random(len(greedy)) < epsilon
    return np.where(explore, places(available, generator.random()), greedy)


def one_explorer(greedy, available, epsilon, generator):
    if generator.random() < epsilon:
        k = generator.integers(len(greedy))
        greedy[k] = generator.choice(np.flatnonzero(available[k]))
    return greedy


def reversed_sense(greedy, available, epsilon, generator):
    return np.where(generator.random(len(greedy)) > epsilon, randomly(available, generator), greedy)


def never_greedy(greedy, available, epsilon, generator):
    available[np.arange(len(greedy)), greedy] = False
    return at_once(greedy, available, epsilon, generator)


def falls_back(greedy, available, epsilon, generator):
    tried = generator.integers(available.shape[1], size=len(greedy))
    explore = (generator.random(len(greedy)) < epsilon) & available[np.arange(len(greedy)), tried]
    return np.where(explore, tried, greedy)


def any_action(greedy, available, epsilon, generator):
    other = generator.integers(available.shape[1], size=len(greedy))
    return np.where(generator.random(len(greedy)) < epsilon, other, greedy)


def own_generator(greedy, available, epsilon, generator):
    return separately(greedy, available, epsilon, np.random.default_rng())


def opposite_draws(greedy, available, epsilon, generator):
    """Each agent explores with probability epsilon, but the first where the others least do."""
    u = generator.random()
    explore = np.array([u < epsilon] + [u > 1 - epsilon] * (len(greedy) - 1))
    return np.where(explore, randomly(available, generator), greedy)


def first_explores(greedy, available, epsilon, generator):
    return [separately(greedy, available, epsilon, generator)[0], *greedy[1:]]


EXPLORATION = (
    [(separately,), (at_once,), (package_explores,), (from_chances,)],
    {
        "unavailable": [(any_action,), (lambda greedy, *rest: greedy * 0 + 7,)],
        "not repeatable": [(own_generator,)],
        "one draw": [(team_explores,), (one_number,)],
        "one choice": [(one_choice,)],
        "one explorer": [(one_explorer,)],
        "reversed": [(reversed_sense,)],
        "never greedy": [(never_greedy,)],
        "falls back": [(falls_back,)],
        "together": [(opposite_draws,)],
        "other answer": [
            (lambda greedy, *rest: greedy,),
            (first_explores,),
            (lambda greedy, available, epsilon, generator: separately(greedy, available, 1, generator),),
            (lambda greedy, available, epsilon, generator: separately(greedy, available, epsilon / 2, generator),),
            (lambda greedy, available, epsilon, generator: available.argmax(1),),
        ],
    },
)


def share(better, worse):
    return ((1 + np.sign(worse - better[:, None])) / 2).mean()


def in_loops(better, worse):
    wins = [(other > one) + (other == one) / 2 for one in better for other in worse]
    return sum(wins) / len(wins)


def from_ranks(better, worse):
    ordered = np.sort(better)
    return np.mean([np.searchsorted(ordered, w, s) for w in worse for s in ("left", "right")]) / len(better)


def bootstrap(level=10, draw=None, ends=None, counts=share):
    """An interval from resamplings, each two sets of seeds' numbers, (7,) and (7,), from draw(generator)."""
    draw = draw or (lambda generator: generator.integers(7, size=(2, 7)))
    ends = ends or (lambda shares: np.percentile(shares, (level, 100 - level)))

    def interval(better, worse, draws, generator):
        resampled = (draw(generator) for _ in range(draws))
        return ends([counts(better[a], worse[b]) for a, b in resampled])

    return (share, interval)


def all_at_once(better, worse, draws, generator):
    drawn = [generator.choice(one, size=(draws, len(one))) for one in (better, worse)]
    shares = (drawn[1][:, None] > drawn[0][..., None]).mean((1, 2))
    return {"low": np.quantile(shares, 0.1), "high": np.quantile(shares, 0.9)}.values()


def twice(numbers):
    return numbers, numbers


def pairs_resampled(better, worse, draws, generator):
    wins = (worse > better[:, None]).ravel()
    return np.percentile(generator.choice(wins, size=(draws, len(wins))).mean(1), (10, 90))


def around(times):
    return lambda shares: (np.mean(shares) - times * np.std(shares), np.mean(shares) + times * np.std(shares))


def verdict(middle):
    return lambda better, worse: float(middle(worse) > middle(better))


def pooled(better, worse, draws, generator):
    both = np.concatenate([better, worse])
    shares = [share(*generator.choice(both, size=(2, len(better)))) for _ in range(draws)]
    return np.percentile(shares, (10, 90))


RIGHT_INTERVAL = bootstrap()[1]
ALL = np.arange(7)

ONE_SEED = (
    [
        bootstrap(),
        (in_loops, all_at_once),
        (from_ranks, bootstrap(ends=lambda shares: tuple(sorted(shares)[k] for k in (200, 1799)))[1]),
    ],
    {
        "other way": [(lambda better, worse: share(worse, better), RIGHT_INTERVAL)],
        "ties ignored": [(lambda better, worse: np.mean([w > b for b in better for w in worse]), RIGHT_INTERVAL)],
        "ties counted": [(lambda better, worse: np.mean([w >= b for b in better for w in worse]), RIGHT_INTERVAL)],
        "by number": [
            (lambda better, worse: np.mean(worse > better), RIGHT_INTERVAL),
            (lambda better, worse: np.mean([(w > b) + (w == b) / 2 for b, w in zip(better, worse)]), RIGHT_INTERVAL),
        ],
        "a count": [(lambda better, worse: share(better, worse) * len(better) * len(worse), RIGHT_INTERVAL)],
        "percent": [(lambda better, worse: 100 * in_loops(better, worse), RIGHT_INTERVAL)],
        "verdict": [(verdict(np.median), RIGHT_INTERVAL), (verdict(np.mean), RIGHT_INTERVAL)],
        "other share": [
            (lambda better, worse: 0.5, RIGHT_INTERVAL),
            (lambda better, worse: np.mean(worse > np.median(better)), RIGHT_INTERVAL),
        ],
        "swapped": [bootstrap(level=90)],
        "no width": [bootstrap(draw=lambda generator: (generator.permutation(7), generator.permutation(7)))],
        "pairs resampled": [(share, pairs_resampled)],
        "same seeds": [bootstrap(draw=lambda generator: twice(generator.integers(7, size=7)))],
        "one method": [
            bootstrap(draw=lambda generator: (generator.integers(7, size=7), ALL)),
            bootstrap(draw=lambda generator: (ALL, generator.integers(7, size=7))),
        ],
        "level": [bootstrap(5), bootstrap(2.5), bootstrap(0.5)],
        "deviation": [bootstrap(ends=around(1)), bootstrap(ends=around(2))],
        "other interval": [
            (share, pooled),
            (share, lambda *rest: (0, 1)),
            bootstrap(ends=lambda shares: (min(shares), max(shares))),
            bootstrap(draw=lambda generator: generator.integers(7, size=(2, 1))),
        ],
    },
)

PLANTED = {"hypernetwork": HYPERNETWORK, "exploration": EXPLORATION, "one_seed": ONE_SEED}
