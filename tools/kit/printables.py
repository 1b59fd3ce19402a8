"""Pages for paper: blank tables, a monotone fit by hand, and the proof with gaps; and what belongs into the gaps."""

import re
from collections.abc import Callable
from html import escape
from itertools import permutations, product

import numpy as np

from kit.pages import page, table
from marl_helpers import exact
from marl_helpers.exact import prices

BY_HAND = np.array([[5.0, 0.0, 6.0], [1.0, 3.0, 8.0]])  # one pool; and a better order that loses the best cell
PROOF = """\
The team value is f(Q₁, …, Qₙ), and raising one agent's utility, the others [fixed], never lowers f.
Let every agent play a [maximiser] of its own utility, and call that joint action a*. Let a be [any] joint action.
Then Qᵢ(aᵢ) [≤] Qᵢ(aᵢ*) for every agent i.
Walk from a to a*: in step i only agent [i] changes, from aᵢ to aᵢ*.
So only one [argument] of f moves, and it does not [fall]. So f does not fall either.
After [n] steps the team value of a is [≤] the team value of a*.
Since a was any joint action, a* [maximises] the team value.
What the proof does not show: that a* is the [only] maximiser, or that it maximises the [reward].
"""


def blank_tables() -> str:
    """Tables to fill in: there is nothing to solve."""
    sizes = [(3, 3)] * 4 + [(2, 2)] * 3
    tables = "".join(table("reward", [[""] * b] * a) for a, b in sizes)
    words = "Rows are agent 1's actions, columns agent 2's; write averages into the margin."
    return f"<p>{words}</p><div class='side'>{tables}</div>"


def monotone_fit(solved: bool) -> str:
    """One isotonic fit by hand: the given order first, then all orders."""
    fit = prices.isotonic(BY_HAND, np.ones(BY_HAND.shape))
    best = exact.monotone(BY_HAND)
    rows, columns = _best_order()
    text = (
        "<p>Fit this reward by a table that never falls from left to right, nor from top to bottom, with the least "
        "mean squared error. Where two neighbours are in the wrong order, put them into one pool and give it the "
        "average. Go on until none are.</p>"
    )
    text += table("reward", BY_HAND) + table("your fit", fit if solved else [[""] * 3] * 2)
    gap = _gap(solved)
    text += f"<p>Mean squared error: {gap(f'{_error(BY_HAND):.3f}')}</p>"
    text += "<p>That was one order of the actions. A monotone mixer may choose any: exchange rows, or columns, "
    text += f"and do the same. In the best of all orders the rows are {gap(_listed(rows))} and the columns "
    text += f"{gap(_listed(columns))}. With the actions back at their places its fit is</p>"
    text += table("the best fit of all orders", best.fit if solved else [[""] * 3] * 2)
    text += f"<p>Error: {gap(f'{best.mse:.3f}')}. The team plays {gap(_cells(best.greedy))} "
    return text + f"and the best cell is {gap(_cells(best.optima))}.</p>"


def proof(solved: bool) -> str:
    """Greedy agents maximise a monotone team value, with gaps."""
    gap = _gap(solved)
    lines = [re.sub(r"\[(.*?)\]", lambda word: gap(word[1]), escape(line)) for line in PROOF.splitlines()]
    steps = "".join(f"<li>{line}</li>" for line in lines)
    return f"<p>Fill the gaps. Each takes a word, a sign or a letter.</p><ol class='steps'>{steps}</ol>"


def _gap(solved: bool) -> Callable[[str], str]:
    return lambda text: f"<b>{escape(text)}</b>" if solved else '<span class="blank">&nbsp;</span>'


def _best_order() -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The orders of rows and of columns whose isotonic fit is best, from the lowest to the highest action."""
    orders = product(permutations(range(BY_HAND.shape[0])), permutations(range(BY_HAND.shape[1])))
    return min(orders, key=lambda order: _error(BY_HAND[np.ix_(*order)]))


def _error(one: np.ndarray) -> float:
    return float(((prices.isotonic(one, np.ones(one.shape)) - one) ** 2).mean())


def _listed(order: tuple[int, ...]) -> str:
    return ", ".join(map(str, order))


def _cells(found) -> str:
    return " or ".join(map(str, found))


PAGES = {
    "monotone-fit": ("A monotone fit by hand", monotone_fit),
    "proof": ("Greedy is enough: the proof with gaps", proof),
}


def pages() -> dict[str, str]:
    """File name -> page: to hand out, and with the answers."""
    found = {"blank-tables.html": page("Blank tables", blank_tables())}
    for name, (title, body) in PAGES.items():
        found[f"{name}.html"], found[f"{name}-answers.html"] = (
            page(title, body(False)),
            page(f"{title} · answers", body(True)),
        )
    return found
