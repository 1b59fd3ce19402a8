"""A picture that changes, with its alt text, which the image of ipywidgets has not."""

from base64 import b64encode
from html import escape

import anywidget
import traitlets

from marl_helpers.widgets.panel import STATIC


class Still(anywidget.AnyWidget):
    """A PNG `width` pixels wide on the page, narrower where there is less room."""

    _esm = STATIC / "still.js"
    picture = traitlets.Bytes().tag(sync=True)
    alt = traitlets.Unicode().tag(sync=True)
    width = traitlets.Int().tag(sync=True)

    def html(self) -> str:
        """The same for a page without widgets."""
        data = b64encode(self.picture).decode()
        return f'<img src="data:image/png;base64,{data}" width="{self.width}" alt="{escape(self.alt)}">'
