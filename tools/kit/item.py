"""A question of the quiz, and what its makers share.

A maker draws a game, takes the key from `exact`, and known mistakes as distractors. It returns None where the game that
it drew asks badly (a mistake that is right by accident), and is asked again.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from marl_helpers import exact
from marl_helpers.checks.own_game import cautious


@dataclass(frozen=True)
class Item:
    """A multiple-choice question. tables: caption -> two-agent table that it shows. wrong: mistake, in words -> its
    answer. data: what the question was made of, for whoever checks its key."""

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


WORDS = {  # the mistakes that the exercises' checks know by a short name
    "only the best": "lists the best cell only",
    "joint change": "lets both agents change at once",
    "ties": "counts a change that loses nothing as a loss",
    "neighbours": "compares neighbouring actions only",
    "mean forgotten": "adds the two averages, and takes nothing off",
    "halved": "takes the middle of the two averages",
    "true reward": "gives the reward itself",
    "one agent suffices": "convinces one agent only, the easier one",
    "by how much": "gives the rise in place of the new value",
    "average": "gives the best rival average",
    "largest entry": "gives the largest other entry",
    "rows only": "compares rows only",
    "columns only": "compares columns only",
    "last crossing": "takes the last place at which an average overtakes",
    "mirrored": "counts λ from the other end",
    "final rival": "follows the action that wins at the end",
}
Maker = Callable[[np.random.Generator], Item | None]


def made(maker: str, question: str, right, wrong: Mapping, why: str, tables: Mapping | None = None, **data):
    """An item with its answers as text, or None where a mistake is right or fewer than two differ."""
    texts = {WORDS.get(kind, kind): text(value) for kind, value in wrong.items()}
    if text(right) in texts.values() or len({*texts.values()}) < 2:
        return None
    return Item(maker, question, text(right), texts, why, dict(tables or {}), data)


def text(value) -> str:
    if isinstance(value, float | np.floating):
        return f"{value:.2f}".rstrip("0").rstrip(".") if abs(value - round(value, 2)) < 1e-9 else f"{value:.2f}"
    return str(value)


def cells(found: Iterable) -> str:
    return " and ".join(map(str, sorted(found))) or "none"


def integers(generator: np.random.Generator, shape=(3, 3), most: int = 12) -> np.ndarray:
    return generator.integers(0, most + 1, size=shape).astype(float)


def play(maker: str, question: str, one: np.ndarray, best: exact.Projection, why: str, **more: tuple) -> Item | None:
    """Which joint action does the fit play? Distractors: the best cell, the agents exchanged, caution, and `more`."""
    if len(best.greedy) != 1 or len(best.optima) != 1:
        return None
    right = best.greedy[0]
    wrong = {"takes the best cell for what is played": best.optima[0], "exchanges row and column": right[::-1]}
    wrong |= {"lets each agent avoid its worst entry": cautious(one), **more}
    wrong = {kind: cell for kind, cell in wrong.items() if cell != right}  # the best cell may be played
    return made(maker, question, right, wrong, why, {"reward": one}, table=one)


def listed(values) -> str:
    return ", ".join(map(str, values))
