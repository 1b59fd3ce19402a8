"""The laboratory as a person sees it: milliseconds from a key to the exact verdict painted, and to the learned runs.

    python benchmarks/page.py             # a few minutes; needs Chromium, as the browser tests do

Each edit is one digit typed over a reward in JupyterLab. "at rest": the learner had ended before the key; "learning":
the key comes while the learner still works on the edit before. The verdict counts as painted in the frame after the
change of the page.
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

from marl_helpers import mixers

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "browser"))
import serving
from driving import write_notebook

PEAK = "reward when agent 1 plays 2 and agent 2 plays 2"
WATCH = """() => {
    const content = document.querySelector(".marl-answer");
    const painted = note => requestAnimationFrame(() => setTimeout(() => (note.value ??= performance.now())));
    window.watch = { cards: 0 };
    document.addEventListener("keydown", event => {
        if (/^\\d$/.test(event.key)) {
            window.watch = { ...window.watch, most: event.key, key: event.timeStamp, exact: {}, learned: {} };
        }
    }, true);
    new MutationObserver(() => {
        const { most, exact, learned } = window.watch;
        const heads = [...content.querySelectorAll("strong")].map(head => head.textContent);
        if (!heads.length || !heads.every(head => head.includes(` of ${most}`))) return;
        painted(exact);
        if (!content.querySelector("progress")) painted(learned);
    }).observe(content, { childList: true });
}"""
REACHED = "stage => window.watch[stage].value && window.watch[stage].value - window.watch.key"


def time_edits(page, digits: Iterator[str], edits: int, wait_for: str) -> dict[str, list[float]]:
    """Milliseconds to each stage, over edits that each wait for the stage `wait_for` of the one before."""
    stages = ["exact", "learned"] if wait_for == "learned" else ["exact"]
    times = {stage: [] for stage in stages}
    page.get_by_label(PEAK).focus()
    for _, digit in zip(range(edits), digits):
        page.keyboard.press("Control+a")
        page.keyboard.press(digit)
        for stage in stages:
            times[stage].append(page.wait_for_function(REACHED, arg=stage).json_value())
    page.wait_for_function(REACHED, arg="learned")
    return times


def report(what: str, times: list[float]) -> None:
    p95 = statistics.quantiles(times, n=20)[-1]
    print(f"{what:44} median {statistics.median(times):6.0f} ms, 95th percentile {p95:6.0f} ms", flush=True)


def measure(lab: serving.LabServer, page, methods: list[str], edits: int, runs: int) -> None:
    source = f"from marl_helpers import widgets\nwidgets.laboratory(methods={methods}, runs={runs})"
    name = f"{'-'.join(methods)}.ipynb"
    write_notebook(lab.root / name, source)
    lab.open_notebook(page, name)
    serving.run_all(page)
    page.locator(".marl-card").first.wait_for()
    page.evaluate(WATCH)
    digits = cycle("978")  # none is the one before, nor the 8 that the table opens with
    time_edits(page, digits, 3, "learned")  # warm up
    print(f"{', '.join(methods)}: {edits} edits, {runs} runs")
    rest = time_edits(page, digits, edits, "learned")
    report("  at rest: key to exact verdict", rest["exact"])
    report(f"  at rest: key to learned strip of {runs} runs", rest["learned"])
    report("  learning: key to exact verdict", time_edits(page, digits, edits, "exact")["exact"])
    page.evaluate("() => window.jupyterapp.serviceManager.sessions.shutdownAll()")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--edits", type=int, default=50)
    parser.add_argument("--runs", type=int, default=32)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, serving.chromium() as browser:
        home, root = Path(folder, "home"), Path(folder, "root")
        home.mkdir()
        root.mkdir()
        with serving.jupyterlab(home, root) as lab:
            page = serving.new_context(browser).new_page()
            for methods in (["vdn", "qmix"], list(mixers.METHODS)):
                measure(lab, page, methods, options.edits, options.runs)
            page.close()


if __name__ == "__main__":
    main()
