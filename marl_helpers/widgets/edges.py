"""A coordination graph whose edges one takes and leaves: what it fits, what its team plays, and the messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from math import cos, pi, sin

import numpy as np
import traitlets

from marl_helpers import exact, games
from marl_helpers.basics import arguments
from marl_helpers.basics.rounding import steady
from marl_helpers.exact import graphs
from marl_helpers.games import TableError
from marl_helpers.plots.base import decimals, label, places
from marl_helpers.widgets.alive import Alive, Drawing, checks, module

MOST_AGENTS, MOST_CELLS = 4, 81  # what a card can hold
GIVEN = "the given table"


@dataclass(frozen=True, eq=False)
class Reading:
    """A table, its best fit with some edges, and what max-plus makes of that."""

    table: np.ndarray
    edges: tuple[graphs.Edge, ...]

    @cached_property
    def best(self) -> exact.GraphProjection:
        return exact.graph(self.table, self.edges)

    @cached_property
    def talk(self) -> graphs.MaxPlus:
        return graphs.max_plus(self.best.parts)

    @cached_property
    def digits(self) -> int:
        """Decimals of every number shown."""
        return places(self.table) + 2

    @property
    def right(self) -> bool:
        return self.talk.plays in self.best.optima

    @property
    def headline(self) -> str:
        earns = self.table[self.talk.plays]
        return f"The team plays {self.talk.plays} and earns {earns:.4g} of {self.table.max():.4g}."

    @property
    def reasons(self) -> list[str]:
        """Sentences on the fit and on the play."""
        check = graphs.is_representable(self.table, self.edges)
        said = ["The graph holds this table: error 0."]
        if not check:
            said = [f"Best fit: error {steady(self.best.mse):.6g}.", f"{check.reason[0].upper()}{check.reason[1:]}."]
        best = self.best.greedy
        if self.talk.plays not in best:
            said.append(f"Messages missed the graph's own best, {_listed(best)}, which elimination finds.")
        elif len(best) > 1:
            said.append(f"Equally good in the fit: {_listed(best)}.")
        return said

    @property
    def ending(self) -> str:
        """How the messages end."""
        last = len(self.talk.rounds) - 1
        if not self.edges:
            return "Without edges nobody says anything: each agent plays its own best action, as in VDN."
        if self.talk.settled:
            return f"After round {last} the messages repeat."
        return f"After round {last} the messages still change: they go round a loop."

    def named(self) -> str:
        return _named(self.edges)


def drawing(table, edges: Sequence[graphs.Edge] = ()) -> Drawing:
    """The best fit of a graph with these edges to a table, what the team plays, and the messages of every round.

    Raises TableError for a table of more than four agents or 81 joint actions, ValueError for what is no edge.
    """
    read = Reading(_checked(table), graphs.listed(edges, np.ndim(table)))
    low, high = (pick([pick(read.table), pick(read.best.fit)]) for pick in (np.min, np.max))
    cards = [
        _card("graph", "good" if read.right else "bad", _picture(read) + _paragraphs(read)),
        _card("reward", "wait", "<h4>Reward</h4>" + _grid(read, read.table, low, high)),
        _card("best fit", "wait", "<h4>Best fit</h4>" + _grid(read, read.best.fit, low, high)),
        _card("messages", "wait", f"<h4>Messages</h4>{_messages(read)}<p>{read.ending}</p>"),
    ]
    return f'<div class="marl-cards">{"".join(cards)}</div>', _text(read)


class CoordinationGraph(Alive):
    """`drawing` of one of games.TEAMS, or of a given table, with edges that one takes and leaves.

    `task` is the table's name in `tables`. `edges` holds those that are there, by agents numbered from 0, whatever the
    task: one that has fewer agents leaves out the others. Raises TableError for a table that `drawing` refuses,
    ValueError for what is no edge and for an unknown task.
    """

    _esm = module("numbers", "cells", "controls", "graphs", "graph")
    task = traitlets.Unicode().tag(sync=True)
    edges = traitlets.List().tag(sync=True)
    _tables = traitlets.Dict().tag(sync=True)

    def __init__(self, table=games.HANDS, edges: Sequence[graphs.Edge] = ()):
        table = _checked(table)
        there = graphs.listed(edges, table.ndim)
        self.tables = dict(games.TEAMS)
        name = next((name for name, team in self.tables.items() if np.array_equal(team, table)), GIVEN)
        self.tables.setdefault(name, table)
        super().__init__(task=name, edges=there, _tables={name: one.tolist() for name, one in self.tables.items()})

    @checks("task")
    def _is_task(self, task: str) -> str:
        return arguments.one_of(self.tables, task=task)

    @checks("edges")
    def _are_edges(self, edges: list) -> list[list[int]]:
        return [list(edge) for edge in graphs.listed(edges, MOST_AGENTS)]

    def chosen(self) -> tuple[np.ndarray, tuple[graphs.Edge, ...]]:
        """The table and its edges."""
        table = self.tables[self.task]
        return table, tuple((i, j) for i, j in self.edges if j < table.ndim)

    def settings(self) -> list[tuple[str, str]]:
        return [("task", self.task), ("edges", _named(self.chosen()[1]))]

    def drawing(self) -> Drawing:
        return drawing(*self.chosen())


def _named(edges: Sequence[graphs.Edge]) -> str:
    """The edges, agents numbered from 1."""
    return ", ".join(f"{i + 1}–{j + 1}" for i, j in edges) or "none"


def _checked(table) -> np.ndarray:
    table = games.validate(table)
    if table.ndim > MOST_AGENTS or table.size > MOST_CELLS:
        raise TableError(
            f"a table of shape {table.shape} has no room here: give at most {MOST_AGENTS} agents and {MOST_CELLS} "
            "joint actions"
        )
    return table


def _card(name: str, state: str, html: str) -> str:
    return f'<section class="marl-card marl-{state}" aria-label="{name}">{html}</section>'


def _paragraphs(read: Reading) -> str:
    reasons = "".join(f"<p>{escape(reason)}</p>" for reason in read.reasons)
    return f"<p><strong>{read.headline}</strong></p>{reasons}"


def _picture(read: Reading) -> str:
    """The agents in a circle, clockwise, each with what it plays; dotted lines are edges that are not there."""
    n = read.table.ndim
    turns = [2 * pi * k / n - (pi * 3 / 4 if n == 4 else pi / 2) for k in range(n)]
    spots = [(100 + 68 * cos(turn), 92 + 62 * sin(turn)) for turn in turns]
    lines = ""
    for i, j in graphs.complete(n):
        (x1, y1), (x2, y2) = spots[i], spots[j]
        style = 'stroke-width="4"' if (i, j) in read.edges else 'stroke-dasharray="2 6" opacity="0.5"'
        line = f'x1="{x1:.0f}" y1="{y1:.0f}" x2="{x2:.0f}" y2="{y2:.0f}"'
        lines += f'<line {line} stroke="currentColor" {style}/>'
        lines += f'<line class="marl-edge" data-edge="{i},{j}" {line}/>'  # where the page hears a click; not seen
    nodes = "".join(
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="24"/><text x="{x:.0f}" y="{y - 2:.0f}">agent {i + 1}</text> '
        f'<text x="{x:.0f}" y="{y + 12:.0f}">plays {action}</text> '  # read as a line where drawings are not shown
        for i, ((x, y), action) in enumerate(zip(spots, read.talk.plays))
    )
    said = f"{n} agents; edges: {read.named()}"
    return f'<svg class="marl-graph" viewBox="0 0 200 184" role="img" aria-label="{said}">{lines}{nodes}</svg>'


def _grid(read: Reading, values: np.ndarray, low: float, high: float) -> str:
    """Values by the joint actions of the first half of the agents (rows) and of the others (columns)."""
    n, half = values.ndim, (values.ndim + 1) // 2
    rows, columns = (list(np.ndindex(shape)) for shape in (values.shape[:half], values.shape[half:]))
    head = "".join(f'<th scope="col">{_actions(column)}</th>' for column in columns)
    body = ""
    for row in rows:
        cells = ""
        for cell in ((*row, *column) for column in columns):
            played = cell == read.talk.plays
            text = label(values[cell], read.digits, cell in read.best.optima, played)
            heat = steady((values[cell] - low) / ((high - low) or 1))
            cells += f'<td{" class=marl-played" * played} style="--heat: {heat:.2f}">{text}</td>'
        body += f'<tr><th scope="row">{_actions(row)}</th>{cells}</tr>'
    sides = f"{_agents(range(half))} down, {_agents(range(half, n))} across"
    return (
        f"<table><caption>{sides}</caption><thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table>"
        "<p>[ ] played, * best reward</p>"
    )


def _messages(read: Reading) -> str:
    """A row for each message, a column for each round; under them what the team would play then."""
    rounds = read.talk.rounds
    both_ways = sorted(rounds[0].messages, key=sorted)
    rows = {f"{i + 1} to {j + 1}": [_numbers(one.messages[i, j], read.digits) for one in rounds] for i, j in both_ways}
    rows["plays"] = [" ".join(map(str, one.plays)) for one in rounds]
    rows["Q_tot"] = [decimals(one.value, read.digits) for one in rounds]
    head = "".join(f'<th scope="col">{k}</th>' for k in range(len(rounds)))
    body = "".join(
        f'<tr><th scope="row">{name}</th>{"".join(f"<td>{text}</td>" for text in texts)}</tr>'
        for name, texts in rows.items()
    )
    head = f'<tr><th scope="row">round</th>{head}</tr>'
    caption = "from agent to agent, a number for each action of the receiver"
    table = f"<table><caption>{caption}</caption><thead>{head}</thead><tbody>{body}</tbody></table>"
    return f'<div class="marl-wide">{table}</div>'


def _text(read: Reading) -> str:
    lines = [f"edges {read.named()}. {read.headline}", *read.reasons, read.ending]
    for k, one in enumerate(read.talk.rounds):
        said = "; ".join(f"{i + 1} to {j + 1}: {_numbers(m, read.digits)}" for (i, j), m in one.messages.items())
        lines.append(
            f"round {k}: {said + '; ' if said else ''}plays {one.plays}, Q_tot {decimals(one.value, read.digits)}"
        )
    return "\n".join(lines)


def _numbers(message: np.ndarray, digits: int) -> str:
    return ", ".join(decimals(value, digits) for value in message)


def _listed(cells: Sequence[tuple[int, ...]]) -> str:
    return ", ".join(map(str, cells)) if len(cells) < 4 else f"{len(cells)} joint actions"


def _actions(actions: Sequence[int]) -> str:
    return " ".join(map(str, actions))


def _agents(agents: Sequence[int]) -> str:
    names = [str(i + 1) for i in agents]
    return f"agent{'s' * (len(names) > 1)} {' and '.join(names)}"
