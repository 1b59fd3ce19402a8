'''A bet: a question with a place to answer, and a closed box with code, output and explanation until that is done.

How to write one. A bet is a code cell of its own; its source is folded (Property Inspector, or "jupyter":
{"source_hidden": true} in the cell's metadata), and its first line, which JupyterLab shows, gives nothing away:

    with widgets.bet("02-peak", "How high must the peak be?", widgets.number()) as bet:
        for peak in (8.9, 9, 9.1):
            ...                                 # the code of the answer, as a student would write it
        display(plots.tables(...))              # a figure
        least = ...
        bet.answer((least, math.inf), f"it is anything above {least:g}", """A sum ranks rows by averages ...""")

- The name is the lecture's number and a word, "02-peak": the same bet is found again by it, so it stays.
- The fields: a list of texts (one is chosen), widgets.several([...]), widgets.number(unit="runs", low=0, high=32),
  widgets.axis(most), widgets.cell(table); for several parts a dictionary, label -> field, and then `right` is one too.
- `right` is computed, or checked with an `assert` against what is computed: a text, a set of texts, a number, the two
  ends of an interval (math.nextafter leaves an end out), a joint action, or a list of those.
- Question, choices, `say` and explanation are Markdown with formulas. `say` goes on after "You said 8.5;".
- What students run and look at themselves stays in cells of its own: the box holds the cell that tells the verdict.
- Nothing before the box may tell it: prose, code, outputs, figures, the lecture's list of what one learns.
'''

import ast
import linecache
import re
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from html import escape
from textwrap import dedent
from typing import Any

import anywidget
import traitlets
from IPython.display import display
from IPython.utils.capture import CapturedIO, capture_output

from marl_helpers.basics import arguments, memory
from marl_helpers.widgets import markdown
from marl_helpers.widgets.alive import Alive, Drawing, checks, module, styles
from marl_helpers.widgets.fields import Field, field, is_right
from marl_helpers.widgets.twins import inline

NAME = re.compile(r"\d\d-[\w-]+")
NEW = {"at": 0, "open": False, "said": None}  # where nobody has been yet


class Bet(Alive):
    """A question, and its answer behind it: see the top of this file for how to write one.

    `placed` is what became of it: `at`, when, in milliseconds since 1970; `open`, whether the answer is shown; `said`,
    a value for each field, or None where the answer was only looked at or nothing was done yet. It is remembered beside
    the notebook, and the page keeps it too. Raises ValueError for a name, a field or a right answer that is none.
    """

    _esm = module("table", "numbers", "controls", "fields", "kept", "hands", "box")
    _css = styles("controls", "box", "hands")

    placed = traitlets.Dict(NEW).tag(sync=True)
    _bet = traitlets.Dict().tag(sync=True)  # name, question, fields, and what is right, say and answer of the box

    def __init__(self, name: str, question: str, fields: Field | Sequence[str] | Mapping[str, Field | Sequence[str]]):
        if not isinstance(name, str) or not NAME.fullmatch(name):
            arguments.refuse("name", name, "the lecture's number and a word, such as '02-peak'")
        self.name, self.question = name, " ".join(arguments.instance(str, "a text", question=question).split())
        parts = fields if isinstance(fields, Mapping) else {"": fields}
        self.fields = {str(label): field(one, "fields") for label, one in arguments.mapping(fields=parts).items()}
        self.rights: list[dict] = []
        super().__init__()
        with suppress(ValueError):  # it may have been kept of other fields
            self.placed = memory.recall_bets(memory.here()).get(name, NEW)
        self.observe(self._remember, "placed")

    def __enter__(self) -> "Bet":
        frame = sys._getframe(1)
        lines = linecache.getlines(frame.f_code.co_filename, frame.f_globals)
        self._source = body("".join(lines), frame.f_lineno)
        self._capture = capture_output(stderr=False)
        self._captured = self._capture.__enter__()
        return self

    def __exit__(self, kind: type | None, *_) -> None:
        self._capture.__exit__(None, None, None)
        if kind is None and self.rights:
            self._bet = self._shown()
            display(self)
            return
        self._captured.show()
        if kind is None:
            raise RuntimeError(f"bet {self.name} has no answer: end its body with bet.answer(right, say, why)")

    def answer(self, right: Any, say: str, why: str) -> None:
        """What is right, and what the box tells of it; call it last in the body.

        right: as the field takes it (see fields.py), or for several fields a dictionary, label -> right; say: what goes
        on after "You said ...;"; why: the explanation. The last two are Markdown.
        """
        if [*self.fields] == [""]:
            right = {"": right}
        elif {*arguments.mapping(right=right)} != {*self.fields}:
            arguments.refuse("right", right, f"a dictionary with the entries {', '.join(self.fields)}")
        self.rights = [one.right(right[label]) for label, one in self.fields.items()]
        self._said, self._why = arguments.instance(str, "a text", say=say, why=why)

    @property
    def right(self) -> list[bool]:
        """Of each field whether what was said there is right; empty where nothing was said."""
        return [is_right(right, said) for right, said in zip(self.rights, self.placed["said"] or [])]

    @checks("placed")
    def _is_placed(self, placed: dict) -> dict:
        at = arguments.finite("milliseconds since 1970", 0, at=placed.get("at"))
        said = placed.get("said")
        if said is not None:
            if not isinstance(said, list) or len(said) != len(self.fields):
                arguments.refuse("said", said, f"a list with an answer for each of the {len(self.fields)} fields")
            said = [one.said(value) for one, value in zip(self.fields.values(), said)]
        return {"at": at, "open": arguments.truth(open=placed.get("open")), "said": said}

    def _remember(self, change) -> None:
        self.error = memory.remember_bet(memory.here(), self.name, {**self.placed, "right": self.right})

    def settings(self) -> list[tuple[str, str]]:
        """The question."""
        return [("Bet", self.question)]

    def drawing(self) -> Drawing:
        """The answer: the code, what came of it, and the explanation."""
        texts = [text for text, _ in outputs(self._captured)]
        html = [f"<pre><code>{escape(self._source)}</code></pre>"] if self._source else []
        html += [shown for _, shown in outputs(self._captured)]
        return "\n".join([*html, markdown.blocks(self._why)]), "\n".join([*texts, self._said])

    def _shown(self) -> dict[str, Any]:
        """What the page needs."""
        fields = [{"label": markdown.inline(label), **one.look} for label, one in self.fields.items()]
        words = {"question": markdown.inline(self.question), "say": markdown.inline(self._said)}
        return {"name": self.name, **words, "fields": fields, "rights": self.rights, "answer": self.html}

    def _repr_mimebundle_(self, **kwargs) -> tuple[dict, dict]:
        data, metadata = anywidget.AnyWidget._repr_mimebundle_(self, **kwargs)
        shown = self._bet
        closed = f"<summary>The answer, once you have yours</summary><p>{shown['say']}</p>{shown['answer']}"
        twin = inline(f"<p><b>Bet.</b> {shown['question']}</p><details>{closed}</details>")
        return {**data, "text/plain": f"Bet: {self.question}\n{self.text}", "text/html": twin}, metadata


def body(source: str, line: int) -> str:
    """The lines below the `with` that begins there, up to what calls `answer`; "" where there is none."""
    blocks = [one for one in ast.walk(ast.parse(source)) if isinstance(one, ast.With)]
    inside = [one for one in blocks if one.lineno <= line < one.body[0].lineno]
    if not inside:
        return ""
    with_ = max(inside, key=lambda one: one.lineno)
    item = with_.items[-1]
    start = (item.optional_vars or item.context_expr).end_lineno
    end = next((one.lineno - 1 for one in with_.body if ".answer(" in ast.unparse(one)), with_.end_lineno)
    return dedent("".join(source.splitlines(keepends=True)[start:end])).strip()


def outputs(captured: CapturedIO) -> list[tuple[str, str]]:
    """What a body printed, and then what it displayed, each as text and as HTML."""
    found = [(text, f"<pre>{escape(text)}</pre>")] if (text := captured.stdout.rstrip()) else []
    for output in captured.outputs:
        text = output.data.get("text/plain", "")
        found.append((text, output.data.get("text/html", f"<pre>{escape(text)}</pre>")))
    return found


def asked(source: str) -> tuple[str, str] | None:
    """The name and the question of the bet in a cell's source; None where there is none."""
    if "widgets.bet(" not in source:
        return None
    calls = (one for one in ast.walk(ast.parse(source)) if isinstance(one, ast.Call))
    bets = (one for one in calls if ast.unparse(one.func) == "widgets.bet")
    return next((tuple(" ".join(ast.literal_eval(text).split()) for text in one.args[:2]) for one in bets), None)
