"""The way in: clear words where something is missing, and a package that starts without torch."""

import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import tomllib
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType, SimpleNamespace

import nbformat
import pytest
from jupyter_server.services.config import ConfigManager
from jupyterlab_server.config import get_federated_extensions
from limits import HANG
from traitlets.utils.importstring import import_item

from marl_helpers.widgets.saving import VIEW, leave_twins, states

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = f"[{','.join(name for name in PROJECT['optional-dependencies'] if name != 'ray')}]"  # which is large


def run(*command, **settings) -> subprocess.CompletedProcess:
    return subprocess.run(command, capture_output=True, text=True, timeout=HANG, **settings)


@pytest.mark.parametrize("module", ["games", "exact", "plots", "robots.robot", "robots.export"])
def test_imports_without_torch(module):
    code = f"import sys; sys.modules['torch'] = None; import marl_helpers.{module} as it; print(it.__name__)"
    done = run(sys.executable, "-W", "error", "-c", code, cwd=ROOT)
    assert done.stdout == f"marl_helpers.{module}\n", done.stderr


def test_the_tests_of_the_part_without_torch_need_none():
    makefile = (ROOT / "Makefile").read_text()
    part = re.search(r"^PART = ((?:.*\\\n)*.*)$", makefile, re.MULTILINE)[1].replace("\\\n", "").split()
    code = f"import sys, pytest; sys.modules['torch'] = None; sys.exit(pytest.main(['--collect-only', '-qq', *{part}]))"
    done = run(sys.executable, "-c", code, cwd=ROOT)
    assert len(part) > 10 and done.returncode == 0, done.stdout
    needs = re.search(r"^PART_NEEDS = (.*)$", makefile, re.MULTILINE)[1].split()
    assert {re.match(r"[\w-]+", entry)[0] for entry in PROJECT["dependencies"]} - {"torch"} <= set(needs)


def test_the_kernel_is_this_environments_own(tmp_path):
    other = tmp_path / ".local/share/jupyter/kernels/python3"  # where a user's other installation leaves its kernel
    other.mkdir(parents=True)
    (other / "kernel.json").write_text(json.dumps({"argv": ["false"], "display_name": "other", "language": "python"}))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")}
    done = run(
        *(sys.executable, "-m", "jupyter_client.kernelspecapp", "list", "--json"),
        env=environment | {"HOME": str(tmp_path), "JUPYTER_PREFER_ENV_PATH": "1"},
    )
    assert Path(json.loads(done.stdout)["kernelspecs"]["python3"]["resource_dir"]).is_relative_to(sys.prefix)


@pytest.fixture
def clone(tmp_path) -> Path:
    """A copy of what `make lab` needs, with no .venv yet."""
    shutil.copytree(ROOT / "tools", tmp_path / "clone" / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("Makefile", "pyproject.toml", "lock.txt"):
        shutil.copy(ROOT / name, tmp_path / "clone")
    return tmp_path / "clone"


def make(clone: Path, *arguments: str, **settings) -> subprocess.CompletedProcess:
    """make in the copy, without network, started by a person and not by the `make test` that may run this."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    offline = {"https_proxy": "http://127.0.0.1:1", "no_proxy": ""}
    return run("make", *arguments, cwd=clone, env=environment | offline | settings)


@pytest.fixture
def set_up(clone, monkeypatch) -> ModuleType:
    """The copy's tools/set_up.py as a module, on a Linux computer without an NVIDIA GPU."""
    spec = spec_from_file_location("set_up", clone / "tools" / "set_up.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module.platform, "system", lambda: "Linux")
    monkeypatch.setattr(module.shutil, "which", lambda name: None)
    return module


def assert_refused(done: subprocess.CompletedProcess, *words: str) -> None:
    """It failed with exactly one line of its own, with these words, and make's own line after it."""
    assert done.returncode == 2
    message, makes_own = done.stderr.splitlines()
    assert makes_own.startswith("make: ***")
    assert all(word in message for word in words), message


def test_an_old_or_missing_python_is_named_with_the_remedy(clone):
    old = clone / "python3"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.2\n[ "$1" = --version ]\n')
    old.chmod(0o755)
    assert_refused(make(clone, "lab", f"PYTHON={old}"), "3.11 or newer", "is Python 3.9.2", "make lab PYTHON=")
    assert_refused(make(clone, "lab", f"PYTHON={clone}/none"), "3.11 or newer", "is missing", "make lab PYTHON=")


def test_an_old_python3_gives_way_to_a_newer_one(clone):
    tools = clone / "bin"
    tools.mkdir()
    for name in ("sh", "awk", "id", "make"):
        (tools / name).symlink_to(shutil.which(name))
    (tools / "python3").write_text("#!/bin/sh\nexit 1\n")
    (tools / "python3").chmod(0o755)
    (tools / "python3.12").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (tools / "python3.12").chmod(0o755)
    assert_refused(make(clone, "lab", "NEED_GB=1e9", PATH=str(tools)), "The disk is short")


def test_a_taken_port_is_named_with_the_remedy(clone):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        assert_refused(
            make(clone, "lab", f"PORT={port}"), f"Port {port} is taken", "make lab PORT=8899", "jupyter lab list"
        )
    assert_refused(make(clone, "lab", "PORT=eight"), "PORT=eight is no port", "make lab PORT=8899")


def test_a_linked_venv_is_not_overwritten(clone):
    precious = clone / "precious"
    precious.mkdir()
    (clone / ".venv").symlink_to(precious)
    done = make(clone, "venv", "TORCH=cuda", "NEED_GB=1")
    assert done.returncode and f"{clone / '.venv'} is a link to {precious}, which would be overwritten" in done.stderr
    assert not [*precious.iterdir()]


def test_a_short_disk_is_named_with_the_remedy_and_leaves_nothing(clone):
    assert_refused(make(clone, "venv", "NEED_GB=1e9"), "The disk is short", "GB free", "Make room")
    assert_refused(make(clone, "venv", "TORCH=gpu"), "TORCH=gpu is unknown", "TORCH=cpu")
    other = clone / "torch-2.12.0-cp311.whl"
    other.touch()
    for wheel in (other, "torch-2.13.0.whl"):  # another version, and none there
        assert_refused(make(clone, "venv", f"TORCH={wheel}"), f"{wheel} is no file of torch==", "TORCH=cpu")
    assert not (clone / ".venv").exists()


@pytest.mark.parametrize("ready", [None, "", '{"folder": "/elsewhere"}'])
def test_an_interrupted_installation_is_not_believed(clone, ready):
    """A .venv without its last file, or made in another folder, is made anew (here as far as the disk check)."""
    python = clone / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    if ready is not None:
        (clone / ".venv" / "ready.json").write_text(ready)
    assert_refused(make(clone, "venv", "NEED_GB=1e9"), "The disk is short")


def ready_venv(clone: Path, torch: str) -> Path:
    """A finished .venv (as far as set_up.py can see) for which this was asked of torch, or "" for nothing."""
    python = clone / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    lock = hashlib.sha256((clone / "lock.txt").read_bytes()).hexdigest()
    ranges = PROJECT["dependencies"], PROJECT["optional-dependencies"]
    recipe = {"folder": str(clone), "torch": torch, "lock": lock, "ranges": ranges}
    ready = clone / ".venv" / "ready.json"
    ready.write_text(json.dumps(recipe, indent=1))
    return ready


@pytest.mark.parametrize("torch", ["", "cpu", "cuda", "/a/file/that/was/torch.whl"])
def test_a_ready_venv_says_so_and_what_was_asked_of_torch_is_remembered(clone, torch):
    ready = ready_venv(clone, torch)
    written = ready.stat().st_mtime_ns
    done = make(clone, "venv")
    assert (done.returncode, done.stdout, done.stderr) == (0, ".venv is ready\n", "")
    assert ready.stat().st_mtime_ns == written


def test_a_ready_venv_is_told_to_save_widgets_and_to_ask_for_no_news(clone):
    ready_venv(clone, "")
    assert make(clone, "venv").returncode == 0
    config = ConfigManager(read_config_path=[str(clone / ".venv" / "etc" / "jupyter" / "labconfig")])
    assert config.get("default_setting_overrides")["@jupyter-widgets/jupyterlab-manager:plugin"]["saveState"] is True
    cells = config.get("default_setting_overrides")["@jupyterlab/notebook-extension:tracker"]["codeCellConfig"]
    assert cells == {"lineWrap": True}
    server = ConfigManager(read_config_path=[str(clone / ".venv" / "etc" / "jupyter")]).get("jupyter_server_config")
    assert import_item(server["ContentsManager"]["pre_save_hook"]) is leave_twins
    pages = ["@jupyter/nbgrader", "@jupyter-notebook/lab-extension", "@jupyterlab/apputils-extension:announcements"]
    assert config.get("page_config")["disabledExtensions"] == dict.fromkeys(pages, True)
    assert list(server["ServerApp"]["jpserver_extensions"].values()) == [False] * 5


def test_conda_and_binder_get_the_same_settings_where_they_are(clone, monkeypatch):
    """What `make venv` writes into .venv comes into the environment whose Python runs postBuild."""
    run(sys.executable, "-m", "venv", "--without-pip", clone / "conda")
    shutil.copy(ROOT / "postBuild", clone)
    (clone / "tools" / "trust.py").write_text("print('trusted')")  # with packages, which this environment lacks
    monkeypatch.setenv("PATH", f"{clone / 'conda' / 'bin'}{os.pathsep}{os.environ['PATH']}")
    done = run(clone / "postBuild", cwd=clone)
    assert done.returncode == 0 and done.stdout.endswith("conda is set up\ntrusted\n"), done.stderr
    assert not (clone / ".venv").exists()
    ready_venv(clone, "")
    assert make(clone, "venv").returncode == 0
    for name in ("etc/jupyter", "etc/ipython", "share/jupyter/labextensions/marl-lectures"):
        files = [path for path in (clone / ".venv" / name).rglob("*") if path.is_file()]
        assert files
        for path in files:
            assert (clone / "conda" / path.relative_to(clone / ".venv")).read_bytes() == path.read_bytes()


def test_a_ready_venv_opens_notebooks_without_a_change(clone):
    ready_venv(clone, "")
    assert make(clone, "venv").returncode == 0
    found = get_federated_extensions([str(clone / ".venv" / "share" / "jupyter" / "labextensions")])["marl-lectures"]
    assert (Path(found["ext_path"]) / found["jupyterlab"]["_build"]["load"]).is_file()
    kernel = ConfigManager(read_config_path=[str(clone / ".venv" / "etc" / "ipython")]).get("ipython_kernel_config")
    (line,) = kernel["IPKernelApp"]["exec_lines"]
    shell = SimpleNamespace(kernel=SimpleNamespace(language_info={"name": "python", "version": "3.11.0"}))
    exec(line, {"get_ipython": lambda: shell})
    assert shell.kernel.language_info == {"name": "python"}


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere PyPI has the small build")
def test_the_small_torch_out_of_reach_is_named_with_the_remedy_and_keeps_the_old_venv(clone):
    ready = ready_venv(clone, "")
    kept = ready.read_text()
    assert_refused(make(clone, "venv", "TORCH=cpu"), "download.pytorch.org does not answer", "make lab TORCH=cuda")
    assert ready.read_text() == kept


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere PyPI has the small build")
def test_the_small_torch_stays_asked_for_when_the_lock_changes(clone):
    ready_venv(clone, "cpu")
    with open(clone / "lock.txt", "a") as lock:
        lock.write("another==1\n")
    assert_refused(make(clone, "venv"), "TORCH=cpu is out of reach")


@pytest.mark.parametrize("status", [200, 404])
def test_the_probe_believes_only_an_index_that_has_torch(set_up, monkeypatch, status):
    class Index(BaseHTTPRequestHandler):
        def do_HEAD(self):
            self.send_response(status if self.path == "/cpu/torch/" else 500)
            self.end_headers()

        def log_message(self, *words):
            pass

    with HTTPServer(("127.0.0.1", 0), Index) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        monkeypatch.setattr(set_up, "CPU_WHEELS", f"http://127.0.0.1:{server.server_port}/cpu")
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        monkeypatch.setattr(set_up, "PATIENCE", HANG)
        assert set_up.cpu_wheels_answer() is (status == 200)


def test_the_probe_waits_for_no_host_that_keeps_silent(set_up, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr(set_up, "CPU_WHEELS", f"http://127.0.0.1:{silent.getsockname()[1]}/cpu")
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        assert not set_up.cpu_wheels_answer()


@pytest.mark.parametrize(
    ("system", "gpu", "wish", "answers", "build"),
    [
        ("Linux", False, "", True, "cpu"),
        ("Linux", False, "", False, "pypi"),
        ("Linux", True, "", True, "pypi"),
        ("Linux", True, "cpu", True, "cpu"),
        ("Linux", False, "cuda", True, "pypi"),
        ("Darwin", False, "", True, "pypi"),
        ("Darwin", False, "cpu", False, "pypi"),
    ],
)
def test_the_build_of_torch_fits_the_computer(set_up, monkeypatch, capsys, system, gpu, wish, answers, build):
    monkeypatch.setattr(set_up.platform, "system", lambda: system)
    monkeypatch.setattr(set_up.shutil, "which", lambda name: "/usr/bin/nvidia-smi" if gpu else None)
    monkeypatch.setattr(set_up, "cpu_wheels_answer", lambda: answers)
    assert set_up.build_of_torch(wish) == build
    fell_back = (system, gpu, wish, answers) == ("Linux", False, "", False)
    assert capsys.readouterr().out.count("\n") == fell_back


def test_only_the_locked_torch_comes_from_elsewhere(set_up, monkeypatch, capsys):
    commands = []

    def record(command, **settings):
        commands.append([str(word) for word in command])
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(set_up.subprocess, "run", record)
    set_up.install("cpu")
    _, pip, torch, rest = commands
    assert torch[-4:] == ["--no-deps", "--index-url", "https://download.pytorch.org/whl/cpu", "torch"]
    assert rest[-1].endswith(EXTRAS) and not any("pytorch.org" in word for word in rest)
    assert all(word[word.index("--constraint") + 1].endswith("lock.txt") for word in (pip, torch, rest))
    commands.clear()
    set_up.install("pypi")
    set_up.install("/a/torch.whl")
    assert commands[1:3] == [pip, rest] and commands[4:] == [pip, [*torch[:-4], "--no-deps", "/a/torch.whl"], rest]
    assert capsys.readouterr().out.count("Installing") == 8  # one line before each step


def stored(tmp_path: Path, source: str, **metadata) -> subprocess.CompletedProcess:
    """What tools/run_notebooks.py says to tmp_path/stored.ipynb, whose one cell has this source."""
    cell = nbformat.v4.new_code_cell(source, id="cell", metadata={"numbers": [2.0, 0.5]})
    nbformat.write(nbformat.v4.new_notebook(cells=[cell], metadata=metadata), tmp_path / "stored.ipynb")
    return run(sys.executable, ROOT / "tools" / "run_notebooks.py", tmp_path / "stored.ipynb")


BOUND = """import ipywidgets
class Bound(ipywidgets.VBox):
    def _repr_mimebundle_(self, **kwargs):
        return {**super()._repr_mimebundle_(**kwargs), "text/plain": "a table", "text/html": "<table>"}
Bound()"""


def test_a_widget_that_needs_its_kernel_is_stored_as_its_twin_alone(tmp_path):
    done = stored(tmp_path, BOUND)
    assert done.returncode == 0, done.stderr
    notebook = nbformat.read(tmp_path / "stored.ipynb", 4)
    assert "widgets" not in notebook.metadata
    assert set(notebook.cells[0].outputs[0].data) == {"text/plain", "text/html"}


ALIVE = """from marl_helpers import widgets
unseen, seen = widgets.RewardTable(), widgets.RewardTable([[2, 1], [1, 3]])
seen"""


def test_a_widget_that_needs_none_is_stored_with_what_it_needs_and_every_time_alike(tmp_path):
    texts = []
    for _ in range(2):
        done = stored(tmp_path, ALIVE)
        assert done.returncode == 0, done.stderr
        texts.append((tmp_path / "stored.ipynb").read_text())
    assert texts[0] == texts[1] and "2,\n     0.5" in texts[0]  # numbers as JupyterLab writes them
    notebook = nbformat.reads(texts[0], 4)
    models = states(notebook)
    (output,) = notebook.cells[0].outputs
    assert set(output.data) == {VIEW, "text/plain", "text/html"}
    assert output.data[VIEW]["model_id"] == "cell-1" and list(models) == ["cell-1", "cell-2"]
    assert models["cell-1"]["state"]["table"] == [[2, 1], [1, 3]]
    assert models["cell-1"]["state"]["layout"] == "IPY_MODEL_cell-2"


def test_cells_with_widgets_are_run_again_without_the_others(tmp_path):
    assert stored(tmp_path, ALIVE).returncode == 0
    path = tmp_path / "stored.ipynb"
    notebook = nbformat.read(path, 4)
    notebook.cells.insert(0, nbformat.v4.new_code_cell("1 / 0", id="other", execution_count=1))
    notebook.cells[1].execution_count = notebook.cells[1].outputs[0].execution_count = 2
    nbformat.write(notebook, path)
    new = path.read_text()
    states(notebook)["cell-1"]["state"] |= {"_esm": "an older one", "gone": 1}
    notebook.cells[1].outputs[0].data["text/plain"] = "an older one"
    nbformat.write(notebook, path)
    done = run(sys.executable, ROOT / "tools" / "run_notebooks.py", "--widgets", path)
    assert done.returncode == 0, done.stderr
    assert nbformat.reads(new, 4) == nbformat.read(path, 4)


def test_a_widget_without_a_twin_is_not_stored(tmp_path):
    done = stored(tmp_path, "import ipywidgets\nipywidgets.FloatSlider()")
    assert done.returncode == 1 and "no text/html" in done.stderr and "FloatSlider" in done.stderr
    assert nbformat.read(tmp_path / "stored.ipynb", 4).cells[0].outputs == []


def test_the_seconds_of_a_run_are_stored_beside_the_minutes_that_are_declared(tmp_path):
    source = "import time\nwhile time.process_time() < 3: pass"
    assert stored(tmp_path, source, minutes={"run": 1}).returncode == 0
    assert 3 <= nbformat.read(tmp_path / "stored.ipynb", 4).metadata.minutes.seconds < 60


def test_they_change_only_where_a_run_takes_another_time():
    spec = spec_from_file_location("run_notebooks", ROOT / "tools" / "run_notebooks.py")
    tool = module_from_spec(spec)
    spec.loader.exec_module(tool)
    notebook, seen = nbformat.v4.new_notebook(metadata={"minutes": {"run": 1}}), []
    for seconds in (10, 14, 7, 16, 1):
        tool.note(notebook, seconds)
        seen.append(notebook.metadata.minutes.seconds)
    assert seen == [10, 10, 10, 16, 1]
    tool.note(without := nbformat.v4.new_notebook(), 10)
    assert "minutes" not in without.metadata


def test_help_lists_every_target(clone):
    targets = re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert re.findall(r"^make (\S+)", make(clone).stdout, re.MULTILINE) == targets
    assert (
        " ".join(targets)
        == "help lab venv test test-learning part notebooks widgets site slides rehearse exercises kit lock"
    )
