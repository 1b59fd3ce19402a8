"""Write the students' notebooks from the instructors': what `make exercises` runs.

    python tools/make_exercises.py

Every solutions/*.ipynb becomes exercises/*.ipynb through the steps with which nbgrader releases an assignment, without
its database: solutions become stubs, hidden tests, marking schemes and outputs go, and cells that must not change are
locked. The same solutions give the same bytes. An exercise whose solution is gone is removed.

What a code cell tagged "expected" has stored, a figure or text, is not lost with the outputs: a folded copy of it is
put before the cell.
"""

from html import escape
from pathlib import Path
from typing import Any

import nbformat
from nbconvert import NotebookExporter
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearHiddenTests,
    ClearMarkScheme,
    ClearOutput,
    ClearSolutions,
    ComputeChecksums,
    LockCells,
)
from traitlets.config import Config

ROOT = Path(__file__).resolve().parents[1]
SOLUTIONS, EXERCISES = ROOT / "solutions", ROOT / "exercises"
EXPECTED = "expected"
STUBS = {
    "ClearSolutions": {
        "code_stub": {"python": "# Your turn: replace the next line.\nraise NotImplementedError"},
        "text_stub": "*Your turn: replace this line by your answer.*",
    }
}


class KeepExpected(Preprocessor):
    """Puts a folded copy of the output of each cell tagged "expected" before it."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        cells = []
        for cell in nb.cells:
            if EXPECTED in cell.metadata.get("tags", ()):
                cells.append(_folded(cell))
            cells.append(cell)
        nb.cells = cells
        nb.metadata.pop("widgets", None)  # their outputs go too
        return nb, resources


def _folded(cell: NotebookNode) -> NotebookNode:
    """A markdown cell with the one stored output of a code cell: its figure as an attachment, or its text."""
    if len(cell.outputs) != 1:
        raise ValueError(f"cell {cell.id} has {len(cell.outputs)} stored outputs, not one: run `make notebooks` first")
    output, attachments = cell.outputs[0], {}
    if "image/png" in output.get("data", {}):
        alt, width = escape("; ".join(output.data["text/plain"].splitlines())), output.metadata["image/png"]["width"]
        what, shown = "figure", f'<img src="attachment:expected.png" width="{width}" alt="{alt}">'
        attachments = {"attachments": {"expected.png": {"image/png": output.data["image/png"]}}}
    else:
        what, shown = "output", f"```text\n{output.text.rstrip()}\n```"
    source = f"<details><summary>The {what} to expect</summary>\n\n{shown}\n\n</details>"
    return nbformat.v4.new_markdown_cell(source, id=f"{cell.id}-expected", **attachments)


STEPS = (  # nbgrader's, in its order, without those that need the database
    LockCells,
    ClearSolutions,
    KeepExpected,
    ClearOutput,
    ClearHiddenTests,
    ClearMarkScheme,
    ComputeChecksums,
    CheckCellMetadata,
)


def students_version(solution: Path) -> str:
    """The text of the students' notebook; raises what nbgrader raises where markers and metadata do not agree."""
    exporter = NotebookExporter(config=Config(STUBS))
    for step in STEPS:
        exporter.register_preprocessor(step, enabled=True)
    text, _ = exporter.from_notebook_node(nbformat.read(solution, as_version=4))
    return text


def main() -> None:
    names = {path.name for path in SOLUTIONS.glob("*.ipynb")}
    for path in EXERCISES.glob("*.ipynb"):
        if path.name not in names:
            path.unlink()
            print(f"{path.relative_to(ROOT)}: removed, it has no solution")
    for name in sorted(names):
        (EXERCISES / name).write_text(students_version(SOLUTIONS / name), encoding="utf-8")
        print(f"{(EXERCISES / name).relative_to(ROOT)}: written")


if __name__ == "__main__":
    main()
