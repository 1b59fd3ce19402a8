"""`make lab` trusts the notebooks that its own clone came with, and no other."""

import shutil
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import nbformat
import pytest
from nbformat.sign import MemorySignatureStore, NotebookNotary

ROOT = Path(__file__).parents[1]


@pytest.fixture
def tool():
    spec = spec_from_file_location("trust", ROOT / "tools" / "trust.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def notary() -> NotebookNotary:
    return NotebookNotary(secret=b"of a test", store_factory=MemorySignatureStore)


def git(folder: Path, *words: str) -> None:
    own = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", folder, *own, *words], check=True, capture_output=True)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    output = nbformat.v4.new_output("display_data", {"text/html": f"<b>{text}</b>"})
    cells = [nbformat.v4.new_code_cell("1", id="cell", outputs=[output])]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)


@pytest.fixture
def clone(tmp_path) -> Path:
    """A repository with two notebooks and a text, all of them committed."""
    folder = tmp_path / "a clone"
    folder.mkdir()
    for name in ("notebooks/one.ipynb", "notebooks/größe.ipynb"):
        write(folder / name, name)
    (folder / "text.md").write_text("a text")
    for name, text in {"empty": b"", "list": b"[]", "latin": b'{"\xff": 1}'}.items():
        (folder / f"{name}.ipynb").write_bytes(text)  # no notebooks
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "all")
    return folder


def trusted(notary: NotebookNotary, folder: Path) -> set[str]:
    paths = [path for path in folder.rglob("*.ipynb") if path.stem not in ("empty", "list", "latin")]
    return {path.stem for path in paths if notary.check_signature(nbformat.read(path, as_version=4))}


def test_the_notebooks_of_a_clone_are_trusted(tool, notary, clone):
    assert trusted(notary, clone) == set()
    for _ in range(2):
        assert tool.trust(clone, notary) == 2
        assert trusted(notary, clone) == {"one", "größe"}


def test_no_other_is(tool, notary, clone):
    for name in ("untracked", "added", "linked", "one"):
        write(clone / "notebooks" / f"{name}.ipynb", f"{name}, not as it was committed")
    git(clone, "add", "notebooks/added.ipynb")
    shutil.move(clone / "notebooks/größe.ipynb", clone.parent)
    write(clone / "other.ipynb", "what a link leads to")
    (clone / "notebooks/größe.ipynb").symlink_to(clone / "other.ipynb")
    assert tool.trust(clone, notary) == 0
    assert trusted(notary, clone) == set()


@pytest.mark.parametrize("hide", ["--assume-unchanged", "--skip-worktree"])
def test_nor_one_whose_change_git_was_told_not_to_see(tool, notary, clone, hide):
    git(clone, "update-index", hide, "notebooks/one.ipynb")
    write(clone / "notebooks/one.ipynb", "changed")
    assert tool.trust(clone, notary) == 1
    assert trusted(notary, clone) == {"größe"}


def test_without_a_clone_of_its_own_none_is(tool, notary, clone, tmp_path, monkeypatch):
    write(tmp_path / "zip" / "one.ipynb", "from a zip file")
    with pytest.raises(OSError, match="not a git repository"):
        tool.trust(tmp_path / "zip", notary)
    with pytest.raises(OSError, match="is inside a clone"):
        tool.trust(clone / "notebooks", notary)
    (tmp_path / "empty").mkdir()
    git(tmp_path / "empty", "init", "--quiet")
    with pytest.raises(OSError, match="HEAD"):
        tool.trust(tmp_path / "empty", notary)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(OSError, match="git"):
        tool.trust(clone, notary)
    assert trusted(notary, tmp_path) == set()


def test_it_says_in_one_line_what_it_did(tmp_path, clone, monkeypatch):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    (clone / "tools").mkdir()
    shutil.copy(ROOT / "tools" / "trust.py", clone / "tools")
    for said in ("Trusted: 2 notebooks", "No notebook is trusted"):
        done = subprocess.run([sys.executable, clone / "tools" / "trust.py"], capture_output=True, text=True)
        assert done.returncode == 0
        assert (done.stdout + done.stderr).startswith(said) and (done.stdout + done.stderr).count("\n") == 1
        shutil.rmtree(clone / ".git", ignore_errors=True)
