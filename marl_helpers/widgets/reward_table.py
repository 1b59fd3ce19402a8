"""The reward table of two agents as a widget: edited on the page, checked and used in Python."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from html import escape
from typing import ClassVar

import anywidget
import numpy as np
import traitlets

from marl_helpers import exact, games
from marl_helpers.widgets.alive import module, styles
from marl_helpers.widgets.twins import inline

FEWEST, MOST = 2, 5  # actions of each agent that the page can show

EDITOR = ("table", "skeleton", "keys", "scrub", "reward_table")  # the files of the editor, which other widgets hold too


def checked(table) -> np.ndarray:
    """Return `table` as a float64 copy of shape (|A_1|, |A_2|), 2 to 5 actions for each agent.

    Raises games.TableError for what `games.validate` refuses and for tables of another shape.
    """
    array = games.validate(table)
    if array.ndim != 2:
        raise games.TableError(
            f"the table has {array.ndim} agents (shape {array.shape}): a RewardTable shows two, give rows of numbers"
        )
    if min(array.shape) < FEWEST or max(array.shape) > MOST:
        raise games.TableError(
            f"the table has shape {array.shape}: a RewardTable shows {FEWEST} to {MOST} actions for each agent"
        )
    return array + 0.0  # turns -0.0 into 0.0, which the page cannot tell apart


class _Table(traitlets.TraitType):
    """A valid reward table as a list of lists of floats; a bad one raises games.TableError."""

    info_text = "a reward table of two agents"

    def validate(self, obj, value) -> list[list[float]]:
        return checked(value).tolist()


class RewardTable(anywidget.AnyWidget):
    """An editable reward table of two agents; rows are agent 1's actions, columns are agent 2's.

    Each edit on the page arrives as one change of the trait `table`, shape (|A_1|, |A_2|), as lists of floats.
    Assigning a table shows it; a bad one raises games.TableError and the last valid one stands. `message` is text
    shown under the table, as an error while `failed` is true. `settings` (name -> value) are further choices shown
    with it, undone and reset with it: `choices` lists the values of each, and `settings` those to begin with.
    """

    _esm = module(*EDITOR, "editor")
    _css = styles("reward_table")
    # What the entries are called, for a widget whose table holds something else, and the games that it offers.
    _words: ClassVar[dict] = {"caption": "team reward (* optimum)", "cell": "reward", "best": "the optimum"}
    _games: ClassVar[dict] = {name: game.tolist() for name, game in games.NAMED.items() if game.ndim == 2}

    table = _Table().tag(sync=True)
    settings = traitlets.Dict().tag(sync=True)
    message = traitlets.Unicode().tag(sync=True)
    failed = traitlets.Bool().tag(sync=True)
    _rules = traitlets.Dict().tag(sync=True)  # what the page must know: limits, named games, what to reset to

    def __init__(
        self, table=games.COORDINATION, choices: Mapping[str, Sequence] | None = None, settings: Mapping | None = None
    ) -> None:
        start = checked(table).tolist()
        choices, settings = dict(choices or {}), dict(settings or {})
        rules = {"fewest": FEWEST, "most": MOST, "largest": games.LARGEST, "tolerance": exact.TOLERANCE}
        rules |= {"games": self._games, "choices": choices, "start": {"table": start, "settings": settings}}
        rules["words"] = self._words
        super().__init__(table=start, settings=settings, _rules=rules)

    @property
    def array(self) -> np.ndarray:
        """The table as a float64 array of shape (|A_1|, |A_2|), yours to change."""
        return checked(self.table)

    @property
    def game(self) -> str:
        """The name in games.NAMED of the table shown, or "" for any other table; assign a name to show that game."""
        return next((name for name, game in self._rules["games"].items() if game == self.table), "")

    @game.setter
    def game(self, name: str) -> None:
        named = self._rules["games"]
        if name not in named:
            raise games.TableError(f"no game is named {name!r}: choose one of {', '.join(map(repr, named))}")
        self.table = named[name]

    def on_edit(self, callback: Callable[[np.ndarray], object]) -> Callable[[np.ndarray], object]:
        """Call `callback(array)` after every change of the table, from the page or from Python; a decorator too.

        An exception in the callback shows under the table, until the next change, and is raised again.
        """

        def react(_change) -> None:
            with self.reporting():
                callback(self.array)

        self.observe(react, names="table")
        return callback

    @contextmanager
    def reporting(self) -> Iterator[None]:
        """Clear the last error; show one, or an interrupt, raised inside under the table, until the next change."""
        if self.failed:
            self.message, self.failed = "", False
        try:
            yield
        except (Exception, KeyboardInterrupt) as error:
            self.message, self.failed = f"{type(error).__name__}: {error}", True
            raise

    def set_state(self, sync_data: dict) -> None:
        """Take the page's changes; a table that no page of ours would send is refused and the last valid one stands."""
        try:
            checked(sync_data.get("table", self.table))
        except games.TableError as error:
            self.message, self.failed = str(error), True
            self.send_state("table")
            sync_data = {name: value for name, value in sync_data.items() if name != "table"}
        super().set_state(sync_data)

    def _repr_mimebundle_(self, **kwargs) -> tuple[dict, dict]:
        data, metadata = super()._repr_mimebundle_(**kwargs)
        html = inline(f"{table_html(self.table)}\n<p><em>{RUN_IT}</em></p>")
        return {**data, "text/plain": table_text(self.table), "text/html": html}, metadata


def _marked(table) -> list[list[str]]:
    """The entries of a table as text, a star before each that is an optimum."""
    array = checked(table)
    optima = exact.joint(array).optima
    texts = [[games.number(value) for value in row] for row in array.tolist()]
    return [[("*" if (i, j) in optima else "") + text for j, text in enumerate(row)] for i, row in enumerate(texts)]


RUN_IT = "Run this cell, and those above it, to edit the table."  # the last line of a twin in HTML
_CAPTION = "Team reward (* optimum)"


def table_html(table) -> str:
    """A two-agent table as plain HTML that reads well where styles and scripts are stripped; * marks the optimum."""
    rows = _marked(table)
    actions = "".join(f'<th scope="col">agent 2 plays {action}</th>' for action in range(len(rows[0])))
    body = "\n".join(
        f'<tr><th scope="row">agent 1 plays {action}</th>{"".join(f"<td>{entry}</td>" for entry in row)}</tr>'
        for action, row in enumerate(rows)
    )
    return (
        f"<table>\n<caption>{_CAPTION}</caption>\n<thead><tr><td></td>{actions}</tr></thead>\n"
        f"<tbody>\n{body}\n</tbody>\n</table>\n<p><code>{escape(games.share(table))}</code></p>"
    )


def table_text(table) -> str:
    """A two-agent table as aligned text, its share line last; * marks the optimum."""
    rows = _marked(table)
    width = 2 + max(len(entry) for row in rows for entry in row)
    names = [f"agent 1 plays {action}" for action in range(len(rows))]
    actions = "".join(f"{action:>{width}}" for action in range(len(rows[0])))
    lines = [name + "".join(f"{entry:>{width}}" for entry in row) for name, row in zip(names, rows, strict=True)]
    head = f"{'agent 2 plays':<{len(names[0])}}{actions}"
    return "\n".join([_CAPTION, head, *lines, games.share(table)])
