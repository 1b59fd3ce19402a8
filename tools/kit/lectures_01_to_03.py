"""Questions on lectures 01 to 03: independent learners, the sum, and IGM."""

import numpy as np

from kit.items import Item, cells, integers, made, play
from marl_helpers import exact
from marl_helpers.checks import lecture_01, lecture_02
from marl_helpers.checks.own_game import WORTHS
from marl_helpers.exact import habits
from marl_helpers.exact.igm import Decomposition


def independent_play(generator: np.random.Generator) -> Item | None:
    one = integers(generator)
    question = (
        "Two independent learners explore at random for a long time. Which joint action (row, column) do they play?"
    )
    return play(
        "independent_play", question, one, exact.independent(one), "Each takes the action with the best average."
    )


def resting(generator: np.random.Generator) -> Item | None:
    one = integers(generator, most=6)
    found = habits.equilibria(one)
    wrong = {
        kind: cells(rule(one)) for kind, rule in lecture_01.WRONG_RULES if kind not in ("one agent", "either agent")
    }
    question = "From which joint actions (row, column) would each agent lose reward by changing alone?"
    wrong = {kind: text for kind, text in wrong.items() if text != cells(found) or kind == "only the best"}
    why = "A cell must be the strictly largest of its column and of its row."
    return made("resting", question, cells(found), wrong, why, {"reward": one}, table=one) if found else None


def joint_size(generator: np.random.Generator) -> Item | None:
    n, m = int(generator.integers(3, 9)), int(generator.integers(2, 7))
    wrong = {"base and exponent": n**m, "product": n * m, "a table each": n * m**n}
    question = f"A team has {n} agents with {m} actions each. How many values does a joint learner keep for one state?"
    return made("joint_size", question, m**n, wrong, f"One for each joint action: {m} to the power of {n}.", n=n, m=m)


def sum_play(generator: np.random.Generator) -> Item | None:
    one = integers(generator)
    why = "A sum ranks an action by its average over the partner's actions."
    question = "VDN is fitted to all nine cells. Which joint action (row, column) do its agents play?"
    return play("sum_play", question, one, exact.additive(one), why)


def sum_worth(generator: np.random.Generator) -> Item | None:
    one = integers(generator)
    fit = exact.additive(one)
    if len(fit.optima) != 1:
        return None
    best = fit.optima[0]
    wrong = {kind: rule(one, best) for kind, rule in WORTHS.items()}
    question = f"Which value does the best sum give to the best cell, {best}?"
    why = "Row average plus column average, less the average of the table."
    return made("sum_worth", question, fit.fit[best], wrong, why, {"reward": one}, table=one)


def peak(generator: np.random.Generator) -> Item | None:
    one = integers(generator)
    fit = exact.additive(one)
    if len(fit.optima) != 1 or fit.finds_optimum != "no":
        return None
    best = fit.optima[0]
    kinds = ("one agent suffices", "by how much", "average", "largest entry")
    wrong = {kind: lecture_02.WRONG_PEAKS[kind](one, best) for kind in kinds}
    question = f"The entry at {best} is raised, the others stay. Above which value do VDN's agents play it?"
    right = lecture_02.WRONG_PEAKS["by how much"](one, best) + one[best]
    why = "It must make its row the best row, and its column the best column."
    return made("peak", question, right, wrong, why, {"reward": one}, table=one)


def greedy_count(generator: np.random.Generator) -> Item | None:
    utilities = [np.array([generator.integers(0, 3) for _ in range(size)]) for size in (3, 4, 3)]
    counts = [int((q == q.max()).sum()) for q in utilities]
    found = Decomposition(tuple(q.astype(float) for q in utilities), np.zeros((3, 4, 3)))
    shown = ", ".join(f"agent {i + 1}: {' '.join(map(str, q))}" for i, q in enumerate(utilities))
    question = f"Three agents have these utilities ({shown}). How many joint actions may they play greedily?"
    wrong = {"first argmax": 1, "added": sum(counts), "paired off": min(counts), "largest only": max(counts)}
    wrong = {kind: value for kind, value in wrong.items() if value != len(found.greedy) or kind == "first argmax"}
    why = "Each agent may play any of its maximisers, so multiply."
    return made("greedy_count", question, len(found.greedy), wrong, why, utilities=utilities)


def igm_verdict(generator: np.random.Generator) -> Item | None:
    utilities = tuple(generator.integers(0, 3, size=2).astype(float) for _ in range(2))
    team = generator.integers(0, 3, size=(2, 2)).astype(float)
    found = Decomposition(utilities, team)
    answers = ("it holds, with equality", "it holds as an inclusion only", "it fails")
    right = answers[0 if found.equality else 1 if found.inclusion else 2]
    wrong = dict(zip(("equality asked", "some choice"), [one for one in answers if one != right]))
    shown = "; ".join(f"agent {i + 1}: {q[0]:g} and {q[1]:g}" for i, q in enumerate(utilities))
    question = f"The utilities of actions 0 and 1 are {shown}. What about IGM for this team value?"
    why = f"Greedy: {cells(found.greedy)}. Largest: {cells(found.optimal)}."
    return made("igm_verdict", question, right, wrong, why, {"team value": team}, utilities=utilities, team=team)


def monotone_table(generator: np.random.Generator) -> Item | None:
    tables = {name: integers(generator, (3, 2), 5) for name in "ABCD"}
    fitting = [name for name, one in tables.items() if exact.is_monotone(one)]
    if len(fitting) != 1:
        return None
    wrong = {f"reversal in {name}": name for name in tables if name not in fitting}
    question = "Which one of these rewards can a monotone mixer represent exactly?"
    why = "Each agent needs one ranking of its actions that is valid against every action of the other."
    return made("monotone_table", question, fitting[0], wrong, why, tables)


MAKERS = {
    "01": (independent_play, resting, joint_size),
    "02": (sum_play, sum_worth, peak),
    "03": (greedy_count, igm_verdict, monotone_table),
}
