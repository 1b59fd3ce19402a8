"""A headless Chromium, for what is printed through one and for the browser tests."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

CHROMIUMS = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find_chromium() -> str:
    """MARL_CHROMIUM, or the first one that is installed; LookupError where there is none."""
    named = os.environ.get("MARL_CHROMIUM")
    if chromium := next(filter(None, map(shutil.which, [named] if named else CHROMIUMS)), None):
        return chromium
    raise LookupError(
        f"MARL_CHROMIUM={named} is no program"
        if named
        else "no Chromium found: apt install chromium, or name one with MARL_CHROMIUM=/path/to/chromium"
    )


@contextmanager
def chromium(patience: float = 60_000) -> Iterator[Browser]:
    """A headless Chromium; it may take `patience` milliseconds to start."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), headless=True, args=FLAGS, timeout=patience
        )
        yield browser
        browser.close()
