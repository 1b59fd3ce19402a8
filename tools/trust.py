"""Trust the notebooks that this clone came with, so that their stored widgets live before any cell is run.

    python tools/trust.py

What `make lab` runs. JupyterLab shows a stored widget only in a notebook whose signature the user's own store holds.
This signs there each tracked notebook whose bytes are those of the last commit: whoever runs `make lab` runs that
commit's code already. Any other notebook, edited, mailed or new, is left as it is; and so are all of them where git
does not say what they were, as in a folder from a zip file: there File > Trust Notebook does it by hand.
"""

import hashlib
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import nbformat
from nbformat.sign import NotebookNotary

ROOT = Path(__file__).resolve().parents[1]
BY_HAND = "stored widgets live once their cell is run, or after File > Trust Notebook"


def git(folder: Path, *words: str) -> str:
    settings = dict(capture_output=True, encoding="utf-8", errors="surrogateescape")  # a name is bytes
    done = subprocess.run(["git", "-C", folder, *words], **settings)
    if done.returncode:
        raise OSError(done.stderr.strip())
    return done.stdout


def unmodified(folder: Path) -> list[bytes]:
    """The contents of a clone's notebooks that are, byte for byte, those of its last commit.

    Raises OSError where there is no git, or the folder is not a clone of its own with a commit.
    """
    if Path(git(folder, "rev-parse", "--show-toplevel").rstrip("\n")).resolve() != folder.resolve():
        raise OSError(f"{folder} is inside a clone, and is none")
    contents = []
    for line in git(folder, "ls-tree", "-r", "-z", "--full-tree", "HEAD").split("\0"):
        about, _, name = line.partition("\t")
        path = folder / name
        if name.endswith(".ipynb") and about.startswith("100") and path.is_file() and not path.is_symlink():
            content, committed = path.read_bytes(), about.split()[2]
            if blob(content, {40: "sha1", 64: "sha256"}[len(committed)]) == committed:
                contents.append(content)
    return contents


def blob(content: bytes, algorithm: str) -> str:
    """The name that git gives to these bytes; they are what is signed, whatever git believes of the file."""
    return hashlib.new(algorithm, b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def trust(folder: Path, notary: NotebookNotary) -> int:
    """Sign a clone's unmodified notebooks, and return how many there are."""
    notebooks = []
    for content in unmodified(folder):
        with suppress(ValueError, AttributeError):  # what has a notebook's name only
            notebooks.append(nbformat.reads(content.decode(), as_version=4))
    for notebook in notebooks:
        if not notary.check_signature(notebook):
            notary.sign(notebook)
    return len(notebooks)


def main() -> None:
    try:
        print(f"Trusted: {trust(ROOT, NotebookNotary())} notebooks, as they were cloned; of any other, {BY_HAND}.")
    except OSError as error:
        print(f"No notebook is trusted ({error}): {BY_HAND}.", file=sys.stderr)


if __name__ == "__main__":
    main()
