"""Write lock.txt, the version of everything that make installs: what `make lock` runs (standard library and uv).

    python3 tools/lock.py [--upgrade] [--upgrade-package NAME]

What lock.txt says already stays, where pyproject.toml still allows it; the options, which are uv's, take the newest.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "lock.txt"
UV = "uv==0.13.9"
ALSO = "pip"  # what installs the rest holds still too
CUDA = ("cuda-", "nvidia-", "triton==")  # these follow from the build of torch, which each computer chooses
HEADER = """\
# What `make` installs, direct or not, on Linux and macOS and from Python 3.11 on: constraints for `pip install -c`.
# Written by `make lock` from pyproject.toml. What only a CUDA build of torch needs is left to that build.
"""


def run(*command: str | Path, **settings) -> None:
    if subprocess.run(command, **settings).returncode:
        sys.exit("lock.txt is as it was (why is said above): without network try again later, else see pyproject.toml")


def resolve(options: list[str], place: Path) -> list[str]:
    """The lines of the lock, as uv resolves pyproject.toml."""
    run(sys.executable, "-m", "venv", place / "venv")
    run(place / "venv/bin/pip", "install", "--quiet", "--disable-pip-version-check", UV)
    new = place / LOCK.name
    if LOCK.exists():
        new.write_text(LOCK.read_text(encoding="utf-8"), encoding="utf-8")  # what uv prefers
    uv = [place / "venv/bin/uv", "pip", "compile", "--no-config", "--quiet", "--python", sys.executable]
    uv += ["--universal", "--python-version", "3.11", "--all-extras"]
    uv += ["--no-header", "--annotation-style", "line", "--output-file", new, *options, "pyproject.toml", "-"]
    run(*uv, input=ALSO, text=True, cwd=ROOT)
    return [line for line in new.read_text(encoding="utf-8").splitlines() if not line.startswith(CUDA)]


def pins(lines: list[str]) -> set[str]:
    """Each line without why it is there."""
    return {line.partition("#")[0].rstrip() for line in lines if not line.startswith("#")}


def main() -> None:
    before = LOCK.read_text(encoding="utf-8").splitlines() if LOCK.exists() else []
    with tempfile.TemporaryDirectory() as place:
        lines = resolve(sys.argv[1:], Path(place))
    LOCK.write_text(HEADER + "\n".join(lines) + "\n", encoding="utf-8")
    changes = [(pin, "-") for pin in pins(before) - pins(lines)] + [(pin, "+") for pin in pins(lines) - pins(before)]
    for pin, sign in sorted(changes, key=lambda change: (change[0].partition("==")[0], change[1] == "+")):
        print(sign, pin)
    print(f"lock.txt has {len(pins(lines))} versions, {len(changes)} lines changed")


if __name__ == "__main__":
    main()
