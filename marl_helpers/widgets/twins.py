"""A widget's HTML for readers that keep no style sheet: styles on the elements, and cards side by side in a table.

JupyterLab's sanitiser keeps style attributes, but no style sheet, no picture in SVG and none of CSS's variables. A code
host keeps no style at all: there the table and the bold type are what is left of the design, and they suffice.
"""

import re
from base64 import b64encode
from html import escape
from html.parser import HTMLParser

from marl_helpers.basics import look

IN_A_ROW = 2  # cards
_COLOURS = {"marl-good": look.RIGHT, "marl-bad": look.WRONG, "marl-wait": look.FAINT}
_SVG = (
    f"<style>svg{{background:{look.PAPER};color:{look.INK};font:10px sans-serif}}"
    f"circle{{fill:{look.PAPER};stroke:{look.INK};stroke-width:2}}text{{fill:{look.INK};text-anchor:middle}}</style>"
)
_ALL = "font-family: system-ui, sans-serif; font-size: 14px; line-height: 1.4; text-align: left"
_CARDS = "border-collapse: separate; border-spacing: 8px; border: none; margin: 0"
_CARD = (
    "vertical-align: top; text-align: left; min-width: 240px; max-width: 360px; padding: 8px 12px; "
    "white-space: normal; border: 1px solid {faint}; border-top: 4px solid {card}; border-radius: 3px; background: none"
)
_STYLES = {
    "table": "border-collapse: separate; border-spacing: 2px; margin: 0 0 8px 0; border: none",
    "tr": "background: none; border: none",
    "th": "text-align: left; padding: 4px 8px; border: none; background: none",
    "td": "text-align: center; padding: 4px 10px; min-width: 24px; border: none; background: {}",
    "h4": "margin: 0 0 6px 0; font-size: 16px",
    "p": "margin: 0 0 6px 0",
    "ul": "margin: 4px 0 0 0; padding-left: 20px",
}
_PLAYED = f"outline: 2px solid {look.FAINT}; font-weight: bold"
_STRIP = "display: block; letter-spacing: -1px; line-height: 1.1; overflow-wrap: anywhere; color: {}"
_VOID = {"br", "hr", "img", "col", "input", "wbr"}


def inline(html: str) -> str:
    """The same HTML with the look of panel.css in style attributes; cards become the cells of a table.

    html: what a widget shows, with the classes of panel.css. Text, links, titles and folded details stay as they are.
    """
    writer = _Writer()
    writer.feed(html)
    writer.close()
    return f'<div style="{_ALL}">{"".join(writer.out)}</div>'


class _Writer(HTMLParser):
    """Writes a page anew, element by element."""

    def __init__(self):
        super().__init__(convert_charrefs=False)
        self.out: list[str] = []
        self.ends: list[str] = []  # what closes each open element
        self.rows: list[int] = []  # the cards so far in each open table of cards
        self.colour = _COLOURS["marl-wait"]
        self.svg: list[str] | None = None  # a drawing so far
        self.held = ""  # the start of a table whose caption comes first: in a narrow table it would be narrow

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "svg" or self.svg is not None:
            self._draw(tag, values)
            return
        classes = values.pop("class", "").split()
        if "marl-cards" in classes:
            start, end = self._cards()
        elif "marl-card" in classes:
            start, end = self._card(classes)
        elif tag == "caption":
            start, end = f'<p style="{_STYLES["p"]}">', f"</p>{self.held}"
            self.held = ""
        else:
            start, end = self._plain(tag, values, classes)
        if tag == "table":
            start, self.held = "", start
        elif tag != "caption":
            start, self.held = self.held + start, ""
        self.out.append(start)
        if tag not in _VOID:
            self.ends.append(end)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.svg is not None:
            self.svg.append(f"</{tag}>")
            if tag == "svg":
                self._end_drawing()
            return
        end, held, self.held = self.ends.pop(), self.held, ""
        if end == "cards":
            missing = self.rows.pop() % IN_A_ROW
            end = ("</tr>" if missing else "") + "</tbody></table>"
        elif end == "card":
            end = "</td>"
            self.rows[-1] += 1
            end += "</tr>" if self.rows[-1] % IN_A_ROW == 0 else ""
        self.out.append(held + end)

    def handle_data(self, data: str) -> None:
        (self.out if self.svg is None else self.svg).append(data)

    def handle_entityref(self, name: str) -> None:
        self.handle_data(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.handle_data(f"&#{name};")

    def _cards(self) -> tuple[str, str]:
        if self.ends and self.ends[-1] == "cards":
            return "", ""  # cards among cards
        self.rows.append(0)
        return f'<table style="{_CARDS}"><tbody>', "cards"

    def _card(self, classes: list[str]) -> tuple[str, str]:
        self.colour = next(colour for name, colour in _COLOURS.items() if name in classes)
        row = f'<tr style="{_STYLES["tr"]}">'
        cell = f'<td valign="top" style="{_CARD.format(faint=look.FAINT, card=self.colour)}">'
        if not self.rows:  # a card alone
            return f'<table style="{_CARDS}"><tbody>{row}{cell}', "</td></tr></tbody></table>"
        return (row if self.rows[-1] % IN_A_ROW == 0 else "") + cell, "card"

    def _plain(self, tag: str, values: dict[str, str], classes: list[str]) -> tuple[str, str]:
        own = values.pop("style", "")
        ground = look.CELL if tag == "td" and "</thead>" not in self.ends else "none"
        if own.startswith("--heat:"):
            heat = min(max(float(own.partition(":")[2]), 0), 1)
            ground, own = look.shade(heat), f"color: {look.ink(heat)}"
        own = re.sub(r"var\((--marl-[\w-]+)\)", lambda name: look.properties()[name[1]], own)
        styles = [_STYLES.get(tag, "").format(ground), own]
        if "marl-played" in classes:
            styles.append(_PLAYED)
        if "marl-strip" in classes:
            styles.append(_STRIP.format(self.colour))
        if style := "; ".join(filter(None, styles)):
            values["style"] = style
        written = "".join(f' {name}="{escape(value)}"' if value else f" {name}" for name, value in values.items())
        bold = tag == "h4" or "marl-played" in classes  # also where styles go
        tag = "p" if tag == "h4" else tag  # an output's heading would be one of the notebook's
        return f"<{tag}{written}>{'<b>' * bold}", f"{'</b>' * bold}</{tag}>"

    def _draw(self, tag: str, values: dict[str, str]) -> None:
        if self.svg is None:
            self.svg, self.alt = [], values.get("aria-label", "")
            values = {"xmlns": "http://www.w3.org/2000/svg", "width": "280", **values}
        names = {"viewbox": "viewBox"}  # the parser's names are in small letters
        written = "".join(f' {names.get(name, name)}="{escape(value)}"' for name, value in values.items())
        self.svg.append(f"<{tag}{written}>{_SVG if tag == 'svg' else ''}")

    def _end_drawing(self) -> None:
        data = b64encode("".join(self.svg).encode()).decode()
        self.out.append(f'<img src="data:image/svg+xml;base64,{data}" width="280" alt="{escape(self.alt)}">')
        self.svg = None
