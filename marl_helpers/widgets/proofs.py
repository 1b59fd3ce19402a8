"""The proof of IGM as a walk: Q_tot and the utilities to edit, and the proof run on them from any start."""

import re
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import traitlets

from marl_helpers.basics import arguments
from marl_helpers.exact import igm, walks
from marl_helpers.widgets.alive import Drawing, checks, module, styles
from marl_helpers.widgets.reward_table import EDITOR, MOST, RewardTable
from marl_helpers.widgets.twins import inline
from marl_helpers.widgets.walk_map import walk_map

RUN_IT = "Run this cell, and those above it, to edit the numbers and to start elsewhere."
LEGEND = "double frame: greedy; * largest Q_tot; dashed edge: a utility rises across it, and Q_tot falls"
AGENTS = ("Q_1", "Q_2")


class Proof(RewardTable):
    """An editor of Q_tot and of two agents' utilities, beside the walk of the proof from `start` to the greedy choice.

    `table` is Q_tot, shape (|A_1|, |A_2|), 2 to 5 actions for each agent; `utilities` are the agents' own values, by
    default each action's number; `start` is a joint action (where the table has lost its row or column, the last one
    counts). The page answers by itself; `found` has the two sets and `steps` the walk, as Python has heard of them.

    Raises games.TableError for a table that RewardTable refuses, and ValueError for utilities that are not one finite
    number for each action or a start that is no joint action.
    """

    _esm = module(*EDITOR, "numbers", "cells", "controls", "igm", "walks", "walk_map", "proof")
    _css = styles("reward_table", "panel", "controls", "walk_map")
    _words: ClassVar[dict] = {
        "caption": "Q_tot and utilities (* largest)",
        "cell": "Q_tot",
        "best": "the largest",
        "border": True,
        "legend": LEGEND,
    }
    _games: ClassVar[dict] = {}

    start = traitlets.List().tag(sync=True)

    def __init__(
        self,
        table=((0, 1, 1), (1, 3, 4), (2, 3, 6)),
        utilities: Sequence[Sequence[float]] | None = None,
        start: igm.Cell = (0, 1),
    ):
        super().__init__(table, settings={name: [*range(MOST)] for name in AGENTS})
        if utilities is not None:
            self.utilities = utilities
            self._rules = {**self._rules, "start": {**self._rules["start"], "settings": self.settings}}
        self.start = arguments.cell(self.array.shape, start=start)

    @property
    def utilities(self) -> tuple[np.ndarray, np.ndarray]:
        """The agents' utilities, shapes (|A_1|,) and (|A_2|,); assign two lists of numbers."""
        return tuple(np.array(self.settings[name][:size]) for name, size in zip(AGENTS, self.array.shape, strict=True))

    @utilities.setter
    def utilities(self, utilities: Sequence[Sequence[float]]) -> None:
        remedy = "a list of numbers for each of the two agents"
        listed = arguments.several(remedy, 2, utilities=utilities)
        if len(listed) != 2:
            arguments.refuse("utilities", utilities, remedy)
        new = {}
        for agent, (name, size, own) in enumerate(zip(AGENTS, self.array.shape, listed, strict=True)):
            of = f"the utilities of agent {agent + 1}"
            own = arguments.numbers(**{of: own}).tolist()
            if len(own) != size:
                arguments.refuse(of, own, f"one for each of its {size} actions")
            new[name] = [*own, *self.settings[name][size:]]
        self.settings = new

    @checks("settings")
    def _are_utilities(self, settings: dict) -> dict:
        if sorted(settings) != sorted(AGENTS):
            arguments.refuse("settings", settings, f"{MOST} utilities under each of {', '.join(AGENTS)}")
        return {name: _utilities(name, own) for name, own in settings.items()}

    @checks("start")
    def _is_start(self, start: list) -> list[int]:
        return list(arguments.cell((MOST, MOST), start=start))

    @property
    def found(self) -> igm.Decomposition:
        """The utilities and Q_tot, with the greedy and the optimal joint actions."""
        return igm.Decomposition(self.utilities, self.array)

    @property
    def steps(self) -> tuple[walks.Step, ...]:
        """The walk from `start`: agent 1's step, then agent 2's."""
        return walks.walk(self.found, self._begin())

    def _begin(self) -> igm.Cell:
        return tuple(min(action, size - 1) for action, size in zip(self.start, self.array.shape, strict=True))

    def _repr_mimebundle_(self, **kwargs) -> tuple[dict, dict]:
        data, metadata = super()._repr_mimebundle_(**kwargs)
        html, text = drawing(self.found, self._begin())
        return {**data, "text/plain": text, "text/html": inline(f"{html}<p><em>{RUN_IT}</em></p>")}, metadata


def _utilities(name: str, own: object) -> list[float]:
    found = arguments.numbers(**{name: own})
    return found.tolist() if found.size == MOST else arguments.refuse(name, own, f"{MOST} numbers")


def drawing(found: igm.Decomposition, start: igm.Cell) -> Drawing:
    """The walk from there, step by step with the numbers of the proof, and which of its assumptions hold."""
    steps, fallen = walks.walk(found, start), walks.falls(found)
    headline, lines = _headline(steps), [*_before(found, start, steps), *_after(found, steps)]
    assumed = _assumptions(found, fallen)
    paragraphs = [f"<p>{line}</p>" for line in lines]
    paragraphs.insert(2, _numbers(steps))
    walked = f"<p><strong>{headline}</strong></p>{walk_map(found, start, steps, fallen)}<p>{LEGEND}</p>"
    rows = "".join(f'<tr><th scope="row">{name}</th><td>{holds}</td></tr>' for name, holds in assumed)
    table = f'<table class="marl-assumed"><caption>What the proof assumes:</caption><tbody>{rows}</tbody></table>'
    html = _card("the walk", not any(step.fall for step in steps), walked)
    html += _card("IGM", found.inclusion, f"<p><strong>{found.verdict}</strong></p>{table}")
    html += _card("the steps of the proof", not any(step.fall for step in steps), "".join(paragraphs))
    text = [headline, *(re.sub("</?b>", "", line) for line in lines), *map(": ".join, assumed), str(found)]
    return f'<div class="marl-cards">{html}</div>', "\n".join(text)


def _stations(steps: Sequence[walks.Step]) -> list[float]:
    """Q_tot at the start and after each step."""
    return [steps[0].values[0], *(step.values[-1] for step in steps)]


def _headline(steps: Sequence[walks.Step]) -> str:
    falling = [f"agent {step.agent + 1}'s" for step in steps if step.fall]
    along = " → ".join(f"{value:g}" for value in _stations(steps))
    said = f"falls in {' and '.join(falling)} step" if falling else "never falls"
    return f"Q_tot along the walk: {along}. It {said}."


def _before(found: igm.Decomposition, start: igm.Cell, steps: Sequence[walks.Step]) -> list[str]:
    goal = steps[-1].cells[-1]
    largest = " and ".join(f"Q_{i + 1} = {q[a]:g}" for i, (q, a) in enumerate(zip(found.utilities, goal, strict=True)))
    ways = " → ".join(map(str, [start, *(step.cells[-1] for step in steps)]))
    return [
        f"<b>Step 1.</b> The agents play g = {goal}, where {largest} are largest. We compare it with a = {start}.",
        f"<b>Step 2.</b> The walk: {ways}.",
    ]


def _after(found: igm.Decomposition, steps: Sequence[walks.Step]) -> list[str]:
    broken = [f"<b>Step 4 fails.</b> {walks.why(found, step.fall)}" for step in steps if step.fall]
    inner = [
        f"Inside agent {step.agent + 1}'s step Q_tot falls and comes back: the step as a whole does not."
        for step in steps
        if step.inner
    ]
    starts = list(np.ndindex(found.team.shape))
    sound = sum(not any(step.fall for step in walks.walk(found, one)) for one in starts)
    chain = "".join(f" {'>' if step.fall else '≤'} {step.values[-1]:g}" for step in steps)
    chained = "the chain is broken" if broken else "so g is at least as good as a"
    return [
        *(broken or ["<b>Step 4 holds.</b> No agent's step makes Q_tot fall."]),
        *inner,
        f"<b>Step 5.</b> {steps[0].values[0]:g}{chain}: {chained}.",
        f"<b>Step 6.</b> Of all {len(starts)} starts, {sound} have a walk without a falling step.",
    ]


def _numbers(steps: Sequence[walks.Step]) -> str:
    """Step 3 and 4 as a table, a row for each agent."""
    rows = ""
    for step in steps:
        name, rise = f"agent {step.agent + 1}", step.values[-1] - step.values[0]
        if len(step.cells) == 1:
            rows += f'<tr><th scope="row">{name}</th><td>stays</td><td>{step.values[0]:g}</td><td>+0</td></tr>'
            continue
        utilities, values = (" → ".join(f"{x:g}" for x in row) for row in (step.utilities, step.values))
        kind = ' class="marl-falls"' if step.fall else ""
        told = " falls" if step.fall else ""
        rows += (
            f'<tr{kind}><th scope="row">{name}</th><td>{utilities}</td><td>{values}</td><td>{rise:+g}{told}</td></tr>'
        )
    head = '<th scope="col">its utility</th><th scope="col">Q_tot</th><th scope="col">in all</th>'
    caption = "Steps 3 and 4: a utility, and Q_tot with it"
    return f"<table><caption>{caption}</caption><thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _assumptions(found: igm.Decomposition, fallen: Sequence[walks.Fall]) -> list[tuple[str, str]]:
    """Each assumption of the proof, and whether it holds: if not, the deepest fall that breaks it."""
    kinds = {"Q_tot is a function of the utilities": [fall for fall in fallen if fall.tied]}
    for agent, name in enumerate(AGENTS):
        rising = [fall for fall in fallen if fall.agent == agent and not fall.tied]
        kinds[f"Q_tot never falls as {name} rises"] = rising
    return [(name, _broken(found, falls[0]) if falls else "yes") for name, falls in kinds.items()]


def _broken(found: igm.Decomposition, fall: walks.Fall) -> str:
    return f"no: {fall.start} → {fall.end}, {found.team[fall.start]:g} → {found.team[fall.end]:g}"


def _card(name: str, good: bool, html: str) -> str:
    return f'<section class="marl-card marl-{"good" if good else "bad"}" aria-label="{name}">{html}</section>'
