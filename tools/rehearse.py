"""Rehearse a lecture for a hall: run it offline, and say which cells would keep the hall waiting: `make rehearse`.

    make rehearse LECTURE=02
    python tools/rehearse.py 02 --limit 5

The cells run one after the other in a new kernel from which no other computer can be reached, each as it is in the
notebook, which stays as it was. A lecture that says LIVE = True falls back to its recordings, as the hall would. What
takes longer than the limit, on this machine and as busy as it is now, is listed with what to show instead.
"""

import argparse
import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nbformat
from lectures import lectures
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

OFFLINE = Path(__file__).resolve().parent / "offline"
LIVE = re.compile(r"^LIVE = True\b", re.MULTILINE)


@dataclass(frozen=True)
class Rehearsed:
    """A code cell: its number in JupyterLab, its first line after imports, its seconds, what can be shown instead."""

    number: int
    line: str
    seconds: float
    shows: str

    def __str__(self) -> str:
        return f"[{self.number:2}] {self.seconds:6.1f} s  {self.line}"


def first_line(source: str) -> str:
    lines = [line for line in source.splitlines() if line.strip()]
    return next((line for line in lines if not line.startswith(("import ", "from ", "#"))), lines[0])[:80]


def instead(cell: nbformat.NotebookNode) -> str:
    """What a hall can be shown in place of a slow cell."""
    if not cell.outputs:
        return "shows nothing: run it before the hall comes"
    recording = re.search(r"recordings\.\w+\(\"(\w+)\"|recorded\(\"(\w+)\"", cell.source)
    source = f", which reads recordings/{recording[1] or recording[2]}.json" if recording else ""
    return f"show its stored output, here or on its slide{source}"


@contextmanager
def offline() -> Iterator[None]:
    """What is started meanwhile, and what that starts, reaches no other computer."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(OFFLINE), before]))
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before


def rehearse(path: Path) -> Iterator[Rehearsed]:
    """Run a notebook's code cells; ends the program with what one raised."""
    notebook = nbformat.read(path, as_version=4)
    cells = [(k, cell) for k, cell in enumerate(notebook.cells) if cell.cell_type == "code" and cell.source.strip()]
    texts = {k: instead(cell) for k, cell in cells}  # of the outputs that are stored, before they are replaced
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        resources={"metadata": {"path": path.parent}},
        timeout=None,
        extra_arguments=["--log-level=ERROR"],
    )
    with offline(), client.setup_kernel():
        for number, (k, cell) in enumerate(cells, start=1):
            if LIVE.search(cell.source):
                print(f"[{number:2}] LIVE = True: the rehearsal falls back to the recordings", flush=True)
                cell.source = LIVE.sub("LIVE = False", cell.source)
            start = time.monotonic()
            try:
                client.execute_cell(cell, k)
            except CellExecutionError as error:
                raised = f"{error.ename}: {error.evalue}"
                sys.exit(f"[{number:2}] fails, and the rehearsal ends here:\n\n{cell.source}\n\n{raised}")
            yield Rehearsed(number, first_line(cell.source), time.monotonic() - start, texts[k])


def report(cells: list[Rehearsed], limit: float) -> str:
    """What a rehearsal comes to."""
    slow = [cell for cell in cells if cell.seconds > limit]
    total = f"{len(cells)} cells in {sum(cell.seconds for cell in cells):.0f} s, offline; "
    if not slow:
        return f"{total}none takes more than {limit:g} s"
    lines = [f"{cell}\n     {cell.shows}" for cell in slow]
    return "\n".join([f"{total}{len(slow)} would keep a hall waiting more than {limit:g} s:", *lines])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lecture", help="its number, such as 02")
    parser.add_argument("--limit", type=float, default=3, help="seconds that a hall may wait for a cell (3)")
    choice = parser.parse_args()
    (path,) = lectures(choice.lecture)
    print(f"{path.stem}: a kernel starts, offline", flush=True)
    done = []
    for cell in rehearse(path):
        print(cell, "  <- over the limit" if cell.seconds > choice.limit else "", flush=True)
        done.append(cell)
    print(f"\n{report(done, choice.limit)}")


if __name__ == "__main__":
    main()
