"""JupyterLab in a real Chromium, for tests that do what a student does.

    def test_lecture(open_notebook, run_all, screenshot, console_errors):
        page = open_notebook("02-vdn-versus-qmix.ipynb")
        run_all(page)
        page.get_by_label("...").fill("9")
        screenshot(page, "lecture-02-after-the-edit")
        assert console_errors == []

A test may also write a notebook of its own into `folder` and open that.
"""

import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[2]
ARTIFACTS = ROOT / "test-artifacts"
MINUTE = 60_000  # milliseconds; waits are generous, since a shared machine may be slow
CHROMIUMS = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
]
IDLE = "window.jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status === 'idle'"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class LabServer:
    """A running JupyterLab: its address, its token, and the folder that it shows."""

    url: str
    token: str
    root: Path


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium: MARL_CHROMIUM, or the first one that is installed."""
    named = os.environ.get("MARL_CHROMIUM")
    chromium = next(filter(None, map(shutil.which, [named] if named else CHROMIUMS)), None)
    if chromium is None:
        pytest.skip(
            f"MARL_CHROMIUM={named} is no program"
            if named
            else "no Chromium found: apt install chromium, or name one with MARL_CHROMIUM=/path/to/chromium"
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, headless=True, args=FLAGS)
        yield browser
        browser.close()


def _isolated(home: Path) -> dict[str, str]:
    """The environment without the user's own Jupyter settings, workspaces and kernels."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")}
    clean |= {f"JUPYTER_{name}_DIR": str(home / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    return clean | {"JUPYTER_PREFER_ENV_PATH": "1"}


def _wait_for(url: str, server: subprocess.Popen, log: Path) -> None:
    """Return when the server answers; raise RuntimeError with its log when it ends or takes over a minute."""
    give_up = time.monotonic() + 60
    while server.poll() is None and time.monotonic() < give_up:
        try:
            with urlopen(f"{url}/api", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text()}")


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    """One JupyterLab for the session, on a free port of this machine, with nothing of the user's settings."""
    home, root = tmp_path_factory.mktemp("jupyter"), tmp_path_factory.mktemp("lab")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = LabServer(f"http://127.0.0.1:{port}", secrets.token_hex(16), root)
    options = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": port,
        "ServerApp.port_retries": 0,
        "ServerApp.open_browser": False,
        "ServerApp.allow_root": True,  # containers run the tests as root
        "ServerApp.root_dir": root,
        "IdentityProvider.token": server.token,
        "LabApp.expose_app_in_browser": True,
        "LabApp.workspaces_dir": home / "workspaces",
        "LabApp.user_settings_dir": home / "settings",
    }
    command = [sys.executable, "-m", "jupyterlab", *(f"--{name}={value}" for name, value in options.items())]
    log = home / "server.log"
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=root, env=_isolated(home), stdout=output, stderr=subprocess.STDOUT)
    try:
        _wait_for(server.url, process, log)
        yield server
    finally:
        process.terminate()
        process.wait(timeout=30)


def _file_name(request: pytest.FixtureRequest) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in request.node.name)


@pytest.fixture
def folder(lab: LabServer, request: pytest.FixtureRequest) -> Path:
    """This test's own copy of the lectures, inside the folder that JupyterLab shows."""
    copy = lab.root / _file_name(request)
    shutil.copytree(ROOT / "notebooks", copy, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    return copy


@pytest.fixture
def console_errors() -> list[str]:
    """Every error that the test's page has logged or thrown so far."""
    return []


@pytest.fixture
def page(browser: Browser, console_errors: list[str], request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page with an empty profile, 1280x900; its errors go to `console_errors`, its last sight to test-artifacts/."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(MINUTE)
    page.on("pageerror", lambda error: console_errors.append(str(error)))
    page.on("console", lambda message: message.type == "error" and console_errors.append(message.text))
    yield page
    page.screenshot(path=ARTIFACTS / f"{_file_name(request)}-end.png")
    context.close()


@pytest.fixture
def open_lab(lab: LabServer, page: Page) -> Callable[[str], Page]:
    """open_lab(path="") -> the page with JupyterLab started in an empty workspace, at a path below its root."""

    def open_at(path: str = "") -> Page:
        page.goto(f"{lab.url}/lab{'/tree/' if path else ''}{quote(path)}?reset&token={lab.token}")
        page.wait_for_function("() => window.jupyterapp?.restored.then(() => true)")
        return page

    return open_at


@pytest.fixture
def open_notebook(folder: Path, lab: LabServer, open_lab: Callable[[str], Page]) -> Iterator[Callable[[str], Page]]:
    """open_notebook(name) -> the page with that notebook of `folder` shown and its kernel idle."""
    opened = []

    def open_named(name: str) -> Page:
        if not (folder / name).is_file():
            raise FileNotFoundError(f"{name} is not in {sorted(file.name for file in folder.iterdir())}")
        page = open_lab((folder / name).relative_to(lab.root).as_posix())
        opened.append(page)
        page.wait_for_function(
            f"name => window.jupyterapp.shell.currentWidget?.context?.path.endsWith(name) && {IDLE}", arg=name
        )
        return page

    yield open_named
    for page in opened[-1:]:
        page.evaluate("() => window.jupyterapp.serviceManager.sessions.shutdownAll()")


@pytest.fixture
def run_all() -> Callable[[Page], None]:
    """run_all(page): run every cell of the open notebook until the kernel is idle; AssertionError where one raises."""

    def run(page: Page) -> None:
        page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
        page.wait_for_function(f"() => {IDLE}")
        errors = page.evaluate(
            """() => window.jupyterapp.shell.currentWidget.content.widgets
                .flatMap(cell => cell.model.type === 'code' ? cell.model.outputs.toJSON() : [])
                .filter(output => output.output_type === 'error')
                .map(output => `${output.ename}: ${output.evalue}`)"""
        )
        assert not errors, f"cells raised {errors}"

    return run


@pytest.fixture
def screenshot() -> Callable[[Page, str], Path]:
    """screenshot(page, name) -> the file test-artifacts/<name>.png with what the page shows now."""

    def take(page: Page, name: str) -> Path:
        page.screenshot(path=ARTIFACTS / f"{name}.png")
        return ARTIFACTS / f"{name}.png"

    return take
