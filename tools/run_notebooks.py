"""Run stored notebooks from fresh kernels and store what they print, draw and show: what `make notebooks` runs.

    python tools/run_notebooks.py notebooks/*.ipynb

A second run changes a file only where an output changed, or the seconds of processor time that it takes, by a half:
clock times and version numbers are left out, and so are live widgets, of which the twin stays (text/html and
text/plain) that every viewer shows, with a kernel or without. Numbers are stored as JupyterLab writes them (1, not
1.0), so that saving a notebook there changes no other line. A notebook that raises an error, or shows a widget without
a twin, is left as it was, and ends the program.
"""

import json
import os
import resource
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

WIDGET = "application/vnd.jupyter.widget-view+json"


def leave_twins(notebook: nbformat.NotebookNode) -> None:
    """Take the live widgets out of a notebook's outputs, and their state out of its metadata."""
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.get("data", {}).pop(WIDGET, None) and "text/html" not in output.data:
                sys.exit(f"This cell shows a widget that has no text/html to leave in its place:\n{cell.source}")


def as_in_jupyterlab(literal: str) -> float:
    number = float(literal)
    return int(number) if number.is_integer() else number


def processor() -> float:
    """Seconds that the programs have used which this one started, and which have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def note(notebook: nbformat.NotebookNode, seconds: float) -> None:
    """Store what a run took beside the minutes that the notebook declares: tests compare the two."""
    minutes = notebook.metadata.get("minutes", {})
    if minutes and not 2 / 3 <= seconds / minutes.get("seconds", 1) <= 3 / 2:
        minutes["seconds"] = round(seconds)


def run(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        resources={"metadata": {"path": path.parent}},  # the folder in which its cells run
        record_timing=False,
        coalesce_streams=True,
        timeout=None,
        extra_arguments=["--log-level=ERROR"],  # no words about the transport between two local processes
    )
    before = processor()
    client.execute()
    note(notebook, processor() - before)
    notebook.metadata.get("language_info", {}).pop("version", None)
    leave_twins(notebook)
    stored = json.loads(nbformat.writes(notebook), parse_float=as_in_jupyterlab)
    path.write_text(nbformat.writes(nbformat.from_dict(stored)) + "\n", encoding="utf-8")


def main() -> None:
    os.environ["TQDM_DISABLE"] = "1"  # as in conftest.py: a progress bar is no part of a stored output
    for path in map(Path, sys.argv[1:]):
        before = processor()
        run(path)
        print(f"{path}: {processor() - before:.1f} s of the processor", flush=True)


if __name__ == "__main__":
    main()
