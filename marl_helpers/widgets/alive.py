"""Widgets that answer on the page by themselves: their state holds all that the page needs, and Python follows it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape

import anywidget
import traitlets

from marl_helpers.plots.base import Picture, image
from marl_helpers.widgets.sheets import ROOTS, STATIC, styles
from marl_helpers.widgets.twins import inline

Drawing = tuple[str, str]  # the same content as HTML and as text
RUN_IT = "Run this cell, and those above it, to try it yourself."  # the last line of a twin in HTML


def module(*names: str) -> str:
    """These files of static/, one after the other, as one module for the page: the last has the only default export.

    What makes a widget's root comes behind large.js, which every root needs.
    """
    each = dict.fromkeys(one for name in names for one in (["large", name] if name in ROOTS else [name]))
    return "\n".join((STATIC / f"{name}.js").read_text(encoding="utf-8") for name in each)


class Refused(traitlets.TraitError, ValueError):
    """A value that a trait cannot have; the one before stands."""


def checks(name: str) -> Callable:
    """Make a method the check of what is proposed for that trait: it returns the value, or raises ValueError."""

    def decorate(check: Callable) -> traitlets.EventHandler:
        def validate(self, proposal):
            try:
                return check(self, proposal["value"])
            except ValueError as error:
                raise Refused(str(error)) from None  # after which traitlets goes back

        return traitlets.validate(name)(validate)

    return decorate


class Alive(anywidget.AnyWidget):
    """A widget of one model, which answers without a kernel.

    A subclass has `_esm = module("numbers", "controls", ..., "its own")`, its settings as synced traits (see `checks`),
    and gives `settings` and `drawing`, the answer as pure Python has it. An error in taking a setting, or in whatever
    observes it, shows above the answer until the next change and is raised.
    """

    _css = styles("panel", "controls")
    error = traitlets.Unicode().tag(sync=True)  # Python's, which the page shows

    def settings(self) -> list[tuple[str, str]]:
        """What the controls are set to, for a page without them: names and values."""
        raise NotImplementedError(f"{type(self).__name__} has no settings")

    def drawing(self) -> Drawing:
        """What the page shows below the controls."""
        raise NotImplementedError(f"{type(self).__name__} has no drawing")

    def figure(self) -> Picture | None:
        """What the page draws, for a page without it; None where `drawing` has all of it."""
        return None

    @property
    def html(self) -> str:
        """The answer as HTML."""
        return self.drawing()[0]

    @property
    def text(self) -> str:
        """The answer as text."""
        return self.drawing()[1]

    @contextmanager
    def reporting(self) -> Iterator[None]:
        """Clear the last error; show one, or an interrupt, that is raised inside, until the next change."""
        self.error = ""
        try:
            yield
        except (Exception, KeyboardInterrupt) as error:
            self.error = f"{type(error).__name__}: {error}".removesuffix(": ")
            raise

    def set_state(self, sync_data: dict) -> None:
        """Take the page's changes."""
        with self.reporting():
            super().set_state(sync_data)

    def _repr_mimebundle_(self, **kwargs) -> tuple[dict, dict]:
        data, metadata = super()._repr_mimebundle_(**kwargs)
        html, text = self.drawing()
        rows = "".join(f'<tr><th scope="row">{escape(n)}</th><td>{escape(v)}</td></tr>' for n, v in self.settings())
        table = f"<table><tbody>{rows}</tbody></table>"
        picture = self.figure()
        drawn = image(picture.svg(), picture.alt) if picture else ""
        twin = inline("\n".join([table, drawn, html, f"<p><em>{RUN_IT}</em></p>"]))
        text = "\n".join([*(f"{name}: {value}" for name, value in self.settings()), text])
        return {**data, "text/plain": text, "text/html": twin}, metadata
