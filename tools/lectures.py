"""The lectures' notebooks, found by their numbers."""

import sys
from pathlib import Path

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"


def lectures(number: str | None = None) -> list[Path]:
    """All of them in their order, or the one with this number; ends the program where there is none."""
    paths = sorted(NOTEBOOKS.glob("0[1-9]-*.ipynb"))
    chosen = [path for path in paths if number in (None, path.stem[:2])]
    if not chosen:
        sys.exit(f"there is no lecture {number!r}: choose one of {', '.join(path.stem[:2] for path in paths)}")
    return chosen
