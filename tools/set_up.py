"""Make .venv from the pins in lock.txt, unless it is ready: what `make venv` runs (standard library only).

    python3 tools/set_up.py [--torch cpu|cuda|FILE.whl] [--need-gb 8] [--port 8888]
    python tools/set_up.py --configure   # of conda or Binder: only JupyterLab's settings, for the Python that runs this

On Linux without an NVIDIA GPU torch comes from PyTorch's own index, in the small CPU build, if that index answers.
Whatever stands in the way ends the program with one line that names the remedy.
"""

import argparse
import hashlib
import json
import os
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
LOCK = ROOT / "lock.txt"
READY = VENV / "ready.json"  # written last, so that an interrupted installation is never taken for a finished one
# nbgrader is here to make and test the exercises: its menus, and the classic notebook that it brings along, stay away.
NBGRADER_PAGES = ("@jupyter/nbgrader", "@jupyter-notebook/lab-extension")
NBGRADER_SERVERS = ("assignment_list", "course_list", "formgrader", "validate_assignment")
PLUGIN = {"load": "static/restoring.js", "extension": "./extension"}
CONFIG = {  # below .venv, or whatever environment it is
    "etc/jupyter/labconfig/page_config.json": {
        "disabledExtensions": dict.fromkeys([*NBGRADER_PAGES, "@jupyterlab/apputils-extension:announcements"], True)
    },
    "etc/jupyter/labconfig/default_setting_overrides.json": {
        "@jupyter-widgets/jupyterlab-manager:plugin": {"saveState": True},
        # A window of 1024 pixels with the file browser open shows 64 to 73 of the 80 columns that cells have.
        "@jupyterlab/notebook-extension:tracker": {"codeCellConfig": {"lineWrap": True}},
    },
    "etc/jupyter/jupyter_server_config.json": {
        "ContentsManager": {"pre_save_hook": "marl_helpers.widgets.saving.leave_twins"}
    },
    "etc/jupyter/jupyter_server_config.d/zz-without-nbgrader.json": {  # the last file by name counts
        "ServerApp": {
            "jpserver_extensions": dict.fromkeys(
                ["notebook", *(f"nbgrader.server_extensions.{tool}" for tool in NBGRADER_SERVERS)], False
            )
        }
    },
    # Opening a notebook leaves it as it is. JupyterLab writes the kernel's language into it, which changes nothing
    # without Python's version, and marks it as modified when it restores its widgets, which a plugin takes back.
    "etc/ipython/ipython_kernel_config.json": {
        "IPKernelApp": {"exec_lines": ["get_ipython().kernel.language_info.pop('version', None)"]}
    },
    "share/jupyter/labextensions/marl-lectures/package.json": {
        "name": "marl-lectures",
        "version": "1",
        "jupyterlab": {"_build": PLUGIN},
    },
}
APART = {"ray"}  # extras that are left out: few need them, and they are large
CPU_WHEELS = "https://download.pytorch.org/whl/cpu"
PATIENCE = 3  # seconds
PROBE = "import sys, urllib.request as r; r.urlopen(r.Request(sys.argv[1], method='HEAD'))"


def check_port(port: str) -> None:
    if not (port.isdecimal() and 0 < int(port) < 65536):
        sys.exit(f"PORT={port} is no port: give a number from 1024 to 65535, as in make lab PORT=8899")
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", int(port))) == 0:
            sys.exit(
                f"Port {port} is taken, perhaps by a JupyterLab that still runs: stop that one, use it "
                "(.venv/bin/jupyter lab list prints its address), or take another port: make lab PORT=8899"
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
    """What was asked of torch when .venv was made, so that TORCH=cpu need be said only once."""
    try:
        return json.loads(READY.read_text(encoding="utf-8"))["torch"]
    except (OSError, ValueError, KeyError):
        return ""


def cpu_wheels_answer() -> bool:
    """Whether PyTorch's own index answers within PATIENCE, the look-up of its name included."""
    try:
        command = [sys.executable, "-c", PROBE, f"{CPU_WHEELS}/torch/"]
        return subprocess.run(command, stderr=subprocess.DEVNULL, timeout=PATIENCE).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def check_wheel(path: str) -> None:
    pin = next(line.split()[0] for line in LOCK.read_text(encoding="utf-8").splitlines() if line.startswith("torch=="))
    if not (Path(path).is_file() and Path(path).name.startswith(pin.replace("==", "-"))):
        sys.exit(f"TORCH={path} is no file of {pin}, the version in lock.txt: give one, or TORCH=cpu or TORCH=cuda")


def build_of_torch(wish: str) -> str:
    """The build to install: a file; "cpu", from PyTorch's own index; "pypi", which on Linux usually brings CUDA."""
    if wish.endswith(".whl"):
        check_wheel(wish)
        return wish
    if platform.system() != "Linux" or wish == "cuda" or (not wish and shutil.which("nvidia-smi")):
        return "pypi"
    if cpu_wheels_answer():
        return "cpu"
    if wish == "cpu":
        sys.exit(
            "TORCH=cpu is out of reach: download.pytorch.org does not answer. "
            "Try again later, or take PyPI's build: make lab TORCH=cuda"
        )
    print("No NVIDIA GPU is seen, but download.pytorch.org does not answer: taking PyPI's build of torch.", flush=True)
    return "pypi"


def read_project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def recipe(torch: str) -> str:
    """All that the environment depends on; a different recipe means a new environment."""
    project = read_project()
    ranges = project["dependencies"], project["optional-dependencies"]
    lock = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    return json.dumps({"folder": str(ROOT), "torch": torch, "lock": lock, "ranges": ranges}, indent=1)


def install(build: str) -> None:
    subprocess.run([sys._base_executable, "-m", "venv", VENV], check=True)  # works from an activated .venv too
    extras = ",".join(name for name in read_project()["optional-dependencies"] if name not in APART)
    steps = [("pip", ["pip"])]
    if build == "cpu":
        steps.append(("the CPU build of torch", ["--no-deps", "--index-url", CPU_WHEELS, "torch"]))
    elif build != "pypi":
        steps.append((f"torch from {build}", ["--no-deps", build]))
    steps.append(("everything in lock.txt, from PyPI", ["--build-constraint", LOCK, "-e", f"{ROOT}[{extras}]"]))
    pip = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--constraint", LOCK]
    pip += [] if sys.stdout.isatty() else ["--quiet"]
    quiet = os.environ | {"PYTHONWARNINGS": "ignore:Editable installation"}  # setuptools says so to everyone
    for what, arguments in steps:
        print(f"Installing {what} ...", flush=True)
        if subprocess.run([*pip, *arguments], env=quiet).returncode:
            sys.exit("The installation did not finish (pip says why above). What is loaded is kept: run make again.")


def configure_lab(environment: Path) -> None:
    """However JupyterLab is started from there, it asks nobody about news, saves widgets, wraps long lines.

    A widget saved without its state would show an error when the notebook is opened again: marl_helpers.widgets.saving.
    Opening a notebook leaves it as it was.
    """
    for name, content in CONFIG.items():
        path = environment / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content), encoding="utf-8")
    plugin = environment / "share/jupyter/labextensions/marl-lectures" / PLUGIN["load"]
    plugin.parent.mkdir(exist_ok=True)
    shutil.copy(ROOT / "tools" / "lab" / "restoring.js", plugin)


def set_up(torch: str, need_gb: float | None) -> None:
    """All that can fail early comes before the old .venv is removed, except the disk: removing makes room."""
    print("Setting up .venv, which takes a few minutes the first time ...", flush=True)
    check_modules()
    build = build_of_torch(torch)
    if VENV.is_symlink():
        sys.exit(
            f"{VENV} is a link to {VENV.resolve()}, which would be overwritten: remove the link, and run make again"
        )
    shutil.rmtree(VENV, ignore_errors=True)
    cuda = platform.system() == "Linux" and build != "cpu" and "+cpu" not in build
    usual, remedy = (9, ", or take torch without CUDA (3 GB): make lab TORCH=cpu") if cuda else (3, "")
    check_space(usual if need_gb is None else need_gb, remedy)
    install(build)
    READY.write_text(recipe(torch), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--torch", default="", help="cpu: the small build; cuda: PyPI's; or a file; else what fits")
    parser.add_argument("--need-gb", type=float, help="free disk to ask for")
    parser.add_argument("--port", help="a port that must be free")
    parser.add_argument("--configure", action="store_true", help="only JupyterLab's settings, where this runs")
    choice = parser.parse_args()
    if choice.configure:
        configure_lab(Path(sys.prefix))
        print(f"JupyterLab of {sys.prefix} is set up")
        return
    if choice.port is not None:
        check_port(choice.port)
    torch = choice.torch or torch_before()
    if torch.endswith(".whl"):
        torch = str(Path(torch).resolve())
    elif torch not in ("", "cpu", "cuda"):
        sys.exit(f"TORCH={torch} is unknown: give TORCH=cpu, cuda (PyPI's build), FILE.whl, or nothing for what fits")
    if not (PYTHON.exists() and READY.is_file() and READY.read_text(encoding="utf-8") == recipe(torch)):
        set_up(torch, choice.need_gb)
    configure_lab(VENV)
    print(".venv is ready")


if __name__ == "__main__":
    main()
