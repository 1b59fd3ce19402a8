"""Checks for lecture 05, three kinds of failure: QMIX's class, data that trap a team, an edge that loses."""

from collections.abc import Callable
from numbers import Integral

import numpy as np

from marl_helpers import exact
from marl_helpers.checks.exercise import Mistake, call, cases, exercise
from marl_helpers.checks.reading import cell, items, number, parts, table, truth, unreadable
from marl_helpers.checks.section_1 import rounding
from marl_helpers.checks.section_2 import EXACT
from marl_helpers.exact import graphs
from marl_helpers.games import Cell

SHAPES = [(2, 2), (2, 3), (3, 2), (3, 3), (2, 4), (4, 3)]
BENDS = ((0, 0), (-2, 0), (0, 2), (0, 2), (1, 2))  # of the cross-differences, from, to
NONE = 1e-9  # a cross-difference of less is rounding
EXPLORATION = 0.1
ASKED = {"sum": "yes", "edge": "no", "pairs": "yes"}  # of the third exercise's three fits


@exercise(
    "lecture-05",
    "Does QMIX's class hold it?",
    {
        "always": "You answer {answer} to every table. All of them are monotone, and some do not belong to the class.",
        "corners": "You look at the four corners only. Between them the cross-differences add up, and a negative one "
        "can hide.",
        "first square": "You look at the actions 0 and 1 only.",
        "sum": "You ask that the cross-differences be zero. That is VDN's class.",
        "sign": "You have the sign the wrong way round: your tables have diminishing returns.",
        "strict": "You refuse cross-differences of 0. The theorem allows them: a sum has no others.",
        "one agent": "You look at how one agent's own steps grow. Asked is what the other agent's step does to them.",
        "some": "You are content with one cross-difference that is not negative. All must be so.",
        "rounding": "You refuse tables for rounding alone: in doubles 0.3 - 0.2 is less than 0.1. Allow -1e-9.",
        "other answer": "For {rows} you answer {answer}, which is not so.",
    },
)
def qmix_holds(holds: Callable) -> str:
    """holds(table): whether QMIX's class holds the monotone two-agent table (its limits included), whose actions are
    sorted, so that the reward never falls towards higher numbers."""
    tried = _sorted_tables()
    given = [truth(call(holds, one), "What your function returns") for one in tried]
    right = [bool(cross_differences(one).min() >= -NONE) for one in tried]
    if given == right:
        return f"Right on {len(tried)} monotone tables, of which the class holds {sum(right)}."
    if len(set(given)) == 1:
        raise Mistake("always", answer=given[0])
    for kind, rule in WRONG_CLASSES.items():
        if given == [bool(rule(one)) for one in tried]:
            raise Mistake(kind)
    in_integers = [truth(call(holds, np.round(10 * one)), "What your function returns") for one in tried]
    if in_integers == right and all(answer <= truly for answer, truly in zip(given, right)):
        raise Mistake("rounding")
    one, answer = next((one, answer) for one, answer, truly in zip(tried, given, right) if answer != truly)
    raise Mistake("other answer", rows=one.round(1).tolist(), answer=answer)


def cross_differences(one: np.ndarray) -> np.ndarray:
    """Of each two neighbouring actions of both agents; those further apart are sums of these."""
    return np.diff(np.diff(one, axis=0), axis=1)


def _sorted_tables() -> list[np.ndarray]:
    """Monotone tables with sorted actions, in tenths, with cross-differences of every kind."""
    generator, made = cases(), []
    for k, shape in enumerate(SHAPES * 10):
        least, most = BENDS[k % len(BENDS)]
        bend = generator.integers(least, most + 1, size=np.subtract(shape, 1))
        if k % len(BENDS) == 3:  # one below zero
            bend[tuple(generator.integers(0, bend.shape))] = -1
        edges = [_steps(generator, bend.T), _steps(generator, bend)]  # of the first column, and of the first row
        one = np.zeros(shape, int)
        one[1:, 1:] = bend.cumsum(0).cumsum(1)
        one[1:] += edges[0].cumsum()[:, None]
        one[:, 1:] += edges[1].cumsum()
        made.append(one / 10)
    return made


def _steps(generator: np.random.Generator, bend: np.ndarray) -> np.ndarray:
    """Steps along an agent's actions, large enough to stay so whatever the bends against the other agent's take."""
    return np.maximum(0, -bend.cumsum(0).min(0)) + generator.integers(0, 3, size=bend.shape[1])


WRONG_CLASSES: dict[str, Callable[[np.ndarray], bool]] = {
    "corners": lambda one: one[-1, -1] - one[-1, 0] - one[0, -1] + one[0, 0] >= -NONE,
    "first square": lambda one: cross_differences(one)[0, 0] >= -NONE,
    "sum": lambda one: np.abs(cross_differences(one)).max() <= NONE,
    "sign": lambda one: cross_differences(one).max() <= NONE,
    "strict": lambda one: cross_differences(one).min() > NONE,
    "some": lambda one: cross_differences(one).max() >= -NONE,
    "one agent": lambda one: all(np.diff(one, 2, axis=axis).min(initial=0) >= -NONE for axis in (0, 1)),
}


@exercise(
    "lecture-05",
    "A trap of data",
    {
        "class": "With uniform data the best sum already loses your best cell. That is a failure of the class. Asked "
        "is one of the data.",
        "class ties": "With uniform data a right and a wrong joint action tie in the best sum. Move an entry a little.",
        "optimum named": "{cell} is a best cell. A team that stays there is in no trap.",
        "gains by leaving": "Agent {agent} loses nothing by leaving {cell} alone. With little exploration it leaves.",
        "percent": "leaves is {given:g}: give a share of at most 1, such as 0.25 for 25 %.",
        "leaves early": "At 10 % exploration the team leaves {cell} already. Let leaving alone cost more.",
        "too good": "The trap earns {earned:g} of {most:g}, where the worst cell pays {least:g}. That is more than "
        "half of what there is to get: make it a worse one.",
        "share": "That is how often an agent plays something other than its favourite. Exploration is how often it "
        "draws any of its actions, the favourite among them.",
        "other agent": "At that exploration one agent leaves. The other has left before.",
        "too early": "Just above exploration {given:.4g} the team still stays at {cell}. Give three decimals.",
        "too late": "Just below exploration {given:.4g} the team has left {cell} already. Give three decimals.",
    },
)
def data_trap(trap: Callable) -> str:
    """trap(): a dictionary with a two-agent `table` whose best cell the best sum plays under uniform data, a wrong
    `cell` at which a VDN team with 10 % exploration stays, earning at most half, and `leaves`, the exploration from
    which it leaves, to three decimals."""
    given, at, leaves = parts(call(trap), "trap", ("table", "cell", "leaves"))
    given = table(given, "table", agents=2)
    at, leaves = cell(at, "cell", given.shape), number(leaves, "leaves")
    if (uniform := exact.additive(given).finds_optimum) != "yes":
        raise Mistake("class ties" if uniform == "tie" else "class")
    if at in exact.joint(given).optima:
        raise Mistake("optimum named", cell=at)
    leads = [_leads(given, at, agent) for agent in (0, 1)]
    for agent, (start, end) in enumerate(leads, start=1):
        if ((1 - EXPLORATION) * start + EXPLORATION * end).min() <= rounding(given):
            raise Mistake(
                "gains by leaving" if start.min() <= rounding(given) else "leaves early", agent=agent, cell=at
            )
    least, most = given.min(), given.max()
    if given[at] - least > (most - least) / 2 + rounding(given):
        raise Mistake("too good", earned=given[at], most=most, least=least)
    _check_leaving(leaves, [_leaving(*both) for both in leads], given.shape, at)
    return f"The class is right, and the data hold a team at {given[at]:g} of {most:g}, up to {leaves:.0%} exploration."


def _leads(given: np.ndarray, at: Cell, agent: int) -> tuple[np.ndarray, np.ndarray]:
    """By how much the agent's action leads its others against the partner's own, and against all of the partner's."""
    own = given if agent == 0 else given.T
    return tuple(np.delete(v[at[agent]] - v, at[agent]) for v in (own[:, at[1 - agent]], own.mean(axis=1)))


def _leaving(start: np.ndarray, end: np.ndarray) -> float:
    """The exploration at which another action overtakes, inf if never: a lead moves straight from start to end."""
    return min((s / (s - e) for s, e in zip(start, end) if e < 0), default=np.inf)


def _check_leaving(leaves: float, places: list[float], shape: tuple[int, ...], at: Cell) -> None:
    right = min(places)
    if abs(leaves - right) <= EXACT + 1e-9:  # 0.1875 may be written 0.187 or 0.188
        return
    if leaves > 1:
        raise Mistake("percent", given=leaves)
    if any(abs(leaves - right * (1 - 1 / actions)) <= EXACT for actions in shape):
        raise Mistake("share")
    if abs(leaves - max(places)) <= EXACT:
        raise Mistake("other agent")
    raise Mistake("too early" if leaves < right else "too late", given=leaves, cell=at)


@exercise(
    "lecture-05",
    "Right, wrong, right",
    {
        "not three": "Your table has {agents} agents. Asked is a task for three.",
        "sum loses": "Without edges your team already loses the optimum.",
        "sum ties": "Without edges a right and a wrong joint action tie. Move an entry a little.",
        "numbered from 1": "Number the agents from 0: your table would do with edge {edge}.",
        "not needed": "Your edge changes nothing: its two agents have no part that depends on both.",
        "edge is right": "With your edge the team still plays an optimum. Average your table over the third agent: "
        "which pair of actions does the edge put first?",
        "edge ties": "With your edge a right and a wrong joint action tie. Move an entry a little.",
        "pairs lose": "Your edge loses the optimum, but all three edges lose it too. Asked is a table on which they "
        "are right.",
        "pairs tie": "With all three edges a right and a wrong joint action tie. Move an entry a little.",
    },
)
def edge_loses(example: Callable) -> str:
    """example(): a dictionary with a three-agent `table` and an `edge` (two agents, numbered from 0): the best fits
    without edges and with all three play an optimum, and the one with this edge alone does not."""
    given, edge = parts(call(example), "example", ("table", "edge"))
    given = table(given, "table")
    if given.ndim != 3:
        raise Mistake("not three", agents=given.ndim)
    edge = _edge(edge)
    found, outcome = _found(given, edge)
    if edge == (1, 2) and outcome != ASKED and _found(given, (0, 1))[1] == ASKED:
        raise Mistake("numbered from 1", edge=(0, 1))
    if outcome["sum"] != "yes":
        raise Mistake("sum loses" if outcome["sum"] == "no" else "sum ties")
    if edge not in graphs.needed(given):
        raise Mistake("not needed")
    if outcome["edge"] != "no":
        raise Mistake("edge is right" if outcome["edge"] == "yes" else "edge ties")
    if outcome["pairs"] != "yes":
        raise Mistake("pairs lose" if outcome["pairs"] == "no" else "pairs tie")
    errors = ", ".join(f"{best.mse:.3g}" for best in found)
    return f"Right, wrong, right, while the error falls all the way: {errors}."


def _found(given: np.ndarray, edge: graphs.Edge) -> tuple[list[exact.Projection], dict[str, str]]:
    """The best fits without edges, with one and with all, and whether each plays an optimum."""
    found = [exact.graph(given, edges) for edges in ([], [edge], None)]
    return found, {name: best.finds_optimum for name, best in zip(ASKED, found)}


def _edge(value) -> graphs.Edge:
    agents = items(value, "edge")
    whole = all(isinstance(agent, Integral) for agent in agents)
    if not whole or sorted(agents) not in ([0, 1], [0, 2], [1, 2]):
        unreadable(f"edge is {value!r:.60}: give two different agents of 0, 1 and 2, such as (0, 1).")
    return int(min(agents)), int(max(agents))
