"""A training as it goes, in a notebook: its curves so far, and a button that stops it."""

import re

import anywidget
import ipykernel
import traitlets

from marl_helpers.widgets.panel import STATIC


class Live(anywidget.AnyWidget):
    """A picture, a line of text, and a stop button that works while the kernel is busy.

    A busy kernel hears no widget. So the button does what the toolbar's does: it asks Jupyter's server to interrupt the
    kernel, whose number is `kernel`. Where there is no such server it says so.
    """

    _esm = STATIC / "live.js"
    _css = STATIC / "panel.css"
    kernel = traitlets.Unicode().tag(sync=True)
    text = traitlets.Unicode().tag(sync=True)
    picture = traitlets.Bytes().tag(sync=True)  # a PNG

    def __init__(self, **values):
        found = re.search(r"kernel-(.+)\.json$", ipykernel.get_connection_file())
        super().__init__(kernel=found.group(1) if found else "", **values)
