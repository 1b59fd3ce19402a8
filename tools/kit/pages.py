"""What the kit's pages are made of: HTML that a browser shows and prints, with everything in the file."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

import numpy as np

STYLE = Path(__file__).with_name("pages.css")


def page(title: str, body: str) -> str:
    """A whole page with its style."""
    style = STYLE.read_text(encoding="utf-8")
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>\n{style}</style></head>\n'
        f"<body><h1>{escape(title)}</h1>\n{body}\n</body></html>\n"
    )


def table(caption: str, rows: np.ndarray | Sequence[Sequence[float | str]]) -> str:
    """A two-agent table; a text stands as it is, and "" leaves a cell to write in."""
    columns = "".join(f"<th scope='col'>{b}</th>" for b in range(len(rows[0])))
    lines = [f"<tr><td></td>{columns}</tr>"]
    for a, row in enumerate(rows):
        cells = "".join(f"<td>{escape(one) if isinstance(one, str) else f'{one:.4g}'}</td>" for one in row)
        lines.append(f"<tr><th scope='row'>{a}</th>{cells}</tr>")
    return f'<table class="game"><caption>{escape(caption)}</caption>{"".join(lines)}</table>'
