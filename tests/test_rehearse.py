"""What tools/rehearse.py says of a lecture: its cells one by one, offline, and what keeps a hall waiting."""

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

TOOLS = Path(__file__).parents[1] / "tools"
CODE, TEXT = nbformat.v4.new_code_cell, nbformat.v4.new_markdown_cell
REACH = 'import socket\nsocket.create_connection(("192.0.2.1", 9), timeout=1)'  # an address that nobody has


@pytest.fixture
def tool(monkeypatch):
    monkeypatch.syspath_prepend(TOOLS)
    import rehearse

    return rehearse


@pytest.fixture
def lecture(tmp_path):
    def write(*cells) -> Path:
        path = tmp_path / "lecture.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=list(cells)), path)
        return path

    return write


def stored(source: str, **metadata) -> nbformat.NotebookNode:
    output = nbformat.v4.new_output("stream", name="stdout", text="the answer: 2\n")
    return CODE(source, outputs=[output], metadata=metadata)


def test_cells_are_run_in_order_and_the_notebook_stays(tool, lecture):
    path = lecture(TEXT("# Title"), CODE("import math\n\na = 1"), CODE(""), stored("print(a + 1)"))
    before = path.read_bytes()
    cells = [*tool.rehearse(path)]
    assert [(cell.number, cell.line) for cell in cells] == [(1, "a = 1"), (2, "print(a + 1)")]
    assert path.read_bytes() == before and all(cell.seconds > 0 for cell in cells)


def test_slow_cells_are_named_with_what_to_show_instead(tool):
    make = tool.Rehearsed
    cells = [make(1, "a", 2.9, ""), make(2, "b", 3.1, "run it before"), make(3, "c", 40, "show its stored output")]
    assert tool.report(cells, 3) == (
        "3 cells in 46 s, offline; 2 would keep a hall waiting more than 3 s:\n"
        "[ 2]    3.1 s  b\n     run it before\n[ 3]   40.0 s  c\n     show its stored output"
    )
    assert tool.report(cells, 60) == "3 cells in 46 s, offline; none takes more than 60 s"


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (CODE("a = 1"), "run it before the hall comes"),
        (stored("f()"), "show its stored output, here or on its slide"),
        (stored('recordings.read("docks")'), "slide, which reads recordings/docks.json"),
        (stored('x = recorded("parts", name)'), "slide, which reads recordings/parts.json"),
    ],
)
def test_what_can_be_shown_instead_of_a_cell(tool, cell, said):
    assert said in tool.instead(cell)


def test_a_lecture_that_would_train_falls_back_to_its_recordings(tool, lecture, capsys):
    path = lecture(CODE("LIVE = True  # trains for hours"), CODE("if LIVE:\n    raise RuntimeError"))
    assert len([*tool.rehearse(path)]) == 2
    assert "[ 1] LIVE = True: the rehearsal falls back to the recordings" in capsys.readouterr().out


@pytest.mark.parametrize(
    "source",
    [REACH, 'import socket\nsocket.getaddrinfo("example.org", 80)'],
    ids=["address", "name"],
)
def test_no_other_computer_is_reached(tool, lecture, source):
    with pytest.raises(SystemExit, match=r"is not to be reached: the rehearsal is offline"):
        [*tool.rehearse(lecture(CODE(source)))]


def test_nor_from_what_a_cell_starts_but_this_computer_is(tool, lecture):
    run = f"run([sys.executable, '-c', {REACH!r}], capture_output=True, text=True).stderr"
    child = f"import sys\nfrom subprocess import run\n\nsaid = {run}\nassert 'the rehearsal is offline' in said"
    here = "import socket\nwith socket.create_server(('127.0.0.1', 0)) as server:\n"
    here += "    socket.create_connection(server.getsockname()).close()"
    assert len([*tool.rehearse(lecture(CODE(child), CODE(here)))]) == 2


def test_a_cell_that_fails_ends_it_and_says_why(tool, lecture):
    cells = tool.rehearse(lecture(CODE("a = 1"), CODE("b = a / 0"), CODE("c = 1")))
    assert next(cells).number == 1
    with pytest.raises(SystemExit, match=r"\[ 2\] fails.*\n\nb = a / 0\n\nZeroDivisionError: division by zero"):
        next(cells)


@pytest.mark.parametrize(
    ("arguments", "said"), [(["--help"], "would keep the hall waiting"), (["99"], "choose one of 01,")]
)
def test_the_command_explains_itself(arguments, said):
    done = subprocess.run([sys.executable, TOOLS / "rehearse.py", *arguments], capture_output=True, text=True)
    assert said in done.stdout + done.stderr and (done.returncode == 0) == (arguments == ["--help"])
