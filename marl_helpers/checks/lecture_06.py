"""Checks for lecture 06, beyond monotonic: IGM on any table, QPLEX's weights, and an optimum that CW-QMIX leaves."""

from collections.abc import Callable
from itertools import product

import numpy as np

from marl_helpers import exact
from marl_helpers.checks.exercise import Mistake, call, cases, exercise, larger_teams
from marl_helpers.checks.reading import floats, items, numbers, table, unreadable
from marl_helpers.games import Cell, joint_action

PAIRS, THREE = [(2, 2), (2, 3), (3, 2), (3, 3)], [(2, 2, 2), (2, 3, 2)]
ALPHAS = (0.1, 0.001)
T = np.array([[10.0, -10.0], [0.0, 8.0]])  # of the lecture, which names the entries that CW loses
Vectors = list[np.ndarray]


@exercise(
    "lecture-06",
    "Utilities for any table",
    {
        "flat": "Your utilities are all equal, so every joint action is greedy, also the bad ones.",
        "averages": "You take averages, as VDN does. The best action need not have the best average.",
        "maxima": "You put every action first that belongs to some best joint action. Where there are several, the "
        "agents may combine parts of different ones.",
        "slices": "You take the rewards in the optimum's own row and column. Other actions may tie there, and ties "
        "combine to something else.",
        "worst": "Your agents play the worst joint action.",
        "below zero": "Right where the best reward is above zero, and wrong on tables where it is not. What do all "
        "other actions get?",
        "two agents": "Right for two agents, but not for three: {problem}",
        "other answer": "For {rows} your agents may play {cell}, which earns {earned:g} of {most:g}.",
    },
)
def igm_utilities(utilities: Callable) -> str:
    """utilities(table): one vector for each agent, such that all joint actions of the agents' own maximisers are
    optimal; for any table of two or three agents."""
    tried = _tables(PAIRS * 8)
    given = [_own(call(utilities, one), one.shape) for one in tried]
    greedy = [_greedy(own) for own in given]
    wrong = [k for k, one in enumerate(tried) if _bad(one, greedy[k])]
    if wrong:
        for kind, rule in WRONG_UTILITIES.items():
            if greedy == [_greedy(rule(one)) for one in tried]:
                raise Mistake(kind)
        if all(tried[k].max() <= 0 for k in wrong):
            raise Mistake("below zero")
        one, at = tried[wrong[0]], _bad(tried[wrong[0]], greedy[wrong[0]])[0]
        raise Mistake("other answer", rows=one.tolist(), cell=at, earned=one[at], most=one.max())
    with larger_teams("two agents", igm_utilities):
        for one in _tables(THREE * 12):
            if bad := _bad(one, _greedy(_own(call(utilities, one), one.shape))):
                problem = f"on one table they may play {bad[0]}, which is not optimal."
                raise Mistake("two agents", problem=problem)
    return f"On all {len(tried)} tables of two agents, and on others of three, the agents' own choices are optimal."


def _tables(shapes: list[tuple[int, ...]]) -> list[np.ndarray]:
    """Few different numbers, so that there are often several optima; some with none above zero, some with one optimum
    whose row and column are poor otherwise; some in small units."""
    generator, made = cases(), []
    for k, shape in enumerate(shapes):
        one = generator.integers(0, 3, size=shape).astype(float)
        if k % 8 >= 4:
            place = tuple(generator.integers(0, shape))
            one[place] = 3
            one[np.sum(np.indices(shape) != np.reshape(place, (-1, *[1] * len(shape))), axis=0) == 1] -= 3
        if k % 8 == 3:  # ties in the optimum's own row and column that combine to something else
            one[:2, :2] = np.reshape([2, 2, 2, 0], (2, 2, *[1] * (len(shape) - 2)))
        made.append((one - 3 * (generator.integers(0, 3) == 0)) * generator.choice([1, 1e-4]))
    return made


def _own(value, shape: tuple[int, ...]) -> Vectors:
    listed = items(value, "What your function returns")
    if len(listed) != len(shape):
        unreadable(f"Your function returned {len(listed)} vectors for {len(shape)} agents: give one for each.")
    listed = [[_counted(one) for one in items(vector, "A vector")] for vector in listed]
    own = [numbers(one, f"the utilities of agent {i + 1}") for i, one in enumerate(listed)]
    if tuple(map(len, own)) != shape:
        lengths = " and ".join(str(len(one)) for one in own)
        unreadable(f"For a table of shape {shape} your vectors have {lengths} entries: give one for each action.")
    return own


def _counted(value):
    """Truth values as 1 and 0, which rank actions as well."""
    value = value.item() if getattr(value, "ndim", 1) == 0 else value
    return int(value) if isinstance(value, bool) else value


def _greedy(own: Vectors) -> set[Cell]:
    return set(product(*(np.flatnonzero(one == one.max()).tolist() for one in own)))


def _bad(one: np.ndarray, greedy: set[Cell]) -> list[Cell]:
    return sorted(at for at in greedy if one[at] < one.max())


def _along(one: np.ndarray, what: Callable) -> Vectors:
    """For each agent's action: what(the rewards that it may bring)."""
    return [what(np.moveaxis(one, i, 0).reshape(actions, -1)) for i, actions in enumerate(one.shape)]


def _at(one: np.ndarray, flat: int) -> Vectors:
    return [np.arange(actions) == a for actions, a in zip(one.shape, joint_action(flat, one.shape))]


def _slices(one: np.ndarray) -> Vectors:
    at = joint_action(one.argmax(), one.shape)
    return [one[(*at[:i], slice(None), *at[i + 1 :])] for i in range(one.ndim)]


WRONG_UTILITIES: dict[str, Callable[[np.ndarray], Vectors]] = {
    "flat": lambda one: [np.zeros(actions) for actions in one.shape],
    "averages": lambda one: _along(one, lambda rewards: rewards.mean(axis=1)),
    "maxima": lambda one: _along(one, lambda rewards: rewards.max(axis=1)),
    "slices": _slices,
    "worst": lambda one: _at(one, int(one.argmin())),
}


@exercise(
    "lecture-06",
    "QPLEX's weights",
    {
        "not finite": "Some of your weights are not finite numbers. Where an advantage is 0, do not divide by it.",
        "not positive": "Some of your weights are 0 or below. Every weight must be above 0, also where it does not "
        "matter.",
        "not shared": "Each of your agents makes up for all that is missing. Where several have an advantage below 0, "
        "that counts it several times.",
        "shared by all": "You share what is missing among all agents, also those whose advantage is 0 and who cannot "
        "contribute.",
        "unscaled": "Your weights fit advantages of -1. The agents' advantages differ.",
        "rewards": "You weigh the rewards. Asked is what is missing to the best reward.",
        "utilities": "You divide by the utilities. Divide by the advantages: a utility less the agent's best one.",
        "two agents": "Right for two agents, but not for three: {problem}",
        "other answer": "For {rows} and utilities {own} your Q_tot at {cell} is {given:.4g}.",
    },
)
def qplex_weights(weights: Callable) -> str:
    """weights(table, utilities): positive weights, shape (agents, *table.shape), with which QPLEX's Q_tot is the table.

    The agents' best actions are unique, form the only best joint action, and their utilities add up to its reward.
    """
    tried = _duels(PAIRS * 4)
    given = [_team(weights, *case) for case in tried]
    wrong = [k for k, (one, _) in enumerate(tried) if not np.allclose(given[k], one, rtol=0, atol=1e-6)]
    if wrong:
        for kind, rule in WRONG_WEIGHTS.items():
            if all(np.allclose(team, rule(*case), rtol=0, atol=1e-6) for team, case in zip(given, tried)):
                raise Mistake(kind)
        (one, own), team = tried[wrong[0]], given[wrong[0]]
        at = joint_action(np.abs(team - one).argmax(), one.shape)
        raise Mistake("other answer", rows=one.tolist(), own=[u.tolist() for u in own], cell=at, given=team[at])
    with larger_teams("two agents", qplex_weights):
        for one, own in _duels(THREE * 4):
            if not np.allclose(_team(weights, one, own), one, rtol=0, atol=1e-6):
                raise Mistake("two agents", problem="your Q_tot differs from one of the tables.")
    return f"Q_tot is the table, {len(tried)} times with two agents and as well with three, and every weight positive."


def _duels(shapes: list[tuple[int, ...]]) -> list[tuple[np.ndarray, Vectors]]:
    """Tables with one best joint action, and utilities that have IGM and add up to the best reward there."""
    generator, made = cases(), []
    for shape in shapes:
        one = generator.integers(1, 10, size=shape).astype(float)
        place = tuple(int(generator.integers(size)) for size in shape)
        one[place] = 10
        best = [float(v) for v in generator.integers(1, 4, size=len(shape) - 1)]
        own = [-generator.choice([0.5, 1.0, 2.0, 8.0], size=size) for size in shape]
        for i, (a, value) in enumerate(zip(place, [*best, 10 - sum(best)])):
            own[i][a] = 0
            own[i] += value
        made.append((one, own))
    return made


def _team(weights: Callable, one: np.ndarray, own: Vectors) -> np.ndarray:
    """Q_tot with the student's weights."""
    value = call(weights, one, own)
    try:
        given = np.asarray(floats(value))
    except (ValueError, RuntimeError):  # ragged, or a tensor with a gradient
        given = np.zeros(())
    shape = (one.ndim, *one.shape)
    if given.shape != shape or given.dtype.kind not in "iuf":
        unreadable(f"For a table of shape {one.shape} give an array of numbers of shape {shape}: agent, joint action.")
    if not np.isfinite(given).all():
        raise Mistake("not finite")
    if given.min() <= 0:
        raise Mistake("not positive")
    return one.max() + (given * _advantages(own)).sum(axis=0)


def _advantages(own: Vectors) -> np.ndarray:
    """Each agent's advantage at each joint action, shape (agents, actions of agent 1, ...)."""
    return np.stack(np.meshgrid(*(one - one.max() for one in own), indexing="ij"))


def _shared(one: np.ndarray, own: Vectors, unit: np.ndarray) -> np.ndarray:
    """Q_tot if what is missing is shared out correctly, but as if the advantages were of the size `unit`."""
    advantages = _advantages(own)
    off = np.maximum((advantages < 0).sum(axis=0), 1)
    return one.max() + ((one.max() - one) / off / np.abs(unit) * advantages).sum(axis=0)


def _missing(one: np.ndarray, own: Vectors) -> tuple[np.ndarray, np.ndarray]:
    """What is missing to the best reward, and how many agents have an advantage below 0."""
    return one.max() - one, (_advantages(own) < 0).sum(axis=0)


def _utilities(own: Vectors) -> np.ndarray:
    values = np.stack(np.meshgrid(*own, indexing="ij"))
    return np.where(values == 0, np.inf, values)


WRONG_WEIGHTS: dict[str, Callable[[np.ndarray, Vectors], np.ndarray]] = {
    "not shared": lambda one, own: one.max() - np.multiply(*_missing(one, own)),
    "shared by all": lambda one, own: one.max() - np.multiply(*_missing(one, own)) / one.ndim,
    "unscaled": lambda one, own: _shared(one, own, np.ones(())),
    "rewards": lambda one, own: np.where(one == one.max(), one, one.max() - one),
    "utilities": lambda one, own: _shared(one, own, _utilities(own)),
}


@exercise(
    "lecture-06",
    "An optimum that CW-QMIX leaves",
    {
        "lecture's": "That is the lecture's T with one entry changed, perhaps in another order or other units. Find "
        "one of your own.",
        "several optima": "Your table has {count} best joint actions. Asked is one with a single best one.",
        "additive": "Your table is a sum, which QMIX's class holds. Weights change nothing where nothing is lost.",
        "monotone": "Your table is monotone, and QMIX keeps its optimum. It is easier where a ranking reverses.",
        "never in danger": "The best fit with equal weights plays your optimum, and with small alpha it still does. "
        "Look among tables that plain QMIX loses.",
        "cured": "QMIX loses your table with equal weights, but at alpha = {alpha:g} CW is right: your optimum is a "
        "peak. Look for one with a neighbour nearly as good.",
        "one alpha": "At alpha = {alpha:g} CW is right, and at the other alpha wrong. Asked is wrong at both.",
        "tie": "At alpha = {alpha:g} a right and a wrong joint action tie in the best fit. Move an entry a little.",
    },
)
def cw_leaves(example: Callable) -> str:
    """example(): a two-agent table with one best joint action, such that the best fit in QMIX's class, with weight 1
    there and alpha elsewhere, puts another joint action first, at alpha = 0.1 and at 0.001."""
    given = table(call(example), "table", agents=2)
    optima = exact.joint(given).optima
    if len(optima) > 1:
        raise Mistake("several optima", count=len(optima))
    try:
        plain = exact.convex(given).finds_optimum
        found = {alpha: exact.convex(given, central(given, alpha)) for alpha in ALPHAS}
    except exact.TooMuchWork:
        unreadable(f"A table of shape {given.shape} is too large to be judged: give the agents fewer actions.")
    outcome = {alpha: best.finds_optimum for alpha, best in found.items()}
    if set(outcome.values()) == {"no"}:
        if _is_the_lectures(given):
            raise Mistake("lecture's")
        pays = given[found[ALPHAS[-1]].greedy[0]]
        more = " And with equal weights QMIX would have stayed!" if plain == "yes" else ""
        return f"Even at alpha = {ALPHAS[-1]:g} the team leaves {given.max():g} for {pays:g}.{more}"
    if exact.is_monotone(given):
        raise Mistake("additive" if exact.is_additive(given) else "monotone")
    if "tie" in outcome.values():
        raise Mistake("tie", alpha=next(alpha for alpha in ALPHAS if outcome[alpha] == "tie"))
    held = [alpha for alpha in ALPHAS if outcome[alpha] == "yes"]
    if len(held) == 1:
        raise Mistake("one alpha", alpha=held[0])
    raise Mistake("cured" if plain == "no" else "never in danger", alpha=ALPHAS[0])


def _is_the_lectures(given: np.ndarray) -> bool:
    """Whether all but one of its entries are T's, in any order and unit."""
    if given.shape != T.shape:
        return False
    orders = [one[::rows, ::columns] for one in (T, T.T) for rows in (1, -1) for columns in (1, -1)]
    kept = [np.delete(np.stack([given, one]).reshape(2, -1), k, axis=1) for one in orders for k in range(T.size)]
    gaps = [(np.diff(own), np.diff(theirs)) for own, theirs in kept]
    return any((own * theirs > 0).all() and np.allclose(own * theirs[::-1], own[::-1] * theirs) for own, theirs in gaps)


def central(one: np.ndarray, alpha: float) -> np.ndarray:
    """CW's weights for a team that plays the optimum: 1 there, where nothing beats it, and alpha elsewhere."""
    return np.where(one == one.max(), 1.0, alpha)
