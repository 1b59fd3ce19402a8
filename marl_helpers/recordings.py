"""What took too long for a lecture, read from where it is kept: notebooks/recordings/ of the lectures."""

import json
from pathlib import Path

PLACES = (Path("recordings"), Path(__file__).parent.parent / "notebooks" / "recordings")  # beside a copy, then its home


def read(name: str) -> dict:
    """The recording of that name: its "provenance" and what was recorded.

    Raises FileNotFoundError where neither the present folder's recordings/ nor the lectures' has it.
    """
    for place in PLACES:
        path = place / f"{name}.json"
        if path.exists():
            return json.loads(path.read_text(encoding="utf-8"))
    raise FileNotFoundError(
        f"there is no recording {name!r} in {' or '.join(str(place.absolute()) for place in PLACES)}: copy the folder "
        f"notebooks/recordings to beside your notebook, or make it again with python tools/record.py {name}"
    )
