"""Where tensors live. The only place that knows a device by name."""

import torch


def find_device(name: str = "auto") -> str:
    """The device of that name; "auto" takes a GPU where there is one. Raises ValueError for one that is not here."""
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.empty(0, device=name)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(f"device is {name!r}, which cannot be used here ({reason}): give 'auto' or 'cpu'") from None
    return name
