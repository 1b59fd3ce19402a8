"""Style sheets of static/, behind the colours of basics/look.py."""

from pathlib import Path

from marl_helpers.basics import look

STATIC = Path(__file__).parent / "static"
ROOTS = ("controls", "reward_table")  # the files there that make a widget's root, which can be Large


def styles(*names: str) -> str:
    """These style sheets of static/ as one, behind the colours that all of them use; large.css is last, if at all."""
    colours = "".join(f"  {name}: {value};\n" for name, value in look.properties().items())
    last = ["large"] if any(name in ROOTS for name in names) else []
    sheets = ((STATIC / f"{name}.css").read_text(encoding="utf-8") for name in ("look", *names, *last))
    return "\n".join([f":root {{\n{colours}}}\n", *sheets])
