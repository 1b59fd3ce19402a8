"""In CI nothing may be skipped: no test in tests/ and no cell of a notebook."""

import os

import pytest

# A progress bar appears only where a machine is slow, so it is no part of a stored output; kernels inherit this.
os.environ["TQDM_DISABLE"] = "1"


def pytest_collection_modifyitems(items):
    """The browser tests come last: Playwright's event loop runs on after them, where a plain script has none."""
    items.sort(key=lambda item: "browser" in item.path.parts)


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
