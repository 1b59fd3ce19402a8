"""The questions of lectures 01 to 06, on reward tables."""

import numpy as np

from kit.item import Item, cells, integers, made, play
from marl_helpers import exact, games
from marl_helpers.checks import lecture_01, lecture_02, lecture_04
from marl_helpers.checks.own_game import WORTHS
from marl_helpers.checks.section_2 import first_failure
from marl_helpers.exact import graphs, habits
from marl_helpers.exact.families import Family
from marl_helpers.exact.igm import Decomposition
from marl_helpers.games import random_games


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
    wrong = {"exchanges base and exponent": n**m, "adds the agents' own tables up": n * m}
    wrong["gives each agent a joint table"] = n * m**n
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
    wrong = {"adds the agents' maximisers up": sum(counts), "pairs them off": min(counts)}
    wrong["looks at one agent only"] = max(counts)
    wrong = {kind: value for kind, value in wrong.items() if value != len(found.greedy)}
    wrong["sees one maximiser each, as np.argmax does"] = 1
    why = "Each agent may play any of its maximisers, so multiply."
    return made("greedy_count", question, len(found.greedy), wrong, why, utilities=utilities)


VERDICTS = ("it holds, with equality", "it holds as an inclusion only", "it fails")
NOT_IGM = (  # for each right verdict, another one and the mistake behind it
    {1: "sees a maximiser of the team value that no agents would play", 2: "takes a tie for a failure"},
    {0: "overlooks a maximiser of the team value", 2: "asks for equality"},
    {0: "takes IGM for granted", 1: "is content with one greedy choice that is right"},
)


def igm_verdict(generator: np.random.Generator) -> Item | None:
    utilities = tuple(generator.integers(0, 3, size=2).astype(float) for _ in range(2))
    team = generator.integers(0, 3, size=(2, 2)).astype(float)
    found = Decomposition(utilities, team)
    right = 0 if found.equality else 1 if found.inclusion else 2
    wrong = {kind: VERDICTS[answer] for answer, kind in NOT_IGM[right].items()}
    shown = "; ".join(f"agent {i + 1}: {q[0]:g} and {q[1]:g}" for i, q in enumerate(utilities))
    question = f"The utilities of actions 0 and 1 are {shown}. What about IGM for this team value?"
    why = f"Greedy: {cells(found.greedy)}. Largest: {cells(found.optimal)}."
    return made(
        "igm_verdict", question, VERDICTS[right], wrong, why, {"team value": team}, utilities=utilities, team=team
    )


def monotone_table(generator: np.random.Generator) -> Item | None:
    tables = {name: integers(generator, (3, 2), 5) for name in "ABCD"}
    fitting = [name for name, one in tables.items() if exact.is_monotone(one)]
    if len(fitting) != 1:
        return None
    wrong = {f"overlooks that a ranking turns over in {name}": name for name in tables if name not in fitting}
    question = "Which one of these rewards can a monotone mixer represent exactly?"
    why = "Each agent needs one ranking of its actions that is valid against every action of the other."
    return made("monotone_table", question, fitting[0], wrong, why, tables)


def boundary(generator: np.random.Generator) -> Item | None:
    first, second = integers(generator, most=9), integers(generator, most=9)
    first[0, 0], second[0, 0] = 20, 11
    if exact.additive(first).finds_optimum != "yes" or exact.additive(second).finds_optimum != "no":
        return None
    right = first_failure(Family(first, second))[0]
    kinds = ("rows only", "columns only", "last crossing", "mirrored", "final rival")
    rules = {kind: lecture_04.WRONG_FORMULAS[kind](first, second) for kind in kinds}
    wrong = {kind: value for kind, value in rules.items() if abs(value - right) > 0.02 and value < 1}
    question = "R = (1 − λ) A + λ B. At which λ do VDN's agents stop playing the best cell?"
    why = "There the average of its row or of its column is overtaken for the first time."
    return made("boundary", question, float(right), wrong, why, {"A": first, "B": second}, first=first, second=second)


WHOSE = {  # whether the sum is right, and the monotone mixer -> the answer; the mistake that leads there
    "yes yes": ("both", "takes the best cell for what is played"),
    "no yes": ("the monotone mixer's only", "takes the larger class for the better player"),
    "yes no": ("the sum's only", "exchanges the two"),
    "no no": ("neither", "takes an error of the fit for an error of play"),
}


def who_is_right(generator: np.random.Generator) -> Item | None:
    first = np.add.outer(generator.integers(0, 5, size=3), generator.integers(0, 5, size=3)).astype(float)
    second, lam = integers(generator, most=9), float(generator.integers(1, 20)) / 20
    one = Family(first, second)(lam)
    found = [fit(one).finds_optimum for fit in (exact.additive, exact.monotone)]
    if "tie" in found:
        return None
    right = " ".join(found)
    question = (
        f"R = (1 − λ) A + λ B at λ = {lam:g}. Whose best fit still plays a best cell of R: the sum's, the largest "
    )
    question += "monotone mixer's?"
    why = f"The best sum plays {exact.additive(one).greedy[0]}, the best monotone fit {exact.monotone(one).greedy[0]}."
    wrong = {mistake: answer for kind, (answer, mistake) in WHOSE.items() if kind != right}
    return made("who_is_right", question, WHOSE[right][0], wrong, why, {"A": first, "B": second}, table=one)


EXACT = 1e-9  # of squared error, on tables of whole numbers
CLASSES = ("a sum", "no sum, but QMIX's class", "not QMIX's class, but a monotone mixer", "no monotone mixer")

SEEN = (  # what is seen where these are named
    "takes each step to be worth the same everywhere",
    "takes steps to grow with the other agent's action",
    "sees one ranking for each agent, and no rule for the bend",
    "sees a ranking turn over",
)


def smallest_class(generator: np.random.Generator) -> Item | None:
    kind = generator.integers(4)
    sampler = (random_games.supermodular, random_games.monotone, games.random_tables)[max(0, kind - 1)]
    one = np.round(sampler(generator, 1, (3, 2))[0] * 9)
    one = np.add.outer(integers(generator, 3, 6), integers(generator, 2, 6)) if kind == 0 else one
    if len(np.unique(one, axis=0)) < 3 or len(np.unique(one, axis=1).T) < 2:
        return None  # two actions of one agent are the same
    errors = [fit(one).mse for fit in (exact.additive, exact.convex, exact.monotone)]
    right = next((k for k, error in enumerate(errors) if error < EXACT), 3)
    wrong = {mistake: CLASSES[k] for k, mistake in enumerate(SEEN) if k != right}
    question = "Which is the smallest class that holds this table exactly (limits included)?"
    why = "The best fits of the three classes leave squared errors of {:.2f}, {:.2f} and {:.2f} a cell.".format(*errors)
    return made("smallest_class", question, CLASSES[right], wrong, why, {"reward": one}, table=one)


def data_trap(generator: np.random.Generator) -> Item | None:
    one = integers(generator)
    fit, cell = exact.additive(one), tuple(int(k) for k in generator.integers(0, 3, size=2))
    following = exact.additive(one, habits.visits(one.shape, cell, 0.1)).greedy
    if len(fit.optima) != 1 or len(following) != 1 or len(fit.greedy) != 1:
        return None
    options = {"fits to equal weights": fit.greedy[0], "takes the best cell for what is played": fit.optima[0]}
    options |= {"lets the team stay where it is": cell, "exchanges row and column": following[0][::-1]}
    wrong = {kind: value for kind, value in options.items() if value != following[0]}
    if following[0] == fit.greedy[0]:
        return None
    question = (
        f"VDN's agents play around {cell}, with 10 % exploration, and refit to what they see. What do they play next?"
    )
    why = "Each compares its rewards against the partner's favourite action, which is nearly all that it sees."
    return made("data_trap", question, following[0], wrong, why, {"reward": one}, table=one, cell=cell)


def edges(generator: np.random.Generator) -> Item | None:
    pairs = [(0, 1), (0, 2), (1, 2)]
    on = [pair for pair in pairs if generator.random() < 0.5]
    one = sum(integers(generator, [2 if i == k else 1 for k in range(3)], 5) for i in range(3))
    one = one + sum(integers(generator, [2 if k in pair else 1 for k in range(3)], 5) for pair in on)
    named = lambda found: ", ".join(f"({i + 1}, {j + 1})" for i, j in found) or "none"  # noqa: E731
    found = graphs.needed(one)
    options = {"sees a sum": [], "joins all whose choices matter": pairs, "joins each with the next": [(0, 1), (1, 2)]}
    options["names the edges that are not needed"] = [pair for pair in pairs if pair not in found]
    wrong = {mistake: named(option) for mistake, option in options.items() if named(option) != named(found)}
    question = (
        "Three agents, two actions each: agent 1 chooses the row, 2 the column, 3 the table. Which edges are needed?"
    )
    tables = {f"agent 3 plays {k}": one[..., k] for k in range(2)}
    why = "An edge is needed where one agent's change of action is worth more or less as the other one changes."
    return made("edges", question, named(found), wrong, why, tables, table=one)


def monotone_play(generator: np.random.Generator) -> Item | None:
    one = np.round(random_games.punished_peak(generator, 1)[0] * 8) + 0.0  # no negative zero
    fits = exact.additive(one), exact.monotone(one)
    if fits[0].greedy == fits[1].greedy or len(fits[0].greedy) != 1:
        return None
    question = "Which joint action (row, column) does the best fit of all monotone mixers play?"
    why = f"Its squared error is {fits[1].mse:.2f} a cell, and no other order of the actions allows a smaller one."
    return play("monotone_play", question, one, fits[1], why, **{"gives the best sum's play": fits[0].greedy[0]})


def weighted_play(generator: np.random.Generator) -> Item | None:
    one = integers(generator)
    favourite = tuple(int(k) for k in generator.integers(0, 3, size=2))
    weights = np.where(one > one[favourite], 1.0, 0.1)
    weights[favourite] = 1.0
    fit, plain = exact.additive(one, weights), exact.additive(one)
    if len(fit.greedy) != 1 or len(plain.greedy) != 1 or fit.greedy == plain.greedy:
        return None
    question = (
        f"A team plays {favourite}. A sum is fitted with weight 1 on that cell and on all that pay more, and 0.1 "
        "elsewhere. Which joint action (row, column) does it play?"
    )
    more = {"fits to equal weights": plain.greedy[0], "lets the team stay where it is": favourite}
    why = "A weighted sum ranks by weighted averages, once the partner's part is taken off."
    item = play("weighted_play", question, one, fit, why, **more)
    return item and Item(**{**vars(item), "data": {"table": one, "weights": weights}})
