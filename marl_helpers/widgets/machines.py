"""The mixer as a machine: utilities as bars, weights as lines, hidden units, and Q_tot, for any joint action."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from math import isfinite, prod

import numpy as np
import traitlets

from marl_helpers.basics import arguments
from marl_helpers.exact import TOLERANCE
from marl_helpers.exact.networks import Network
from marl_helpers.fitting.runs import Moment
from marl_helpers.plots import mixing
from marl_helpers.plots.base import Picture, decimals, places
from marl_helpers.widgets.alive import Alive, Drawing, checks, module, styles

MOST = 10_000  # joint actions, all of which are compared
NAME = "the mixer"  # for screen readers
ONE = "a Network, or a moment that fit has kept, such as fit(table, moments=[1000]).moments[0]"


class Machine(Alive):
    """One Network of `networks` at a time, with a joint action to choose.

    networks: name -> Network, or a moment that `fit` has kept, of which it is run 0. `shown` is the place of one of
    them, `actions` what each agent plays, and `negative` the number of an agent, from 1, whose weights have their signs
    turned, or 0.
    Raises ValueError for networks of different teams, and for teams of more than MOST joint actions.
    """

    _esm = module("numbers", "cells", "controls", "drawing", "network", "machine")
    _css = styles("panel", "controls", "film", "machine")
    shown = traitlets.Int().tag(sync=True)
    actions = traitlets.List(traitlets.Int()).tag(sync=True)
    negative = traitlets.Int().tag(sync=True)
    _networks = traitlets.List().tag(sync=True)  # no dictionary: a stored notebook sorts its names
    _name = traitlets.Unicode(NAME).tag(sync=True)

    def __init__(self, networks: Mapping[str, Network | Moment]):
        given = arguments.entries(_network, networks=networks)
        self.networks = {str(name): one for name, one in given.items()}
        first = next(iter(self.networks.values()))
        if len(sizes := {one.sizes for one in self.networks.values()}) > 1:
            raise ValueError(f"networks have agents with actions {sorted(sizes)}: give networks of one team")
        if prod(first.sizes) > MOST:
            raise ValueError(f"networks have {prod(first.sizes)} joint actions: give a team of at most {MOST}")
        super().__init__(
            actions=[*first.greedy], _networks=[{"name": name, **numbers(one)} for name, one in self.networks.items()]
        )

    @checks("shown")
    def _is_one(self, shown: int) -> int:
        return arguments.place(len(self._networks), "one of the networks", shown=shown)

    @checks("actions")
    def _is_joint_action(self, actions: list[int]) -> list[int]:
        return [*arguments.cell(next(iter(self.networks.values())).sizes, actions=actions)]

    @checks("negative")
    def _is_agent(self, negative: int) -> int:
        agents = len(next(iter(self.networks.values())).sizes)
        return arguments.place(agents + 1, "an agent's number, or 0 for nobody's weights", negative=negative)

    @property
    def network(self) -> Network:
        """The one that is shown, with its signs as they are."""
        found = [*self.networks.values()][self.shown]
        return turned(found, self.negative) if self.negative else found

    def settings(self) -> list[tuple[str, str]]:
        """What is shown, and what is played."""
        played = [(f"agent {i + 1} plays", str(action)) for i, action in enumerate(self.actions)]
        return [("shown", [*self.networks][self.shown]), *played]

    def figure(self) -> Picture:
        """The machine."""
        return mixing.machine(self.network, self.actions)

    def drawing(self) -> Drawing:
        """The numbers that the page draws, as tables."""
        return tables(Reading(self.network, tuple(self.actions)))


def turned(network: Network, agent: int) -> Network:
    """The same with the weights of that agent, counted from 1, of the other sign; a sum has none."""
    signs = np.ones(len(network.sizes))
    signs[agent - 1] = -1
    return replace(network, w1=network.w1 * signs[:, None])


def numbers(network: Network) -> dict:
    """A Network as the page reads it: None for what is not available."""
    utilities = [[float(q) if isfinite(q) else None for q in row] for row in network.utilities]
    weights = {name: getattr(network, name).tolist() for name in ("w1", "b1", "w2")}
    return {"utilities": utilities, **weights, "v": network.v}


@dataclass(frozen=True)
class Reading:
    """A Network at a joint action, in words and as they are printed; static/machine.js says the same."""

    network: Network
    actions: tuple[int, ...]

    @cached_property
    def teams(self) -> dict[tuple[int, ...], float]:
        """Q_tot of all joint actions that are available."""
        there = [[a for a, q in enumerate(row) if isfinite(q)] for row in self.network.utilities]
        return {cell: self.network.team(cell) for cell in product(*there)}

    def utility(self, agent: int, action: int) -> str:
        """An agent's utility, to as many decimals as tell all of them apart."""
        known = np.concatenate([row[np.isfinite(row)] for row in self.network.utilities])
        return decimals(self.network.utilities[agent][action], places(known) + 1)

    def team(self, cell: Sequence[int]) -> str:
        """Q_tot of a joint action, in the same way."""
        return decimals(self.network.team(cell), places(np.array([*self.teams.values()])) + 1)

    def say(self) -> str:
        """What the agents play and what comes of it, then what becomes of IGM."""
        plays = [f"agent {i + 1} plays {a} ({self.utility(i, a)})" for i, a in enumerate(self.actions)]
        return f"{', '.join(plays)}: Q_tot {self.team(self.actions)}.\n{self.verdict()}"

    def verdict(self) -> str:
        """Whether the agents' own best actions form a joint action with the largest Q_tot; ties change nothing."""
        values, greedy = self.teams, self.network.greedy
        best = max(values, key=values.__getitem__)
        spread = values[best] - min(values.values())
        each = f"each agent's own best, {_cell(greedy)}, has Q_tot {self.team(greedy)}"
        if values[greedy] >= values[best] - TOLERANCE * spread:
            return f"IGM holds: {each}, and nothing has more."
        return f"IGM fails: {each}, but {_cell(best)} has {self.team(best)}."


def tables(reading: Reading) -> Drawing:
    """A Reading as HTML, with a table of the utilities and one of the hidden units, and as text."""
    network, said = reading.network, reading.say()
    played = ' class="marl-played"'
    rows = ""
    for i, row in enumerate(network.utilities):
        cells = (
            f"<td{played if a == reading.actions[i] else ''}>{reading.utility(i, a) if isfinite(q) else ''}</td>"
            for a, q in enumerate(row)
        )
        rows += f'<tr><th scope="row">agent {i + 1}</th>{"".join(cells)}</tr>'
    html = f"<table><caption>utilities; framed is played</caption><tbody>{rows}</tbody></table>"
    if len(network.w2):
        hidden = network.hidden(reading.actions)
        weights = [[f"weight of agent {i + 1}", *row] for i, row in enumerate(network.w1)]
        lines = [*weights, ["after ELU", *hidden], ["weight to Q_tot", *network.w2]]
        body = "".join(
            f'<tr><th scope="row">{name}</th>{"".join(f"<td>{decimals(x, 2)}</td>" for x in row)}</tr>'
            for name, *row in lines
        )
        html += f"<table><caption>hidden units</caption><tbody>{body}</tbody></table>"
    words = "".join(f"<p>{line}</p>" for line in said.split("\n"))
    card = f'<section class="marl-card marl-wait" aria-label="{NAME}">{html}{words}</section>'
    return f'<div class="marl-cards">{card}</div>', said


def _cell(cell: Sequence[int]) -> str:
    return f"({', '.join(map(str, cell))})"


def _network(**values: object) -> Network:
    """A Network, or what a moment has for its first run."""
    ((name, value),) = values.items()
    if isinstance(arguments.instance((Network, Moment), ONE, **{name: value}), Network):
        return value
    from marl_helpers.fitting.moments import network  # brings torch, which a Network does without

    return network(value)
