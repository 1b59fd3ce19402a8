"""What JupyterLab does when it saves a notebook: no reader may find a widget that is not there."""

VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"


def leave_twins(model: dict, **_) -> None:
    """Take out of a notebook's outputs each widget whose state is not saved with it; its twin in HTML stays.

    A hook of Jupyter's contents manager (`pre_save_hook`), which `make venv` names in .venv's configuration. Without
    it a notebook saved after a restart of its kernel shows an error in the place of every widget when it is opened.
    """
    if model["type"] != "notebook":
        return
    notebook = model["content"]
    states = notebook["metadata"].get("widgets", {}).get(STATE, {}).get("state", {})
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if VIEW in data and "text/html" in data and data[VIEW]["model_id"] not in states:
                del data[VIEW]
