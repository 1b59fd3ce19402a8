"""Run stored notebooks from fresh kernels and store what they print, draw and show: what `make notebooks` runs.

    python tools/run_notebooks.py notebooks/*.ipynb

A second run changes a file only where an output changed: clock times and version numbers are left out, and widgets
get lasting names. Numbers are stored as JupyterLab writes them (1, not 1.0), so that saving a notebook there changes
no other line. A notebook that raises an error is left as it was, and ends the program.
"""

import json
import os
import sys
import time
import uuid
from pathlib import Path

import nbformat
from nbclient import NotebookClient

WIDGETS = "application/vnd.jupyter.widget-state+json"


def name_widgets(text: str, state: dict, notebook: str) -> str:
    """The notebook's text with each widget's random id replaced by one that depends on its place alone."""
    for place, model_id in enumerate(state):
        text = text.replace(model_id, uuid.uuid5(uuid.NAMESPACE_OID, f"{notebook} {place}").hex)
    return text


def as_in_jupyterlab(literal: str) -> float:
    number = float(literal)
    return int(number) if number.is_integer() else number


def run(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        resources={"metadata": {"path": path.parent}},  # the folder in which its cells run
        record_timing=False,
        coalesce_streams=True,
        timeout=600,
        extra_arguments=["--log-level=ERROR"],  # no words about the transport between two local processes
    )
    client.execute()
    notebook.metadata.get("language_info", {}).pop("version", None)
    state = notebook.metadata.get("widgets", {}).get(WIDGETS, {}).get("state", {})
    named = json.loads(name_widgets(nbformat.writes(notebook), state, path.name), parse_float=as_in_jupyterlab)
    path.write_text(nbformat.writes(nbformat.from_dict(named)) + "\n")


def main() -> None:
    os.environ["TQDM_DISABLE"] = "1"  # as in conftest.py: a progress bar is no part of a stored output
    for path in map(Path, sys.argv[1:]):
        start = time.monotonic()
        run(path)
        print(f"{path}: {time.monotonic() - start:.1f} s", flush=True)


if __name__ == "__main__":
    main()
