"""Your partner's exploration as a slider, and beside it what each of your own actions is worth to you."""

import numpy as np
import traitlets

from marl_helpers import games
from marl_helpers.basics import arguments
from marl_helpers.basics.rounding import steady
from marl_helpers.exact import TOLERANCE
from marl_helpers.exact.replies import best_replies, own_values, partner_play
from marl_helpers.plots.base import decimals
from marl_helpers.widgets.alive import checks, module, styles
from marl_helpers.widgets.reward_table import EDITOR, RUN_IT, RewardTable, table_html, table_text
from marl_helpers.widgets.twins import inline


class Partner(RewardTable):
    """A RewardTable beside agent 1's own values, which follow the partner's `favourite` action and its `exploration`.

    Raises games.TableError for a table that is not two agents with 2 to 5 actions each, and ValueError for a
    favourite that is no action of agent 2 or an exploration outside [0, 1].
    """

    _esm = module(*EDITOR, "numbers", "cells", "controls", "replies", "partner")
    _css = styles("reward_table", "panel", "controls")

    favourite = traitlets.Int().tag(sync=True)
    exploration = traitlets.Float().tag(sync=True)

    def __init__(self, table=games.CLIMBING, favourite: int = 0, exploration: float = 1.0):
        actions = games.validate(table).shape[-1]
        favourite = arguments.place(actions, "an action of the partner", favourite=favourite)
        exploration = arguments.probability(exploration=exploration)
        super().__init__(table)
        self.favourite, self.exploration = favourite, exploration
        self.observe(self._keep_favourite, names="table")

    @checks("favourite")
    def _is_action(self, favourite: int) -> int:
        return arguments.place(len(self.table[0]), "an action of the partner", favourite=favourite)

    @checks("exploration")
    def _is_probability(self, exploration: float) -> float:
        return arguments.probability(exploration=exploration)

    def _keep_favourite(self, change) -> None:
        """The last action, where the table has lost the favourite; the page does the same."""
        self.favourite = min(self.favourite, len(change.new[0]) - 1)

    def _repr_mimebundle_(self, **kwargs) -> tuple[dict, dict]:
        data, metadata = super()._repr_mimebundle_(**kwargs)
        shown = self.array, self.favourite, self.exploration
        html = inline("\n".join([table_html(self.table), replies_html(*shown), f"<p><em>{RUN_IT}</em></p>"]))
        return {**data, "text/plain": f"{table_text(self.table)}\n{replies_text(*shown)}", "text/html": html}, metadata


# From the line of zero, which is its edge.
BAR = (
    "box-sizing: border-box; margin-left: {:.1f}%; width: {:.1f}%; height: 1em; "
    "border-{}: 2px solid var(--marl-faint); background: var(--marl-{})"
)


def replies_html(table, favourite: int, exploration: float) -> str:
    """Agent 1's own values as a table with bars, and where its best reply changes; see `replies.own_values`."""
    values, play, best, changes = _reading(table, favourite, exploration)
    low, high = min(table.min(), 0), max(table.max(), 0)
    chances = ", ".join(f"{action} in {chance:.0%}" for action, chance in enumerate(play))
    rows = ""
    for action, value in enumerate(values):
        start, width = (steady(100 * part / ((high - low) or 1)) for part in (min(value, 0) - low, abs(value)))
        mark, colour = (" ← best", "right") if action in best else ("", "faint")
        bar = f'<div style="{BAR.format(start, width, "left" if value >= 0 else "right", colour)}"></div>'
        rows += (
            f'<tr><th scope="row">{action}</th><td style="text-align: right">{decimals(value, 2)}</td>'
            f'<td style="width: 60%; background: none">{bar}</td><td style="background: none">{mark}</td></tr>'
        )
    return (
        '<section class="marl-card marl-good" aria-label="your own values">'
        f"<p>Your partner plays {chances} of the rounds.</p>"
        '<table style="width: 100%"><caption style="white-space: normal">'
        "You are agent 1: the mean reward of each of your actions</caption>"
        f"<tbody>{rows}</tbody></table><p><strong>{_headline(values, best)}</strong></p>"
        f"<details><summary>Where does the best reply change?</summary>{changes}</details></section>"
    )


def replies_text(table, favourite: int, exploration: float) -> str:
    """The same as a line of text, without where the best reply changes: that is for the reader to find."""
    values, play, best, _ = _reading(table, favourite, exploration)
    chances = " ".join(f"{chance:.0%}" for chance in play)
    numbers = " ".join(decimals(value, 2) for value in values)
    return f"partner plays {chances}: own values {numbers}. {_headline(values, best)}"


def _reading(table, favourite: int, exploration: float):
    """Own values, the partner's play, the best actions, and a sentence on where the best reply changes."""
    values = own_values(table, favourite, exploration)
    play = partner_play(table.shape[1], favourite, exploration)
    best = np.flatnonzero(values >= values.max() - TOLERANCE * np.ptp(table)).tolist()
    stretches = best_replies(table, favourite)
    parts = [f"{_listed(stretches[0][2])} is best up to {stretches[0][1]:.1%}"]
    parts += [f"{_listed(actions)} from {low:.1%} on" for low, _, actions in stretches[1:]]
    if len(stretches) == 1:
        parts = [f"{_listed(stretches[0][2])} is best however much it explores"]
    return values, play, best, f"By its exploration: {', '.join(parts)}."


def _headline(values, best) -> str:
    return f"Your best reply: {_listed(best)}, worth {decimals(values.max(), 2)} on average."


def _listed(actions) -> str:
    return " or ".join(map(str, actions))
