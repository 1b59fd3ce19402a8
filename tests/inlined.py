"""What a widget's HTML becomes in its twin."""

from marl_helpers.widgets.twins import inline


def inlined(html: str) -> str:
    """As it stands in the middle of a twin."""
    return inline(html).partition(">")[2].removesuffix("</div>")
