"""A JupyterLab of its own and a Chromium that shows it, for the browser tests and for benchmarks/page.py."""

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote
from urllib.request import urlopen

from limits import HANG, PAGE
from playwright.sync_api import Browser, BrowserContext, Page

sys.path.append(str(Path(__file__).parents[2] / "tools"))
from chromium import chromium, find_chromium  # noqa: F401 - for whoever serves something to it

IDLE = "window.jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status === 'idle'"


@dataclass
class LabServer:
    """A running JupyterLab: its address, its token, the folder that it shows, and where it keeps signatures."""

    url: str
    token: str
    root: Path
    data: Path

    def open(self, page: Page, path: str = "") -> None:
        """Start JupyterLab on the page in an empty workspace, at a path below its root."""
        page.goto(f"{self.url}/lab{'/tree/' if path else ''}{quote(path)}?reset&token={self.token}")
        page.wait_for_function("() => window.jupyterapp?.restored.then(() => true)")

    def open_notebook(self, page: Page, path: str) -> None:
        """Show a notebook on the page and wait until its kernel is idle."""
        self.open(page, path)
        page.wait_for_function(
            f"path => window.jupyterapp.shell.currentWidget?.context?.path === path && {IDLE}", arg=path
        )


def new_context(browser: Browser) -> BrowserContext:
    """An empty profile, whose pages are 1280x900 and wait as long as limits.py says."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PAGE)
    return context


def _isolated(home: Path) -> dict[str, str]:
    """The environment without the user's own Jupyter settings, workspaces and kernels."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")}
    clean |= {f"JUPYTER_{name}_DIR": str(home / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    return clean | {"JUPYTER_PREFER_ENV_PATH": "1"}


def _answers(url: str) -> bool:
    try:
        with urlopen(f"{url}/api", timeout=HANG):
            return True
    except OSError:
        return False


def _wait_for(url: str, server: subprocess.Popen, log: Path) -> None:
    """Return when the server answers; raise RuntimeError with its log where it ends instead."""
    while server.poll() is None:
        if _answers(url):
            return
        time.sleep(0.1)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text()}")


@contextmanager
def jupyterlab(home: Path, root: Path) -> Iterator[LabServer]:
    """A JupyterLab that shows the folder `root` on a free port of this machine, with nothing of the user's settings."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = LabServer(f"http://127.0.0.1:{port}", secrets.token_hex(16), root, home / "data")
    options = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": port,
        "ServerApp.port_retries": 0,
        "ServerApp.open_browser": False,
        "ServerApp.allow_root": True,  # containers run the tests as root
        "ServerApp.root_dir": root,
        "IdentityProvider.token": server.token,
        "MappingKernelManager.kernel_info_timeout": HANG,
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
        while process.poll() is None and _answers(server.url):
            time.sleep(0.1)
        process.kill()  # one that has closed may be kept by a thread that nobody tells to end; its kernels go with it
        process.wait(timeout=HANG)


def run_all(page: Page) -> None:
    """Run every cell of the open notebook until the kernel is idle; AssertionError where one raises."""
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
    page.wait_for_function(f"() => {IDLE}")
    errors = page.evaluate(
        """() => window.jupyterapp.shell.currentWidget.content.widgets
            .flatMap(cell => cell.model.type === 'code' ? cell.model.outputs.toJSON() : [])
            .filter(output => output.output_type === 'error')
            .map(output => `${output.ename}: ${output.evalue}`)"""
    )
    assert not errors, f"cells raised {errors}"
