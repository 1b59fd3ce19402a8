"""Markdown as HTML, for what a widget says in words. Formulas stay TeX, between the brackets that MathJax looks for."""

from functools import cache
from inspect import cleandoc


@cache
def _reader():
    from mistune import create_markdown  # late, so that no widget without words needs it

    return create_markdown(plugins=["math"])


def blocks(text: str) -> str:
    """Paragraphs and lists; the text may be indented, as one in a cell's code is."""
    return _reader()(cleandoc(text)).strip()


def inline(text: str) -> str:
    """One line of words, in no paragraph."""
    return blocks(text).removeprefix("<p>").removesuffix("</p>")
