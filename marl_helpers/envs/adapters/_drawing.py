"""Pictures that other projects' environments draw of themselves. Loaded with the first of them, as it needs Pillow."""

import inspect
from base64 import b64encode
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image  # matplotlib brings it

from marl_helpers.envs.adapters.theirs import theirs

MODE = "rgb_array"


def png(name: str, env: Any) -> str:
    """What the environment draws of its game, as a PNG in Base64; empty where it says that it draws none.

    Raises theirs.EnvError from what its own code raises, and ValueError where it draws no picture.
    """
    metadata = getattr(env, "metadata", None) or {}
    if not callable(draw := getattr(env, "render", None)) or MODE not in metadata.get("render_modes", ()):
        return ""
    older = {"mode": MODE} if "mode" in inspect.signature(draw).parameters else {}  # as Gym had it
    drawn = np.asarray(theirs(name, "render", draw, **older))
    if drawn.ndim != 3 or drawn.shape[-1] not in (3, 4) or drawn.dtype != np.uint8:
        raise ValueError(
            f"{name}: render gave {drawn.dtype.name} of shape {drawn.shape}: give [height, width, 3] bytes"
        )
    buffer = BytesIO()
    Image.fromarray(drawn).save(buffer, "PNG")
    return b64encode(buffer.getvalue()).decode()
