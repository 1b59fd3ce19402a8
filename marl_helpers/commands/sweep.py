"""python -m marl_helpers sweep"""

from pathlib import Path

from marl_helpers.basics import files
from marl_helpers.commands.asking import pairs
from marl_helpers.commands.saying import DIVERGED, ERROR, MISUNDERSTOOD, STOPPED, failed, say
from marl_helpers.plots.compare import comparison
from marl_helpers.sweeps.cells import FAILED, LOST
from marl_helpers.sweeps.standing import Swept, look
from marl_helpers.sweeps.sweeping import sweep

FIGURE = "comparison.png"


def run(
    grid: Path, folder: Path | None, on: str, workers: int | None, place: list[str], look_: bool, x: str, quiet: bool
) -> int:
    """Train what the grid names, or only look; say how it stands, and compare what is there."""
    folder = folder or Path(grid.stem)
    try:
        swept = look(grid, folder) if look_ else sweep(grid, folder, on, workers, pairs(place), quiet)
    except ValueError as error:
        return failed(error, MISUNDERSTOOD)
    except (ModuleNotFoundError, OSError) as error:
        return failed(error)
    say(swept)
    if swept.tested:
        try:
            found = swept.compare(x)
            files.write(folder / FIGURE, comparison(found).png())
        except (ValueError, OSError) as error:
            return failed(error)
        say(f"\n{found}\n\n{folder / FIGURE} has the curves")
    return 0 if look_ else _status(swept)


def _status(swept: Swept) -> int:
    kinds = {one.kind for one in swept.trainings.values()}
    if kinds & {FAILED, LOST}:
        return ERROR
    if not swept.done:
        say("the same command goes on from here")
        return STOPPED
    return DIVERGED if any(one.why for one in swept.trainings.values()) else 0
