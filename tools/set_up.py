"""Make .venv from the pins in pyproject.toml, unless it is ready: what `make venv` runs (standard library only).

    python3 tools/set_up.py [--torch cpu] [--need-gb 8] [--port 8888]

Whatever stands in the way ends the program with one line that names the remedy.
"""

import argparse
import json
import platform
import shutil
import socket
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
READY = VENV / "ready.json"  # written last, so that an interrupted installation is never taken for a finished one
CPU_WHEELS = "https://download.pytorch.org/whl/cpu"


def check_port(port: str) -> None:
    if not (port.isdecimal() and 0 < int(port) < 65536):
        sys.exit(f"PORT={port} is no port: give a number from 1024 to 65535, as in make lab PORT=8899")
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", int(port))) == 0:
            sys.exit(
                f"Port {port} is taken, perhaps by a JupyterLab that still runs (http://localhost:{port}/lab): "
                "stop that one, or take another port: make lab PORT=8899"
            )


def check_space(need_gb: float, remedy: str) -> None:
    free = shutil.disk_usage(ROOT).free / 1e9
    if free < need_gb:
        sys.exit(
            f"The disk is short: {free:.1f} GB free in {ROOT}, {need_gb:g} GB needed. Make room{remedy}. "
            f"To try all the same: make lab NEED_GB={int(free)}"
        )


def check_modules() -> None:
    if missing := [name for name in ("venv", "ensurepip") if find_spec(name) is None]:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        sys.exit(
            f"{sys.executable} lacks the module {missing[0]}, which makes virtual environments. "
            f"On Debian and Ubuntu: sudo apt install python{version}-venv"
        )


def torch_before() -> str:
    """The build of torch that .venv was made with, so that TORCH=cpu need be said only once."""
    try:
        return json.loads(READY.read_text())["torch"]
    except (OSError, ValueError, KeyError):
        return ""


def recipe(torch: str) -> str:
    """All that the environment depends on; a different recipe means a new environment."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pins = project["dependencies"], project["optional-dependencies"]
    return json.dumps({"folder": str(ROOT), "torch": torch, "pins": pins}, indent=1)


def install(torch: str) -> None:
    subprocess.run([sys._base_executable, "-m", "venv", VENV], check=True)  # works from an activated .venv too
    pip = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    pip += [] if sys.stdout.isatty() else ["--quiet"]
    pip += ["--extra-index-url", CPU_WHEELS] if torch == "cpu" else []
    if subprocess.run([*pip, "-e", f"{ROOT}[lectures,test]"]).returncode:
        sys.exit("The installation did not finish (pip says why above). What is loaded is kept: run make again.")


def silence_news() -> None:
    """JupyterLab asks nobody about news and updates, however it is started from .venv."""
    config = VENV / "etc" / "jupyter" / "labconfig" / "page_config.json"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(json.dumps({"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--torch", default="", help="cpu: the small build, without CUDA")
    parser.add_argument("--need-gb", type=float, help="free disk to ask for")
    parser.add_argument("--port", help="a port that must be free")
    choice = parser.parse_args()
    if choice.port is not None:
        check_port(choice.port)
    torch = choice.torch or torch_before()
    if torch not in ("", "cpu"):
        sys.exit(f"TORCH={torch} is unknown: give TORCH=cpu for the small build, or nothing for the usual one")
    if PYTHON.exists() and READY.is_file() and READY.read_text() == recipe(torch):
        return
    print("Setting up .venv, which takes a few minutes the first time ...", flush=True)
    check_modules()
    shutil.rmtree(VENV, ignore_errors=True)
    cuda = platform.system() == "Linux" and torch != "cpu"
    need_gb, remedy = (8, ", or take torch without CUDA (2 GB): make lab TORCH=cpu") if cuda else (2, "")
    check_space(need_gb if choice.need_gb is None else choice.need_gb, remedy)
    install(torch)
    silence_news()
    READY.write_text(recipe(torch))


if __name__ == "__main__":
    main()
