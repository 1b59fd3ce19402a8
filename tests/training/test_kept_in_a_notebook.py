"""A disk that fills up while a notebook trains: its cell says so once, and shows the result all the same."""

from pathlib import Path

import nbformat
from limits import HANG
from nbclient import NotebookClient

TESTS = Path(__file__).parents[1]
TRAIN = """
import sys
sys.path[:0] = [TESTS, ROOT]
from full_disk import room_for
from quick import QUICK
from marl_helpers import train

with room_for(5000):
    run = train("two_step", folder="run", **QUICK)
run
"""


SOUND = """
from numpy import array_equal as same
sound = train("two_step", **QUICK)
names = run.curve.keys() - {"seconds"}
print({name: bool(same(run.curve[name], sound.curve[name], equal_nan=True)) for name in names})
"""


def test_a_cell_whose_disk_is_full_says_so_once_and_shows_its_result(tmp_path):
    sources = [TRAIN.replace("TESTS", repr(str(TESTS))).replace("ROOT", repr(str(TESTS.parent))), SOUND]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    limits = {"timeout": HANG, "startup_timeout": HANG, "iopub_timeout": HANG}
    client = NotebookClient(notebook, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}, **limits)
    client.execute()
    first, second = (cell.outputs for cell in notebook.cells)
    said, compared = (
        "".join(output.text for output in outputs if output.output_type == "stream") for outputs in (first, second)
    )
    assert said.count("run/checkpoint.pt cannot be written (File too large): make room there, or give another") == 1
    [result] = [output for output in first if output.output_type == "execute_result"]
    assert "not all is kept: " in result.data["text/plain"]
    assert "'returns': True" in compared and "False" not in compared
    assert not [path.name for path in tmp_path.rglob("*.writing*")]
