"""Style sheets of static/, behind the colours of basics/look.py."""

from pathlib import Path

from marl_helpers.basics import look

STATIC = Path(__file__).parent / "static"


def styles(*names: str) -> str:
    """These style sheets of static/ as one, after the colours that every one of them uses."""
    colours = "".join(f"  {name}: {value};\n" for name, value in look.properties().items())
    sheets = ((STATIC / f"{name}.css").read_text(encoding="utf-8") for name in ("look", *names))
    return "\n".join([f":root {{\n{colours}}}\n", *sheets])
