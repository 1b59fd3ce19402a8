"""Your partner's exploration as a slider, and beside it what each of your own actions is worth to you."""

import ipywidgets
import numpy as np

from marl_helpers import games
from marl_helpers.exact import TOLERANCE
from marl_helpers.exact.replies import best_replies, own_values, partner_play
from marl_helpers.plots.base import decimals
from marl_helpers.widgets.panel import Panel
from marl_helpers.widgets.reward_table import RUN_IT, RewardTable, table_html, table_text


class Partner(ipywidgets.HBox):
    """A RewardTable beside agent 1's own values, which follow the partner's favourite action and its exploration.

    Raises games.TableError for a table that is not two agents with 2 to 5 actions each, and ValueError for a
    favourite that is no action of agent 2 or an exploration outside [0, 1].
    """

    def __init__(self, table=games.CLIMBING, favourite: int = 0, exploration: float = 1.0):
        partner_play(games.validate(table).shape[-1], favourite, exploration)  # refuses nonsense by name
        self.editor, self.panel = RewardTable(table), Panel()
        self.favourite = ipywidgets.ToggleButtons(description="favourite", style={"button_width": "3em"})
        self.exploration = ipywidgets.FloatSlider(
            exploration * 100, min=0, max=100, readout_format=".0f", description="explores, %", layout={"width": "100%"}
        )
        self._offer_actions(favourite)
        self._show()
        self.favourite.observe(lambda _: self._show(), "value")
        self.exploration.observe(lambda _: self._show(), "value")
        self.editor.on_edit(lambda _: self._edited())
        controls = [ipywidgets.Label("your partner, agent 2:"), self.favourite, self.exploration]
        right = ipywidgets.VBox([*controls, self.panel], layout={"flex": "1 1 22em", "max_width": "34em"})
        self.editor.layout.flex = "0 0 auto"
        super().__init__([self.editor, right], layout={"flex_flow": "row wrap", "grid_gap": "24px"})
        self.add_class("marl-lab")  # on the page the editor and the panel find each other by it

    def _offer_actions(self, favourite: int) -> None:
        actions = self.editor.array.shape[1]
        self.favourite.options = [(str(action), action) for action in range(actions)]
        self.favourite.tooltips = [f"the partner's favourite is {action}" for action in range(actions)]
        self.favourite.value = min(favourite, actions - 1)

    def _edited(self) -> None:
        if len(self.favourite.options) != self.editor.array.shape[1]:
            self._offer_actions(self.favourite.value)
        self._show()

    def _show(self) -> None:
        with self.editor.reporting():
            self.panel.html = replies_html(self.editor.array, self.favourite.value, self.exploration.value / 100)

    def _repr_mimebundle_(self, **kwargs) -> dict:
        data = super()._repr_mimebundle_(**kwargs)
        text = replies_text(self.editor.array, self.favourite.value, self.exploration.value / 100)
        text = f"{table_text(self.editor.table)}\n{text}"
        return {**data, "text/plain": text, "text/html": self.panel.twin(table_html(self.editor.table), RUN_IT)}


def replies_html(table, favourite: int, exploration: float) -> str:
    """Agent 1's own values as a table with bars, and where its best reply changes; see `replies.own_values`."""
    values, play, best, changes = _reading(table, favourite, exploration)
    low, high = table.min(), table.max()
    chances = ", ".join(f"{action} in {chance:.0%}" for action, chance in enumerate(play))
    rows = ""
    for action, value in enumerate(values):
        width = 100 * (value - low) / ((high - low) or 1)
        mark, colour = (" ← best", "#0072b2") if action in best else ("", "#8888")
        bar = f'<div style="width: {width:.1f}%; height: 1em; background: {colour}"></div>'
        rows += (
            f'<tr><th scope="row">{action}</th><td style="text-align: right">{decimals(value, 2)}</td>'
            f'<td style="width: 60%; background: none">{bar}</td><td style="background: none">{mark}</td></tr>'
        )
    return (
        # data-game: so that the page gets new HTML, Python's answer, for every edit, also one too small to see
        f'<section class="marl-card marl-good" aria-label="your own values" data-game="{games.share(table)}">'
        f"<p>Your partner plays {chances} of the rounds.</p>"
        '<table style="width: 100%"><caption>You are agent 1: the mean reward of each of your actions</caption>'
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
