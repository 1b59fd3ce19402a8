"""The quiz: every key against `exact` on what the student sees, and by a second way where there is one."""

import re
import zipfile
from html import unescape
from itertools import permutations, product
from math import comb
from xml.etree import ElementTree

import numpy as np
import pytest
from kit import items, items_tables, items_teams, quiz

from marl_helpers import exact
from marl_helpers.exact import graphs, habits, prices

SEEDS = range(4)
ASKED = {(lecture, seed): quiz.questions(lecture, seed) for lecture in items.MAKERS for seed in SEEDS}
EACH = [item for asked in ASKED.values() for item, _ in asked]


def cell(found):
    (one,) = found
    return str(one)


def number(value):
    return f"{value:.2f}".rstrip("0").rstrip(".") if abs(value - round(value, 2)) < 1e-9 else f"{value:.2f}"


def sum_fit(one, weights=None):
    """By least squares on indicators of rows and columns."""
    root = np.sqrt(np.ones(one.size) if weights is None else weights.ravel())
    rows, columns = one.shape
    design = np.array([[*np.eye(rows)[a], *np.eye(columns)[b]] for a, b in np.ndindex(one.shape)])
    values = np.linalg.lstsq(design * root[:, None], one.ravel() * root, rcond=None)[0]
    return values[:rows], values[rows:], (design @ values).reshape(one.shape)


def sum_cell(one, weights=None):
    rows, columns, _ = sum_fit(one, weights)
    return f"({rows.argmax()}, {columns.argmax()})"


def one_table(item):
    return item.tables["reward"]


def resting(item):
    one = one_table(item)
    alone = [
        (a, b)
        for a, b in np.ndindex(one.shape)
        if (np.delete(one[a], b) < one[a, b]).all() and (np.delete(one[:, b], a) < one[a, b]).all()
    ]
    assert alone == habits.equilibria(one)
    return " and ".join(map(str, alone))


def peak(item):
    place = tuple(map(int, re.search(r"\((\d), (\d)\)", item.question).groups()))
    plays = []
    for step in (-1e-3, 1e-3):
        one = one_table(item).copy()
        one[place] = float(item.right) + step
        plays.append(place in exact.additive(one).greedy)
    assert plays == [False, True]
    return item.right


def greedy_count(item):
    utilities = item.data["utilities"]
    greedy = [c for c in product(*map(range, (3, 4, 3))) if all(q[k] == max(q) for q, k in zip(utilities, c))]
    return str(len(greedy))


def igm_verdict(item):
    team = item.tables["team value"]
    said = [list(map(float, pair)) for pair in re.findall(r"agent \d: (\d) and (\d)", item.question)]
    greedy = {c for c in product(range(2), repeat=2) if all(q[k] == max(q) for q, k in zip(said, c))}
    largest = {c for c in product(range(2), repeat=2) if team[c] == team.max()}
    return (
        "it fails"
        if not greedy <= largest
        else "it holds, with equality"
        if greedy == largest
        else ("it holds as an inclusion only")
    )


def ordered(one):
    """Is there, for each agent, no pair of actions that change places?"""
    return all(
        not ((lines[x] > lines[y]).any() and (lines[x] < lines[y]).any())
        for lines in (one, one.T)
        for x in range(len(lines))
        for y in range(len(lines))
    )


def boundary(item):
    first, second, at = item.tables["A"], item.tables["B"], float(item.right)
    around = [exact.additive((1 - lam) * first + lam * second).finds_optimum for lam in np.arange(0, at - 0.006, 0.01)]
    assert {*around} == {"yes"}
    lam = at + 0.006
    assert exact.additive((1 - lam) * first + lam * second).finds_optimum != "yes"
    return item.right


def who_is_right(item):
    lam = float(re.search(r"λ = ([\d.]+)\.", item.question)[1])
    one = (1 - lam) * item.tables["A"] + lam * item.tables["B"]
    right = exact.additive(one).finds_optimum == "yes", exact.monotone(one).finds_optimum == "yes"
    return {(True, True): "both", (False, True): "the monotone mixer's only"}.get(
        right, "the sum's only" if right[0] else "neither"
    )


def smallest_class(item):
    one = one_table(item)
    orders = [
        one[list(rows)][:, list(columns)] for rows in permutations(range(3)) for columns in permutations(range(2))
    ]
    rising = [each for each in orders if (np.diff(each, axis=0) >= 0).all() and (np.diff(each, axis=1) >= 0).all()]
    bending = [each for each in rising if (np.diff(np.diff(each, axis=0), axis=1) >= 0).all()]
    square = np.diff(np.diff(one, axis=0), axis=1)
    return items_tables.CLASSES[0 if not square.any() else 1 if bending else 2 if rising else 3]


def data_trap(item):
    place = tuple(map(int, re.search(r"\((\d), (\d)\)", item.question).groups()))
    often = [np.full(3, 0.1 / 3) + 0.9 * np.eye(3)[k] for k in place]
    return sum_cell(one_table(item), np.outer(*often))


def edges(item):
    one = np.stack([*item.tables.values()], axis=-1)
    found = []
    for i, j in ((0, 1), (0, 2), (1, 2)):
        lines = np.moveaxis(one, (i, j), (0, 1))
        if (lines[1, 1] - lines[0, 1] != lines[1, 0] - lines[0, 0]).any():
            found.append((i, j))
    assert tuple(found) == graphs.needed(one)
    return ", ".join(f"({i + 1}, {j + 1})" for i, j in found) or "none"


def target(item):
    reward = int(re.search(r"reward is (\d)", item.question)[1])
    blocked = [int(k) for k in re.findall(r"action (\d) of agent", item.question)]
    value = 0
    for agent, (online, later) in enumerate(zip(*item.tables.values())):
        value += later[max((k for k in range(3) if k != blocked[agent]), key=lambda k, q=online: q[k])]
    return number(reward + 0.9 * value)


def lambda_return(item):
    rewards, after = item.data["rewards"], item.data["after"]
    assert f"Rewards: {', '.join(map(str, rewards))}." in item.question
    # as the weighted mean of the n-step returns, forwards
    one = rewards[0] + 0.9 * after[0]
    two = rewards[0] + 0.9 * rewards[1] + 0.81 * after[1]
    three = rewards[0] + 0.9 * rewards[1] + 0.81 * rewards[2]
    return number(0.8 * one + 0.8 * 0.2 * two + 0.04 * three)


def dock_price(item):
    n, need = item.data["n"], item.data["need"]
    for pay, goes in ((prices.additive(n, need) - 0.01, False), (prices.additive(n, need) + 0.01, True)):
        counts = np.array([n - sum(c) + pay * (sum(c) >= need) for c in product(range(2), repeat=n)])
        one = counts.reshape((2,) * n)
        assert (one.take(1, 0).mean() > one.take(0, 0).mean()) == goes
    return number(2 ** (n - 1) / comb(n - 1, need - 1))


def dock_methods(item):
    n, pay = item.data["n"], item.data["pay"]
    game = np.array([n - sum(c) + pay * (sum(c) == n) for c in product(range(2), repeat=n)]).reshape((2,) * n)
    all_go = (1,) * n
    going = [game[all_go] > n]
    if n <= 4:  # all orderings, not only counts
        going.append(all_go in exact.monotone(game).greedy)
    else:
        going.append(pay > prices.monotone(n))
    going.append(all_go in exact.additive(game).greedy)
    names = ("a team that is told what to do", "the best monotone fit", "the best sum")
    return ", ".join(name for name, goes in zip(names, going) if goes) or "nobody"


def count_class(item):
    """By differences of what is asked, in both orders."""
    text = re.search(r"the team earns ([-\d, ]+) where", item.question)[1]
    rewards = np.array([int(x) for x in text.split(", ")])
    found = set()
    for one in (rewards, rewards[::-1]):
        slopes = np.diff(one)
        if (slopes >= 0).all():
            bends = np.diff(slopes)
            found.add(0 if not bends.any() else 1 if (bends >= 0).all() else 2)
    return items_teams.HOLDERS[min(found, default=3)]


def pooled_rows(item):
    room, count = map(int, re.search(r"room for (\d+) robots and (\d+) are", item.question).groups())
    values = [int(x) for x in re.search(r"with ([\d, ]+) in the", item.question)[1].split(", ")]
    assert len(values) == count < room
    return number(float(sum(values)) if "by sum" in item.question else float(np.mean(values)))


KEYS = {
    "independent_play": lambda item: f"({one_table(item).mean(1).argmax()}, {one_table(item).mean(0).argmax()})",
    "resting": resting,
    "joint_size": lambda item: str(np.ones((item.data["m"],) * item.data["n"], dtype=bool).size),
    "sum_play": lambda item: sum_cell(one_table(item)),
    "sum_worth": lambda item: number(sum_fit(one_table(item))[2].ravel()[one_table(item).argmax()]),
    "peak": peak,
    "greedy_count": lambda item: str(
        len(
            [
                c
                for c in product(*map(range, (3, 4, 3)))
                if all(q[k] == max(q) for q, k in zip(item.data["utilities"], c))
            ]
        )
    ),
    "igm_verdict": igm_verdict,
    "monotone_table": lambda item: cell(name for name, one in item.tables.items() if ordered(one)),
    "boundary": boundary,
    "who_is_right": who_is_right,
    "smallest_class": smallest_class,
    "data_trap": data_trap,
    "edges": edges,
    "monotone_play": lambda item: cell(exact.monotone(one_table(item)).greedy),
    "weighted_play": lambda item: sum_cell(one_table(item), item.data["weights"]),
    "target": target,
    "lambda_return": lambda_return,
    "dock_price": dock_price,
    "dock_methods": dock_methods,
    "count_class": count_class,
    "pooled_rows": pooled_rows,
}


def test_every_maker_has_a_second_key():
    assert {maker.__name__ for makers in items.MAKERS.values() for maker in makers} == KEYS.keys()
    assert {item.maker for item in EACH} == KEYS.keys()


@pytest.mark.parametrize("maker", KEYS)
def test_every_key_is_right(maker):
    for item in (item for item in EACH if item.maker == maker):
        assert KEYS[maker](item) == item.right, item
        assert item.right not in item.wrong.values() and len({*item.wrong.values()}) >= 2
        assert all(len(mistake.split()) > 2 for mistake in item.wrong), "a mistake is said in words"


def test_the_right_answer_may_stand_anywhere_and_may_be_the_best_cell():
    places = {answers.index(item.right) for asked in ASKED.values() for item, answers in asked}
    assert places >= {0, 1, 2}
    plays = [item for item in EACH if item.maker == "sum_play"]
    best = [exact.additive(one_table(item)).finds_optimum for item in plays]
    assert {"yes", "no"} == {*best}


def test_a_class_has_its_own_quiz_and_gets_it_again():
    for lecture in items.MAKERS:
        first, again, other = (quiz.source("q", quiz.questions(lecture, seed)) for seed in (0, 0, 1))
        assert first == again != other


@pytest.mark.parametrize("lecture", items.MAKERS)
def test_the_qti_file_asks_and_keys_what_was_made(lecture, tmp_path):
    quiz.write(tmp_path, lecture, "A quiz", 0)
    with zipfile.ZipFile(tmp_path / f"quiz-{lecture}.zip") as packed:
        (name,) = [one for one in packed.namelist() if re.search(r"assessment_\w+/text2qti\w+\.xml$", one)]
        tree = ElementTree.fromstring(packed.read(name))
    for node in tree.iter():
        node.tag = node.tag.rpartition("}")[2]
    found = list(tree.iter("item"))
    assert len(found) == items.QUESTIONS
    page, key = (unescape((tmp_path / f"quiz-{lecture}{end}.html").read_text(encoding="utf-8")) for end in ("", "-key"))
    for node, (item, answers) in zip(found, ASKED[lecture, 0]):
        texts = {
            one.get("ident"): unescape(re.sub("<.*?>", "", one.findtext(".//mattext"))).replace("’", "'").strip()
            for one in node.iter("response_label")
        }
        assert [*texts.values()] == answers
        keyed = [one.findtext(".//varequal") for one in node.iter("respcondition") if one.find("setvar") is not None]
        assert [texts[one] for one in keyed] == [item.right]
        assert page.count(item.question) >= 1 and f"{item.right} ✔" in key
        assert "✔" not in page
