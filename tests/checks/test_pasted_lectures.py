"""No lecture answers an exercise: what its cells define or compute is refused when it is handed in.

A lecture is run as a plain program. Each function that it defines is handed in where one takes as many arguments. Each
value is handed in as what an answer without arguments returns, in the exercises of that lecture: elsewhere a table may
do by chance. Of an exercise with several parts the others are right, and some part must take nothing of the lecture.
"""

import inspect
from functools import cache
from pathlib import Path

import nbformat
import numpy as np
import pytest
from test_planted_answers import PLANTED

from marl_helpers import check

pytestmark = pytest.mark.learning
OF_LECTURE = {"section-1-igm": "03", "section-2-interpolation": "04", "section-3-graphs": "05"}
LECTURES = sorted((Path(__file__).parents[2] / "notebooks").glob("0[1-9]*.ipynb"))


@cache
def cells_run(lecture: Path) -> dict:
    """The names that a lecture's cells leave, or what an earlier cell had left before it was named again."""
    space, found = {"__name__": lecture.stem, "display": lambda *shown, **options: None}, {}
    for cell in nbformat.read(lecture, 4).cells:
        if cell.cell_type == "code" and "raises-exception" not in cell.metadata.get("tags", []):
            exec(compile(cell.source, f"{lecture.name}, {cell.id}", "exec"), space)
            found |= {(name, cell.id): value for name, value in space.items() if not name.startswith("_")}
    return found


def fits(pasted, answer) -> bool:
    """Whether one can be called as the other is."""
    try:
        inspect.signature(pasted).bind(*inspect.signature(answer).parameters)
    except (TypeError, ValueError):
        return False
    return True


def pasted(lecture: Path, answer, values_too: bool) -> dict:
    """What of a lecture may stand in for an answer, by name."""
    own = {value: key for key, value in cells_run(lecture).items() if getattr(value, "__module__", "") == lecture.stem}
    functions = {key: value for value, key in own.items() if fits(value, answer)}
    if not values_too or inspect.isclass(answer) or inspect.signature(answer).parameters:
        return functions
    kinds = dict, list, tuple, str, np.ndarray
    values = {id(value): (key, value) for key, value in cells_run(lecture).items() if isinstance(value, kinds)}
    return functions | {key: lambda value=value: value for key, value in values.values()}


@pytest.mark.parametrize("name", PLANTED)
@pytest.mark.parametrize("lecture", LECTURES, ids=lambda lecture: lecture.stem[:2])
def test_what_a_lecture_computes_is_no_answer(lecture, name, tmp_path, monkeypatch):
    cells_run(lecture)
    monkeypatch.chdir(tmp_path)
    exercise, right = check.EXERCISES[name], PLANTED[name][0][0]
    number = OF_LECTURE.get(exercise.notebook, exercise.notebook[-2:])
    accepted = [
        [
            key
            for key, value in pasted(lecture, answer, values_too=lecture.stem[:2] == number).items()
            if exercise(*right[:position], value, *right[position + 1 :])
        ]
        for position, answer in enumerate(right)
    ]
    assert not all(accepted), accepted
