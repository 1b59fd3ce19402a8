"""The quiz's questions: for each lecture, makers that draw a game, take the key from `exact`, and known mistakes as
distractors.

A maker returns None where the game that it drew asks badly (a mistake that is right by accident), and is asked again.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from marl_helpers import exact, games
from marl_helpers.checks import lecture_01, lecture_02, lecture_04
from marl_helpers.checks.own_game import WORTHS, cautious
from marl_helpers.checks.section_2 import first_failure
from marl_helpers.exact import counts, graphs, habits, prices
from marl_helpers.exact.families import Family
from marl_helpers.exact.igm import Decomposition
from marl_helpers.games import random_games


@dataclass(frozen=True)
class Item:
    """A multiple-choice question. tables: caption -> two-agent table that it shows. wrong: mistake -> its answer.
    data: what the question was made of, for whoever checks its key."""

    maker: str
    question: str
    right: str
    wrong: dict[str, str]
    why: str
    tables: dict[str, np.ndarray]
    data: dict

    def choices(self, generator: np.random.Generator) -> list[str]:
        """All answers, in a drawn order."""
        answers = [self.right, *dict.fromkeys(self.wrong.values())]
        return [answers[k] for k in generator.permutation(len(answers))]


Maker = Callable[[np.random.Generator], Item | None]


def _item(maker: str, question: str, right, wrong: Mapping, why: str, tables: Mapping | None = None, **data):
    """An item with its answers as text, or None where a mistake is right or fewer than two differ."""
    texts = {kind: _text(value) for kind, value in wrong.items()}
    if _text(right) in texts.values() or len({*texts.values()}) < 2:
        return None
    return Item(maker, question, _text(right), texts, why, dict(tables or {}), data)


def _text(value) -> str:
    if isinstance(value, float | np.floating):
        return f"{value:.2f}".rstrip("0").rstrip(".") if abs(value - round(value, 2)) < 1e-9 else f"{value:.2f}"
    return str(value)


def _cells(found: Iterable) -> str:
    return " and ".join(map(str, sorted(found))) or "none"


def _integers(generator: np.random.Generator, shape=(3, 3), most: int = 12) -> np.ndarray:
    return generator.integers(0, most + 1, size=shape).astype(float)


def _play(maker: str, question: str, one: np.ndarray, best: exact.Projection, why: str, **more: tuple) -> Item | None:
    """Which joint action does the fit play? Distractors: the best cell, the agents exchanged, caution, and `more`."""
    if len(best.greedy) != 1 or len(best.optima) != 1:
        return None
    right = best.greedy[0]
    wrong = {"best cell": best.optima[0], "swapped": right[::-1], "cautious": cautious(one), **more}
    wrong = {kind: cell for kind, cell in wrong.items() if cell != right}  # the best cell may be played
    return _item(maker, question, right, wrong, why, {"reward": one}, table=one)


def independent_play(generator: np.random.Generator) -> Item | None:
    one = _integers(generator)
    question = (
        "Two independent learners explore at random for a long time. Which joint action (row, column) do they play?"
    )
    return _play(
        "independent_play", question, one, exact.independent(one), "Each takes the action with the best average."
    )


def resting(generator: np.random.Generator) -> Item | None:
    one = _integers(generator, most=6)
    found = habits.equilibria(one)
    wrong = {
        kind: _cells(rule(one)) for kind, rule in lecture_01.WRONG_RULES if kind not in ("one agent", "either agent")
    }
    question = "From which joint actions (row, column) would each agent lose reward by changing alone?"
    wrong = {kind: text for kind, text in wrong.items() if text != _cells(found) or kind == "only the best"}
    why = "A cell must be the strictly largest of its column and of its row."
    return _item("resting", question, _cells(found), wrong, why, {"reward": one}, table=one) if found else None


def joint_size(generator: np.random.Generator) -> Item | None:
    n, m = int(generator.integers(3, 9)), int(generator.integers(2, 7))
    wrong = {"base and exponent": n**m, "product": n * m, "a table each": n * m**n}
    question = f"A team has {n} agents with {m} actions each. How many values does a joint learner keep for one state?"
    return _item("joint_size", question, m**n, wrong, f"One for each joint action: {m} to the power of {n}.", n=n, m=m)


def sum_play(generator: np.random.Generator) -> Item | None:
    one = _integers(generator)
    why = "A sum ranks an action by its average over the partner's actions."
    question = "VDN is fitted to all nine cells. Which joint action (row, column) do its agents play?"
    return _play("sum_play", question, one, exact.additive(one), why)


def sum_worth(generator: np.random.Generator) -> Item | None:
    one = _integers(generator)
    fit = exact.additive(one)
    if len(fit.optima) != 1:
        return None
    best = fit.optima[0]
    wrong = {kind: rule(one, best) for kind, rule in WORTHS.items()}
    question = f"Which value does the best sum give to the best cell, {best}?"
    why = "Row average plus column average, less the average of the table."
    return _item("sum_worth", question, fit.fit[best], wrong, why, {"reward": one}, table=one)


def peak(generator: np.random.Generator) -> Item | None:
    one = _integers(generator)
    fit = exact.additive(one)
    if len(fit.optima) != 1 or fit.finds_optimum != "no":
        return None
    best = fit.optima[0]
    kinds = ("one agent suffices", "by how much", "average", "largest entry")
    wrong = {kind: lecture_02.WRONG_PEAKS[kind](one, best) for kind in kinds}
    question = f"The entry at {best} is raised, the others stay. Above which value do VDN's agents play it?"
    right = lecture_02.WRONG_PEAKS["by how much"](one, best) + one[best]
    why = "It must make its row the best row, and its column the best column."
    return _item("peak", question, right, wrong, why, {"reward": one}, table=one)


def greedy_count(generator: np.random.Generator) -> Item | None:
    utilities = [np.array([generator.integers(0, 3) for _ in range(size)]) for size in (3, 4, 3)]
    counts = [int((q == q.max()).sum()) for q in utilities]
    found = Decomposition(tuple(q.astype(float) for q in utilities), np.zeros((3, 4, 3)))
    shown = ", ".join(f"agent {i + 1}: {' '.join(map(str, q))}" for i, q in enumerate(utilities))
    question = f"Three agents have these utilities ({shown}). How many joint actions may they play greedily?"
    wrong = {"first argmax": 1, "added": sum(counts), "paired off": min(counts), "largest only": max(counts)}
    wrong = {kind: value for kind, value in wrong.items() if value != len(found.greedy) or kind == "first argmax"}
    why = "Each agent may play any of its maximisers, so multiply."
    return _item("greedy_count", question, len(found.greedy), wrong, why, utilities=utilities)


def igm_verdict(generator: np.random.Generator) -> Item | None:
    utilities = tuple(generator.integers(0, 3, size=2).astype(float) for _ in range(2))
    team = generator.integers(0, 3, size=(2, 2)).astype(float)
    found = Decomposition(utilities, team)
    answers = ("it holds, with equality", "it holds as an inclusion only", "it fails")
    right = answers[0 if found.equality else 1 if found.inclusion else 2]
    wrong = dict(zip(("equality asked", "some choice"), [one for one in answers if one != right]))
    shown = "; ".join(f"agent {i + 1}: {q[0]:g} and {q[1]:g}" for i, q in enumerate(utilities))
    question = f"The utilities of actions 0 and 1 are {shown}. What about IGM for this team value?"
    why = f"Greedy: {_cells(found.greedy)}. Largest: {_cells(found.optimal)}."
    return _item("igm_verdict", question, right, wrong, why, {"team value": team}, utilities=utilities, team=team)


def monotone_table(generator: np.random.Generator) -> Item | None:
    tables = {name: _integers(generator, (3, 2), 5) for name in "ABCD"}
    fitting = [name for name, one in tables.items() if exact.is_monotone(one)]
    if len(fitting) != 1:
        return None
    wrong = {f"reversal in {name}": name for name in tables if name not in fitting}
    question = "Which one of these rewards can a monotone mixer represent exactly?"
    why = "Each agent needs one ranking of its actions that is valid against every action of the other."
    return _item("monotone_table", question, fitting[0], wrong, why, tables)


def boundary(generator: np.random.Generator) -> Item | None:
    first, second = _integers(generator, most=9), _integers(generator, most=9)
    first[0, 0], second[0, 0] = 20, 11
    if exact.additive(first).finds_optimum != "yes" or exact.additive(second).finds_optimum != "no":
        return None
    right = first_failure(Family(first, second))[0]
    kinds = ("rows only", "columns only", "last crossing", "mirrored", "final rival")
    rules = {kind: lecture_04.WRONG_FORMULAS[kind](first, second) for kind in kinds}
    wrong = {kind: value for kind, value in rules.items() if abs(value - right) > 0.02 and value < 1}
    question = "R = (1 − λ) A + λ B. At which λ do VDN's agents stop playing the best cell?"
    why = "There the average of its row or of its column is overtaken for the first time."
    return _item("boundary", question, float(right), wrong, why, {"A": first, "B": second}, first=first, second=second)


def who_is_right(generator: np.random.Generator) -> Item | None:
    first = np.add.outer(generator.integers(0, 5, size=3), generator.integers(0, 5, size=3)).astype(float)
    second, lam = _integers(generator, most=9), float(generator.integers(1, 20)) / 20
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
    return _item("who_is_right", question, right, wrong, why, {"A": first, "B": second}, table=one)


EXACT = 1e-9  # of squared error, on tables of whole numbers
CLASSES = ("a sum", "no sum, but QMIX's class", "not QMIX's class, but a monotone mixer", "no monotone mixer")


def smallest_class(generator: np.random.Generator) -> Item | None:
    kind = generator.integers(4)
    sampler = (random_games.supermodular, random_games.monotone, games.random_tables)[max(0, kind - 1)]
    one = np.round(sampler(generator, 1, (3, 2))[0] * 9)
    one = np.add.outer(_integers(generator, 3, 6), _integers(generator, 2, 6)) if kind == 0 else one
    if len(np.unique(one, axis=0)) < 3 or len(np.unique(one, axis=1).T) < 2:
        return None  # two actions of one agent are the same
    errors = [fit(one).mse for fit in (exact.additive, exact.convex, exact.monotone)]
    right = CLASSES[next((k for k, error in enumerate(errors) if error < EXACT), 3)]
    wrong = {one: one for one in CLASSES if one != right}
    question = "Which is the smallest class that holds this table exactly (limits included)?"
    why = "The best fits of the three classes leave squared errors of {:.2f}, {:.2f} and {:.2f} a cell.".format(*errors)
    return _item("smallest_class", question, right, wrong, why, {"reward": one}, table=one)


def data_trap(generator: np.random.Generator) -> Item | None:
    one = _integers(generator)
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
    return _item("data_trap", question, following[0], wrong, why, {"reward": one}, table=one, cell=cell)


def edges(generator: np.random.Generator) -> Item | None:
    pairs = [(0, 1), (0, 2), (1, 2)]
    on = [pair for pair in pairs if generator.random() < 0.5]
    one = sum(_integers(generator, [2 if i == k else 1 for k in range(3)], 5) for i in range(3))
    one = one + sum(_integers(generator, [2 if k in pair else 1 for k in range(3)], 5) for pair in on)
    named = lambda found: ", ".join(f"({i + 1}, {j + 1})" for i, j in found) or "none"  # noqa: E731
    found = graphs.needed(one)
    options = ([], pairs, [pair for pair in pairs if pair not in found], pairs[:2], pairs[:1], pairs[2:])
    wrong = list(dict.fromkeys(named(option) for option in options if named(option) != named(found)))
    question = (
        "Three agents, two actions each: agent 1 chooses the row, 2 the column, 3 the table. Which edges are needed?"
    )
    tables = {f"agent 3 plays {k}": one[..., k] for k in range(2)}
    why = "An edge is needed where one agent's change of action is worth more or less as the other one changes."
    return _item(
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
    return _play("monotone_play", question, one, fits[1], why, **{"the sum's": fits[0].greedy[0]})


def weighted_play(generator: np.random.Generator) -> Item | None:
    one = _integers(generator)
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
    item = _play("weighted_play", question, one, fit, why, **more)
    return item and Item(**{**vars(item), "data": {"table": one, "weights": weights}})


def target(generator: np.random.Generator) -> Item | None:
    online, later = generator.integers(0, 10, size=(2, 2, 3))
    reward, discount = int(generator.integers(1, 6)), 0.9
    blocked = generator.integers(0, 3, size=2)
    masked = np.where(np.arange(3) == blocked[:, None], -1, online)
    if (np.sort(masked)[:, -1] == np.sort(masked)[:, -2]).any() or (online.argmax(axis=1) != blocked).all():
        return None
    each = np.arange(2)
    worth = {
        "right": later[each, masked.argmax(axis=1)].sum(),
        "mask forgotten": later[each, online.argmax(axis=1)].sum(),
        "target chooses": np.where(np.arange(3) == blocked[:, None], -1, later).max(axis=1).sum(),
        "online judges": masked.max(axis=1).sum(),
    }
    values = {kind: float(reward + discount * value) for kind, value in worth.items()}
    values["discount forgotten"] = float(reward + worth["right"])
    shown = " and ".join(f"action {k} of agent {i + 1}" for i, k in enumerate(blocked))
    question = (
        f"VDN, double Q-learning: the reward is {reward}, the discount 0.9, the game goes on, and {shown} are not "
        "available next. Rows are agents, columns their next actions. What is the target?"
    )
    why = "The online utilities choose among the available actions, the target network says what those are worth."
    tables = {"online utilities": online.astype(float), "target network's utilities": later.astype(float)}
    data = dict(online=online, later=later, reward=reward, blocked=blocked, discount=discount)
    return _item("target", question, values.pop("right"), values, why, tables, **data)


def lambda_return(generator: np.random.Generator) -> Item | None:
    rewards, after = generator.integers(0, 5, size=3), generator.integers(1, 9, size=2)
    discount, share = 0.9, 0.2
    kinds = {"one step": (discount, 0.0), "all the way": (discount, 1.0), "no discount": (1.0, share)}
    wrong = {kind: _lambda_return(rewards, after, *numbers) for kind, numbers in kinds.items()}
    wrong["shares exchanged"] = _lambda_return(rewards, after, discount, 1 - share)
    question = (
        f"An episode of three steps ends with the game. Rewards: {_listed(rewards)}. Learned values after steps 1 and "
        f"2: {_listed(after)}. Discount {discount}, λ = {share}. What is the λ-return of the first step?"
    )
    why = "Backwards: r + 0.9 · (0.8 · learned value + 0.2 · the next step's λ-return)."
    right = _lambda_return(rewards, after, discount, share)
    data = dict(rewards=rewards, after=after, discount=discount, share=share)
    return _item("lambda_return", question, right, wrong, why, **data)


def _lambda_return(rewards, after, discount: float, share: float) -> float:
    found = rewards[-1]
    for reward, value in zip(rewards[-2::-1], after[::-1]):
        found = reward + discount * ((1 - share) * value + share * found)
    return float(found)


def _listed(values) -> str:
    return ", ".join(map(str, values))


def dock_price(generator: np.random.Generator) -> Item | None:
    n = int(generator.integers(4, 9))
    need = int(generator.integers(2, n))
    wrong = {"the team's price": prices.team(n, need), "all must come": prices.additive(n, n), "lanes only": float(n)}
    question = (
        f"One-shot dock: {n} robots, a lane is worth 1, and the truck pays if at least {need} come. Above which pay do "
        "VDN's robots go to the dock?"
    )
    why = f"A robot is the one missing in comb({n - 1}, {need - 1}) of the others' {2 ** (n - 1)} joint actions."
    return _item("dock_price", question, prices.additive(n, need), wrong, why, n=n, need=need)


def dock_methods(generator: np.random.Generator) -> Item | None:
    n, pay = int(generator.integers(3, 7)), float(generator.integers(3, 33)) + 0.5
    limits = {"a team that is told what to do": prices.team(n), "the best monotone fit": prices.monotone(n)}
    limits["the best sum"] = prices.additive(n)
    going = [name for name, limit in limits.items() if pay > limit]
    options = ["nobody", *(", ".join([*limits][: k + 1]) for k in range(3))]
    right = options[len(going)]
    wrong = {f"up to {k}": option for k, option in enumerate(options) if option != right}
    question = f"One-shot dock: {n} robots, all must come, a lane is worth 1, the truck pays {pay:g}. Who loads it?"
    why = "The prices are " + ", ".join(f"{limit:.2f} ({name})" for name, limit in limits.items()) + "."
    return _item("dock_methods", question, right, wrong, why, n=n, pay=pay)


HOLDERS = ("all three", "set hypernetwork and deep set", "deep set only", "none of them")


def count_class(generator: np.random.Generator) -> Item | None:
    n = int(generator.integers(3, 5))
    steps = generator.integers(0, 4, n)
    shapes = [np.sort(steps), steps, np.full(n, steps[0]), generator.permutation([-1, 2, *steps[2:]])]
    rewards = [0, *map(int, shapes[generator.integers(4)].cumsum())]
    held = [kind for kind in counts.KINDS if counts.best(rewards, kind).mse < 1e-9]
    right = HOLDERS[len(counts.KINDS) - len(held)]
    wrong = {f"holds {k}": answer for k, answer in enumerate(HOLDERS) if answer != right}
    question = (
        f"{n} agents with equal rows and equal utilities; the team earns {_listed(rewards)} where 0, 1, ... {n} of "
        "them choose the second action. Which of VDN, set hypernetwork and monotone deep set can hold this?"
    )
    why = "A sum is linear in the count, a set hypernetwork convex; a deep set only has to rise, or to fall."
    return _item("count_class", question, right, wrong, why, rewards=rewards)


def pooled_rows(generator: np.random.Generator) -> Item | None:
    values = generator.integers(1, 10, int(generator.integers(3, 6))).tolist()
    room, how = len(values) + int(generator.integers(1, 4)), ("sum", "mean")[generator.integers(2)]
    found = {"sum": float(sum(values)), "mean": sum(values) / len(values), "all slots": sum(values) / room}
    wrong = {kind: value for kind, value in found.items() if kind != how} | {"largest": float(max(values))}
    question = (
        f"A table has room for {room} robots and {len(values)} are present, with {_listed(values)} in the same place "
        f"of their rows; absent rows are zeros. What does pooling by {how} make of it?"
    )
    why = "Absent rows add nothing to a sum, and a mean divides by those who are present."
    return _item("pooled_rows", question, found[how], wrong, why, values=values, room=room, how=how)


MAKERS: dict[str, tuple[Maker, ...]] = {
    "01": (independent_play, resting, joint_size),
    "02": (sum_play, sum_worth, peak),
    "03": (greedy_count, igm_verdict, monotone_table),
    "04": (boundary, who_is_right),
    "05": (smallest_class, data_trap, edges),
    "06": (monotone_play, weighted_play),
    "07": (target, lambda_return),
    "08": (dock_price, dock_methods),
    "09": (count_class, pooled_rows),
}
QUESTIONS = 6  # a quiz


def quiz(lecture: str, seed: int) -> list[Item]:
    """A lecture's questions for the class with this seed: its makers in turn, no question twice."""
    generator, found = np.random.default_rng([int(lecture), seed]), []
    while len(found) < QUESTIONS:
        item = MAKERS[lecture][len(found) % len(MAKERS[lecture])](generator)
        if item and (item.question, item.wrong) not in [(other.question, other.wrong) for other in found]:
            found.append(item)
    return found
