"""What is saved of a notebook's widgets: what each needs to live without a kernel, or else its twin alone.

A widget's script and style are tens of KB, and a lecture has a dozen of one class. So in a notebook stored by
tools/run_notebooks.py the first of a class lends them to the others, whose state names it and holds BORROWED, a script
that runs the lender's.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from marl_helpers.widgets.sheets import STATIC

VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"
LENDER = "_lender"
BORROWED = (STATIC / "borrowed.js").read_text(encoding="utf-8")
_REFERENCE = "IPY_MODEL_"  # what widgets write before the id of another model


def shown(notebook: dict) -> Iterator[dict]:
    """The data of each output that shows a widget."""
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            if VIEW in output.get("data", {}):
                yield output["data"]


def states(notebook: dict) -> dict[str, dict]:
    """The models whose state is stored in a notebook: id -> model."""
    return notebook["metadata"].get("widgets", {}).get(STATE, {}).get("state", {})


def parts(view: str, models: Mapping[str, dict]) -> list[str]:
    """The ids of the models that a view's model is made of, itself first; KeyError where one is not in `models`."""
    found, waiting = {}, [view]
    while waiting:
        if (one := waiting.pop(0)) not in found:
            found[one] = None
            waiting += _references(models[one]["state"])
    return [*found]


def _references(value) -> Iterator[str]:
    if isinstance(value, str) and value.startswith(_REFERENCE):
        yield value.removeprefix(_REFERENCE)
    elif isinstance(value, list):
        for one in value:
            yield from _references(one)
    elif isinstance(value, dict):
        if VIEW in value:  # in an output that a widget holds
            yield value[VIEW]["model_id"]
        for _, one in sorted(value.items()):
            yield from _references(one)


def renamed(value, names: Mapping[str, str]):
    """A state whose references to other models follow their new names."""
    if isinstance(value, str) and value.startswith(_REFERENCE):
        return _REFERENCE + names[value.removeprefix(_REFERENCE)]
    if isinstance(value, list):
        return [renamed(one, names) for one in value]
    if isinstance(value, dict):
        return {name: renamed(one, names) for name, one in value.items()}
    return value


def lend(models: Mapping[str, dict]) -> None:
    """Let the first model of each class lend the others its script and its style, which is on the page with its own."""
    lenders: dict[str, str] = {}
    for one in sorted(models):
        state = models[one]["state"]
        if (name := state.get("_anywidget_id")) in lenders:
            del state["_css"]
            state |= {"_esm": BORROWED, LENDER: _REFERENCE + lenders[name]}
        elif name:
            lenders[name] = one


def leave_twins(model: dict, path: str = "", contents_manager=None, **_) -> None:
    """Save no widget that would show an error when the notebook is opened again; its twin in HTML stays.

    A hook of Jupyter's contents manager (`pre_save_hook`), which `make venv` names in .venv's configuration. JupyterLab
    sends the state of those models only that a running kernel knows. So a widget that was opened and not run since
    keeps the state that it has in the file, and lives on; one that has none there is taken out.
    """
    if model["type"] != "notebook":
        return
    notebook = model["content"]
    known, on_disk = states(notebook), None
    for data in shown(notebook):
        view = data[VIEW]["model_id"]
        if _complete(view, known):
            continue
        on_disk = _stored(path, contents_manager) if on_disk is None else on_disk
        if _complete(view, both := {**on_disk, **known}):
            _keep(notebook, {one: both[one] for one in parts(view, both)})
        elif "text/html" in data:
            del data[VIEW]


def _complete(view: str, models: Mapping[str, dict]) -> bool:
    try:
        return bool(parts(view, models))
    except KeyError:
        return False


def _stored(path: str, contents_manager) -> dict[str, dict]:
    """The models in the file that is about to be replaced; none where it is no notebook, or new, as by "Save As"."""
    try:
        return states(json.loads(Path(contents_manager.root_dir, path.strip("/")).read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _keep(notebook: dict, models: Mapping[str, dict]) -> None:
    """Add these to the models that are saved with a notebook."""
    widgets = notebook["metadata"].setdefault("widgets", {})
    saved = widgets.setdefault(STATE, {"version_major": 2, "version_minor": 0, "state": {}})
    saved["state"].update(models)
