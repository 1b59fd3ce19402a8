"""In CI nothing may be skipped, no test and no cell of a notebook; and each notebook's seconds are told."""

import json
import os
from collections import Counter

import pytest

# A progress bar appears only where a machine is slow, so it is no part of a stored output; kernels inherit this.
os.environ["TQDM_DISABLE"] = "1"


def pytest_collection_modifyitems(config, items):
    """The browser tests come last: Playwright's event loop runs on after them, where a plain script has none.

    And a cell's output may take as long as the cell itself: nbval's own 5 seconds are little where a machine is busy.
    """
    items.sort(key=lambda item: "browser" in item.path.parts)
    for item in items:
        if hasattr(item, "output_timeout"):
            item.output_timeout = config.option.nbval_cell_timeout


def _refuse_skip(report):
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CI") == "true":
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"CI runs every test, but this one was skipped. {reason}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    return _refuse_skip((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    return _refuse_skip((yield))


seconds = Counter()  # path of a notebook -> what its cells took


def pytest_runtest_logreport(report):
    path = report.nodeid.partition("::")[0]
    if path.endswith(".ipynb"):
        seconds[path] += report.duration


def _declared(config, path: str) -> float:
    return json.loads((config.rootpath / path).read_text())["metadata"].get("minutes", {}).get("run", 1)


def pytest_terminal_summary(terminalreporter, config):
    for path, taken in seconds.items():
        terminalreporter.write_line(f"{path}: ran in {taken:.0f} s, declares {60 * _declared(config, path):.0f} s")
