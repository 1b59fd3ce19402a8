"""python -m marl_helpers plot"""

from pathlib import Path

from marl_helpers.basics import files
from marl_helpers.commands.saying import failed, say
from marl_helpers.plots.compare import comparison
from marl_helpers.training.comparing import compare


def run(folders: list[Path], x: str, out: Path) -> int:
    """Compare the trainings of these folders: write the figure, and say what it shows."""
    try:
        found = compare(folders, x)
        files.write(out, comparison(found).png())
    except (ValueError, OSError) as error:
        return failed(error)
    say(f"{found}\n\n{out} has the curves")
    return 0
