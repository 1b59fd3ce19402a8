"""JupyterLab in a real Chromium, for tests that do what a student does.

    def test_lecture(open_notebook, run_all, screenshot, console_errors):
        page = open_notebook("02-vdn-versus-qmix.ipynb")
        run_all(page)
        page.get_by_label("...").fill("9")
        screenshot(page, "lecture-02-after-the-edit")
        assert console_errors == []

A test may also write a notebook of its own into `folder` and open that.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import serving
from driving import LABORATORY, Lab, write_notebook
from limits import PAGE
from playwright.sync_api import Browser, BrowserContext, Page
from serving import LabServer

from marl_helpers import games
from marl_helpers.widgets import engine

ROOT = Path(__file__).parents[2]
ARTIFACTS = ROOT / "test-artifacts"
# What a slow machine hears of others, each mended by itself or by those who said it:
PASSING = {
    "widget model not found": "",  # JupyterLab drew before it had restored; tools/lab/restoring.js draws again
    "[anywidget] Failed to initialize model.": "",  # said after two seconds, while anywidget goes on with it
    "Could not restore the debugger state: Canceled future": "",  # JupyterLab asked, and the page was left
    "500 (Internal Server Error)": "/api/kernels?",  # a kernel was about to start; JupyterLab asks again
}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    try:
        serving.find_chromium()
    except LookupError as missing:
        pytest.skip(str(missing))
    with serving.chromium(PAGE) as browser:
        yield browser


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    """One JupyterLab for the session."""
    with serving.jupyterlab(tmp_path_factory.mktemp("jupyter"), tmp_path_factory.mktemp("lab")) as server:
        yield server


@pytest.fixture(scope="module")
def engine_page(browser: Browser) -> Iterator[Page]:
    """An empty page with the engine on it, and no JupyterLab."""
    context = serving.new_context(browser)
    page = context.new_page()
    page.add_script_tag(content=engine.script())
    yield page
    context.close()


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
    context = serving.new_context(browser)
    page = context.new_page()

    def hear(text: str, place: str = "") -> None:
        if not any(passing in text and where in place for passing, where in PASSING.items()):
            console_errors.append(f"{text} ({place})" if place else text)

    page.on("pageerror", lambda error: hear(str(error)))
    page.on("console", lambda said: said.type == "error" and hear(said.text, said.location["url"]))
    yield page
    page.screenshot(path=ARTIFACTS / f"{_file_name(request)}-end.png")
    context.close()


@pytest.fixture
def offline(browser: Browser, console_errors: list[str]) -> Iterator[BrowserContext]:
    """An empty profile without network, which tells of every error and of every request that leaves the computer."""
    context = serving.new_context(browser)
    context.set_offline(True)
    own = ("file:", "blob:", "data:", "about:")
    context.on("request", lambda asked: asked.url.startswith(own) or console_errors.append(asked.url))
    context.on("requestfailed", lambda asked: console_errors.append(f"failed: {asked.url}"))
    context.on("weberror", lambda error: console_errors.append(str(error.error)))
    context.on("console", lambda said: said.type in ("error", "warning") and console_errors.append(said.text))
    yield context
    context.close()


@pytest.fixture
def open_lab(lab: LabServer, page: Page) -> Callable[[str], Page]:
    """open_lab(path="") -> the page with JupyterLab started in an empty workspace, at a path below its root."""

    def open_at(path: str = "") -> Page:
        lab.open(page, path)
        return page

    return open_at


@pytest.fixture
def open_notebook(folder: Path, lab: LabServer, page: Page) -> Iterator[Callable[[str], Page]]:
    """open_notebook(name) -> the page with that notebook of `folder` shown and its kernel idle."""
    opened = []

    def open_named(name: str) -> Page:
        if not (folder / name).is_file():
            raise FileNotFoundError(f"{name} is not in {sorted(file.name for file in folder.iterdir())}")
        opened.append(page)
        lab.open_notebook(page, (folder / name).relative_to(lab.root).as_posix())
        return page

    yield open_named
    if opened:
        page.evaluate("() => window.jupyterapp.serviceManager.sessions.shutdownAll()")


@pytest.fixture
def laboratory(open_notebook, folder) -> Lab:
    """A notebook of its own that shows a laboratory, opened and run."""
    write_notebook(folder / "laboratory.ipynb", LABORATORY, "1 + 1")
    page = open_notebook("laboratory.ipynb")
    serving.run_all(page)
    lab = Lab(page)
    lab.shows_learned(games.COORDINATION)
    return lab


@pytest.fixture
def run_all() -> Callable[[Page], None]:
    """run_all(page): run every cell of the open notebook until the kernel is idle; AssertionError where one raises."""
    return serving.run_all


@pytest.fixture
def screenshot() -> Callable[[Page, str], Path]:
    """screenshot(page, name) -> the file test-artifacts/<name>.png with what the page shows now."""

    def take(page: Page, name: str) -> Path:
        page.screenshot(path=ARTIFACTS / f"{name}.png")
        return ARTIFACTS / f"{name}.png"

    return take
