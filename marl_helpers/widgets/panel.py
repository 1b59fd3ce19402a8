"""What a widget shows beside its controls: HTML made in Python."""

from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path

import anywidget
import traitlets

from marl_helpers.widgets.twins import inline

STATIC = Path(__file__).parent / "static"


class Panel(anywidget.AnyWidget):
    """HTML made in Python, shown in the notebook's theme."""

    _esm = STATIC / "panel.js"
    _css = STATIC / "panel.css"
    html = traitlets.Unicode().tag(sync=True)

    @contextmanager
    def reporting(self) -> Iterator[None]:
        """Show an error or an interrupt that is raised inside, until the next HTML."""
        try:
            yield
        except (Exception, KeyboardInterrupt) as error:  # but no CancelledError: a newer answer is under way
            text = f"{type(error).__name__}: {error}".removesuffix(": ")
            self.html = f'<p role="alert">{escape(text)}</p>'
            raise

    def twin(self, controls: str, invitation: str) -> str:
        """The widget as HTML for a page without a kernel: its controls, this panel, and how to try it oneself."""
        return inline("\n".join([controls, self.html, f"<p><em>{invitation}</em></p>"]))
