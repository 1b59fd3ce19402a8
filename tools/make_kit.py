"""Make the instructors' kit in build/kit, and build/kit.zip: what `make kit` runs.

    python tools/make_kit.py [--seed 7]

Run sheets, pages to print, and a quiz for each lecture with its key, drawn anew for each seed: give every class its
own. No network is needed, and nothing is written elsewhere.
"""

import argparse
import shutil
from pathlib import Path

from kit import printables, quiz, sheets

ROOT = Path(__file__).resolve().parents[1]
KIT = ROOT / "build" / "kit"
GUIDE = Path(__file__).with_name("kit") / "README.md"


def write(folder: Path, seed: int) -> None:
    """The whole kit of one class in a new folder."""
    for name in ("run-sheets", "print", "quizzes"):
        (folder / name).mkdir(parents=True)
    shutil.copy(GUIDE, folder)
    for name, text in printables.pages().items():
        (folder / "print" / name).write_text(text, encoding="utf-8")
    for lecture in sheets.SHEETS:
        (folder / "run-sheets" / f"lecture-{lecture}.html").write_text(sheets.sheet(lecture), encoding="utf-8")
        quiz.write(folder / "quizzes", lecture, f"Quiz · {sheets.title(lecture)} · class {seed}", seed)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0, help="a whole number for each class: its quizzes (default 0)")
    seed = parser.parse_args().seed
    if seed < 0:
        parser.error(f"seed is {seed}: give a whole number of at least 0")
    shutil.rmtree(KIT, ignore_errors=True)
    write(KIT, seed)
    packed = shutil.make_archive(str(KIT), "zip", KIT)
    print(f"{KIT}: {sum(path.is_file() for path in KIT.rglob('*'))} files for the class with seed {seed}, and {packed}")


if __name__ == "__main__":
    main()
