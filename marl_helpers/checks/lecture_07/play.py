"""The check of independent exploration for lecture 07: watched over thousands of steps, against exact chances."""

from collections.abc import Callable, Iterator
from functools import reduce, wraps
from math import lcm, prod

import numpy as np

from marl_helpers.checks.exercise import Mistake, call, cases, exercise
from marl_helpers.checks.reading import array

STEPS = 2000  # in which a way to explore is watched
SURE = 1e-6  # a chance too small to happen to the right answer


@exercise(
    "lecture-07",
    "Each agent explores alone",
    {
        "unavailable": "Agent {i} plays action {a}, which is not available to it.",
        "not repeatable": "Two calls with equal generators play differently. Take every draw from the one you are "
        "given, or nobody can repeat your run.",
        "one draw": "You draw once for the whole team: the agents explore together or not at all. So they never find "
        "out what one of them alone could do better.",
        "one choice": "Each agent decides for itself whether to explore, but one draw decides what they all play then. "
        "So some joint actions are never tried.",
        "one explorer": "At most one of your agents explores in a step. Each decides on its own, so sometimes two do.",
        "reversed": "Your agents explore with probability 1 - epsilon.",
        "never greedy": "Your exploring agents never play the greedy action. It is one of those available, so it is "
        "drawn too.",
        "falls back": "You draw among all actions, and play greedily where that one is not available. So the fewer an "
        "agent has, the less it explores.",
        "together": "Each of your agents alone explores as asked, but together they do not: {cell} is played in "
        "{given:.1%} of the steps. Independent agents come to {asked:.1%}.",
        "other answer": "With epsilon = {epsilon:g} agent {i} plays action {a} in {given:.1%} of {steps} steps. Asked "
        "is {asked:.1%}. (Its greedy action is {greedy}; available are {available}.)",
    },
)
def exploration(explore: Callable) -> str:
    """explore(greedy, available, epsilon, generator): one step's actions [n], epsilon-greedy.

    greedy [n], available [n, A] bool. With probability epsilon, and independently of the others, an agent plays any of
    its available actions, the greedy one among them, each equally often.
    """
    situations = list(_situations())
    shares = [_watched(explore, *one) for one in situations]
    if not all(_fits(share, _independent(*one)) for share, one in zip(shares, situations)):
        for kind, rule in WRONG_PLAY:
            if all(_fits(share, rule(*one)) for share, one in zip(shares, situations)):
                raise Mistake(kind)
        _name(*next((share, *one) for share, one in zip(shares, situations) if not _fits(share, _independent(*one))))
    return f"Over {STEPS} steps of two teams every joint action comes as often as agents on their own make it."


Situation = tuple[np.ndarray, np.ndarray, float]


def _situations() -> Iterator[Situation]:
    """Teams of two and three agents, each with its own number of available actions, and its greedy one among them."""
    generator = cases()
    for counts, epsilon in (((4, 3), 0.3), ((3, 2, 3), 0.8)):
        counts = generator.permutation(counts)
        available = np.array([generator.permutation(np.arange(4) < count) for count in counts])
        greedy = np.array([generator.choice(np.flatnonzero(one)) for one in available])
        yield greedy, available, epsilon


def _watched(explore: Callable, greedy: np.ndarray, available: np.ndarray, epsilon: float) -> np.ndarray:
    """How often each joint action is played, an array with an axis for each agent."""
    n = len(greedy)

    def played(steps: int) -> list:
        @wraps(explore)
        def many():
            generator = np.random.default_rng(7)
            return [explore(greedy.copy(), available.copy(), epsilon, generator) for _ in range(steps)]

        return [array(one, "What explore returns", (n,)) for one in call(many)]

    first = played(20)
    actions = np.array(played(STEPS))
    if not (actions[:20] == first).all():
        raise Mistake("not repeatable")
    for i in range(n):
        allowed = np.flatnonzero(available[i])
        if strange := sorted(set(actions[:, i].tolist()) - set(allowed.tolist())):
            raise Mistake("unavailable", i=i + 1, a=f"{strange[0]:g}")
    shares = np.zeros((4,) * n)
    np.add.at(shares, tuple(actions.astype(int).T), 1 / STEPS)
    return shares


def _fits(shares: np.ndarray, chances: np.ndarray) -> bool:
    """Whether such shares may come of such chances; rare joint actions are taken together."""
    from scipy import stats  # not above: slow to import

    given, expected = STEPS * shares.ravel(), STEPS * chances.ravel()
    if given[expected < 1e-9].any():
        return False
    rare = expected < 5
    given, expected = ([*x[~rare], x[rare].sum()] for x in (given, expected))
    given, expected = (np.array(x)[np.array(expected) > 1e-9] for x in (given, expected))
    return stats.chi2.sf(((given - expected) ** 2 / expected).sum(), max(len(given) - 1, 1)) > SURE


def _product(each: list[np.ndarray]) -> np.ndarray:
    """The chances of joint actions of independent agents."""
    return reduce(np.multiply.outer, each)


def _greedily(greedy: np.ndarray) -> list[np.ndarray]:
    return list(np.eye(4)[greedy])


def _randomly(available: np.ndarray) -> list[np.ndarray]:
    return list(available / available.sum(1, keepdims=True))


def _mixed(epsilon: float, greedy: list[np.ndarray], other: list[np.ndarray]) -> np.ndarray:
    return _product([(1 - epsilon) * g + epsilon * o for g, o in zip(greedy, other)])


def _independent(greedy: np.ndarray, available: np.ndarray, epsilon: float) -> np.ndarray:
    """Joint action by joint action, as it is asked."""
    chances = np.zeros((4,) * len(greedy))
    for cell in np.ndindex(*chances.shape):
        chances[cell] = prod(
            (1 - epsilon) * (a == greedy[i]) + epsilon * available[i, a] / available[i].sum()
            for i, a in enumerate(cell)
        )
    return chances


def _at_place(available: np.ndarray) -> list[list[np.ndarray]]:
    """What agents play who take the same place among their available actions, for each of equally likely places."""
    each = [np.flatnonzero(one) for one in available]
    places = lcm(*map(len, each))
    return [[np.eye(4)[one[k * len(one) // places]] for one in each] for k in range(places)]


def _one_draw(greedy, available, epsilon):
    return (1 - epsilon) * _product(_greedily(greedy)) + epsilon * _product(_randomly(available))


def _one_draw_and_choice(greedy, available, epsilon):
    other = np.mean([_product(each) for each in _at_place(available)], 0)
    return (1 - epsilon) * _product(_greedily(greedy)) + epsilon * other


def _one_choice(greedy, available, epsilon):
    return np.mean([_mixed(epsilon, _greedily(greedy), each) for each in _at_place(available)], 0)


def _one_explorer(greedy, available, epsilon):
    alone, random = _greedily(greedy), _randomly(available)
    teams = [_product([random[i] if i == k else alone[i] for i in range(len(alone))]) for k in range(len(alone))]
    return (1 - epsilon) * _product(alone) + epsilon * np.mean(teams, 0)


def _never_greedy(greedy, available, epsilon):
    others = available & ~np.eye(4, dtype=bool)[greedy]
    return _mixed(epsilon, _greedily(greedy), _randomly(others))


def _falls_back(greedy, available, epsilon):
    stays = [one / 4 + (4 - one.sum()) / 4 * g for one, g in zip(available, _greedily(greedy))]
    return _mixed(epsilon, _greedily(greedy), stays)


WRONG_PLAY: list[tuple[str, Callable[..., np.ndarray]]] = [
    ("one draw", _one_draw),
    ("one draw", _one_draw_and_choice),
    ("one choice", _one_choice),
    ("one explorer", _one_explorer),
    ("reversed", lambda greedy, available, epsilon: _independent(greedy, available, 1 - epsilon)),
    ("never greedy", _never_greedy),
    ("falls back", _falls_back),
]


def _name(shares: np.ndarray, greedy: np.ndarray, available: np.ndarray, epsilon: float) -> None:
    """Raise the Mistake of shares that no known rule explains: of an agent, or else of the team."""
    asked = _independent(greedy, available, epsilon)
    for i in range(len(greedy)):
        own, wanted = (x.sum(tuple(j for j in range(x.ndim) if j != i)) for x in (shares, asked))
        if not _fits(own, wanted):
            a = np.abs(own - wanted).argmax()
            details = {"greedy": greedy[i], "available": np.flatnonzero(available[i]).tolist(), "steps": STEPS}
            raise Mistake("other answer", epsilon=epsilon, i=i + 1, a=a, given=own[a], asked=wanted[a], **details)
    cell = np.unravel_index(np.abs(shares - asked).argmax(), shares.shape)
    raise Mistake("together", cell=tuple(map(int, cell)), given=shares[cell], asked=asked[cell])
