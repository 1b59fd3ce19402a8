"""Files in place whole or not at all, never through a link, and one program in a folder."""

import ast
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from full_disk import names, read_only, room_for
from hypothesis import given
from hypothesis import strategies as st
from limits import HANG

from marl_helpers.basics import files
from marl_helpers.basics.files import InUse, NotWritten

ROOT = Path(__file__).parents[2]


@given(size=st.integers(0, 300), room=st.integers(0, 300), there=st.booleans())
def test_a_write_that_fails_at_any_byte_leaves_what_was_there(size, room, there, tmp_path_factory):
    folder = tmp_path_factory.mktemp("disk")
    path, content = folder / "a", os.urandom(size)
    if there:
        path.write_bytes(b"before")
    if size <= room:
        with room_for(room):
            files.write(path, content)
        assert path.read_bytes() == content
    else:
        with (
            room_for(room),
            pytest.raises(NotWritten, match=r"a cannot be written \(File too large\): make room there"),
        ):
            files.write(path, content)
        assert not there or path.read_bytes() == b"before"
    assert names(folder) == ({"a"} if there or size <= room else set())


def test_a_folder_that_is_not_there_is_to_be_made(tmp_path):
    with pytest.raises(NotWritten, match=r"No such file or directory\): make .*/new first, or give another folder"):
        files.write(tmp_path / "new" / "a", "it")


@given(sizes=st.lists(st.integers(1, 60), min_size=1, max_size=6), room=st.integers(0, 200))
def test_an_append_that_fails_at_any_byte_adds_nothing_and_can_be_tried_again(sizes, room, tmp_path_factory):
    path, kept = tmp_path_factory.mktemp("disk") / "a", b""
    for k, size in enumerate(sizes):
        content = bytes([k]) * size
        if len(kept) + size > room:
            with room_for(room), pytest.raises(NotWritten, match="File too large"):
                files.append(path, content, new=k == 0)
            assert path.read_bytes() == kept if k else not path.exists()
        files.append(path, content, new=k == 0)
        kept += content
        assert path.read_bytes() == kept
    with pytest.raises(NotWritten, match="File exists"):
        files.append(path, b"x", new=True)
    assert path.read_bytes() == kept


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_any_exception_leaves_what_was_there(error, tmp_path):
    (tmp_path / "a").write_bytes(b"before")

    def broken_off():
        with files.whole(tmp_path / "a") as file:
            file.write(b"half")
            raise error

    with pytest.raises(error):
        broken_off()
    assert names(tmp_path) == {"a"} and (tmp_path / "a").read_bytes() == b"before"


def test_what_was_there_is_kept_under_another_name_if_asked_for(tmp_path):
    for k in range(3):
        with files.whole(tmp_path / "a", before=tmp_path / "b") as file:
            file.write(b"%d" % k)
        assert names(tmp_path) == ({"a", "b"} if k else {"a"})
    assert ((tmp_path / "a").read_bytes(), (tmp_path / "b").read_bytes()) == (b"2", b"1")


def test_folders_that_are_gone_or_read_only_or_none_are_named(tmp_path):
    with pytest.raises(NotWritten, match=r"gone/a cannot be written \(No such file or directory\)"):
        files.write(tmp_path / "gone" / "a", "x")
    (tmp_path / "file").touch()
    with pytest.raises(NotWritten, match=r"file/a cannot be written \(Not a directory\)"):
        files.write(tmp_path / "file" / "a", "x")
    with read_only() as folder:
        for action in (lambda: files.write(folder / "a", "x"), lambda: files.append(folder / "a", b"x")):
            with pytest.raises(NotWritten, match=r"a cannot be written \(Permission denied\): make room there"):
                action()
        with pytest.raises(NotWritten, match=r"\.lock cannot be written \(Permission denied\)"), files.alone(folder):
            raise AssertionError("it is locked")


@pytest.mark.parametrize("there", [True, False])
def test_nothing_is_written_through_a_link(there, tmp_path):
    outside = tmp_path / "outside"
    if there:
        outside.write_bytes(b"precious")
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in ("a", "before", files.LOCK):
        (folder / name).symlink_to(outside)
    with pytest.raises(NotWritten, match=r"a cannot be written \(it is a link\): take it away"):
        files.write(folder / "a", "x")
    with pytest.raises(NotWritten, match="before cannot be written"), files.whole(folder / "b", folder / "before"):
        pass
    with pytest.raises(NotWritten, match=r"a cannot be written \(Too many levels of symbolic links\)"):
        files.append(folder / "a", b"x")
    with pytest.raises(NotWritten, match=r"a cannot be written \(File exists\)"):
        files.append(folder / "a", b"x", new=True)
    with pytest.raises(NotWritten, match=r"\.lock cannot be written"), files.alone(folder):
        pass
    assert names(folder) == {"a", "before", files.LOCK}
    assert outside.read_bytes() == b"precious" if there else not outside.exists()


def test_what_a_killed_program_was_about_to_write_is_swept_away_and_nothing_else(tmp_path):
    child = os.fork()
    if child == 0:
        with files.whole(tmp_path / "a") as file:
            file.write(b"half")
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    (left,) = names(tmp_path)
    assert left.startswith(".a.") and left.endswith(".writing")
    for name in ("a.writing", ".b.writing", ".c.0123.writing"):  # somebody else's
        (tmp_path / name).touch()
    (tmp_path / f".d.{'0' * 32}.writing").symlink_to(tmp_path / "a.writing")
    files.sweep(tmp_path)
    assert names(tmp_path) == {"a.writing", ".b.writing", ".c.0123.writing"}


HOLD = "import sys; from pathlib import Path; from marl_helpers.basics import files\n"
HOLD += "with files.alone(Path(sys.argv[1])): print(flush=True); sys.stdin.read()"


def test_one_program_has_a_folder_until_it_ends_however_it_does(tmp_path):
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    for end in (lambda other: other.stdin.close(), subprocess.Popen.kill):
        with subprocess.Popen([sys.executable, "-c", HOLD, tmp_path], **pipes, cwd=ROOT) as other:
            other.stdout.readline()
            with pytest.raises(InUse, match="is in use by another program: wait until it ends"), files.alone(tmp_path):
                raise AssertionError("both have it")
            end(other)
            other.wait(HANG)
        with files.alone(tmp_path), pytest.raises(InUse), files.alone(tmp_path):  # nor twice in one
            raise AssertionError("both have it")


def without_encoding(source: str) -> list[int]:
    """The lines where a text is read or written in whatever encoding the system has."""
    found = []
    for node in [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]:
        name = ast.unparse(node.func)
        given = [*node.args, *(keyword.value for keyword in node.keywords)]
        words = [x.value for one in given for x in ast.walk(one) if isinstance(x, ast.Constant)]
        binary = any(isinstance(word, str) and set(word) <= set("rwxab+") and "b" in word for word in words)
        opens = (
            name.split(".")[-1] in ("open", "TemporaryFile") and name not in ("os.open", "Image.open") and not binary
        )
        if opens or name.split(".")[-1] in ("read_text", "write_text"):
            found += [node.lineno] * all(keyword.arg != "encoding" for keyword in node.keywords)
    return found


def test_every_text_is_read_and_written_in_an_encoding_that_is_said():
    """Elsewhere than here the system's own may be another."""
    bad = "open('a')\nopen('a', 'rb')\np.read_text()\np.open('w', encoding='utf-8')\n(p / 'b').write_text(x)\n"
    assert without_encoding(bad) == [1, 3, 5]
    for room in ("marl_helpers", "tools", "benchmarks"):
        for path in (ROOT / room).rglob("*.py"):
            assert without_encoding(path.read_text(encoding="utf-8")) == [], path
