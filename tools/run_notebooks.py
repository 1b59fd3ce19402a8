"""Run stored notebooks from fresh kernels and store what they print, draw and show: what `make notebooks` runs.

    python tools/run_notebooks.py notebooks/*.ipynb
    python tools/run_notebooks.py --widgets notebooks/*.ipynb

A second run changes a file only where an output changed, or the seconds of processor time that it takes, by a half:
clock times and version numbers are left out. A widget that lives without a kernel is stored with its state, under a
name made of its cell's, and each class's script once; of any other its twin stays (text/html and text/plain), which
every viewer shows. Numbers are stored as JupyterLab writes them (1, not 1.0), so that saving a notebook there changes
no other line. A notebook that raises an error, or shows a widget without a twin, is left as it was, and ends the
program.

--widgets runs again only the cells that show widgets, which need no other cell: what to do after a change of one. Bets
do need others, and get the scripts and styles of today. What somebody has bet here is not stored.
"""

import argparse
import json
import os
import resource
import sys
from itertools import count
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from traitlets.utils.importstring import import_item

from marl_helpers.widgets import saving
from marl_helpers.widgets.boxes import NEW, asked
from marl_helpers.widgets.saving import STATE, VIEW

ALIVE = {"anywidget", "@jupyter-widgets/base"}  # whose models need no kernel: a page's own script, and layouts


def keep_widgets(notebook: nbformat.NotebookNode) -> None:
    """Keep each widget that lives without a kernel, and the models that it needs; of any other its twin."""
    models, names, kept = saving.states(notebook), {}, {}
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        numbers = count(1)
        for data in saving.shown({"cells": [cell]}):
            if "text/html" not in data:
                sys.exit(f"This cell shows a widget that has no text/html to leave in its place:\n{cell.source}")
            parts = saving.parts(data[VIEW]["model_id"], models)
            if not {models[one]["model_module"] for one in parts} <= ALIVE:
                del data[VIEW]
                continue
            for one in parts:
                names[one] = names.get(one) or f"{cell.id}-{next(numbers)}"
            kept |= {names[one]: unplaced(saving.renamed(models[one], names)) for one in parts}
            data[VIEW]["model_id"] = names[parts[0]]
    if kept:
        notebook.metadata["widgets"] = {STATE: {"version_major": 2, "version_minor": 0, "state": kept}}


def unplaced(model: dict) -> dict:
    """A bet's model, or that of several on an axis, as it is for whoever has not bet; any other as it is."""
    if (placed := model["state"].get("placed")) is None:
        return model
    new = [NEW] * len(placed) if isinstance(placed, list) else NEW
    return {**model, "state": {**model["state"], "placed": new}}


def bets(notebook: nbformat.NotebookNode) -> dict[str, dict]:
    """The stored models of a notebook's bets, with the scripts and styles of today."""
    models = saving.states(notebook)
    for model in models.values():
        model["state"].pop(saving.LENDER, None)
    cells = [cell for cell in notebook.cells if asked(cell.source)]
    views = [data[VIEW]["model_id"] for data in saving.shown({"cells": cells})]
    found = {part: models[part] for view in views for part in saving.parts(view, models)}
    for model in found.values():
        if name := model["state"].get("_anywidget_id"):
            model["state"] |= {key: str(getattr(import_item(name), key)) for key in ("_esm", "_css")}
    return found


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
        minutes["seconds"] = max(round(seconds), 1)


def execute(notebook: nbformat.NotebookNode, folder: Path) -> None:
    """Run a notebook's cells in a new kernel, and keep its outputs."""
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        resources={"metadata": {"path": folder}},  # in which its cells run
        record_timing=False,
        coalesce_streams=True,
        timeout=None,
        extra_arguments=["--log-level=ERROR"],  # no words about the transport between two local processes
    )
    client.execute()
    notebook.metadata.get("language_info", {}).pop("version", None)
    keep_widgets(notebook)


def run(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    before = processor()
    execute(notebook, path.parent)
    note(notebook, processor() - before)
    write(notebook, path)


def run_widgets(path: Path) -> None:
    """Run the cells that show widgets, in a notebook of their own, and number them as they were."""
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and "widgets." in cell.source]
    cells, kept = [cell for cell in code if not asked(cell.source)], bets(notebook)
    numbers = [cell.execution_count for cell in cells]
    if cells:
        execute(nbformat.NotebookNode({**notebook, "cells": cells}), path.parent)  # the same cells, and metadata
        saving.states(notebook).update(kept)
    for cell, number in zip(cells, numbers, strict=True):
        cell.execution_count = number
        for output in cell.outputs:
            if "execution_count" in output:
                output.execution_count = number
    write(notebook, path)


def write(notebook: nbformat.NotebookNode, path: Path) -> None:
    saving.lend(saving.states(notebook))
    stored = json.loads(nbformat.writes(notebook), parse_float=as_in_jupyterlab)
    path.write_text(nbformat.writes(nbformat.from_dict(stored)) + "\n", encoding="utf-8")


def main() -> None:
    os.environ["TQDM_DISABLE"] = "1"  # as in conftest.py: a progress bar is no part of a stored output
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--widgets", action="store_true", help="run only the cells that show widgets")
    choice = parser.parse_args()
    for path in choice.paths:
        before = processor()
        (run_widgets if choice.widgets else run)(path)
        print(f"{path}: {processor() - before:.1f} s of the processor", flush=True)


if __name__ == "__main__":
    main()
