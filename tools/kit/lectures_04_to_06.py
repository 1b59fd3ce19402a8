"""Questions on lectures 04 to 06: where classes end, how they fail, and what lies beyond them."""

import numpy as np

from kit.items import Item, integers, made, play
from marl_helpers import exact, games
from marl_helpers.checks import lecture_04
from marl_helpers.checks.section_2 import first_failure
from marl_helpers.exact import graphs, habits
from marl_helpers.exact.families import Family
from marl_helpers.games import random_games


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


def who_is_right(generator: np.random.Generator) -> Item | None:
    first = np.add.outer(generator.integers(0, 5, size=3), generator.integers(0, 5, size=3)).astype(float)
    second, lam = integers(generator, most=9), float(generator.integers(1, 20)) / 20
    one = Family(first, second)(lam)
    found = [fit(one).finds_optimum for fit in (exact.additive, exact.monotone)]
    if "tie" in found:
        return None
    options = {"yes yes": "both", "no yes": "the monotone mixer's only", "yes no": "the sum's only", "no no": "neither"}
    right = options[" ".join(found)]
    question = (
        f"R = (1 − λ) A + λ B at λ = {lam:g}. Whose best fit still plays a best cell of R: the sum's, the largest "
    )
    question += "monotone mixer's?"
    why = f"The best sum plays {exact.additive(one).greedy[0]}, the best monotone fit {exact.monotone(one).greedy[0]}."
    wrong = {f"it is {kind}": text for kind, text in options.items() if text != right}
    return made("who_is_right", question, right, wrong, why, {"A": first, "B": second}, table=one)


EXACT = 1e-9  # of squared error, on tables of whole numbers
CLASSES = ("a sum", "no sum, but QMIX's class", "not QMIX's class, but a monotone mixer", "no monotone mixer")


def smallest_class(generator: np.random.Generator) -> Item | None:
    kind = generator.integers(4)
    sampler = (random_games.supermodular, random_games.monotone, games.random_tables)[max(0, kind - 1)]
    one = np.round(sampler(generator, 1, (3, 2))[0] * 9)
    one = np.add.outer(integers(generator, 3, 6), integers(generator, 2, 6)) if kind == 0 else one
    if len(np.unique(one, axis=0)) < 3 or len(np.unique(one, axis=1).T) < 2:
        return None  # two actions of one agent are the same
    errors = [fit(one).mse for fit in (exact.additive, exact.convex, exact.monotone)]
    right = CLASSES[next((k for k, error in enumerate(errors) if error < EXACT), 3)]
    wrong = {one: one for one in CLASSES if one != right}
    question = "Which is the smallest class that holds this table exactly (limits included)?"
    why = "The best fits of the three classes leave squared errors of {:.2f}, {:.2f} and {:.2f} a cell.".format(*errors)
    return made("smallest_class", question, right, wrong, why, {"reward": one}, table=one)


def data_trap(generator: np.random.Generator) -> Item | None:
    one = integers(generator)
    fit, cell = exact.additive(one), tuple(int(k) for k in generator.integers(0, 3, size=2))
    following = exact.additive(one, habits.visits(one.shape, cell, 0.1)).greedy
    if len(fit.optima) != 1 or len(following) != 1 or len(fit.greedy) != 1:
        return None
    options = {"uniform data": fit.greedy[0], "best cell": fit.optima[0], "stays": cell, "swapped": following[0][::-1]}
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
    options = ([], pairs, [pair for pair in pairs if pair not in found], pairs[:2], pairs[:1], pairs[2:])
    wrong = list(dict.fromkeys(named(option) for option in options if named(option) != named(found)))
    question = (
        "Three agents, two actions each: agent 1 chooses the row, 2 the column, 3 the table. Which edges are needed?"
    )
    tables = {f"agent 3 plays {k}": one[..., k] for k in range(2)}
    why = "An edge is needed where one agent's change of action is worth more or less as the other one changes."
    return made(
        "edges",
        question,
        named(found),
        {f"other edges {k}": one for k, one in enumerate(wrong[:3])},
        why,
        tables,
        table=one,
    )


def monotone_play(generator: np.random.Generator) -> Item | None:
    one = np.round(random_games.punished_peak(generator, 1)[0] * 8) + 0.0  # no negative zero
    fits = exact.additive(one), exact.monotone(one)
    if fits[0].greedy == fits[1].greedy or len(fits[0].greedy) != 1:
        return None
    question = "Which joint action (row, column) does the best fit of all monotone mixers play?"
    why = f"Its squared error is {fits[1].mse:.2f} a cell, and no other order of the actions allows a smaller one."
    return play("monotone_play", question, one, fits[1], why, **{"the sum's": fits[0].greedy[0]})


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
    more = {"weights forgotten": plain.greedy[0], "favourite kept": favourite}
    why = "A weighted sum ranks by weighted averages, once the partner's part is taken off."
    item = play("weighted_play", question, one, fit, why, **more)
    return item and Item(**{**vars(item), "data": {"table": one, "weights": weights}})


MAKERS = {
    "04": (boundary, who_is_right),
    "05": (smallest_class, data_trap, edges),
    "06": (monotone_play, weighted_play),
}
