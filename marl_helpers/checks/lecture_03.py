"""Checks for lecture 03, the IGM property: ties, inclusion without equality, and data that mislead a sum."""

from collections.abc import Callable
from functools import reduce

import numpy as np

from marl_helpers import exact
from marl_helpers.checks.exercise import Mistake, call, cases, exercise, larger_teams
from marl_helpers.checks.reading import number, numbers, pair, parts, table, truth
from marl_helpers.checks.section_1 import rises, rounding, team_values
from marl_helpers.exact.igm import Decomposition
from marl_helpers.games import Cell

MOST = 5  # size of a value in the second exercise


@exercise(
    "lecture-03",
    "Does IGM hold?",
    {
        "always": "You answer {answer} to every case.",
        "first argmax": "Your function misses ties: it tries one choice of best actions, and there may be several. "
        "(np.argmax shows the first only, and zip pairs them off.)",
        "equality": "You ask that the two sets of maximisers be equal. IGM as an inclusion allows the team value more "
        "maximisers than the agents' choices can form.",
        "some choice": "You are content with one greedy choice that is right. With ties the agents may play any.",
        "wrong way round": "You ask that every maximiser of the team value consist of the agents' own maximisers. IGM "
        "asks it the other way round.",
        "team only": "You look only at the first maximiser of the team value. It may have others.",
        "two agents": "Right for two agents, but not for three: {problem}",
        "other answer": "For utilities {utilities} and team values {team} you answer {answer}, which is not so.",
    },
)
def igm_holds(igm: Callable) -> str:
    """igm(utilities, team): True if every joint action of the agents' own maximisers is a maximiser of the team value.

    utilities: one vector for each agent. team: an array with one axis for each agent.
    """
    tried = _cases([(2, 2), (3, 2), (2, 4)] * 12)
    given, right = [_answer(igm, case) for case in tried], [case.inclusion for case in tried]
    if len(set(given)) == 1:
        raise Mistake("always", answer=given[0])
    for kind, rule in WRONG_IGM.items():
        if given == [rule(case) for case in tried]:
            raise Mistake(kind)
    for case, answer, truly in zip(tried, given, right):
        if answer != truly:
            listed = [u.tolist() for u in case.utilities]
            raise Mistake("other answer", utilities=listed, team=case.team.tolist(), answer=answer)
    with larger_teams("two agents", igm_holds):
        for case in _cases([(2, 2, 2), (2, 3, 2), (3, 2, 2)] * 20):
            answer = _answer(igm, case)
            if answer != case.inclusion:
                raise Mistake("two agents", problem=f"your answer {answer} is not so for one of the tables.")
    return "Right with and without ties, for two and three agents."


def _answer(igm: Callable, case: Decomposition) -> bool:
    return truth(call(igm, list(case.utilities), case.team), "What your function returns")


def _cases(shapes: list[tuple[int, ...]]) -> list[Decomposition]:
    """Few different numbers, so that ties are common; monotone in the agents' values, or spoilt, or at random."""
    generator, made = cases(), []
    for shape in shapes:
        utilities = tuple(generator.integers(0, 3, size=actions).astype(float) for actions in shape)
        team = np.minimum(reduce(np.add.outer, utilities), 2.0 + generator.integers(0, 3))
        kind, small = generator.integers(0, 3), generator.integers(0, 2)
        if kind == 1:
            team = generator.integers(0, 3, size=shape).astype(float)
        if kind == 2:  # one of the joint actions that the agents may choose falls behind
            chosen = [np.flatnonzero(u == u.max()) for u in utilities]
            team[tuple(generator.choice(own) for own in chosen)] -= 1
        if small:
            utilities, team = tuple(u / 4 - 1 for u in utilities), team / 4 - 1
        made.append(Decomposition(utilities, team))
    return made


def _first_choice(case: Decomposition) -> Cell:
    return tuple(int(u.argmax()) for u in case.utilities)


WRONG_IGM: dict[str, Callable[[Decomposition], bool]] = {
    "first argmax": lambda case: _first_choice(case) in case.optimal,
    "equality": lambda case: case.equality,
    "some choice": lambda case: bool(case.greedy & case.optimal),
    "wrong way round": lambda case: case.optimal <= case.greedy,
    "team only": lambda case: min(case.optimal) == _first_choice(case),
}


@exercise(
    "lecture-03",
    "More maximisers than the agents can name",
    {
        "one action": "Give each agent at least two actions.",
        "own tie": "Agent {agent} has two best actions. Asked is a case in which every agent has just one.",
        "too large": "{name} holds {value:g}. Keep the agents' values between -5 and 5: far out, a mixer that "
        "always rises can tie by rounding alone.",
        "falls": "Your mixer falls somewhere when an agent's value rises, so it is not monotone.",
        "falls between": "On your values the mixer never falls, but elsewhere between -5 and 5 it does. Monotone means "
        "everywhere.",
        "tie below": "Some cells are equal, but not the best ones: the team value has one maximiser.",
        "single maximum": "The team value has one maximiser. If a mixer rises with every value, that must be so: let "
        "it stay level somewhere.",
    },
)
def more_maximisers(mixer: Callable, values: Callable) -> str:
    """mixer(q1, q2): a number, non-decreasing in both. values(): (Q1, Q2), the agents' values of their actions.

    Each agent has one best action, and the team value has several maximisers.
    """
    q1, q2 = (numbers(q, name) for q, name in zip(pair(call(values), "values"), ("Q1", "Q2")))
    if min(len(q1), len(q2)) < 2:
        raise Mistake("one action")
    for name, q in (("Q1", q1), ("Q2", q2)):
        if np.abs(q).max() > MOST:
            raise Mistake("too large", name=name, value=q[np.abs(q).argmax()])
    for agent, q in enumerate((q1, q2), start=1):
        if (q == q.max()).sum() > 1:
            raise Mistake("own tie", agent=agent)
    team = team_values(mixer, q1, q2)
    if not rises(q1, q2, team):
        raise Mistake("falls")
    generator = cases()
    for low, high in ((-MOST, MOST), (min(q1.min(), q2.min()), max(q1.max(), q2.max()))):
        between = np.sort(generator.uniform(low, high, (2, 50)))
        if not rises(*between, team_values(mixer, *between)):
            raise Mistake("falls between")
    best = int((team >= team.max() - 4 * np.spacing(abs(team.max()))).sum())  # closer than that is no rise
    if best == 1:
        raise Mistake("tie below" if len(np.unique(team)) < team.size else "single maximum")
    return f"The team value has {best} maximisers, and the agents can name one: an inclusion, and no equality."


@exercise(
    "lecture-03",
    "Data that mislead a sum",
    {
        "negative": "A joint action cannot be seen a negative number of times.",
        "unseen": "Joint action {cell} is never seen. Give every joint action some weight.",
        "not monotone": "Your table is not monotone: {reason}.",
        "additive": "Your table is a sum, which VDN fits without an error whatever the weights are.",
        "product": "Your weights are a product of one habit for each agent. Then the weighted averages rank the "
        "actions of a monotone table in the right order. Let the agents' choices depend on each other.",
        "two by two": "With two actions for each agent it cannot happen, whatever the weights are. Add an action.",
        "ties": "In the best sum a right and a wrong joint action tie. Move a weight a little.",
        "sum is right": "With these weights the best sum still plays the best cell. It plays {greedy}.",
        "too mild": "The sum is misled, but its team still earns {earned:g} of {most:g}, where the worst cell pays "
        "{least:g}. That is more than half of what the table has to give: mislead it further.",
    },
)
def misleading_data(example: Callable) -> str:
    """example(): a dictionary with a monotone two-agent `table` and positive `weights` of the same shape (how often
    each joint action was seen), with which the best sum's greedy team earns at most half of what there is to earn,
    from the worst cell up."""
    given, weights = parts(call(example), "example", ("table", "weights"))
    given = table(given, "table", agents=2)
    weights = table(weights, "weights", shape=given.shape)
    if weights.min() < 0:
        raise Mistake("negative")
    if weights.min() <= exact.TOLERANCE * weights.max():
        raise Mistake("unseen", cell=tuple(map(int, np.argwhere(weights == weights.min())[0])))
    if not (monotone := exact.is_monotone(given)):
        raise Mistake("not monotone", reason=monotone.reason)
    if exact.is_additive(given):
        raise Mistake("additive")
    share = weights / weights.sum()
    if np.allclose(share, np.outer(share.sum(axis=1), share.sum(axis=0)), rtol=1e-9, atol=0):
        raise Mistake("product")
    if given.shape == (2, 2):
        raise Mistake("two by two")
    best = exact.additive(given, weights)
    if best.finds_optimum != "no":
        raise Mistake("ties" if best.finds_optimum == "tie" else "sum is right", greedy=best.greedy[0])
    earned = max(number(given[cell], "reward") for cell in best.greedy)
    least, most = given.min(), given.max()
    if earned - least > (most - least) / 2 + rounding(given):
        raise Mistake("too mild", earned=earned, least=least, most=most)
    return f"A monotone game, every joint action seen, and the sum's team earns {earned:.6g} of {most:.6g}."
