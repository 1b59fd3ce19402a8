"""Controls, and below them what a plain function makes of their values."""

from collections.abc import Callable, Sequence

import ipywidgets

from marl_helpers.widgets.panel import Panel

Drawing = tuple[str, str]  # the same content as HTML and as text
RUN_IT = "Run this cell, and those above it, to try it yourself."  # the last line of a twin in HTML


class View(ipywidgets.VBox):
    """Controls above a panel that shows `draw` of their values, now and after each change of one.

    An error in it shows in the panel, until the next change, and is raised.
    """

    def __init__(self, controls: Sequence[ipywidgets.ValueWidget], draw: Callable[[tuple], Drawing]):
        self.controls, self.panel, self._draw = tuple(controls), Panel(), draw
        for control in self.controls:
            control.observe(self._show, names="value")
        super().__init__([*self.controls, self.panel])
        self._show()

    def settings(self) -> list[tuple[str, str]]:
        """What the controls are set to, for a page without them: names and values."""
        return [(control.description, _said(control.value)) for control in self.controls]

    def _show(self, _change=None) -> None:
        self.text = ""  # of an answer that does not come
        with self.panel.reporting():
            self.panel.html, self.text = self._draw(tuple(control.value for control in self.controls))

    def twin(self) -> str:
        """What stands above the panel, for a page without widgets."""
        lines = [f'<tr><th scope="row">{name}</th><td>{value}</td></tr>' for name, value in self.settings()]
        return f"<table><tbody>{''.join(lines)}</tbody></table>"

    def _repr_mimebundle_(self, **kwargs) -> dict:
        html = self.panel.twin(self.twin(), RUN_IT)
        text = "\n".join([*(f"{name}: {value}" for name, value in self.settings()), self.text])
        return {**super()._repr_mimebundle_(**kwargs), "text/plain": text, "text/html": html}


def _said(value: bool | float) -> str:
    return ("assumed" if value else "not assumed") if isinstance(value, bool) else f"{value:g}"
